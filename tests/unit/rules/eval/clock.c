/* SPDX-License-Identifier: MIT
 *
 * Clocks that differ: that of ingest from ours, and the steady clock from the wall clock after that was set. An event
 * just received counts as now, a late event stays late, and silence is detected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

static int setup(void **state) {
        struct town *town = malloc(sizeof(*town));
        struct elder_profile profile = town_profile("E1", 1);
        struct rule sos = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);
        struct rule fast = rule_above("heart-fast", KIND_HEART_RATE, 120, 0, 1);
        struct rule offline = rule_offline("offline", 2);
        struct rule door = rule_happening("door", KIND_DOOR_OPEN, ALERT_ACTIVITY);

        struct rule fall = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);

        fall.condition.happening.hold_ms = 20 * SECOND;
        rule_kinds_add(&fall.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        town_init(town);
        town_add(town, &fall);
        fast.condition.vital.clear_below = 110;
        door.condition.during_count = 1; /* in UTC; the test starts at 14:13 */
        door.condition.during[0] = (struct day_slot){.from_minute = 15 * 60, .to_minute = 16 * 60};
        profile.devices[0].heartbeat_ms = 10 * MINUTE;
        profile.devices[0].commissioned_time_ms = town->now_ms;
        town_add(town, &sos);
        town_add(town, &fast);
        town_add(town, &offline);
        town_add(town, &door);
        town_start(town);
        town_put(town, &profile);
        *state = town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        free(*state);
        return 0;
}

/* Send an event of a device and an ingest whose clocks are @ahead_ms ahead of ours. It happened @age_ms before ingest
 * received it. */
static void say_by(struct town *town, int64_t ahead_ms, int64_t age_ms, unsigned int kind,
                   double value) {
        struct event event = town_event(town, "E1", kind, value);

        event.received_time_ms += ahead_ms;
        event.device_time_ms += ahead_ms - age_ms;
        town_send(town, &event);
}

/* --- the clock of ingest is ahead ------------------------------------------------------------------- */

static void test_a_received_time_in_the_future_hides_no_silence(void **state) {
        struct town *town = *state;

        town_pass(town, 5 * MINUTE);
        say_by(town, 2 * HOUR, 0, KIND_HEARTBEAT, 1);
        town_pass(town, 20 * MINUTE + SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "offline");
}

