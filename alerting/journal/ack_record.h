/* SPDX-License-Identifier: MIT
 *
 * Ack record: one record of vigil.acks (docs/wire/ledger.md): an answer as received, with its recipient and time.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_JOURNAL_ACK_RECORD_H
#define VIGIL_ALERTING_JOURNAL_ACK_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/response/answer.h"

/* Return: 0 and malloc'd text that the caller frees, or -ENOMEM. */
int ack_record_encode(const struct answer *answer, const char *elder_id, int64_t time_ms,
                      char **ret_json, size_t *ret_bytes);

#endif
