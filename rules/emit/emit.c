/* SPDX-License-Identifier: MIT */
#include "rules/emit/emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/base/log.h"
#include "common/base/murmur2.h"
#include "rules/threads/stats.h"

enum {
        TURN_ITEMS = 64, /* then delivery reports are served */
        REST_MS = 1000,
        BLOCKED_MS = 20,
        AGAIN_MS = 100,
        OPAQUE_LINK_BITS = 8,
        TEXT_BYTES = 24,
};

_Static_assert(EMIT_LINKS_MAX == 1 << OPAQUE_LINK_BITS, "the opaque names the link");

static void fail(struct emit *emit, int r) {
        atomic_store_explicit(&emit->failed, r, memory_order_release); /* S3 -> S4 */
}

int emit_failed(const struct emit *emit) {
        return atomic_load_explicit(&emit->failed, memory_order_acquire); /* S4 <- S3 */
}

/* --- reports ---------------------------------------------------------------------------------- */

static void count_arrived(const struct acks_trace *trace) {
        int64_t now_us = clock_wall_us();

        if (trace->judged_us == 0) {
                stat_add(STAT_QUARANTINED, 1);
                return;
        }
        stat_add(STAT_ALERTS_ACKED, 1);
        stat_record_us(STAT_JUDGED_TO_ACKED, now_us - trace->judged_us);
        if (trace->received_us)
                stat_record_us(STAT_RECEIVED_TO_ALERT, now_us - trace->received_us);
}

/* Is the record itself the reason, so that sending it again, even after a restart, cannot succeed? */
static bool is_of_the_record(rd_kafka_resp_err_t error) {
        return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
               error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
               error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
               error == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
               error == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP ||
               error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
}

/* One record must not stop all the others. The log line tells which topic it was for and why it was refused. */
static void leave_out(struct emit_link *link, uint64_t number, const char *what, const char *why) {
        acks_done(&link->acks, number);
        stat_add(STAT_LEFT_OUT, 1);
        log_event(LOG_ERROR, "V2403", "kafka refuses a record for good: it is left out", "what",
                  what, "why", why, NULL);
}

/* Keep the record to send it again: a missing topic is created again, a missing permission may be granted. Only after a
 * fatal error of the client, or without memory for the copy, the process ends. */
static void came_back(struct emit *emit, const rd_kafka_message_t *message) {
        const char *why = rd_kafka_err2str(message->err);

        if (rd_kafka_fatal_error(emit->producer, NULL, 0) || again_keep(&emit->again, message)) {
                log_event(LOG_ERROR, "V2401",
                          "kafka refused an alert for good: the process ends, to judge again",
                          "why", why, NULL);
                fail(emit, -EIO);
                return;
        }
        emit->again_mono_ms = clock_mono_ms() + AGAIN_MS;
        if (!emit->again_said)
                log_event(LOG_ERROR, "V2404", "kafka does not take a record: it is sent again",
                          "topic", rd_kafka_topic_name(message->rkt), "why", why, NULL);
        emit->again_said = true;
}

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        struct emit *emit = context;
        uintptr_t opaque = (uintptr_t)message->_private;

        if (opaque == 0)
                return; /* the warm-up record belongs to no shard */
        require((opaque & (EMIT_LINKS_MAX - 1)) < emit->link_count, "a report for shard %u of %u",
                (unsigned int)(opaque & (EMIT_LINKS_MAX - 1)), emit->link_count);

        struct emit_link *link = &emit->links[opaque & (EMIT_LINKS_MAX - 1)];

        if (is_of_the_record(message->err)) {
                leave_out(link, opaque >> OPAQUE_LINK_BITS, rd_kafka_topic_name(message->rkt),
                          rd_kafka_err2str(message->err));
                doorbell_ring(emit->acks_bell);
                return;
        }
        if (message->err) {
                came_back(emit, message);
                return;
        }
        emit->again_said = false;

        struct acks_trace trace = acks_done(&link->acks, opaque >> OPAQUE_LINK_BITS);

        count_arrived(&trace);
        doorbell_ring(emit->acks_bell);
}

