/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
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

static void refused(struct town *town, const struct rule *rule, const char *because) {
        uint32_t index = 4711;

        assert_int_equal(rule_set_builder_add_rule(town->builder, rule, &index), -EINVAL);
        assert_int_equal(index, 4711);
        if (!strstr(err_why(), because))
                fail_msg("refused with \"%s\", not because \"%s\"", err_why(), because);
}

static void test_a_happening_that_must_not_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = rule_happening("", KIND_SOS, ALERT_LIFE_SAFETY);

        refused(town, &rule, "needs an id");
        rule = rule_happening("r", KIND_NONE, ALERT_LIFE_SAFETY);
        refused(town, &rule, "needs a kind");
        rule = rule_happening("r", KIND_SOS, ALERT_LIFE_SAFETY);
        rule.condition.happening.hold_ms = 1;
        refused(town, &rule, "never held back");
        rule = rule_happening("r", KIND_SMOKE, ALERT_LIFE_SAFETY);
        rule.condition.happening.cooldown_ms = 1;
        refused(town, &rule, "no cooldown");
        rule = rule_happening("r", KIND_FALL, ALERT_LIFE_SAFETY);
        rule.condition.happening.confidence_at_least_pct = 101;
        refused(town, &rule, "100 per cent");
        rule = rule_happening("r", KIND_FALL, ALERT_LIFE_SAFETY);
        rule.condition.happening.hold_ms = -1;
        refused(town, &rule, "negative");
        rule = rule_happening("r", KIND_FALL, ALERT_LIFE_SAFETY);
        rule_kinds_add(&rule.condition.happening.cancel_kinds, KIND_FALL);
        refused(town, &rule, "cannot end what it raises");
        rule = rule_happening("r", KIND_DOOR_OPEN, ALERT_ACTIVITY);
        rule.condition.during_count = 1;
        rule.condition.during[0].to_minute = 1441;
        refused(town, &rule, "time of day");
}

static void test_a_vital_that_must_not_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("r", KIND_HEART_RATE, NAN, 0, 1);

        refused(town, &rule, "a number");
        rule = rule_above("r", KIND_HEART_RATE, INFINITY, 0, 1);
        refused(town, &rule, "above or below");
        rule = rule_above("r", KIND_HEART_RATE, 120, 0, 1);
        rule.condition.vital.below = 120;
        refused(town, &rule, "lower than above");
        rule = rule_above("r", KIND_HEART_RATE, 120, 0, 1);
        rule.condition.vital.clear_below = 121;
        refused(town, &rule, "clear_below");
        rule = rule_above("r", KIND_HEART_RATE, 120, -1, 1);
        refused(town, &rule, "negative");
        rule = rule_above("r", KIND_HEART_RATE, 120, 0, 1);
        rule.condition.vital.if_data_stops = RULE_DATA_STOPS_ALARM;
        refused(town, &rule, "after how long");
        rule = rule_above("r", KIND_BATTERY, 120, MINUTE, 1);
        refused(town, &rule, "no duration");
}

static void test_quiet_and_offline_that_must_not_be_are_refused(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("r", KIND_MOTION, HOUR);

        memset(&rule.condition.quiet.signals, 0, sizeof(rule.condition.quiet.signals));
        refused(town, &rule, "sign of life");
        rule = rule_quiet("r", KIND_MOTION, HOUR);
        rule.condition.quiet.slot_count = 0;
        refused(town, &rule, "times of day");
        rule = rule_offline("r", 0);
        refused(town, &rule, "a duration or a number");
        rule = rule_offline("r", 2);
        rule.condition.offline.limit_ms = HOUR;
        refused(town, &rule, "a duration or a number");
        rule = rule_offline("r", 0.5);
        refused(town, &rule, "always overdue");
        rule = rule_offline("r", 2);
        rule.condition.type = CONDITION_TYPES;
        refused(town, &rule, "no such condition");
}

static void test_an_id_is_used_once(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("r", 2);

        town_add(town, &rule);
        refused(town, &rule, "twice");
}

static void test_what_is_kept_beside_devices_has_an_end(void **state) {
        struct town *town = *state;
        char id[16];

        for (int i = 0; i < RULE_OFFLINE_MAX; i++) {
                struct rule rule;

                snprintf(id, sizeof(id), "offline-%d", i);
                rule = rule_offline(id, 2);
                town_add(town, &rule);
        }
        for (int i = 0; i < RULE_LEVEL_MAX; i++) {
                struct rule rule;

                snprintf(id, sizeof(id), "level-%d", i);
                rule = rule_above(id, KIND_BATTERY, 90 + i, 0, 1);
                town_add(town, &rule);
        }

        struct rule offline = rule_offline("more", 2);
        struct rule level = rule_above("more", KIND_BATTERY, 1, 0, 1);

        refused(town, &offline, "too many offline");
        refused(town, &level, "too many rules on the level");
}

static void test_an_override_is_of_a_rule_and_of_its_shape(void **state) {
        struct town *town = *state;
        struct rule rule = rule_above("hr", KIND_HEART_RATE, 120, 0, 1);
        struct rule_override override = {.elder_id = "E1", .rule_index = 0};
        struct rule_set *rules;

        assert_int_equal(rule_set_builder_add_override(town->builder, &override), -EINVAL);
        town_add(town, &rule);
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), -EINVAL);
        override.condition = rule.condition;
        override.condition.vital.clear_below = 500;
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), -EINVAL);
        override.condition = rule.condition;
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
        assert_int_equal(rule_set_builder_finish(town->builder, "v", &rules), -EINVAL);
        assert_non_null(strstr(err_why(), "two overrides"));
}

