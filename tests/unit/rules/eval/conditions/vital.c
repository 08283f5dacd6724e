/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

static struct rule heart_rate_high(void) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 60 * SECOND, 3);

        rule.condition.vital.clear_below = 110;
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
}

static void with_heart_rate(struct town *town) {
        struct rule rule = heart_rate_high();

        start_with(town, &rule);
}

#define say(town, kind, every_ms, ...) town_say_each(town, "E1", kind, every_ms, __VA_ARGS__)

static void test_forty_seconds_do_not_raise_and_sixty_do(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 128, 90);
        assert_told(town, 0);
        town_pass(town, 20 * SECOND);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 126, 127);
        assert_told(town, 0);
        town_pass(town, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 128);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->duration_ms, 60 * SECOND);
        assert_int_equal(town_last(town)->samples, 4);
        assert_true(town_last(town)->value == 128);
        assert_true(town_last(town)->limit == 120);
        assert_string_equal(town_last(town)->event, "E1-a:1:4"); /* the first one over the limit */
}

static void test_the_limit_itself_is_not_above(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 120, 120, 120, 120, 120);
        assert_told(town, 0);
        town_pass(town, 20 * SECOND);
        say(town, KIND_HEART_RATE, 20 * SECOND, 120.01, 120.01, 120.01, 120.01);
        assert_told(town, 1);
}

static void test_too_few_samples_do_not_raise(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 90 * SECOND, 130, 130);
        assert_told(town, 0);
        town_pass(town, SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->samples, 3);
}

static void test_it_clears_only_beyond_the_clear_limit(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125, 125, 115, 110);
        assert_told(town, 1);
        town_pass(town, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 109.9);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
        assert_string_equal(town_last(town)->event, town->told[0].event);
}

static void test_without_a_clear_limit_it_clears_at_the_limit(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, SECOND, 121, 120.5);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 120);
        assert_told(town, 2);
}

static void test_below_raises_and_clears_above(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("spo2", KIND_SPO2, 120, 0, 1);

        rule.condition.vital.above = INFINITY;
        rule.condition.vital.below = 90;
        rule.condition.vital.clear_above = 92;
        start_with(town, &rule);
        say(town, KIND_SPO2, SECOND, 90, 89.9, 91, 92);
        assert_told(town, 1);
        assert_true(town_last(town)->limit == 90);
        town_say(town, "E1", KIND_SPO2, 92.1);
        assert_told(town, 2);
}

static void test_a_second_episode_has_another_name(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125, 125, 100, 125, 125, 125, 125);
        assert_told(town, 3);
        assert_true(town->told[0].key != town->told[2].key);
}

static void test_a_sample_between_the_limits_begins_the_duration_anew(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125, 119, 125, 125, 125);
        assert_told(town, 0);
}

static void test_only_valid_samples_count(void **state) {
        struct town *town = *state;
        struct event event;

        with_heart_rate(town);
        for (uint8_t validity = EVENT_VALIDITY_OFF_BODY; validity <= EVENT_VALIDITY_STALE;
             validity++) {
                for (int i = 0; i < 5; i++) {
                        event = town_event(town, "E1", KIND_HEART_RATE, 180);
                        event.validity = validity;
                        town_send(town, &event);
                        town_pass(town, 20 * SECOND);
                }
        }
        assert_told(town, 0);

        /* An artefact does not end a duration that valid samples have started. */
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125);
        event = town_event(town, "E1", KIND_HEART_RATE, 30);
        event.validity = EVENT_VALIDITY_ARTEFACT;
        town_send(town, &event);
        town_pass(town, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        assert_told(town, 1);
}

static void test_a_batch_from_the_buffer_completes_no_live_duration(void **state) {
        struct town *town = *state;
        struct event event;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125);
        for (int i = 0; i < 3; i++) {
                event = town_event(town, "E1", KIND_HEART_RATE, 150);
                event.device_time_ms = town->now_ms - 10 * MINUTE + i * 20 * SECOND;
                town_send(town, &event);
        }
        assert_told(town, 0);
        town_pass(town, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->samples, 4);

        /* A late reading does not clear either. */
        event = town_event(town, "E1", KIND_HEART_RATE, 70);
        event.device_time_ms = town->now_ms - 2 * MINUTE - 1;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_our_own_lag_does_not_hide_an_episode_and_says_how_old_it_is(void **state) {
        struct town *town = *state;
        int64_t began_ms = town->now_ms;

        with_heart_rate(town);
        town_pass(town, 10 * MINUTE);
        for (int i = 0; i < 4; i++) {
                struct event event = town_event(town, "E1", KIND_HEART_RATE, 150);

                event.device_time_ms = began_ms + i * 20 * SECOND;
                event.received_time_ms = event.device_time_ms + 50;
                town_send(town, &event);
        }
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 9 * MINUTE);
}

static void test_samples_out_of_order_end_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125);
        event = town_event(town, "E1", KIND_HEART_RATE, 80);
        event.device_time_ms = town->now_ms - 10 * SECOND; /* between the last two samples */
        town_send(town, &event);
        town_pass(town, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        assert_told(town, 1);
}

static void test_an_unauthenticated_sample_raises_but_never_clears(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);
        struct event event;

        start_with(town, &rule);
        event = town_event(town, "E1", KIND_HEART_RATE, 130);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        event = town_event(town, "E1", KIND_HEART_RATE, 80);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 80);
        assert_told(town, 2);
}

