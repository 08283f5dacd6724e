/* SPDX-License-Identifier: MIT */
#include "alerting/response/response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/intake/suppress.h"
#include "alerting/response/climb.h"
#include "common/err.h"

/* --- names ------------------------------------------------------------------------------------- */

static const char *const state_names[] = {"unacked", "acked", "dispatched", "on_scene", "closed"};
static const char *const reach_names[] = {"planned", "sent", "received", "delivered"};
static const char *const page_answer_names[] = {"", "no_answer", "accepted", "declined",
                                                "stood_down"};
static const char *const answer_names[] = {"received", "delivered", "accept",
                                           "decline",  "arrive",    "close"};
static const char *const ledger_names[] = {
        "raised",    "repeated", "severity_changed", "cleared",    "cancelled", "planned",
        "sent",      "received", "delivered",        "accepted",   "declined",  "no_answer",
        "escalated", "arrived",  "missed_arrival",   "stand_down", "closed",    "suppressed"};

_Static_assert(sizeof(answer_names) / sizeof(answer_names[0]) == ANSWER_TYPES, "a name each");
_Static_assert(sizeof(ledger_names) / sizeof(ledger_names[0]) == LEDGER_TYPES, "a name each");

const char *response_state_name(enum response_state state) {
        return state_names[state];
}

const char *page_state_name(const struct page *page) {
        return page->answer == PAGE_OPEN ? reach_names[page->reach]
                                         : page_answer_names[page->answer];
}

const char *ledger_type_name(enum ledger_type type) {
        return ledger_names[type];
}

const char *answer_type_name(enum answer_type type) {
        return answer_names[type];
}

static void text_set(char *ret, size_t ret_bytes, const char *text) {
        size_t bytes = strnlen(text, ret_bytes - 1);

        memcpy(ret, text, bytes);
        ret[bytes] = '\0';
}

void page_id_make(const struct response *response, const char *recipient, uint32_t step,
                  uint32_t attempt, char *ret) {
        snprintf(ret, PAGE_ID_BYTES, "%s/%s/%u/%u", response->alert.alert_id, recipient, step,
                 attempt);
}

/* --- storage ----------------------------------------------------------------------------------- */

int response_new(struct response **ret) {
        struct response *response = calloc(1, sizeof(*response));

        if (!response)
                return err_raise(-ENOMEM);
        response->offset = -1;
        *ret = response;
        return 0;
}

struct response *response_free(struct response *response) {
        if (response) {
                free(response->pages);
                free(response->owed);
                free(response);
        }
        return NULL;
}

struct page *response_page(const struct response *response, const char *recipient, uint32_t step) {
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page->step == step && strcmp(page->recipient, recipient) == 0)
                        return page;
        }
        return NULL;
}

bool response_asks(const struct response *response, const char *recipient) {
        const struct page *page = response_page(response, recipient, response->step);

        return response->state == RESPONSE_UNACKED && page && page->answer == PAGE_OPEN;
}

/* It may still be answered with an accept. */
bool page_is_live(const struct page *page) {
        return page->answer == PAGE_OPEN || page->answer == PAGE_NO_ANSWER;
}

bool page_is_shown(const struct response *response, const struct page *page) {
        return response->state != RESPONSE_CLOSED &&
               (page_is_live(page) || page->answer == PAGE_ACCEPTED);
}

/* --- alerts in --------------------------------------------------------------------------------- */

/* The words and evidence of the latest record; the identity stays the first one's. */
static void take_words(struct alert *alert, const struct alert *from) {
        memcpy(alert->title_zh, from->title_zh, sizeof(alert->title_zh));
        memcpy(alert->title_en, from->title_en, sizeof(alert->title_en));
        memcpy(alert->advice_zh, from->advice_zh, sizeof(alert->advice_zh));
        memcpy(alert->advice_en, from->advice_en, sizeof(alert->advice_en));
        memcpy(alert->ladder, from->ladder, sizeof(alert->ladder));
        memcpy(alert->signal, from->signal, sizeof(alert->signal));
        alert->severity = from->severity;
        alert->value = from->value;
        alert->limit = from->limit;
        alert->duration_ms = from->duration_ms;
        alert->samples = from->samples;
        alert->confidence_pct = from->confidence_pct;
        alert->overridden = from->overridden;
}

