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

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

static void swap_to(struct town *town, const struct rule *rule) {
        town_add(town, rule);
        town_swap(town);
}

static struct rule heart_rate(double above, int64_t for_ms) {
        struct rule rule = rule_above("hr", KIND_HEART_RATE, above, for_ms, 1);

        rule.condition.vital.clear_below = above - 10;
        return rule;
}

static void say(struct town *town, double value, int64_t then_ms) {
        town_say(town, "E1", KIND_HEART_RATE, value);
        town_pass(town, then_ms);
}

/* --- vitals: a started duration continues, judged by the new values from the next sample on ----- */

static void test_a_duration_goes_on_under_the_new_limit(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);

        start_with(town, &rule);
        say(town, 130, 40 * SECOND);
        rule = heart_rate(125, MINUTE);
        swap_to(town, &rule);
        say(town, 130, 20 * SECOND);
        assert_told(town, 0);
        say(town, 130, 0);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        assert_true(town_last(town)->limit == 125);
}

static void test_a_sample_under_the_new_limit_ends_a_duration_begun_under_the_old(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);

        start_with(town, &rule);
        say(town, 130, 40 * SECOND);
        rule = heart_rate(140, MINUTE);
        swap_to(town, &rule);
        say(town, 130, 40 * SECOND);
        say(town, 145, 40 * SECOND);
        assert_told(town, 0);
}

static void test_a_shorter_duration_is_complete_at_the_next_sample(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 10 * MINUTE);

        start_with(town, &rule);
        say(town, 130, 2 * MINUTE);
        rule = heart_rate(120, MINUTE);
        swap_to(town, &rule);
        assert_told(town, 0);
        say(town, 130, 0);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->duration_ms, 2 * MINUTE);
}

static void test_an_alert_stays_until_it_is_clear_by_the_new_limit(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 0);

        start_with(town, &rule);
        say(town, 130, SECOND);
        rule = heart_rate(150, 0);
        swap_to(town, &rule);
        town_pass(town, HOUR);
        assert_told(town, 1); /* a new rule set alone clears no alert */
        say(town, 142, SECOND);
        assert_told(town, 1);
        say(town, 139, SECOND); /* clear_below is 140 now */
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

/* --- deadlines: the new values apply at once, counted from the event that started them ------------ */

static void test_a_shorter_quiet_limit_is_told_within_a_second(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 10 * HOUR);
        int64_t swapped_ms;

        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 4 * HOUR);
        rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        swap_to(town, &rule);
        swapped_ms = town->now_ms;
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        assert_in_range(town_last(town)->now_ms, swapped_ms, swapped_ms + SECOND);
}

static void test_a_longer_quiet_limit_counts_from_the_same_sign(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 2 * HOUR);
        rule = rule_quiet("quiet", KIND_MOTION, 5 * HOUR);
        swap_to(town, &rule);
        town_pass(town, 3 * HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_a_raised_quiet_stays_raised_under_a_longer_limit(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 4 * HOUR);
        rule = rule_quiet("quiet", KIND_MOTION, 10 * HOUR);
        swap_to(town, &rule);
        town_pass(town, 10 * HOUR);
        assert_told(town, 1);
        town_say(town, "E1", KIND_MOTION, 1);
        assert_told(town, 2);
}

static struct rule fall(int64_t hold_ms) {
        struct rule rule = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);

        rule.condition.happening.hold_ms = hold_ms;
        if (hold_ms)
                rule_kinds_add(&rule.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        return rule;
}

static void test_a_hold_taken_away_raises_what_waits(void **state) {
        struct town *town = *state;
        struct rule rule = fall(MINUTE);

        start_with(town, &rule);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 10 * SECOND);
        rule = fall(0);
        swap_to(town, &rule);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_a_longer_hold_counts_from_the_fall(void **state) {
        struct town *town = *state;
        struct rule rule = fall(20 * SECOND);

        start_with(town, &rule);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 10 * SECOND);
        rule = fall(MINUTE);
        swap_to(town, &rule);
        town_pass(town, 50 * SECOND - 1);
        assert_told(town, 0);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
}

static void test_an_offline_limit_follows(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("offline", 10);
        struct elder_profile profile = town_profile("E1", 1);

        profile.devices[0].heartbeat_ms = 10 * MINUTE;
        profile.devices[0].commissioned_time_ms = town->now_ms;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 30 * MINUTE);
        rule = rule_offline("offline", 2);
        swap_to(town, &rule);
        town_pass(town, SECOND);
        assert_told(town, 1);

        /* An alert raised before the rule got another index is cleared under the same rule. */
        {
                struct rule other = rule_offline("another", 20);

                town_add(town, &other);
                swap_to(town, &rule);
        }
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->rule, "offline");
        assert_true(town->told[0].key == town->told[1].key);
}

