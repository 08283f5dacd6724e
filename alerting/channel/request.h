/* SPDX-License-Identifier: MIT
 *
 * Request: what a person's pager says (docs/wire/pages.md): foreign bytes in, a named message out, or a refusal.
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
        REQUEST_ANSWER,  /* *ret is filled but for recipient and role, which come from the key */
        REQUEST_REFUSED, /* err_why() */
};

enum { REQUEST_BODY_BYTES_MAX = 4096 };

/* @type and @body: the second and third frame as they came. Return: REQUEST_… */
int request_parse(struct answer *ret, const void *type, size_t type_bytes, const void *body,
                  size_t body_bytes);

/* "alert/recipient/step/attempt" into its parts. Return: 0 or REQUEST_REFUSED. */
int request_parse_page_id(struct answer *ret, const char *page_id);

#endif
