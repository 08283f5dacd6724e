/* SPDX-License-Identifier: MIT
 *
 * Frames from recipients (docs/wire/pages.md): foreign bytes in, a named message out, or a refusal.
 *
 * Thread: any. Blocks: never.
 * Proof: tests/unit/alerting/answer.c, tests/fuzz/page_answer.c
 */
#ifndef VIGIL_ALERTING_CHANNEL_ANSWER_H
#define VIGIL_ALERTING_CHANNEL_ANSWER_H

#include <stddef.h>

#include "alerting/response/response.h"

enum {
        FRAME_HELLO,
        FRAME_BEAT,
        FRAME_ANSWER,  /* *ret is filled but for recipient and role, which come from the key */
        FRAME_REFUSED, /* err_why() */
};

enum { FRAME_BODY_BYTES_MAX = 4096 };

/* @type and @body: the second and third frame as they came. Return: FRAME_… */
int answer_parse(struct answer *ret, const void *type, size_t type_bytes, const void *body,
                 size_t body_bytes);

/* "alert/recipient/step/attempt" into its parts. Return: 0 or FRAME_REFUSED. */
int answer_parse_page_id(struct answer *ret, const char *page_id);

/* The vigil.acks record: the answer as it came, whose it is and when. malloc'd. Return: 0 or -ENOMEM. */
int answer_encode(const struct answer *answer, const char *elder_id, int64_t time_ms,
                  char **ret_json, size_t *ret_bytes);

/* The body of `stored` (@why NULL) or `refused`, with how the alert stands now; @response NULL: not known. */
int answer_encode_reply(const struct answer *answer, const struct response *response,
                        const char *why, char **ret_json, size_t *ret_bytes);

#endif
