/* SPDX-License-Identifier: MIT
 *
 * `all:` and `any:`: several parts that hold at the same time. */
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

/* A rule about low SpO2 with a high heart rate; each reading counts for ten minutes. */
static struct rule breathless(uint8_t needed, int64_t for_ms) {
        struct rule rule = {.id = "breathless", .severity = SEVERITY_MAJOR, .class = ALERT_VITAL};

        rule.condition.type = CONDITION_PARTS;
        rule.condition.parts = (struct condition_parts){
                .part_count = 2,
                .needed = needed,
                .within_ms = 10 * MINUTE,
                .for_ms = for_ms,
                .parts = {{.kind = KIND_SPO2, .above = NAN, .below = 90},
                          {.kind = KIND_HEART_RATE, .above = 110, .below = NAN}},
        };
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        snprintf(profile.devices[0].room, ELDER_PROFILE_WORD_BYTES, "kitchen");
        snprintf(profile.devices[1].room, ELDER_PROFILE_WORD_BYTES, "hall");
        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE); /* settled */
}

static void say(struct town *town, unsigned int kind, double value) {
        town_say(town, "E1", kind, value);
}

static void test_all_needs_every_part(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 110); /* at the limit, not over it */
        assert_told(town, 0);
        say(town, KIND_HEART_RATE, 111);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->samples, 2);
        assert_int_equal(town_last(town)->needed_samples, 2);
        assert_true(town_last(town)->value == 111 && town_last(town)->limit == 110);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 1);
}

static void test_any_needs_one(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(1, 0);

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 111);
        assert_told(town, 1);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 80);
        assert_told(town, 1);
        say(town, KIND_SPO2, 90);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_part_counts_for_its_time_and_no_longer(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        town_pass(town, 10 * MINUTE);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 1);
        town_pass(town, HOUR);
        assert_told(town, 2);

        say(town, KIND_SPO2, 89);
        town_pass(town, 10 * MINUTE + 1);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 2);
}

static void test_it_clears_by_the_clock_when_a_part_runs_out(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);
        int64_t said_ms;

        start_with(town, &rule);
        said_ms = town->now_ms;
        say(town, KIND_SPO2, 89);
        town_pass(town, 4 * MINUTE);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 1);
        town_pass(town, 6 * MINUTE);
        assert_told(town, 1);
        town_pass(town, 200);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_int_equal(town_last(town)->event_time_ms, said_ms + 10 * MINUTE);
}

static void test_a_fresh_reading_keeps_it_going(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);

        start_with(town, &rule);
        for (int i = 0; i < 10; i++) {
                say(town, KIND_SPO2, 89);
                say(town, KIND_HEART_RATE, 120);
                town_pass(town, 9 * MINUTE);
        }
        assert_told(town, 1);
}

static void test_for_passes_by_the_clock(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 5 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, 200);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->event_time_ms - town_last(town)->since_ms, 5 * MINUTE);
        assert_int_equal(town_last(town)->needed_ms, 5 * MINUTE);
        assert_int_equal(town_last(town)->samples, 2);
}

static void test_for_is_completed_by_an_event_as_well(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town->now_ms += 5 * MINUTE; /* without a tick */
        say(town, KIND_HEART_RATE, 121);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 121);
}

static void test_a_part_that_ends_breaks_the_duration(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 4 * MINUTE);
        say(town, KIND_SPO2, 95);
        town_pass(town, 2 * MINUTE);
        assert_told(town, 0);
        say(town, KIND_SPO2, 89);
        town_pass(town, 4 * MINUTE - 1);
        assert_told(town, 0); /* the heart rate is the older part now and expires first */
        town_pass(town, 6 * MINUTE);
        assert_told(town, 0);
}

static void test_a_gap_that_no_tick_saw_breaks_it_too(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town->now_ms += 11 * MINUTE;
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 0);
        town_pass(town, 5 * MINUTE + 200);
        assert_told(town, 1);
}

