/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/base/murmur2.h"
#include "ingest/guard/budget.h"
#include "ingest/kafka/producer.h"
#include "ingest/kafka/quarantine.h"
#include "ingest/kafka/unclaimed.h"
#include "ingest/base/stats.h"

/* Large enough for an event with the largest sample block. */
enum { CAUTIOUS_FRAME_BYTES_MAX = 32 * 1024 };

/* The frame of a partition that is being filled. */
struct open_frame {
        unsigned char *bytes;       /* FRAME_BYTES_MAX, allocated on first use */
        struct frame_writer writer; /* event_count 0: no frame is open */
        int64_t received_us;        /* when its oldest event was received */
};

struct sink {
        struct producer producer;
        rd_kafka_topic_t *events;
        char quarantine_topic[PRODUCER_TOPIC_BYTES];
        struct budget budget;
        char alerts_topic[PRODUCER_TOPIC_BYTES];
        int partitions;
        struct open_frame *frames; /* one per partition; unused in the alarm lane */
        int *filled;               /* the filled_count partitions with an open frame */
        int filled_count;
};

int sink_new(struct sink **ret, const struct conf *conf, enum lane lane, const char *client_id,
             const atomic_bool *stop) {
        struct sink *sink = calloc(1, sizeof(*sink));
        char topic[PRODUCER_TOPIC_BYTES];
        int r;

        if (!sink)
                return err_raise(-ENOMEM);
        sink->producer.lane = lane;
        sink->producer.stop = stop;
        sink->partitions = conf->kafka.partitions;
        sink->frames = calloc((size_t)sink->partitions, sizeof(*sink->frames));
        sink->filled = calloc((size_t)sink->partitions, sizeof(*sink->filled));
        if (!sink->frames || !sink->filled) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        conf_topic(conf, KAFKA_QUARANTINE_TOPIC, sink->quarantine_topic,
                   sizeof(sink->quarantine_topic));
        conf_topic(conf, KAFKA_ALERTS_TOPIC, sink->alerts_topic, sizeof(sink->alerts_topic));
        conf_topic(conf,
                   lane == LANE_ALARM ? KAFKA_EVENTS_ALARM_TOPIC : KAFKA_EVENTS_TELEMETRY_TOPIC,
                   topic, sizeof(topic));
        r = kafka_producer_new(&sink->producer.rk, conf, client_id, producer_delivered,
                               &sink->producer);
        if (r < 0)
                goto out;
        sink->events = rd_kafka_topic_new(sink->producer.rk, topic, NULL);
        if (!sink->events) {
                r = err_raise_why(-EINVAL, "kafka: %s: %s", topic,
                                  rd_kafka_err2str(rd_kafka_last_error()));
                goto out;
        }
        *ret = sink;
        sink = NULL;
        r = 0;
out:
        sink_free(sink);
        return err_trace(r);
}