static void suppressed(struct response *response, const struct suppress_stage *stage,
                       int64_t now_ms, struct outcome *outcome) {
        climb_record(response, outcome, LEDGER_SUPPRESSED, NULL, "alerting", stage->name, now_ms);
        if (stage->closes)
                climb_close(response, "alerting", ROLE_DESK, stage->name, "closed", now_ms,
                            outcome);
        else
                response->feed_only = true;
}

/* It becomes a topic of the feed, and a topic of MQTT may say anything. */
static bool is_id(const char *text) {
        static const char alphabet[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

        return text[0] && strspn(text, alphabet) == strlen(text);
}

/* The elder's own; of a device that is nobody's, the one it says. */
static const char *district_of(const struct view *view, const struct alert *alert) {
        const struct registry_elder *elder = registry_elder(view->registry, alert->elder_id);

        if (elder && elder->district[0])
                return elder->district;
        return is_id(alert->district) ? alert->district : "unknown";
}

void response_raise(struct response *response, const struct view *view, const struct alert *alert,
                    int64_t now_ms, struct outcome *outcome) {
        const struct suppress_stage *stage = suppress_judge(alert);
        int64_t waited_ms = now_ms - alert->raised_time_ms;

        response->alert = *alert;
        response->active = true;
        response->state = RESPONSE_UNACKED;
        response->intake_ms = now_ms;
        text_set(response->district, sizeof(response->district), district_of(view, alert));
        /* What waited for us is late too, and must never be shown as if it were now. */
        if (waited_ms >= LATE_FROM_MS)
                response->alert.late_ms += waited_ms;

        climb_record(response, outcome, LEDGER_RAISED, NULL, "rules", "", now_ms);
        if (stage)
                suppressed(response, stage, now_ms, outcome);
        else
                climb_begin(response, view, now_ms, outcome);
}

/* Is somebody to be paged again, or is an update enough? */
static bool must_page_again(const struct response *response, int64_t now_ms) {
        if (response->feed_only)
                return false;
        if (response->cancelled)
                return true;
        if (!response_is_held(response))
                return now_ms - response->round_ms > PAGE_AGAIN_AFTER_MS;
        return response->holder_role == ROLE_FAMILY ||
               now_ms - response->held_ms > PAGE_AGAIN_AFTER_MS;
}

void response_repeat(struct response *response, const struct view *view, const struct alert *alert,
                     int64_t now_ms, struct outcome *outcome) {
        char *folded = response->folded[response->folded_count++ % RESPONSE_FOLDED_MAX];
        bool worse = alert->severity < response->alert.severity;
        bool is_now = alert_is_buffered(&response->alert) && !alert_is_buffered(alert);
        bool page_again = is_now || must_page_again(response, now_ms);

        /* The open one was of a time long past and only the desk knows of it; this one is happening. */
        if (is_now) {
                response->alert.event_time_ms = alert->event_time_ms;
                response->alert.received_time_ms = alert->received_time_ms;
                response->alert.late_ms = alert->late_ms;
        }
        memcpy(folded, alert->alert_id, ALERT_ID_BYTES);
        response->repeats++;
        response->active = true;
        climb_record(response, outcome, LEDGER_REPEATED, NULL, "rules", alert->alert_id, now_ms);
        if (worse) {
                take_words(&response->alert, alert);
                climb_record(response, outcome, LEDGER_SEVERITY_CHANGED, NULL, "rules",
                             severity_name(alert->severity), now_ms);
        }
        climb_update_all(response, outcome, LEDGER_REPEATED, "", ROLE_DESK);
        if (page_again) {
                climb_record(response, outcome, LEDGER_ESCALATED, NULL, "alerting", "repeated",
                             now_ms);
                climb_begin(response, view, now_ms, outcome);
        }
}

static void severity_changed(struct response *response, const struct view *view,
                             const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        bool worse = alert->severity < response->alert.severity;
        bool other_ladder = strcmp(alert->ladder, response->alert.ladder) != 0;

        if (alert->severity == response->alert.severity && !other_ladder)
                return; /* said again by a replay */
        take_words(&response->alert, alert);
        climb_record(response, outcome, LEDGER_SEVERITY_CHANGED, NULL, "rules",
                     severity_name(alert->severity), now_ms);
        climb_update_all(response, outcome, LEDGER_SEVERITY_CHANGED, "", ROLE_DESK);

        /* Worse, with a ladder of its own, and nobody has answered: those it names are told now. */
        if (worse && other_ladder && alert->ladder[0] && !response_is_held(response)) {
                response->feed_only = false;
                climb_record(response, outcome, LEDGER_ESCALATED, NULL, "alerting",
                             "severity_changed", now_ms);
                climb_begin(response, view, now_ms, outcome);
        }
}

static void cleared(struct response *response, int64_t now_ms, struct outcome *outcome) {
        bool stays = response->alert.latching || response->alert.class == ALERT_LIFE_SAFETY ||
                     response->alert.severity == SEVERITY_CRITICAL;

        if (!response->active)
                return; /* said again by a replay */
        response->active = false;
        climb_record(response, outcome, LEDGER_CLEARED, NULL, "rules", "", now_ms);
        if (!stays) {
                climb_close(response, "rules", ROLE_DESK, "cleared", "cleared", now_ms, outcome);
                return;
        }
        climb_update_all(response, outcome, LEDGER_CLEARED, "", ROLE_DESK);
}

/* Must it be received soon, or somebody else is asked? Also the desk's card of an alert that family holds. */
static bool page_asks(const struct response *response, const struct page *page) {
        bool desk_must_know = page->role == ROLE_DESK && response_is_held(response) &&
                              response->holder_role == ROLE_FAMILY;

        return (response->state == RESPONSE_UNACKED || desk_must_know) &&
               page->step == response->step && page->answer == PAGE_OPEN &&
               page->reach < REACH_RECEIVED;
}

/* The desk gets the card as well when family has it, since only desk and team may close, and when the wearer cancelled. */
static void show_desk(struct response *response, const struct view *view, int64_t now_ms,
                      struct outcome *outcome) {
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page->role == ROLE_DESK && page_is_shown(response, page) &&
                    (page->reach >= REACH_RECEIVED || page_asks(response, page)))
                        return;
        }
        climb_desks(response, view, true, now_ms, outcome);
}

