/* SPDX-License-Identifier: MIT
 *
 * What vitals and other conditions share, from the first sample over the limit to the clear: k of n, severities,
 * evidence, slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "tests/unit/rules/town.h"

static int setup(void **state) {
        static struct town town;

        town_init(&town);
        *state = &town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        return 0;
}

#define t(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define say(town, every_ms, ...) town_say_each(town, "E1", KIND_HEART_RATE, every_ms, __VA_ARGS__)

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
}

/* --- k of n --------------------------------------------------------------------------------------- */

static struct rule three_of_five(int64_t for_ms) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, for_ms, 3);

        rule.condition.vital.out_of = 5;
        rule.condition.vital.clear_below = 110;
        return rule;
}

static void test_three_of_five_raise_whatever_lies_between(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        start_with(town, &rule);
        say(town, SECOND, 130, 90, 131, 90);
        assert_told(town, 0);
        town_say(town, "E1", KIND_HEART_RATE, 132);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->needed_samples, 3);
        assert_int_equal(town_last(town)->samples, 3);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

static void test_three_of_six_are_too_few(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        start_with(town, &rule);
        say(town, SECOND, 130, 90, 131, 90, 90, 132, 90, 90, 130, 90, 90, 130);
        assert_told(town, 0);
}

static void test_k_of_n_is_over_when_none_of_the_last_n_is_over_the_limit(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        start_with(town, &rule);
        say(town, SECOND, 130, 131, 132, 100, 100, 100, 100);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 110); /* at the clear limit, not below it */
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 109);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_what_k_of_n_began_is_forgotten_after_n_calm_samples(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        start_with(town, &rule);
        say(town, SECOND, 130, 131, 90, 90, 90, 90, 90, 132, 90, 133, 134);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:8");
}

static void test_a_duration_of_k_of_n_counts_from_when_enough_had_come(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(60 * SECOND);

        start_with(town, &rule);
        /* Samples at seconds 0 to 80; from second 40 on, three of five are over the limit. */
        say(town, 20 * SECOND, 130, 130, 130, 90, 130);
        assert_told(town, 0);
        town_pass(town, 20 * SECOND - 1);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 0);
        town_pass(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->since_ms, NOON + 40 * SECOND);
        assert_int_equal(town_last(town)->duration_ms, 60 * SECOND);
}

static void test_a_duration_of_k_of_n_breaks_when_they_become_too_few(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(60 * SECOND);

        start_with(town, &rule);
        say(town, 20 * SECOND, 130, 130, 130, 90, 90, 90, 130, 130, 130, 130);
        assert_told(town, 0); /* three of five are over the limit again only since 160 s */
        town_pass(town, 20 * SECOND);
        say(town, 20 * SECOND, 130, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->since_ms, NOON + 160 * SECOND);
}

static void test_an_unauthenticated_calm_sample_is_none_of_the_n(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        start_with(town, &rule);
        say(town, SECOND, 130, 131, 132);
        for (int i = 0; i < 6; i++) {
                struct event event = town_event(town, "E1", KIND_HEART_RATE, 80);

                event.flags = EVENT_UNAUTHENTICATED;
                town_send(town, &event);
        }
        town_say(town, "E1", KIND_HEART_RATE, 80);
        assert_told(town, 1);
}

static void test_k_of_n_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, SECOND, 130, 90, 131);
        town_restart(town, &profile, 1, MINUTE);
        say(town, SECOND, 90, 132);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

/* --- severity ------------------------------------------------------------------------------------- */

static struct rule with_steps(int64_t for_ms) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 110, for_ms, 1);

        rule.severity = SEVERITY_MINOR;
        rule.condition.vital.clear_below = 100;
        rule.condition.vital.severities = (struct condition_severities){
                .step = {{130, SEVERITY_MAJOR, 0}, {150, SEVERITY_CRITICAL, 0}}, .count = 2};
        return rule;
}

static void test_severity_goes_up_at_once_and_by_the_last_step_reached(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(0);

        start_with(town, &rule);
        town_say(town, "E1", KIND_HEART_RATE, 129.9);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->severity, SEVERITY_MINOR);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_SEVERITY_CHANGED);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
        assert_true(town->told[0].key == town->told[1].key);
        say(town, SECOND, 149, 135);
        assert_told(town, 2);
        town_say(town, "E1", KIND_HEART_RATE, 150);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
        assert_true(town_last(town)->value == 150);
}

static void test_it_is_raised_with_the_severity_of_the_sample_that_completes_it(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(60 * SECOND);

        start_with(town, &rule);
        say(town, 30 * SECOND, 120, 160, 135);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
}

static void test_severity_goes_down_when_for_has_passed_below_it(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(60 * SECOND);

        start_with(town, &rule);
        say(town, 30 * SECOND, 155, 155, 155);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
        town_pass(town, 59 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 140);
        assert_told(town, 1);
        town_pass(town, SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 140);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_SEVERITY_CHANGED);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);

        /* Below every step, the severity of the rule applies, also between limit and clear limit. */
        town_pass(town, 60 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 105);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->severity, SEVERITY_MINOR);
        town_say(town, "E1", KIND_HEART_RATE, 99);
        assert_told(town, 4);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_int_equal(town_last(town)->severity, SEVERITY_MINOR);
}

