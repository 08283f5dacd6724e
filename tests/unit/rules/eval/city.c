/* SPDX-License-Identifier: MIT
 *
 * The rules of a city: a thousand rules, hundreds of different elder profiles, many elders with overrides. What they
 * cost in memory, and how another rule set comes into force while events are judged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

enum { RULES = 1000, DISTRICTS = 300, PATIENTS = 500 };

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

static struct rule heart_rule(double above) {
        return rule_above("heart", KIND_HEART_RATE, above, 0, 1);
}

/* Add RULES - 1 rules, each for one district, and the heart rate rule under test, for everybody. Return: index of the
 * latter. */
static uint32_t add_rules(struct town *town, double above) {
        struct rule heart = heart_rule(above);

        for (int i = 0; i < RULES - 1; i++) {
                char id[16];

                snprintf(id, sizeof(id), "rule-%d", i);

                struct rule rule = rule_above(id, KIND_SPO2, 200 + i, MINUTE, 2);

                rule.applies_to.districts.count = 1;
                snprintf(rule.applies_to.districts.word[0], RULE_WORD_BYTES, "grid-%d",
                         i % DISTRICTS);
                town_add(town, &rule);
        }
        return town_add(town, &heart);
}

static void put(struct town *town, const char *id, int district) {
        struct elder_profile profile = town_profile(id, 1);

        profile.district_count = 1;
        snprintf(profile.districts[0], ELDER_PROFILE_WORD_BYTES, "grid-%d", district);
        town_put(town, &profile);
}

static void put_districts(struct town *town) {
        for (int i = 0; i < DISTRICTS; i++) {
                char id[16];

                snprintf(id, sizeof(id), "E%d", i);
                put(town, id, i);
        }
}

static void override_limit(struct town *town, uint32_t rule, enum rule_override_scope scope,
                           const char *id, double above, int64_t until_ms) {
        struct rule heart = heart_rule(above);
        struct rule_override override = {
                .scope = (uint8_t)scope,
                .set = 1u << RULE_SETTING_ABOVE,
                .rule_index = rule,
                .until_time_ms = until_ms,
                .condition = heart.condition,
        };

        snprintf(override.elder_id, sizeof(override.elder_id), "%s", id);
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
}

/* Does a heart rate of 130 raise an alert? Clears it again. */
static bool raises(struct town *town, const char *id) {
        uint32_t before = town->told_count;

        town_say(town, id, KIND_HEART_RATE, 130);
        if (town->told_count == before)
                return false;
        town_say(town, id, KIND_HEART_RATE, 60);
        return true;
}

/* Build a set from the rules added since, and offer it to the engine, which does not take it up yet. Return: the former
 * set, which the caller frees. */
static struct rule_set *offer(struct town *town) {
        struct rule_set *former = town->rules;

        assert_int_equal(rule_set_builder_finish(town->builder, "city", &town->rules), 0);
        assert_null(engine_swap(town->engine, town->rules));
        return former;
}

static bool is_in_force(const struct town *town) {
        return engine_rules_in_force(town->engine) == town->rules;
}

/* --- overrides of elders ------------------------------------------------------------------------ */

static void test_an_elders_own_values_cost_a_patch_and_no_plan(void **state) {
        struct town *town = *state;
        struct engine_stats without, with;
        struct rule_set *former;
        uint32_t rule = add_rules(town, 120);
        char id[16];

        town_start(town);
        put_districts(town);
        for (int i = 0; i < PATIENTS; i++) {
                snprintf(id, sizeof(id), "P%d", i);
                put(town, id, i % DISTRICTS);
        }
        engine_read_stats(town->engine, &without);

        rule = add_rules(town, 120);
        for (int i = 0; i < PATIENTS; i++) {
                snprintf(id, sizeof(id), "P%d", i);
                override_limit(town, rule, RULE_OVERRIDE_ELDER, id, 140 + i, 0);
        }
        former = offer(town);
        town_pass(town, SECOND);
        assert_true(is_in_force(town));
        rule_set_free(former);
        engine_read_stats(town->engine, &with);
        assert_int_equal(with.plans, without.plans + PATIENTS);
        assert_true(with.bytes_per_elder - without.bytes_per_elder < 256);

        assert_false(raises(town, "P0"));
        assert_true(raises(town, "E0"));
        assert_false(town_last(town)->overridden);
        town_say(town, "P7", KIND_HEART_RATE, 147);
        assert_told(town, 2); /* those of E0: raised and cleared */
        town_say(town, "P7", KIND_HEART_RATE, 148);
        assert_true(town_last(town)->overridden && town_last(town)->limit == 147);
}

