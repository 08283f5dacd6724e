/* SPDX-License-Identifier: MIT
 *
 * A response that is rebuilt from its stored form before every step must behave exactly like one that stays in memory:
 * the same records, the same frames to the same recipients, the same state. Recipients answer, decline, answer late,
 * disconnect and connect in random order; the invariants below must hold throughout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/journal/response_record.h"
#include "alerting/response/response.h"
#include "world.h"

enum { SEEDS = 400, STEPS = 150 };

static const char *const people[] = {"F1", "F2", "T1", "T2", "T3", "desk-main"};
enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

struct dice {
        uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides) {
        dice->state ^= dice->state << 13;
        dice->state ^= dice->state >> 7;
        dice->state ^= dice->state << 17;
        return (uint32_t)(dice->state >> 33) % sides;
}

/* One of the two copies of the alert. */
struct life {
        struct world world;
        struct response *response;
        struct outcome outcome;
        const char *why;
};

static void life_init(struct life *life) {
        world_init(&life->world);
        assert_int_equal(response_new(&life->response), 0);
}

static void life_fini(struct life *life) {
        response_free(life->response);
        world_fini(&life->world);
}

static void kill_and_rebuild(struct life *life) {
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(response_record_encode(life->response, &json, &bytes), 0);
        life->response = response_free(life->response);
        assert_int_equal(response_record_decode(&life->response, json, bytes), 0);
        free(json);
}

/* --- one random step, applied to both copies --------------------------------------------------- */

enum deed {
        DEED_TICK,
        DEED_SENT,
        DEED_ANSWER,
        DEED_RECORD,
        DEED_AWAY,
        DEEDS,
};

struct step {
        enum deed deed;
        int64_t now_ms;
        enum answer_type answer;
        const char *who;
        bool wrong_nonce, older_attempt;
        struct alert alert;
        uint32_t away; /* one bit per recipient */
};

static struct alert random_record(struct dice *dice, const struct alert *first, unsigned n,
                                  int64_t now_ms) {
        struct alert alert = world_alert(roll(dice, 3) ? n : 1, now_ms);

        memcpy(alert.rule_id, first->rule_id, sizeof(alert.rule_id));
        alert.class = first->class;
        alert.latching = first->latching;
        alert.transition = (enum alert_transition)roll(dice, 4);
        alert.severity = (enum severity)(1 + roll(dice, 3));
        if (roll(dice, 2))
                strcpy(alert.ladder, "check-in");
        return alert;
}

static struct step random_step(struct dice *dice, const struct alert *first, unsigned n,
                               int64_t *now_ms) {
        static const int64_t waits_ms[] = {0, 100, 2000, 10000, 30000, 45000, 300001, 1200000};
        struct step step = {.now_ms = *now_ms += waits_ms[roll(dice, 8)]};
        uint32_t kind = roll(dice, 20);

        step.deed = kind < 7    ? DEED_TICK
                    : kind < 11 ? DEED_SENT
                    : kind < 17 ? DEED_ANSWER
                    : kind < 18 ? DEED_RECORD
                                : DEED_AWAY;
        step.answer = (enum answer_type)roll(dice, ANSWER_TYPES);
        step.who = people[roll(dice, PEOPLE)];
        step.wrong_nonce = roll(dice, 10) == 0;
        step.older_attempt = roll(dice, 10) == 0;
        step.alert = random_record(dice, first, n, step.now_ms);
        step.away = roll(dice, 1u << PEOPLE);
        return step;
}

static bool was_paged(const struct response *response, const char *who) {
        for (size_t i = 0; i < response->page_count; i++) {
                if (strcmp(response->pages[i].recipient, who) == 0)
                        return true;
        }
        return false;
}

static void do_sent(struct life *life, const struct step *step) {
        for (size_t i = 0; i < life->response->page_count; i++) {
                struct page *page = &life->response->pages[i];

                if (life->world.view.is_connected(&life->world, page->recipient))
                        response_sent(life->response, page->recipient, page->step, step->now_ms,
                                      &life->outcome);
        }
}