static void test_an_unauthenticated_sample_makes_nothing_less_severe(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(0);
        struct event event;

        start_with(town, &rule);
        town_say(town, "E1", KIND_HEART_RATE, 155);
        event = town_event(town, "E1", KIND_HEART_RATE, 115);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        event = town_event(town, "E1", KIND_HEART_RATE, 115);
        town_send(town, &event);
        assert_told(town, 2);
        event = town_event(town, "E1", KIND_HEART_RATE, 155);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
}

static void test_steps_go_down_as_well(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("spo2", KIND_SPO2, 0, 0, 1);

        rule.severity = SEVERITY_MAJOR;
        rule.condition.vital.above = INFINITY;
        rule.condition.vital.below = 92;
        rule.condition.vital.severities =
                (struct condition_severities){.step = {{88, SEVERITY_CRITICAL, 1}}, .count = 1};
        start_with(town, &rule);
        town_say_each(town, "E1", KIND_SPO2, SECOND, 91, 88.1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
        town_say(town, "E1", KIND_SPO2, 88);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
}

static void test_steps_that_change_while_it_is_raised_are_told_by_the_next_sample(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(0);

        start_with(town, &rule);
        say(town, SECOND, 120);
        assert_int_equal(town_last(town)->severity, SEVERITY_MINOR);
        rule.condition.vital.severities.step[0].at = 115;
        town_add(town, &rule);
        town_swap(town);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 120);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_severity_told_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(0);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, SECOND, 120, 140);
        assert_told(town, 2);
        town_restart(town, &profile, 1, MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 140);
        assert_told(town, 2);
        town_say(town, "E1", KIND_HEART_RATE, 99);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
}

static void test_what_an_inhibitor_held_back_is_raised_with_its_severity(void **state) {
        struct town *town = *state;
        struct rule rule = with_steps(0);
        struct rule other = rule_above("spo2", KIND_SPO2, 99, 0, 1);
        struct elder_profile profile = town_profile("E1", 2);

        rule.inhibitor_count = 1;
        snprintf(rule.inhibitors[0], ALERT_RULE_ID_BYTES, "spo2");
        town_add(town, &rule);
        town_add(town, &other);
        town_start(town);
        town_put(town, &profile);
        town_say(town, "E1", KIND_SPO2, 100);
        say(town, SECOND, 120, 140);
        assert_told(town, 1);
        town_say(town, "E1", KIND_SPO2, 90);
        town_pass(town, SECOND);
        assert_told(town, 3);
        assert_string_equal(town_last(town)->rule, "hr");
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
}

/* --- evidence ------------------------------------------------------------------------------------- */

static void test_an_alert_tells_what_led_to_it(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 60 * SECOND, 3);
        const struct told *told;

        start_with(town, &rule);
        town_say(town, "E1", KIND_HEART_RATE, 80); /* not over the limit, so not evidence */
        town_pass(town, 20 * SECOND);
        say(town, 20 * SECOND, 125, 126.5, 127, 128);
        told = town_last(town);
        assert_int_equal(told->transition, ALERT_RAISED);
        assert_int_equal(told->since_ms, NOON + 20 * SECOND);
        assert_int_equal(told->needed_ms, 60 * SECOND);
        assert_int_equal(told->needed_samples, 3);
        assert_int_equal(told->history_count, 4);
        for (int i = 0; i < 4; i++)
                assert_int_equal(told->history[i].time_ms, NOON + (20 + i * 20) * SECOND);
        assert_true(told->history[0].value == 125 && told->history[1].value == 126.5 &&
                    told->history[2].value == 127 && told->history[3].value == 128);
}

static void test_a_clear_tells_the_last_seven_oldest_first(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);
        const struct told *told;

        start_with(town, &rule);
        say(town, SECOND, 121, 122, 123, 124, 125, 126, 127, 128, 119);
        told = town_last(town);
        assert_int_equal(told->transition, ALERT_CLEARED);
        assert_int_equal(told->history_count, 7);
        assert_true(told->history[0].value == 123 && told->history[6].value == 119);
        assert_int_equal(told->history[6].time_ms, town->now_ms);
}

/* --- slots ---------------------------------------------------------------------------------------- */

/* A rule with one slot; NOON is 14:13:20 UTC. */
static struct rule in_the_afternoon(int64_t for_ms, int from_minute, int to_minute) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, for_ms, 1);

        rule.condition.during_count = 1;
        rule.condition.during[0] =
                (struct day_slot){(int16_t)from_minute, (int16_t)to_minute, 0, 0, 0};
        return rule;
}

