/* SPDX-License-Identifier: MIT
 *
 * Limits on a rise, on a fall, and on the distance from the baseline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "rules/eval/measure/baseline.h"
#include "rules/eval/measure/trend.h"
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

static struct rule measured(enum rule_measure measure, double above, int64_t within_ms) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, above, 0, 1);

        rule.condition.vital.measure = (uint8_t)measure;
        rule.condition.vital.within_ms = within_ms;
        return rule;
}

/* --- rise and fall -------------------------------------------------------------------------------- */

static void test_a_rise_above_the_lowest_within_the_time_is_raised(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, HOUR);

        start_with(town, &rule);
        say(town, 20 * MINUTE, 75, 70, 90, 100); /* exactly 30 */
        assert_told(town, 0);
        say(town, 20 * MINUTE, 100.5);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 30.5);
        assert_true(town_last(town)->limit == 30);
        assert_true(town_last(town)->history[0].value == 100.5);
        say(town, MINUTE, 100);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_what_took_longer_than_the_time_is_no_rise(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, HOUR);

        start_with(town, &rule);
        say(town, HOUR, 60, 95); /* exactly an hour apart */
        assert_told(town, 1);
        town_pass(town, DAY);
        say(town, HOUR + HOUR / 16 + SECOND, 60, 95);
        assert_told(town, 2); /* cleared, nothing else */
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_a_slow_rise_over_the_whole_time_is_seen(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 29.5, HOUR);

        start_with(town, &rule);
        for (int i = 0; i < 60; i++) {
                say(town, 0, 60 + i / 2.0);
                town_pass(town, MINUTE);
        }
        assert_told(town, 0); /* 29.5 after 59 minutes */
        say(town, 0, 90);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 30);
}

static void test_a_fall_is_below_the_highest(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_FALL, 20, HOUR);

        start_with(town, &rule);
        say(town, 10 * MINUTE, 100, 110, 91, 90);
        assert_told(town, 0);
        say(town, 10 * MINUTE, 89);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 21);
}

static void test_a_decimal_difference_is_not_blurred(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 1, HOUR);

        start_with(town, &rule);
        say(town, MINUTE, 36.6, 37.6);
        assert_told(town, 0);
        say(town, MINUTE, 37.7);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 1.1);
}

static void test_after_a_gap_a_trend_begins_anew(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, HOUR);

        start_with(town, &rule);
        say(town, DAY, 60, 130, 60, 130);
        assert_told(town, 0);
        town_pass(town, MINUTE);
        say(town, MINUTE, 161);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 31);
}

static void test_a_reading_out_of_order_is_compared_with_those_before_it(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, HOUR);
        struct event event;

        start_with(town, &rule);
        town_pass(town, HOUR);
        say(town, 0, 60);
        /* Older and higher: the lowest value came after it, so it is not a rise. */
        event = town_event(town, "E1", KIND_HEART_RATE, 130);
        event.device_time_ms = town->now_ms - 10 * MINUTE;
        town_send(town, &event);
        assert_told(town, 0);
        /* Older and lower: the lowest value for later readings. */
        event = town_event(town, "E1", KIND_HEART_RATE, 50);
        event.device_time_ms = town->now_ms - 10 * MINUTE;
        town_send(town, &event);
        say(town, 0, 81);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 31);
}

static void test_a_reading_older_than_the_window_says_nothing(void **state) {
        struct trend_state trend = {.reserved = {0}};

        assert_true(trend_measure(&trend, RULE_MEASURE_RISE, HOUR, NOON, 60) == 0);
        assert_true(isnan(trend_measure(&trend, RULE_MEASURE_RISE, HOUR, NOON - 2 * HOUR, 10)));
        assert_true(trend_measure(&trend, RULE_MEASURE_RISE, HOUR, NOON + 1, 70) == 10);
        /* Times before and shortly after the start of 1970 are valid. */
        trend = (struct trend_state){.reserved = {0}};
        assert_true(trend_measure(&trend, RULE_MEASURE_FALL, HOUR, -5, 60) == 0);
        assert_true(trend_measure(&trend, RULE_MEASURE_FALL, HOUR, 5, 50) == 10);
        assert_true(trend_measure(&trend, RULE_MEASURE_FALL, HOUR, HOUR, 50) == 10);
}

