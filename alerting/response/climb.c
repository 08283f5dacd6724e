/* SPDX-License-Identifier: MIT */
#include "alerting/response/climb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/base/text.h"
#include "common/base/err.h"
#include "common/base/require.h"

/* A closed response must not page anybody. */
static void must_be_open(const struct response *response, const char *does) {
        require(response->state != RESPONSE_CLOSED, "alert %s is closed and %s, step %u",
                response->alert.alert_id, does, response->step);
}

/* --- pages ------------------------------------------------------------------------------------- */

static struct page *page_room(struct response *response, struct outcome *outcome) {
        struct page *grown;
        size_t capacity;

        if (response->page_count == RESPONSE_PAGES_MAX) {
                size_t oldest = 0;

                /* Accepted pages stay: their people may still arrive and close. */
                while (oldest < response->page_count &&
                       (response->pages[oldest].answer == PAGE_OPEN ||
                        response->pages[oldest].answer == PAGE_ACCEPTED))
                        oldest++;
                if (oldest == response->page_count) {
                        outcome->failed = err_raise(-ENOBUFS);
                        return NULL;
                }
                response->page_count--;
                memmove(&response->pages[oldest], &response->pages[oldest + 1],
                        (response->page_count - oldest) * sizeof(*response->pages));
        }
        if (response->page_count == response->page_capacity) {
                capacity = response->page_capacity ? response->page_capacity * 2 : 4;
                grown = realloc(response->pages, capacity * sizeof(*grown));
                if (!grown) {
                        outcome->failed = err_raise(-ENOMEM);
                        return NULL;
                }
                response->pages = grown;
                response->page_capacity = capacity;
        }
        return &response->pages[response->page_count++];
}

void climb_ask(struct response *response, const struct route_view *view, const char *recipient,
               enum role role, int64_t now_ms, struct outcome *outcome) {
        struct page *page = response_page(response, recipient, response->step);

        must_be_open(response, "asks");
        require(recipient[0], "alert %s, step %u: nobody is asked", response->alert.alert_id,
                response->step);
        if (!page) {
                page = page_room(response, outcome);
                if (!page)
                        return;
                memset(page, 0, sizeof(*page));
                text_set(page->recipient, sizeof(page->recipient), recipient);
                page->role = role;
                page->step = response->step;
                view->nonce(view->context, page->nonce);
        }
        page->receipt = view_receipt(view, recipient);
        page->attempt++;
        page->asked_attempt = page->attempt;
        page->answers = 0;
        page->reach = PAGE_REACH_PLANNED;
        page->answer = PAGE_OPEN;
        page->owed_stand_down = false;
        page->asked_ms = now_ms;
        page->retry_ms = now_ms + page->receipt->within_ms;
        page->answer_by_ms = response->step_by_ms;
        outcome_record(response, outcome, OUTCOME_PLANNED, page, "alerting", "", now_ms);
        outcome_tell(outcome, OUTCOME_SEND_PAGE, page);
}

void climb_stand_down(struct response *response, struct page *page, const char *by,
                      enum role by_role, const char *reason, int64_t now_ms,
                      struct outcome *outcome) {
        struct outcome_send *send;

        require(page >= response->pages && page < response->pages + response->page_count,
                "a page of %s is not one of alert %s", page->recipient, response->alert.alert_id);
        page->answer = PAGE_STOOD_DOWN;
        page->retry_ms = 0;
        outcome_record(response, outcome, OUTCOME_STAND_DOWN, page, by, reason, now_ms);
        if (!page->was_sent || !outcome_is_latest(response, page))
                return;
        page->owed_stand_down = true;
        send = outcome_tell(outcome, OUTCOME_SEND_STAND_DOWN, page);
        send->by_role = by_role;
        text_set(send->by, sizeof(send->by), by);
        text_set(send->reason, sizeof(send->reason), reason);
}

bool climb_must_tell(const struct page *page) {
        return page->role == ROLE_FAMILY && !page_is_received(page);
}

void climb_told(struct response *response, struct page *page, int64_t now_ms,
                struct outcome *outcome) {
        if (response_is_held(response) && page_is_live(page) && page->role == ROLE_FAMILY &&
            page_is_received(page))
                climb_stand_down(response, page, response->holder, response->holder_role,
                                 "accepted", now_ms, outcome);
}

/* --- the desk ---------------------------------------------------------------------------------- */

/* The time of its latest page is over, and its pager has not received it. */
static bool is_deaf(const struct response *response, const char *recipient) {
        for (size_t i = response->page_count; i-- > 0;) {
                const struct page *page = &response->pages[i];

                if (strcmp(page->recipient, recipient) == 0)
                        return page->answer == PAGE_NO_ANSWER && !page_is_received(page);
        }
        return false;
}

