/* SPDX-License-Identifier: MIT */
#include "alerting/rehearsal/rehearsal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/intake/take.h"
#include "alerting/response/answer.h"
#include "alerting/response/book.h"
#include "alerting/response/tick.h"
#include "alerting/route/route.h"
#include "common/base/err.h"

_Static_assert((int)REHEARSAL_REASON_BYTES >= (int)RESPONSE_REASON_BYTES, "a reason fits");

struct reached {
        char id[REGISTRY_ID_BYTES];
        enum rehearsal_reach reach;
};

struct rehearsal {
        struct rehearsal_options options;
        int64_t now_ms; /* of the call */
        int failed;     /* the first error in it */
        struct book *book;
        struct route_zones *zones;
        struct route_view view;
        struct outcome outcome, sent;
        int64_t offset;
        uint32_t nonces;
        struct reached reached[REHEARSAL_RECIPIENTS_MAX];
        size_t reached_count;
};

/* --- words -------------------------------------------------------------------------------------- */

const char *const *rehearsal_ledger_words(void) {
        static const char *words[OUTCOME_TYPES + 1];

        for (int i = 0; i < OUTCOME_TYPES; i++)
                words[i] = outcome_type_name((enum outcome_type)i);
        return words;
}

const char *const *rehearsal_states(void) {
        static const char *words[RESPONSE_CLOSED + 2];

        for (int i = 0; i <= RESPONSE_CLOSED; i++)
                words[i] = response_state_name((enum response_state)i);
        return words;
}

/* The answers of a person, without the receipts of the pager. */
static const enum answer_type said[] = {ANSWER_ACCEPT, ANSWER_DECLINE, ANSWER_ARRIVE, ANSWER_CLOSE};
enum { SAID = sizeof(said) / sizeof(said[0]) };

const char *const *rehearsal_answers(void) {
        static const char *words[SAID + 1];

        for (int i = 0; i < SAID; i++)
                words[i] = answer_type_name(said[i]);
        return words;
}

/* --- the view ----------------------------------------------------------------------------------- */

static enum rehearsal_reach reach_of(const struct rehearsal *rehearsal, const char *id) {
        for (size_t i = 0; i < rehearsal->reached_count; i++) {
                if (strcmp(rehearsal->reached[i].id, id) == 0)
                        return rehearsal->reached[i].reach;
        }
        return REHEARSAL_CONNECTED;
}

static bool view_can_reach(void *context, const char *recipient) {
        return reach_of(context, recipient) != REHEARSAL_NO_KEY;
}

static bool view_is_connected(void *context, const char *recipient) {
        enum rehearsal_reach reach = reach_of(context, recipient);

        return reach != REHEARSAL_AWAY && reach != REHEARSAL_NO_KEY;
}

static bool view_is_busy(void *context, const char *team, const char *alert_id) {
        const struct rehearsal *rehearsal = context;

        return reach_of(rehearsal, team) == REHEARSAL_BUSY ||
               book_is_busy(rehearsal->book, team, alert_id);
}

static size_t view_asked(void *context, const char *team, const char *alert_id) {
        const struct rehearsal *rehearsal = context;

        return book_asked(rehearsal->book, team, alert_id);
}

static void view_nonce(void *context, char *ret) {
        struct rehearsal *rehearsal = context;

        snprintf(ret, RESPONSE_NONCE_BYTES, "%016x", ++rehearsal->nonces);
}

int rehearsal_new(struct rehearsal **ret, const struct rehearsal_options *options) {
        struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
        int r;

        if (!rehearsal)
                return err_raise(-ENOMEM);
        rehearsal->options = *options;
        rehearsal->view = (struct route_view){.registry = options->registry,
                                              .ladders = options->ladders,
                                              .can_reach = view_can_reach,
                                              .is_connected = view_is_connected,
                                              .is_busy = view_is_busy,
                                              .asked = view_asked,
                                              .nonce = view_nonce,
                                              .context = rehearsal};
        r = route_zones_new(&rehearsal->zones, options->time_zone);
        rehearsal->view.zones = rehearsal->zones;
        if (r == 0)
                r = book_new(&rehearsal->book);
        if (r != 0) {
                rehearsal_free(rehearsal);
                return err_trace(r);
        }
        *ret = rehearsal;
        return 0;
}

struct rehearsal *rehearsal_free(struct rehearsal *rehearsal) {
        if (!rehearsal)
                return NULL;
        book_free(rehearsal->book);
        route_zones_free(rehearsal->zones);
        free(rehearsal);
        return NULL;
}

/* --- pages -------------------------------------------------------------------------------------- */