static void test_own_values_that_read_other_events_hold_as_well(void **state) {
        struct town *town = *state;
        struct rule fall = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);
        struct rule_override held = {
                .scope = RULE_OVERRIDE_ELDER, .set = 1u << RULE_SETTING_HOLD, .elder_id = "E1"};

        held.rule_index = town_add(town, &fall);
        held.condition = fall.condition;
        held.condition.happening.hold_ms = 20 * SECOND;
        rule_kinds_add(&held.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        assert_int_equal(rule_set_builder_add_override(town->builder, &held), 0);
        town_start(town);
        put(town, "E1", 1);
        put(town, "E2", 1);
        town_say(town, "E1", KIND_FALL, 1);
        assert_told(town, 0);
        town_pass(town, 5 * SECOND);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
        town_say(town, "E2", KIND_FALL, 1);
        assert_told(town, 2);
}

/* --- taking up a rule set in pieces ------------------------------------------------------------- */

static void test_until_all_is_made_the_old_set_judges_and_then_the_new_one(void **state) {
        struct town *town = *state;
        struct rule_set *former;
        int calls = 0;

        add_rules(town, 120);
        town_start(town);
        put_districts(town);
        town_pass(town, SECOND);
        add_rules(town, 140);
        former = offer(town);
        while (engine_events(town->engine, NULL, NULL, 0, town->now_ms), !is_in_force(town)) {
                assert_int_equal(engine_next_due_ms(town->engine, town->now_ms), 0);
                calls++;
        }
        assert_true(calls > 2); /* each call takes a few milliseconds */

        add_rules(town, 120);
        rule_set_free(former);
        former = offer(town);
        assert_false(raises(town, "E0"));
        assert_false(is_in_force(town));
        while (!is_in_force(town))
                engine_tick(town->engine, town->now_ms);
        rule_set_free(former);
        assert_true(raises(town, "E0"));
        assert_true(raises(town, "E299"));
}

static void test_who_comes_meanwhile_is_judged_by_both(void **state) {
        struct town *town = *state;
        struct rule_set *former;

        add_rules(town, 140);
        town_start(town);
        put_districts(town);
        add_rules(town, 120);
        former = offer(town);
        engine_tick(town->engine, town->now_ms);
        for (int i = 0; i < 40; i++) { /* more profiles than the plans had room for */
                char id[16];

                snprintf(id, sizeof(id), "N%d", i);
                put(town, id, DISTRICTS + i);
        }
        assert_false(is_in_force(town));
        assert_false(raises(town, "N39"));
        while (!is_in_force(town))
                engine_tick(town->engine, town->now_ms);
        rule_set_free(former);
        assert_true(raises(town, "N39"));
        assert_true(raises(town, "E7"));
}

/* Plans are made before the set comes into force. An elder whose profile changes meanwhile needs another plan. */
static void test_who_changes_meanwhile_keeps_their_own_values(void **state) {
        struct town *town = *state;
        struct rule_set *former;
        uint32_t rule;
        int calls = 0;

        add_rules(town, 120);
        town_start(town);
        put_districts(town);
        rule = add_rules(town, 120);
        for (int i = 0; i < 5; i++) {
                char id[16];

                snprintf(id, sizeof(id), "E%d", i);
                override_limit(town, rule, RULE_OVERRIDE_ELDER, id, 140, 0);
        }
        former = offer(town);
        for (; !is_in_force(town); calls++) {
                put(town, "E1", DISTRICTS + calls); /* into a district without other elders */
                put(town, "E2", calls);
                if (calls == 3)
                        engine_elder_remove(town->engine, "E3", town_profile("E3", 1).elder_hash);
                engine_tick(town->engine, town->now_ms);
        }
        assert_true(calls > 3);
        rule_set_free(former);
        put(town, "E4", 9); /* the set is in force, and the state of E4 has not been moved to it */
        put(town, "E3", 3);
        for (int i = 0; i < 5; i++) {
                char id[16];

                snprintf(id, sizeof(id), "E%d", i);
                assert_false(raises(town, id));
        }
        assert_true(raises(town, "E5"));
}

