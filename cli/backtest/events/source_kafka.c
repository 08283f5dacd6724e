/* SPDX-License-Identifier: MIT
 *
 * A Kafka client returns records of whichever partition answers first, so events of different partitions would not
 * be in order. Here each partition of each lane has its own queue, and the next event is the one received first
 * among the heads of all queues; no partition is read ahead of the others.
 */
#include "cli/backtest/events/source_kafka.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/cli.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"

enum {
        TOPIC_BYTES = 128,
        POLL_MS = 100,
        /* The timestamp of a record is the producer's, later than the received times of its events; clocks differ. */
        SLACK_MS = 60 * 1000,
        INTERRUPT_EVERY = 4096,
};

/* One partition of one lane. */
struct stream {
        rd_kafka_queue_t *queue;
        rd_kafka_message_t *message; /* owns the bytes of frame; NULL: none */
        struct frame_reader frame;
        struct source_event head;
        bool ready; /* head holds an event */
        bool ended;
        int64_t end; /* offset after the last record to read */
};

struct kafka_source {
        struct source source;
        const struct conf *conf;
        rd_kafka_t *consumer;
        char topics[LANE_COUNT][TOPIC_BYTES];
        struct stream *streams;
        int count;
        struct stream *given; /* its head was returned last */
        int64_t from_ms, to_ms;
        int timeout_ms;
};

static int trouble(rd_kafka_resp_err_t error, const struct kafka_source *kafka) {
        return err_raise_why(-ETIMEDOUT, "kafka: %s: %s", kafka->conf->kafka.brokers,
                             rd_kafka_err2str(error));
}

/* --- opening ------------------------------------------------------------------------------------ */

/* Set the offsets of the first records not older than @time_ms; RD_KAFKA_OFFSET_END where there is none. */
static int offsets_at(const struct kafka_source *kafka, rd_kafka_topic_partition_list_t *list,
                      int64_t time_ms) {
        for (int i = 0; i < list->cnt; i++)
                list->elems[i].offset = time_ms > 0 ? time_ms : 0;

        rd_kafka_resp_err_t error =
                rd_kafka_offsets_for_times(kafka->consumer, list, kafka->timeout_ms);

        for (int i = 0; i < list->cnt && !error; i++)
                error = list->elems[i].err;
        return error ? trouble(error, kafka) : 0;
}

/* Find the end of each stream: the present end of its partition. The timestamp of records cannot be used, because
 * replayed events are at the time of the replay, long after they were received. */
static int ends_find(struct kafka_source *kafka, const rd_kafka_topic_partition_list_t *list) {
        for (int i = 0; i < list->cnt; i++) {
                int64_t low = 0;
                rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
                        kafka->consumer, list->elems[i].topic, list->elems[i].partition, &low,
                        &kafka->streams[i].end, kafka->timeout_ms);

                if (error)
                        return trouble(error, kafka);
        }
        return 0;
}

static int streams_start(struct kafka_source *kafka, rd_kafka_topic_partition_list_t *list) {
        for (int i = 0; i < list->cnt; i++) {
                struct stream *stream = &kafka->streams[i];
                rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(
                        kafka->consumer, list->elems[i].topic, list->elems[i].partition);

                stream->queue = rd_kafka_queue_new(kafka->consumer);
                if (!queue || !stream->queue)
                        return err_raise(-ENOMEM);
                rd_kafka_queue_forward(queue, stream->queue);
                rd_kafka_queue_destroy(queue);
                stream->ended = list->elems[i].offset < 0 || list->elems[i].offset >= stream->end;
        }

        rd_kafka_resp_err_t error = rd_kafka_assign(kafka->consumer, list);

        return error ? trouble(error, kafka) : 0;
}

