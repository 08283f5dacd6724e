/* SPDX-License-Identifier: MIT */
#include "alerting/journal/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/journal/ledger_record.h"
#include "common/wire/alert.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"

enum {
        TOPIC_BYTES = 96,
        TAIL_RECORDS = 128, /* read back; the last ones may be of other writers */
        AGAIN_MS = 1000,
        POLL_MOST = 4096,
};

enum part_state {
        PART_OTHERS,  /* not ours */
        PART_WAITS,   /* its end must be read, once no entry of it is in flight */
        PART_READING, /* its end is being read */
        PART_OPEN,    /* accepts entries */
};

struct part {
        enum part_state state;
        int64_t seq;            /* of the last decision */
        int64_t end_seq, end_n; /* of the last entry read */
        size_t on_its_way;      /* entries in flight */
};

struct ledger {
        const struct conf *conf;
        struct ledger_handler handler;
        char topic[TOPIC_BYTES];
        int fd;
        rd_kafka_t *producer;
        rd_kafka_t *consumer; /* reads the ends */
        struct part *parts;
        int32_t part_count;
        bool is_broken;        /* the producer failed and is to be replaced */
        int64_t again_mono_ms; /* when it is replaced */
};

/* Identifies an entry in flight. */
struct mark {
        char alert_id[ALERT_ID_BYTES];
        int64_t seq, n;
};

static struct part *part_of(const struct ledger *ledger, int32_t partition) {
        require(partition >= 0 && partition < ledger->part_count, "partition %d of %d",
                (int)partition, (int)ledger->part_count);
        return &ledger->parts[partition];
}

/* --- reading ----------------------------------------------------------------------------------- */

static bool starts_reading(struct part *part) {
        if (part->state != PART_WAITS || part->on_its_way > 0)
                return false;
        part->state = PART_READING;
        return true;
}

/* Start to read the ends of waiting partitions. assign() replaces the whole assignment, so partitions that are already
 * being read start again. */
static int read_ends(struct ledger *ledger) {
        rd_kafka_topic_partition_list_t *list;
        rd_kafka_resp_err_t error;
        bool begin = false;

        for (int32_t i = 0; i < ledger->part_count; i++)
                begin = starts_reading(&ledger->parts[i]) || begin;
        if (!begin)
                return 0;
        list = rd_kafka_topic_partition_list_new(ledger->part_count);
        for (int32_t i = 0; i < ledger->part_count; i++) {
                struct part *part = &ledger->parts[i];

                if (part->state != PART_READING)
                        continue;
                part->end_seq = part->end_n = -1;
                rd_kafka_topic_partition_list_add(list, ledger->topic, i)->offset =
                        RD_KAFKA_OFFSET_TAIL(TAIL_RECORDS);
        }
        error = rd_kafka_assign(ledger->consumer, list);
        rd_kafka_topic_partition_list_destroy(list);
        return error ? err_raise_why(-EIO, "%s cannot be read: %s", ledger->topic,
                                     rd_kafka_err2str(error))
                     : 0;
}

static void take_end(struct ledger *ledger, const rd_kafka_message_t *message) {
        int32_t partition = message->partition;
        struct part *part;
        int64_t seq, n;

        if (partition < 0 || partition >= ledger->part_count ||
            (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF))
                return; /* an error: the client retries by itself */
        part = &ledger->parts[partition];
        if (part->state != PART_READING)
                return;
        if (!message->err) {
                if (ledger_record_read(message->payload, message->len, &seq, &n)) {
                        part->end_seq = seq;
                        part->end_n = n;
                }
                return;
        }
        part->state = PART_OPEN;
        ledger_seen(ledger, partition, part->end_seq);
        ledger->handler.ended(ledger->handler.context, partition, part->end_seq, part->end_n);
}

static bool is_reading(const struct ledger *ledger) {
        for (int32_t i = 0; i < ledger->part_count; i++) {
                if (ledger->parts[i].state == PART_READING)
                        return true;
        }
        return false;
}

static int poll_ends(struct ledger *ledger) {
        int r = read_ends(ledger);
        int taken = 0;

        if (r < 0)
                return err_trace(r);
        for (bool reads = is_reading(ledger); reads && taken < POLL_MOST; taken++) {
                rd_kafka_message_t *message = rd_kafka_consumer_poll(ledger->consumer, 0);

                if (!message)
                        return 0;
                take_end(ledger, message);
                rd_kafka_message_destroy(message);
                reads = is_reading(ledger);
                /* All ends are read: stop, or we would read what we write ourselves. */
                if (!reads)
                        rd_kafka_assign(ledger->consumer, NULL);
        }
        return 0;
}

void ledger_resume(struct ledger *ledger, int32_t partition, bool is_owed) {
        struct part *part = part_of(ledger, partition);

        part->state = is_owed || part->on_its_way > 0 || ledger->is_broken ? PART_WAITS : PART_OPEN;
}

/* --- numbers ----------------------------------------------------------------------------------- */

void ledger_seen(struct ledger *ledger, int32_t partition, int64_t seq) {
        struct part *part = part_of(ledger, partition);

        if (seq > part->seq)
                part->seq = seq;
}

/* The wall clock keeps the number above those of earlier processes, even if none of their records is left. */
int64_t ledger_next(struct ledger *ledger, int32_t partition) {
        struct part *part = part_of(ledger, partition);

        part->seq++;
        ledger_seen(ledger, partition, clock_wall_us());
        return part->seq;
}

/* --- writing ----------------------------------------------------------------------------------- */