/* --- rules that are added and removed ---------------------------------------------------------------- */

static void test_a_rule_taken_out_and_put_back_begins_anew(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);
        struct rule other = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
        say(town, 130, 40 * SECOND);
        swap_to(town, &other);
        say(town, 130, SECOND);
        town_add(town, &other);
        swap_to(town, &rule);
        say(town, 130, 40 * SECOND);
        assert_told(town, 0);
        say(town, 130, 21 * SECOND);
        say(town, 130, 0);
        assert_told(town, 1);
}

static void test_the_same_id_for_something_else_begins_anew(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 0);
        struct rule other = rule_happening("hr", KIND_FALL, ALERT_LIFE_SAFETY);

        start_with(town, &rule);
        say(town, 130, SECOND);
        swap_to(town, &other);
        town_say(town, "E1", KIND_FALL, 1);
        town_say(town, "E1", KIND_FALL, 0);
        assert_told(town, 3);
        assert_true(town->told[1].key == town->told[2].key);
        swap_to(town, &rule);
        say(town, 130, SECOND);
        assert_told(town, 4);
}

static void test_other_rules_in_between_move_nothing(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);
        struct rule quiet = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        struct rule first = rule_quiet("first", KIND_MOTION, HOUR);

        town_add(town, &quiet);
        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        say(town, 130, 40 * SECOND);
        town_add(town, &first);
        town_add(town, &rule);
        swap_to(town, &quiet);
        say(town, 130, 20 * SECOND);
        say(town, 130, 0);
        assert_told(town, 1);
        town_pass(town, 3 * HOUR);
        assert_told(town, 2); /* "first" is new and has seen no sign of life yet */
        assert_string_equal(town_last(town)->rule, "quiet");
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

static void test_redelivery_over_a_swap_is_still_a_duplicate(void **state) {
        struct town *town = *state;
        struct rule sos = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);
        struct event event;

        start_with(town, &sos);
        event = town_event(town, "E1", KIND_SOS, 1);
        town_send(town, &event);
        swap_to(town, &sos);
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_a_new_override_holds_from_the_swap_on(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 0);
        struct rule_override override = {.elder_id = "E1"};

        start_with(town, &rule);
        override.rule_index = town_add(town, &rule);
        override.condition = rule.condition;
        override.condition.vital.above = 140;
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
        town_swap(town);
        say(town, 130, SECOND);
        assert_told(town, 0);
        say(town, 141, SECOND);
        assert_told(town, 1);
        assert_true(town_last(town)->overridden);
}

static void test_ten_thousand_elders_move_without_being_touched(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);
        struct rule quiet = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        struct engine_stats stats;

        start_with(town, &rule);
        for (int i = 0; i < 10000; i++) {
                struct elder_profile profile;
                char id[16];

                snprintf(id, sizeof(id), "F%d", i);
                profile = town_profile(id, 1);
                snprintf(profile.care_level, ELDER_PROFILE_WORD_BYTES, "level-%d", i % 7);
                town_put(town, &profile);
                if (i % 100 == 0)
                        town_say(town, id, KIND_HEART_RATE, 130);
        }
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.plans, 1);
        town_add(town, &quiet);
        swap_to(town, &rule);
        town_pass(town, SECOND);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.plans, 1); /* the plan of the former set is freed */
        assert_int_equal(stats.blind, 10001);
        assert_int_equal(stats.elders, 10001);
        town_pass(town, MINUTE);
        for (int i = 0; i < 10000; i += 100) {
                char id[16];

                snprintf(id, sizeof(id), "F%d", i);
                town_say(town, id, KIND_HEART_RATE, 130);
        }
        assert_told(town, 100);
}

static void test_a_set_never_taken_up_comes_back(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 0);
        struct rule_set *first, *second;
        uint32_t index;

        start_with(town, &rule);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), 0);
        assert_int_equal(rule_set_builder_finish(town->builder, "1", &first), 0);
        assert_int_equal(rule_set_builder_add_rule(town->builder, &rule, &index), 0);
        assert_int_equal(rule_set_builder_finish(town->builder, "2", &second), 0);
        assert_null(engine_swap(town->engine, first));
        assert_ptr_equal(engine_swap(town->engine, second), first);
        rule_set_free(first);
        assert_ptr_equal(engine_rules_in_force(town->engine), town->rules);
        engine_tick(town->engine, town->now_ms);
        assert_ptr_equal(engine_rules_in_force(town->engine), second);
        assert_null(engine_rules_refused(town->engine));
        rule_set_free(town->rules);
        town->rules = second;
}

