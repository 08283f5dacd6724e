/* SPDX-License-Identifier: MIT
 *
 * Ledger 台账: the writer of vigil.ledger. It has no queue, because the responses hold the entries that are owed
 * (owed.h). When a partition becomes ours, and after an error, it reads the last records and reports where the ledger
 * ends. The caller then writes the missing entries, in order, and from then on each entry once its decision is in
 * vigil.pages.
 *
 * Thread: the loop's. Blocks: ledger_close() for its timeout and 0.1 s; ledger_poll() for 0.1 s when it replaces the
 * producer.
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
        /* The ledger of @partition ends with entry @n of decision @seq (-1, -1: its end has no entry of ours). From now
         * on ledger_write() accepts entries: write the missing ones. */
        void (*ended)(void *context, int32_t partition, int64_t seq, int64_t n);
        /* Kafka has stored that entry, and every earlier one of the partition. */
        void (*kept)(void *context, const char *alert_id, int64_t seq, int64_t n);
        void *context;
};

/* @conf must outlive the ledger; @handler is copied. @fd: an eventfd that becomes readable when ledger_poll() has work;
 * it stays the caller's. Return: 0 or -errno. */
int ledger_open(struct ledger **ret, const struct conf *conf, int fd,
                const struct ledger_handler *handler);
/* Wait at most @timeout_ms for entries in flight; those not stored by then stay owed. Takes NULL. */
struct ledger *ledger_close(struct ledger *ledger, int timeout_ms);

/* The number of the next decision in @partition: higher than all before it, also those of an earlier process. */
int64_t ledger_next(struct ledger *ledger, int32_t partition);
/* @seq is in use, by a response that was read back: ledger_next() returns higher ones. */
void ledger_seen(struct ledger *ledger, int32_t partition, int64_t seq);

/* @partition is ours. @is_owed: its end is read first, and until ended() is called, entries are refused and stay owed.
 * Otherwise entries are accepted at once, unless some are still in flight or the producer has failed. */
void ledger_resume(struct ledger *ledger, int32_t partition, bool is_owed);

/* Write one entry. @json is copied. Return: true: it is in flight; false: it stays owed, and ended() will be called. */
bool ledger_write(struct ledger *ledger, int32_t partition, const char *key, const char *alert_id,
                  int64_t seq, int64_t n, const char *json, size_t bytes);

/* Serve reports, replace a failed producer, read the ends. Calls the handler. Return: 0 or -errno. */
int ledger_poll(struct ledger *ledger, int64_t now_mono_ms);

#endif