/* The wearer's button says it is nothing. Anybody may have pressed it, so an alert of life safety goes on as it was, marked:
 * only a person, who has called, closes it. The desk is told at once, whatever the step. */
static void cancelled(struct response *response, const struct view *view, int64_t now_ms,
                      struct outcome *outcome) {
        if (response->cancelled)
                return; /* said again by a replay */
        climb_record(response, outcome, LEDGER_CANCELLED, NULL, "rules", "", now_ms);
        if (response->alert.class != ALERT_LIFE_SAFETY && !response->alert.latching) {
                response->active = false;
                climb_close(response, "rules", ROLE_DESK, "cancelled", "cancelled", now_ms,
                            outcome);
                return;
        }
        response->cancelled = true;
        climb_update_all(response, outcome, LEDGER_CANCELLED, "", ROLE_DESK);
        if (!response->feed_only && !response_is_held(response))
                show_desk(response, view, now_ms, outcome);
}

/* One of several presses taken back says nothing about the others; a condition is over when its latest
 * episode is. */
static bool is_one_of_several(const struct response *response, const struct alert *alert) {
        const char *latest;

        if (response->repeats == 0 || alert->transition == ALERT_SEVERITY_CHANGED)
                return false;
        if (alert->transition == ALERT_CANCELLED)
                return true;
        latest = response->folded[(response->folded_count - 1) % RESPONSE_FOLDED_MAX];
        return strcmp(latest, alert->alert_id) != 0;
}

void response_transition(struct response *response, const struct view *view,
                         const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        if (response->state == RESPONSE_CLOSED)
                return;

        if (is_one_of_several(response, alert)) {
                enum ledger_type type =
                        alert->transition == ALERT_CLEARED ? LEDGER_CLEARED : LEDGER_CANCELLED;

                climb_record(response, outcome, type, NULL, "rules", alert->alert_id, now_ms);
                climb_update_all(response, outcome, type, "", ROLE_DESK);
                return;
        }
        switch (alert->transition) {
        case ALERT_SEVERITY_CHANGED:
                severity_changed(response, view, alert, now_ms, outcome);
                return;
        case ALERT_CLEARED:
                cleared(response, now_ms, outcome);
                return;
        case ALERT_CANCELLED:
                cancelled(response, view, now_ms, outcome);
                return;
        case ALERT_RAISED:
                return; /* the book has made it a repeat */
        }
}

/* --- answers ----------------------------------------------------------------------------------- */

bool response_is_held(const struct response *response) {
        return response->state == RESPONSE_ACKED || response->state == RESPONSE_DISPATCHED ||
               response->state == RESPONSE_ON_SCENE;
}