/* A technical alert, such as a low battery, and a buffered one wait for a desk. */
static bool calls_everybody(const struct response *response) {
        const struct alert *alert = &response->alert;

        return response->state == RESPONSE_UNACKED && !alert_is_buffered(alert) &&
               (alert->class != ALERT_TECHNICAL || alert_is_unclaimed(alert));
}

static void ask_everybody(struct response *response, const struct route_view *view, int64_t now_ms,
                          struct outcome *outcome) {
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];
        struct route_place place = climb_place(response);
        size_t count = route_everybody(view, &place, now_ms, recipients);

        outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting", "no_desk", now_ms);
        for (size_t i = 0; i < count; i++) {
                const struct page *page = response_page(response, recipients[i].id, response->step);

                if (!page || page->answer != PAGE_OPEN)
                        climb_ask(response, view, recipients[i].id, recipients[i].role, now_ms,
                                  outcome);
        }
}

void climb_desks(struct response *response, const struct route_view *view, bool again,
                 int64_t now_ms, struct outcome *outcome) {
        const char *desks[ROUTE_DESKS_MAX];
        struct route_place place = climb_place(response);
        size_t count = route_desks(view, &place, desks);

        for (size_t i = 0; i < count; i++) {
                /* The first desk may connect while its time to receive runs; a stand-in must be connected now. */
                bool hears = !is_deaf(response, desks[i]) &&
                             (i == 0 || view->is_connected(view->context, desks[i]));

                if (again || !response_page(response, desks[i], response->step))
                        climb_ask(response, view, desks[i], ROLE_DESK, now_ms, outcome);
                if (hears)
                        return;
        }
        if (calls_everybody(response))
                ask_everybody(response, view, now_ms, outcome);
}

void climb_show_desk(struct response *response, const struct route_view *view, int64_t now_ms,
                     struct outcome *outcome) {
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page->role == ROLE_DESK && page_is_shown(response, page) &&
                    (page_is_received(page) || page_asks(response, page)))
                        return;
        }
        climb_desks(response, view, true, now_ms, outcome);
}

/* --- the ladder -------------------------------------------------------------------------------- */

const struct ladder *climb_ladder(const struct response *response, const struct route_view *view) {
        /* No ladder has the id "": ladders_get() returns the desk-only one. */
        return ladders_get(view->ladders,
                           alert_is_buffered(&response->alert) ? "" : response->alert.ladder);
}

int32_t climb_last_rung(const struct response *response, const struct route_view *view) {
        return (int32_t)climb_ladder(response, view)->step_count - 1;
}

/* The ladder may have become shorter since this alert began: then it is at the last step. */
const struct ladder_step *climb_step(const struct response *response,
                                     const struct route_view *view) {
        int32_t last = climb_last_rung(response, view);

        require(response->rung >= 0 && last >= 0, "alert %s: rung %d of %d",
                response->alert.alert_id, (int)response->rung, (int)last);
        return &climb_ladder(response, view)->steps[response->rung < last ? response->rung : last];
}

struct route_place climb_place(const struct response *response) {
        return (struct route_place){
                .alert_id = response->alert.alert_id,
                .elder_id = response->alert.elder_id,
                .district = response->district,
        };
}

/* Teams paged in this round, into @ret[RESPONSE_PAGES_MAX]. Return: how many. */
static size_t teams_paged(const struct response *response, const char **ret) {
        size_t count = 0;

        require(response->page_count <= RESPONSE_PAGES_MAX, "alert %s has %zu pages",
                response->alert.alert_id, response->page_count);
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page->role == ROLE_TEAM && page->step >= response->round_step)
                        ret[count++] = page->recipient;
        }
        return count;
}

/* Page everybody of the current step. Return: whether there is anybody. */
static bool step_ask(struct response *response, const struct route_view *view, int64_t now_ms,
                     struct outcome *outcome) {
        const struct ladder_step *step = climb_step(response, view);
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];
        const char *excluded[RESPONSE_PAGES_MAX];
        struct route_place place = climb_place(response);
        size_t excluded_count = teams_paged(response, excluded);
        size_t count = route_step(view, &place, step, now_ms, excluded, excluded_count, recipients);
        bool asked = false, asks_desk = false;

        response->step_by_ms = now_ms + step->answer_within_ms;
        for (size_t i = 0; i < count; i++) {
                const struct route_recipient *recipient = &recipients[i];

                if (recipient->role == ROLE_DESK) {
                        asks_desk = true;
                        continue;
                }
                if (!recipient->can_be_reached) {
                        struct page nobody = {.role = recipient->role, .step = response->step};

                        memcpy(nobody.recipient, recipient->id, sizeof(nobody.recipient));
                        outcome_record(response, outcome, OUTCOME_NO_ANSWER, &nobody, "alerting",
                                       "no_key", now_ms);
                        continue;
                }
                climb_ask(response, view, recipient->id, recipient->role, now_ms, outcome);
                asked = true;
        }
        /* After the others: climb_desks() may page everybody, and skips those who were paged before. */
        if (asks_desk)
                climb_desks(response, view, true, now_ms, outcome);
        return asked || asks_desk;
}

