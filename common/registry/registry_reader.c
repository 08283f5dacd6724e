/* SPDX-License-Identifier: MIT */
#include "common/registry/registry_reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/kafka/kafka_watch.h"
#include "common/base/log.h"
#include "common/ops/metrics.h"
#include "common/registry/registry.h"
#include "common/registry/registry_json.h"

enum { REGISTRY_PARTITION = 0, CATCH_UP_BATCH = 1000 }; /* the topic has one partition */
enum { SAY_AGAIN_MS = 60000 };

/* Counts for all readers of the process. */
static struct metric refused_metric = {
        "vigil_registry_refused_records_total",
        "Registry records skipped because they cannot be read",
        NULL,
        METRIC_COUNTER,
        0,
        NULL,
};
static pthread_once_t refused_once = PTHREAD_ONCE_INIT;

static void register_refused(void) {
        metrics_register(&refused_metric, 1);
}

struct registry_reader {
        const struct conf *conf;
        rd_kafka_t *consumer;
        const struct kafka_watch *watch; /* or NULL */
        uint32_t remade;                 /* kafka_watch_remade() of the topic at the last look */
        rd_kafka_queue_t *queue; /* of the consumer, after registry_reader_wake(); else NULL */
        int wake_fd;             /* of registry_reader_wake(); -1: none */
        struct registry *registry;
        registry_changed changed;
        void *context;
        char topic[128];
        int64_t next_offset; /* of the first record that is not applied yet */
        int64_t end_offset;  /* end of the topic at the first fetch; -1: not known yet */
        uint64_t refused;
        uint64_t said; /* how many of them are logged */
        int64_t said_mono_ms;
        char why[160];
};

static int open_consumer(struct registry_reader *reader) {
        rd_kafka_topic_partition_list_t *partitions;
        rd_kafka_resp_err_t error;
        int r = kafka_consumer_new(&reader->consumer, reader->conf, "registry", NULL, NULL, NULL,
                                   NULL);

        if (r < 0)
                return err_trace(r);
        partitions = rd_kafka_topic_partition_list_new(1);

        /* Not RD_KAFKA_OFFSET_BEGINNING: it needs a request, which is repeated only after half a second if the
         * client does not know the leader yet. For offset 0 Kafka returns the first record that exists. */
        rd_kafka_topic_partition_list_add(partitions, reader->topic, REGISTRY_PARTITION)->offset =
                0;
        error = rd_kafka_assign(reader->consumer, partitions);
        rd_kafka_topic_partition_list_destroy(partitions);
        return error ? err_raise_why(-EIO, "%s cannot be read: %s", reader->topic,
                                     rd_kafka_err2str(error))
                     : 0;
}

int registry_reader_open(struct registry_reader **ret, const struct conf *conf,
                         struct registry *registry, registry_changed changed, void *context) {
        struct registry_reader *reader = calloc(1, sizeof(*reader));
        int r;

        if (!reader)
                return err_raise(-ENOMEM);
        pthread_once(&refused_once, register_refused);
        reader->registry = registry;
        reader->changed = changed;
        reader->context = context;
        reader->conf = conf;
        reader->wake_fd = -1;
        reader->end_offset = -1;
        conf_topic(conf, KAFKA_REGISTRY_TOPIC, reader->topic, sizeof(reader->topic));

        r = open_consumer(reader);
        if (r < 0) {
                registry_reader_close(reader);
                return err_trace(r);
        }
        *ret = reader;
        return 0;
}

static void drop_consumer(struct registry_reader *reader) {
        if (reader->queue) {
                rd_kafka_queue_io_event_enable(reader->queue, -1, NULL, 0);
                rd_kafka_queue_destroy(reader->queue);
        }
        reader->queue = NULL;
        kafka_drop(reader->consumer);
        reader->consumer = NULL;
}

struct registry_reader *registry_reader_close(struct registry_reader *reader) {
        if (!reader)
                return NULL;
        drop_consumer(reader);
        free(reader);
        return NULL;
}

void registry_reader_wake(struct registry_reader *reader, int fd) {
        static const uint64_t one = 1;

        reader->wake_fd = fd;
        if (!reader->queue)
                reader->queue = rd_kafka_queue_get_consumer(reader->consumer);
        rd_kafka_queue_io_event_enable(reader->queue, fd, &one, sizeof(one));
}

void registry_reader_watch(struct registry_reader *reader, const struct kafka_watch *watch) {
        reader->watch = watch;
        reader->remade = kafka_watch_remade(watch, KAFKA_REGISTRY_TOPIC);
}

/* Start again at the beginning of a recreated topic: if it has already grown past our position, the records before that
 * would be skipped. Reading a record twice has no effect. With a new consumer: one that is assigned the partition again
 * before it has heard of the new topic never reads from it (librdkafka 2.0.2). */
