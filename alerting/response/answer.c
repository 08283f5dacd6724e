/* SPDX-License-Identifier: MIT */
#include "alerting/response/answer.h"

#include <stdio.h>
#include <string.h>

#include "alerting/response/climb.h"
#include "common/base/require.h"

static const char *const answer_names[] = {"received", "delivered", "accept",
                                           "decline",  "arrive",    "close"};

_Static_assert(sizeof(answer_names) / sizeof(answer_names[0]) == ANSWER_TYPES, "a name each");

const char *answer_type_name(enum answer_type type) {
        require(type < ANSWER_TYPES, "answer of type %d", (int)type);
        return answer_names[type];
}

/* An accept of a higher rank takes over from a holder of a lower one: a team goes there, the desk phones, a family
 * member may be in another city. */
static int rank(enum role role) {
        static const int ranks[ROLE_COUNT] = {[ROLE_FAMILY] = 1, [ROLE_DESK] = 2, [ROLE_TEAM] = 3};

        return ranks[role];
}

static void take_receipt(struct response *response, struct page *page, enum page_reach reach,
                         int64_t now_ms, struct outcome *outcome) {
        if (page->reach >= reach)
                return;
        if (page->reach < PAGE_REACH_RECEIVED && reach == PAGE_REACH_DELIVERED)
                outcome_record(response, outcome, OUTCOME_RECEIVED, page, page->recipient, "",
                               now_ms);
        page->reach = reach;
        page->retry_ms = 0;
        outcome_record(response, outcome,
                       reach == PAGE_REACH_RECEIVED ? OUTCOME_RECEIVED : OUTCOME_DELIVERED, page,
                       page->recipient, "", now_ms);
        climb_told(response, page, now_ms, outcome);
}

static const char *take_accept(struct response *response, const struct route_view *view,
                               struct page *page, const struct answer *answer, int64_t now_ms,
                               struct outcome *outcome) {
        char reason[RESPONSE_REASON_BYTES] = "";

        if (response_is_held(response) && strcmp(response->holder, page->recipient) != 0 &&
            rank(page->role) <= rank(response->holder_role))
                return "held";

        page->answer = PAGE_ACCEPTED;
        page->answers &= ~(1u << ANSWER_DECLINE); /* the person may decline again later */
        page->owed_stand_down = false;
        page->retry_ms = 0;
        response->state = page->role == ROLE_TEAM ? RESPONSE_DISPATCHED : RESPONSE_ACKED;
        memcpy(response->holder, page->recipient, sizeof(response->holder));
        response->holder_role = page->role;
        response->held_ms = now_ms;
        response->step_by_ms = 0;
        response->arrive_by_ms = now_ms + climb_ladder(response, view)->arrive_within_ms;
        if (response->acked_ms == 0)
                response->acked_ms = now_ms;
        if (answer->eta_s >= 0)
                snprintf(reason, sizeof(reason), "eta_s=%lld", (long long)answer->eta_s);
        outcome_record(response, outcome, OUTCOME_ACCEPTED, page, page->recipient, reason, now_ms);

        for (size_t i = 0; i < response->page_count; i++) {
                struct page *other = &response->pages[i];

                if (strcmp(other->recipient, page->recipient) == 0) {
                        /* This person's pages of other steps are the same card: one answer settles all. */
                        if (page_is_live(other)) {
                                other->answer = PAGE_STOOD_DOWN;
                                other->retry_ms = 0;
                        }
                        continue;
                }
                if (other->answer == PAGE_ACCEPTED)
                        outcome_update(outcome, other, OUTCOME_ACCEPTED, page->recipient,
                                       page->role);
                else if (page_is_live(other) && climb_must_tell(other))
                        continue; /* climb_told() stands it down once it is received */
                else if (page_is_live(other) &&
                         !(page->role == ROLE_FAMILY && other->role == ROLE_DESK))
                        climb_stand_down(response, other, page->recipient, page->role, "accepted",
                                         now_ms, outcome);
                else if (page_is_live(other))
                        outcome_update(outcome, other, OUTCOME_ACCEPTED, page->recipient,
                                       page->role);
        }
        if (page->role == ROLE_FAMILY)
                climb_show_desk(response, view, now_ms, outcome);
        return NULL;
}