/* The engine does not allocate while it takes up a set: it waits until another thread has provided the memory. */
static void test_a_set_waits_for_the_memory_that_is_provided(void **state) {
        struct town *town = *state;
        struct engine_options options = town_options(town);
        struct rule_set *former;
        int rounds = 0;

        options.is_provided = true;
        add_rules(town, 120);
        assert_int_equal(rule_set_builder_finish(town->builder, "city", &town->rules), 0);
        assert_int_equal(engine_new(&town->engine, &options, town->rules, town->now_ms), 0);
        assert_int_equal(engine_partition_open(town->engine, 0, town->now_ms), 0);
        put_districts(town);
        while (engine_provide(town->engine)) /* provide what was requested so far */
                engine_tick(town->engine, town->now_ms);
        add_rules(town, 140);
        former = offer(town);
        for (; !is_in_force(town) && rounds < 20; rounds++) {
                for (int i = 0; i < 100; i++)
                        engine_tick(town->engine, town->now_ms);
                if (is_in_force(town))
                        break;
                assert_in_range(engine_next_due_ms(town->engine, town->now_ms), 1, 250);
                assert_true(engine_provide(town->engine) > 0);
        }
        assert_in_range(rounds, 1, 10);
        rule_set_free(former);
        assert_false(raises(town, "E0"));
        town_say(town, "E0", KIND_HEART_RATE, 141);
        assert_told(town, 1);
}

static void test_what_ends_meanwhile_has_ended(void **state) {
        struct town *town = *state;
        struct rule_set *former;
        uint32_t rule;

        add_rules(town, 120);
        town_start(town);
        put_districts(town);
        rule = add_rules(town, 120);
        override_limit(town, rule, RULE_OVERRIDE_DISTRICT, "grid-5", 140, town->now_ms + SECOND);
        override_limit(town, rule, RULE_OVERRIDE_DISTRICT, "grid-6", 140, town->now_ms + HOUR);
        override_limit(town, rule, RULE_OVERRIDE_ELDER, "E7", 140, town->now_ms + SECOND);
        former = offer(town);
        engine_tick(town->engine, town->now_ms); /* begins to take the set up at this time */
        town->now_ms += MINUTE;
        while (!is_in_force(town))
                engine_tick(town->engine, town->now_ms);
        rule_set_free(former);
        for (int i = 0; i < 50; i++)
                engine_tick(town->engine, town->now_ms);
        assert_true(raises(town, "E5"));
        assert_false(raises(town, "E6"));
        assert_true(raises(town, "E7"));
        town_pass(town, HOUR);
        for (int i = 0; i < 50; i++)
                engine_tick(town->engine, town->now_ms);
        assert_true(raises(town, "E6"));
}

static void test_an_engine_may_end_while_a_set_is_being_taken_up(void **state) {
        struct town *town = *state;
        struct rule_set *former;

        add_rules(town, 140);
        town_start(town);
        put_districts(town);
        add_rules(town, 120);
        former = offer(town);
        engine_tick(town->engine, town->now_ms);
        assert_false(is_in_force(town));
        town->engine = engine_free(town->engine);
        rule_set_free(former);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_an_elders_own_values_cost_a_patch_and_no_plan),
                t(test_own_values_that_read_other_events_hold_as_well),
                t(test_until_all_is_made_the_old_set_judges_and_then_the_new_one),
                t(test_who_comes_meanwhile_is_judged_by_both),
                t(test_who_changes_meanwhile_keeps_their_own_values),
                t(test_a_set_waits_for_the_memory_that_is_provided),
                t(test_what_ends_meanwhile_has_ended),
                t(test_an_engine_may_end_while_a_set_is_being_taken_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