static void test_a_trend_lasts_over_a_restart_and_a_reload(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 40, HOUR);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, 0, 60);
        town_restart(town, &profile, 1, 10 * MINUTE);
        rule.condition.vital.above = 30;
        town_add(town, &rule);
        town_swap(town);
        say(town, 0, 91);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 31);
}

static void test_another_time_begins_the_trend_anew(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, HOUR);

        start_with(town, &rule);
        say(town, 0, 60);
        rule.condition.vital.within_ms = 2 * HOUR;
        town_add(town, &rule);
        town_swap(town);
        say(town, MINUTE, 100);
        assert_told(town, 0);
        say(town, MINUTE, 131);
        assert_told(town, 1);
}

/* --- baseline ------------------------------------------------------------------------------------- */

enum { TAU_DAYS = 14 };

static struct rule unusual(void) {
        struct rule rule = measured(RULE_MEASURE_BASELINE, 25, TAU_DAYS * DAY);

        rule.condition.vital.clear_below = 15;
        return rule;
}

/* For @days, a reading every six hours, of @value - 2 and @value + 2 in turn. */
static void live_on(struct town *town, int days, double value) {
        for (int i = 0; i < days * 4; i++) {
                say(town, 0, value + (i % 2 ? 2 : -2));
                town_pass(town, 6 * HOUR);
        }
}

static void test_nothing_is_unusual_before_half_the_time_is_learned(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        start_with(town, &rule);
        live_on(town, 6, 60);
        say(town, 0, 120);
        assert_told(town, 0);
        live_on(town, 3, 60);
        say(town, 0, 120);
        assert_told(town, 1);
        assert_in_range((int)town_last(town)->value, 55, 60);
        assert_true(town_last(town)->limit == 25);
}

static void test_twenty_readings_are_needed_whatever_the_time(void **state) {
        struct baseline_state baseline = {.samples = 0};

        for (int i = 0; i < 19; i++)
                baseline_follow(&baseline, DAY, -INFINITY, 10, NOON + i * HOUR, 60);
        assert_int_equal(baseline.learned_ms, 18 * HOUR);
        assert_false(baseline_is_learned(&baseline, DAY));
        baseline_follow(&baseline, DAY, -INFINITY, 10, NOON + 19 * HOUR, 60);
        assert_true(baseline_is_learned(&baseline, DAY));
}

static void test_a_gap_teaches_nothing(void **state) {
        struct baseline_state baseline = {.samples = 0};

        baseline_follow(&baseline, 16 * DAY, -INFINITY, 10, NOON, 60);
        baseline_follow(&baseline, 16 * DAY, -INFINITY, 10, NOON + 100 * DAY, 60);
        assert_int_equal(baseline.learned_ms, DAY);
}

static void test_one_slip_moves_it_no_more_than_the_limit_would(void **state) {
        struct baseline_state with = {.samples = 0}, without = {.samples = 0};

        for (int i = 0; i < 100; i++) {
                baseline_follow(&with, 14 * DAY, -INFINITY, 25, NOON + i * HOUR,
                                i == 60 ? 250 : 60);
                baseline_follow(&without, 14 * DAY, -INFINITY, 25, NOON + i * HOUR,
                                i == 60 ? 85 : 60);
        }
        assert_true(with.mean == without.mean);
        assert_true(with.mean > 60 && with.mean < 61);
}

static void test_it_follows_what_changes_slowly(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        start_with(town, &rule);
        for (int i = 0; i < 60; i++)
                live_on(town, 1, 60 + i); /* rises by 1 per day, by 60 in all */
        assert_told(town, 0);
}

static void test_an_illness_does_not_become_the_norm(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        start_with(town, &rule);
        live_on(town, 20, 60);
        live_on(town, 10, 100);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        live_on(town, 1, 78); /* above the baseline, but between limit and clear limit */
        assert_told(town, 1);
        live_on(town, 1, 60);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        live_on(town, 1, 100);
        assert_told(town, 3);
}

