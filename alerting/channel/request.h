/* SPDX-License-Identifier: MIT
 *
 * Request: parse a message of a pager (docs/wire/pages.md). The bytes are untrusted.
 *
 * Thread: any. Blocks: never.
 * Proof: tests/unit/alerting/request.c, tests/fuzz/page_answer.c
 */
#ifndef VIGIL_ALERTING_CHANNEL_REQUEST_H
#define VIGIL_ALERTING_CHANNEL_REQUEST_H

#include <stddef.h>

#include "alerting/response/answer.h"

enum {
        REQUEST_HELLO,
        REQUEST_BEAT,
        REQUEST_ANSWER, /* *ret is set, except recipient and role: the caller takes those from the key */
        REQUEST_REFUSED, /* malformed or unknown; err_why() says why */
};

enum { REQUEST_BODY_BYTES_MAX = 4096 };

/* @type and @body: the frames of the message after the magic, as received. Return: REQUEST_… */
int request_parse(struct answer *ret, const void *type, size_t type_bytes, const void *body,
                  size_t body_bytes);

/* Split "alert/recipient/step/attempt" into alert_id, page_recipient, step and attempt of @ret, and copy it to page_id.
 * Return: 0 or REQUEST_REFUSED. */
int request_parse_page_id(struct answer *ret, const char *page_id);

#endif