/* --- records ---------------------------------------------------------------------------------- */

enum { SEND_LATER = 1, SEND_NEVER };

static void *opaque_of(uint32_t link, uint64_t number) {
        require(link < EMIT_LINKS_MAX && number > 0 && number < UINT64_C(1) << 56,
                "number %llu of shard %u", (unsigned long long)number, link);
        return (void *)(uintptr_t)(number << OPAQUE_LINK_BITS | link);
}

/* Return: 0, SEND_LATER, SEND_NEVER with err_why(), -EIO. */
static int settle_produce(rd_kafka_resp_err_t error, const char *topic) {
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
                return 0;
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
            error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
                return SEND_LATER;
        err_raise_why(-EIO, "kafka: %s: %s", topic, rd_kafka_err2str(error));
        return is_of_the_record(error) ? SEND_NEVER : -EIO;
}

static int send_alert(struct emit *emit, const struct alert *alert, void *opaque) {
        size_t key_bytes = strlen(alert->elder_id);
        int32_t partition =
                murmur2_partition(murmur2(alert->elder_id, key_bytes), emit->partition_count);
        char *json = NULL;
        size_t json_bytes = 0;
        int r = alert_encode(alert, &json, &json_bytes);

        if (r < 0)
                return err_trace(r);
        r = settle_produce(rd_kafka_producev(emit->producer, RD_KAFKA_V_TOPIC(emit->alerts),
                                             RD_KAFKA_V_PARTITION(partition),
                                             RD_KAFKA_V_KEY(alert->elder_id, key_bytes),
                                             RD_KAFKA_V_VALUE(json, json_bytes),
                                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE),
                                             RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END),
                           emit->alerts);
        if (r)
                free(json); /* the client owns it only on success */
        else
                stat_add(STAT_ALERTS_SENT, 1);
        return r;
}

static rd_kafka_headers_t *quarantine_headers(const struct emit *emit,
                                              const struct outbox_quarantine *refused) {
        rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
        char number[TEXT_BYTES];

        rd_kafka_header_add(headers, "reason", -1, slot_reason_name(refused->reason), -1);
        rd_kafka_header_add(headers, "detail", -1, slot_reason_detail(refused->reason), -1);
        rd_kafka_header_add(headers, "topic", -1, emit->lanes[refused->lane], -1);
        snprintf(number, sizeof(number), "%" PRId32, refused->partition);
        rd_kafka_header_add(headers, "partition", -1, number, -1);
        snprintf(number, sizeof(number), "%" PRId64, refused->offset);
        rd_kafka_header_add(headers, "offset", -1, number, -1);
        snprintf(number, sizeof(number), "%" PRId64, clock_wall_ms());
        rd_kafka_header_add(headers, "received_time_ms", -1, number, -1);
        snprintf(number, sizeof(number), "%" PRIu32, refused->whole_bytes);
        rd_kafka_header_add(headers, "payload_bytes", -1, number, -1);
        if (refused->whole_bytes > refused->bytes_used)
                rd_kafka_header_add(headers, "truncated", -1, "1", -1);
        return headers;
}

static int send_quarantine(struct emit *emit, const struct outbox_quarantine *refused,
                           void *opaque) {
        rd_kafka_headers_t *headers = quarantine_headers(emit, refused);
        int r = settle_produce(
                rd_kafka_producev(emit->producer, RD_KAFKA_V_TOPIC(emit->quarantine),
                                  RD_KAFKA_V_VALUE(refused->bytes, refused->bytes_used),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                  RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_HEADERS(headers),
                                  RD_KAFKA_V_END),
                emit->quarantine);

        if (r)
                rd_kafka_headers_destroy(headers); /* the client owns them only on success */
        return r;
}

