/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/intake/take.h"
#include "alerting/response/answer.h"
#include "alerting/response/tick.h"
#include "cli/language/say.h"
#include "cli/rule_test/coverage.h"
#include "cli/rule_test/run.h"
#include "common/err.h"

/* --- the view ----------------------------------------------------------------------------------- */

static enum test_reach reach_of(const struct test_run *run, const char *id) {
        for (size_t i = 0; i < run->recipients_count; i++) {
                if (strcmp(run->recipients[i].id, id) == 0)
                        return run->recipients[i].reach;
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
        const struct test_run *run = context;

        return reach_of(run, team) == TEST_BUSY || book_is_busy(run->book, team, alert_id);
}

static size_t view_asked(void *context, const char *team, const char *alert_id) {
        const struct test_run *run = context;

        return book_asked(run->book, team, alert_id);
}

static void view_nonce(void *context, char *ret) {
        struct test_run *run = context;

        snprintf(ret, NONCE_BYTES, "%016x", ++run->nonces);
}

int recipients_init(struct test_run *run) {
        const struct test_file *file = run->test->file;
        int r;

        run->view = (struct view){.registry = run->registry,
                                  .ladders = file->ladders,
                                  .can_reach = view_can_reach,
                                  .is_connected = view_is_connected,
                                  .is_busy = view_is_busy,
                                  .asked = view_asked,
                                  .nonce = view_nonce,
                                  .context = run};
        run->outcome = calloc(1, sizeof(*run->outcome));
        run->sent = calloc(1, sizeof(*run->sent));
        if (!run->outcome || !run->sent)
                return err_raise(-ENOMEM);
        r = zones_new(&run->zones, file->time_zone);
        run->view.zones = run->zones;
        return r == 0 ? book_new(&run->book) : r;
}

void recipients_fini(struct test_run *run) {
        book_free(run->book);
        zones_free(run->zones);
        free(run->outcome);
        free(run->sent);
}

/* --- pages -------------------------------------------------------------------------------------- */

static void fail(struct test_run *run, int r) {
        if (r < 0 && run->failed == 0)
                run->failed = r;
}

/* What was decided, into the ledger. */
static void note(struct test_run *run, const struct response *response,
                 const struct outcome *outcome) {
        size_t before = run->timeline->count;

        fail(run, outcome->failed);
        fail(run, timeline_ledger(run->timeline, response, outcome));
        for (; before < run->timeline->count; before++)
                coverage_paged(run->coverage, run->test, &run->timeline->entries[before]);
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
static void deliver(struct test_run *run, struct response *response, const char *recipient,
                    uint32_t step) {
        struct answer answer;

        if (!view_is_connected(run, recipient))
                return;
        outcome_clear(run->sent);
        response_sent(response, recipient, step, run->now_ms, run->sent);
        if (reach_of(run, recipient) != TEST_SILENT &&
            answer_make(response, recipient, ANSWER_RECEIVED, &answer) && answer.step == step)
                (void)response_answer(response, &run->view, &answer, run->now_ms, run->sent);
        note(run, response, run->sent);
}

/* What act.c of alerting does once Kafka has the plan; here that is at once. */
static void hand_over(struct test_run *run, struct response *response) {
        const struct outcome *outcome = run->outcome;

        note(run, response, outcome);
        for (size_t i = 0; i < outcome->send_count; i++) {
                const struct send *send = &outcome->sends[i];

                if (send->type == SEND_PAGE) {
                        deliver(run, response, send->recipient, send->step);
                } else if (send->type == SEND_STAND_DOWN &&
                           view_is_connected(run, send->recipient)) {
                        outcome_clear(run->sent);
                        response_stood_down(response, send->recipient, send->step, run->sent);
                        note(run, response, run->sent);
                }
        }
        book_settle(run->book, response);
}

void recipients_take(struct test_run *run, const struct alert *alert) {
        struct response *response = NULL;
        int r;

        outcome_clear(run->outcome);
        r = take_once(run->book, &run->view, alert, 0, run->offset++, run->now_ms, run->outcome,
                      &response);
        fail(run, r);
        if (r == 0)
                hand_over(run, response);
}

void recipients_tick(struct test_run *run) {
        struct response *response;

        while (run->failed == 0 && (response = book_due(run->book, run->now_ms))) {
                if (response->state == RESPONSE_CLOSED) {
                        book_forget(run->book, response);
                        continue;
                }
                outcome_clear(run->outcome);
                response_tick(response, &run->view, run->now_ms, run->outcome);
                hand_over(run, response);
        }
}

int64_t recipients_next_ms(const struct test_run *run) {
        return book_next_ms(run->book);
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

static void refuse(struct test_run *run, const struct test_answer *said, const char *why) {
        bool english = run->test->english;

        test_fail(run->test, "T021", said->node, NULL,
                  say(english, "%s 不能%s %s：%s", "%s cannot %s %s: %s"), said->who,
                  english ? answer_type_name(said->type) : answer_words[said->type], said->rule,
                  why);
}

void recipients_answer(struct test_run *run, const struct test_answer *said) {
        struct finding finding = {.answer = said};
        bool english = run->test->english;
        struct answer answer;
        const char *why;

        book_each(run->book, find, &finding);
        if (!finding.found) {
                refuse(run, said, say(english, "没有这样的告警", "no such alert is there"));
                return;
        }
        if (!answer_make(finding.found, said->who, said->type, &answer)) {
                refuse(run, said, say(english, "没有呼叫过他", "nobody has paged them"));
                return;
        }
        snprintf(answer.reason, sizeof(answer.reason), "%s", said->reason);
        outcome_clear(run->outcome);
        why = response_answer(finding.found, &run->view, &answer, run->now_ms, run->outcome);
        if (why)
                refuse(run, said, why);
        else
                hand_over(run, finding.found);
}

/* --- who can be reached ------------------------------------------------------------------------- */

struct joining {
        struct test_run *run;
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
static void recipients_joined(struct test_run *run, const char *id) {
        struct joining joining = {.run = run, .id = id};

        book_each(run->book, join, &joining);
        for (size_t i = 0; i < joining.count; i++) {
                struct response *response = joining.touched[i];

                for (size_t at = 0; at < response->page_count; at++) {
                        const struct page *page = &response->pages[at];

                        if (strcmp(page->recipient, id) == 0 && page_is_shown(response, page))
                                deliver(run, response, id, page->step);
                }
                book_settle(run->book, response);
        }
}

void recipients_reach(struct test_run *run, const struct test_change *change) {
        size_t i = 0;

        while (i < run->recipients_count && strcmp(run->recipients[i].id, change->id) != 0)
                i++;
        if (i == TEST_RECIPIENTS_MAX) {
                test_fail(run->test, "T022", change->node, NULL, "more than %d recipients change",
                          TEST_RECIPIENTS_MAX);
                return;
        }
        if (i == run->recipients_count) {
                memcpy(run->recipients[i].id, change->id, sizeof(run->recipients[i].id));
                run->recipients_count++;
        }
        run->recipients[i].reach = change->reach;
        if (change->reach == TEST_CONNECTED)
                recipients_joined(run, change->id);
}
