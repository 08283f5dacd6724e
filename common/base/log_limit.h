/* SPDX-License-Identifier: MIT
 *
 * Lines that a peer can cause: the first about each sender is said at once, the others are counted, and the
 * count is said once a minute. So one sender cannot fill a disk, and none is hidden by another.
 *
 *      if (log_limit_take(&limit, sender, now_mono_ms))
 *              log_event(LOG_WARN, "V0423", …);
 *      every second:
 *      while (log_limit_counted(&limit, now_mono_ms, &sender, &count))
 *              log_event(LOG_WARN, "V0424", …, "count", log_number(count), NULL);
 *
 * Beyond LOG_LIMIT_SENDERS at a time all others share one row, "others".
 *
 * Thread: one owner. Blocks: never. Time is an argument. Starts as zeroes.
 * Proof: tests/unit/common/log_limit.c
 */
#ifndef VIGIL_COMMON_BASE_LOG_LIMIT_H
#define VIGIL_COMMON_BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { LOG_LIMIT_SENDERS = 64, LOG_LIMIT_SENDER_BYTES = 40, LOG_LIMIT_MS = 60 * 1000 };

struct log_limit {
        struct log_limit_row {
                char sender[LOG_LIMIT_SENDER_BYTES]; /* "": free */
                int64_t said_mono_ms;
                int64_t unsaid;
        } rows[LOG_LIMIT_SENDERS + 1]; /* the last: "others" */
};

/* Return: true when this one is to be said; otherwise it is counted. */
bool log_limit_take(struct log_limit *limit, const char *sender, int64_t now_mono_ms);

/* A sender whose minute is over with something counted: @ret_sender is valid until the next call. Who was
 * quiet for a minute is forgotten. Return: false when there is none. */
bool log_limit_counted(struct log_limit *limit, int64_t now_mono_ms, const char **ret_sender,
                       int64_t *ret_count);

#endif
