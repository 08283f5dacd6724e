/* SPDX-License-Identifier: MIT
 *
 * Tell: the one place from which anything is said to anybody. What is told of an alert is written down already
 * (decision.h).
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_TELL_H
#define VIGIL_ALERTING_ACT_TELL_H

#include "alerting/act/alerting.h"

/* Return: how many ends took it; 0: nobody is there. */
int tell_json(struct alerting *alerting, enum message_type type, const char *to, const char *json,
              size_t json_bytes);

/* One of the frames of a decision that is in Kafka. Things may have moved on while it was written: what no longer holds is
 * not said. What becomes of it is added to @sent. */
void tell_planned(struct alerting *alerting, struct response *response,
                  const struct outcome_send *send, struct outcome *sent);

/* The page, as it stands; that it was sent is added to @sent. */
void tell_page(struct alerting *alerting, struct response *response, struct page *page,
               struct outcome *sent);
/* The same to somebody who has it and shows it otherwise: nothing changes for it. Return: 0 or -ENOMEM. */
int tell_page_again(struct alerting *alerting, const struct response *response,
                    const struct page *page);

/* An update or a stand-down. Return: whether it was taken. */
bool tell_word(struct alerting *alerting, const struct response *response,
               const struct outcome_send *send);
/* That @page is over. */
struct outcome_send tell_stand_down(const struct response *response, const struct page *page,
                                    const char *reason);

/* Taken (@why NULL) or refused. @response: NULL when not known. Return: 0 or -ENOMEM. */
int tell_reply(struct alerting *alerting, const struct answer *answer,
               const struct response *response, const char *why);

#endif
