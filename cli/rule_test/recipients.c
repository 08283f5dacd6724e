/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/recipients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/intake/take.h"
#include "alerting/response/answer.h"
#include "alerting/response/tick.h"
#include "cli/language/say.h"
#include "common/err.h"

/* --- the view ----------------------------------------------------------------------------------- */

static enum test_reach reach_of(const struct recipients *recipients, const char *id) {
        for (size_t i = 0; i < recipients->count; i++) {
                if (strcmp(recipients->all[i].id, id) == 0)
                        return recipients->all[i].reach;
        }
        return TEST_CONNECTED;
}

static bool view_can_reach(void *context, const char *recipient) {
        return reach_of(context, recipient) != TEST_NO_KEY;
}

static bool view_is_connected(void *context, const char *recipient) {
        enum test_reach reach = reach_of(context, recipient);

        return reach != TEST_AWAY && reach != TEST_NO_KEY;
}

static bool view_is_busy(void *context, const char *team, const char *alert_id) {
        const struct recipients *recipients = context;

        return reach_of(recipients, team) == TEST_BUSY ||
               book_is_busy(recipients->book, team, alert_id);
}

static size_t view_asked(void *context, const char *team, const char *alert_id) {
        const struct recipients *recipients = context;

        return book_asked(recipients->book, team, alert_id);
}

static void view_nonce(void *context, char *ret) {
        struct recipients *recipients = context;

        snprintf(ret, NONCE_BYTES, "%016x", ++recipients->nonces);
}

int recipients_init(struct recipients *recipients, struct test_case *test,
                    struct coverage *coverage, const struct registry *registry) {
        int r;

        *recipients =
                (struct recipients){.test = test, .coverage = coverage, .timeline = test->timeline};
        recipients->view = (struct view){.registry = registry,
                                         .ladders = test->file->ladders,
                                         .can_reach = view_can_reach,
                                         .is_connected = view_is_connected,
                                         .is_busy = view_is_busy,
                                         .asked = view_asked,
                                         .nonce = view_nonce,
                                         .context = recipients};
        recipients->outcome = calloc(1, sizeof(*recipients->outcome));
        recipients->sent = calloc(1, sizeof(*recipients->sent));
        if (!recipients->outcome || !recipients->sent)
                return err_raise(-ENOMEM);
        r = zones_new(&recipients->zones, test->file->time_zone);
        recipients->view.zones = recipients->zones;
        return r == 0 ? book_new(&recipients->book) : r;
}

void recipients_fini(struct recipients *recipients) {
        book_free(recipients->book);
        zones_free(recipients->zones);
        free(recipients->outcome);
        free(recipients->sent);
}

/* --- pages -------------------------------------------------------------------------------------- */

static void fail(struct recipients *recipients, int r) {
        if (r < 0 && recipients->failed == 0)
                recipients->failed = r;
}

/* What was decided, into the ledger. */
static void note(struct recipients *recipients, const struct response *response,
                 const struct outcome *outcome) {
        size_t before = recipients->timeline->count;

        fail(recipients, outcome->failed);
        fail(recipients, timeline_ledger(recipients->timeline, response, outcome));
        for (; before < recipients->timeline->count; before++)
                coverage_paged(recipients->coverage, recipients->test,
                               &recipients->timeline->entries[before]);
}

/* As a person's pager answers: the newest page of this recipient. */
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

/* A page that reaches a connected pager; unless it is silent, the pager says so at once. */
static void deliver(struct recipients *recipients, struct response *response, const char *recipient,
                    uint32_t step) {
        struct answer answer;

        if (!view_is_connected(recipients, recipient))
                return;
        outcome_clear(recipients->sent);
        response_sent(response, recipient, step, recipients->now_ms, recipients->sent);
        if (reach_of(recipients, recipient) != TEST_SILENT &&
            answer_make(response, recipient, ANSWER_RECEIVED, &answer) && answer.step == step)
                (void)response_answer(response, &recipients->view, &answer, recipients->now_ms,
                                      recipients->sent);
        note(recipients, response, recipients->sent);
}

/* What act.c of alerting does once Kafka has the plan; here that is at once. */
static void hand_over(struct recipients *recipients, struct response *response) {
        const struct outcome *outcome = recipients->outcome;

        note(recipients, response, outcome);
        for (size_t i = 0; i < outcome->send_count; i++) {
                const struct send *send = &outcome->sends[i];

                if (send->type == SEND_PAGE) {
                        deliver(recipients, response, send->recipient, send->step);
                } else if (send->type == SEND_STAND_DOWN &&
                           view_is_connected(recipients, send->recipient)) {
                        outcome_clear(recipients->sent);
                        response_stood_down(response, send->recipient, send->step,
                                            recipients->sent);
                        note(recipients, response, recipients->sent);
                }
        }
        book_settle(recipients->book, response);
}

