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

        snprintf(profile.devices[0].room, ELDER_PROFILE_WORD_BYTES, "bedroom");
        snprintf(profile.devices[1].room, ELDER_PROFILE_WORD_BYTES, "hall");
        return profile;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = elder();

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

static struct rule steps(unsigned int first, unsigned int second, int64_t within_ms) {
        struct rule rule = {.id = "steps", .severity = SEVERITY_MAJOR, .class = ALERT_ACTIVITY};
        struct condition_sequence *sequence = &rule.condition.sequence;

        rule.condition.type = CONDITION_SEQUENCE;
        sequence->step_count = 2;
        rule_kinds_add(&sequence->steps[0].kinds, first);
        rule_kinds_add(&sequence->steps[1].kinds, second);
        sequence->steps[1].within_ms = within_ms;
        return rule;
}

/* A rule: out of bed, and not back within 20 minutes. */
static struct rule wandering(void) {
        struct rule rule = steps(KIND_BED_OUT, KIND_BED_IN, 20 * MINUTE);

        rule.condition.sequence.steps[1].absent = true;
        return rule;
}

static void with_wandering(struct town *town) {
        struct rule rule = wandering();

        start_with(town, &rule);
}

static void with_door_after_bed(struct town *town) {
        struct rule rule = steps(KIND_BED_OUT, KIND_DOOR_OPEN, 5 * MINUTE);

        start_with(town, &rule);
}

static void out(struct town *town) {
        town_say(town, "E1", KIND_BED_OUT, 1);
}

static void in(struct town *town) {
        town_say(town, "E1", KIND_BED_IN, 1);
}

static void door(struct town *town) {
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
}

/* --- a then b ------------------------------------------------------------------------------------ */

static void test_one_then_the_other_raises_and_clears_when_its_time_has_passed(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        out(town);
        town_pass(town, 5 * MINUTE - 1);
        door(town);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_string_equal(town_last(town)->event, "E1-a:1:2"); /* the event that completed it */
        assert_int_equal(town_last(town)->duration_ms, 5 * MINUTE - 1);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 1);
        town_pass(town, SECOND);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_at_the_border_it_is_too_late(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        out(town);
        town->now_ms += 5 * MINUTE; /* without a tick */
        door(town);
        assert_told(town, 0);
}

static void test_the_other_way_round_is_something_else(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        door(town);
        town_pass(town, SECOND);
        out(town);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void test_the_newest_beginning_counts(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        out(town);
        town_pass(town, 4 * MINUTE);
        out(town);
        town_pass(town, 4 * MINUTE);
        door(town);
        assert_told(town, 1);
}

static void test_again_while_raised_is_the_same_alert(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        out(town);
        door(town);
        town_pass(town, 4 * MINUTE);
        out(town);
        door(town);
        assert_told(town, 1);
        town_pass(town, 4 * MINUTE);
        assert_told(town, 1);
        town_pass(town, MINUTE + SECOND);
        assert_told(town, 2);
        out(town);
        door(town);
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_one_event_is_one_step(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_DOOR_OPEN, KIND_DOOR_OPEN, 5 * MINUTE);

        start_with(town, &rule);
        door(town);
        assert_told(town, 0);
        town_pass(town, MINUTE);
        door(town);
        assert_told(town, 1);
}

static void test_four_steps_each_in_its_time(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_BED_OUT, KIND_TOILET, MINUTE);
        struct condition_sequence *sequence = &rule.condition.sequence;

        sequence->step_count = 4;
        rule_kinds_add(&sequence->steps[2].kinds, KIND_APPLIANCE);
        sequence->steps[2].within_ms = 2 * MINUTE;
        rule_kinds_add(&sequence->steps[3].kinds, KIND_DOOR_OPEN);
        sequence->steps[3].within_ms = 3 * MINUTE;
        start_with(town, &rule);
        for (int late = 0; late < 2; late++) {
                out(town);
                town_pass(town, 59 * SECOND);
                town_say(town, "E1", KIND_TOILET, 1);
                town_pass(town, 119 * SECOND);
                town_say(town, "E1", KIND_APPLIANCE, 1);
                town_pass(town, 179 * SECOND + (1 - late) * SECOND);
                door(town);
                assert_told(town, (uint32_t)late);
                town_pass(town, HOUR);
        }
        town_pass(town, HOUR);
        door(town);
        assert_told(town, 2); /* raised once and cleared */
}