static struct rule door_at_bedtime(void) {
        struct rule rule = {.id = "door", .severity = SEVERITY_MAJOR, .class = ALERT_ACTIVITY};

        rule.condition.type = CONDITION_PARTS;
        rule.condition.parts = (struct condition_parts){
                .part_count = 3,
                .needed = 2,
                .within_ms = HOUR,
                .parts = {{.kind = KIND_DOOR_OPEN, .room = "hall", .above = NAN, .below = NAN},
                          {.kind = KIND_BED_OUT, .above = NAN, .below = NAN},
                          {.kind = KIND_HEART_RATE, .above = 110, .below = 40}},
        };
        return rule;
}

static void say_from(struct town *town, const char *device_id, unsigned int kind, double value) {
        struct event event = town_event(town, "E1", kind, value);

        assert_int_equal(event_set_ids(&event, "E1", device_id), 0);
        town_send(town, &event);
}

static void test_events_rooms_and_two_of_three(void **state) {
        struct town *town = *state;
        struct rule rule = door_at_bedtime();

        start_with(town, &rule);
        say(town, KIND_DOOR_OPEN, 1); /* of the kitchen */
        say_from(town, "E1-z", KIND_DOOR_OPEN, 1);
        say(town, KIND_BED_OUT, 1);
        assert_told(town, 0);
        say_from(town, "E1-b", KIND_DOOR_OPEN, 1);
        assert_told(town, 1);
        assert_true(isnan(town_last(town)->limit));
        say_from(town, "E1-b", KIND_DOOR_OPEN, 0);
        assert_told(town, 2);
        say(town, KIND_HEART_RATE, 39);
        assert_told(town, 3);
        assert_true(town_last(town)->limit == 40);
}

static void test_late_invalid_and_unproven_words(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);
        struct event event;

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 120);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.device_time_ms -= 2 * MINUTE + 1;
        town_send(town, &event);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.validity = EVENT_VALIDITY_OFF_BODY;
        town_send(town, &event);
        assert_told(town, 0);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        event = town_event(town, "E1", KIND_SPO2, 98);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        say(town, KIND_SPO2, 98);
        assert_told(town, 2);
}

static void test_an_older_word_does_not_replace_a_newer_one(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);
        struct event event;

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 120);
        say(town, KIND_SPO2, 98);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.device_time_ms -= MINUTE;
        town_send(town, &event);
        assert_told(town, 0);
}

static void test_unless_away_and_during(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);

        rule.condition.unless_away = true;
        rule.condition.during_count = 1;
        rule.condition.during[0] = (struct day_slot){14 * 60, 14 * 60 + 30, 0, 0, 0};
        start_with(town, &rule); /* it is 14:15:20 */
        say(town, KIND_AWAY, 1);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 6 * MINUTE);
        assert_told(town, 0);
        say(town, KIND_HOME, 1);
        say(town, KIND_SPO2, 89); /* 14:21:20 */
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 6 * MINUTE);
        assert_told(town, 1);
        town_pass(town, 10 * MINUTE); /* it clears, also outside the slot */
        assert_told(town, 2);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 6 * MINUTE);
        assert_told(town, 2);
}

static void test_it_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        town_restart(town, &profile, 1, MINUTE);
        say(town, KIND_HEART_RATE, 120);
        town_restart(town, &profile, 1, MINUTE);
        town_pass(town, 4 * MINUTE + 200);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->duration_ms / SECOND, 5 * 60);
        town_restart(town, &profile, 1, MINUTE);
        say(town, KIND_SPO2, 98);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_what_completed_and_ended_while_nobody_watched_is_not_told(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_restart(town, &profile, 1, HOUR);
        town_pass(town, HOUR);
        assert_told(town, 0);
}

