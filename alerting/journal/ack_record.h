/* SPDX-License-Identifier: MIT
 *
 * One record of vigil.acks (docs/wire/ledger.md): the answer as it came, whose it is and when.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_JOURNAL_ACK_RECORD_H
#define VIGIL_ALERTING_JOURNAL_ACK_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/response/answer.h"

/* malloc'd, the caller frees it. Return: 0 or -ENOMEM. */
int ack_record_encode(const struct answer *answer, const char *elder_id, int64_t time_ms,
                      char **ret_json, size_t *ret_bytes);

#endif