static void do_answer(struct life *life, const struct step *step) {
        struct answer said;

        if (!was_paged(life->response, step->who))
                return;
        said = world_answer(life->response, step->who, step->answer);
        if (step->wrong_nonce)
                said.nonce[0] = said.nonce[0] == 'f' ? '0' : 'f';
        if (step->older_attempt && said.attempt > 1)
                said.attempt--;
        life->why = response_answer(life->response, &life->world.view, &said, step->now_ms,
                                    &life->outcome);
}

static void do_record(struct life *life, const struct step *step) {
        if (life->response->state == RESPONSE_CLOSED)
                return;
        if (step->alert.transition != ALERT_RAISED)
                response_transition(life->response, &life->world.view, &step->alert, step->now_ms,
                                    &life->outcome);
        else if (strcmp(step->alert.alert_id, life->response->alert.alert_id) != 0)
                response_repeat(life->response, &life->world.view, &step->alert, step->now_ms,
                                &life->outcome);
}

static void do_step(struct life *life, const struct step *step) {
        size_t away = 0;

        outcome_clear(&life->outcome);
        life->why = NULL;
        switch (step->deed) {
        case DEED_TICK:
                response_tick(life->response, &life->world.view, step->now_ms, &life->outcome);
                break;
        case DEED_SENT:
                do_sent(life, step);
                break;
        case DEED_ANSWER:
                do_answer(life, step);
                break;
        case DEED_RECORD:
                do_record(life, step);
                break;
        default:
                for (size_t i = 0; i < PEOPLE; i++) {
                        if (step->away & 1u << i)
                                life->world.away[away++] = people[i];
                }
                life->world.away[away] = NULL;
        }
}

/* --- invariants -------------------------------------------------------------------------------- */

static void assert_same(const struct life *a, const struct life *b) {
        char *json_a = NULL, *json_b = NULL;
        size_t bytes_a = 0, bytes_b = 0;

        assert_int_equal(a->outcome.failed, 0);
        assert_int_equal(a->outcome.entry_count, b->outcome.entry_count);
        assert_int_equal(a->outcome.send_count, b->outcome.send_count);
        assert_memory_equal(a->outcome.entries, b->outcome.entries,
                            a->outcome.entry_count * sizeof(a->outcome.entries[0]));
        assert_memory_equal(a->outcome.sends, b->outcome.sends,
                            a->outcome.send_count * sizeof(a->outcome.sends[0]));
        assert_int_equal(a->why == NULL, b->why == NULL);
        assert_int_equal(response_next_ms(a->response), response_next_ms(b->response));
        assert_int_equal(response_record_encode(a->response, &json_a, &bytes_a), 0);
        assert_int_equal(response_record_encode(b->response, &json_b, &bytes_b), 0);
        assert_string_equal(json_a, json_b);
        free(json_a);
        free(json_b);
}

/* Every page that is sent was planned and recorded with exactly this attempt. */
static void assert_sends_are_pages(const struct life *life) {
        for (size_t i = 0; i < life->outcome.send_count; i++) {
                const struct outcome_send *send = &life->outcome.sends[i];
                const struct page *page;

                if (send->type != OUTCOME_SEND_PAGE)
                        continue;
                page = response_page(life->response, send->recipient, send->step);
                assert_non_null(page);
                assert_true(send->attempt <= page->attempt);
        }
}

