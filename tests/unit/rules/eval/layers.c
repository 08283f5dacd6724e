/* SPDX-License-Identifier: MIT
 *
 * The layers of values: of the rule, and overrides of the city, a district and the elder. And to whom a rule applies by
 * age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

/* E1 lives in grid-1, which is in gongshu, which is in hangzhou. */
static struct elder_profile resident(void) {
        struct elder_profile profile = town_profile("E1", 1);

        profile.district_count = 3;
        snprintf(profile.districts[0], ELDER_PROFILE_WORD_BYTES, "grid-1");
        snprintf(profile.districts[1], ELDER_PROFILE_WORD_BYTES, "gongshu");
        snprintf(profile.districts[2], ELDER_PROFILE_WORD_BYTES, "hangzhou");
        return profile;
}

static struct rule heart_rule(void) {
        struct rule rule = rule_above("heart", KIND_HEART_RATE, 120, 0, 1);

        rule.condition.vital.clear_below = 110;
        return rule;
}

static struct rule_override other(enum rule_override_scope scope, const char *id, double above) {
        struct rule rule = heart_rule();
        struct rule_override override = {
                .scope = (uint8_t)scope,
                .set = 1u << RULE_SETTING_ABOVE,
                .condition = rule.condition,
        };

        snprintf(override.elder_id, sizeof(override.elder_id), "%s", id);
        override.condition.vital.above = above;
        return override;
}

static void add(struct town *town, struct rule_override override) {
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
}

static void start(struct town *town) {
        struct elder_profile profile = resident();

        town_start(town);
        town_put(town, &profile);
}

/* Return: the limit in force for the elder, found with increasing values. */
static double limit_of(struct town *town, const char *elder_id) {
        uint32_t before = town->told_count;
        double value = 100;

        while (town->told_count == before && value < 250)
                town_say(town, elder_id, KIND_HEART_RATE, ++value);
        town_say(town, elder_id, KIND_HEART_RATE, 60);
        return value - 1;
}

static void test_the_nearest_to_the_elder_counts(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();

        town_add(town, &rule);
        add(town, other(RULE_OVERRIDE_ELDER, "E1", 150));
        add(town, other(RULE_OVERRIDE_DISTRICT, "grid-1", 140));
        add(town, other(RULE_OVERRIDE_DISTRICT, "gongshu", 135));
        add(town, other(RULE_OVERRIDE_CITY, "", 130));
        start(town);
        assert_true(limit_of(town, "E1") == 150);
        assert_true(town_last(town)->overridden);
}

static void test_a_district_overrides_what_it_lies_in(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct elder_profile neighbour = town_profile("E2", 1);

        town_add(town, &rule);
        add(town, other(RULE_OVERRIDE_DISTRICT, "gongshu", 135));
        add(town, other(RULE_OVERRIDE_DISTRICT, "grid-1", 140));
        add(town, other(RULE_OVERRIDE_CITY, "", 130));
        start(town);
        neighbour.district_count = 1;
        snprintf(neighbour.districts[0], ELDER_PROFILE_WORD_BYTES, "grid-9");
        town_put(town, &neighbour);
        assert_true(limit_of(town, "E1") == 140);
        assert_true(limit_of(town, "E2") == 130);
}

static void test_layers_that_set_different_things_all_hold(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct rule_override elder = other(RULE_OVERRIDE_ELDER, "E1", 120);

        town_add(town, &rule);
        elder.set = 1u << RULE_SETTING_CLEAR_BELOW;
        elder.condition.vital.clear_below = 90;
        add(town, other(RULE_OVERRIDE_DISTRICT, "gongshu", 135));
        add(town, elder);
        start(town);
        town_say(town, "E1", KIND_HEART_RATE, 134);
        assert_told(town, 0); /* limit of the district: 135 */
        town_say(town, "E1", KIND_HEART_RATE, 136);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEART_RATE, 95);
        assert_told(town, 1); /* clear limit of the elder: 90 */
        town_say(town, "E1", KIND_HEART_RATE, 89);
        assert_told(town, 2);
}