static void test_a_step_of_a_room_takes_its_own_devices_only(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_BED_OUT, KIND_DOOR_OPEN, 5 * MINUTE);
        struct event event;

        snprintf(rule.condition.sequence.steps[1].room, RULE_WORD_BYTES, "hall");
        start_with(town, &rule);
        out(town);
        door(town); /* of the bedroom */
        assert_told(town, 0);
        event = town_event(town, "E1", KIND_DOOR_OPEN, 1);
        assert_int_equal(event_set_ids(&event, "E1", "E1-z"), 0); /* not in the registry */
        town_send(town, &event);
        assert_told(town, 0);
        event = town_event(town, "E1", KIND_DOOR_OPEN, 1);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        assert_told(town, 1);
}

/* An hour in the bathroom: more motion there changes nothing, motion in another room ends it. */
static void test_elsewhere_is_any_room_but_that_one(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_MOTION, KIND_MOTION, HOUR);
        struct event event;

        rule.condition.sequence.steps[1].absent = true;
        snprintf(rule.condition.sequence.steps[0].room, RULE_WORD_BYTES, "bedroom");
        snprintf(rule.condition.sequence.steps[1].elsewhere, RULE_WORD_BYTES, "bedroom");
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 59 * MINUTE);
        event = town_event(town, "E1", KIND_MOTION, 1);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0); /* in the hall */
        town_send(town, &event);
        town_pass(town, 2 * HOUR);
        assert_told(town, 0);

        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 30 * MINUTE);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 30 * MINUTE - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_all_clear_is_no_step(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        out(town);
        town_say(town, "E1", KIND_DOOR_OPEN, 0);
        assert_told(town, 0);
}

static void test_the_alarm_lane_may_overtake_the_other(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        door(town);
        town_pass(town, 2 * SECOND);
        town_say_old(town, "E1", KIND_BED_OUT, 1, 30 * SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->duration_ms, 28 * SECOND);
}

static void test_a_sequence_from_a_buffer_is_told_as_late(void **state) {
        struct town *town = *state;

        with_door_after_bed(town);
        town_say_old(town, "E1", KIND_BED_OUT, 1, HOUR);
        town_pass(town, 2 * SECOND);
        town_say_old(town, "E1", KIND_DOOR_OPEN, 1, HOUR - MINUTE);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, HOUR - MINUTE);
        town_pass(town, MINUTE);
        assert_told(town, 2); /* its time was over long ago */
}

/* --- a then not b ----------------------------------------------------------------------------------- */

