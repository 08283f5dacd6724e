/* SPDX-License-Identifier: MIT
 *
 * Alerts on the NEWS2 score. The chart is tested in ../measure/news2.c. */
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

static struct rule news2(uint8_t at_least) {
        struct rule rule = {.id = "news2", .severity = SEVERITY_MAJOR, .class = ALERT_VITAL};
        struct condition_score *score = &rule.condition.score;

        rule.condition.type = CONDITION_SCORE;
        score->at_least = at_least;
        score->needs = 1;
        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                score->max_age_ms[i] = HOUR;
        score->max_age_ms[RULE_NEWS2_TEMPERATURE] = 12 * HOUR;
        score->scale_2_conditions = (struct rule_words){.word = {"spo2_88_92"}, .count = 1};
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
}

static void say(struct town *town, unsigned int kind, double value) {
        town_say(town, "E1", kind, value);
}

static void test_five_is_raised_and_tells_how_many_of_the_seven_there_were(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);
        const struct told *told;

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 125);      /* 2 points */
        say(town, KIND_RESPIRATION_RATE, 22); /* 2 points */
        assert_told(town, 0);
        town_pass(town, MINUTE);
        say(town, KIND_BODY_TEMPERATURE, 38.14); /* 1 point */
        assert_told(town, 1);
        told = town_last(town);
        assert_int_equal(told->transition, ALERT_RAISED);
        assert_true(told->value == 5 && told->limit == 5);
        assert_int_equal(told->samples, 3);
        assert_int_equal(told->history_count, RULE_NEWS2_PARAMETERS);
        assert_true(told->history[RULE_NEWS2_PULSE].value == 125);
        assert_int_equal(told->history[RULE_NEWS2_PULSE].time_ms / SECOND, NOON / SECOND);
        assert_true(told->history[RULE_NEWS2_RESPIRATION].value == 22);
        assert_true(told->history[RULE_NEWS2_TEMPERATURE].value == 38.1);
        assert_true(isnan(told->history[RULE_NEWS2_SPO2].value));
        assert_true(isnan(told->history[RULE_NEWS2_SYSTOLIC].value));
        assert_string_equal(told->event, "E1-a:1:3");
}

static void test_it_clears_when_fresh_readings_are_below(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 125);
        say(town, KIND_RESPIRATION_RATE, 25);
        assert_told(town, 1);
        say(town, KIND_HEART_RATE, 111);
        assert_told(town, 1);
        say(town, KIND_HEART_RATE, 110);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->value == 4);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_single_three_raises_by_itself(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        rule.condition.score.single_three = true;
        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 130);
        assert_told(town, 0);
        say(town, KIND_HEART_RATE, 131);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 3);
        say(town, KIND_HEART_RATE, 130);
        assert_told(town, 2);

        /* A sum of three from several parameters is not a single three. */
        say(town, KIND_SPO2, 95);
        assert_told(town, 2);
}

static void test_scale_2_is_only_for_whom_it_is_prescribed(void **state) {
        struct town *town = *state;
        struct rule rule = news2(2);
        struct elder_profile one = town_profile("E1", 1), two = town_profile("E2", 1);

        snprintf(two.conditions[0], ELDER_PROFILE_WORD_BYTES, "copd");
        snprintf(two.conditions[1], ELDER_PROFILE_WORD_BYTES, "spo2_88_92");
        two.condition_count = 2;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &one);
        town_put(town, &two);
        town_say(town, "E2", KIND_SPO2, 88);
        assert_told(town, 0);
        town_say(town, "E1", KIND_SPO2, 93);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->elder, "E1");
        town_say(town, "E2", KIND_SPO2, 85);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->elder, "E2");

        /* Scale 2 detects too much oxygen: 2 points for the oxygen and 3 for 97 %. */
        town_say(town, "E2", KIND_SPO2, 97);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        town_say(town, "E2", KIND_OXYGEN_SUPPLEMENT, 1);
        assert_told(town, 4);
        assert_true(town_last(town)->value == 5);

        /* The prescription ends: scale 1 applies from the next reading on. */
        two.condition_count = 1;
        town_put(town, &two);
        town_say(town, "E2", KIND_OXYGEN_SUPPLEMENT, 0);
        assert_told(town, 5);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->value == 0);
}