void recipients_take(struct recipients *recipients, const struct alert *alert, int64_t now_ms) {
        struct response *response = NULL;
        int r;

        recipients->now_ms = now_ms;
        outcome_clear(recipients->outcome);
        r = take_once(recipients->book, &recipients->view, alert, 0, recipients->offset++,
                      recipients->now_ms, recipients->outcome, &response);
        fail(recipients, r);
        if (r == 0)
                hand_over(recipients, response);
}

void recipients_tick(struct recipients *recipients, int64_t now_ms) {
        struct response *response;

        recipients->now_ms = now_ms;
        while (recipients->failed == 0 &&
               (response = book_due(recipients->book, recipients->now_ms))) {
                if (response->state == RESPONSE_CLOSED) {
                        book_forget(recipients->book, response);
                        continue;
                }
                outcome_clear(recipients->outcome);
                response_tick(response, &recipients->view, recipients->now_ms, recipients->outcome);
                hand_over(recipients, response);
        }
}

int64_t recipients_next_ms(const struct recipients *recipients) {
        return book_next_ms(recipients->book);
}

/* --- answers ------------------------------------------------------------------------------------ */

static const char *const answer_words[ANSWER_TYPES] = {[ANSWER_ACCEPT] = "接受",
                                                       [ANSWER_DECLINE] = "拒绝",
                                                       [ANSWER_ARRIVE] = "到达",
                                                       [ANSWER_CLOSE] = "关闭"};

struct finding {
        const struct test_answer *answer;
        struct response *found; /* open before closed, then the newest */
};

static void find(void *context, struct response *response) {
        struct finding *finding = context;
        struct response *best = finding->found;

        if (strcmp(response->alert.rule_id, finding->answer->rule) != 0)
                return;
        if (best && (best->state == RESPONSE_CLOSED) < (response->state == RESPONSE_CLOSED))
                return;
        if (best && (best->state == RESPONSE_CLOSED) == (response->state == RESPONSE_CLOSED) &&
            best->intake_ms >= response->intake_ms)
                return;
        finding->found = response;
}

static void refuse(struct recipients *recipients, const struct test_answer *said, const char *why) {
        bool english = recipients->test->english;

        test_fail(recipients->test, "T021", said->node, NULL,
                  say(english, "%s 不能%s %s：%s", "%s cannot %s %s: %s"), said->who,
                  english ? answer_type_name(said->type) : answer_words[said->type], said->rule,
                  why);
}

void recipients_answer(struct recipients *recipients, const struct test_answer *said,
                       int64_t now_ms) {
        struct finding finding = {.answer = said};
        bool english = recipients->test->english;
        struct answer answer;
        const char *why;

        recipients->now_ms = now_ms;
        book_each(recipients->book, find, &finding);
        if (!finding.found) {
                refuse(recipients, said, say(english, "没有这样的告警", "no such alert is there"));
                return;
        }
        if (!answer_make(finding.found, said->who, said->type, &answer)) {
                refuse(recipients, said, say(english, "没有呼叫过他", "nobody has paged them"));
                return;
        }
        snprintf(answer.reason, sizeof(answer.reason), "%s", said->reason);
        outcome_clear(recipients->outcome);
        why = response_answer(finding.found, &recipients->view, &answer, recipients->now_ms,
                              recipients->outcome);
        if (why)
                refuse(recipients, said, why);
        else
                hand_over(recipients, finding.found);
}

/* --- who can be reached ------------------------------------------------------------------------- */

struct joining {
        struct recipients *recipients;
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

/* What waited for a pager goes out when it connects. */
static void recipients_joined(struct recipients *recipients, const char *id) {
        struct joining joining = {.recipients = recipients, .id = id};

        book_each(recipients->book, join, &joining);
        for (size_t i = 0; i < joining.count; i++) {
                struct response *response = joining.touched[i];

                for (size_t at = 0; at < response->page_count; at++) {
                        const struct page *page = &response->pages[at];

                        if (strcmp(page->recipient, id) == 0 && page_is_shown(response, page))
                                deliver(recipients, response, id, page->step);
                }
                book_settle(recipients->book, response);
        }
}

void recipients_reach(struct recipients *recipients, const struct test_change *change,
                      int64_t now_ms) {
        size_t i = 0;

        recipients->now_ms = now_ms;
        while (i < recipients->count && strcmp(recipients->all[i].id, change->id) != 0)
                i++;
        if (i == TEST_RECIPIENTS_MAX) {
                test_fail(recipients->test, "T022", change->node, NULL,
                          "more than %d recipients change", TEST_RECIPIENTS_MAX);
                return;
        }
        if (i == recipients->count) {
                memcpy(recipients->all[i].id, change->id, sizeof(recipients->all[i].id));
                recipients->count++;
        }
        recipients->all[i].reach = change->reach;
        if (change->reach == TEST_CONNECTED)
                recipients_joined(recipients, change->id);
}
