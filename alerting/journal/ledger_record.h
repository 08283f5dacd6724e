/* SPDX-License-Identifier: MIT
 *
 * Ledger record: one record of vigil.ledger (docs/wire/ledger.md): an entry of a decision.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_JOURNAL_LEDGER_RECORD_H
#define VIGIL_ALERTING_JOURNAL_LEDGER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/owed.h"

/* Return: 0 and malloc'd text that the caller frees, or -ENOMEM. */
int ledger_record_encode(const struct response *response, const struct owed *owed, char **ret_json,
                         size_t *ret_bytes);

/* Read the decision and the entry number of a record. Return: false when it is not one of ours. */
bool ledger_record_read(const char *json, size_t bytes, int64_t *ret_seq, int64_t *ret_n);

#endif