struct sink *sink_free(struct sink *sink) {
        if (!sink)
                return NULL;
        if (sink->producer.rk) {
                rd_kafka_purge(sink->producer.rk,
                               RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
                rd_kafka_poll(sink->producer.rk, 0);
                if (sink->events)
                        rd_kafka_topic_destroy(sink->events);
                rd_kafka_destroy(sink->producer.rk);
        }
        for (int i = 0; sink->frames && i < sink->partitions; i++)
                free(sink->frames[i].bytes);
        free(sink->frames);
        free(sink->filled);
        free(sink);
        return NULL;
}

int sink_warm(struct sink *sink, const struct conf *conf, int timeout_ms) {
        const struct rd_kafka_metadata *metadata;
        int r = kafka_producer_warm(sink->producer.rk, conf, timeout_ms);

        if (r < 0)
                return err_trace(r);
        /* Otherwise the first event would wait for the metadata of its partition. */
        if (rd_kafka_metadata(sink->producer.rk, 0, sink->events, &metadata, timeout_ms))
                return err_raise(-ETIMEDOUT);
        rd_kafka_metadata_destroy(metadata);
        return 0;
}

static void produce(struct sink *sink, int partition, const void *frame, size_t frame_bytes,
                    const char *key, int64_t received_us) {
        struct producer *producer = &sink->producer;

        while (rd_kafka_produce(sink->events, partition, RD_KAFKA_MSG_F_COPY, (void *)frame,
                                frame_bytes, key, key ? strlen(key) : 0,
                                (void *)(intptr_t)received_us) < 0) {
                if (!producer_retry(producer, rd_kafka_last_error()))
                        return;
        }
        producer_owes(producer);
        metric_add(&stats.records[producer->lane], 1);
}

static void produce_frame(struct sink *sink, int partition) {
        struct open_frame *frame = &sink->frames[partition];

        produce(sink, partition, frame->bytes, frame_end(&frame->writer), NULL, frame->received_us);
        frame->writer.event_count = 0;
}

static void produce_alone(struct sink *sink, int partition, const struct decoded_event *decoded,
                          int64_t received_us) {
        /* Alarm-class kinds have no samples. An event with samples would not fit, which is reported as a failure. */
        unsigned char bytes[FRAME_HEADER_BYTES + EVENT_BYTES];
        struct frame_writer writer;

        frame_begin(&writer, LANE_ALARM, bytes, sizeof(bytes));
        if (frame_append(&writer, &decoded->event, decoded->samples)) {
                producer_retry(&sink->producer, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
                return;
        }
        produce(sink, partition, bytes, frame_end(&writer), decoded->event.elder_id, received_us);
}

static void begin_frame(struct sink *sink, struct open_frame *frame, int64_t received_us) {
        frame_begin(&frame->writer, LANE_TELEMETRY, frame->bytes,
                    sink->producer.cautious ? CAUTIOUS_FRAME_BYTES_MAX : FRAME_BYTES_MAX);
        frame->received_us = received_us;
}

/* Return: 0 or -ENOMEM. */
static int open_frame(struct sink *sink, int partition, int64_t received_us) {
        struct open_frame *frame = &sink->frames[partition];

        if (!frame->bytes)
                frame->bytes = malloc(FRAME_BYTES_MAX);
        if (!frame->bytes)
                return -ENOMEM;
        require(sink->filled_count < sink->partitions, "%d frames of %d partitions are open",
                sink->filled_count, sink->partitions);
        begin_frame(sink, frame, received_us);
        sink->filled[sink->filled_count++] = partition;
        return 0;
}

void sink_event(struct sink *sink, const struct decoded_event *decoded, int64_t received_us) {
        int partition = murmur2_partition(decoded->event.elder_hash, sink->partitions);
        struct open_frame *frame = &sink->frames[partition];

        metric_add(&stats.events[sink->producer.lane], 1);
        if (sink->producer.lane == LANE_ALARM) {
                produce_alone(sink, partition, decoded, received_us);
                return;
        }
        if (frame->writer.event_count == 0 && open_frame(sink, partition, received_us) < 0) {
                producer_retry(&sink->producer, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE);
                return;
        }
        if (frame_append(&frame->writer, &decoded->event, decoded->samples) == 0)
                return;

        /* The frame is full: produce it and start the next one. The partition stays in the list. */
        produce_frame(sink, partition);
        begin_frame(sink, frame, received_us);
        frame_append(&frame->writer, &decoded->event, decoded->samples);
}

bool sink_quarantine(struct sink *sink, const struct decode_message *message, enum reject reject,
                     const char *detail) {
        bool say;
        enum budget_answer keep = budget_spend(&sink->budget, message->topic,
                                               message->payload_bytes, clock_mono_ms(), &say);

        metric_add(&stats.quarantined[reject], 1);
        if (keep != BUDGET_WHOLE)
                metric_add(keep == BUDGET_START ? &stats.quarantine_start
                                                : &stats.quarantine_nothing,
                           1);
        if (keep != BUDGET_NOTHING)
                quarantine_write(&sink->producer, sink->quarantine_topic, keep, message, reject,
                                 detail);
        return say;
}

void sink_alarm(struct sink *sink, const struct alarm *alarm, int64_t received_us) {
        metric_add(&stats.alarms_unclaimed[alarm->reason], 1);
        unclaimed_write(&sink->producer, sink->alerts_topic, sink->partitions, alarm, received_us);
}

void sink_listening(struct sink *sink, uint32_t shard, bool listens, int64_t now_ms) {
        rd_kafka_t *rk = sink->producer.rk;

        rd_kafka_poll(rk, 0);
        if (rd_kafka_outq_len(rk) > 0)
                return;
        for (int i = 0; i < sink->partitions; i++) {
                unsigned char bytes[FRAME_HEADER_BYTES + EVENT_BYTES];
                struct frame_writer writer;
                struct event event;

                event_listening(&event, shard, i, listens, now_ms);
                frame_begin(&writer, LANE_TELEMETRY, bytes, sizeof(bytes));
                frame_append(&writer, &event, NULL);
                /* The opaque is NULL, so that producer_delivered() does not count it. */
                rd_kafka_produce(sink->events, i, RD_KAFKA_MSG_F_COPY, bytes, frame_end(&writer),
                                 NULL, 0, NULL);
        }
}

void sink_flush(struct sink *sink) {
        for (int i = 0; i < sink->filled_count; i++)
                produce_frame(sink, sink->filled[i]);
        sink->filled_count = 0;
}

void sink_poll(struct sink *sink, int timeout_ms) {
        rd_kafka_poll(sink->producer.rk, timeout_ms);
}

int sink_outstanding(const struct sink *sink) {
        return sink->producer.outstanding;
}

int sink_failed(const struct sink *sink) {
        return sink->producer.failed;
}

const char *sink_why(const struct sink *sink) {
        return sink->producer.why;
}

void sink_reset(struct sink *sink) {
        sink->producer.failed = 0;
}

bool sink_is_broken(const struct sink *sink) {
        char why[256];

        return rd_kafka_fatal_error(sink->producer.rk, why, sizeof(why)) !=
               RD_KAFKA_RESP_ERR_NO_ERROR;
}