/* Whose accept takes over from whose: a team that goes, before the desk that talks, before a family member
 * who may be in another city. */
static int rank(enum role role) {
        static const int ranks[ROLE_COUNT] = {[ROLE_FAMILY] = 1, [ROLE_DESK] = 2, [ROLE_TEAM] = 3};

        return ranks[role];
}

static void take_receipt(struct response *response, struct page *page, enum page_reach reach,
                         int64_t now_ms, struct outcome *outcome) {
        if (page->reach >= reach)
                return;
        if (page->reach < REACH_RECEIVED && reach == REACH_DELIVERED)
                climb_record(response, outcome, LEDGER_RECEIVED, page, page->recipient, "", now_ms);
        page->reach = reach;
        page->retry_ms = 0;
        climb_record(response, outcome,
                     reach == REACH_RECEIVED ? LEDGER_RECEIVED : LEDGER_DELIVERED, page,
                     page->recipient, "", now_ms);
}

static const char *take_accept(struct response *response, const struct view *view,
                               struct page *page, const struct answer *answer, int64_t now_ms,
                               struct outcome *outcome) {
        char reason[REASON_BYTES] = "";

        if (response_is_held(response) && strcmp(response->holder, page->recipient) != 0 &&
            rank(page->role) <= rank(response->holder_role))
                return "held";

        page->answer = PAGE_ACCEPTED;
        page->answers &= ~(1u << ANSWER_DECLINE); /* a mind may change, and change again */
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
        climb_record(response, outcome, LEDGER_ACCEPTED, page, page->recipient, reason, now_ms);

        for (size_t i = 0; i < response->page_count; i++) {
                struct page *other = &response->pages[i];

                if (strcmp(other->recipient, page->recipient) == 0) {
                        /* The same person's pages of other steps: one card, one answer. */
                        if (page_is_live(other)) {
                                other->answer = PAGE_STOOD_DOWN;
                                other->retry_ms = 0;
                        }
                        continue;
                }
                if (other->answer == PAGE_ACCEPTED)
                        climb_update(outcome, other, LEDGER_ACCEPTED, page->recipient, page->role);
                else if (page_is_live(other) &&
                         !(page->role == ROLE_FAMILY && other->role == ROLE_DESK))
                        climb_stand_down(response, other, page->recipient, page->role, "accepted",
                                         now_ms, outcome);
                else if (page_is_live(other))
                        climb_update(outcome, other, LEDGER_ACCEPTED, page->recipient, page->role);
        }
        if (page->role == ROLE_FAMILY)
                show_desk(response, view, now_ms, outcome);
        return NULL;
}