/* Return: 0, SEND_LATER, SEND_NEVER, -errno. */
static int send_owed(struct emit *emit, uint32_t index, const struct outbox_owed *owed) {
        require(owed->type == OUTBOX_OWED_ALERT || owed->type == OUTBOX_OWED_QUARANTINE,
                "number %llu of shard %u is of type %d", (unsigned long long)owed->number, index,
                owed->type);

        struct emit_link *link = &emit->links[index];
        void *opaque = opaque_of(index, owed->number);
        struct acks_trace trace = {0};

        if (owed->type == OUTBOX_OWED_ALERT)
                trace = (struct acks_trace){owed->alert.received_us, owed->alert.judged_us};
        if (acks_take(&link->acks, owed->number, &trace) == ACKS_FULL)
                return SEND_LATER;
        if (owed->type == OUTBOX_OWED_ALERT)
                return send_alert(emit, &owed->alert, opaque);
        return send_quarantine(emit, &owed->quarantine, opaque);
}

static bool send_link(struct emit *emit, uint32_t index) {
        struct outbox *outbox = emit->links[index].outbox;
        void *items;
        uint32_t count = ring_peek(&outbox->ring, TURN_ITEMS, &items);
        uint32_t sent = 0;

        for (; sent < count; sent++) {
                struct outbox_owed *owed = (struct outbox_owed *)items + sent;
                int r = send_owed(emit, index, owed);

                if (r == SEND_NEVER) {
                        leave_out(&emit->links[index], owed->number,
                                  owed->type == OUTBOX_OWED_ALERT ? emit->alerts : emit->quarantine,
                                  err_why());
                        doorbell_ring(emit->acks_bell);
                        r = 0;
                }
                if (r < 0) {
                        log_event(LOG_ERROR, "V2402",
                                  "an alert cannot be sent: the process ends, to judge again",
                                  "why", err_why(), NULL);
                        fail(emit, r);
                }
                if (r) {
                        emit->blocked = true;
                        break;
                }
                outbox_owed_drop(owed);
        }
        if (sent) {
                ring_release(&outbox->ring, sent);
                doorbell_ring(&outbox->space_bell);
        }
        return sent > 0;
}

/* --- the thread -------------------------------------------------------------------------------- */

static bool turn(struct emit *emit) {
        int64_t outstanding = 0;
        bool busy = false;

        atomic_store_explicit(&emit->heartbeat_mono_ms, clock_mono_ms(), memory_order_relaxed);
        if (emit->again.first && clock_mono_ms() >= emit->again_mono_ms)
                busy = again_send(&emit->again, emit->producer);
        emit->blocked = emit->again.first != NULL; /* newer records must not overtake those */
        for (uint32_t i = 0; i < emit->link_count; i++) {
                busy |= !emit->again.first && send_link(emit, i);
                outstanding += (int64_t)acks_outstanding(&emit->links[i].acks);
        }
        stat_set(STAT_ALERTS_OUTSTANDING, outstanding);
        return rd_kafka_poll(emit->producer, 0) > 0 || busy;
}

static bool has_work(struct emit *emit) {
        void *items;

        if (atomic_load_explicit(&emit->stop, memory_order_acquire)) /* S2 <- S1 */
                return true;
        for (uint32_t i = 0; !emit->blocked && i < emit->link_count; i++)
                if (ring_peek(&emit->links[i].outbox->ring, 1, &items))
                        return true;
        return false;
}

static void *emit_run(void *context) {
        struct emit *emit = context;

        while (!atomic_load_explicit(&emit->stop, memory_order_acquire) && /* S2 <- S1 */
               emit_failed(emit) == 0) {
                if (turn(emit))
                        continue;
                doorbell_arm(&emit->bell);
                if (has_work(emit))
                        doorbell_disarm(&emit->bell);
                else
                        doorbell_sleep(&emit->bell, emit->blocked ? BLOCKED_MS : REST_MS);
        }
        return NULL;
}

int emit_start(struct emit *emit) {
        int r = -pthread_create(&emit->thread, NULL, emit_run, emit);

        if (r < 0)
                return err_raise(r);
        emit->running = true;
        return 0;
}

void emit_stop(struct emit *emit) {
        if (!emit->running)
                return;
        atomic_store_explicit(&emit->stop, true, memory_order_release); /* S1 -> S2 */
        doorbell_ring(&emit->bell);
        pthread_join(emit->thread, NULL);
        emit->running = false;
}

