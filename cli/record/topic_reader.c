/* SPDX-License-Identifier: MIT */
#include "cli/record/topic_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"

enum { AWAY_MAX_MS = 10000 };

struct topic_reader {
        rd_kafka_t *consumer;
        rd_kafka_topic_partition_list_t *partitions; /* opaque: set once its end is reached */
        int at_end;
        int64_t away_since_mono_ms; /* 0: brokers are reachable */
};

static char end_seen; /* its address marks a partition read to its end */

static bool digits_only(const char *text) {
        return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 16;
}

/* RFC 3339 in UTC, as printed in our own lines: "2026-11-24T03:00:00Z". */
static bool utc_parse(const char *text, int64_t *ret_ms) {
        struct tm tm = {0};
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

        if (!rest || strcmp(rest, "Z") != 0)
                return false;
        *ret_ms = (int64_t)timegm(&tm) * 1000;
        return true;
}

bool topic_reader_from_parse(const char *text, struct topic_reader_from *ret) {
        struct topic_reader_from from = {TOPIC_READER_START_BEGINNING, 0};

        if (strcmp(text, "end") == 0) {
                from.start = TOPIC_READER_START_END;
        } else if (text[0] == '@') {
                from.start = TOPIC_READER_START_TIME;
                if (digits_only(text + 1))
                        from.number = strtoll(text + 1, NULL, 10);
                else if (!utc_parse(text + 1, &from.number))
                        return false;
        } else if (text[0] == '-' && digits_only(text + 1)) {
                from.start = TOPIC_READER_START_LAST;
                from.number = strtoll(text + 1, NULL, 10);
        } else if (strcmp(text, "beginning") != 0) {
                return false;
        }
        *ret = from;
        return true;
}

/* --- opening ----------------------------------------------------------------------------------------- */

static const rd_kafka_metadata_topic_t *topic_find(const rd_kafka_metadata_t *metadata,
                                                   const char *name) {
        for (int i = 0; i < metadata->topic_cnt; i++)
                if (strcmp(metadata->topics[i].topic, name) == 0 &&
                    metadata->topics[i].partition_cnt > 0)
                        return &metadata->topics[i];
        return NULL;
}

static int64_t offset_first(const struct topic_reader_from *from) {
        switch (from->start) {
        case TOPIC_READER_START_BEGINNING:
                return RD_KAFKA_OFFSET_BEGINNING;
        case TOPIC_READER_START_END:
                return RD_KAFKA_OFFSET_END;
        case TOPIC_READER_START_LAST:
                return RD_KAFKA_OFFSET_TAIL(from->number);
        case TOPIC_READER_START_TIME:
                break;
        }
        return from->number; /* rd_kafka_offsets_for_times() takes it as a time */
}

static int partitions_list(struct topic_reader *reader, const struct conf *conf,
                           const char *const *topics, int32_t partition,
                           const struct topic_reader_from *from, int timeout_ms) {
        const rd_kafka_metadata_t *metadata = NULL;
        rd_kafka_resp_err_t error =
                rd_kafka_metadata(reader->consumer, 1, NULL, &metadata, timeout_ms);
        int r = 0;

        if (error)
                return err_raise_why(-ETIMEDOUT, "kafka: no broker answers at %s: %s",
                                     conf->kafka.brokers, rd_kafka_err2str(error));
        for (; r == 0 && *topics; topics++) {
                const rd_kafka_metadata_topic_t *topic = topic_find(metadata, *topics);

                if (!topic) {
                        r = err_raise_why(-ENOENT, "kafka: no topic %s at %s", *topics,
                                          conf->kafka.brokers);
                        break;
                }
                for (int i = 0; i < topic->partition_cnt; i++)
                        if (partition < 0 || topic->partitions[i].id == partition)
                                rd_kafka_topic_partition_list_add(reader->partitions, *topics,
                                                                  topic->partitions[i].id)
                                        ->offset = offset_first(from);
        }
        rd_kafka_metadata_destroy(metadata);
        return r;
}

static int times_resolve(struct topic_reader *reader, const struct topic_reader_from *from,
                         int timeout_ms) {
        if (from->start != TOPIC_READER_START_TIME)
                return 0;

        rd_kafka_resp_err_t error =
                rd_kafka_offsets_for_times(reader->consumer, reader->partitions, timeout_ms);

        if (error)
                return err_raise_why(-ETIMEDOUT, "kafka: offsets by time: %s",
                                     rd_kafka_err2str(error));
        return 0;
}

int topic_reader_open(struct topic_reader **ret, const struct conf *conf, const char *const *topics,
                      int32_t partition, const struct topic_reader_from *from, int timeout_ms) {
        struct topic_reader *reader = calloc(1, sizeof(*reader));
        int r;

        if (!reader)
                return err_raise(-ENOMEM);
        reader->partitions = rd_kafka_topic_partition_list_new(8);
        r = kafka_consumer_new(&reader->consumer, conf, "vigil-cli", NULL, NULL, NULL, NULL);
        if (r == 0)
                r = partitions_list(reader, conf, topics, partition, from, timeout_ms);
        if (r == 0)
                r = times_resolve(reader, from, timeout_ms);
        if (r == 0) {
                rd_kafka_resp_err_t error = rd_kafka_assign(reader->consumer, reader->partitions);

                if (error)
                        r = err_raise_why(-EINVAL, "kafka: %s", rd_kafka_err2str(error));
        }
        if (r < 0) {
                topic_reader_close(reader);
                return r;
        }
        *ret = reader;
        return 0;
}

struct topic_reader *topic_reader_close(struct topic_reader *reader) {
        if (!reader)
                return NULL;
        if (reader->consumer) {
                rd_kafka_consumer_close(reader->consumer);
                rd_kafka_destroy(reader->consumer);
        }
        rd_kafka_topic_partition_list_destroy(reader->partitions);
        free(reader);
        return NULL;
}

/* --- reading ----------------------------------------------------------------------------------------- */

static void end_note(struct topic_reader *reader, const rd_kafka_message_t *message) {
        rd_kafka_topic_partition_t *partition = rd_kafka_topic_partition_list_find(
                reader->partitions, rd_kafka_topic_name(message->rkt), message->partition);

        if (partition && !partition->opaque) {
                partition->opaque = &end_seen;
                reader->at_end++;
        }
}

/* Handle an error message of the client. Return: 0 to continue; -errno. */
static int trouble_judge(struct topic_reader *reader, const rd_kafka_message_t *message) {
        switch (message->err) {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                end_note(reader, message);
                reader->away_since_mono_ms = 0;
                return 0;
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
                if (!reader->away_since_mono_ms)
                        reader->away_since_mono_ms = clock_mono_ms();
                return 0;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
                return err_raise_why(-EACCES, "kafka: %s", rd_kafka_message_errstr(message));
        default:
                return 0; /* the client retries */
        }
}

int topic_reader_next(struct topic_reader *reader, int timeout_ms, rd_kafka_message_t **ret) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->consumer, timeout_ms);
        int r = 0;

        if (message && message->err) {
                r = trouble_judge(reader, message);
                rd_kafka_message_destroy(message);
                message = NULL;
        } else if (message) {
                reader->away_since_mono_ms = 0;
        }
        if (r == 0 && reader->away_since_mono_ms &&
            clock_mono_ms() - reader->away_since_mono_ms > AWAY_MAX_MS)
                r = err_raise_why(-ECONNREFUSED, "kafka: no broker is reachable");
        if (r < 0)
                return r;
        *ret = message;
        return 0;
}

bool topic_reader_at_end(const struct topic_reader *reader) {
        return reader->at_end == reader->partitions->cnt;
}
