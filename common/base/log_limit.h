/* SPDX-License-Identifier: MIT
 *
 * Rate limit for log lines that a peer can cause. The first line about a sender is logged at once; further ones are
 * counted, and the count is logged once a minute. One sender can neither fill the disk nor hide another sender.
 *
 *      if (log_limit_take(&limit, sender, now_mono_ms))
 *              log_event(LOG_WARN, "V0423", …);
 *      every second:
 *      while (log_limit_counted(&limit, now_mono_ms, &sender, &count))
 *              log_event(LOG_WARN, "V0424", …, "count", log_number(count), NULL);
 *
 * When LOG_LIMIT_SENDERS rows are in use, all further senders share the row "others".
 *
 * Thread: one owner. Blocks: never. Initialise with zeroes. Ids are compared and kept up to 39 bytes.
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
                int64_t said_mono_ms;                /* time of the latest line */
                int64_t unsaid;                      /* counted since then */
        } rows[LOG_LIMIT_SENDERS + 1];               /* the last one: "others" */
};

/* Return: true if the caller must log this line; false if it was counted instead. */
bool log_limit_take(struct log_limit *limit, const char *sender, int64_t now_mono_ms);

/* Get a sender with counted lines whose minute is over, and reset its count. *ret_sender is valid until the next call.
 * Frees the rows of senders without a line in the last minute. Return: false if there is no such sender. */
bool log_limit_counted(struct log_limit *limit, int64_t now_mono_ms, const char **ret_sender,
                       int64_t *ret_count);

#endif