static void test_everything_is_found_again(void **state) {
        struct town *town = *state;
        struct rule_override override = {.until_time_ms = NOON};
        uint32_t indices[200];

        for (int i = 0; i < 200; i++) {
                struct rule rule;
                char id[16];

                snprintf(id, sizeof(id), "rule-%d", i * 7919 % 200);
                rule = rule_above(id, KIND_HEART_RATE, 100 + i, 0, 1);
                indices[i] = town_add(town, &rule);
                override.rule_index = indices[i];
                override.condition = rule.condition;
                snprintf(override.elder_id, EVENT_ELDER_ID_BYTES, "E%d", i % 40);
                assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
        }
        assert_int_equal(rule_set_builder_finish(town->builder, "0123456789abcdef", &town->rules),
                         0);
        assert_string_equal(rule_set_version(town->rules), "0123456789abcdef");
        assert_int_equal(rule_set_count(town->rules), 200);
        for (int i = 0; i < 200; i++) {
                const struct rule *rule = rule_set_rule(town->rules, indices[i]);
                const struct rule_override *found;
                char elder[16];

                assert_int_equal(rule_set_find(town->rules, rule->id), indices[i]);
                snprintf(elder, sizeof(elder), "E%d", i % 40);
                found = rule_set_override(town->rules, RULE_OVERRIDE_ELDER, elder, indices[i],
                                          NOON - 1);
                assert_non_null(found);
                assert_true(found->condition.vital.above == 100 + i);
                assert_null(rule_set_override(town->rules, RULE_OVERRIDE_ELDER, elder, indices[i],
                                              NOON));
                assert_null(rule_set_override(town->rules, RULE_OVERRIDE_ELDER, "E99", indices[i],
                                              NOON - 1));
        }
        assert_int_equal(rule_set_find(town->rules, "rule-200"), -1);
        assert_non_null(rule_set_override_at(town->rules, 199));
        assert_null(rule_set_override_at(town->rules, 200));
}

static void test_a_selector_needs_every_list_and_any_word_of_it(void **state) {
        struct rule rule = rule_offline("r", 2);
        const char conditions[2][RULE_WORD_BYTES] = {"copd", "af"};
        const char tags[1][RULE_WORD_BYTES] = {"alone"};
        const char districts[2][RULE_WORD_BYTES] = {"grid-3", "gongshu"};
        struct rule_subject subject = {.care_level = "full",
                                       .districts = districts,
                                       .district_count = 2,
                                       .conditions = conditions,
                                       .condition_count = 2,
                                       .tags = tags,
                                       .tag_count = 1};
        struct rule_selector *who = &rule.applies_to;

        assert_true(rule_applies(&rule, &subject));
        who->care_levels = (struct rule_words){.word = {"partial", "full"}, .count = 2};
        who->conditions = (struct rule_words){.word = {"dementia", "af"}, .count = 2};
        assert_true(rule_applies(&rule, &subject));
        who->districts = (struct rule_words){.word = {"grid-4"}, .count = 1};
        assert_false(rule_applies(&rule, &subject));
        who->districts.count = 0;
        who->tags = (struct rule_words){.word = {"hospital"}, .count = 1};
        assert_false(rule_applies(&rule, &subject));
        who->tags.count = 0;
        who->not_tags = (struct rule_words){.word = {"hospital", "alone"}, .count = 2};
        assert_false(rule_applies(&rule, &subject));
        subject.tag_count = 0;
        assert_true(rule_applies(&rule, &subject));
}

static void test_a_site_has_its_own_zone_and_others_the_common_one(void **state) {
        struct town *town = *state;
        struct zone *shanghai, *berlin;

        assert_int_equal(zone_open(&shanghai, "Asia/Shanghai"), 0);
        assert_int_equal(zone_open(&berlin, "Europe/Berlin"), 0);
        assert_int_equal(rule_set_builder_add_zone(town->builder, "", shanghai), 0);
        assert_int_equal(rule_set_builder_add_zone(town->builder, "berlin", berlin), 0);
        assert_int_equal(rule_set_builder_add_zone(town->builder, "berlin", NULL), -EINVAL);
        assert_int_equal(rule_set_builder_finish(town->builder, "v", &town->rules), 0);
        assert_ptr_equal(rule_set_zone(town->rules, "berlin"), berlin);
        assert_ptr_equal(rule_set_zone(town->rules, "elsewhere"), shanghai);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_happening_that_must_not_be_is_refused),
                t(test_a_vital_that_must_not_be_is_refused),
                t(test_quiet_and_offline_that_must_not_be_are_refused),
                t(test_an_id_is_used_once),
                t(test_what_is_kept_beside_devices_has_an_end),
                t(test_an_override_is_of_a_rule_and_of_its_shape),
                t(test_everything_is_found_again),
                t(test_a_selector_needs_every_list_and_any_word_of_it),
                t(test_a_site_has_its_own_zone_and_others_the_common_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
