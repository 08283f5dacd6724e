/* SPDX-License-Identifier: MIT
 *
 * Alerts that are held back: by inhibition, and by flapping. */
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

static struct rule gateway_rule(void) {
        struct rule rule = rule_offline("gateway-offline", 1);

        rule.condition.offline.device_classes =
                (struct rule_words){.word = {"gateway"}, .count = 1};
        return rule;
}

static struct rule sensor_rule(void) {
        struct rule rule = rule_offline("sensor-offline", 2);

        rule.condition.offline.device_classes = (struct rule_words){.word = {"sensor"}, .count = 1};
        rule.inhibitor_count = 1;
        snprintf(rule.inhibitors[0], ALERT_RULE_ID_BYTES, "gateway-offline");
        return rule;
}

/* E1-a is a gateway; E1-b and E1-c are sensors behind it. All have a heartbeat of five minutes. */
static struct elder_profile home(void) {
        struct elder_profile profile = town_profile("E1", 3);

        for (int i = 0; i < 3; i++) {
                profile.devices[i].heartbeat_ms = 5 * MINUTE;
                profile.devices[i].commissioned_time_ms = NOON - DAY;
                snprintf(profile.devices[i].device_class, ELDER_PROFILE_WORD_BYTES, "%s",
                         i == 0 ? "gateway" : "sensor");
        }
        return profile;
}

static void hear(struct town *town, const char *device_id) {
        struct event event = town_event(town, "E1", KIND_HEARTBEAT, 1);

        assert_int_equal(event_set_ids(&event, "E1", device_id), 0);
        town_send(town, &event);
}

static void hear_all(struct town *town) {
        hear(town, "E1-a");
        hear(town, "E1-b");
        hear(town, "E1-c");
}

static void start_home(struct town *town) {
        struct rule sensor = sensor_rule(), gateway = gateway_rule();
        struct elder_profile profile = home();

        town_add(town, &sensor); /* before the rule that it names: the order does not matter */
        town_add(town, &gateway);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE); /* settled */
        hear_all(town);
}

static uint32_t told_of(const struct town *town, const char *rule,
                        enum alert_transition transition) {
        uint32_t count = 0;

        for (uint32_t i = 0; i < town->told_count; i++)
                count += strcmp(town->told[i].rule, rule) == 0 &&
                         town->told[i].transition == transition;
        return count;
}

static void test_a_home_without_its_gateway_is_one_alert(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        start_home(town);
        town_pass(town, HOUR);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "gateway-offline");
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.inhibited, 2);
}

static void test_what_comes_back_with_the_gateway_is_never_told(void **state) {
        struct town *town = *state;

        start_home(town);
        town_pass(town, HOUR);
        hear(town, "E1-b"); /* from the buffer of the gateway: the sensors report before it */
        hear(town, "E1-c");
        hear(town, "E1-a");
        town_pass(town, 4 * MINUTE);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_int_equal(told_of(town, "sensor-offline", ALERT_RAISED), 0);
}

static void test_a_sensor_that_stays_away_is_told_when_the_gateway_is_back(void **state) {
        struct town *town = *state;

        start_home(town);
        town_pass(town, HOUR);
        hear(town, "E1-a");
        hear(town, "E1-b");
        town_pass(town, SECOND);
        assert_told(town, 3);
        assert_string_equal(town_last(town)->rule, "sensor-offline");
        assert_string_equal(town_last(town)->device, "E1-c");
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(town_last(town)->limit == 600);

        uint64_t key = town_last(town)->key;

        hear(town, "E1-c");
        assert_told(town, 4);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->key == key);
}

static void test_what_was_told_before_the_gateway_went_is_cleared_as_ever(void **state) {
        struct town *town = *state;

        start_home(town);
        for (int i = 0; i < 4; i++) {
                town_pass(town, 4 * MINUTE);
                hear(town, "E1-a");
                hear(town, "E1-b");
        }
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-c");
        town_pass(town, HOUR);
        assert_int_equal(told_of(town, "gateway-offline", ALERT_RAISED), 1);
        hear(town, "E1-c");
        assert_int_equal(told_of(town, "sensor-offline", ALERT_CLEARED), 1);
}

static void test_what_is_held_is_held_over_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = home();

        start_home(town);
        town_pass(town, HOUR);
        town_restart(town, &profile, 1, SECOND);
        town_pass(town, 2 * MINUTE);
        assert_told(town, 1);
        hear(town, "E1-a");
        town_pass(town, SECOND);
        assert_int_equal(told_of(town, "sensor-offline", ALERT_RAISED), 2);
}

static void test_a_rule_no_longer_inhibited_tells_what_it_held(void **state) {
        struct town *town = *state;
        struct rule sensor = sensor_rule(), gateway = gateway_rule();

        start_home(town);
        town_pass(town, HOUR);
        sensor.inhibitor_count = 0;
        town_add(town, &sensor);
        town_add(town, &gateway);
        town_swap(town);
        town_pass(town, 2 * SECOND);
        assert_int_equal(told_of(town, "sensor-offline", ALERT_RAISED), 2);
}

