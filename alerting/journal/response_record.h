/* SPDX-License-Identifier: MIT
 *
 * Response record: one record of vigil.pages (docs/wire/ledger.md): the complete state of a response, from which it is
 * restored after a restart.
 *
 * Thread: any. Blocks: never. Every encoder returns 0 and malloc'd text that the caller frees, or -ENOMEM.
 */
#ifndef VIGIL_ALERTING_JOURNAL_RESPONSE_RECORD_H
#define VIGIL_ALERTING_JOURNAL_RESPONSE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/owed.h"

int response_record_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

/* Return: 0 and a response that the caller owns; RESPONSE_RECORD_REFUSED with err_why() when the record is not valid;
 * -ENOMEM. */
enum { RESPONSE_RECORD_REFUSED = 1 };
int response_record_decode(struct response **ret, const char *json, size_t json_bytes);

/* The record that remains of an alert that was closed long ago, or of a repeat: that it was told, and when. */
int response_record_encode_told(int64_t time_ms, char **ret_json, size_t *ret_bytes);
/* Return: whether it is such a record; then *ret_ms is set. */
bool response_record_decode_told(const char *json, size_t json_bytes, int64_t *ret_ms);

#endif
