/* SPDX-License-Identifier: MIT
 *
 * A fall with a confirmation period: 30 s without motion or steps, then a hold of up to 20 s. A fall with a confidence
 * of 95 % needs no confirmation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

static int setup(void **state) {
        struct town *town = malloc(sizeof(*town));

        town_init(town);
        *state = town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        free(*state);
        return 0;
}

static struct rule fall_rule(int64_t confirm_ms, int64_t hold_ms) {
        struct rule rule = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);
        struct condition_happening *fall = &rule.condition.happening;

        fall->confirm_ms = confirm_ms;
        fall->hold_ms = hold_ms;
        fall->sure_pct = 95;
        rule_kinds_add(&fall->confirm_kinds, KIND_MOTION);
        rule_kinds_add(&fall->confirm_kinds, KIND_STEPS);
        rule_kinds_add(&fall->cancel_kinds, KIND_BUTTON_CANCEL);
        return rule;
}

static void start(struct town *town, int64_t hold_ms) {
        struct rule rule = fall_rule(30 * SECOND, hold_ms);
        struct elder_profile profiles[] = {town_profile("E1", 2), town_profile("E2", 1)};

        town_add(town, &rule);
        town_start(town);
        town_put(town, &profiles[0]);
        town_put(town, &profiles[1]);
}

static void swap_to(struct town *town, int64_t confirm_ms, int64_t hold_ms) {
        struct rule rule = fall_rule(confirm_ms, hold_ms);

        town_add(town, &rule);
        town_swap(town);
}

/* A fall that needs confirmation. */
static struct event fall(struct town *town) {
        struct event event = town_event(town, "E1", KIND_FALL, 1);

        event.confidence_pct = 70;
        return event;
}

static void falls(struct town *town) {
        struct event event = fall(town);

        town_send(town, &event);
}

static void motion_from(struct town *town, const char *elder) {
        town_say(town, elder, KIND_MOTION, 1);
}

static void assert_dismissed(struct town *town, uint64_t n) {
        struct engine_stats stats;

        town_pass(town, HOUR);
        engine_read_stats(town->engine, &stats);
        assert_told(town, 0);
        assert_int_equal(stats.dismissed, n);
}

static void assert_raised_after(struct town *town, int64_t ms) {
        town_pass(town, ms - 1);
        assert_told(town, 0);
        town_pass(town, 100);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_without_a_sign_it_is_confirmed_by_the_clock_alone(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        assert_raised_after(town, 30 * SECOND);
        assert_int_equal(town_last(town)->confidence_pct, 70);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

static void test_the_time_to_cancel_comes_after_the_confirmation(void **state) {
        struct town *town = *state;

        int64_t fell_ms = town->now_ms;

        start(town, 20 * SECOND);
        falls(town);
        assert_raised_after(town, 50 * SECOND);
        assert_int_equal(town_last(town)->since_ms, fell_ms);
        assert_int_equal(town_last(town)->needed_ms, 50 * SECOND);
}

static void test_a_sign_of_life_dismisses_and_is_counted(void **state) {
        struct town *town = *state;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 29 * SECOND);
        motion_from(town, "E1");
        assert_dismissed(town, 1);
}

static void test_steps_without_a_step_are_no_sign(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        town_pass(town, 10 * SECOND);
        town_say(town, "E1", KIND_STEPS, 0);
        assert_raised_after(town, 20 * SECOND);
}

static void test_the_fall_itself_is_no_sign_of_life(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        town_pass(town, 2 * SECOND - 1);
        motion_from(town, "E1");
        assert_raised_after(town, 28 * SECOND + 1);
}

static void test_two_seconds_later_it_is_one(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        town_pass(town, 2 * SECOND);
        motion_from(town, "E1");
        assert_dismissed(town, 1);
}

static void test_signs_of_others_and_of_strangers_dismiss_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        start(town, 0);
        falls(town);
        town_pass(town, 10 * SECOND);
        motion_from(town, "E2");
        event = town_event(town, "E1", KIND_MOTION, 1);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_raised_after(town, 20 * SECOND);
}