static int streams_open(struct kafka_source *kafka) {
        int partitions = kafka->conf->kafka.partitions;
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(LANE_COUNT * partitions);
        int r = 0;

        kafka->count = LANE_COUNT * partitions;
        kafka->streams = calloc((size_t)kafka->count, sizeof(*kafka->streams));
        if (!kafka->streams)
                r = err_raise(-ENOMEM);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                for (int i = 0; i < partitions; i++)
                        rd_kafka_topic_partition_list_add(list, kafka->topics[lane], i);
        if (r == 0)
                r = ends_find(kafka, list);
        if (r == 0)
                r = offsets_at(kafka, list, kafka->from_ms - SLACK_MS);
        if (r == 0)
                r = streams_start(kafka, list);
        rd_kafka_topic_partition_list_destroy(list);
        return r;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Take the next record of a stream. Return: 0; -EINTR, -ETIMEDOUT. */
static int message_take(struct kafka_source *kafka, struct stream *stream) {
        int64_t deadline_mono_ms = clock_mono_ms() + kafka->timeout_ms;

        if (stream->message)
                rd_kafka_message_destroy(stream->message);
        stream->message = NULL;
        while (!stream->ended && !stream->message) {
                rd_kafka_message_t *message = rd_kafka_consume_queue(stream->queue, POLL_MS);

                if (message && !message->err) {
                        stream->message = message;
                        stream->ended = message->offset >= stream->end;
                        break;
                }
                if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
                        stream->ended = true;
                if (message)
                        rd_kafka_message_destroy(message);
                if (cli_interrupted())
                        return -EINTR;
                if (clock_mono_ms() >= deadline_mono_ms)
                        return err_raise_why(-ETIMEDOUT, "kafka: no record from %s for %d s",
                                             kafka->conf->kafka.brokers, kafka->timeout_ms / 1000);
        }
        return 0;
}

static bool frame_enter(struct stream *stream) {
        return frame_open(&stream->frame, stream->message->payload, stream->message->len) == 0;
}

/* Advance a stream to its next event within the period. */
static int stream_next(struct kafka_source *kafka, struct stream *stream) {
        bool open = stream->ready;

        stream->ready = false;
        while (!stream->ready && !(stream->ended && !stream->message)) {
                int answer = open ? frame_next(&stream->frame, &stream->head.event,
                                               &stream->head.samples)
                                  : FRAME_END;

                if (answer == 0) {
                        int64_t received_ms = stream->head.event.received_time_ms;

                        stream->head.lane = (enum lane)stream->frame.lane;
                        stream->ready = received_ms >= kafka->from_ms && received_ms < kafka->to_ms;
                        continue;
                }

                int r = message_take(kafka, stream);

                if (r < 0)
                        return r;
                open = stream->message && frame_enter(stream);
                kafka->source.bad += answer == FRAME_BROKEN || (stream->message && !open);
        }
        return 0;
}

static int kafka_next(struct source *source, struct source_event *ret) {
        struct kafka_source *kafka = (struct kafka_source *)source;
        struct stream *first = NULL;
        int r = 0;

        if (kafka->given)
                r = stream_next(kafka, kafka->given);
        for (int i = 0; r == 0 && !kafka->given && i < kafka->count; i++)
                r = stream_next(kafka, &kafka->streams[i]);
        if (r < 0)
                return r;
        for (int i = 0; i < kafka->count; i++) {
                struct stream *stream = &kafka->streams[i];

                if (stream->ready && (!first || stream->head.event.received_time_ms <
                                                        first->head.event.received_time_ms))
                        first = stream;
        }
        if (!first)
                return SOURCE_END;
        *ret = first->head;
        kafka->given = first;
        source->events++;
        return source->events % INTERRUPT_EVERY == 0 && cli_interrupted() ? -EINTR : 0;
}

static void kafka_free(struct source *source) {
        struct kafka_source *kafka = (struct kafka_source *)source;

        for (int i = 0; kafka->streams && i < kafka->count; i++) {
                if (kafka->streams[i].message)
                        rd_kafka_message_destroy(kafka->streams[i].message);
                if (kafka->streams[i].queue)
                        rd_kafka_queue_destroy(kafka->streams[i].queue);
        }
        if (kafka->consumer) {
                rd_kafka_consumer_close(kafka->consumer);
                rd_kafka_destroy(kafka->consumer);
        }
        free(kafka->streams);
        free(kafka);
}

int source_kafka_open(struct source **ret, const struct conf *conf, int64_t from_ms, int64_t to_ms,
                      int timeout_ms) {
        struct kafka_source *kafka = calloc(1, sizeof(*kafka));
        int r;

        if (!kafka)
                return err_raise(-ENOMEM);
        *kafka = (struct kafka_source){
                .source = {.next = kafka_next, .free = kafka_free},
                .conf = conf,
                .from_ms = from_ms,
                .to_ms = to_ms,
                .timeout_ms = timeout_ms,
        };
        conf_topic(conf, KAFKA_EVENTS_ALARM_TOPIC, kafka->topics[LANE_ALARM], TOPIC_BYTES);
        conf_topic(conf, KAFKA_EVENTS_TELEMETRY_TOPIC, kafka->topics[LANE_TELEMETRY], TOPIC_BYTES);
        r = kafka_consumer_new(&kafka->consumer, conf, "vigil-replay", NULL, NULL, NULL, NULL);
        if (r == 0)
                r = streams_open(kafka);
        if (r < 0) {
                kafka_free(&kafka->source);
                return r;
        }
        *ret = &kafka->source;
        return 0;
}
