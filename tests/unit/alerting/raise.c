/* SPDX-License-Identifier: MIT
 *
 * Alerts that repeat, change severity, clear or are cancelled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/channel/message.h"
#include "alerting/intake/take.h"
#include "life.h"

/* --- repeats, ends ----------------------------------------------------------------------------- */

static void test_the_same_record_twice_is_one_alert(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        assert_int_equal(book_count(f->world.book), 1);
}

/* When a partition is assigned again, Kafka delivers known records again. Only new ones have an effect. */
static void test_a_transition_read_twice_is_taken_once(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);
        int64_t offset;

        assert_int_equal(take(f, &alert), 0);
        alert.transition = ALERT_SEVERITY_CHANGED;
        alert.severity = SEVERITY_MINOR;
        offset = f->offset;
        assert_int_equal(take(f, &alert), 0);
        alert.severity = SEVERITY_CRITICAL;
        assert_int_equal(take(f, &alert), 0);
        alert.severity = SEVERITY_MINOR;
        f->offset = offset;
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->alert.severity, SEVERITY_CRITICAL);
}

static void test_a_second_press_is_counted_and_told_but_not_paged_at_once(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        f->now_ms += 10 * 1000;
        life_raise(f, 2);
        assert_int_equal(book_count(f->world.book), 1);
        assert_int_equal(f->response->repeats, 1);
        assert_nobody_paged(f);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "F1"), 1);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "T1"), 1);
        assert_int_equal(entries(f, OUTCOME_REPEATED), 1);
        /* The record of the repeat is known as well. */
        struct alert again = world_alert(2, f->now_ms);

        assert_int_equal(take(f, &again), TAKE_KNOWN);
}

static void test_a_press_during_an_open_drill_is_an_alert_of_its_own(void **state) {
        struct fixture *f = *state;
        struct alert drill = world_alert(1, f->now_ms);

        drill.drill = true;
        assert_int_equal(take(f, &drill), 0);
        deliver(f);
        life_raise(f, 2);
        assert_int_equal(book_count(f->world.book), 2);
        assert_false(f->response->alert.drill);
        assert_int_equal(f->response->repeats, 0);
        assert_int_equal(sends(f, OUTCOME_SEND_PAGE, "F1"), 1);
}

static void test_a_press_long_after_the_accept_pages_again(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        f->now_ms += PAGE_AGAIN_AFTER_MS;
        life_raise(f, 2);
        assert_nobody_paged(f);
        f->now_ms += 1;
        life_raise(f, 3);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(f->outcome.sends[f->outcome.send_count - 1].step, 1);
}

static void test_a_press_while_only_family_has_it_pages_again(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        life_raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static struct alert vital(struct fixture *f, unsigned n, enum severity severity) {
        struct alert alert = world_alert(n, f->now_ms);

        strcpy(alert.rule_id, "heart-rate-high");
        alert.class = ALERT_VITAL;
        alert.latching = false;
        alert.severity = severity;
        alert_id_make(alert.rule_id, alert.elder_id, n, alert.alert_id);
        return alert;
}

/* Measured an hour before it was received. */
static struct alert buffered(struct alert alert) {
        alert.event_time_ms = alert.received_time_ms - 60 * 60 * 1000;
        alert.late_ms = 60 * 60 * 1000;
        return alert;
}

static void test_what_is_long_past_is_told_to_the_desk_alone(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(vital(f, 1, SEVERITY_CRITICAL));

        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
}

static void test_an_sos_from_a_buffer_still_calls_everybody(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(world_alert(1, f->now_ms));

        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
}

static void test_when_it_was_we_who_were_late_everybody_is_called(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_CRITICAL);

        alert.event_time_ms -= 60 * 60 * 1000;
        alert.received_time_ms = alert.event_time_ms + 300;
        alert.late_ms = 60 * 60 * 1000;
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_live_one_after_one_long_past_calls_everybody(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(vital(f, 1, SEVERITY_CRITICAL));

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        assert_null(answer(f, "desk-main", ANSWER_ACCEPT));
        alert = vital(f, 2, SEVERITY_CRITICAL);
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->alert.late_ms, 0);
}

