/* SPDX-License-Identifier: MIT
 *
 * Budget: limits how much of refused messages is stored in Kafka, so that a client that sends garbage cannot fill the
 * disk. In each minute the messages of a sender are stored whole up to BUDGET_WHOLE_BYTES, then truncated to
 * BUDGET_START_BYTES, and after BUDGET_RECORDS they are only counted. A session has a budget too, in case a client uses
 * many names. A sender is the device of a native topic, or the first two levels of a foreign one.
 *
 * A fixed table. Pure: no clock. Thread: that of one session. Blocks: never. Initialise with zeroes.
 */
#ifndef VIGIL_INGEST_GUARD_BUDGET_H
#define VIGIL_INGEST_GUARD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        BUDGET_MINUTE_MS = 60 * 1000,
        BUDGET_START_BYTES = 1024,
        BUDGET_WHOLE_BYTES = 1024 * 1024,          /* per sender and minute */
        BUDGET_RECORDS = 600,                      /* per sender and minute */
        BUDGET_ALL_WHOLE_BYTES = 16 * 1024 * 1024, /* per session and minute */
        BUDGET_ALL_RECORDS = 20000,                /* per session and minute */
        BUDGET_SENDERS = 1024,                     /* further senders share one row */
        BUDGET_LINES = 20, /* senders named in the log per session and minute */
};

enum budget_answer {
        BUDGET_WHOLE,
        BUDGET_START,   /* store the first BUDGET_START_BYTES */
        BUDGET_NOTHING, /* only count it */
};

struct budget_row {
        uint64_t sender; /* hash of its name; 0: free */
        uint32_t whole_bytes;
        uint32_t records;
        bool said;
};

struct budget {
        int64_t minute;
        struct budget_row all;
        struct budget_row others; /* senders without a row of their own */
        uint32_t lines;
        struct budget_row rows[BUDGET_SENDERS];
};

/* Return: the length of the part of @topic that names the sender. */
size_t budget_sender_bytes(const char *topic);

/* Decide how much of a message of @bytes may be stored, and deduct it from the budget. *ret_say: true if the caller
 * must log that messages of this sender are not stored whole: once per sender and minute, at most BUDGET_LINES. */
enum budget_answer budget_spend(struct budget *budget, const char *topic, size_t bytes,
                                int64_t now_mono_ms, bool *ret_say);

#endif