static void test_a_mixture_that_contradicts_itself_leaves_the_nearest_alone(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct rule_override district = other(RULE_OVERRIDE_DISTRICT, "grid-1", 150);

        /* The district clears below 145, the elder's limit is 130: a value between would both raise and clear. */
        district.set |= 1u << RULE_SETTING_CLEAR_BELOW;
        district.condition.vital.clear_below = 145;
        town_add(town, &rule);
        add(town, district);
        add(town, other(RULE_OVERRIDE_ELDER, "E1", 130));
        start(town);
        assert_true(limit_of(town, "E1") == 130);
        town_say(town, "E1", KIND_HEART_RATE, 140);
        town_say(town, "E1", KIND_HEART_RATE, 109);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED); /* below 110, of the rule */
}

static void test_a_districts_override_ends_for_everybody_in_it(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct rule_override district = other(RULE_OVERRIDE_DISTRICT, "gongshu", 150);

        town_add(town, &rule);
        district.until_time_ms = NOON + HOUR;
        add(town, district);
        start(town);
        assert_true(limit_of(town, "E1") == 150);
        town_pass(town, HOUR);
        assert_true(limit_of(town, "E1") == 120);
        assert_false(town_last(town)->overridden);
}

static void test_a_district_that_comes_to_lie_in_another_takes_its_values(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct elder_profile profile = resident();

        town_add(town, &rule);
        add(town, other(RULE_OVERRIDE_DISTRICT, "xihu", 135));
        start(town);
        assert_true(limit_of(town, "E1") == 120);
        snprintf(profile.districts[1], ELDER_PROFILE_WORD_BYTES, "xihu");
        town_put(town, &profile);
        assert_true(limit_of(town, "E1") == 135);
}

static void test_an_override_for_the_city_names_nobody(void **state) {
        struct town *town = *state;
        struct rule rule = heart_rule();
        struct rule_override city = other(RULE_OVERRIDE_CITY, "hangzhou", 130);
        struct rule_override nobody = other(RULE_OVERRIDE_DISTRICT, "", 130);

        town_add(town, &rule);
        assert_int_equal(rule_set_builder_add_override(town->builder, &city), -22);
        assert_int_equal(rule_set_builder_add_override(town->builder, &nobody), -22);
        start(town);
}

/* --- to whom a rule applies ----------------------------------------------------------------------- */

static void start_age(struct town *town, int birth_year, bool alone) {
        struct rule rule = heart_rule();
        struct elder_profile profile = resident();

        rule.applies_to.age_at_least = 80;
        rule.applies_to.lives_alone = true;
        town_add(town, &rule);
        town_start(town);
        profile.birth_year = birth_year;
        profile.lives_alone = alone;
        town_put(town, &profile);
        town_say(town, "E1", KIND_HEART_RATE, 150);
}

static void test_the_eighty_year_old_who_lives_alone_is_watched(void **state) {
        start_age(*state, 1946, true); /* the test is in 2026 */
        assert_told((struct town *)*state, 1);
}

static void test_the_younger_one_is_not(void **state) {
        start_age(*state, 1947, true);
        assert_told((struct town *)*state, 0);
}

static void test_who_does_not_live_alone_is_not(void **state) {
        start_age(*state, 1946, false);
        assert_told((struct town *)*state, 0);
}

static void test_who_has_no_year_of_birth_is_not(void **state) {
        start_age(*state, 0, true);
        assert_told((struct town *)*state, 0);
}

static void test_with_the_new_year_everybody_is_a_year_older(void **state) {
        struct town *town = *state;

        start_age(town, 1947, true);
        town_pass(town, 110 * DAY);
        town_say(town, "E1", KIND_HEART_RATE, 150);
        assert_told(town, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_the_nearest_to_the_elder_counts),
                t(test_a_district_overrides_what_it_lies_in),
                t(test_layers_that_set_different_things_all_hold),
                t(test_a_mixture_that_contradicts_itself_leaves_the_nearest_alone),
                t(test_a_districts_override_ends_for_everybody_in_it),
                t(test_a_district_that_comes_to_lie_in_another_takes_its_values),
                t(test_an_override_for_the_city_names_nobody),
                t(test_the_eighty_year_old_who_lives_alone_is_watched),
                t(test_the_younger_one_is_not),
                t(test_who_does_not_live_alone_is_not),
                t(test_who_has_no_year_of_birth_is_not),
                t(test_with_the_new_year_everybody_is_a_year_older),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