static void test_a_device_clock_in_the_future_stretches_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_heart_rate(town);
        for (int i = 0; i < 3; i++) {
                event = town_event(town, "E1", KIND_HEART_RATE, 130);
                event.device_time_ms = town->now_ms + i * MINUTE;
                town_send(town, &event);
        }
        assert_told(town, 0);
}

static struct rule with_data_stops(uint8_t what) {
        struct rule rule = heart_rate_high();

        rule.condition.vital.if_data_stops = what;
        rule.condition.vital.data_stops_ms = 5 * MINUTE;
        return rule;
}

static void test_when_data_stops_keep_keeps(void **state) {
        struct town *town = *state;

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125, 125);
        town_pass(town, 3 * HOUR);
        assert_told(town, 1);
}

static void test_when_data_stops_clear_clears(void **state) {
        struct town *town = *state;
        struct rule rule = with_data_stops(RULE_DATA_STOPS_CLEAR);

        start_with(town, &rule);
        town_pass(town, 2 * MINUTE); /* settled */
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125, 125);
        assert_told(town, 1);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 1);
        town_pass(town, 101);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);

        /* A started duration is dropped. */
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125);
        town_pass(town, 6 * MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        assert_told(town, 2);
}

static void test_when_data_stops_alarm_raises_what_had_begun(void **state) {
        struct town *town = *state;
        struct rule rule = with_data_stops(RULE_DATA_STOPS_ALARM);

        start_with(town, &rule);
        town_pass(town, 2 * MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, 101);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(isnan(town_last(town)->value));
        town_say(town, "E1", KIND_HEART_RATE, 90);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_a_running_duration_survives_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 2);

        with_heart_rate(town);
        say(town, KIND_HEART_RATE, 20 * SECOND, 125, 125, 125);
        town_restart(town, &profile, 1, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 125);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->samples, 4);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");

        town_restart(town, &profile, 1, 20 * SECOND);
        town_say(town, "E1", KIND_HEART_RATE, 100);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_an_elders_own_limit_holds_until_its_day(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);
        struct elder_profile one = town_profile("E1", 1), two = town_profile("E2", 1);
        struct rule_override override = {.elder_id = "E1", .until_time_ms = NOON + HOUR};

        override.rule_index = town_add(town, &rule);
        override.condition = rule.condition;
        override.condition.vital.above = 135;
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
        town_start(town);
        town_put(town, &one);
        town_put(town, &two);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 0);
        town_say(town, "E2", KIND_HEART_RATE, 130);
        assert_told(town, 1);
        assert_false(town_last(town)->overridden);
        town_say(town, "E1", KIND_HEART_RATE, 136);
        assert_told(town, 2);
        assert_true(town_last(town)->overridden);
        assert_true(town_last(town)->limit == 135);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 3);

        town_pass(town, HOUR - 1);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 3);
        town_pass(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 4);
        assert_false(town_last(town)->overridden);
}

static void test_a_battery_is_its_devices_own(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("battery", KIND_BATTERY, 120, 0, 1);
        struct event event;

        rule.condition.vital.above = INFINITY;
        rule.condition.vital.below = 15;
        rule.condition.vital.clear_above = 30;
        start_with(town, &rule);
        town_say(town, "E1", KIND_BATTERY, 14);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-a");

        /* The battery of the other device is full, which does not clear the alert of the first … */
        event = town_event(town, "E1", KIND_BATTERY, 90);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        assert_told(town, 1);

        /* … and it may be empty as well. */
        town_pass(town, HOUR);
        event = town_event(town, "E1", KIND_BATTERY, 5);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->device, "E1-b");
        assert_true(town->told[0].key != town->told[1].key);
        town_say(town, "E1", KIND_BATTERY, 30);
        assert_told(town, 2);
        town_say(town, "E1", KIND_BATTERY, 31);
        assert_told(town, 3);
        assert_true(town->told[0].key == town->told[2].key);
}

static void test_a_low_battery_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("battery", KIND_BATTERY, 120, 0, 1);
        struct elder_profile profile = town_profile("E1", 2);

        rule.condition.vital.above = INFINITY;
        rule.condition.vital.below = 15;
        start_with(town, &rule);
        town_say(town, "E1", KIND_BATTERY, 14);
        town_restart(town, &profile, 1, HOUR);
        town_say(town, "E1", KIND_BATTERY, 13);
        assert_told(town, 1);
        town_say(town, "E1", KIND_BATTERY, 80);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_forty_seconds_do_not_raise_and_sixty_do),
                t(test_the_limit_itself_is_not_above),
                t(test_too_few_samples_do_not_raise),
                t(test_it_clears_only_beyond_the_clear_limit),
                t(test_without_a_clear_limit_it_clears_at_the_limit),
                t(test_below_raises_and_clears_above),
                t(test_a_second_episode_has_another_name),
                t(test_a_sample_between_the_limits_begins_the_duration_anew),
                t(test_only_valid_samples_count),
                t(test_a_batch_from_the_buffer_completes_no_live_duration),
                t(test_our_own_lag_does_not_hide_an_episode_and_says_how_old_it_is),
                t(test_samples_out_of_order_end_nothing),
                t(test_an_unauthenticated_sample_raises_but_never_clears),
                t(test_a_device_clock_in_the_future_stretches_nothing),
                t(test_when_data_stops_keep_keeps),
                t(test_when_data_stops_clear_clears),
                t(test_when_data_stops_alarm_raises_what_had_begun),
                t(test_a_running_duration_survives_a_restart),
                t(test_an_elders_own_limit_holds_until_its_day),
                t(test_a_battery_is_its_devices_own),
                t(test_a_low_battery_survives_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
