/* SPDX-License-Identifier: MIT
 *
 * Reads topics outside any consumer group, from a chosen offset, up to their ends or without end.
 *
 * Thread: main. Blocks: topic_reader_open() and topic_reader_next(), up to their timeouts.
 */
#ifndef VIGIL_CLI_RECORD_TOPIC_READER_H
#define VIGIL_CLI_RECORD_TOPIC_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"

enum topic_reader_start {
        TOPIC_READER_START_BEGINNING,
        TOPIC_READER_START_END,
        TOPIC_READER_START_TIME, /* from this time on, in milliseconds */
        TOPIC_READER_START_LAST, /* the last number of records of each partition */
};

struct topic_reader_from {
        enum topic_reader_start start;
        int64_t number;
};

/* Parse "beginning", "end", "@1790000000000", "@2026-11-24T03:00:00Z" or "-10". Return: false when @text is none of
 * these. */
bool topic_reader_from_parse(const char *text, struct topic_reader_from *ret);

struct topic_reader;

/* @topics: full names, NULL-terminated. @partition: read only this partition of each; -1: all. Return: 0; -ENOENT
 * when a topic does not exist; -ETIMEDOUT when no broker answers; -ENOMEM; -EINVAL; with err_why(). */
int topic_reader_open(struct topic_reader **ret, const struct conf *conf, const char *const *topics,
                      int32_t partition, const struct topic_reader_from *from, int timeout_ms);
struct topic_reader *topic_reader_close(struct topic_reader *reader);

/* *ret: the next record, which the caller destroys with rd_kafka_message_destroy(); NULL when none arrived in time.
 * Return: 0; -ECONNREFUSED when no broker was reachable for more than 10 s; -EACCES when reading the topic is not
 * allowed. */
int topic_reader_next(struct topic_reader *reader, int timeout_ms, rd_kafka_message_t **ret);

/* True when every partition has been read to its end at least once. */
bool topic_reader_at_end(const struct topic_reader *reader);

#endif