static void test_what_does_not_come_is_told_within_a_second_of_its_time(void **state) {
        struct town *town = *state;
        int64_t out_ms;

        with_wandering(town);
        out_ms = town->now_ms;
        out(town);
        town_pass(town, 20 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_string_equal(town_last(town)->event, "E1-a:1:1"); /* of getting up */
        assert_int_equal(town_last(town)->event_time_ms, out_ms + 20 * MINUTE);
        assert_true(town_last(town)->limit == 20 * 60);
        assert_int_equal(town_last(town)->late_ms, 0);
        town_pass(town, HOUR);
        in(town);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_what_comes_in_time_ends_the_wait(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town);
        town_pass(town, 20 * MINUTE - 1);
        in(town);
        town_pass(town, DAY);
        assert_told(town, 0);
}

static void test_a_second_beginning_does_not_put_it_off(void **state) {
        struct town *town = *state;

        with_wandering(town);
        for (int i = 0; i < 20; i++) {
                out(town);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

static void test_after_it_has_come_a_new_beginning_counts(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town);
        town_pass(town, 15 * MINUTE);
        in(town);
        out(town);
        town_pass(town, 20 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:3");
}

static void test_what_came_in_time_and_is_heard_of_late_ends_the_wait(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town);
        town_pass(town, 19 * MINUTE);
        town_say_old(town, "E1", KIND_BED_IN, 1, 15 * MINUTE);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void test_what_came_in_time_clears_even_after_it_was_told_to_be_missing(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town);
        town_pass(town, 25 * MINUTE);
        assert_told(town, 1);
        town_say_old(town, "E1", KIND_BED_IN, 1, 3 * MINUTE); /* after the limit, and late */
        assert_told(town, 1);
        town_say_old(town, "E1", KIND_BED_IN, 1, 20 * MINUTE);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_in_between_heard_of_late_leaves_the_later_beginning_waiting(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town); /* :00 */
        town_pass(town, 10 * MINUTE);
        out(town); /* :10 */
        town_pass(town, 5 * MINUTE);
        town_say_old(town, "E1", KIND_BED_IN, 1, 10 * MINUTE); /* :05 */
        town_pass(town, 15 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:2");
}

static void test_a_late_beginning_whose_time_is_over_is_told_as_late(void **state) {
        struct town *town = *state;
        struct rule other = steps(KIND_TOILET, KIND_MOTION, 2 * SECOND);

        snprintf(other.id, sizeof(other.id), "other");
        town_add(town, &other);
        with_wandering(town);
        town_say(town, "E1", KIND_TOILET, 1); /* makes the engine look at the elder in between */
        town_say_old(town, "E1", KIND_BED_OUT, 1, 2 * HOUR);
        town_pass(town, 9 * SECOND);
        assert_told(town, 0); /* the rest of the buffer may still contain BED_IN */
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, HOUR + 40 * MINUTE,
                        HOUR + 40 * MINUTE + 11 * SECOND);
}

static void test_a_whole_night_from_a_buffer_is_judged_as_it_was(void **state) {
        struct town *town = *state;

        with_wandering(town);
        town_say_old(town, "E1", KIND_BED_OUT, 1, 2 * HOUR);
        town_say_old(town, "E1", KIND_BED_IN, 1, 2 * HOUR - 5 * MINUTE);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void test_a_late_beginning_that_is_not_over_waits_for_the_rest(void **state) {
        struct town *town = *state;

        with_wandering(town);
        town_say_old(town, "E1", KIND_BED_OUT, 1, 15 * MINUTE);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 0);
}

static void test_the_next_night_is_told_though_the_return_was_lost(void **state) {
        struct town *town = *state;

        with_wandering(town);
        out(town);
        town_pass(town, 30 * MINUTE);
        assert_told(town, 1);
        out(town); /* the sensor repeats it */
        town_pass(town, 30 * MINUTE);
        assert_told(town, 1);
        town_pass(town, 22 * HOUR);
        out(town);
        town_pass(town, 21 * MINUTE);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(town->told[0].key != town->told[1].key);
        in(town);
        assert_told(town, 3);
        assert_true(town->told[2].key == town->told[1].key);
}

static void test_who_nobody_vouches_for_may_begin_and_not_end(void **state) {
        struct town *town = *state;

        with_wandering(town);
        town_say_unauthenticated(town, "E1", KIND_BED_OUT, 1);
        town_pass(town, 10 * MINUTE);
        town_say_unauthenticated(town, "E1", KIND_BED_IN, 1);
        town_pass(town, 11 * MINUTE);
        assert_told(town, 1);
        town_say_unauthenticated(town, "E1", KIND_BED_IN, 1);
        assert_told(town, 1);
        in(town);
        assert_told(town, 2);
}

static void test_what_comes_by_the_faster_lane_is_not_missing(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_BED_OUT, KIND_DOOR_CLOSED, 5 * MINUTE);

        rule.condition.sequence.steps[1].absent = true;
        start_with(town, &rule);
        town_say(town, "E1", KIND_DOOR_CLOSED, 1);
        town_pass(town, 2 * SECOND);
        town_say_old(town, "E1", KIND_BED_OUT, 1, 30 * SECOND);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void test_twice_two_steps_and_then_not_a_third(void **state) {
        struct town *town = *state;
        struct rule rule = steps(KIND_BED_OUT, KIND_DOOR_OPEN, 5 * MINUTE);
        struct condition_sequence *sequence = &rule.condition.sequence;

        sequence->step_count = 3;
        rule_kinds_add(&sequence->steps[2].kinds, KIND_MOTION);
        sequence->steps[2].absent = true;
        sequence->steps[2].within_ms = 10 * MINUTE;
        start_with(town, &rule);
        out(town);
        town_pass(town, HOUR);
        assert_told(town, 0);
        out(town);
        town_pass(town, MINUTE);
        door(town);
        town_pass(town, 10 * MINUTE + SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:3"); /* of the door */
}

/* --- slots and absence -------------------------------------------------------------------------------- */

#define MIDNIGHT (NOON / DAY * DAY)

static void test_outside_its_time_of_day_nothing_begins_and_nothing_is_raised(void **state) {
        struct town *town = *state;
        struct rule rule = wandering();

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){.from_minute = 22 * 60, .to_minute = 6 * 60};
        town->now_ms = MIDNIGHT + 21 * HOUR + 48 * MINUTE;
        start_with(town, &rule);
        out(town); /* 21:50; its 20 minutes are over at 22:10 */
        town_pass(town, HOUR);
        assert_told(town, 0);
        town_pass(town, MIDNIGHT + 29 * HOUR + 45 * MINUTE - town->now_ms);
        out(town); /* 05:45: up for the day */
        town_pass(town, HOUR);
        assert_told(town, 0);
        town_pass(town, 16 * HOUR);
        out(town); /* 22:45 */
        town_pass(town, 21 * MINUTE);
        assert_told(town, 1);
        town_pass(town, 8 * HOUR);
        in(town); /* outside the slot an open alert can still clear */
        assert_told(town, 2);
}

static void test_nobody_away_is_missed_at_home(void **state) {
        struct town *town = *state;
        struct rule rule = wandering();

        rule.condition.unless_away = true;
        start_with(town, &rule);
        out(town);
        town_pass(town, MINUTE);
        town_say(town, "E1", KIND_AWAY, 1);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

/* --- restart, reload ---------------------------------------------------------------------------------- */

static void test_a_wait_goes_on_over_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_wandering(town);
        out(town);
        town_pass(town, 5 * MINUTE);
        town_restart(town, &profile, 1, 5 * MINUTE);
        town_pass(town, 10 * MINUTE - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        town_restart(town, &profile, 1, MINUTE);
        in(town);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_what_ended_while_nobody_watched_is_settled_first(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_wandering(town);
        out(town);
        town_restart(town, &profile, 1, HOUR);
        town_pass(town, 59 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 40 * MINUTE, 42 * MINUTE);
}

static void test_a_return_that_waited_in_the_log_ends_the_wait(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();
        struct event event;

        with_wandering(town);
        out(town);
        town_restart(town, &profile, 1, HOUR);
        event = town_event(town, "E1", KIND_BED_IN, 1);
        event.device_time_ms -= 50 * MINUTE;
        event.received_time_ms -= 50 * MINUTE;
        town_send(town, &event);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void test_our_own_lag_hides_no_absence(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();
        struct event event;

        with_wandering(town);
        out(town);
        town_restart(town, &profile, 1, HOUR);
        event = town_event(town, "E1", KIND_BED_IN, 1);
        event.device_time_ms -= 30 * MINUTE; /* back after half an hour out of bed */
        event.received_time_ms -= 30 * MINUTE;
        town_send(town, &event);
        assert_told(town, 2);
        assert_int_equal(town->told[0].transition, ALERT_RAISED);
        assert_int_equal(town->told[0].late_ms, 40 * MINUTE);
        assert_int_equal(town->told[1].transition, ALERT_CLEARED);
}

static void test_what_was_over_while_nobody_watched_is_not_kept_alive(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_door_after_bed(town);
        out(town);
        door(town);
        assert_told(town, 1);
        town_restart(town, &profile, 1, 10 * MINUTE);
        out(town);
        door(town);
        assert_told(town, 3);
        assert_int_equal(town->told[1].transition, ALERT_CLEARED);
        assert_true(town->told[1].key == town->told[0].key);
        assert_int_equal(town->told[2].transition, ALERT_RAISED);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_a_wait_ends_by_the_new_time_after_a_reload(void **state) {
        struct town *town = *state;
        struct rule rule = wandering();

        start_with(town, &rule);
        out(town);
        town_pass(town, 10 * MINUTE);
        rule.condition.sequence.steps[1].within_ms = 15 * MINUTE;
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
}

static void test_shorter_than_what_has_passed_is_told_within_a_second_of_the_reload(void **state) {
        struct town *town = *state;
        struct rule rule = wandering();

        start_with(town, &rule);
        out(town);
        town_pass(town, 10 * MINUTE);
        rule.condition.sequence.steps[1].within_ms = 5 * MINUTE;
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, SECOND);
        assert_told(town, 1);
}

static void test_a_sequence_that_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = wandering();
        uint32_t index;

        rule.condition.sequence.step_count = 1;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = wandering();
        rule.condition.sequence.step_count = RULE_STEPS_MAX + 1;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = wandering();
        rule.condition.sequence.steps[1].within_ms = 0;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = wandering();
        rule.condition.sequence.steps[0].absent = true;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = wandering();
        memset(&rule.condition.sequence.steps[1].kinds, 0, sizeof(struct rule_kinds));
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_one_then_the_other_raises_and_clears_when_its_time_has_passed),
                t(test_at_the_border_it_is_too_late),
                t(test_the_other_way_round_is_something_else),
                t(test_the_newest_beginning_counts),
                t(test_again_while_raised_is_the_same_alert),
                t(test_one_event_is_one_step),
                t(test_four_steps_each_in_its_time),
                t(test_a_step_of_a_room_takes_its_own_devices_only),
                t(test_elsewhere_is_any_room_but_that_one),
                t(test_all_clear_is_no_step),
                t(test_the_alarm_lane_may_overtake_the_other),
                t(test_a_sequence_from_a_buffer_is_told_as_late),
                t(test_what_does_not_come_is_told_within_a_second_of_its_time),
                t(test_what_comes_in_time_ends_the_wait),
                t(test_a_second_beginning_does_not_put_it_off),
                t(test_after_it_has_come_a_new_beginning_counts),
                t(test_what_came_in_time_and_is_heard_of_late_ends_the_wait),
                t(test_what_came_in_time_clears_even_after_it_was_told_to_be_missing),
                t(test_in_between_heard_of_late_leaves_the_later_beginning_waiting),
                t(test_a_late_beginning_whose_time_is_over_is_told_as_late),
                t(test_a_whole_night_from_a_buffer_is_judged_as_it_was),
                t(test_a_late_beginning_that_is_not_over_waits_for_the_rest),
                t(test_the_next_night_is_told_though_the_return_was_lost),
                t(test_who_nobody_vouches_for_may_begin_and_not_end),
                t(test_what_comes_by_the_faster_lane_is_not_missing),
                t(test_twice_two_steps_and_then_not_a_third),
                t(test_outside_its_time_of_day_nothing_begins_and_nothing_is_raised),
                t(test_nobody_away_is_missed_at_home),
                t(test_a_wait_goes_on_over_a_restart),
                t(test_what_ended_while_nobody_watched_is_settled_first),
                t(test_a_return_that_waited_in_the_log_ends_the_wait),
                t(test_our_own_lag_hides_no_absence),
                t(test_what_was_over_while_nobody_watched_is_not_kept_alive),
                t(test_a_wait_ends_by_the_new_time_after_a_reload),
                t(test_shorter_than_what_has_passed_is_told_within_a_second_of_the_reload),
                t(test_a_sequence_that_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
