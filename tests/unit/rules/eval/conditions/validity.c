/* SPDX-License-Identifier: MIT
 *
 * Readings that are received but unusable: alerts about the device, for each device separately. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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

static struct rule not_worn(void) {
        struct rule rule = {.id = "not-worn", .severity = SEVERITY_MINOR, .class = ALERT_TECHNICAL};

        rule.condition.type = CONDITION_VALIDITY;
        rule.condition.validity = (struct condition_validity){
                .states = 1u << EVENT_VALIDITY_OFF_BODY | 1u << EVENT_VALIDITY_STALE,
                .min_samples = 3,
                .for_ms = 10 * MINUTE,
        };
        rule_kinds_add(&rule.condition.validity.kinds, KIND_HEART_RATE);
        rule_kinds_add(&rule.condition.validity.kinds, KIND_SPO2);
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
}

/* One reading of device E1-@device with this validity. */
static struct event reading(struct town *town, char device, unsigned int kind,
                            enum event_validity validity) {
        struct event event = town_event(town, "E1", kind, 70);
        char id[] = "E1-?";

        id[3] = device;
        assert_int_equal(event_set_ids(&event, "E1", id), 0);
        event.validity = (uint8_t)validity;
        return event;
}

static void say(struct town *town, char device, unsigned int kind, enum event_validity validity) {
        struct event event = reading(town, device, kind, validity);

        town_send(town, &event);
}

static void test_not_worn_for_long_enough_is_told_about_the_device(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        town_pass(town, 5 * MINUTE);
        say(town, 'b', KIND_SPO2, EVENT_VALIDITY_OFF_BODY);
        town_pass(town, 5 * MINUTE - 1);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 0);
        town_pass(town, 1);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-b");
        assert_int_equal(town_last(town)->duration_ms, 10 * MINUTE);
        assert_true(isnan(town_last(town)->value));
        assert_int_equal(town_last(town)->history_count, 4);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 1);
        say(town, 'b', KIND_SPO2, EVENT_VALIDITY_VALID);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_too_few_readings_do_not_raise(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        town_pass(town, HOUR);
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 0);
}

static void test_a_valid_reading_begins_the_duration_anew(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i < 12; i++) {
                say(town, 'a', KIND_HEART_RATE,
                    i == 6 ? EVENT_VALIDITY_VALID : EVENT_VALIDITY_OFF_BODY);
                town_pass(town, MINUTE);
        }
        assert_told(town, 0);
}

static void test_states_that_are_not_meant_neither_raise_nor_clear(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i < 20; i++) {
                say(town, 'a', KIND_HEART_RATE,
                    i % 2 ? EVENT_VALIDITY_ARTEFACT : EVENT_VALIDITY_IMPLAUSIBLE);
                town_pass(town, MINUTE);
        }
        assert_told(town, 0);
        for (int i = 0; i < 11; i++) {
                say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_ARTEFACT);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
}

static void test_each_device_has_its_own(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i <= 10; i++) {
                say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                say(town, 'b', KIND_HEART_RATE,
                    i < 4 ? EVENT_VALIDITY_VALID : EVENT_VALIDITY_OFF_BODY);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-a");
        for (int i = 0; i < 4; i++) {
                say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                town_pass(town, MINUTE);
        }
        assert_told(town, 2);
        assert_string_equal(town_last(town)->device, "E1-b");
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_VALID);
        assert_told(town, 3);
        assert_string_equal(town_last(town)->device, "E1-b");
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
}

static void test_a_stale_reading_is_old_by_its_nature_and_counts_as_of_now(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i <= 10; i++) {
                struct event event = reading(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_STALE);

                event.device_time_ms = NOON - HOUR;
                town_send(town, &event);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        assert_int_equal(town_last(town)->event_time_ms, NOON + 10 * MINUTE);
        assert_int_equal(town_last(town)->late_ms, 0);
}