static void refused(struct town *town, const struct rule *rule, const char *why);

static void test_life_safety_is_never_held_back(void **state) {
        struct town *town = *state;
        struct rule rule = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);

        rule.inhibitor_count = 1;
        snprintf(rule.inhibitors[0], ALERT_RULE_ID_BYTES, "gateway-offline");
        refused(town, &rule, "never held back");
        rule.inhibitor_count = 0;
        rule.flap_times = 3;
        rule.flap_within_ms = HOUR;
        refused(town, &rule, "never held back");
}

/* --- flapping ------------------------------------------------------------------------------------- */

static void start_battery(struct town *town) {
        struct rule rule = rule_above("heart", KIND_HEART_RATE, 120, 0, 1);
        struct elder_profile profile = town_profile("E1", 1);

        rule.flap_times = 3;
        rule.flap_within_ms = HOUR;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
}

static void flap(struct town *town, int times) {
        for (int i = 0; i < times; i++) {
                town_say(town, "E1", KIND_HEART_RATE, 130);
                town_pass(town, MINUTE);
                town_say(town, "E1", KIND_HEART_RATE, 100);
                town_pass(town, MINUTE);
        }
}

static void test_the_third_raise_within_the_hour_stays_until_it_has_been_calm(void **state) {
        struct town *town = *state;
        struct engine_stats stats;
        uint64_t key;

        start_battery(town);
        flap(town, 3);
        assert_told(town, 5); /* raised, cleared, raised, cleared, raised */
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        key = town_last(town)->key;
        flap(town, 10);
        assert_told(town, 5);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.flaps_held, 10);

        town_pass(town, HOUR - 2 * MINUTE - SECOND);
        assert_told(town, 5);
        town_pass(town, 3 * SECOND);
        assert_told(town, 6);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->key == key);

        town_say(town, "E1", KIND_HEART_RATE, 130);
        assert_told(town, 7); /* the count has started again */
}

static void test_one_that_stays_up_while_flapping_is_cleared_under_its_told_name(void **state) {
        struct town *town = *state;
        uint64_t key;

        start_battery(town);
        flap(town, 3);
        key = town_last(town)->key;
        town_say(town, "E1", KIND_HEART_RATE, 130);
        town_pass(town, 2 * HOUR);
        assert_told(town, 5);
        town_say(town, "E1", KIND_HEART_RATE, 100);
        town_pass(town, SECOND);
        assert_told(town, 6);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town_last(town)->key == key);
}

static void test_two_raises_an_hour_are_none_too_many(void **state) {
        struct town *town = *state;

        start_battery(town);
        for (int i = 0; i < 6; i++) {
                flap(town, 1);
                town_pass(town, 31 * MINUTE);
        }
        assert_told(town, 12);
}

static void test_flapping_goes_on_over_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 1);

        start_battery(town);
        flap(town, 3);
        town_restart(town, &profile, 1, SECOND);
        flap(town, 2);
        assert_told(town, 5);
        town_pass(town, HOUR + SECOND);
        assert_told(town, 6);
}

static void test_a_drill_is_never_held_back(void **state) {
        struct town *town = *state;
        struct event event;

        start_battery(town);
        flap(town, 4);
        assert_told(town, 5);
        event = town_event(town, "E1", KIND_HEART_RATE, 130);
        event.flags = EVENT_DRILL;
        town_send(town, &event);
        assert_told(town, 6);
        assert_true(town_last(town)->drill);
}

static void refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_int_equal(rule_set_builder_add_rule(town->builder, rule, &index), -22);
        assert_non_null(strstr(err_why(), why));
}

static void test_an_inhibitor_must_be_there(void **state) {
        struct town *town = *state;
        struct rule sensor = sensor_rule();
        struct rule_set *rules = NULL;

        town_add(town, &sensor);
        assert_int_equal(rule_set_builder_finish(town->builder, "test", &rules), -22);
        assert_non_null(strstr(err_why(), "not there"));
        assert_null(rules);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_home_without_its_gateway_is_one_alert),
                t(test_what_comes_back_with_the_gateway_is_never_told),
                t(test_a_sensor_that_stays_away_is_told_when_the_gateway_is_back),
                t(test_what_was_told_before_the_gateway_went_is_cleared_as_ever),
                t(test_what_is_held_is_held_over_a_restart),
                t(test_a_rule_no_longer_inhibited_tells_what_it_held),
                t(test_life_safety_is_never_held_back),
                t(test_the_third_raise_within_the_hour_stays_until_it_has_been_calm),
                t(test_one_that_stays_up_while_flapping_is_cleared_under_its_told_name),
                t(test_two_raises_an_hour_are_none_too_many),
                t(test_flapping_goes_on_over_a_restart),
                t(test_a_drill_is_never_held_back),
                t(test_an_inhibitor_must_be_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
