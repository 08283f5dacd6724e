/* SPDX-License-Identifier: MIT
 *
 * Late readings of a vital. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

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

static struct rule heart_rate_high(void) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 5 * MINUTE, 3);

        rule.condition.vital.clear_below = 110;
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, DAY); /* so that late readings are after the start of the test */
}

static void say_old(struct town *town, int64_t age_ms, double value) {
        struct event event = town_event(town, "E1", KIND_HEART_RATE, value);

        event.device_time_ms = town->now_ms - age_ms;
        town_send(town, &event);
}

/* Send @count readings, one minute apart, of which the first is @age_ms old. */
static void say_batch(struct town *town, int64_t age_ms, int count, double value) {
        for (int i = 0; i < count; i++)
                say_old(town, age_ms - (int64_t)i * MINUTE, value);
}

static void say(struct town *town, double value) {
        town_say(town, "E1", KIND_HEART_RATE, value);
}

static void test_a_late_batch_raises_an_alert_that_says_how_old_it_is(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();
        const struct told *told;

        start_with(town, &rule);
        say_batch(town, HOUR, 5, 130);
        assert_told(town, 0);
        say_old(town, HOUR - 5 * MINUTE, 131);
        assert_told(town, 1);
        told = town_last(town);
        assert_int_equal(told->transition, ALERT_RAISED);
        assert_int_equal(told->late_ms, 55 * MINUTE);
        assert_int_equal(told->event_time_ms, town->now_ms - 55 * MINUTE);
        assert_int_equal(told->since_ms, town->now_ms - HOUR);
        assert_int_equal(told->duration_ms, 5 * MINUTE);
        assert_int_equal(told->samples, 6);
        assert_int_equal(told->history_count, 6);
        assert_string_equal(told->event, "E1-a:1:1");
        say_batch(town, HOUR - 6 * MINUTE, 10, 132);
        assert_told(town, 1);
}

static void test_two_minutes_old_is_live_and_a_millisecond_more_is_late(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);

        start_with(town, &rule);
        say_old(town, 2 * MINUTE, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        say(town, 100);
        assert_told(town, 2);
        town_pass(town, HOUR);
        say_old(town, 2 * MINUTE + 1, 130);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->late_ms, 2 * MINUTE + 1);
}

