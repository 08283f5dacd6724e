/* SPDX-License-Identifier: MIT
 *
 * The JSON forms of a response: what vigil.pages keeps (everything, read back after a kill), what
 * the feed shows, a ledger record (docs/wire/ledger.md, docs/wire/feed.md) and the frames to recipients
 * (docs/wire/pages.md).
 *
 * Thread: any. Blocks: never. Every encoder gives malloc'd text that the caller frees, or -ENOMEM.
 */
#ifndef VIGIL_ALERTING_JOURNAL_STATE_H
#define VIGIL_ALERTING_JOURNAL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/owed.h"
#include "alerting/response/response.h"
#include "common/registry.h"

int state_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

/* Return: 0; STATE_REFUSED when it is not one of ours (err_why()); -ENOMEM. */
enum { STATE_REFUSED = 1 };
int state_decode(struct response **ret, const char *json, size_t json_bytes);

/* What vigil.pages keeps of an alert that was closed long ago: that it was told. */
int state_encode_told(int64_t time_ms, char **ret_json, size_t *ret_bytes);
/* Return: whether it is that form; then *ret_ms. */
bool state_decode_told(const char *json, size_t json_bytes, int64_t *ret_ms);

/* One ledger record. */
int state_encode_ledger(const struct response *response, const struct owed *owed, char **ret_json,
                        size_t *ret_bytes);

/* Which decision and entry a ledger record is. Return: false when it is none of ours. */
bool state_read_ledger(const char *json, size_t bytes, int64_t *ret_seq, int64_t *ret_n);

/* The `state` object of the feed and of snapshots. No name, no address. */
int state_encode_feed(const struct response *response, char **ret_json, size_t *ret_bytes);

/* A page frame's body. Who and where come from @registry, at the moment of sending. */
int state_encode_page(const struct response *response, const struct page *page,
                      const struct registry *registry, int64_t sent_us, char **ret_json,
                      size_t *ret_bytes);

/* The body of an update or stand_down frame. */
int state_encode_send(const struct response *response, const struct send *send, char **ret_json,
                      size_t *ret_bytes);

#endif