/* --- changes of the registry ----------------------------------------------------------------------- */

static void
test_an_elder_whose_words_change_keeps_the_states_of_rules_that_still_apply(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);
        struct rule copd = rule_quiet("copd-only", KIND_MOTION, 3 * HOUR);
        struct elder_profile profile = town_profile("E1", 2);

        copd.applies_to.conditions.count = 1;
        snprintf(copd.applies_to.conditions.word[0], RULE_WORD_BYTES, "copd");
        town_add(town, &copd);
        start_with(town, &rule);
        say(town, 130, 40 * SECOND);
        town_say(town, "E1", KIND_MOTION, 1);
        profile.condition_count = 1;
        snprintf(profile.conditions[0], ELDER_PROFILE_WORD_BYTES, "copd");
        town_put(town, &profile);
        say(town, 130, 20 * SECOND);
        say(town, 130, 0);
        assert_told(town, 1);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, 4 * HOUR);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->rule, "copd-only");
}

static void test_unless_a_tag_takes_a_rule_away(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, 0);
        struct elder_profile profile = town_profile("E1", 2);

        rule.applies_to.not_tags.count = 1;
        snprintf(rule.applies_to.not_tags.word[0], RULE_WORD_BYTES, "hospital");
        start_with(town, &rule);
        profile.tag_count = 1;
        snprintf(profile.tags[0], ELDER_PROFILE_WORD_BYTES, "hospital");
        town_put(town, &profile);
        say(town, 130, SECOND);
        assert_told(town, 0);
        profile.tag_count = 0;
        town_put(town, &profile);
        say(town, 130, SECOND);
        assert_told(town, 1);
}

static void test_states_follow_their_device_when_the_list_changes(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rate(120, MINUTE);
        struct elder_profile profile = town_profile("E1", 2), turned;

        start_with(town, &rule);
        say(town, 130, 60 * SECOND);
        turned = profile;
        turned.devices[0] = profile.devices[1];
        turned.devices[1] = profile.devices[0];
        town_put(town, &turned);
        say(town, 130, 0);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-a");
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
}

static void test_an_elder_removed_is_forgotten(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        struct elder_profile profile = town_profile("E1", 2);
        struct engine_stats stats;

        start_with(town, &rule);
        town_say(town, "E1", KIND_MOTION, 1);
        engine_elder_remove(town->engine, "E1", profile.elder_hash);
        engine_elder_remove(town->engine, "E1", profile.elder_hash);
        town_pass(town, 4 * HOUR);
        assert_told(town, 0);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.elders, 0);
        town_say(town, "E1", KIND_MOTION, 1);
        assert_int_equal(town->unknown_count, 1);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_duration_goes_on_under_the_new_limit),
                t(test_a_sample_under_the_new_limit_ends_a_duration_begun_under_the_old),
                t(test_a_shorter_duration_is_complete_at_the_next_sample),
                t(test_an_alert_stays_until_it_is_clear_by_the_new_limit),
                t(test_a_shorter_quiet_limit_is_told_within_a_second),
                t(test_a_longer_quiet_limit_counts_from_the_same_sign),
                t(test_a_raised_quiet_stays_raised_under_a_longer_limit),
                t(test_a_hold_taken_away_raises_what_waits),
                t(test_a_longer_hold_counts_from_the_fall),
                t(test_an_offline_limit_follows),
                t(test_a_rule_taken_out_and_put_back_begins_anew),
                t(test_the_same_id_for_something_else_begins_anew),
                t(test_other_rules_in_between_move_nothing),
                t(test_redelivery_over_a_swap_is_still_a_duplicate),
                t(test_a_new_override_holds_from_the_swap_on),
                t(test_ten_thousand_elders_move_without_being_touched),
                t(test_a_set_never_taken_up_comes_back),
                t(test_an_elder_whose_words_change_keeps_the_states_of_rules_that_still_apply),
                t(test_unless_a_tag_takes_a_rule_away),
                t(test_states_follow_their_device_when_the_list_changes),
                t(test_an_elder_removed_is_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