static void assert_promises(const struct life *life, const struct step *step,
                            enum response_state before) {
        const struct response *response = life->response;

        assert_true(response_is_owned(response));
        /* Unacked: the next deadline is at most the longest step away. */
        if (response->state == RESPONSE_UNACKED) {
                assert_true(response_next_ms(response) != 0);
                assert_true(response_next_ms(response) <= step->now_ms + 120 * 1000);
        }
        if (response_is_held(response) && response->state != RESPONSE_ON_SCENE)
                assert_true(response->arrive_by_ms != 0);
        for (size_t i = 0; i < response->page_count; i++) {
                for (size_t j = i + 1; j < response->page_count; j++)
                        assert_false(response->pages[i].step == response->pages[j].step &&
                                     strcmp(response->pages[i].recipient,
                                            response->pages[j].recipient) == 0);
        }
        /* A refused answer changes nothing; a closed alert stays closed. */
        if (life->why)
                assert_false(life->outcome.changed || life->outcome.send_count ||
                             life->outcome.entry_count);
        if (before == RESPONSE_CLOSED) {
                assert_int_equal(response->state, RESPONSE_CLOSED);
                assert_int_equal(life->outcome.entry_count, 0);
        }
        /* Only people close a life-safety alert. */
        if (before != RESPONSE_CLOSED && response->state == RESPONSE_CLOSED &&
            response->alert.class == ALERT_LIFE_SAFETY)
                assert_int_equal(step->deed, DEED_ANSWER);
        assert_sends_are_pages(life);
}

static void run(uint64_t seed) {
        struct dice dice = {.state = seed * 0x9e3779b97f4a7c15u + 1};
        struct life lives = {0}, killed = {0};
        struct alert first = world_alert(1, WORLD_NOW_MS);
        int64_t now_ms = WORLD_NOW_MS;

        if (roll(&dice, 2)) {
                first.class = ALERT_VITAL;
                first.severity = SEVERITY_MAJOR;
        }
        first.latching = roll(&dice, 2) != 0;
        life_init(&lives);
        life_init(&killed);
        response_raise(lives.response, &lives.world.view, &first, now_ms, &lives.outcome);
        response_raise(killed.response, &killed.world.view, &first, now_ms, &killed.outcome);
        for (unsigned n = 0; n < STEPS; n++) {
                struct step step = random_step(&dice, &first, n + 2, &now_ms);
                enum response_state before = lives.response->state;

                kill_and_rebuild(&killed);
                /* Run due deadlines first, as the loop does, so that none is long overdue. */
                if (step.deed != DEED_TICK) {
                        struct step tick = {.deed = DEED_TICK, .now_ms = step.now_ms};

                        do_step(&lives, &tick);
                        do_step(&killed, &tick);
                        assert_same(&lives, &killed);
                        before = lives.response->state;
                }
                do_step(&lives, &step);
                do_step(&killed, &step);
                assert_same(&lives, &killed);
                assert_promises(&lives, &step, before);
        }
        life_fini(&lives);
        life_fini(&killed);
}

static void test_a_killed_response_goes_on_as_if_it_had_lived(void **state) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                /* With VIGIL_TEST_VERBOSE, the last line before a failure names the seed. */
                if (getenv("VIGIL_TEST_VERBOSE"))
                        fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
                run(seed);
        }
}

/* Nobody answers: the desk is paged again without end, and the stored form does not grow. */
static void test_silence_reaches_the_desk_and_stays_small(void **state) {
        struct life life = {0};
        struct alert first = world_alert(1, WORLD_NOW_MS);
        int64_t now_ms = WORLD_NOW_MS, desk_ms = 0;
        char *json = NULL;
        size_t bytes = 0, asked = 0;

        life_init(&life);
        response_raise(life.response, &life.world.view, &first, now_ms, &life.outcome);
        for (int i = 0; i < 5000; i++) {
                struct step step = {.deed = DEED_TICK};

                now_ms = response_next_ms(life.response);
                step.now_ms = now_ms;
                do_step(&life, &step);
                for (size_t j = 0; j < life.outcome.send_count; j++)
                        asked += strcmp(life.outcome.sends[j].recipient, "desk-main") == 0;
                if (asked && !desk_ms)
                        desk_ms = now_ms;
                do_sent(&life, &step);
        }
        assert_true(desk_ms - WORLD_NOW_MS <= 90 * 1000);
        assert_true(asked > 1000);
        assert_int_equal(response_record_encode(life.response, &json, &bytes), 0);
        assert_true(bytes < 16 * 1024);
        free(json);
        life_fini(&life);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_killed_response_goes_on_as_if_it_had_lived),
                cmocka_unit_test(test_silence_reaches_the_desk_and_stays_small),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