static void begin(struct rehearsal *rehearsal, int64_t now_ms) {
        rehearsal->now_ms = now_ms;
        rehearsal->failed = 0;
}

static void fail(struct rehearsal *rehearsal, int r) {
        if (r < 0 && rehearsal->failed == 0)
                rehearsal->failed = r;
}

/* Report the entries of @outcome, as the ledger would have them. */
static void note(struct rehearsal *rehearsal, const struct response *response,
                 const struct outcome *outcome) {
        const struct rehearsal_options *options = &rehearsal->options;

        fail(rehearsal, outcome->failed);
        for (size_t i = 0; i < outcome->entry_count && rehearsal->failed == 0; i++) {
                const struct outcome_entry *entry = &outcome->entries[i];
                struct rehearsal_entry told = {
                        .type = outcome_type_name(entry->type),
                        .role = entry->recipient[0] ? role_name(entry->role) : "",
                        .state = response_state_name(response->state),
                        .time_ms = entry->time_ms,
                        .step = entry->step,
                        .rung = entry->step == response->step ? response->rung + 1 : 0,
                };

                memcpy(told.recipient, entry->recipient, sizeof(told.recipient));
                memcpy(told.holder, response->holder, sizeof(told.holder));
                memcpy(told.by, entry->by, sizeof(told.by));
                memcpy(told.reason, entry->reason, sizeof(entry->reason));
                fail(rehearsal, options->note(options->context, response->alert.alert_id, &told));
        }
}

/* Make an answer as a pager does, to the newest page of @who. Return: false when there is no page. */
static bool answer_make(const struct response *response, const char *who, enum answer_type type,
                        struct answer *ret) {
        const struct page *page = NULL;

        for (size_t i = 0; i < response->page_count; i++) {
                if (strcmp(response->pages[i].recipient, who) == 0)
                        page = &response->pages[i];
        }
        if (!page)
                return false;
        *ret = (struct answer){.type = type,
                               .role = page->role,
                               .step = page->step,
                               .attempt = page->attempt,
                               .eta_s = -1};
        memcpy(ret->recipient, page->recipient, sizeof(ret->recipient));
        memcpy(ret->page_recipient, page->recipient, sizeof(ret->page_recipient));
        memcpy(ret->alert_id, response->alert.alert_id, sizeof(ret->alert_id));
        memcpy(ret->nonce, page->nonce, sizeof(ret->nonce));
        page_id_make(response, who, page->step, page->attempt, ret->page_id);
        snprintf(ret->ack_id, sizeof(ret->ack_id), "%s/%s/%s", ret->page_id, ret->nonce,
                 answer_type_name(type));
        return true;
}

/* Send a page, if the recipient is connected; its pager confirms it at once, unless it is silent. */
static void deliver(struct rehearsal *rehearsal, struct response *response, const char *recipient,
                    uint32_t step) {
        struct answer answer;

        if (!view_is_connected(rehearsal, recipient))
                return;
        outcome_clear(&rehearsal->sent);
        response_sent(response, recipient, step, rehearsal->now_ms, &rehearsal->sent);
        if (reach_of(rehearsal, recipient) != REHEARSAL_SILENT &&
            answer_make(response, recipient, ANSWER_RECEIVED, &answer) && answer.step == step)
                (void)response_answer(response, &rehearsal->view, &answer, rehearsal->now_ms,
                                      &rehearsal->sent);
        note(rehearsal, response, &rehearsal->sent);
}

/* What alerting does once the decision is in Kafka; here that is at once. */
static void hand_over(struct rehearsal *rehearsal, struct response *response) {
        const struct outcome *outcome = &rehearsal->outcome;

        note(rehearsal, response, outcome);
        for (size_t i = 0; i < outcome->send_count; i++) {
                const struct outcome_send *send = &outcome->sends[i];

                if (send->type == OUTCOME_SEND_PAGE) {
                        deliver(rehearsal, response, send->recipient, send->step);
                } else if (send->type == OUTCOME_SEND_STAND_DOWN &&
                           view_is_connected(rehearsal, send->recipient)) {
                        outcome_clear(&rehearsal->sent);
                        response_stood_down(response, send->recipient, send->step,
                                            &rehearsal->sent);
                        note(rehearsal, response, &rehearsal->sent);
                }
        }
        book_settle(rehearsal->book, response);
}

int rehearsal_take(struct rehearsal *rehearsal, const struct alert *alert, int64_t now_ms) {
        struct response *response = NULL;
        int r;

        begin(rehearsal, now_ms);
        outcome_clear(&rehearsal->outcome);
        r = take_once(rehearsal->book, &rehearsal->view, alert, 0, rehearsal->offset++, now_ms,
                      &rehearsal->outcome, &response);
        fail(rehearsal, r);
        if (r == 0)
                hand_over(rehearsal, response);
        return rehearsal->failed;
}