static void test_a_reading_too_old_counts_as_not_measured(void **state) {
        struct town *town = *state;
        struct rule rule = news2(4);

        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 22);
        town_pass(town, HOUR);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->samples, 2);
        say(town, KIND_HEART_RATE, 80);
        assert_told(town, 2);
        town_pass(town, SECOND);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 2);

        /* Each parameter has its own maximum age. */
        say(town, KIND_RESPIRATION_RATE, 16);
        say(town, KIND_BODY_TEMPERATURE, 39.1);
        assert_told(town, 3);
        say(town, KIND_HEART_RATE, 80);
        assert_told(town, 4);
        town_pass(town, 12 * HOUR);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 5);
}

static void test_too_few_parameters_say_nothing(void **state) {
        struct town *town = *state;
        struct rule rule = news2(3);

        rule.condition.score.needs = 3;
        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 30);
        say(town, KIND_HEART_RATE, 140);
        assert_told(town, 0);
        say(town, KIND_SPO2, 98);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 6);
        assert_int_equal(town_last(town)->needed_samples, 3);
}

static void test_going_stale_is_no_recovery(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 25); /* 3 */
        say(town, KIND_HEART_RATE, 125);      /* 2 */
        assert_told(town, 1);
        town_pass(town, 2 * HOUR);
        say(town, KIND_HEART_RATE, 125); /* the respiration rate is too old now */
        assert_told(town, 1);
        say(town, KIND_RESPIRATION_RATE, 24);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->value == 4);
}

static void test_too_few_fresh_readings_clear_nothing(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        rule.condition.score.needs = 2;
        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 25);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        town_pass(town, 2 * HOUR);
        say(town, KIND_HEART_RATE, 70);
        assert_told(town, 1);
        say(town, KIND_RESPIRATION_RATE, 16);
        assert_told(town, 2);
}

static void test_a_day_later_a_bad_score_is_an_alert_of_its_own(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 25);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        town_pass(town, 24 * HOUR);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        town_pass(town, SECOND);
        say(town, KIND_HEART_RATE, 125); /* ends the old alert without a transition */
        assert_told(town, 1);
        say(town, KIND_RESPIRATION_RATE, 26);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(town->told[0].key != town->told[1].key);
}

static void test_severity_follows_the_score(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        rule.condition.score.severities =
                (struct condition_severities){.step = {{7, SEVERITY_CRITICAL, 0}}, .count = 1};
        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 25);
        say(town, KIND_HEART_RATE, 125);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
        say(town, KIND_SPO2, 93);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_SEVERITY_CHANGED);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
        assert_true(town_last(town)->value == 7);

        /* SpO2 only becomes too old: the severity does not fall … */
        town_pass(town, 50 * MINUTE);
        say(town, KIND_RESPIRATION_RATE, 25);
        say(town, KIND_HEART_RATE, 125);
        town_pass(town, 20 * MINUTE);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 2);
        /* … until SpO2 is measured again. */
        say(town, KIND_SPO2, 97);
        assert_told(town, 3);
        assert_int_equal(town_last(town)->severity, SEVERITY_MAJOR);
}

