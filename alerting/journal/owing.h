/* SPDX-License-Identifier: MIT
 *
 * Owing: from what the responses owe to the ledger (owed.h) to the ledger itself, in order.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/owed.c
 */
#ifndef VIGIL_ALERTING_JOURNAL_OWING_H
#define VIGIL_ALERTING_JOURNAL_OWING_H

#include <stdint.h>

#include "alerting/journal/ledger.h"
#include "alerting/response/book.h"

/* Decision @seq of @response is in vigil.pages: its entries follow. Return: 0 or -errno. */
int owing_write(struct ledger *ledger, const struct book *book, struct response *response,
                int64_t seq);

/* The ledger has entry @n of decision @seq. */
void owing_kept(const struct book *book, const char *alert_id, int64_t seq, int64_t n);

/* It ends with that one: what comes after it is written. Return: 0 or -errno. */
int owing_ended(struct ledger *ledger, const struct book *book, int32_t partition, int64_t seq,
                int64_t n);

/* The partition has just been read back. */
void owing_resume(struct ledger *ledger, const struct book *book, int32_t partition);

#endif
