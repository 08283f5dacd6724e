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

int state_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

/* Return: 0; STATE_REFUSED when it is not one of ours (err_why()); -ENOMEM. */
enum { STATE_REFUSED = 1 };
int state_decode(struct response **ret, const char *json, size_t json_bytes);

/* What vigil.pages keeps of an alert that was closed long ago: that it was told. */
int state_encode_told(int64_t time_ms, char **ret_json, size_t *ret_bytes);
/* Return: whether it is that form; then *ret_ms. */
bool state_decode_told(const char *json, size_t json_bytes, int64_t *ret_ms);

#endif
