/* SPDX-License-Identifier: MIT
 *
 * Tell: the one place from which messages go to people. What a message tells of an alert is stored in Kafka already
 * (decision.h).
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_TELL_H
#define VIGIL_ALERTING_ACT_TELL_H

#include "alerting/act/alerting.h"

/* Send a message. Return: how many endpoints of @to took it; 0: none is connected. */
int tell_json(struct alerting *alerting, enum message_type type, const char *to, const char *json,
              size_t json_bytes);

/* Send one of the messages of a decision that is in Kafka now. The response may have changed meanwhile: a message that
 * no longer applies is not sent. The results are added to @sent. */
void tell_planned(struct alerting *alerting, struct response *response,
                  const struct outcome_send *send, struct outcome *sent);

/* Send @page in its current state, and add to @sent that it was sent. */
void tell_page(struct alerting *alerting, struct response *response, struct page *page,
               struct outcome *sent);
/* Send @page again to a pager that shows an outdated card; the response does not change. Return: 0 or -ENOMEM. */
int tell_page_again(struct alerting *alerting, const struct response *response,
                    const struct page *page);

/* Send an update or a stand-down. Return: whether an endpoint took it. */
bool tell_word(struct alerting *alerting, const struct response *response,
               const struct outcome_send *send);
/* Make a stand-down of @page, for tell_word(). */
struct outcome_send tell_stand_down(const struct response *response, const struct page *page,
                                    const char *reason);

/* Send `stored` (@why NULL) or `refused`. @response NULL: the alert is unknown. Return: 0 or -ENOMEM. */
int tell_reply(struct alerting *alerting, const struct answer *answer,
               const struct response *response, const char *why);

#endif
