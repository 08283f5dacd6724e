/* SPDX-License-Identifier: MIT
 *
 * The modes of quiet other than a plain limit: seen within a slot (check-in), a visit that is due, the outer door, and
 * only within slots.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/conditions/conditions.h"
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

static struct elder_profile elder(void) {
        struct elder_profile profile = town_profile("E1", 3);

        snprintf(profile.devices[0].room, ELDER_PROFILE_WORD_BYTES, "bedroom");
        snprintf(profile.devices[1].room, ELDER_PROFILE_WORD_BYTES, "hall");
        return profile;
}

/* Start so that the elder is settled at @time_ms of the day. */
static void start_at(struct town *town, const struct rule *rule, int64_t time_ms) {
        struct elder_profile profile = elder();

        town->now_ms = MIDNIGHT + time_ms - 2 * MINUTE;
        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

static void pass_to(struct town *town, int64_t time_ms) {
        town_pass(town, MIDNIGHT + time_ms - town->now_ms);
}

static void move(struct town *town) {
        town_say(town, "E1", KIND_MOTION, 1);
}

/* --- seen within ------------------------------------------------------------------------------------ */

/* A rule: a sign of life every morning between six and ten. */
static struct rule check_in(void) {
        struct rule rule = rule_quiet("check-in", KIND_MOTION, 0);

        rule.condition.quiet.mode = RULE_QUIET_SEEN_WITHIN;
        rule.condition.quiet.slots[0] =
                (struct day_slot){.from_minute = 6 * 60, .to_minute = 10 * 60};
        return rule;
}

static void test_who_is_not_seen_in_the_whole_time_is_told_at_its_end(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();

        start_at(town, &rule, 5 * HOUR);
        move(town);
        pass_to(town, 10 * HOUR - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->event_time_ms, MIDNIGHT + 10 * HOUR);
        assert_true(town_last(town)->limit == 4 * 3600);
        pass_to(town, 2 * DAY);
        assert_told(town, 1);
        move(town);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_one_sign_in_it_is_enough_for_the_day_and_not_for_the_next(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();

        start_at(town, &rule, 5 * HOUR);
        pass_to(town, 6 * HOUR);
        move(town);
        pass_to(town, DAY + 10 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_the_last_moment_counts_and_the_first_after_it_does_not(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();

        start_at(town, &rule, 5 * HOUR);
        move(town);
        pass_to(town, 10 * HOUR - 1);
        move(town);
        pass_to(town, 12 * HOUR);
        assert_told(town, 0);
        pass_to(town, DAY + 10 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_coming_home_after_it_is_no_missed_check_in(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();

        start_at(town, &rule, 5 * HOUR);
        move(town);
        town_say(town, "E1", KIND_AWAY, 1);
        pass_to(town, 2 * DAY + 18 * HOUR);
        assert_told(town, 0);
        town_say(town, "E1", KIND_TOILET, 1); /* at home, but not a signal of this rule */
        pass_to(town, 3 * DAY + 10 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_an_override_may_ask_for_a_check_in_instead(void **state) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR), other = check_in();

        conditions_layer(&rule.condition, &other.condition, 1u << RULE_SETTING_LIMIT);
        assert_int_equal(rule.condition.quiet.mode, RULE_QUIET_SEEN_WITHIN);
        assert_int_equal(rule.condition.quiet.slots[0].to_minute, 10 * 60);
        assert_true(rule_kinds_has(&rule.condition.quiet.signals, KIND_MOTION));
}

static void test_a_check_in_on_weekdays_is_not_missed_on_sunday(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();

        rule.condition.quiet.slots[0].days = 31; /* Monday to Friday; MIDNIGHT is a Monday */
        start_at(town, &rule, 4 * DAY + 7 * HOUR);
        move(town);
        pass_to(town, 7 * DAY + 10 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_a_check_in_missed_while_nobody_watched_is_settled_first(void **state) {
        struct town *town = *state;
        struct rule rule = check_in();
        struct elder_profile profile = elder();

        start_at(town, &rule, 5 * HOUR);
        move(town);
        town_restart(town, &profile, 1, 6 * HOUR);
        town_pass(town, 59 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

/* --- a visit ---------------------------------------------------------------------------------------- */

static struct rule weekly(void) {
        struct rule rule = rule_quiet("visit", KIND_CARE_VISIT, 7 * DAY);

        rule.condition.quiet.mode = RULE_QUIET_DUE;
        rule.condition.unless_away = false;
        return rule;
}

static void with_visit(struct town *town, int64_t registered_ms) {
        struct rule rule = weekly();
        struct elder_profile profile = elder();

        profile.devices[0].commissioned_time_ms = registered_ms;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
}

static void test_a_first_visit_is_due_from_registration(void **state) {
        struct town *town = *state;
        int64_t registered_ms = town->now_ms - 2 * DAY;
        struct engine_stats stats;

        with_visit(town, registered_ms);
        town_pass(town, 5 * DAY - 1);
        assert_told(town, 0);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.blind, 0); /* watched since the registration */
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "registered");
        assert_int_equal(town_last(town)->event_time_ms, registered_ms + 7 * DAY);
        town_say(town, "E1", KIND_CARE_VISIT, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_string_equal(town_last(town)->event, "registered");
        assert_true(town->told[0].key == town->told[1].key);
        town_pass(town, 7 * DAY + SECOND);
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_nobody_is_paged_for_visits_before_we_watched(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_visit(town, town->now_ms - 100 * DAY);
        town_pass(town, 4 * DAY);
        assert_told(town, 0);
        profile.devices[0].commissioned_time_ms = NOON - 100 * DAY;
        town_restart(town, &profile, 1, DAY); /* a restart does not delay it */
        town_pass(town, 2 * DAY - SECOND);
        assert_told(town, 0);
        town_pass(town, MINUTE);
        assert_told(town, 1);
}

static void test_without_a_date_of_registration_there_is_nothing_to_count_from(void **state) {
        struct town *town = *state;

        with_visit(town, 0);
        town_pass(town, 30 * DAY);
        assert_told(town, 0);
        town_say(town, "E1", KIND_CARE_VISIT, 1);
        town_pass(town, 7 * DAY + SECOND);
        assert_told(town, 1);
}

static void test_a_visit_overdue_at_night_is_told_in_the_morning(void **state) {
        struct town *town = *state;
        struct rule rule = weekly();

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){.from_minute = 8 * 60, .to_minute = 18 * 60};
        start_at(town, &rule, 3 * HOUR);
        town_say(town, "E1", KIND_CARE_VISIT, 1);
        pass_to(town, 7 * DAY + 8 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_a_shorter_interval_is_told_within_a_second_of_the_reload(void **state) {
        struct town *town = *state;
        struct rule rule = weekly();

        with_visit(town, town->now_ms);
        town_pass(town, 3 * DAY);
        rule.condition.quiet.slots[0].longer_than_ms = 2 * DAY;
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, SECOND);
        assert_told(town, 1);
}

/* --- only within slots ------------------------------------------------------------------------------ */

static void test_a_limit_during_some_hours_counts_from_when_they_begin(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("day", KIND_MOTION, 3 * HOUR);

        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){.from_minute = 8 * 60, .to_minute = 20 * 60};
        start_at(town, &rule, 19 * HOUR);
        move(town);
        pass_to(town, 35 * HOUR - SECOND);
        assert_told(town, 0); /* neither at 20:00 nor at 08:00 */
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

/* --- the outer door ----------------------------------------------------------------------------------- */

static struct rule at_home(void) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        rule_kinds_add(&rule.condition.quiet.signals, KIND_DOOR_OPEN);
        snprintf(rule.condition.quiet.outer_room, RULE_WORD_BYTES, "hall");
        rule.condition.quiet.door_settle_ms = 10 * MINUTE;
        return rule;
}

static void with_door(struct town *town) {
        struct rule rule = at_home();

        start_at(town, &rule, 9 * HOUR);
}

/* An event of the outer door. @kind: KIND_DOOR_OPEN or KIND_DOOR_CLOSED. */
static void door(struct town *town, unsigned int kind) {
        struct event event = town_event(town, "E1", kind, 1);

        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
}

static void way_out(struct town *town) {
        move(town);
        town_pass(town, 5 * SECOND);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 3 * SECOND);
        move(town); /* motion while the door is open */
        town_pass(town, 4 * SECOND);
        door(town, KIND_DOOR_CLOSED);
}

static void test_who_goes_out_is_not_missed(void **state) {
        struct town *town = *state;

        with_door(town);
        way_out(town);
        town_pass(town, 2 * DAY);
        assert_told(town, 0);
}

static void test_who_comes_home_and_lies_down_is_missed(void **state) {
        struct town *town = *state;

        with_door(town);
        way_out(town);
        town_pass(town, 4 * HOUR);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 10 * SECOND);
        door(town, KIND_DOOR_CLOSED);
        town_pass(town, 20 * SECOND);
        move(town);
        town_pass(town, 3 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_who_falls_as_the_door_shuts_behind_is_missed(void **state) {
        struct town *town = *state;

        with_door(town);
        way_out(town);
        town_pass(town, 4 * HOUR);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 5 * SECOND);
        move(town);
        town_pass(town, 5 * SECOND);
        door(town, KIND_DOOR_CLOSED);
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_who_comes_back_and_leaves_again_is_out(void **state) {
        struct town *town = *state;

        with_door(town);
        way_out(town);
        town_pass(town, 4 * HOUR);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 5 * SECOND);
        move(town);
        town_pass(town, 5 * MINUTE); /* back for the keys */
        way_out(town);
        town_pass(town, DAY);
        assert_told(town, 0);
}

static void test_who_stays_when_a_visitor_leaves_is_watched_from_the_next_sign(void **state) {
        struct town *town = *state;

        with_door(town);
        move(town);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 30 * MINUTE);
        move(town);
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_a_door_that_is_no_sign_of_life_takes_nothing_back_that_falls_due(void **state) {
        struct town *town = *state;
        struct rule rule = at_home();

        memset(&rule.condition.quiet.signals, 0, sizeof(struct rule_kinds));
        rule_kinds_add(&rule.condition.quiet.signals, KIND_MOTION);
        start_at(town, &rule, 9 * HOUR);
        move(town);
        town_pass(town, 2 * HOUR);
        town_say(town, "E1", KIND_DOOR_OPEN, 1); /* the bedroom door is not a sign either */
        town_pass(town, HOUR - 5 * MINUTE);
        door(town, KIND_DOOR_OPEN); /* the elder goes out, or a neighbour comes */
        town_pass(town, 5 * MINUTE + SECOND);
        assert_told(town, 1);
}

static void test_coming_home_is_not_held_against_who_was_out(void **state) {
        struct town *town = *state;
        struct rule rule = at_home();

        memset(&rule.condition.quiet.signals, 0, sizeof(struct rule_kinds));
        rule_kinds_add(&rule.condition.quiet.signals, KIND_MOTION);
        start_at(town, &rule, 9 * HOUR);
        way_out(town);
        town_pass(town, 5 * HOUR);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 5 * MINUTE); /* a rest on the stairs */
        move(town);
        town_pass(town, HOUR);
        assert_told(town, 0);
        town_pass(town, 2 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_an_inner_door_is_a_sign_of_life_and_no_way_out(void **state) {
        struct town *town = *state;

        with_door(town);
        town_say(town, "E1", KIND_DOOR_OPEN, 1); /* of the bedroom */
        town_pass(town, 3 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_a_door_that_nobody_vouches_for_lets_nobody_out(void **state) {
        struct town *town = *state;
        struct event event;

        with_door(town);
        move(town);
        event = town_event(town, "E1", KIND_DOOR_OPEN, 1);
        event.flags = EVENT_UNAUTHENTICATED;
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_the_order_of_the_lanes_does_not_matter(void **state) {
        struct town *town = *state;

        with_door(town);
        way_out(town);
        town_pass(town, 4 * HOUR);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 30 * SECOND);
        town_say_old(town, "E1", KIND_MOTION, 1, 20 * SECOND); /* at home, after the door event */
        town_pass(town, 3 * HOUR - 19 * SECOND);
        assert_told(town, 1);
}

static void test_gone_out_over_a_restart_is_still_out(void **state) {
        struct town *town = *state;
        struct elder_profile profile = elder();

        with_door(town);
        way_out(town);
        town_restart(town, &profile, 1, 4 * HOUR);
        town_pass(town, DAY);
        assert_told(town, 0);
        door(town, KIND_DOOR_OPEN);
        town_pass(town, 5 * SECOND);
        move(town);
        town_pass(town, 3 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_a_rule_that_begins_to_ask_for_the_door_counts_from_the_same_sign(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_at(town, &rule, 9 * HOUR);
        move(town);
        town_pass(town, HOUR);
        rule = at_home();
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, 2 * HOUR + SECOND);
        assert_told(town, 1);
}

static void test_a_quiet_rule_that_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = at_home();
        uint32_t index;

        rule.condition.quiet.door_settle_ms = 0;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = check_in();
        rule.condition.quiet.mode = RULE_QUIET_DUE + 1;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule = check_in();
        rule.condition.quiet.learn_ms = 28 * DAY;
        rule.condition.quiet.learn_times = 2;
        rule.condition.quiet.learn_least_ms = HOUR;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule.condition.quiet.mode = RULE_QUIET_LONGER_THAN;
        rule.condition.quiet.learn_times = NAN;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule.condition.quiet.learn_times = 2;
        rule.condition.quiet.learn_least_ms = 0;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
        rule.condition.quiet.learn_least_ms = HOUR;
        rule.condition.quiet.learn_ms = DAY;
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), -EINVAL);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_who_is_not_seen_in_the_whole_time_is_told_at_its_end),
                t(test_one_sign_in_it_is_enough_for_the_day_and_not_for_the_next),
                t(test_the_last_moment_counts_and_the_first_after_it_does_not),
                t(test_coming_home_after_it_is_no_missed_check_in),
                t(test_an_override_may_ask_for_a_check_in_instead),
                t(test_a_check_in_on_weekdays_is_not_missed_on_sunday),
                t(test_a_check_in_missed_while_nobody_watched_is_settled_first),
                t(test_a_first_visit_is_due_from_registration),
                t(test_nobody_is_paged_for_visits_before_we_watched),
                t(test_without_a_date_of_registration_there_is_nothing_to_count_from),
                t(test_a_visit_overdue_at_night_is_told_in_the_morning),
                t(test_a_shorter_interval_is_told_within_a_second_of_the_reload),
                t(test_a_limit_during_some_hours_counts_from_when_they_begin),
                t(test_who_goes_out_is_not_missed),
                t(test_who_comes_home_and_lies_down_is_missed),
                t(test_who_falls_as_the_door_shuts_behind_is_missed),
                t(test_who_comes_back_and_leaves_again_is_out),
                t(test_who_stays_when_a_visitor_leaves_is_watched_from_the_next_sign),
                t(test_a_door_that_is_no_sign_of_life_takes_nothing_back_that_falls_due),
                t(test_coming_home_is_not_held_against_who_was_out),
                t(test_an_inner_door_is_a_sign_of_life_and_no_way_out),
                t(test_a_door_that_nobody_vouches_for_lets_nobody_out),
                t(test_the_order_of_the_lanes_does_not_matter),
                t(test_gone_out_over_a_restart_is_still_out),
                t(test_a_rule_that_begins_to_ask_for_the_door_counts_from_the_same_sign),
                t(test_a_quiet_rule_that_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
