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

/* An elder with two devices with a heartbeat of ten minutes, commissioned now; the first is a wristband. */
static struct elder_profile profile_of(const struct town *town, const char *id) {
        struct elder_profile profile = town_profile(id, 2);

        for (int i = 0; i < 2; i++) {
                profile.devices[i].heartbeat_ms = 10 * MINUTE;
                profile.devices[i].commissioned_time_ms = town->now_ms;
        }
        snprintf(profile.devices[0].device_class, ELDER_PROFILE_WORD_BYTES, "wristband");
        snprintf(profile.devices[1].device_class, ELDER_PROFILE_WORD_BYTES, "smoke");
        return profile;
}

/* Start with a rule: offline after two missing heartbeats. */
static struct elder_profile with_offline(struct town *town) {
        struct rule rule = rule_offline("offline", 2);
        struct elder_profile profile = profile_of(town, "E1");

        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        return profile;
}

static void other_speaks(struct town *town) {
        struct event event = town_event(town, "E1", KIND_HEARTBEAT, 1);

        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
}

static void test_a_device_never_heard_is_overdue_from_commissioning(void **state) {
        struct town *town = *state;
        int64_t began_ms = town->now_ms;

        with_offline(town);
        town_pass(town, 10 * MINUTE);
        other_speaks(town);
        town_pass(town, 10 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-a");
        assert_string_equal(town_last(town)->event, "registered");
        assert_int_equal(town_last(town)->event_time_ms, began_ms + 20 * MINUTE);
        assert_int_equal(town_last(town)->received_time_ms, 0);
        assert_true(town_last(town)->limit == 20 * 60);
}

static void test_silence_raises_once_and_any_event_clears(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        for (int i = 0; i < 6; i++) {
                other_speaks(town);
                town_pass(town, 10 * MINUTE);
        }
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "silent");
        town_say(town, "E1", KIND_SOS, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
        assert_string_equal(town_last(town)->event, "silent");

        /* The next silence is another alert. */
        for (int i = 0; i < 3; i++) {
                other_speaks(town);
                town_pass(town, 10 * MINUTE);
        }
        assert_told(town, 3);
        assert_true(town->told[2].key != town->told[0].key);
}

static void test_heartbeats_keep_it_calm(void **state) {
        struct town *town = *state;

        with_offline(town);
        for (int i = 0; i < 50; i++) {
                town_say(town, "E1", KIND_HEARTBEAT, 1);
                other_speaks(town);
                town_pass(town, 19 * MINUTE);
        }
        assert_told(town, 0);
}

static void test_a_redelivered_heartbeat_is_no_sign_of_the_device(void **state) {
        struct town *town = *state;
        struct event event;

        with_offline(town);
        event = town_event(town, "E1", KIND_HEARTBEAT, 1);
        town_send(town, &event);
        town_pass(town, 15 * MINUTE);
        other_speaks(town);
        event.received_time_ms = town->now_ms;
        town_send(town, &event);
        town_pass(town, 5 * MINUTE + SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-a");
}

static void test_a_buffered_upload_shows_that_the_device_lives(void **state) {
        struct town *town = *state;
        struct event event;

        with_offline(town);
        town_pass(town, 15 * MINUTE);
        other_speaks(town);
        event = town_event(town, "E1", KIND_HEART_RATE, 70);
        event.device_time_ms -= 10 * MINUTE;
        town_send(town, &event);
        town_pass(town, 10 * MINUTE);
        assert_told(town, 0);
}

static void test_only_the_classes_named_are_watched(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("offline", 2);
        struct elder_profile profile = profile_of(town, "E1");

        rule.condition.offline.device_classes.count = 1;
        snprintf(rule.condition.offline.device_classes.word[0], RULE_WORD_BYTES, "smoke");
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, HOUR);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-b");
}

static void test_two_rules_may_watch_one_device(void **state) {
        struct town *town = *state;
        struct rule soon = rule_offline("soon", 2), late = rule_offline("late", 4);
        struct elder_profile profile = profile_of(town, "E1");

        profile.device_count = 1;
        town_add(town, &soon);
        town_add(town, &late);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 21 * MINUTE);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "soon");
        town_pass(town, 20 * MINUTE);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->rule, "late");
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        assert_told(town, 4);
}