static void test_what_lasts_longer_than_the_time_constant_becomes_the_norm(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        start_with(town, &rule);
        live_on(town, 20, 60);
        live_on(town, TAU_DAYS, 100);
        assert_told(town, 1);
        live_on(town, 40, 100);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_below_what_is_usual(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        rule.condition.vital.above = INFINITY;
        rule.condition.vital.clear_below = NAN;
        rule.condition.vital.below = -15;
        start_with(town, &rule);
        live_on(town, 10, 70);
        say(town, 0, 56);
        assert_told(town, 0);
        say(town, 0, 53);
        assert_told(town, 1);
        assert_in_range((int)-town_last(town)->value, 15, 18);
        assert_true(town_last(town)->limit == -15);
}

static void test_who_cannot_prove_who_they_are_teach_nothing(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();

        start_with(town, &rule);
        live_on(town, 10, 60);
        for (int i = 0; i < 200; i++) {
                struct event event = town_event(town, "E1", KIND_HEART_RATE, 84);

                event.flags = EVENT_UNAUTHENTICATED;
                town_send(town, &event);
                town_pass(town, HOUR);
        }
        assert_told(town, 0);
        say(town, 0, 90);
        assert_told(town, 1);
        assert_in_range((int)town_last(town)->value, 28, 32);
}

static void test_late_readings_teach_nothing_but_are_judged(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();
        struct event event;

        start_with(town, &rule);
        live_on(town, 10, 60);
        event = town_event(town, "E1", KIND_HEART_RATE, 120);
        event.device_time_ms = town->now_ms - HOUR;
        town_send(town, &event);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, HOUR);
}

static void test_what_is_usual_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = unusual();
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        live_on(town, 10, 60);
        town_restart(town, &profile, 1, MINUTE);
        say(town, 0, 90);
        assert_told(town, 1);
}

/* --- refused rules -------------------------------------------------------------------------------- */

static void assert_refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_true(rule_set_builder_add_rule(town->builder, rule, &index) < 0);
        assert_non_null(strstr(err_why(), why));
}

static void test_what_no_measure_may_be(void **state) {
        struct town *town = *state;
        struct rule rule = measured(RULE_MEASURE_RISE, 30, 0);

        assert_refused(town, &rule, "time within");
        rule = measured(RULE_MEASURE_BASELINE, 30, 400 * DAY);
        assert_refused(town, &rule, "366 days");
        rule = measured(RULE_MEASURE_RISE, 30, HOUR);
        rule.condition.vital.below = 5;
        assert_refused(town, &rule, "limit above");
        rule = measured(RULE_MEASURE_FALL, -3, HOUR);
        assert_refused(town, &rule, "0 or more");
        rule = measured(RULE_MEASURE_RISE, 30, HOUR);
        rule.condition.vital.kind = KIND_BATTERY;
        assert_refused(town, &rule, "level");
        rule = measured((enum rule_measure)(RULE_MEASURE_BASELINE + 1), 30, HOUR);
        assert_refused(town, &rule, "its rise");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_rise_above_the_lowest_within_the_time_is_raised),
                t(test_what_took_longer_than_the_time_is_no_rise),
                t(test_a_slow_rise_over_the_whole_time_is_seen),
                t(test_a_fall_is_below_the_highest),
                t(test_a_decimal_difference_is_not_blurred),
                t(test_after_a_gap_a_trend_begins_anew),
                t(test_a_reading_out_of_order_is_compared_with_those_before_it),
                t(test_a_reading_older_than_the_window_says_nothing),
                t(test_a_trend_lasts_over_a_restart_and_a_reload),
                t(test_another_time_begins_the_trend_anew),
                t(test_nothing_is_unusual_before_half_the_time_is_learned),
                t(test_twenty_readings_are_needed_whatever_the_time),
                t(test_a_gap_teaches_nothing),
                t(test_one_slip_moves_it_no_more_than_the_limit_would),
                t(test_it_follows_what_changes_slowly),
                t(test_an_illness_does_not_become_the_norm),
                t(test_what_lasts_longer_than_the_time_constant_becomes_the_norm),
                t(test_below_what_is_usual),
                t(test_who_cannot_prove_who_they_are_teach_nothing),
                t(test_late_readings_teach_nothing_but_are_judged),
                t(test_what_is_usual_survives_a_restart),
                t(test_what_no_measure_may_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
