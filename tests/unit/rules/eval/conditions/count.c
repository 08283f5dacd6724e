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

        snprintf(profile.devices[1].room, ELDER_PROFILE_WORD_BYTES, "bathroom");
        return profile;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = elder();

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

static struct rule times(uint8_t at_least, int64_t within_ms) {
        struct rule rule = {.id = "toilet", .severity = SEVERITY_MINOR, .class = ALERT_ACTIVITY};

        rule.condition.type = CONDITION_COUNT;
        rule_kinds_add(&rule.condition.count.kinds, KIND_TOILET);
        rule.condition.count.at_least = at_least;
        rule.condition.count.within_ms = within_ms;
        return rule;
}

/* Start with a rule for four events within two hours. */
static void with_four(struct town *town) {
        struct rule rule = times(4, 2 * HOUR);

        start_with(town, &rule);
}

static void go(struct town *town) {
        town_say(town, "E1", KIND_TOILET, 1);
}

static void test_the_fourth_within_two_hours_raises(void **state) {
        struct town *town = *state;

        with_four(town);
        go(town);
        town_pass(town, HOUR);
        go(town);
        go(town);
        assert_told(town, 0);
        town->now_ms += HOUR - 1;
        go(town);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->duration_ms, 2 * HOUR - 1);
        assert_int_equal(town_last(town)->samples, 4);
        assert_string_equal(town_last(town)->event, "E1-a:1:4"); /* the event that completed it */
}

static void test_at_the_border_the_first_has_left_the_window(void **state) {
        struct town *town = *state;

        with_four(town);
        go(town);
        town_pass(town, HOUR);
        go(town);
        go(town);
        town->now_ms += HOUR;
        go(town);
        assert_told(town, 0);
        go(town); /* the fourth, with the three of the last hour */
        assert_told(town, 1);
}

static void test_it_clears_by_itself_when_fewer_than_half_are_left(void **state) {
        struct town *town = *state;
        int64_t third_ms;

        with_four(town);
        go(town);
        town_pass(town, 10 * MINUTE);
        go(town);
        town_pass(town, 10 * MINUTE);
        third_ms = town->now_ms;
        go(town);
        town_pass(town, 10 * MINUTE);
        go(town);
        assert_told(town, 1);
        go(town); /* a fifth is not another alert */
        assert_told(town, 1);
        town_pass(town, third_ms + 2 * HOUR - 1 + 10 * MINUTE - town->now_ms);
        assert_told(town, 1); /* the fourth and fifth, half of four, are still within two hours */
        town_pass(town, SECOND);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_what_is_left_counts_for_the_next_one(void **state) {
        struct town *town = *state;

        with_four(town);
        go(town);
        go(town);
        go(town);
        town_pass(town, HOUR);
        go(town);
        assert_told(town, 1);
        town_pass(town, HOUR + SECOND);
        assert_told(town, 2); /* only one is left in the window */
        go(town);
        go(town);
        assert_told(town, 2);
        go(town);
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_when_the_window_is_empty_nothing_is_remembered(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        with_four(town);
        for (int i = 0; i < 50; i++) {
                go(town);
                town_pass(town, HOUR);
        }
        assert_told(town, 0);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.episodes, 1); /* one episode for all of them */
        town_pass(town, 2 * HOUR);
        go(town);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.episodes, 2); /* a new one, because the first had ended */
}

static void test_the_same_one_delivered_again_counts_once(void **state) {
        struct town *town = *state;
        struct event event;

        with_four(town);
        event = town_event(town, "E1", KIND_TOILET, 1);
        event.flags |= EVENT_SEQUENCE_DERIVED; /* the dedup window does not apply */
        for (int i = 0; i < 10; i++)
                town_send(town, &event);
        assert_told(town, 0);
        go(town);
        go(town);
        go(town);
        assert_told(town, 1);
}