static void test_a_rise_raises_whatever_the_score(void **state) {
        struct town *town = *state;
        struct rule rule = news2(0);

        rule.condition.score.rises_by = 2;
        rule.condition.score.rises_within_ms = 8 * HOUR;
        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                rule.condition.score.max_age_ms[i] = 12 * HOUR;
        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 95);
        say(town, KIND_SPO2, 98);
        town_pass(town, 8 * HOUR);
        say(town, KIND_HEART_RATE, 100);
        assert_told(town, 0);
        say(town, KIND_SPO2, 93); /* 2 points more, eight hours later */
        assert_told(town, 1);
        assert_true(town_last(town)->value == 3);
        say(town, KIND_SPO2, 95);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_a_rise_is_from_the_lowest_not_from_the_first(void **state) {
        struct town *town = *state;
        struct rule rule = news2(0);

        rule.condition.score.rises_by = 2;
        rule.condition.score.rises_within_ms = 8 * HOUR;
        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 95); /* 1, 0, 1 points */
        say(town, KIND_HEART_RATE, 80);
        say(town, KIND_HEART_RATE, 95);
        town_pass(town, 2 * HOUR);
        assert_told(town, 0);
        say(town, KIND_HEART_RATE, 111);
        assert_told(town, 1);
}

static void test_a_rise_over_a_longer_time_is_none(void **state) {
        struct town *town = *state;
        struct rule rule = news2(0);

        rule.condition.score.rises_by = 2;
        rule.condition.score.rises_within_ms = 8 * HOUR;
        start_with(town, &rule);
        say(town, KIND_SPO2, 98);
        town_pass(town, 9 * HOUR + 1); /* more than the window and one step of it */
        say(town, KIND_SPO2, 93);
        assert_told(town, 0);
}

static void test_what_is_measured_for_the_first_time_is_no_rise(void **state) {
        struct town *town = *state;
        struct rule rule = news2(0);

        rule.condition.score.rises_by = 2;
        rule.condition.score.rises_within_ms = 8 * HOUR;
        start_with(town, &rule);
        say(town, KIND_HEART_RATE, 70);
        town_pass(town, HOUR);
        say(town, KIND_SPO2, 93);
        say(town, KIND_RESPIRATION_RATE, 25);
        assert_told(town, 0);
        town_pass(town, HOUR);
        say(town, KIND_HEART_RATE, 111);
        assert_told(town, 1);
}

static void test_only_valid_readings_count(void **state) {
        struct town *town = *state;
        struct rule rule = news2(3);

        start_with(town, &rule);
        for (uint8_t validity = EVENT_VALIDITY_OFF_BODY; validity <= EVENT_VALIDITY_STALE;
             validity++) {
                struct event event = town_event(town, "E1", KIND_SPO2, 80);

                event.validity = validity;
                town_send(town, &event);
        }
        assert_told(town, 0);
        say(town, KIND_SPO2, 80);
        assert_told(town, 1);
}

static void test_an_unauthenticated_reading_makes_nothing_better(void **state) {
        struct town *town = *state;
        struct rule rule = news2(3);
        struct event event;

        start_with(town, &rule);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
        town_pass(town, SECOND);
        event = town_event(town, "E1", KIND_SPO2, 98);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        say(town, KIND_HEART_RATE, 70); /* the event before it was ignored */
        assert_told(town, 1);
        say(town, KIND_SPO2, 98);
        assert_told(town, 2);
}

static void test_a_late_reading_counts_as_of_when_it_was_taken(void **state) {
        struct town *town = *state;
        struct rule rule = news2(4);
        struct event event;

        start_with(town, &rule);
        town_pass(town, 2 * HOUR);
        say(town, KIND_HEART_RATE, 125);
        event = town_event(town, "E1", KIND_RESPIRATION_RATE, 22);
        event.device_time_ms = town->now_ms - HOUR - SECOND; /* older than the maximum age */
        town_send(town, &event);
        assert_told(town, 0);
        event = town_event(town, "E1", KIND_RESPIRATION_RATE, 22);
        event.device_time_ms = town->now_ms - 30 * MINUTE;
        town_send(town, &event);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 30 * MINUTE);

        /* A late reading does not clear, but its value counts when the next live reading does. */
        event = town_event(town, "E1", KIND_RESPIRATION_RATE, 16);
        event.device_time_ms = town->now_ms - 20 * MINUTE;
        town_send(town, &event);
        assert_told(town, 1);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 2);
}