static void test_motion_after_the_confirmation_does_not_take_it_back(void **state) {
        struct town *town = *state;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 30 * SECOND);
        motion_from(town, "E1"); /* after the confirmation period, perhaps of a helper */
        assert_raised_after(town, 20 * SECOND);
}

static void test_a_sign_that_was_late_on_its_way_counts_until_the_alert(void **state) {
        struct town *town = *state;
        struct event sign;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 20 * SECOND);
        sign = town_event(town, "E1", KIND_MOTION, 1);
        town_pass(town, 20 * SECOND);
        sign.received_time_ms = town->now_ms;
        town_send(town, &sign);
        assert_dismissed(town, 1);
}

static void test_after_the_alert_only_a_person_closes_it(void **state) {
        struct town *town = *state;
        struct event sign;

        start(town, 0);
        falls(town);
        town_pass(town, 29 * SECOND);
        sign = town_event(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * SECOND);
        sign.received_time_ms = town->now_ms;
        town_send(town, &sign);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_a_device_that_is_sure_needs_no_confirmation(void **state) {
        struct town *town = *state;
        struct event event;

        start(town, 20 * SECOND);
        event = fall(town);
        event.confidence_pct = 95;
        town_send(town, &event);
        town_pass(town, 10 * SECOND);
        motion_from(town, "E1");
        assert_raised_after(town, 10 * SECOND);
        assert_int_equal(town_last(town)->needed_ms, 20 * SECOND);
}

static void test_the_elder_can_cancel_before_and_after_the_confirmation(void **state) {
        struct town *town = *state;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 5 * SECOND);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
        falls(town);
        town_pass(town, 49 * SECOND);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
        town_pass(town, HOUR);
        assert_told(town, 2);
}

static void test_a_second_fall_while_one_waits_raises_the_first(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        town_pass(town, 10 * SECOND);
        falls(town);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        town_pass(town, 31 * SECOND);
        assert_told(town, 2);
}

static void test_a_fall_after_a_dismissed_one_is_judged_anew(void **state) {
        struct town *town = *state;

        start(town, 0);
        falls(town);
        town_pass(town, 10 * SECOND);
        motion_from(town, "E1");
        town_pass(town, SECOND);
        falls(town);
        assert_raised_after(town, 30 * SECOND);
}

static void test_a_fall_told_late_has_only_the_rest_of_its_time(void **state) {
        struct town *town = *state;
        struct event event;

        start(town, 20 * SECOND);
        event = fall(town);
        event.device_time_ms -= 35 * SECOND; /* its confirmation period is over */
        town_send(town, &event);
        town_pass(town, SECOND);
        motion_from(town, "E1");
        assert_raised_after(town, 14 * SECOND);

        event = fall(town);
        event.device_time_ms -= 5 * MINUTE;
        town_send(town, &event);
        town_pass(town, 100); /* raised at the next tick: the next event may dismiss or cancel it */
        assert_told(town, 2);
        assert_in_range(town_last(town)->late_ms, 5 * MINUTE, 5 * MINUTE + 100);
}

static void test_it_waits_on_over_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profiles[] = {town_profile("E1", 2), town_profile("E2", 1)};

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 10 * SECOND);
        town_restart(town, profiles, 2, 5 * SECOND);
        town_pass(town, 20 * SECOND); /* confirmed now */
        town_restart(town, profiles, 2, 5 * SECOND);
        motion_from(town, "E1");
        assert_raised_after(town, 10 * SECOND);
}

static void test_a_sign_after_a_restart_dismisses(void **state) {
        struct town *town = *state;
        struct elder_profile profiles[] = {town_profile("E1", 2), town_profile("E2", 1)};

        start(town, 0);
        falls(town);
        town_restart(town, profiles, 2, 20 * SECOND);
        motion_from(town, "E1");
        assert_dismissed(town, 1);
}