static const char *take_decline(struct response *response, const struct route_view *view,
                                struct page *page, const struct answer *answer, int64_t now_ms,
                                struct outcome *outcome) {
        bool was_holder = response_is_held(response) &&
                          strcmp(response->holder, page->recipient) == 0 &&
                          page->answer == PAGE_ACCEPTED;

        if (answer->attempt < page->asked_attempt || page->answer == PAGE_STOOD_DOWN)
                return NULL; /* it answers an earlier attempt, or the page was stood down */
        page->answer = PAGE_DECLINED;
        page->answers &= ~(1u << ANSWER_ACCEPT | 1u << ANSWER_ARRIVE);
        page->retry_ms = 0;
        outcome_record(response, outcome, OUTCOME_DECLINED, page, page->recipient, answer->reason,
                       now_ms);
        if (was_holder) {
                climb_again(response, view, "declined", now_ms, outcome);
                return NULL;
        }
        if (response->state != RESPONSE_UNACKED || page->step != response->step)
                return NULL;
        if (page->role == ROLE_TEAM)
                (void)climb_replace(response, view, false, now_ms, outcome);
        climb_if_spent(response, view, "declined", now_ms, outcome);
        return NULL;
}

static const char *take_arrive(struct response *response, struct page *page, int64_t now_ms,
                               struct outcome *outcome) {
        if (page->answer != PAGE_ACCEPTED)
                return "not_accepted";
        outcome_record(response, outcome, OUTCOME_ARRIVED, page, page->recipient, "", now_ms);
        outcome_update_all(response, outcome, OUTCOME_ARRIVED, page->recipient, page->role);
        /* An arrival of lower rank does not end the holder's arrival deadline: the team must still arrive. */
        if (response_is_held(response) && rank(page->role) < rank(response->holder_role))
                return NULL;
        response->state = RESPONSE_ON_SCENE;
        memcpy(response->holder, page->recipient, sizeof(response->holder));
        response->holder_role = page->role;
        response->held_ms = now_ms;
        response->arrive_by_ms = 0;
        response->step_by_ms = 0;
        if (response->acked_ms == 0)
                response->acked_ms = now_ms;
        return NULL;
}

static const char *take_close(struct response *response, const struct page *page,
                              const struct answer *answer, int64_t now_ms,
                              struct outcome *outcome) {
        struct page by = *page; /* a copy: climb_close() changes the pages */

        if (by.role == ROLE_FAMILY)
                return "role";
        if (by.role == ROLE_TEAM && by.answer != PAGE_ACCEPTED)
                return "not_accepted";
        if (!answer->reason[0])
                return "no_reason";
        climb_close(response, by.recipient, by.role, answer->reason, "closed", now_ms, outcome);
        return NULL;
}

/* Return: NULL when the sender is the recipient of the page and knows its nonce; otherwise the reason of the
 * refusal. */
static const char *check_answer(const struct response *response, const struct page *page,
                                const struct answer *answer) {
        if (strcmp(answer->recipient, answer->page_recipient) != 0)
                return "recipient";
        if (!page || answer->attempt < 1 || answer->attempt > page->attempt)
                return "unknown_page";
        if (answer->role != page->role)
                return "role";
        if (answer->type >= ANSWER_ACCEPT && strcmp(answer->nonce, page->nonce) != 0)
                return "nonce";
        return NULL;
}

static const char *take_answer(struct response *response, const struct route_view *view,
                               struct page *page, const struct answer *answer, int64_t now_ms,
                               struct outcome *outcome) {
        switch (answer->type) {
        case ANSWER_ACCEPT:
                return take_accept(response, view, page, answer, now_ms, outcome);
        case ANSWER_DECLINE:
                return take_decline(response, view, page, answer, now_ms, outcome);
        case ANSWER_ARRIVE:
                return take_arrive(response, page, now_ms, outcome);
        case ANSWER_CLOSE:
                return take_close(response, page, answer, now_ms, outcome);
        default:
                return "type";
        }
}

const char *response_answer(struct response *response, const struct route_view *view,
                            const struct answer *answer, int64_t now_ms, struct outcome *outcome) {
        struct page *page = response_page(response, answer->page_recipient, answer->step);
        const char *why = check_answer(response, page, answer);
        uint32_t bit = 1u << answer->type;

        require(answer->type < ANSWER_TYPES, "alert %s: answer of type %d", answer->alert_id,
                (int)answer->type);
        if (why)
                return why;
        /* A repeat, because our `stored` did not arrive. Checked before the state: the answer that closed the alert
         * may be repeated too. */
        if (answer->type >= ANSWER_ACCEPT && (page->answers & bit) != 0)
                return NULL;
        if (response->state == RESPONSE_CLOSED)
                return "closed";
        if (answer->type == ANSWER_RECEIVED || answer->type == ANSWER_DELIVERED) {
                take_receipt(response, page,
                             answer->type == ANSWER_RECEIVED ? PAGE_REACH_RECEIVED
                                                             : PAGE_REACH_DELIVERED,
                             now_ms, outcome);
                return NULL;
        }
        why = take_answer(response, view, page, answer, now_ms, outcome);
        if (why)
                return why;

        /* Look the page up again: climb_ask() may have moved response->pages. */
        page = response_page(response, answer->page_recipient, answer->step);
        if (page && answer->attempt >= page->asked_attempt)
                page->answers |= bit;
        outcome->changed = true;
        return NULL;
}