static void test_an_older_reading_does_not_replace_a_newer_one(void **state) {
        struct town *town = *state;
        struct rule rule = news2(3);
        struct event event;

        start_with(town, &rule);
        say(town, KIND_SPO2, 98);
        event = town_event(town, "E1", KIND_SPO2, 80);
        event.device_time_ms = town->now_ms - MINUTE;
        town_send(town, &event);
        assert_told(town, 0);
}

static void test_it_survives_a_restart(void **state) {
        struct town *town = *state;
        struct rule rule = news2(4);
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 22);
        town_restart(town, &profile, 1, MINUTE);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        town_restart(town, &profile, 1, MINUTE);
        say(town, KIND_HEART_RATE, 125);
        assert_told(town, 1);
        say(town, KIND_HEART_RATE, 80);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_changed_limit_holds_from_the_next_reading(void **state) {
        struct town *town = *state;
        struct rule rule = news2(5);

        start_with(town, &rule);
        say(town, KIND_RESPIRATION_RATE, 22);
        say(town, KIND_HEART_RATE, 125);
        rule.condition.score.at_least = 4;
        town_add(town, &rule);
        town_swap(town);
        assert_told(town, 0);
        say(town, KIND_SPO2, 98);
        assert_told(town, 1);
        assert_true(town_last(town)->value == 4);
}

static void test_unless_away_it_is_not_raised(void **state) {
        struct town *town = *state;
        struct rule rule = news2(3);

        rule.condition.unless_away = true;
        start_with(town, &rule);
        say(town, KIND_AWAY, 1);
        say(town, KIND_SPO2, 80);
        assert_told(town, 0);
        say(town, KIND_HOME, 1);
        say(town, KIND_SPO2, 80);
        assert_told(town, 1);
        say(town, KIND_AWAY, 1);
        say(town, KIND_SPO2, 98);
        assert_told(town, 2);
}

static void assert_refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_true(rule_set_builder_add_rule(town->builder, rule, &index) < 0);
        assert_non_null(strstr(err_why(), why));
}

static void test_what_no_score_may_be(void **state) {
        struct town *town = *state;
        struct rule rule = news2(0);

        assert_refused(town, &rule, "at_least");
        rule = news2(21);
        assert_refused(town, &rule, "at most 20");
        rule = news2(5);
        rule.condition.score.needs = 0;
        assert_refused(town, &rule, "1 to 7");
        rule.condition.score.needs = 8;
        assert_refused(town, &rule, "1 to 7");
        rule = news2(5);
        rule.condition.score.rises_by = 2;
        assert_refused(town, &rule, "within");
        rule = news2(5);
        rule.condition.score.max_age_ms[RULE_NEWS2_SYSTOLIC] = 0;
        assert_refused(town, &rule, "age");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_five_is_raised_and_tells_how_many_of_the_seven_there_were),
                t(test_it_clears_when_fresh_readings_are_below),
                t(test_a_single_three_raises_by_itself),
                t(test_scale_2_is_only_for_whom_it_is_prescribed),
                t(test_a_reading_too_old_counts_as_not_measured),
                t(test_too_few_parameters_say_nothing),
                t(test_going_stale_is_no_recovery),
                t(test_too_few_fresh_readings_clear_nothing),
                t(test_a_day_later_a_bad_score_is_an_alert_of_its_own),
                t(test_severity_follows_the_score),
                t(test_a_rise_raises_whatever_the_score),
                t(test_a_rise_is_from_the_lowest_not_from_the_first),
                t(test_a_rise_over_a_longer_time_is_none),
                t(test_what_is_measured_for_the_first_time_is_no_rise),
                t(test_only_valid_readings_count),
                t(test_an_unauthenticated_reading_makes_nothing_better),
                t(test_a_late_reading_counts_as_of_when_it_was_taken),
                t(test_an_older_reading_does_not_replace_a_newer_one),
                t(test_it_survives_a_restart),
                t(test_a_changed_limit_holds_from_the_next_reading),
                t(test_unless_away_it_is_not_raised),
                t(test_what_no_score_may_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
