/* SPDX-License-Identifier: MIT
 *
 * Ledger 台账: the writer of vigil.ledger. What is owed to it stands in the responses (owed.h), so this keeps no queue: of a
 * partition that has just become ours, or after an error, it reads the last records and says where the ledger ends; the
 * caller then writes what is missing, in order, and from there on each entry when its decision is in vigil.pages.
 *
 * Thread: the loop's. Blocks: ledger_close(), for at most its timeout.
 * Proof: tests/unit/alerting/owed.c, tests/unit/alerting/ledger.c
 */
#ifndef VIGIL_ALERTING_JOURNAL_LEDGER_H
#define VIGIL_ALERTING_JOURNAL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"

struct ledger;

struct ledger_handler {
        /* The ledger of @partition ends with entry @n of decision @seq (-1, -1: with none of ours), and takes more. */
        void (*ended)(void *context, int32_t partition, int64_t seq, int64_t n);
        /* It has that entry, and every earlier one of the partition. */
        void (*kept)(void *context, const char *alert_id, int64_t seq, int64_t n);
        void *context;
};

/* @fd: an eventfd that rings when ledger_poll() has work. */
int ledger_open(struct ledger **ret, const struct conf *conf, int fd,
                const struct ledger_handler *handler);
/* What is on its way has @timeout_ms; the rest is owed still. */
struct ledger *ledger_close(struct ledger *ledger, int timeout_ms);

/* The number of the next decision in @partition: higher than any before, also those of an earlier process. */
int64_t ledger_next(struct ledger *ledger, int32_t partition);
/* A response that was read back has this one. */
void ledger_seen(struct ledger *ledger, int32_t partition, int64_t seq);

/* @partition is ours. When something is owed to it, its end is looked for, and until ended() is called entries stay owed;
 * when nothing is, it takes entries at once. */
void ledger_resume(struct ledger *ledger, int32_t partition, bool is_owed);

/* Write one entry. @json is copied. Return: whether it is on its way; false: it is owed, ended() will come. */
bool ledger_write(struct ledger *ledger, int32_t partition, const char *key, const char *alert_id,
                  int64_t seq, int64_t n, const char *json, size_t bytes);

/* Return: 0 or -errno. */
int ledger_poll(struct ledger *ledger, int64_t now_mono_ms);

#endif
