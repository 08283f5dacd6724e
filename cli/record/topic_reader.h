/* SPDX-License-Identifier: MIT
 *
 * Reading topics outside any consumer group, from a chosen place, until their ends or for ever.
 *
 * Thread: main. Blocks: opening asks the broker; polling up to its timeout.
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
        TOPIC_READER_START_TIME, /* the first record not older than @number, milliseconds */
        TOPIC_READER_START_LAST, /* the last @number records of each partition */
};

struct topic_reader_from {
        enum topic_reader_start start;
        int64_t number;
};

/* "beginning", "end", "@1790000000000", "@2026-11-24T03:00:00Z", "-10". Return: false when it is none. */
bool topic_reader_from_parse(const char *text, struct topic_reader_from *ret);

struct topic_reader;

/* @topics: full names, NULL-terminated. @partition: only that one of each, or -1.
 * Return: 0; -ENOENT when a topic does not exist; -ETIMEDOUT when no broker answers; -ENOMEM; -EINVAL. */
int topic_reader_open(struct topic_reader **ret, const struct conf *conf, const char *const *topics,
                      int32_t partition, const struct topic_reader_from *from, int timeout_ms);
struct topic_reader *topic_reader_close(struct topic_reader *reader);

/* The next record, to be destroyed by the caller, or NULL when none came in time.
 * Return: 0; -ECONNREFUSED when all brokers are away for longer than 10 s; -EIO. */
int topic_reader_next(struct topic_reader *reader, int timeout_ms, rd_kafka_message_t **ret);

/* Every partition has been read to its end at least once. */
bool topic_reader_at_end(const struct topic_reader *reader);

#endif
