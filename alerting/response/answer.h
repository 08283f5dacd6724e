/* SPDX-License-Identifier: MIT
 *
 * Answers in: what a person, or the person's pager, says of a page.
 *
 * Pure, as response.h says. Thread: one. Blocks: never (the view may read a zone file once).
 */
#ifndef VIGIL_ALERTING_RESPONSE_ANSWER_H
#define VIGIL_ALERTING_RESPONSE_ANSWER_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

enum { ANSWER_ID_BYTES = 112 /* page_id/nonce/type */ };

enum answer_type {
        ANSWER_RECEIVED,
        ANSWER_DELIVERED,
        ANSWER_ACCEPT,
        ANSWER_DECLINE,
        ANSWER_ARRIVE,
        ANSWER_CLOSE,
        ANSWER_TYPES,
};

/* An answer as it came, already tied to who sent it. */
struct answer {
        enum answer_type type;
        char recipient[REGISTRY_ID_BYTES]; /* from the key, not from the frame */
        enum role role;
        char alert_id[ALERT_ID_BYTES];
        char page_recipient[REGISTRY_ID_BYTES]; /* as the page_id says */
        uint32_t step, attempt;
        char page_id[PAGE_ID_BYTES];
        char nonce[RESPONSE_NONCE_BYTES]; /* "" for received and delivered */
        char ack_id[ANSWER_ID_BYTES];
        char reason[RESPONSE_REASON_BYTES];
        int64_t eta_s; /* -1: not said */
};

/* What a person, or the person's pager, said. Return: NULL when taken (again), or why it is refused. */
const char *response_answer(struct response *response, const struct route_view *view,
                            const struct answer *answer, int64_t now_ms, struct outcome *outcome);

const char *answer_type_name(enum answer_type type);

#endif
