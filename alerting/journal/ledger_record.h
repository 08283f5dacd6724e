/* SPDX-License-Identifier: MIT
 *
 * One record of vigil.ledger (docs/wire/ledger.md): an entry of a decision.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_JOURNAL_LEDGER_RECORD_H
#define VIGIL_ALERTING_JOURNAL_LEDGER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/owed.h"

/* malloc'd, the caller frees it. Return: 0 or -ENOMEM. */
int ledger_record_encode(const struct response *response, const struct owed *owed, char **ret_json,
                         size_t *ret_bytes);

/* Which decision and entry a record is. Return: false when it is none of ours. */
bool ledger_record_read(const char *json, size_t bytes, int64_t *ret_seq, int64_t *ret_n);

#endif