static void test_a_device_without_heartbeat_is_never_overdue(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("offline", 2);
        struct elder_profile profile = profile_of(town, "E1");

        profile.devices[0].heartbeat_ms = 0;
        profile.devices[1].heartbeat_ms = 0;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 3 * DAY);
        assert_told(town, 0);
}

static void test_our_own_restart_makes_no_storm(void **state) {
        struct town *town = *state;
        struct elder_profile profile = with_offline(town);

        town_say(town, "E1", KIND_HEARTBEAT, 1);
        other_speaks(town);
        town_restart(town, &profile, 1, 6 * HOUR);
        town_pass(town, 10 * MINUTE);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        town_pass(town, 10 * MINUTE - 1);
        assert_told(town, 0);

        /* The device that stays silent is offline after its limit, counted again. */
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-b");
}

static void test_the_grace_after_a_restart_is_an_hour_at_most(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("offline", 2);
        struct elder_profile profile = profile_of(town, "E1");

        profile.device_count = 1;
        profile.devices[0].heartbeat_ms = 12 * HOUR;
        town_add(town, &rule);
        town_start(town);
        town_put(town, &profile);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        town_restart(town, &profile, 1, 48 * HOUR);
        town_pass(town, HOUR - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

static void test_a_raised_silence_survives_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = with_offline(town);

        town_say(town, "E1", KIND_HEARTBEAT, 1);
        for (int i = 0; i < 3; i++) {
                other_speaks(town);
                town_pass(town, 10 * MINUTE);
        }
        assert_told(town, 1);
        town_restart(town, &profile, 1, MINUTE);
        other_speaks(town);
        town_pass(town, 15 * MINUTE);
        assert_told(town, 1);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        assert_told(town, 2);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_an_sos_waits_for_no_settling(void **state) {
        struct town *town = *state;
        struct rule sos = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);
        struct elder_profile profile;

        town_add(town, &sos);
        profile = with_offline(town);
        town_restart(town, &profile, 1, HOUR);
        town_say(town, "E1", KIND_SOS, 1);
        assert_told(town, 1);
}

static void test_a_new_device_is_watched_from_its_own_commissioning(void **state) {
        struct town *town = *state;
        struct elder_profile profile = with_offline(town);

        town_pass(town, 15 * MINUTE);
        town_say(town, "E1", KIND_HEARTBEAT, 1);
        other_speaks(town);
        profile.device_count = 3;
        profile.devices[2] = profile.devices[1];
        snprintf(profile.devices[2].device_id, EVENT_DEVICE_ID_BYTES, "E1-c");
        profile.devices[2].device_hash = 77;
        profile.devices[2].commissioned_time_ms = town->now_ms - 5 * MINUTE;
        town_put(town, &profile);
        town_pass(town, 15 * MINUTE - 1);
        assert_told(town, 0);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-c");
}

static void test_ten_thousand_silent_homes_are_told_each_within_a_second(void **state) {
        struct town *town = *state;
        struct rule rule = rule_offline("offline", 2);
        int64_t due_ms = town->now_ms + 20 * MINUTE;

        town_add(town, &rule);
        town_start(town);
        for (int i = 0; i < 10000; i++) {
                struct elder_profile profile;
                char id[16];

                snprintf(id, sizeof(id), "E%d", i);
                profile = profile_of(town, id);
                profile.device_count = 1;
                town_put(town, &profile);
        }
        town_pass(town, 21 * MINUTE);
        assert_told(town, 10000);
        for (uint32_t i = 0; i < town->told_count; i++)
                assert_in_range(town->told[i].now_ms, due_ms, due_ms + SECOND);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_device_never_heard_is_overdue_from_commissioning),
                t(test_silence_raises_once_and_any_event_clears),
                t(test_heartbeats_keep_it_calm),
                t(test_a_redelivered_heartbeat_is_no_sign_of_the_device),
                t(test_a_buffered_upload_shows_that_the_device_lives),
                t(test_only_the_classes_named_are_watched),
                t(test_two_rules_may_watch_one_device),
                t(test_a_device_without_heartbeat_is_never_overdue),
                t(test_our_own_restart_makes_no_storm),
                t(test_the_grace_after_a_restart_is_an_hour_at_most),
                t(test_a_raised_silence_survives_a_restart),
                t(test_an_sos_waits_for_no_settling),
                t(test_a_new_device_is_watched_from_its_own_commissioning),
                t(test_ten_thousand_silent_homes_are_told_each_within_a_second),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
