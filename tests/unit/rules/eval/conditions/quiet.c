/* SPDX-License-Identifier: MIT */
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

        town_init(town);
        *state = town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        free(*state);
        return 0;
}

/* Midnight UTC of the day of NOON. */
#define MIDNIGHT (NOON / DAY * DAY)

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        snprintf(profile.devices[0].room, ELDER_PROFILE_WORD_BYTES, "bathroom");
        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE); /* settled */
}

/* Start with a limit of three hours at any time of day. */
static void with_quiet(struct town *town) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
}

/* A rule with a limit of three hours by day and ten by night. */
static struct rule by_time(void) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        rule.condition.quiet.slot_count = 2;
        rule.condition.quiet.slots[0] = (struct day_slot){
                .from_minute = 6 * 60, .to_minute = 22 * 60, .longer_than_ms = 3 * HOUR};
        rule.condition.quiet.slots[1] = (struct day_slot){
                .from_minute = 22 * 60, .to_minute = 6 * 60, .longer_than_ms = 10 * HOUR};
        return rule;
}

static void by_time_from(struct town *town, int64_t time_of_day_ms) {
        struct rule rule = by_time();

        town->now_ms = MIDNIGHT + time_of_day_ms - 2 * MINUTE;
        start_with(town, &rule);
}

static void test_three_hours_without_a_sign_raise_within_a_second(void **state) {
        struct town *town = *state;
        int64_t last_ms;

        with_quiet(town);
        last_ms = town->now_ms;
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 3 * HOUR - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->event_time_ms, last_ms + 3 * HOUR);
        assert_in_range(town_last(town)->now_ms, last_ms + 3 * HOUR, last_ms + 3 * HOUR + SECOND);
        assert_in_range(town_last(town)->duration_ms, 3 * HOUR, 3 * HOUR + SECOND);
        assert_true(town_last(town)->limit == 3 * 3600);
        assert_string_equal(town_last(town)->event, "E1-a:1:1"); /* the last sign of life */
        town_pass(town, DAY);
        assert_told(town, 1);
}

static void test_a_sign_puts_it_off_and_clears_it(void **state) {
        struct town *town = *state;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        for (int i = 0; i < 5; i++) {
                town_pass(town, 3 * HOUR - SECOND);
                town_say(town, "E1", KIND_MOTION, 1);
        }
        assert_told(town, 0);
        town_pass(town, 4 * HOUR);
        assert_told(town, 1);
        town_say(town, "E1", KIND_MOTION, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);

        /* The next silence is another alert. */
        town_pass(town, 4 * HOUR);
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_what_never_spoke_is_blind_and_not_quiet(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        with_quiet(town);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.blind, 1);
        town_pass(town, 2 * DAY);
        assert_told(town, 0);
        town_say(town, "E1", KIND_MOTION, 1);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.blind, 0);
        town_pass(town, 4 * HOUR);
        assert_told(town, 1);
}

static void test_no_motion_is_no_sign_of_life(void **state) {
        struct town *town = *state;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        town_say(town, "E1", KIND_MOTION, 0);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        town_pass(town, HOUR + SECOND);
        assert_told(town, 1);
}

static void test_an_unauthenticated_sensor_is_no_sign_of_life(void **state) {
        struct town *town = *state;
        struct event event;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        event = town_event(town, "E1", KIND_MOTION, 1);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        town_pass(town, HOUR + SECOND);
        assert_told(town, 1);
}

