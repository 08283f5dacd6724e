/* SPDX-License-Identifier: MIT
 *
 * Answer: apply to a response what a person, or the person's pager, reports about a page.
 *
 * Pure (response.h). Thread: one at a time. Blocks: never, but the view reads the file of a time zone at its first use.
 */
#ifndef VIGIL_ALERTING_RESPONSE_ANSWER_H
#define VIGIL_ALERTING_RESPONSE_ANSWER_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

enum { ANSWER_ID_BYTES = 112 /* page_id/nonce/type */ };

/* The first two are receipts of the pager; those from ANSWER_ACCEPT on are given by the person, with nonce and
 * ack_id. */
enum answer_type {
        ANSWER_RECEIVED,
        ANSWER_DELIVERED,
        ANSWER_ACCEPT,
        ANSWER_DECLINE,
        ANSWER_ARRIVE,
        ANSWER_CLOSE,
        ANSWER_TYPES,
};

/* An answer as received. Recipient and role are those of the sender's key. */
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
        int64_t eta_s; /* -1: not given */
};

/* Apply @answer to @response and append what follows to @outcome. A repeated answer is accepted and changes nothing.
 * May move response->pages. Return: NULL when accepted; otherwise the reason of the refusal, a constant word for `why`
 * of docs/wire/pages.md. */
const char *response_answer(struct response *response, const struct route_view *view,
                            const struct answer *answer, int64_t now_ms, struct outcome *outcome);

const char *answer_type_name(enum answer_type type);

#endif