static void
test_what_completed_while_nobody_watched_and_still_lasts_says_how_old_it_is(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 5 * MINUTE);
        struct elder_profile profile = town_profile("E1", 2);

        rule.class = ALERT_LIFE_SAFETY;
        rule.condition.parts.within_ms = 3 * HOUR;
        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_restart(town, &profile, 1, HOUR);
        town_pass(town, 2 * MINUTE);
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 55 * MINUTE, 57 * MINUTE);
}

static void reload(struct town *town, const struct rule *rule) {
        town_add(town, rule);
        town_swap(town);
}

static void test_a_shorter_for_completes_and_a_shorter_time_ends_what_had_begun(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 8 * MINUTE);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        say(town, KIND_HEART_RATE, 120);
        town_pass(town, 3 * MINUTE);
        rule.condition.parts.for_ms = 2 * MINUTE;
        reload(town, &rule);
        town_pass(town, SECOND);
        assert_told(town, 1);
        rule.condition.parts.within_ms = 2 * MINUTE;
        reload(town, &rule);
        town_pass(town, SECOND);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_other_parts_begin_anew(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);

        start_with(town, &rule);
        say(town, KIND_SPO2, 89);
        rule.condition.parts.parts[0].kind = KIND_SYSTOLIC_BP;
        reload(town, &rule);
        say(town, KIND_HEART_RATE, 120);
        assert_told(town, 0);
        say(town, KIND_SYSTOLIC_BP, 80);
        assert_told(town, 1);
}

static void assert_refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_true(rule_set_builder_add_rule(town->builder, rule, &index) < 0);
        assert_non_null(strstr(err_why(), why));
}

static void test_what_no_parts_may_be(void **state) {
        struct town *town = *state;
        struct rule rule = breathless(2, 0);

        rule.condition.parts.part_count = 1;
        assert_refused(town, &rule, "two to four");
        rule = breathless(3, 0);
        assert_refused(town, &rule, "at most all");
        rule = breathless(0, 0);
        assert_refused(town, &rule, "at least one");
        rule = breathless(2, -1);
        assert_refused(town, &rule, "negative");
        rule = breathless(2, 0);
        rule.condition.parts.within_ms = 0;
        assert_refused(town, &rule, "time");
        rule = breathless(2, 0);
        rule.condition.parts.parts[0].below = NAN;
        assert_refused(town, &rule, "has a limit");
        rule = breathless(2, 0);
        rule.condition.parts.parts[0].kind = KIND_FALL;
        assert_refused(town, &rule, "has none");
        rule = breathless(2, 0);
        rule.condition.parts.parts[0].above = 80;
        assert_refused(town, &rule, "lower than above");
        rule = breathless(2, 0);
        rule.condition.parts.parts[0].above = INFINITY;
        assert_refused(town, &rule, "a number");
        rule = breathless(2, 0);
        rule.condition.parts.parts[1].kind = KIND_NONE;
        assert_refused(town, &rule, "a kind");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_all_needs_every_part),
                t(test_any_needs_one),
                t(test_a_part_counts_for_its_time_and_no_longer),
                t(test_it_clears_by_the_clock_when_a_part_runs_out),
                t(test_a_fresh_reading_keeps_it_going),
                t(test_for_passes_by_the_clock),
                t(test_for_is_completed_by_an_event_as_well),
                t(test_a_part_that_ends_breaks_the_duration),
                t(test_a_gap_that_no_tick_saw_breaks_it_too),
                t(test_events_rooms_and_two_of_three),
                t(test_late_invalid_and_unproven_words),
                t(test_an_older_word_does_not_replace_a_newer_one),
                t(test_unless_away_and_during),
                t(test_it_survives_a_restart),
                t(test_what_completed_and_ended_while_nobody_watched_is_not_told),
                t(test_what_completed_while_nobody_watched_and_still_lasts_says_how_old_it_is),
                t(test_a_shorter_for_completes_and_a_shorter_time_ends_what_had_begun),
                t(test_other_parts_begin_anew),
                t(test_what_no_parts_may_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