void climb_to(struct response *response, const struct route_view *view, int32_t rung,
              int64_t now_ms, struct outcome *outcome) {
        int32_t last = climb_last_rung(response, view);

        must_be_open(response, "climbs");
        require(rung >= 0, "alert %s climbs to rung %d", response->alert.alert_id, (int)rung);
        for (;; rung++) {
                response->rung = rung < last ? rung : last;
                if (step_ask(response, view, now_ms, outcome) || rung >= last)
                        return;
                response->step++;
        }
}

void climb_begin(struct response *response, const struct route_view *view, int64_t now_ms,
                 struct outcome *outcome) {
        response->state = RESPONSE_UNACKED;
        response->cancelled = false;
        response->holder[0] = '\0';
        response->arrive_by_ms = 0;
        response->round_ms = now_ms;
        if (response->page_count > 0)
                response->step++;
        response->round_step = response->step;
        climb_to(response, view, 0, now_ms, outcome);
}

void climb_on(struct response *response, const struct route_view *view, const char *reason,
              int64_t now_ms, struct outcome *outcome) {
        int32_t last = climb_last_rung(response, view);

        if (response->rung >= last) {
                outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting", "repeated",
                               now_ms);
                (void)step_ask(response, view, now_ms, outcome);
                return;
        }
        response->step++;
        outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting", reason, now_ms);
        climb_to(response, view, response->rung + 1, now_ms, outcome);
}

void climb_again(struct response *response, const struct route_view *view, const char *reason,
                 int64_t now_ms, struct outcome *outcome) {
        int32_t last = climb_last_rung(response, view);

        response->state = RESPONSE_UNACKED;
        response->holder[0] = '\0';
        response->arrive_by_ms = 0;
        response->step++;
        outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting", reason, now_ms);
        climb_to(response, view, response->rung < last ? response->rung + 1 : last, now_ms,
                 outcome);
}

/* Has everybody of the current step declined, or can they not be reached? */
static bool step_is_spent(const struct response *response) {
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page->step == response->step && page->answer == PAGE_OPEN)
                        return false;
        }
        return true;
}

/* The new team has only the time that the step has left: a refusal never delays the ladder. */
bool climb_replace(struct response *response, const struct route_view *view, bool free_only,
                   int64_t now_ms, struct outcome *outcome) {
        const struct ladder_step *step = climb_step(response, view);
        const char *excluded[RESPONSE_PAGES_MAX];
        struct route_place place = climb_place(response);
        size_t excluded_count = teams_paged(response, excluded);
        const struct registry_team *team =
                route_team(view, &place, step->skill, now_ms, excluded, excluded_count);

        if (!team || (free_only && view->is_busy(view->context, team->id, place.alert_id)))
                return false;
        climb_ask(response, view, team->id, ROLE_TEAM, now_ms, outcome);
        return true;
}

void climb_if_spent(struct response *response, const struct route_view *view, const char *reason,
                    int64_t now_ms, struct outcome *outcome) {
        /* The last step is repeated only when its time is over: refusals would repeat it without a pause. */
        if (response->rung < climb_last_rung(response, view) && step_is_spent(response))
                climb_on(response, view, reason, now_ms, outcome);
}

void climb_close(struct response *response, const char *by, enum role by_role, const char *reason,
                 const char *told, int64_t now_ms, struct outcome *outcome) {
        must_be_open(response, "closes");
        response->state = RESPONSE_CLOSED;
        response->closed_ms = now_ms;
        response->step_by_ms = 0;
        response->arrive_by_ms = 0;
        text_set(response->reason, sizeof(response->reason), reason);
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                page->retry_ms = 0;
                if (page->answer != PAGE_DECLINED && page->answer != PAGE_STOOD_DOWN &&
                    strcmp(page->recipient, by) != 0)
                        climb_stand_down(response, page, by, by_role, told, now_ms, outcome);
        }
        outcome_record(response, outcome, OUTCOME_CLOSED, NULL, by, reason, now_ms);
}