static const char *take_decline(struct response *response, const struct view *view,
                                struct page *page, const struct answer *answer, int64_t now_ms,
                                struct outcome *outcome) {
        bool was_holder = response_is_held(response) &&
                          strcmp(response->holder, page->recipient) == 0 &&
                          page->answer == PAGE_ACCEPTED;

        if (answer->attempt < page->asked_attempt || page->answer == PAGE_STOOD_DOWN)
                return NULL; /* about an earlier question, or nobody asks any more */
        page->answer = PAGE_DECLINED;
        page->answers &= ~(1u << ANSWER_ACCEPT | 1u << ANSWER_ARRIVE);
        page->retry_ms = 0;
        climb_record(response, outcome, LEDGER_DECLINED, page, page->recipient, answer->reason,
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
        climb_record(response, outcome, LEDGER_ARRIVED, page, page->recipient, "", now_ms);
        climb_update_all(response, outcome, LEDGER_ARRIVED, page->recipient, page->role);
        /* A daughter at the door does not make the team's arrival unwatched. */
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
        struct page by = *page; /* climb_close() may move pages */

        if (by.role == ROLE_FAMILY)
                return "role";
        if (by.role == ROLE_TEAM && by.answer != PAGE_ACCEPTED)
                return "not_accepted";
        if (!answer->reason[0])
                return "no_reason";
        climb_close(response, by.recipient, by.role, answer->reason, "closed", now_ms, outcome);
        return NULL;
}

/* Is this the person the page was for, with the word that came with it? */
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

static const char *take_answer(struct response *response, const struct view *view,
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

const char *response_answer(struct response *response, const struct view *view,
                            const struct answer *answer, int64_t now_ms, struct outcome *outcome) {
        struct page *page = response_page(response, answer->page_recipient, answer->step);
        const char *why = check_answer(response, page, answer);
        uint32_t bit = 1u << answer->type;

        if (why)
                return why;
        /* Said again because our `stored` did not reach them; also when it was this that closed. */
        if (answer->type >= ANSWER_ACCEPT && (page->answers & bit) != 0)
                return NULL;
        if (response->state == RESPONSE_CLOSED)
                return "closed";
        if (answer->type == ANSWER_RECEIVED || answer->type == ANSWER_DELIVERED) {
                take_receipt(response, page,
                             answer->type == ANSWER_RECEIVED ? REACH_RECEIVED : REACH_DELIVERED,
                             now_ms, outcome);
                return NULL;
        }
        why = take_answer(response, view, page, answer, now_ms, outcome);
        if (why)
                return why;

        /* Found anew: planning may have moved the pages. */
        page = response_page(response, answer->page_recipient, answer->step);
        if (page && answer->attempt >= page->asked_attempt)
                page->answers |= bit;
        outcome->changed = true;
        return NULL;
}

/* --- time -------------------------------------------------------------------------------------- */

void response_sent(struct response *response, const char *recipient, uint32_t step, int64_t now_ms,
                   struct outcome *outcome) {
        struct page *page = response_page(response, recipient, step);

        if (!page || page->reach != REACH_PLANNED || !page_is_shown(response, page))
                return;
        page->reach = REACH_SENT;
        page->was_sent = true;
        page->retry_ms = now_ms + (page->attempt < RESEND_FAST_ATTEMPTS ? RECEIVED_WITHIN_MS
                                                                        : RESEND_SLOW_MS);
        climb_record(response, outcome, LEDGER_SENT, page, "alerting", "", now_ms);
}

void response_stood_down(struct response *response, const char *recipient, uint32_t step,
                         struct outcome *outcome) {
        struct page *page = response_page(response, recipient, step);

        if (!page || !page->owed_stand_down)
                return;
        page->owed_stand_down = false;
        outcome->changed = true;
}

void response_stored(struct response *response, const struct view *view, int64_t now_ms) {
        const struct ladder_step *step;

        if (response->state != RESPONSE_UNACKED || response->step_by_ms == 0)
                return;
        step = climb_step(response, view);
        if (now_ms + step->answer_within_ms - response->step_by_ms < RECEIVED_WITHIN_MS)
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

void response_occupied(struct response *response, const struct view *view, const char *team,
                       int64_t now_ms, struct outcome *outcome) {
        struct page *page;

        if (!response_asks(response, team) || !climb_replace(response, view, true, now_ms, outcome))
                return;
        /* Found anew: asking may have moved the pages. It stays live: they may come back to it. */
        page = response_page(response, team, response->step);
        page->answer = PAGE_NO_ANSWER;
        climb_record(response, outcome, LEDGER_NO_ANSWER, page, "alerting", "busy", now_ms);
}

/* Nothing came back in time: again to whoever is connected, or wait for them to connect. */
static void page_retry(struct response *response, const struct view *view, struct page *page,
                       int64_t now_ms, struct outcome *outcome) {
        if (!view->is_connected(view->context, page->recipient)) {
                page->reach = REACH_PLANNED;
                page->retry_ms = 0;
                outcome->changed = true;
                return;
        }
        page->retry_ms = now_ms + (page->attempt < RESEND_FAST_ATTEMPTS ? RECEIVED_WITHIN_MS
                                                                        : RESEND_SLOW_MS);
        if (page->reach == REACH_SENT) {
                page->attempt++;
                page->reach = REACH_PLANNED;
                climb_record(response, outcome, LEDGER_PLANNED, page, "alerting", "not_received",
                             now_ms);
        }
        climb_tell(outcome, SEND_PAGE, page);
}

static bool page_retry_is_due(const struct page *page, int64_t now_ms) {
        return page_is_live(page) && page->reach < REACH_RECEIVED && page->retry_ms != 0 &&
               page->retry_ms <= now_ms;
}

static void tick_pages(struct response *response, const struct view *view, int64_t now_ms,
                       struct outcome *outcome) {
        size_t unreached_teams = 0, unreached_desks = 0;
        bool unreached = false;

        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page_asks(response, page) && now_ms - page->asked_ms >= UNREACHED_AFTER_MS) {
                        page->answer = PAGE_NO_ANSWER;
                        climb_record(response, outcome, LEDGER_NO_ANSWER, page, "alerting",
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

static void step_over(struct response *response, const struct view *view, int64_t now_ms,
                      struct outcome *outcome) {
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page->step != response->step || page->answer != PAGE_OPEN)
                        continue;
                page->answer = PAGE_NO_ANSWER;
                climb_record(response, outcome, LEDGER_NO_ANSWER, page, "alerting",
                             page->reach < REACH_RECEIVED ? "not_received" : "", now_ms);
        }
        climb_on(response, view, "no_answer", now_ms, outcome);
}

static void missed_arrival(struct response *response, const struct view *view, int64_t now_ms,
                           struct outcome *outcome) {
        char holder[REGISTRY_ID_BYTES];
        enum role role = response->holder_role;

        memcpy(holder, response->holder, sizeof(holder));
        climb_record(response, outcome, LEDGER_MISSED_ARRIVAL, NULL, "alerting", holder, now_ms);
        climb_update_all(response, outcome, LEDGER_MISSED_ARRIVAL, "", role);
        climb_again(response, view, "missed_arrival", now_ms, outcome);
}

void response_tick(struct response *response, const struct view *view, int64_t now_ms,
                   struct outcome *outcome) {
        if (response->state == RESPONSE_CLOSED)
                return;
        if (response->feed_only) {
                if (now_ms - response->intake_ms >= FEED_ONLY_FOR_MS)
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

static void earlier(int64_t *next_ms, int64_t time_ms) {
        if (time_ms != 0 && (*next_ms == 0 || time_ms < *next_ms))
                *next_ms = time_ms;
}

int64_t response_next_ms(const struct response *response) {
        int64_t next_ms = 0;

        if (response->state == RESPONSE_CLOSED)
                return response->closed_ms + CLOSED_KEPT_MS;
        if (response->feed_only)
                return response->intake_ms + FEED_ONLY_FOR_MS;
        earlier(&next_ms, response->step_by_ms);
        earlier(&next_ms, response->arrive_by_ms);
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page_is_live(page) && page->reach < REACH_RECEIVED)
                        earlier(&next_ms, page->retry_ms);
                if (page_asks(response, page))
                        earlier(&next_ms, page->asked_ms + UNREACHED_AFTER_MS);
        }
        return next_ms;
}

bool response_is_owned(const struct response *response) {
        if (response->state == RESPONSE_CLOSED || response_is_held(response))
                return response->state == RESPONSE_CLOSED || response->holder[0] != '\0';
        return response->feed_only || response->step_by_ms != 0;
}

bool response_has_folded(const struct response *response, const char *alert_id) {
        uint32_t count = response->folded_count < RESPONSE_FOLDED_MAX ? response->folded_count
                                                                      : RESPONSE_FOLDED_MAX;

        for (uint32_t i = 0; i < count; i++) {
                if (strcmp(response->folded[i], alert_id) == 0)
                        return true;
        }
        return false;
}

/* --- the wall clock ---------------------------------------------------------------------------- */

static void shift(int64_t *time_ms, int64_t by_ms) {
        if (*time_ms != 0)
                *time_ms += by_ms;
}

void response_shift(struct response *response, int64_t by_ms) {
        shift(&response->intake_ms, by_ms);
        shift(&response->held_ms, by_ms);
        shift(&response->acked_ms, by_ms);
        shift(&response->closed_ms, by_ms);
        shift(&response->arrive_by_ms, by_ms);
        shift(&response->step_by_ms, by_ms);
        shift(&response->round_ms, by_ms);
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                shift(&page->asked_ms, by_ms);
                shift(&page->retry_ms, by_ms);
                shift(&page->answer_by_ms, by_ms);
        }
}

static void later(int64_t *last_ms, int64_t time_ms) {
        if (time_ms > *last_ms)
                *last_ms = time_ms;
}

void response_not_from_the_future(struct response *response, int64_t now_ms) {
        int64_t last_ms = response->intake_ms;

        later(&last_ms, response->held_ms);
        later(&last_ms, response->acked_ms);
        later(&last_ms, response->closed_ms);
        later(&last_ms, response->round_ms);
        for (size_t i = 0; i < response->page_count; i++)
                later(&last_ms, response->pages[i].asked_ms);
        if (last_ms - now_ms >= CLOCKS_APART_MS)
                response_shift(response, now_ms - last_ms);
}