int rehearsal_tick(struct rehearsal *rehearsal, int64_t now_ms) {
        struct response *response;

        begin(rehearsal, now_ms);
        while (rehearsal->failed == 0 && (response = book_due(rehearsal->book, now_ms))) {
                if (response->state == RESPONSE_CLOSED) {
                        book_forget(rehearsal->book, response);
                        continue;
                }
                outcome_clear(&rehearsal->outcome);
                response_tick(response, &rehearsal->view, now_ms, &rehearsal->outcome);
                hand_over(rehearsal, response);
        }
        return rehearsal->failed;
}

int64_t rehearsal_next_ms(const struct rehearsal *rehearsal) {
        return book_next_ms(rehearsal->book);
}

/* --- answers ------------------------------------------------------------------------------------ */

struct finding {
        const char *rule;
        struct response *found; /* open before closed, then the newest */
};

static void find(void *context, struct response *response) {
        struct finding *finding = context;
        struct response *best = finding->found;

        if (strcmp(response->alert.rule_id, finding->rule) != 0)
                return;
        if (best && (best->state == RESPONSE_CLOSED) < (response->state == RESPONSE_CLOSED))
                return;
        if (best && (best->state == RESPONSE_CLOSED) == (response->state == RESPONSE_CLOSED) &&
            best->intake_ms >= response->intake_ms)
                return;
        finding->found = response;
}

static enum answer_type type_of(const char *answer) {
        for (int i = 0; i < SAID; i++) {
                if (strcmp(answer_type_name(said[i]), answer) == 0)
                        return said[i];
        }
        return ANSWER_TYPES;
}

int rehearsal_answer(struct rehearsal *rehearsal, const char *who, const char *rule,
                     const char *answer, const char *reason, int64_t now_ms, const char **ret_why) {
        struct finding finding = {.rule = rule};
        enum answer_type type = type_of(answer);
        struct answer given;
        const char *why;

        begin(rehearsal, now_ms);
        if (type == ANSWER_TYPES)
                return err_raise(-EINVAL);
        book_each(rehearsal->book, find, &finding);
        if (!finding.found)
                return REHEARSAL_NO_ALERT;
        if (!answer_make(finding.found, who, type, &given))
                return REHEARSAL_NOT_PAGED;
        snprintf(given.reason, sizeof(given.reason), "%s", reason);
        outcome_clear(&rehearsal->outcome);
        why = response_answer(finding.found, &rehearsal->view, &given, now_ms, &rehearsal->outcome);
        if (why) {
                *ret_why = why;
                return REHEARSAL_REFUSED;
        }
        hand_over(rehearsal, finding.found);
        return rehearsal->failed;
}

/* --- who can be reached ------------------------------------------------------------------------- */

struct joining {
        const char *id;
        struct response *touched[RESPONSE_PAGES_MAX];
        size_t count;
};

static void join(void *context, struct response *response) {
        struct joining *joining = context;

        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (strcmp(page->recipient, joining->id) == 0 && page_is_shown(response, page) &&
                    joining->count < RESPONSE_PAGES_MAX) {
                        joining->touched[joining->count++] = response;
                        return;
                }
        }
}

/* @id connects: send the pages that wait for it. */
static void joined(struct rehearsal *rehearsal, const char *id) {
        struct joining joining = {.id = id};

        book_each(rehearsal->book, join, &joining);
        for (size_t i = 0; i < joining.count; i++) {
                struct response *response = joining.touched[i];

                for (size_t at = 0; at < response->page_count; at++) {
                        const struct page *page = &response->pages[at];

                        if (strcmp(page->recipient, id) == 0 && page_is_shown(response, page))
                                deliver(rehearsal, response, id, page->step);
                }
                book_settle(rehearsal->book, response);
        }
}

int rehearsal_reach(struct rehearsal *rehearsal, const char *who, enum rehearsal_reach reach,
                    int64_t now_ms) {
        size_t i = 0;

        begin(rehearsal, now_ms);
        while (i < rehearsal->reached_count && strcmp(rehearsal->reached[i].id, who) != 0)
                i++;
        if (i == REHEARSAL_RECIPIENTS_MAX)
                return REHEARSAL_TOO_MANY;
        if (i == rehearsal->reached_count) {
                snprintf(rehearsal->reached[i].id, sizeof(rehearsal->reached[i].id), "%s", who);
                rehearsal->reached_count++;
        }
        rehearsal->reached[i].reach = reach;
        if (reach == REHEARSAL_CONNECTED)
                joined(rehearsal, who);
        return rehearsal->failed;
}
