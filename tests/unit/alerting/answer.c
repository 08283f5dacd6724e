/* SPDX-License-Identifier: MIT
 *
 * Answers of recipients and their effects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "life.h"

/* --- answers ----------------------------------------------------------------------------------- */

static void test_accept_stops_the_ladder_and_stands_the_others_down(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "F1"), 1);
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "F2"), 1);
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "T1"), 0);
        assert_int_equal(response_next_ms(f->response), f->now_ms + 20 * 60 * 1000);
        pass(f, 19 * 60 * 1000);
        assert_int_equal(f->outcome.send_count, 0);
}

/* A team accepts before F1 has connected and before the receipt of F2 has come. */
static void test_family_hears_of_an_alert_that_a_team_has_accepted_first(void **state) {
        struct fixture *f = *state;
        struct outcome told;

        AWAY(f, "F1");
        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(entries(f, OUTCOME_STAND_DOWN), 0);
        assert_true(page_is_shown(f->response, response_page(f->response, "F1", 0)));
        pass(f, 15 * 1000);
        assert_int_equal(sends(f, OUTCOME_SEND_PAGE, "F1"), 0);
        assert_int_equal(sends(f, OUTCOME_SEND_PAGE, "F2"), 1);

        outcome_clear(&told);
        response_sent(f->response, "F1", 0, f->now_ms, &told);
        assert_int_equal(told.send_count, 0);
        receive(f, "F1");
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "F1"), 1);
        receive(f, "F2");
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "F2"), 1);
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        pass(f, 15 * 1000);
        assert_nobody_paged(f);
}

static void test_one_answer_is_taken_once_however_often_it_is_said(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
}

static void test_the_second_to_accept_is_told_who_holds_it(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(answer(f, "F1", ANSWER_ACCEPT), "held");
        assert_string_equal(f->response->holder, "T1");
}

/* T1 connects after T2 was paged instead: the team that accepts first holds the alert. */
static void test_a_second_team_does_not_take_it_from_the_first(void **state) {
        struct fixture *f = *state;

        AWAY(f, "T1");
        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        pass(f, RECEIPT_UNREACHED_AFTER_MS);
        PAGED(f, "T2");
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(answer(f, "T2", ANSWER_ACCEPT), "held");
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->outcome.entry_count, 0);
}

static void test_family_accept_shows_the_desk_and_a_team_may_take_over(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_ACKED);
        PAGED(f, "desk-main");
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "F1"),
                         1); /* F1 is on the way already: update, not stand-down */
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "desk-main"), 1);
}

static void test_missed_arrival_goes_on_with_the_next_step(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        pass(f, 20 * 60 * 1000);
        assert_int_equal(entries(f, OUTCOME_MISSED_ARRIVAL), 1);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        PAGED(f, "T2");
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "T1"), 1);
        /* T1 arrives late: the ladder stops. */
        assert_null(answer(f, "T1", ANSWER_ARRIVE));
        assert_int_equal(f->response->state, RESPONSE_ON_SCENE);
        assert_int_equal(response_next_ms(f->response) != 0, 1); /* T2 has not confirmed receipt */
        assert_true(response_is_owned(f->response));
}

static void test_a_holder_who_cannot_come_after_all_is_replaced_at_once(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_DECLINE));
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        PAGED(f, "T2");
        /* T1 may accept again. */
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
}

static void test_arrive_and_close_end_it(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        assert_string_equal(answer(f, "T1", ANSWER_ARRIVE), "not_accepted");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_ARRIVE));
        assert_int_equal(f->response->state, RESPONSE_ON_SCENE);
        assert_int_equal(response_next_ms(f->response), 0);
        assert_true(response_is_owned(f->response));
        assert_null(answer(f, "T1", ANSWER_CLOSE));
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
        assert_string_equal(f->response->reason, "real");
        assert_null(answer(f, "T1", ANSWER_CLOSE)); /* a repeat is confirmed again */
        assert_string_equal(answer(f, "T1", ANSWER_DECLINE), "closed");
        assert_int_equal(response_next_ms(f->response), f->now_ms + RESPONSE_CLOSED_KEPT_MS);
}

static void test_only_desk_and_accepted_team_may_close_and_must_say_why(void **state) {
        struct fixture *f = *state;
        struct answer said;

        life_raise(f, 1);
        deliver(f);
        assert_string_equal(answer(f, "F1", ANSWER_CLOSE), "role");
        assert_string_equal(answer(f, "T1", ANSWER_CLOSE), "not_accepted");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        said = world_answer(f->response, "T1", ANSWER_CLOSE);
        said.reason[0] = '\0';
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "no_reason");
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
}

static void test_a_forged_answer_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct answer said;

        life_raise(f, 1);
        deliver(f);
        outcome_clear(&f->outcome);

        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        strcpy(said.recipient, "F1"); /* F1 answers the page of T1 */
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "recipient");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.nonce[3] ^= 1;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "nonce");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.attempt++;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "unknown_page");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.step = 7;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "unknown_page");
        said = world_answer(f->response, "F1", ANSWER_CLOSE);
        said.role = ROLE_DESK; /* the role of the key was changed after the page */
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "role");
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_accept_stops_the_ladder_and_stands_the_others_down),
                TEST(test_family_hears_of_an_alert_that_a_team_has_accepted_first),
                TEST(test_one_answer_is_taken_once_however_often_it_is_said),
                TEST(test_the_second_to_accept_is_told_who_holds_it),
                TEST(test_a_second_team_does_not_take_it_from_the_first),
                TEST(test_family_accept_shows_the_desk_and_a_team_may_take_over),
                TEST(test_missed_arrival_goes_on_with_the_next_step),
                TEST(test_a_holder_who_cannot_come_after_all_is_replaced_at_once),
                TEST(test_arrive_and_close_end_it),
                TEST(test_only_desk_and_accepted_team_may_close_and_must_say_why),
                TEST(test_a_forged_answer_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
