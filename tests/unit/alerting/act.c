/* SPDX-License-Identifier: MIT
 *
 * alerting/act between the stand-ins of fake.h: nothing is sent before the decision is in Kafka
 * (docs/adr/0007-written-down-then-told.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/act/due.h"
#include "alerting/act/hear.h"
#include "alerting/intake/take.h"
#include "fake.h"

/* --- stored first, then sent ------------------------------------------------------------------- */

static void test_nobody_is_told_before_it_is_written(void **state) {
        (void)press(1);
        assert_int_equal(fake.frame_count, 0);
        assert_int_equal(fake.done, 0);
        written();
        assert_int_equal(told("F1", "page"), 1);
        assert_int_equal(told("F2", "page"), 1);
        assert_int_equal(told("T1", "page"), 1);
        assert_int_equal(fake.done, 1);
}

static void test_nobody_is_thanked_before_it_is_written(void **state) {
        struct response *response = press(1);

        all_written();
        say(response, "F1", ANSWER_RECEIVED);
        all_written();
        fake.frame_count = 0;
        say(response, "T1", ANSWER_ACCEPT);
        assert_int_equal(fake.frame_count, 0);
        written();
        assert_int_equal(told("T1", "stored"), 1);
        assert_int_equal(told("F1", "stand_down"), 1);
}

/* Kafka is down for longer than the first step: nobody was paged, so the step does not count as unanswered. */
static void test_the_ladder_waits_for_what_is_not_written(void **state) {
        struct response *response = press(1);

        pass(60 * 1000);
        assert_int_equal(response->step, 0);
        assert_int_equal(fake.waiting_count, 1);
        all_written();
        assert_int_equal(told("T1", "page"), 1);
        /* An outage of Kafka is measured by the monotonic clock, which this test does not advance: the step ends at
         * once. */
        pass(1000);
        assert_int_equal(response->step, 1);
}

/* A resend is planned and stored like a first attempt. */
static void test_a_resend_leaves_when_its_attempt_is_written(void **state) {
        struct response *response = press(1);

        all_written();
        fake.frame_count = 0;
        for (size_t i = 0; i < response->page_count; i++)
                response->pages[i].retry_ms = fake.now_ms + RECEIPT_WITHIN_MS;
        book_settle(fake.world.book, response);
        pass(RECEIPT_WITHIN_MS);
        assert_int_equal(response->pages[0].attempt, 2);
        assert_int_equal(fake.frame_count, 0);
        hear_joined(&fake.alerting, "F1", ROLE_FAMILY);
        assert_int_equal(told("F1", "page"), 0);
        written();
        assert_int_equal(told("F1", "page"), 1);
}

/* A pager that connects costs work for its own alerts only, however many the book holds. */
static void test_who_connects_is_shown_their_own_and_costs_no_more(void **state) {
        struct response *response = press(1);

        all_written();
        fake.frame_count = fake.looks = 0;
        hear_joined(&fake.alerting, "desk-main", ROLE_DESK);
        assert_int_equal(fake.looks, 0);
        hear_joined(&fake.alerting, "F1", ROLE_FAMILY);
        assert_int_equal(fake.looks, 1);
        assert_int_equal(told("F1", "page"), 1);
        assert_int_equal(fake.frame_count, 1);
        say(response, "T1", ANSWER_ACCEPT);
        say(response, "T1", ANSWER_CLOSE);
        all_written();
        fake.frame_count = fake.looks = 0;
        hear_joined(&fake.alerting, "F1", ROLE_FAMILY);
        assert_int_equal(fake.looks, 0);
}

/* Four presses within a second: the teams share them. */
static void test_open_questions_count_as_load(void **state) {
        press(1);
        press(2);
        press(3);
        press(4);
        all_written();
        assert_int_equal(told("T1", "page"), 2);
        assert_int_equal(told("T2", "page"), 1);
        assert_int_equal(told("T3", "page"), 1);
}

static void test_what_a_team_cannot_come_to_goes_to_a_free_one_at_once(void **state) {
        struct response *first, *second;

        fake.world.without_key[0] = "T2";
        fake.world.without_key[1] = "T3";
        first = press(1);
        second = press(2);
        all_written();
        assert_int_equal(told("T1", "page"), 2);
        fake.world.without_key[0] = "T3"; /* T2 is on duty now */
        fake.world.without_key[1] = NULL;
        say(first, "T1", ANSWER_ACCEPT);
        all_written();
        assert_int_equal(told("T2", "page"), 1);
        assert_true(response_asks(second, "T2"));
        /* T1 is not stood down: it still sees the second alert and may accept it. */
        assert_int_equal(told("T1", "stand_down"), 0);
        assert_true(page_is_shown(second, response_page(second, "T1", 0)));
}

static void test_without_a_free_team_a_busy_one_stays_asked(void **state) {
        struct response *first, *second;

        fake.world.without_key[0] = "T2";
        fake.world.without_key[1] = "T3";
        first = press(1);
        second = press(2);
        all_written();
        say(first, "T1", ANSWER_ACCEPT);
        all_written();
        assert_true(response_asks(second, "T1"));
}

/* A day after closing, only the id of the alert and that of its repeat are kept. */
static void test_an_alert_closed_a_day_ago_leaves_its_ids(void **state) {
        struct response *response = press(1);
        struct alert again = world_alert(2, fake.now_ms);

        memcpy(again.rule_id, response->alert.rule_id, sizeof(again.rule_id));
        outcome_clear(fake.alerting.outcome);
        assert_int_equal(take_once(fake.world.book, &fake.alerting.view, &again, 0, fake.offset++,
                                   fake.now_ms, fake.alerting.outcome, &response),
                         0);
        assert_int_equal(book_count(fake.world.book), 1);
        all_written();
        say(response, "T1", ANSWER_ACCEPT);
        say(response, "T1", ANSWER_CLOSE);
        all_written();
        response->closed_ms =
                fake.now_ms; /* by the clock of the test, whichever clock the answer used */
        book_settle(fake.world.book, response);
        pass(RESPONSE_CLOSED_KEPT_MS);
        assert_int_equal(fake.waiting_count, 1);
        assert_int_equal(fake.waiting[0]->records, 2);
        assert_int_equal(book_count(fake.world.book), 0);
        assert_int_equal(told_count(book_told(fake.world.book)), 2);

        all_written();
        assert_int_equal(due_expire(&fake.alerting, fake.now_ms + TOLD_KEPT_MS), 0);
        assert_int_equal(fake.waiting_count, 2);
        assert_int_equal(told_count(book_told(fake.world.book)), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_nobody_is_told_before_it_is_written),
                TEST(test_an_alert_closed_a_day_ago_leaves_its_ids),
                TEST(test_nobody_is_thanked_before_it_is_written),
                TEST(test_the_ladder_waits_for_what_is_not_written),
                TEST(test_a_resend_leaves_when_its_attempt_is_written),
                TEST(test_open_questions_count_as_load),
                TEST(test_what_a_team_cannot_come_to_goes_to_a_free_one_at_once),
                TEST(test_without_a_free_team_a_busy_one_stays_asked),
                TEST(test_who_connects_is_shown_their_own_and_costs_no_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