static int look_at_topic(struct registry_reader *reader) {
        uint32_t remade = kafka_watch_remade(reader->watch, KAFKA_REGISTRY_TOPIC);

        if (remade == reader->remade)
                return 0;
        reader->remade = remade;
        reader->next_offset = 0; /* the old position says nothing about the new topic */
        reader->end_offset =
                registry_reader_caught_up(reader) ? 0 : -1; /* it must not become false again */
        log_event(LOG_WARN, "V0107",
                  "the registry's topic was gone: reading it from its first record", NULL);
        drop_consumer(reader);

        int r = open_consumer(reader);

        if (r == 0 && reader->wake_fd >= 0)
                registry_reader_wake(reader, reader->wake_fd);
        return err_trace(r);
}

/* Note the end of the topic, which the client learns from the first fetch. */
static void end_note(struct registry_reader *reader) {
        int64_t low, high;

        if (rd_kafka_get_watermark_offsets(reader->consumer, reader->topic, REGISTRY_PARTITION,
                                           &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            high >= 0)
                reader->end_offset = high;
}

/* Log refused records, at most once a minute: each leaves an entry outdated or missing. */
static void tell_refused(struct registry_reader *reader) {
        int64_t now_mono_ms = clock_mono_ms();

        if (reader->refused == reader->said ||
            (reader->said && now_mono_ms - reader->said_mono_ms < SAY_AGAIN_MS))
                return;
        log_event(LOG_ERROR, "V0106", "records of the registry cannot be read and are left out",
                  "records", log_number((int64_t)(reader->refused - reader->said)), "newest",
                  reader->why, NULL);
        reader->said = reader->refused;
        reader->said_mono_ms = now_mono_ms;
}

static int record_apply(struct registry_reader *reader, const rd_kafka_message_t *message) {
        enum registry_type type;
        char id[EVENT_DEVICE_ID_BYTES];
        int r = registry_key_parse(message->key ? message->key : "", message->key_len, &type, id);

        if (r == 0)
                r = registry_apply(reader->registry, message->key, message->key_len,
                                   message->payload, message->len);
        reader->next_offset = message->offset + 1;
        if (r == REGISTRY_REFUSED) {
                reader->refused++;
                metric_add(&refused_metric, 1);
                snprintf(reader->why, sizeof(reader->why), "offset %lld: %s",
                         (long long)message->offset, err_why());
                return 0;
        }
        if (r == 0 && reader->changed)
                reader->changed(reader->context, type, id);
        return err_trace(r);
}

/* Handle a message or event of the client. Return: 1 if it was a record (applied or refused), 0 if not, -errno. */
static int message_take(struct registry_reader *reader, const rd_kafka_message_t *message) {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                /* Also skips offsets at the end that hold no data, because of compaction or control records. */
                if (message->offset > reader->next_offset)
                        reader->next_offset = message->offset;
                return 0;
        }
        /* The client retries by itself after all other errors (no broker, no topic yet). */
        if (message->err)
                return 0;

        int r = record_apply(reader, message);

        return r < 0 ? err_trace(r) : 1;
}

int registry_reader_poll(struct registry_reader *reader, int timeout_ms, int records_max) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;
        int applied = 0;
        int r = look_at_topic(reader);

        if (r < 0)
                return err_trace(r);
        tell_refused(reader);
        while (applied < records_max) {
                int64_t left_ms = applied ? 0 : deadline_mono_ms - clock_mono_ms();
                rd_kafka_message_t *message =
                        rd_kafka_consumer_poll(reader->consumer, left_ms > 0 ? (int)left_ms : 0);

                if (reader->end_offset < 0)
                        end_note(reader);
                if (!message)
                        break;

                r = message_take(reader, message);
                rd_kafka_message_destroy(message);
                if (r < 0)
                        return err_trace(r);
                applied += r;
                if (r == 0 && clock_mono_ms() >= deadline_mono_ms)
                        break;
        }
        return applied;
}

int registry_reader_catch_up(struct registry_reader *reader, int timeout_ms) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;
        int64_t high = 0;
        int r = kafka_query_ends(reader->consumer, reader->topic, REGISTRY_PARTITION, timeout_ms,
                                 NULL, &high);

        if (r < 0)
                return err_trace(r);
        while (reader->next_offset < high) {
                int64_t left_ms = deadline_mono_ms - clock_mono_ms();

                if (left_ms <= 0)
                        return err_raise(-ETIMEDOUT);
                r = registry_reader_poll(reader, (int)left_ms, CATCH_UP_BATCH);
                if (r < 0)
                        return err_trace(r);
        }
        return 0;
}

uint64_t registry_reader_refused(const struct registry_reader *reader, const char **ret_why) {
        if (ret_why)
                *ret_why = reader->why;
        return reader->refused;
}

bool registry_reader_caught_up(const struct registry_reader *reader) {
        return reader->end_offset >= 0 && reader->next_offset >= reader->end_offset;
}