/* --- construction ------------------------------------------------------------------------------ */

static int open_producer(struct emit *emit, const struct conf *conf) {
        static const uint64_t one = 1;
        char client_id[128];
        int r;

        snprintf(client_id, sizeof(client_id), "vigil-rules-%s-alerts", conf->rules.instance);
        r = kafka_producer_new(&emit->producer, conf, client_id, on_delivered, emit);
        if (r < 0)
                return err_trace(r);
        /* librdkafka writes to the doorbell's descriptor when a report arrives, so one poll() waits for both. */
        emit->reports = rd_kafka_queue_get_main(emit->producer);
        rd_kafka_queue_io_event_enable(emit->reports, emit->bell.fd, &one, sizeof(one));
        return 0;
}

int emit_init(struct emit *emit, const struct conf *conf, uint32_t link_count) {
        int r;

        memset(emit, 0, sizeof(*emit));
        emit->partition_count = conf->kafka.partitions;
        conf_topic(conf, KAFKA_ALERTS_TOPIC, emit->alerts, sizeof(emit->alerts));
        conf_topic(conf, KAFKA_QUARANTINE_TOPIC, emit->quarantine, sizeof(emit->quarantine));
        conf_topic(conf, KAFKA_EVENTS_ALARM_TOPIC, emit->lanes[LANE_ALARM], EMIT_TOPIC_BYTES);
        conf_topic(conf, KAFKA_EVENTS_TELEMETRY_TOPIC, emit->lanes[LANE_TELEMETRY],
                   EMIT_TOPIC_BYTES);
        emit->bell.fd = -1;
        r = doorbell_init(&emit->bell);
        if (r == 0) {
                size_t bytes = link_count * sizeof(*emit->links);

                emit->links = aligned_alloc(alignof(struct emit_link), bytes);
                r = emit->links ? 0 : err_raise(-ENOMEM);
        }
        if (r == 0) {
                emit->link_count = link_count;
                for (uint32_t i = 0; i < link_count; i++)
                        acks_init(&emit->links[i].acks);
                r = open_producer(emit, conf);
        }
        if (r < 0)
                emit_fini(emit);
        return err_trace(r);
}

int emit_warm(struct emit *emit, const struct conf *conf, int timeout_ms) {
        const struct rd_kafka_metadata *metadata = NULL;

        if (!emit->topics[0]) {
                emit->topics[0] = rd_kafka_topic_new(emit->producer, emit->alerts, NULL);
                emit->topics[1] = rd_kafka_topic_new(emit->producer, emit->quarantine, NULL);
        }
        if (!emit->topics[0] || !emit->topics[1])
                return err_raise_why(-EINVAL, "kafka: %s", rd_kafka_err2str(rd_kafka_last_error()));

        rd_kafka_resp_err_t error =
                rd_kafka_metadata(emit->producer, 0, NULL, &metadata, timeout_ms);

        if (error)
                return err_raise_why(-ETIMEDOUT, "kafka: %s", rd_kafka_err2str(error));
        rd_kafka_metadata_destroy(metadata);
        return err_trace(kafka_producer_warm(emit->producer, conf, timeout_ms));
}

void emit_connect(struct emit *emit, uint32_t index, struct outbox *outbox) {
        require(index < emit->link_count, "shard %u of %u", index, emit->link_count);
        emit->links[index].outbox = outbox;
}

void emit_fini(struct emit *emit) {
        for (int i = 0; i < 2; i++)
                if (emit->topics[i])
                        rd_kafka_topic_destroy(emit->topics[i]);
        if (emit->reports)
                rd_kafka_queue_destroy(emit->reports);
        if (emit->producer)
                rd_kafka_destroy(emit->producer);
        again_fini(&emit->again);
        free(emit->links);
        if (emit->bell.fd >= 0)
                doorbell_fini(&emit->bell);
        memset(emit, 0, sizeof(*emit));
        emit->bell.fd = -1;
}