static void test_what_comes_from_a_buffer_says_nothing_of_now(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i <= 20; i++) {
                struct event event =
                        reading(town, 'a', KIND_HEART_RATE,
                                i % 2 ? EVENT_VALIDITY_OFF_BODY : EVENT_VALIDITY_STALE);

                event.device_time_ms = NOON - HOUR + i * MINUTE;
                event.flags = EVENT_BUFFERED;
                town_send(town, &event);
        }
        assert_told(town, 0);
}

static void test_an_unauthenticated_reading_raises_but_never_clears(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();
        struct event event;

        start_with(town, &rule);
        for (int i = 0; i <= 10; i++) {
                event = reading(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                event.flags = EVENT_UNAUTHENTICATED;
                town_send(town, &event);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        event = reading(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_VALID);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_it_survives_a_restart_with_both_devices(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        for (int i = 0; i <= 10; i++) {
                say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                if (i > 4)
                        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                town_pass(town, MINUTE);
        }
        assert_told(town, 1);
        town_restart(town, &profile, 1, 4 * MINUTE);
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->device, "E1-b");
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_VALID);
        assert_told(town, 3);
        assert_true(town->told[0].key == town->told[2].key);
}

static void test_a_device_taken_away_is_forgotten(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();
        struct elder_profile profile = town_profile("E1", 1);
        struct engine_stats stats;

        rule.condition.validity.for_ms = 0;
        rule.condition.validity.min_samples = 1;
        start_with(town, &rule);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 1);
        town_put(town, &profile);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_VALID);
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_VALID);
        assert_told(town, 1);

        /* When the device is put back, a new alert can begin. */
        profile = town_profile("E1", 2);
        town_put(town, &profile);
        say(town, 'b', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 2);
        assert_true(town->told[0].key != town->told[1].key);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.episodes, 2);
}

static void test_a_shorter_for_completes_what_had_begun(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        start_with(town, &rule);
        for (int i = 0; i < 4; i++) {
                say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
                town_pass(town, MINUTE);
        }
        rule.condition.validity.for_ms = 2 * MINUTE;
        town_add(town, &rule);
        town_swap(town);
        assert_told(town, 0);
        say(town, 'a', KIND_HEART_RATE, EVENT_VALIDITY_OFF_BODY);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->duration_ms, 4 * MINUTE);
}

static void assert_refused(struct town *town, const struct rule *rule, const char *why) {
        uint32_t index;

        assert_true(rule_set_builder_add_rule(town->builder, rule, &index) < 0);
        assert_non_null(strstr(err_why(), why));
}

static void test_what_no_such_rule_may_be(void **state) {
        struct town *town = *state;
        struct rule rule = not_worn();

        rule.class = ALERT_VITAL;
        assert_refused(town, &rule, "technical");
        rule = not_worn();
        rule.condition.validity.states |= 1u << EVENT_VALIDITY_VALID;
        assert_refused(town, &rule, "off_body");
        rule.condition.validity.states = 0;
        assert_refused(town, &rule, "off_body");
        rule = not_worn();
        rule.condition.validity.kinds = (struct rule_kinds){{0}};
        assert_refused(town, &rule, "kinds");
        rule = not_worn();
        rule.condition.validity.for_ms = -1;
        assert_refused(town, &rule, "negative");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_not_worn_for_long_enough_is_told_about_the_device),
                t(test_too_few_readings_do_not_raise),
                t(test_a_valid_reading_begins_the_duration_anew),
                t(test_states_that_are_not_meant_neither_raise_nor_clear),
                t(test_each_device_has_its_own),
                t(test_a_stale_reading_is_old_by_its_nature_and_counts_as_of_now),
                t(test_what_comes_from_a_buffer_says_nothing_of_now),
                t(test_an_unauthenticated_reading_raises_but_never_clears),
                t(test_it_survives_a_restart_with_both_devices),
                t(test_a_device_taken_away_is_forgotten),
                t(test_a_shorter_for_completes_what_had_begun),
                t(test_what_no_such_rule_may_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
