/* SPDX-License-Identifier: MIT
 *
 * Owing: write the entries that responses owe (owed.h) to the ledger (ledger.h), in order.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/owed.c
 */
#ifndef VIGIL_ALERTING_JOURNAL_OWING_H
#define VIGIL_ALERTING_JOURNAL_OWING_H

#include <stdint.h>

#include "alerting/journal/ledger.h"
#include "alerting/response/book.h"

/* Decision @seq of @response is in vigil.pages: write its entries. Return: 0 or -errno. */
int owing_write(struct ledger *ledger, const struct book *book, struct response *response,
                int64_t seq);

/* ledger_handler's kept(): the ledger has entry @n of decision @seq, which is owed no longer. */
void owing_kept(const struct book *book, const char *alert_id, int64_t seq, int64_t n);

/* ledger_handler's ended(): write the entries of the partition that come after entry @n of decision @seq and whose
 * decision is in vigil.pages. Return: 0 or -errno. */
int owing_ended(struct ledger *ledger, const struct book *book, int32_t partition, int64_t seq,
                int64_t n);

/* The partition has just been read back: start its ledger. */
void owing_resume(struct ledger *ledger, const struct book *book, int32_t partition);

#endif