static void test_a_late_sign_counts_from_when_it_was_and_clears_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        event = town_event(town, "E1", KIND_MOTION, 1);
        event.device_time_ms -= HOUR;
        town_send(town, &event);
        town_pass(town, 2 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        event = town_event(town, "E1", KIND_MOTION, 1);
        event.device_time_ms -= HOUR;
        town_send(town, &event);
        assert_told(town, 1);
        town_say(town, "E1", KIND_MOTION, 1);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_away_has_no_deadline_and_home_begins_anew(void **state) {
        struct town *town = *state;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_say(town, "E1", KIND_AWAY, 1);
        town_pass(town, 2 * DAY);
        assert_told(town, 0);
        town_say(town, "E1", KIND_HOME, 1);
        town_pass(town, 3 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_leaving_clears_what_was_raised(void **state) {
        struct town *town = *state;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 4 * HOUR);
        town_say(town, "E1", KIND_AWAY, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_who_forgets_to_say_home_is_watched_again(void **state) {
        struct town *town = *state;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_say(town, "E1", KIND_AWAY, 1);
        town_pass(town, 10 * SECOND);
        town_say(town, "E1", KIND_MOTION, 1); /* in the hall, on the way out */
        town_pass(town, 4 * HOUR);
        assert_told(town, 0);
        town_say(town, "E1", KIND_MOTION, 1); /* the elder is at home again */
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_an_unauthenticated_away_changes_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        event = town_event(town, "E1", KIND_AWAY, 1);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_only_the_rooms_own_devices_count(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("bathroom", KIND_MOTION, 3 * HOUR);
        struct event event;

        snprintf(rule.condition.quiet.room, RULE_WORD_BYTES, "bathroom");
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        event = town_event(town, "E1", KIND_MOTION, 1);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        town_pass(town, HOUR + SECOND);
        assert_told(town, 1);
}

/* --- between two slots ---------------------------------------------------------------------------- */

/* The last sign of life is at @last_ms of the day. Return: when the alert is raised, in hours after midnight of that
 * day. */
static double raised_at(struct town *town, int64_t last_ms) {
        by_time_from(town, last_ms);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 24 * HOUR);
        assert_told(town, 1);
        return (double)(town_last(town)->event_time_ms - MIDNIGHT) / HOUR;
}

static void test_a_sleeper_since_23_is_not_overdue_when_the_day_begins(void **state) {
        assert_true(raised_at(*state, 23 * HOUR) == 24 + 9); /* limit of the day, from 06:00 */
}

static void test_the_nights_limit_still_ends_a_night_that_began_early(void **state) {
        assert_true(raised_at(*state, 22 * HOUR) == 24 + 8); /* limit of the night: ten hours */
}

static void test_quiet_since_the_small_hours_gets_the_days_limit(void **state) {
        assert_true(raised_at(*state, 25 * HOUR) == 24 + 9);
}

static void test_the_nights_longer_limit_takes_over_at_its_border(void **state) {
        assert_true(raised_at(*state, 21 * HOUR) == 24 + 7);
}

static void test_quiet_since_before_the_evening_ends_with_the_day(void **state) {
        assert_true(raised_at(*state, 18 * HOUR) == 21);
}

static void test_a_slot_with_never_waits_for_the_next_one(void **state) {
        struct town *town = *state;
        struct rule rule = by_time();

        rule.condition.quiet.slots[1].longer_than_ms = 0;
        town->now_ms = MIDNIGHT + 20 * HOUR - 2 * MINUTE;
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 13 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1); /* 09:00 */
}

static void test_a_gap_between_slots_means_no_alarm(void **state) {
        struct town *town = *state;
        struct rule rule = by_time();

        rule.condition.quiet.slot_count = 1;
        town->now_ms = MIDNIGHT + 21 * HOUR - 2 * MINUTE;
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 12 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

/* Berlin, 29 March 2026: 02:00 becomes 03:00. The night is an hour shorter, the limits are not. */
static void test_the_clock_change_moves_the_border_and_not_the_limit(void **state) {
        struct town *town = *state;
        struct rule rule = by_time();
        struct zone *zone;

        assert_int_equal(zone_open(&zone, "Europe/Berlin"), 0);
        assert_int_equal(rule_set_builder_add_zone(town->builder, "", zone), 0);
        town->now_ms = INT64_C(1774735200000) - 2 * MINUTE; /* 28 March, 23:00 in Berlin */
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 24 * HOUR);
        assert_told(town, 1);
        /* The day begins at 06:00 in Berlin, 04:00 UTC: six hours later, not seven. */
        assert_int_equal(town_last(town)->event_time_ms, INT64_C(1774735200000) + 9 * HOUR);
}

/* --- restart ---------------------------------------------------------------------------------------- */

static void test_what_passed_while_nobody_watched_is_settled_first(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 2);

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        town_restart(town, &profile, 1, 2 * HOUR);
        town_pass(town, 59 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_signs_that_waited_in_the_log_are_read_before_judging(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 2);
        struct event event;

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        town_restart(town, &profile, 1, 2 * HOUR);
        town_pass(town, 30 * SECOND);
        event = town_event(town, "E1", KIND_MOTION, 1);
        event.device_time_ms -= HOUR;
        event.received_time_ms -= HOUR;
        town_send(town, &event);
        town_pass(town, 2 * HOUR - MINUTE);
        assert_told(town, 0);
        town_pass(town, MINUTE);
        assert_told(town, 1);
}

static void test_while_the_log_is_behind_nobody_is_called_quiet(void **state) {
        struct town *town = *state;
        struct elder_profile profiles[2] = {town_profile("E1", 2), town_profile("E2", 2)};

        with_quiet(town);
        town_put(town, &profiles[1]);
        town_say(town, "E1", KIND_MOTION, 1);
        town_restart(town, profiles, 2, 5 * HOUR);
        /* Old events of another elder are read for longer than the settling time. */
        for (int i = 0; i < 20; i++) {
                struct event event = town_event(town, "E2", KIND_HEARTBEAT, 1);

                event.received_time_ms -= 3 * HOUR;
                event.device_time_ms -= 3 * HOUR;
                town_send(town, &event);
                town_pass(town, 9 * SECOND);
        }
        assert_told(town, 0);
        town_pass(town, 11 * SECOND);
        assert_told(town, 1);
}

static void test_a_raised_one_is_not_raised_again_after_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 2);

        with_quiet(town);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 4 * HOUR);
        assert_told(town, 1);
        town_restart(town, &profile, 1, HOUR);
        town_pass(town, HOUR);
        assert_told(town, 1);
        town_say(town, "E1", KIND_MOTION, 1);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_clock_set_back_raises_nothing_early_and_misses_nothing(void **state) {
        struct town *town = *state;
        int64_t last_ms;

        with_quiet(town);
        last_ms = town->now_ms;
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        town->now_ms -= HOUR; /* the clock is set back */
        engine_tick(town->engine, town->now_ms);
        town_pass(town, last_ms + 3 * HOUR - 1 - town->now_ms);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_three_hours_without_a_sign_raise_within_a_second),
                t(test_a_sign_puts_it_off_and_clears_it),
                t(test_what_never_spoke_is_blind_and_not_quiet),
                t(test_no_motion_is_no_sign_of_life),
                t(test_an_unauthenticated_sensor_is_no_sign_of_life),
                t(test_a_late_sign_counts_from_when_it_was_and_clears_nothing),
                t(test_away_has_no_deadline_and_home_begins_anew),
                t(test_leaving_clears_what_was_raised),
                t(test_who_forgets_to_say_home_is_watched_again),
                t(test_an_unauthenticated_away_changes_nothing),
                t(test_only_the_rooms_own_devices_count),
                t(test_a_sleeper_since_23_is_not_overdue_when_the_day_begins),
                t(test_the_nights_limit_still_ends_a_night_that_began_early),
                t(test_quiet_since_the_small_hours_gets_the_days_limit),
                t(test_the_nights_longer_limit_takes_over_at_its_border),
                t(test_quiet_since_before_the_evening_ends_with_the_day),
                t(test_a_slot_with_never_waits_for_the_next_one),
                t(test_a_gap_between_slots_means_no_alarm),
                t(test_the_clock_change_moves_the_border_and_not_the_limit),
                t(test_what_passed_while_nobody_watched_is_settled_first),
                t(test_signs_that_waited_in_the_log_are_read_before_judging),
                t(test_while_the_log_is_behind_nobody_is_called_quiet),
                t(test_a_raised_one_is_not_raised_again_after_a_restart),
                t(test_a_clock_set_back_raises_nothing_early_and_misses_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