static void
test_late_readings_never_complete_a_live_duration_and_live_ones_no_late_one(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        say_batch(town, 5 * MINUTE, 3, 130); /* from five to three minutes ago: late */
        say(town, 130);
        town_pass(town, MINUTE);
        say(town, 130);
        assert_told(town, 0);
        town_pass(town, 4 * MINUTE - 1);
        say(town, 130);
        assert_told(town, 0);
        town_pass(town, 1);
        say(town, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_int_equal(town_last(town)->samples, 4);
}

static void test_a_newer_live_reading_clears_a_late_alert(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        say_batch(town, HOUR, 6, 130);
        assert_told(town, 1);
        say(town, 115); /* between the limits */
        assert_told(town, 1);
        say(town, 100);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_newer_late_reading_clears_a_late_alert_and_says_how_old_it_is(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        say_batch(town, HOUR, 6, 130);
        say_old(town, 56 * MINUTE, 100); /* older than the newest reading */
        assert_told(town, 1);
        say_old(town, 30 * MINUTE, 100);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_int_equal(town_last(town)->late_ms, 30 * MINUTE);
}

static void test_a_calm_reading_between_ends_what_had_begun(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        say_batch(town, HOUR, 4, 130);
        say_old(town, 56 * MINUTE, 100);
        say_batch(town, 55 * MINUTE, 4, 130);
        assert_told(town, 0);
        say(town, 100); /* live, and newer */
        say_batch(town, 51 * MINUTE, 5, 130);
        assert_told(town, 0);
        say_old(town, 46 * MINUTE, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->since_ms, town->now_ms - 51 * MINUTE);
}

static void test_what_the_live_alert_covers_is_not_told_again(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        for (int i = 0; i <= 20; i++) {
                say(town, 130);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        say_batch(town, 20 * MINUTE, 18, 130); /* while it is raised … */
        assert_told(town, 1);
        say(town, 100);
        assert_told(town, 2);
        town_pass(town, HOUR);
        say_batch(town, 81 * MINUTE, 21, 130); /* … and afterwards */
        assert_told(town, 2);

        /* Readings of a time before the alert raise another one. */
        say_batch(town, 3 * HOUR, 6, 130);
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
        assert_true(town_last(town)->late_ms > 2 * HOUR);
}

static void test_the_same_batch_twice_is_told_once(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
        say_batch(town, HOUR, 8, 130);
        say(town, 100);
        assert_told(town, 2);
        say_batch(town, HOUR, 8, 130);
        say(town, 100);
        assert_told(town, 2);
}

static void test_what_was_told_is_remembered_for_a_day(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();
        struct engine_stats stats;

        start_with(town, &rule);
        say_batch(town, HOUR, 8, 130);
        say(town, 100);
        assert_told(town, 2);
        town_pass(town, 23 * HOUR);
        say(town, 100);
        say_batch(town, 24 * HOUR, 8, 130);
        assert_told(town, 2);
        town_pass(town, 2 * HOUR);
        say(town, 100);
        engine_read_stats(town->engine, &stats);
        say_batch(town, 26 * HOUR, 8, 130);
        assert_told(town, 3);
}

static void test_an_unauthenticated_reading_does_not_clear_a_late_alert(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();
        struct event event;

        start_with(town, &rule);
        say_batch(town, HOUR, 6, 130);
        event = town_event(town, "E1", KIND_HEART_RATE, 70);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_a_gap_longer_than_data_stops_begins_the_late_duration_anew(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        rule.condition.vital.if_data_stops = RULE_DATA_STOPS_CLEAR;
        rule.condition.vital.data_stops_ms = 10 * MINUTE;
        start_with(town, &rule);
        say_batch(town, 2 * HOUR, 3, 130);
        say_batch(town, HOUR, 3, 130);
        assert_told(town, 0);
}

static void test_outside_its_times_of_day_nothing_late_is_raised(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){14 * 60, 15 * 60, 0, 0, 0};
        start_with(town, &rule); /* now: 14:13:20 */
        say_batch(town, 2 * HOUR, 10, 130);
        assert_told(town, 0);
        town_pass(town, 2 * HOUR);
        say_batch(town, 2 * HOUR, 6, 130);
        assert_told(town, 1);
}

static void test_severity_and_k_of_n_hold_for_late_ones_too(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 2);

        rule.severity = SEVERITY_MINOR;
        rule.condition.vital.out_of = 3;
        rule.condition.vital.severities =
                (struct condition_severities){.step = {{140, SEVERITY_MAJOR, 0}}, .count = 1};
        start_with(town, &rule);
        say_old(town, HOUR, 130);
        say_old(town, HOUR - MINUTE, 100);
        assert_told(town, 0);
        say_old(town, HOUR - 2 * MINUTE, 145);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
        assert_int_equal(town_last(town)->needed_samples, 2);
}

static void test_a_late_alert_survives_a_restart_and_a_reload(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate_high();
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say_batch(town, HOUR, 4, 130);
        town_restart(town, &profile, 1, MINUTE);
        say_batch(town, 57 * MINUTE, 2, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->samples, 6);
        rule.condition.vital.above = 125;
        town_add(town, &rule);
        town_swap(town);
        town_restart(town, &profile, 1, MINUTE);
        say(town, 100);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);

        /* After a restart, the engine still knows that this time was told. */
        town_restart(town, &profile, 1, MINUTE);
        say_batch(town, HOUR + 3 * MINUTE, 6, 130);
        assert_told(town, 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_late_batch_raises_an_alert_that_says_how_old_it_is),
                t(test_two_minutes_old_is_live_and_a_millisecond_more_is_late),
                t(test_late_readings_never_complete_a_live_duration_and_live_ones_no_late_one),
                t(test_a_newer_live_reading_clears_a_late_alert),
                t(test_a_newer_late_reading_clears_a_late_alert_and_says_how_old_it_is),
                t(test_a_calm_reading_between_ends_what_had_begun),
                t(test_what_the_live_alert_covers_is_not_told_again),
                t(test_the_same_batch_twice_is_told_once),
                t(test_what_was_told_is_remembered_for_a_day),
                t(test_an_unauthenticated_reading_does_not_clear_a_late_alert),
                t(test_a_gap_longer_than_data_stops_begins_the_late_duration_anew),
                t(test_outside_its_times_of_day_nothing_late_is_raised),
                t(test_severity_and_k_of_n_hold_for_late_ones_too),
                t(test_a_late_alert_survives_a_restart_and_a_reload),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