static void test_two_devices_in_the_same_millisecond_are_two(void **state) {
        struct town *town = *state;
        struct rule rule = times(2, HOUR);
        struct event event;

        start_with(town, &rule);
        go(town);
        event = town_event(town, "E1", KIND_TOILET, 1);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_the_order_in_which_they_come_does_not_matter(void **state) {
        struct town *town = *state;

        with_four(town);
        go(town);
        town_say_old(town, "E1", KIND_TOILET, 1, 90 * SECOND);
        town_say_old(town, "E1", KIND_TOILET, 1, 30 * SECOND);
        town_say_old(town, "E1", KIND_TOILET, 1, 60 * SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->duration_ms, 90 * SECOND);
        assert_int_equal(town_last(town)->late_ms, 0);
}

static void test_a_number_completed_from_a_buffer_is_told_as_late(void **state) {
        struct town *town = *state;

        with_four(town);
        for (int i = 0; i < 4; i++) {
                assert_told(town, 0);
                town_say_old(town, "E1", KIND_TOILET, 1, 5 * HOUR - i * MINUTE);
                town_pass(town, 2 * SECOND);
        }
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 5 * HOUR - 3 * MINUTE, 5 * HOUR);
        town_pass(town, MINUTE);
        assert_told(town, 2); /* the time of the count was over long ago */
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_old_and_new_do_not_add_up(void **state) {
        struct town *town = *state;

        with_four(town);
        go(town);
        go(town);
        for (int i = 0; i < 3; i++)
                town_say_old(town, "E1", KIND_TOILET, 1, 2 * HOUR + i * MINUTE);
        assert_told(town, 0);
}

static void test_sixteen_are_the_most_and_still_found(void **state) {
        struct town *town = *state;
        struct rule rule = times(RULE_COUNT_MAX, HOUR);

        start_with(town, &rule);
        for (int i = 0; i < 40; i++) { /* fifteen within an hour, not sixteen */
                go(town);
                town_pass(town, 4 * MINUTE);
        }
        assert_told(town, 0);
        for (int i = 0; i < 16; i++) {
                go(town);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
}

static void test_an_all_clear_does_not_count(void **state) {
        struct town *town = *state;

        with_four(town);
        for (int i = 0; i < 8; i++)
                town_say(town, "E1", KIND_TOILET, 0);
        assert_told(town, 0);
}

static void test_a_room_counts_its_own_devices(void **state) {
        struct town *town = *state;
        struct rule rule = times(2, HOUR);
        struct event event;

        snprintf(rule.condition.count.room, RULE_WORD_BYTES, "bathroom");
        start_with(town, &rule);
        go(town);
        go(town);
        assert_told(town, 0);
        for (int i = 0; i < 2; i++) {
                event = town_event(town, "E1", KIND_TOILET, 1);
                assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
                town_send(town, &event);
        }
        assert_told(town, 1);
}

static void test_who_nobody_vouches_for_may_raise(void **state) {
        struct town *town = *state;

        with_four(town);
        for (int i = 0; i < 4; i++)
                town_say_unauthenticated(town, "E1", KIND_TOILET, 1);
        assert_told(town, 1);
}

static void test_outside_its_time_of_day_nothing_counts(void **state) {
        struct town *town = *state;
        struct rule rule = times(2, 6 * HOUR);

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){.from_minute = 22 * 60, .to_minute = 6 * 60};
        town->now_ms = NOON / DAY * DAY + 21 * HOUR;
        start_with(town, &rule);
        go(town); /* 21:02 */
        town_pass(town, HOUR);
        go(town); /* 22:02 */
        assert_told(town, 0);
        town_pass(town, HOUR);
        go(town);
        assert_told(town, 1);
}

static void test_it_goes_on_over_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_four(town);
        go(town);
        go(town);
        go(town);
        town_restart(town, &profile, 1, 30 * MINUTE);
        go(town);
        assert_told(town, 1);
        town_restart(town, &profile, 1, 5 * HOUR);
        town_pass(town, 59 * SECOND);
        assert_told(town, 1); /* events still unread in Kafka may prolong it */
        town_pass(town, 2 * SECOND);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_reload_counts_what_was_there_by_the_new_number(void **state) {
        struct town *town = *state;
        struct rule rule = times(4, 2 * HOUR);

        start_with(town, &rule);
        go(town);
        go(town);
        rule = times(3, 2 * HOUR);
        town_add(town, &rule);
        town_swap(town);
        assert_told(town, 0);
        go(town);
        assert_told(town, 1);
        rule = times(3, HOUR);
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, HOUR - SECOND);
        assert_told(town, 1);
        town_pass(town, 2 * SECOND);
        assert_told(town, 2); /* by the new `within` */
}

/* After a pause, events are read without a tick between the one that ends the count and the next ones. */
static void test_what_was_over_while_nobody_looked_does_not_swallow_the_next_number(void **state) {
        struct town *town = *state;

        with_four(town);
        for (int i = 0; i < 4; i++)
                go(town);
        assert_told(town, 1);
        town->now_ms += 3 * HOUR;
        go(town);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        for (int i = 0; i < 3; i++)
                go(town);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_a_count_that_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = times(1, HOUR);
        uint32_t index;

        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = times(RULE_COUNT_MAX + 1, HOUR);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = times(2, 0);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = times(2, 41 * DAY);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = times(2, HOUR);
        memset(&rule.condition.count.kinds, 0, sizeof(struct rule_kinds));
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_the_fourth_within_two_hours_raises),
                t(test_at_the_border_the_first_has_left_the_window),
                t(test_it_clears_by_itself_when_fewer_than_half_are_left),
                t(test_what_is_left_counts_for_the_next_one),
                t(test_when_the_window_is_empty_nothing_is_remembered),
                t(test_the_same_one_delivered_again_counts_once),
                t(test_two_devices_in_the_same_millisecond_are_two),
                t(test_the_order_in_which_they_come_does_not_matter),
                t(test_a_number_completed_from_a_buffer_is_told_as_late),
                t(test_old_and_new_do_not_add_up),
                t(test_sixteen_are_the_most_and_still_found),
                t(test_an_all_clear_does_not_count),
                t(test_a_room_counts_its_own_devices),
                t(test_who_nobody_vouches_for_may_raise),
                t(test_outside_its_time_of_day_nothing_counts),
                t(test_it_goes_on_over_a_restart),
                t(test_a_reload_counts_what_was_there_by_the_new_number),
                t(test_what_was_over_while_nobody_looked_does_not_swallow_the_next_number),
                t(test_a_count_that_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