static void test_what_passed_while_nobody_watched_raises_at_once(void **state) {
        struct town *town = *state;
        struct elder_profile profiles[] = {town_profile("E1", 2), town_profile("E2", 1)};

        start(town, 20 * SECOND);
        falls(town);
        town_restart(town, profiles, 2, 10 * MINUTE);
        town_pass(town, 200);
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 10 * MINUTE, 10 * MINUTE + 200);
}

static void test_a_new_length_counts_from_the_fall(void **state) {
        struct town *town = *state;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 10 * SECOND);
        swap_to(town, 40 * SECOND, 20 * SECOND);
        town_pass(town, 25 * SECOND);
        motion_from(town, "E1"); /* at 35 s: too late under the former rule set */
        assert_dismissed(town, 1);
}

static void test_a_confirmation_taken_away_leaves_the_time_to_cancel(void **state) {
        struct town *town = *state;

        start(town, 20 * SECOND);
        falls(town);
        town_pass(town, 10 * SECOND);
        swap_to(town, 0, 20 * SECOND);
        assert_raised_after(town, 10 * SECOND);
}

static void test_a_confirmation_that_is_new_asks_nothing_of_what_waits_already(void **state) {
        struct town *town = *state;
        struct event event;

        start(town, 20 * SECOND);
        event = fall(town);
        event.confidence_pct = 99;
        town_send(town, &event);
        swap_to(town, MINUTE, 20 * SECOND);
        motion_from(town, "E1");
        assert_raised_after(town, 20 * SECOND);
}

static void test_what_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        uint32_t index;
        struct rule rule = fall_rule(30 * SECOND, 0);

        rule.condition.happening.kind = KIND_SOS;
        assert_true(rule_set_builder_add_rule(town->builder, &rule, &index) < 0);
        rule = fall_rule(2 * SECOND, 0);
        assert_true(rule_set_builder_add_rule(town->builder, &rule, &index) < 0);
        rule = fall_rule(30 * SECOND, 0);
        rule_kinds_add(&rule.condition.happening.confirm_kinds, KIND_FALL);
        assert_true(rule_set_builder_add_rule(town->builder, &rule, &index) < 0);
        rule = fall_rule(2 * SECOND + 1, 0);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), 0);
        town_start(town);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_without_a_sign_it_is_confirmed_by_the_clock_alone),
                t(test_the_time_to_cancel_comes_after_the_confirmation),
                t(test_a_sign_of_life_dismisses_and_is_counted),
                t(test_steps_without_a_step_are_no_sign),
                t(test_the_fall_itself_is_no_sign_of_life),
                t(test_two_seconds_later_it_is_one),
                t(test_signs_of_others_and_of_strangers_dismiss_nothing),
                t(test_motion_after_the_confirmation_does_not_take_it_back),
                t(test_a_sign_that_was_late_on_its_way_counts_until_the_alert),
                t(test_after_the_alert_only_a_person_closes_it),
                t(test_a_device_that_is_sure_needs_no_confirmation),
                t(test_the_elder_can_cancel_before_and_after_the_confirmation),
                t(test_a_second_fall_while_one_waits_raises_the_first),
                t(test_a_fall_after_a_dismissed_one_is_judged_anew),
                t(test_a_fall_told_late_has_only_the_rest_of_its_time),
                t(test_it_waits_on_over_a_restart),
                t(test_a_sign_after_a_restart_dismisses),
                t(test_what_passed_while_nobody_watched_raises_at_once),
                t(test_a_new_length_counts_from_the_fall),
                t(test_a_confirmation_taken_away_leaves_the_time_to_cancel),
                t(test_a_confirmation_that_is_new_asks_nothing_of_what_waits_already),
                t(test_what_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
