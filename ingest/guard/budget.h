/* SPDX-License-Identifier: MIT
 *
 * Budget: what refused messages may cost in Kafka, so that one client with garbage to send fills no disk. In each
 * minute a sender's messages are kept whole up to BUDGET_WHOLE_BYTES, then BUDGET_START_BYTES of each, and after
 * BUDGET_RECORDS of them they are only counted. All senders of a session together have a budget too, for whoever
 * sends under a thousand names. A sender is the device of a native topic, or the first two levels of a foreign one.
 *
 * A fixed table. Pure: no clock. Thread: one session's.
 */
#ifndef VIGIL_INGEST_GUARD_BUDGET_H
#define VIGIL_INGEST_GUARD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        BUDGET_MINUTE_MS = 60 * 1000,
        BUDGET_START_BYTES = 1024,
        BUDGET_WHOLE_BYTES = 1024 * 1024,          /* a sender and minute */
        BUDGET_RECORDS = 600,                      /* a sender and minute */
        BUDGET_ALL_WHOLE_BYTES = 16 * 1024 * 1024, /* a session and minute */
        BUDGET_ALL_RECORDS = 20000,                /* a session and minute */
        BUDGET_SENDERS = 1024,                     /* more share one row */
        BUDGET_LINES = 20, /* senders named in the log, a session and minute */
};

enum budget_answer {
        BUDGET_WHOLE,
        BUDGET_START,   /* its first BUDGET_START_BYTES */
        BUDGET_NOTHING, /* count it */
};

struct budget_row {
        uint64_t sender; /* 0: free */
        uint32_t whole_bytes;
        uint32_t records;
        bool said;
};

struct budget {
        int64_t minute;
        struct budget_row all;
        struct budget_row others; /* who found no row */
        uint32_t lines;
        struct budget_row rows[BUDGET_SENDERS];
};

/* How much of @topic names its sender. */
size_t budget_sender_bytes(const char *topic);

/* What may be kept of a message of @bytes; it is spent with the call. *ret_say: true the first time in a minute
 * that a sender gets less than all, for one line in the log. */
enum budget_answer budget_spend(struct budget *budget, const char *topic, size_t bytes,
                                int64_t now_mono_ms, bool *ret_say);

#endif