static void test_outside_its_times_nothing_is_raised_and_what_is_may_clear(void **state) {
        struct town *town = *state;
        struct rule rule = in_the_afternoon(0, 14 * 60, 15 * 60);

        start_with(town, &rule);
        say(town, SECOND, 121);
        assert_told(town, 1);
        town_pass(town, HOUR);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 100);
        assert_told(town, 2);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 2);
}

static void test_a_duration_does_not_reach_from_one_day_to_the_next(void **state) {
        struct town *town = *state;
        struct rule rule = in_the_afternoon(30 * MINUTE, 14 * 60, 15 * 60);

        start_with(town, &rule);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        town_pass(town, DAY);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 0);
        town_pass(town, 30 * MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->since_ms, NOON + DAY);
}

static void test_a_sample_outside_its_times_breaks_a_duration(void **state) {
        struct town *town = *state;
        struct rule rule = in_the_afternoon(20 * MINUTE, 14 * 60, 15 * 60);

        start_with(town, &rule);
        town_pass(town, 40 * MINUTE); /* 14:53:20 */
        say(town, 10 * MINUTE, 130, 130, 130);
        assert_told(town, 0);
}

static void test_a_duration_passes_midnight_where_the_times_do(void **state) {
        struct town *town = *state;
        struct rule rule = in_the_afternoon(20 * MINUTE, 0, DAY_SLOT_MINUTES_A_DAY);

        start_with(town, &rule);
        town_pass(town, 9 * HOUR + 40 * MINUTE); /* 23:53:20 */
        say(town, 10 * MINUTE, 130, 130, 130);
        assert_told(town, 1);
}

static void test_unless_away_a_duration_is_broken_by_leaving(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 20 * MINUTE, 1);

        rule.condition.unless_away = true;
        start_with(town, &rule);
        say(town, 10 * MINUTE, 130, 130);
        town_say(town, "E1", KIND_AWAY, 1);
        town_pass(town, 10 * MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        town_say(town, "E1", KIND_HOME, 1);
        say(town, 10 * MINUTE, 130, 130);
        assert_told(town, 0);
        town_pass(town, 10 * MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 1);
}

/* --- refused rules -------------------------------------------------------------------------------- */

static void assert_refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_true(rule_set_builder_add_rule(town->builder, rule, &index) < 0);
        assert_non_null(strstr(err_why(), why));
}

static void test_needs_that_cannot_be_met_are_refused(void **state) {
        struct town *town = *state;
        struct rule rule = three_of_five(0);

        rule.condition.vital.out_of = 2;
        assert_refused(town, &rule, "more than out_of");
        rule.condition.vital.out_of = RULE_OUT_OF_MAX + 1;
        rule.condition.vital.min_samples = 1;
        assert_refused(town, &rule, "at most 32");

        rule = with_steps(0);
        rule.condition.vital.severities.step[1].at = NAN;
        assert_refused(town, &rule, "number");
        rule = with_steps(0);
        rule.condition.vital.severities.step[1].severity = 5;
        assert_refused(town, &rule, "critical, major");
        rule = with_steps(0);
        rule.condition.vital.severities.count = RULE_STEPS_MAX + 1;
        assert_refused(town, &rule, "four steps");
        rule = with_steps(0);
        rule.condition.vital.kind = KIND_BATTERY;
        assert_refused(town, &rule, "level");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_three_of_five_raise_whatever_lies_between),
                t(test_three_of_six_are_too_few),
                t(test_k_of_n_is_over_when_none_of_the_last_n_is_over_the_limit),
                t(test_what_k_of_n_began_is_forgotten_after_n_calm_samples),
                t(test_a_duration_of_k_of_n_counts_from_when_enough_had_come),
                t(test_a_duration_of_k_of_n_breaks_when_they_become_too_few),
                t(test_an_unauthenticated_calm_sample_is_none_of_the_n),
                t(test_k_of_n_survives_a_restart),
                t(test_severity_goes_up_at_once_and_by_the_last_step_reached),
                t(test_it_is_raised_with_the_severity_of_the_sample_that_completes_it),
                t(test_severity_goes_down_when_for_has_passed_below_it),
                t(test_an_unauthenticated_sample_makes_nothing_less_severe),
                t(test_steps_go_down_as_well),
                t(test_steps_that_change_while_it_is_raised_are_told_by_the_next_sample),
                t(test_a_severity_told_survives_a_restart),
                t(test_what_an_inhibitor_held_back_is_raised_with_its_severity),
                t(test_an_alert_tells_what_led_to_it),
                t(test_a_clear_tells_the_last_seven_oldest_first),
                t(test_outside_its_times_nothing_is_raised_and_what_is_may_clear),
                t(test_a_duration_does_not_reach_from_one_day_to_the_next),
                t(test_a_sample_outside_its_times_breaks_a_duration),
                t(test_a_duration_passes_midnight_where_the_times_do),
                t(test_unless_away_a_duration_is_broken_by_leaving),
                t(test_needs_that_cannot_be_met_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
