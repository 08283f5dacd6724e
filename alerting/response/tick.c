/* SPDX-License-Identifier: MIT */
#include "alerting/response/tick.h"

#include <string.h>

#include "alerting/response/climb.h"

void response_sent(struct response *response, const char *recipient, uint32_t step, int64_t now_ms,
                   struct outcome *outcome) {
        struct page *page = response_page(response, recipient, step);

        if (!page || page->reach != PAGE_REACH_PLANNED || !page_is_shown(response, page))
                return;
        page->reach = PAGE_REACH_SENT;
        page->was_sent = true;
        page->retry_ms = receipt_retry_ms(page->receipt, page->attempt, now_ms);
        outcome_record(response, outcome, OUTCOME_SENT, page, "alerting", "", now_ms);
        climb_told(response, page, now_ms, outcome);
}

void response_stood_down(struct response *response, const char *recipient, uint32_t step,
                         struct outcome *outcome) {
        struct page *page = response_page(response, recipient, step);

        if (!page || !page->owed_stand_down)
                return;
        page->owed_stand_down = false;
        outcome->changed = true;
}

void response_stored(struct response *response, const struct route_view *view, int64_t now_ms) {
        const struct ladder_step *step;

        if (response->state != RESPONSE_UNACKED || response->step_by_ms == 0)
                return;
        step = climb_step(response, view);
        if (now_ms + step->answer_within_ms - response->step_by_ms < RECEIPT_WITHIN_MS)
                return;
        response->step_by_ms = now_ms + step->answer_within_ms;
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page->step != response->step || page->answer != PAGE_OPEN)
                        continue;
                page->asked_ms = now_ms;
                page->answer_by_ms = response->step_by_ms;
        }
}

void response_occupied(struct response *response, const struct route_view *view, const char *team,
                       int64_t now_ms, struct outcome *outcome) {
        struct page *page;

        if (!response_asks(response, team) || !climb_replace(response, view, true, now_ms, outcome))
                return;
        /* Look the page up again: climb_ask() may have moved response->pages. PAGE_NO_ANSWER: the team may still
         * accept. */
        page = response_page(response, team, response->step);
        page->answer = PAGE_NO_ANSWER;
        outcome_record(response, outcome, OUTCOME_NO_ANSWER, page, "alerting", "busy", now_ms);
}

/* No receipt in time: send it again, or wait until the recipient connects. */
static void page_retry(struct response *response, const struct route_view *view, struct page *page,
                       int64_t now_ms, struct outcome *outcome) {
        if (!view->is_connected(view->context, page->recipient)) {
                page->reach = PAGE_REACH_PLANNED;
                page->retry_ms = 0;
                outcome->changed = true;
                return;
        }
        page->retry_ms = receipt_retry_ms(page->receipt, page->attempt, now_ms);
        if (page->reach == PAGE_REACH_SENT) {
                page->attempt++;
                page->reach = PAGE_REACH_PLANNED;
                outcome_record(response, outcome, OUTCOME_PLANNED, page, "alerting", "not_received",
                               now_ms);
        }
        outcome_tell(outcome, OUTCOME_SEND_PAGE, page);
}

static bool page_retry_is_due(const struct page *page, int64_t now_ms) {
        return page_is_live(page) && !page_is_received(page) && page->retry_ms != 0 &&
               page->retry_ms <= now_ms;
}

static void tick_pages(struct response *response, const struct route_view *view, int64_t now_ms,
                       struct outcome *outcome) {
        size_t unreached_teams = 0, unreached_desks = 0;
        bool unreached = false;

        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page_asks(response, page) &&
                    now_ms - page->asked_ms >= page->receipt->unreached_ms) {
                        page->answer = PAGE_NO_ANSWER;
                        outcome_record(response, outcome, OUTCOME_NO_ANSWER, page, "alerting",
                                       "not_received", now_ms);
                        unreached_teams += page->role == ROLE_TEAM;
                        unreached_desks += page->role == ROLE_DESK;
                        unreached = true;
                }
                if (page_retry_is_due(page, now_ms))
                        page_retry(response, view, page, now_ms, outcome);
        }
        while (unreached_teams-- > 0)
                (void)climb_replace(response, view, false, now_ms, outcome);
        if (unreached_desks > 0)
                climb_desks(response, view, false, now_ms, outcome);
        if (unreached && response->state == RESPONSE_UNACKED)
                climb_if_spent(response, view, "not_received", now_ms, outcome);
}

static void step_over(struct response *response, const struct route_view *view, int64_t now_ms,
                      struct outcome *outcome) {
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page->step != response->step || page->answer != PAGE_OPEN)
                        continue;
                page->answer = PAGE_NO_ANSWER;
                outcome_record(response, outcome, OUTCOME_NO_ANSWER, page, "alerting",
                               page_is_received(page) ? "" : "not_received", now_ms);
        }
        climb_on(response, view, "no_answer", now_ms, outcome);
}

static void missed_arrival(struct response *response, const struct route_view *view, int64_t now_ms,
                           struct outcome *outcome) {
        char holder[REGISTRY_ID_BYTES];
        enum role role = response->holder_role;

        memcpy(holder, response->holder, sizeof(holder));
        outcome_record(response, outcome, OUTCOME_MISSED_ARRIVAL, NULL, "alerting", holder, now_ms);
        outcome_update_all(response, outcome, OUTCOME_MISSED_ARRIVAL, "", role);
        climb_again(response, view, "missed_arrival", now_ms, outcome);
}

void response_tick(struct response *response, const struct route_view *view, int64_t now_ms,
                   struct outcome *outcome) {
        if (response->state == RESPONSE_CLOSED)
                return;
        if (response->feed_only) {
                if (now_ms - response->intake_ms >= RESPONSE_FEED_ONLY_FOR_MS)
                        climb_close(response, "alerting", ROLE_DESK, "no_ladder", "closed", now_ms,
                                    outcome);
                return;
        }
        if (response->step_by_ms != 0 && response->step_by_ms <= now_ms)
                step_over(response, view, now_ms, outcome);
        else if (response->arrive_by_ms != 0 && response->arrive_by_ms <= now_ms)
                missed_arrival(response, view, now_ms, outcome);
        tick_pages(response, view, now_ms, outcome);
}