static void broken(struct ledger *ledger, const char *why) {
        if (ledger->is_broken)
                return;
        ledger->is_broken = true;
        ledger->again_mono_ms = clock_mono_ms() + AGAIN_MS;
        log_event(LOG_ERROR, "V0419", "kafka does not take the ledger; it is written again", "why",
                  why, NULL);
}

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        struct ledger *ledger = context;
        struct mark *mark = message->_private;
        struct part *part;

        if (!mark)
                return;
        part = part_of(ledger, message->partition);
        require(part->on_its_way > 0,
                "ledger, partition %d: entry %lld of alert %s came back twice",
                (int)message->partition, (long long)mark->n, mark->alert_id);
        part->on_its_way--;
        if (message->err)
                broken(ledger, rd_kafka_err2str(message->err));
        else
                ledger->handler.kept(ledger->handler.context, mark->alert_id, mark->seq, mark->n);
        free(mark);
}

bool ledger_write(struct ledger *ledger, int32_t partition, const char *key, const char *alert_id,
                  int64_t seq, int64_t n, const char *json, size_t bytes) {
        struct part *part = part_of(ledger, partition);
        struct mark *mark;
        rd_kafka_resp_err_t error;

        if (part->state != PART_OPEN || ledger->is_broken)
                return false;
        mark = calloc(1, sizeof(*mark));
        if (!mark) {
                broken(ledger, "no memory");
                return false;
        }
        snprintf(mark->alert_id, sizeof(mark->alert_id), "%s", alert_id);
        mark->seq = seq;
        mark->n = n;
        error = rd_kafka_producev(
                ledger->producer, RD_KAFKA_V_TOPIC(ledger->topic), RD_KAFKA_V_PARTITION(partition),
                RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE((void *)(uintptr_t)json, bytes),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(mark), RD_KAFKA_V_END);
        if (error) {
                free(mark);
                /* From here on all entries are refused until the end is read, to keep their order. */
                broken(ledger, rd_kafka_err2str(error));
                return false;
        }
        part->on_its_way++;
        return true;
}

/* Make @fd readable when @queue is no longer empty; @fd -1: no more. Takes the reference to @queue over. */
static void ring(int fd, rd_kafka_queue_t *queue) {
        static const uint64_t one = 1;

        rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof(one));
        rd_kafka_queue_destroy(queue);
}

/* The purge reports entries in flight as failed at once. An entry that Kafka stored without a report to us is found
 * when the end of the ledger is read. */
static void producer_drop(struct ledger *ledger, int timeout_ms) {
        if (!ledger->producer)
                return;
        ledger->is_broken = true; /* so that reports of purged entries are not logged */
        (void)rd_kafka_purge(ledger->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(ledger->producer, timeout_ms);
        /* Its threads live on for a moment; by then the descriptor may be closed and reused. */
        ring(-1, rd_kafka_queue_get_main(ledger->producer));
        kafka_drop(ledger->producer);
        ledger->producer = NULL;
}

static int producer_open(struct ledger *ledger) {
        int r = kafka_producer_new(&ledger->producer, ledger->conf, "alerting-ledger", on_report,
                                   ledger);

        if (r == 0)
                ring(ledger->fd, rd_kafka_queue_get_main(ledger->producer));
        return err_trace(r);
}

static int renew(struct ledger *ledger) {
        int r;

        producer_drop(ledger, 100);
        r = producer_open(ledger);
        if (r < 0)
                return err_trace(r);
        ledger->is_broken = false;
        for (int32_t i = 0; i < ledger->part_count; i++) {
                ledger->parts[i].on_its_way = 0;
                if (ledger->parts[i].state != PART_OTHERS)
                        ledger->parts[i].state = PART_WAITS;
        }
        return 0;
}

int ledger_poll(struct ledger *ledger, int64_t now_mono_ms) {
        char why[128];

        while (rd_kafka_poll(ledger->producer, 0) > 0)
                ;
        if (rd_kafka_fatal_error(ledger->producer, why, sizeof(why)))
                broken(ledger, why);
        if (ledger->is_broken && now_mono_ms >= ledger->again_mono_ms) {
                int r = renew(ledger);

                if (r < 0)
                        return err_trace(r);
        }
        return err_trace(poll_ends(ledger));
}

/* --- opening and closing ----------------------------------------------------------------------- */

int ledger_open(struct ledger **ret, const struct conf *conf, int fd,
                const struct ledger_handler *handler) {
        struct ledger *ledger = calloc(1, sizeof(*ledger));
        int r;

        if (!ledger)
                return err_raise(-ENOMEM);
        ledger->conf = conf;
        ledger->handler = *handler;
        ledger->fd = fd;
        ledger->part_count = conf->kafka.partitions;
        conf_topic(conf, KAFKA_LEDGER_TOPIC, ledger->topic, sizeof(ledger->topic));
        ledger->parts = calloc((size_t)ledger->part_count, sizeof(*ledger->parts));
        r = ledger->parts ? 0 : err_raise(-ENOMEM);
        if (r == 0)
                r = producer_open(ledger);
        if (r == 0)
                r = kafka_consumer_new(&ledger->consumer, conf, "alerting-ledger", NULL, NULL, NULL,
                                       NULL);
        if (r < 0) {
                ledger_close(ledger, 0);
                return err_trace(r);
        }
        ring(ledger->fd, rd_kafka_queue_get_consumer(ledger->consumer));
        *ret = ledger;
        return 0;
}

struct ledger *ledger_close(struct ledger *ledger, int timeout_ms) {
        if (!ledger)
                return NULL;
        if (ledger->producer && timeout_ms > 0)
                (void)rd_kafka_flush(ledger->producer, timeout_ms);
        producer_drop(ledger, 100);
        if (ledger->consumer)
                ring(-1, rd_kafka_queue_get_consumer(ledger->consumer));
        kafka_drop(ledger->consumer);
        free(ledger->parts);
        free(ledger);
        return NULL;
}
