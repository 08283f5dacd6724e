/* SPDX-License-Identifier: MIT */
#include "alerting/act/hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/act/cards.h"
#include "alerting/act/decision.h"
#include "alerting/act/notice.h"
#include "alerting/act/rejoin.h"
#include "alerting/act/tell.h"
#include "alerting/base/stats.h"
#include "alerting/channel/request.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"

/* --- who is there ------------------------------------------------------------------------------ */

void hear_joined(void *context, const char *id, enum role role) {
        struct alerting *alerting = context;

        log_event(LOG_DEBUG, "V0421", "an endpoint joined", "recipient", id, "role",
                  role_name(role), NULL);
        rejoin_person(alerting, id);
}

void hear_partly(void *context, const char *id, int instances) {
        struct alerting *alerting = context;

        if (log_limit_take(&alerting->partly, id, clock_mono_ms()))
                log_event(LOG_WARN, "V0426", "a pager connects to some of the instances only", "by",
                          id, "instances", log_number(instances), "of",
                          log_number((long long)alerting->conf->alerting.instance_count), NULL);
}

void hear_shows(void *context, const char *id, const void *body, size_t body_bytes) {
        struct alerting *alerting = context;

        alerting_fail(alerting, cards_shown(alerting, id, body, body_bytes));
}

/* --- answers ----------------------------------------------------------------------------------- */

static void refuse(struct alerting *alerting, const struct response *response,
                   const struct answer *answer, const char *why) {
        stats_add(STAT_ANSWERS_REFUSED, 1);
        if (log_limit_take(&alerting->answers_refused, answer->recipient, clock_mono_ms()))
                log_event(LOG_WARN, "V0422", "an answer is refused", "alert_id", answer->alert_id,
                          "by", answer->recipient, "type", answer_type_name(answer->type), "why",
                          why, NULL);
        if (answer->type >= ANSWER_ACCEPT)
                alerting_fail(alerting, tell_reply(alerting, answer, response, why));
}

/* A team that accepts one alert will not come to the others that wait for it: page a free team for those now, not at
 * the end of their step. */
static void team_is_occupied(struct alerting *alerting, const char *team) {
        struct response **list = NULL;
        size_t count = 0;

        alerting_fail(alerting, book_list(alerting->book, team, &list, &count));
        for (size_t i = 0; i < count; i++) {
                struct response *response = list[i];

                if (!intake_is_ready(alerting->intake, book_partition(alerting->book, response)))
                        continue;
                outcome_begin(alerting->outcome);
                response_occupied(response, &alerting->view, team, alerting_now_ms(alerting),
                                  alerting->outcome);
                book_settle(alerting->book, response);
                alerting_fail(alerting, decision_submit(alerting, response, alerting->outcome, -1));
                outcome_end(alerting->outcome);
        }
        free(list);
}

static void take_answer(struct alerting *alerting, struct response *response,
                        const struct answer *answer) {
        struct outcome *outcome = alerting->outcome;
        bool was_acked = response->acked_ms != 0;
        const char *why;

        outcome_begin(outcome);
        if (answer->type == ANSWER_RECEIVED) {
                const struct page *page = response_page(response, answer->recipient, answer->step);

                if (page && page->reach < PAGE_REACH_RECEIVED)
                        stats_time(STATS_TIME_SENT_RECEIVED, page->sent_us, clock_wall_us());
        }
        why = response_answer(response, &alerting->view, answer, alerting_now_ms(alerting),
                              outcome);
        if (why) {
                outcome_end(outcome);
                /* A receipt that arrives after the close is no fault of the sender: not counted as refused. */
                if (answer->type >= ANSWER_ACCEPT || response->state != RESPONSE_CLOSED)
                        refuse(alerting, response, answer, why);
                return;
        }
        if (!was_acked && response->acked_ms != 0)
                stats_time(STATS_TIME_TO_ACK, response->intake_ms * 1000,
                           response->acked_ms * 1000);
        if (answer->type >= ANSWER_ACCEPT)
                alerting_fail(alerting, outcome->failed < 0
                                                ? outcome->failed
                                                : decision_submit_answer(alerting, response, answer,
                                                                         outcome));
        else
                alerting_fail(alerting, decision_submit(alerting, response, outcome, -1));
        outcome_end(outcome);
        book_settle(alerting->book, response);
        if (answer->type == ANSWER_ACCEPT && answer->role == ROLE_TEAM)
                team_is_occupied(alerting, answer->recipient);
}

void hear_said(void *context, const char *id, enum role role, const void *type, size_t type_bytes,
               const void *body, size_t body_bytes) {
        struct alerting *alerting = context;
        struct answer answer;
        struct response *response;

        if (notice_take(alerting, id, role, type, type_bytes, body, body_bytes))
                return;
        if (request_parse(&answer, type, type_bytes, body, body_bytes) != REQUEST_ANSWER) {
                stats_add(STAT_FRAMES_REFUSED, 1);
                if (log_limit_take(&alerting->frames_refused, id, clock_mono_ms()))
                        log_event(LOG_WARN, "V0423", "a frame is refused", "by", id, "why",
                                  err_why(), NULL);
                return;
        }
        snprintf(answer.recipient, sizeof(answer.recipient), "%s", id);
        answer.role = role;
        response = book_find(alerting->book, answer.alert_id);
        /* The alert is not read back yet, or not ours now: ignore the answer, the pager repeats it until `stored`. */
        if (response ? !intake_is_ready(alerting->intake, book_partition(alerting->book, response))
                     : !intake_is_settled(alerting->intake))
                return;
        if (!response || strcmp(response->alert.alert_id, answer.alert_id) != 0)
                refuse(alerting, NULL, &answer, "unknown_page");
        else
                take_answer(alerting, response, &answer);
}

/* --- counted ----------------------------------------------------------------------------------- */

void hear_tell_counted(struct alerting *alerting, int64_t now_mono_ms) {
        const char *id;
        int64_t count;

        while (log_limit_counted(&alerting->answers_refused, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0424", "more answers were refused", "by", id, "count",
                          log_number(count), NULL);
        while (log_limit_counted(&alerting->frames_refused, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0425", "more frames were refused", "by", id, "count",
                          log_number(count), NULL);
        while (log_limit_counted(&alerting->notices, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0451", "more notices of alarms that Kafka has not taken",
                          "by", id, "count", log_number(count), NULL);
        while (log_limit_counted(&alerting->partly, now_mono_ms, &id, &count))
                continue; /* logged once while it lasts; vigil_alerting_connected_partly_endpoints counts it */
}