static void test_cleared_ends_a_minor_alert_but_not_a_critical_one(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_MAJOR);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CLEARED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
        assert_int_equal(sends(f, OUTCOME_SEND_STAND_DOWN, "T1"), 1);

        alert = vital(f, 2, SEVERITY_CRITICAL);
        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CLEARED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_false(f->response->active);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "T1"), 1);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        pass(f, 45 * 1000);
        PAGED(f, "T2");
}

/* A cancel from a device never closes a life-safety alert and never stops its ladder. */
static void test_a_button_that_cancels_quiets_nobody_and_the_desk_is_told(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(entries(f, OUTCOME_CANCELLED), 1);
        assert_int_equal(entries(f, OUTCOME_STAND_DOWN), 0);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "F1"), 1);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "T1"), 1);
        PAGED(f, "desk-main");
        deliver(f);
        receive(f, "desk-main");
        /* The ladder continues, and an accept takes effect. */
        pass(f, 45 * 1000);
        PAGED(f, "T2");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        /* An alert after the cancelled one pages everybody again. */
        life_raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_card_shown_after_the_cancel_says_so(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(message_encode_page(f->response, &f->response->pages[3], f->world.registry,
                                             1, &json, &bytes),
                         0);
        assert_non_null(strstr(json, "\"recipient\":\"desk-main\""));
        assert_non_null(strstr(json, "\"cancelled\":true"));
        free(json);
}

static void test_who_holds_it_is_told_of_the_cancel_and_nobody_else_is_paged(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        assert_int_equal(sends(f, OUTCOME_SEND_UPDATE, "T1"), 1);
        assert_nobody_paged(f);
}

static void test_worse_with_another_ladder_pages_at_once(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_MINOR);

        strcpy(alert.ladder, "check-in");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1");
        deliver(f);
        alert.transition = ALERT_SEVERITY_CHANGED;
        alert.severity = SEVERITY_CRITICAL;
        strcpy(alert.ladder, "sos-now");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->alert.severity, SEVERITY_CRITICAL);
}

static void test_shadow_pages_nobody_and_is_remembered(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        alert.shadow = true;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(entries(f, OUTCOME_SUPPRESSED), 1);
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        /* It does not suppress a later alert. */
        life_raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static void test_without_a_ladder_it_is_shown_only_and_leaves_after_a_day(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_INFO);

        alert.ladder[0] = '\0';
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_true(response_is_owned(f->response));
        pass(f, RESPONSE_FEED_ONLY_FOR_MS);
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
}

static void test_what_waited_for_us_is_marked_late(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms - 15 * 60 * 1000);

        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->alert.late_ms, 15 * 60 * 1000);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_plan_stored_late_leaves_people_their_time(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        f->now_ms += 60 * 1000; /* Kafka was down */
        response_stored(f->response, &f->world.view, f->now_ms);
        deliver(f);
        pass(f, 2000);
        assert_int_equal(entries(f, OUTCOME_NO_ANSWER), 0);
        assert_int_equal(f->response->step_by_ms, f->now_ms + 43 * 1000);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_a_transition_read_twice_is_taken_once),
                TEST(test_the_same_record_twice_is_one_alert),
                TEST(test_a_second_press_is_counted_and_told_but_not_paged_at_once),
                TEST(test_a_press_during_an_open_drill_is_an_alert_of_its_own),
                TEST(test_a_press_long_after_the_accept_pages_again),
                TEST(test_a_press_while_only_family_has_it_pages_again),
                TEST(test_what_is_long_past_is_told_to_the_desk_alone),
                TEST(test_an_sos_from_a_buffer_still_calls_everybody),
                TEST(test_when_it_was_we_who_were_late_everybody_is_called),
                TEST(test_a_live_one_after_one_long_past_calls_everybody),
                TEST(test_cleared_ends_a_minor_alert_but_not_a_critical_one),
                TEST(test_a_button_that_cancels_quiets_nobody_and_the_desk_is_told),
                TEST(test_a_card_shown_after_the_cancel_says_so),
                TEST(test_who_holds_it_is_told_of_the_cancel_and_nobody_else_is_paged),
                TEST(test_worse_with_another_ladder_pages_at_once),
                TEST(test_shadow_pages_nobody_and_is_remembered),
                TEST(test_without_a_ladder_it_is_shown_only_and_leaves_after_a_day),
                TEST(test_what_waited_for_us_is_marked_late),
                TEST(test_a_plan_stored_late_leaves_people_their_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