static void test_what_an_ingest_ahead_of_us_received_now_is_of_now(void **state) {
        struct town *town = *state;

        say_by(town, 2 * HOUR, 0, KIND_SOS, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_int_equal(town_last(town)->event_time_ms, town->now_ms);
        assert_int_equal(town_last(town)->received_time_ms, town->now_ms);
}

static void test_what_an_ingest_ahead_of_us_receives_clears(void **state) {
        struct town *town = *state;

        say_by(town, 2 * HOUR, 0, KIND_HEART_RATE, 150);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        town_pass(town, MINUTE);
        say_by(town, 2 * HOUR, 0, KIND_HEART_RATE, 80);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_what_an_ingest_ahead_of_us_received_late_says_how_old_it_is(void **state) {
        struct town *town = *state;

        say_by(town, 2 * HOUR, 10 * MINUTE, KIND_HEART_RATE, 150);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 10 * MINUTE);
}

/* --- the clock of ingest is behind ------------------------------------------------------------------ */

/* For @ms, send the listening records of an ingest whose clock is @ahead_ms ahead of ours. */
static void listen_by(struct town *town, int64_t ahead_ms, int64_t ms) {
        for (int64_t i = 0; i < ms; i += EVENT_LISTENING_EVERY_MS) {
                struct event event;

                event_listening(&event, 0, 0, true, town->now_ms + ahead_ms);
                town_send(town, &event);
                town_pass(town, EVENT_LISTENING_EVERY_MS);
        }
}

static void test_what_an_ingest_behind_us_received_now_is_of_now(void **state) {
        struct town *town = *state;

        listen_by(town, -2 * HOUR, 90 * SECOND);
        say_by(town, -2 * HOUR, 0, KIND_SOS, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        say_by(town, -2 * HOUR, 10 * MINUTE, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 10 * MINUTE);
}

static void test_a_silence_is_heard_through_an_ingest_behind_us(void **state) {
        struct town *town = *state;

        listen_by(town, -2 * HOUR, 90 * SECOND);
        say_by(town, -2 * HOUR, 0, KIND_HEARTBEAT, 1);
        listen_by(town, -2 * HOUR, 20 * MINUTE - 10 * SECOND);
        assert_told(town, 0);
        listen_by(town, -2 * HOUR, 20 * SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "offline");
}

static void test_what_waited_in_kafka_is_no_clock_behind_ours(void **state) {
        struct town *town = *state;

        /* Listening records of ten to five minutes ago, read quickly from the backlog. */
        for (int64_t age_ms = 10 * MINUTE; age_ms > 5 * MINUTE;
             age_ms -= EVENT_LISTENING_EVERY_MS) {
                struct event event;

                event_listening(&event, 0, 0, true, town->now_ms - age_ms);
                town_send(town, &event);
                town_pass(town, 500);
        }
        say_by(town, -5 * MINUTE, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 5 * MINUTE);
}

/* --- the wall clock is set ------------------------------------------------------------------------- */

static void test_after_the_wall_clock_was_set_back_with_ingests_what_comes_is_of_now(void **state) {
        struct town *town = *state;

        engine_set_clock(town->engine, town->now_ms, HOUR);
        say_by(town, -HOUR, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_int_equal(town_last(town)->event_time_ms, town->now_ms - HOUR); /* wall clock */
        assert_int_equal(town_last(town)->received_time_ms, town->now_ms - HOUR);
        assert_int_equal(town_last(town)->now_ms, town->now_ms - HOUR);
}

static void test_after_ours_alone_was_set_back_what_comes_is_of_now(void **state) {
        struct town *town = *state;

        engine_set_clock(town->engine, town->now_ms, HOUR);
        say_by(town, 0, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        say_by(town, 0, 0, KIND_HEART_RATE, 150);
        say_by(town, 0, 0, KIND_HEART_RATE, 80);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_after_a_set_forward_what_comes_is_of_now_whoever_was_set(void **state) {
        struct town *town = *state;

        engine_set_clock(town->engine, town->now_ms, -HOUR);
        say_by(town, HOUR, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_int_equal(town_last(town)->event_time_ms, town->now_ms + HOUR);
        say_by(town, 0, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
        assert_told(town, 2);
}

static void test_what_waited_in_kafka_is_as_old_after_a_step_as_before_it(void **state) {
        struct town *town = *state;

        engine_set_clock(town->engine, town->now_ms, HOUR);
        say_by(town, -HOUR - 10 * MINUTE, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 10 * MINUTE);
        engine_set_clock(town->engine, town->now_ms, -HOUR);
        say_by(town, HOUR - 10 * MINUTE, 0, KIND_SOS, 1);
        assert_int_equal(town_last(town)->late_ms, 10 * MINUTE);
}

static void test_a_silence_is_as_long_as_it_was_when_the_wall_clock_is_set(void **state) {
        struct town *town = *state;

        town_pass(town, 5 * MINUTE);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        town_pass(town, 10 * MINUTE);
        engine_set_clock(town->engine, town->now_ms, HOUR);
        town_pass(town, 10 * MINUTE - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_times_of_day_are_those_on_the_wall(void **state) {
        struct town *town = *state;

        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 0);
        engine_set_clock(town->engine, town->now_ms, -HOUR); /* 15:13 */
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 1);
        engine_set_clock(town->engine, town->now_ms, HOUR); /* 13:13 */
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 1);
}

/* --- a restart with another clock ---------------------------------------------------------------------- */

static void restart_an_hour_before(struct town *town) {
        struct elder_profile profile = town_profile("E1", 1);

        profile.devices[0].heartbeat_ms = 10 * MINUTE;
        profile.devices[0].commissioned_time_ms = town->now_ms;
        town_restart(town, &profile, 1, -HOUR);
}

static void test_a_hold_is_as_long_though_we_start_with_a_clock_that_was_set_back(void **state) {
        struct town *town = *state;

        town_say(town, "E1", KIND_FALL, 1);
        restart_an_hour_before(town);
        town_pass(town, 19 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "fall");
}

static void
test_what_was_raised_clears_though_we_start_with_a_clock_that_was_set_back(void **state) {
        struct town *town = *state;

        town_say(town, "E1", KIND_HEART_RATE, 150);
        assert_told(town, 1);
        restart_an_hour_before(town);
        town_pass(town, MINUTE);
        town_say(town, "E1", KIND_HEART_RATE, 80);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        town_pass(town, 20 * MINUTE + 2 * SECOND);
        assert_told(town, 3);
        assert_string_equal(town_last(town)->rule, "offline");
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_received_time_in_the_future_hides_no_silence),
                t(test_what_an_ingest_ahead_of_us_received_now_is_of_now),
                t(test_what_an_ingest_ahead_of_us_receives_clears),
                t(test_what_an_ingest_ahead_of_us_received_late_says_how_old_it_is),
                t(test_what_an_ingest_behind_us_received_now_is_of_now),
                t(test_a_silence_is_heard_through_an_ingest_behind_us),
                t(test_what_waited_in_kafka_is_no_clock_behind_ours),
                t(test_after_the_wall_clock_was_set_back_with_ingests_what_comes_is_of_now),
                t(test_after_ours_alone_was_set_back_what_comes_is_of_now),
                t(test_after_a_set_forward_what_comes_is_of_now_whoever_was_set),
                t(test_what_waited_in_kafka_is_as_old_after_a_step_as_before_it),
                t(test_a_silence_is_as_long_as_it_was_when_the_wall_clock_is_set),
                t(test_times_of_day_are_those_on_the_wall),
                t(test_a_hold_is_as_long_though_we_start_with_a_clock_that_was_set_back),
                t(test_what_was_raised_clears_though_we_start_with_a_clock_that_was_set_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
