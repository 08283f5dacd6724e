/* SPDX-License-Identifier: MIT
 *
 * One record of vigil.pages (docs/wire/ledger.md): everything about a response, read back after a kill.
 *
 * Thread: any. Blocks: never. Every encoder gives malloc'd text that the caller frees, or -ENOMEM.
 */
#ifndef VIGIL_ALERTING_JOURNAL_RESPONSE_RECORD_H
#define VIGIL_ALERTING_JOURNAL_RESPONSE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/owed.h"

int response_record_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

/* Return: 0; RESPONSE_RECORD_REFUSED when it is not one of ours (err_why()); -ENOMEM. */
enum { RESPONSE_RECORD_REFUSED = 1 };
int response_record_decode(struct response **ret, const char *json, size_t json_bytes);

/* What vigil.pages keeps of an alert that was closed long ago: that it was told. */
int response_record_encode_told(int64_t time_ms, char **ret_json, size_t *ret_bytes);
/* Return: whether it is that form; then *ret_ms. */
bool response_record_decode_told(const char *json, size_t json_bytes, int64_t *ret_ms);

#endif
