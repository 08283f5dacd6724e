/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

/* Home is in Hangzhou. METRE_DEG is one metre in degrees of latitude. */
#define HOME_LATITUDE 30.28580
#define HOME_LONGITUDE 120.14928
#define METRE_DEG (1 / 111195.08)

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

static struct elder_profile elder(void) {
        struct elder_profile profile = town_profile("E1", 2);

        profile.latitude_deg = HOME_LATITUDE;
        profile.longitude_deg = HOME_LONGITUDE;
        return profile;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = elder();

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

/* A rule: more than 500 m from home for 10 minutes, with at least three positions. */
static struct rule astray(void) {
        struct rule rule = {.id = "astray", .severity = SEVERITY_MAJOR, .class = ALERT_ACTIVITY};

        rule.condition.type = CONDITION_GEOFENCE;
        rule.condition.geofence = (struct condition_geofence){
                .outside = true,
                .around_home = true,
                .min_samples = 3,
                .radius_m = 500,
                .for_ms = 10 * MINUTE,
        };
        return rule;
}

static void with_astray(struct town *town) {
        struct rule rule = astray();

        start_with(town, &rule);
}

static struct event position(struct town *town, double north_m) {
        struct event event = town_event(town, "E1", KIND_LOCATION, 0);

        event.value = HOME_LATITUDE + north_m * METRE_DEG;
        event.value2 = HOME_LONGITUDE;
        return event;
}

/* Send a position @north_m north of home, then advance the clock by @then_ms. */
static void at(struct town *town, double north_m, int64_t then_ms) {
        struct event event = position(town, north_m);

        town_send(town, &event);
        town_pass(town, then_ms);
}

/* Send positions at @north_m until the alert is raised. */
static void go_astray(struct town *town, double north_m) {
        for (int i = 0; i < 4; i++)
                at(town, north_m, 3 * MINUTE);
        at(town, north_m, 0);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_far_for_long_enough_raises_and_says_how_far(void **state) {
        struct town *town = *state;

        with_astray(town);
        at(town, 800, 5 * MINUTE);
        at(town, 900, 5 * MINUTE - 1);
        at(town, 1000, 0);
        assert_told(town, 0); /* three positions, but one millisecond is missing */
        town->now_ms++;       /* without a tick */
        at(town, 1000, 0);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(fabs(town_last(town)->value - 1000) < 5);
        assert_true(town_last(town)->limit == 500);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        assert_int_equal(town_last(town)->duration_ms, 10 * MINUTE);
}

static void test_the_line_itself_is_inside(void **state) {
        struct town *town = *state;

        with_astray(town);
        for (int i = 0; i < 10; i++)
                at(town, 498, 3 * MINUTE); /* within the limit of 500 m */
        assert_told(town, 0);
        for (int i = 0; i < 10; i++)
                at(town, 502, 3 * MINUTE);
        assert_told(town, 1);
}

static void test_distances_are_those_of_the_globe(void **state) {
        struct town *town = *state;
        struct rule rule = astray();
        struct event event;

        /* Shanghai (31.2304 N 121.4737 E) to Beijing (39.9042 N 116.4074 E): 1,068 km. */
        rule.condition.geofence.around_home = false;
        rule.condition.geofence.latitude_deg = 31.2304;
        rule.condition.geofence.longitude_deg = 121.4737;
        rule.condition.geofence.min_samples = 1;
        rule.condition.geofence.for_ms = 0;
        start_with(town, &rule);
        event = town_event(town, "E1", KIND_LOCATION, 39.9042);
        event.value2 = 116.4074;
        town_send(town, &event);
        assert_told(town, 1);
        assert_true(fabs(town_last(town)->value - 1068000) < 2000);
}

static void test_back_is_a_tenth_behind_the_line(void **state) {
        struct town *town = *state;

        with_astray(town);
        go_astray(town, 600);
        at(town, 470, MINUTE);
        assert_told(town, 1);
        at(town, 452, MINUTE);
        assert_told(town, 1);
        at(town, 448, MINUTE);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
        assert_true(fabs(town_last(town)->value - 448) < 3);
}

static void test_behind_a_small_circle_it_is_twenty_metres(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        rule.condition.geofence.radius_m = 100;
        start_with(town, &rule);
        go_astray(town, 200);
        at(town, 85, MINUTE);
        assert_told(town, 1);
        at(town, 75, MINUTE);
        assert_told(town, 2);
}

static void test_back_over_the_line_ends_what_was_pending(void **state) {
        struct town *town = *state;

        with_astray(town);
        at(town, 600, 4 * MINUTE);
        at(town, 600, 4 * MINUTE);
        at(town, 490, MINUTE);
        at(town, 600, 4 * MINUTE);
        at(town, 600, 4 * MINUTE);
        assert_told(town, 0);
        at(town, 600, 3 * MINUTE);
        assert_told(town, 1); /* ten minutes after the duration began again */
}

static void test_the_time_runs_out_by_the_clock_when_positions_stop(void **state) {
        struct town *town = *state;
        int64_t first_ms;

        with_astray(town);
        first_ms = town->now_ms;
        at(town, 700, MINUTE);
        at(town, 800, MINUTE);
        at(town, 900, 8 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->event_time_ms, first_ms + 10 * MINUTE);
        assert_true(fabs(town_last(town)->value - 900) < 5);
        at(town, 100, 0);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_too_few_positions_are_not_told_however_long(void **state) {
        struct town *town = *state;

        with_astray(town);
        at(town, 700, MINUTE);
        at(town, 700, 2 * DAY);
        assert_told(town, 0);
        at(town, 700, 5 * MINUTE); /* after a day without positions, a new duration begins */
        at(town, 700, MINUTE);
        assert_told(town, 0);
        at(town, 700, 5 * MINUTE);
        assert_told(town, 1);
}

static void test_inside_a_place_to_stay_away_from(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        /* A lake, one kilometre north of home. */
        rule.condition.geofence = (struct condition_geofence){
                .latitude_deg = HOME_LATITUDE + 1000 * METRE_DEG,
                .longitude_deg = HOME_LONGITUDE,
                .radius_m = 300,
        };
        start_with(town, &rule);
        at(town, 600, MINUTE);
        assert_told(town, 0);
        at(town, 710, MINUTE);
        assert_told(town, 1);
        at(town, 690, MINUTE); /* outside, but less than thirty metres */
        assert_told(town, 1);
        at(town, 660, MINUTE);
        assert_told(town, 2);
}

static void test_where_nobody_can_be_so_soon_is_not_believed(void **state) {
        struct town *town = *state;

        with_astray(town);
        go_astray(town, 2000);
        at(town, 200000, 30 * SECOND);
        at(town, 2000, 30 * SECOND);
        at(town, -3000000, 30 * SECOND);
        at(town, 2000, 30 * SECOND);
        assert_told(town, 1);
        /* An implausible position at home does not clear either. */
        at(town, 60000, 0);
        at(town, 2000, 30 * MINUTE);
        at(town, 90000, 10 * SECOND);
        assert_told(town, 1);
        at(town, 0, 10 * SECOND);
        assert_told(town, 1);
        at(town, 90100, 10 * SECOND);
        assert_told(town, 1);
}

static void test_a_first_position_that_was_wrong_is_found_out_by_two(void **state) {
        struct town *town = *state;

        with_astray(town);
        at(town, 80000, 10 * SECOND);
        for (int i = 0; i < 6; i++)
                at(town, 10, 10 * SECOND);
        assert_told(town, 0);
        at(town, 600, 5 * MINUTE);
        at(town, 600, 5 * MINUTE);
        at(town, 600, 0);
        assert_told(town, 1); /* ten minutes counted from here */
}

static void test_unusable_positions_are_none(void **state) {
        struct town *town = *state;
        struct event event;

        with_astray(town);
        for (int i = 0; i < 10; i++) {
                event = position(town, 800);
                event.validity = EVENT_VALIDITY_STALE;
                town_send(town, &event);
                event = position(town, 800);
                event.value = event.value2 = 0; /* 0, 0: a receiver without a fix */
                town_send(town, &event);
                event = position(town, 800);
                event.value2 = NAN;
                town_send(town, &event);
                event = position(town, 800);
                event.value2 = 500;
                town_send(town, &event);
                town_pass(town, 2 * MINUTE);
        }
        assert_told(town, 0);
}

static void test_an_elder_without_an_address_is_not_judged_by_home(void **state) {
        struct town *town = *state;
        struct rule rule = astray();
        struct elder_profile profile = elder();

        profile.latitude_deg = NAN;
        profile.longitude_deg = NAN;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        for (int i = 0; i < 10; i++)
                at(town, 5000, 2 * MINUTE);
        assert_told(town, 0);
}

static void test_another_device_at_home_brings_nobody_home(void **state) {
        struct town *town = *state;
        struct event event;

        with_astray(town);
        go_astray(town, 800);
        town_pass(town, MINUTE);
        event = position(town, 0);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        town_send(town, &event);
        assert_told(town, 1);
        at(town, 0, 0);
        assert_told(town, 2);
}

static void test_who_nobody_vouches_for_may_raise_and_not_clear(void **state) {
        struct town *town = *state;
        struct event event;

        with_astray(town);
        for (int i = 0; i < 5; i++) {
                event = position(town, 800);
                event.flags = EVENT_UNAUTHENTICATED;
                town_send(town, &event);
                town_pass(town, 3 * MINUTE);
        }
        assert_told(town, 1);
        for (int i = 0; i < 3; i++) {
                event = position(town, 0);
                event.flags = EVENT_UNAUTHENTICATED;
                town_send(town, &event);
        }
        assert_told(town, 1);
        at(town, 0, 0);
        assert_told(town, 2);
}

static void test_a_track_from_a_buffer_says_nothing_about_now(void **state) {
        struct town *town = *state;

        with_astray(town);
        for (int i = 0; i < 10; i++) {
                struct event event = position(town, 800);

                event.device_time_ms -= HOUR - i * 2 * MINUTE;
                town_send(town, &event);
        }
        town_pass(town, HOUR);
        assert_told(town, 0);
        go_astray(town, 800);
        for (int i = 0; i < 3; i++) {
                struct event event = position(town, 0);

                event.device_time_ms -= HOUR;
                town_send(town, &event);
        }
        assert_told(town, 1);
}

static void test_a_step_back_out_of_order_ends_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_astray(town);
        go_astray(town, 800);
        town_pass(town, MINUTE);
        at(town, 800, 0);
        event = position(town, 0);
        event.device_time_ms -= 90 * SECOND;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_outside_its_time_of_day_nobody_is_astray(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){.from_minute = 22 * 60, .to_minute = 6 * 60};
        town->now_ms = NOON / DAY * DAY + 21 * HOUR + 48 * MINUTE;
        start_with(town, &rule);
        for (int i = 0; i < 4; i++)
                at(town, 800, 3 * MINUTE); /* 21:50 to 22:02 */
        assert_told(town, 0);
        at(town, 800, 3 * MINUTE);
        at(town, 800, 3 * MINUTE);
        at(town, 800, 3 * MINUTE);
        assert_told(town, 0);
        town_pass(town, 2 * MINUTE);
        assert_told(town, 1);
}

static void test_a_duration_does_not_reach_over_a_time_that_does_not_count(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        rule.condition.during_count = 2;
        rule.condition.during[0] = (struct day_slot){.from_minute = 300, .to_minute = 355};
        rule.condition.during[1] = (struct day_slot){.from_minute = 370, .to_minute = 420};
        town->now_ms = NOON / DAY * DAY + 348 * MINUTE;
        start_with(town, &rule);
        at(town, 800, MINUTE); /* 05:50; its ten minutes are over at 06:00 */
        at(town, 800, MINUTE);
        at(town, 800, 21 * MINUTE);
        assert_told(town, 0);
        for (int i = 0; i < 3; i++)
                at(town, 800, 3 * MINUTE); /* 06:13 */
        assert_told(town, 0);
        town_pass(town, 2 * MINUTE);
        assert_told(town, 1);
}

static void test_one_before_a_time_that_does_not_count_begins_nothing_after(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        rule.condition.during_count = 2;
        rule.condition.during[0] = (struct day_slot){.from_minute = 300, .to_minute = 355};
        rule.condition.during[1] = (struct day_slot){.from_minute = 370, .to_minute = 420};
        town->now_ms = NOON / DAY * DAY + 348 * MINUTE;
        start_with(town, &rule);
        at(town, 800, MINUTE); /* fewer than three positions: the clock alone raises nothing */
        at(town, 800, 21 * MINUTE);
        at(town, 800, MINUTE); /* 06:12 */
        at(town, 800, MINUTE);
        assert_told(town, 0);
}

static void test_it_goes_on_over_a_restart_and_is_settled_first(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_astray(town);
        for (int i = 0; i < 3; i++)
                at(town, 800, MINUTE);
        town_restart(town, &profile, 1, HOUR);
        town_pass(town, 59 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        town_restart(town, &profile, 1, MINUTE);
        at(town, 800, MINUTE);
        assert_told(town, 1);
        at(town, 0, 0);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_our_own_lag_hides_nobody_who_was_astray(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();
        struct event event;

        with_astray(town);
        for (int i = 0; i < 3; i++)
                at(town, 800, MINUTE);
        town_restart(town, &profile, 1, HOUR);
        event = position(town, 0); /* of half an hour ago */
        event.device_time_ms -= 30 * MINUTE;
        event.received_time_ms -= 30 * MINUTE;
        town_send(town, &event);
        assert_told(town, 2);
        assert_int_equal(town->told[0].transition, ALERT_RAISED);
        assert_in_range(town->told[0].late_ms, 50 * MINUTE, 55 * MINUTE);
        assert_int_equal(town->told[1].transition, ALERT_CLEARED);
}

static void test_a_reload_judges_what_is_pending_by_the_new_values(void **state) {
        struct town *town = *state;
        struct rule rule = astray();

        start_with(town, &rule);
        for (int i = 0; i < 3; i++)
                at(town, 800, MINUTE);
        rule.condition.geofence.for_ms = 5 * MINUTE;
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, 2 * MINUTE - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        rule.condition.geofence.radius_m = 2000;
        town_add(town, &rule);
        town_swap(town);
        assert_told(town, 1);
        at(town, 800, 0);
        assert_told(town, 2); /* 800 m is well within the new radius */
}

static void test_a_zone_that_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = astray();
        uint32_t index;

        rule.condition.geofence.radius_m = 0;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule.condition.geofence.radius_m = NAN;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = astray();
        rule.condition.geofence.around_home = false;
        rule.condition.geofence.latitude_deg = 91;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule.condition.geofence.latitude_deg = NAN;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = astray();
        rule.condition.geofence.for_ms = -1;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_far_for_long_enough_raises_and_says_how_far),
                t(test_the_line_itself_is_inside),
                t(test_distances_are_those_of_the_globe),
                t(test_back_is_a_tenth_behind_the_line),
                t(test_behind_a_small_circle_it_is_twenty_metres),
                t(test_back_over_the_line_ends_what_was_pending),
                t(test_the_time_runs_out_by_the_clock_when_positions_stop),
                t(test_too_few_positions_are_not_told_however_long),
                t(test_inside_a_place_to_stay_away_from),
                t(test_where_nobody_can_be_so_soon_is_not_believed),
                t(test_a_first_position_that_was_wrong_is_found_out_by_two),
                t(test_unusable_positions_are_none),
                t(test_an_elder_without_an_address_is_not_judged_by_home),
                t(test_another_device_at_home_brings_nobody_home),
                t(test_who_nobody_vouches_for_may_raise_and_not_clear),
                t(test_a_track_from_a_buffer_says_nothing_about_now),
                t(test_a_step_back_out_of_order_ends_nothing),
                t(test_outside_its_time_of_day_nobody_is_astray),
                t(test_a_duration_does_not_reach_over_a_time_that_does_not_count),
                t(test_one_before_a_time_that_does_not_count_begins_nothing_after),
                t(test_it_goes_on_over_a_restart_and_is_settled_first),
                t(test_our_own_lag_hides_nobody_who_was_astray),
                t(test_a_reload_judges_what_is_pending_by_the_new_values),
                t(test_a_zone_that_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
