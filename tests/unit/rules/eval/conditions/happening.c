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

static void one_elder(struct town *town) {
        struct elder_profile profile = town_profile("E1", 2);

        town_start(town);
        town_put(town, &profile);
}

static void with_sos(struct town *town) {
        struct rule sos = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);

        town_add(town, &sos);
        one_elder(town);
}

/* Start with a fall rule: confidence of at least 70 %, hold of 20 s. */
static void with_fall(struct town *town) {
        struct rule fall = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);

        fall.condition.happening.confidence_at_least_pct = 70;
        fall.condition.happening.hold_ms = 20 * SECOND;
        rule_kinds_add(&fall.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        town_add(town, &fall);
        one_elder(town);
}

static void test_an_sos_raises_at_once_and_names_its_event(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.received_sub_us = 120;
        town_send(town, &event);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->rule, "sos");
        assert_string_equal(town_last(town)->elder, "E1");
        assert_string_equal(town_last(town)->device, "E1-a");
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_int_equal(town_last(town)->severity, SEVERITY_CRITICAL);
        assert_true(town_last(town)->key == event_key(&event));
        assert_int_equal(town_last(town)->late_ms, 0);
}

static void test_two_presses_are_two_alerts(void **state) {
        struct town *town = *state;

        with_sos(town);
        town_say(town, "E1", KIND_SOS, 1);
        town_say(town, "E1", KIND_SOS, 1);
        assert_told(town, 2);
        assert_true(town->told[0].key != town->told[1].key);
}

static void test_a_redelivered_press_is_one_alert(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        town_send(town, &event);
        event.received_time_ms += 40;
        town_send(town, &event);
        assert_told(town, 1);
}

/* A press; a day later the battery is changed, and the same sequence numbers come again. */
static void test_a_press_under_an_old_count_is_an_alert_of_its_own(void **state) {
        struct town *town = *state;

        with_sos(town);
        for (int day = 0; day < 2; day++) {
                town->sequence = 1;
                for (int i = 0; i < 3; i++) {
                        struct event event = town_event(town, "E1", KIND_SOS, 1);

                        town_send(town, &event);
                        town_send(town, &event);
                        town_pass(town, HOUR);
                }
                town_pass(town, 24 * HOUR);
        }
        assert_told(town, 6);
        for (int i = 0; i < 6; i++) {
                char text[EVENT_ID_TEXT_BYTES];

                snprintf(text, sizeof(text), "E1-a:1:%d", i % 3 + 1);
                assert_string_equal(town->told[i].event, text);
                for (int j = 0; j < i; j++)
                        assert_true(town->told[i].key != town->told[j].key);
        }
}

/* After the hold, the alert still has the id of the event that caused it. */
static void test_a_fall_after_its_hold_has_the_name_of_its_event(void **state) {
        struct town *town = *state;
        struct event event;

        with_fall(town);
        event = town_event(town, "E1", KIND_FALL, 1);
        event.sequence = 0;
        town_send(town, &event);
        town_pass(town, MINUTE);
        assert_told(town, 1);
        assert_true(town_last(town)->key == event_key(&event));
        assert_string_equal(town_last(town)->event, "E1-a:1:0");
        event.device_time_ms = event.received_time_ms = town->now_ms;
        town_send(town, &event);
        town_pass(town, MINUTE);
        assert_told(town, 2);
        assert_true(town_last(town)->key == event_key(&event));
}

static void test_an_old_press_is_told_as_late(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.device_time_ms -= 2 * MINUTE;
        town_send(town, &event);
        assert_int_equal(town_last(town)->late_ms, 0);

        event = town_event(town, "E1", KIND_SOS, 1);
        event.device_time_ms -= 2 * MINUTE + 1;
        town_send(town, &event);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->late_ms, 2 * MINUTE + 1);
        assert_int_equal(town_last(town)->event_time_ms, town->now_ms - 2 * MINUTE - 1);
}

/* Redis was emptied, and everything in Kafka is judged again. */
static void test_what_is_read_back_from_kafka_after_days_says_how_old_it_is(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.device_time_ms -= 3 * DAY;
        event.received_time_ms -= 3 * DAY;
        town_send(town, &event);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->late_ms, 3 * DAY);
        assert_int_equal(town_last(town)->received_time_ms, town->now_ms - 3 * DAY);
}

static void test_a_fall_read_back_from_kafka_after_days_says_how_old_it_is(void **state) {
        struct town *town = *state;
        struct event event;

        with_fall(town);
        event = town_event(town, "E1", KIND_FALL, 1);
        event.device_time_ms -= 3 * DAY;
        event.received_time_ms -= 3 * DAY;
        town_send(town, &event);
        town_pass(town, SECOND);
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 3 * DAY, 3 * DAY + SECOND);
        assert_int_equal(town_last(town)->received_time_ms, event.received_time_ms);
        assert_true(town_last(town)->key == event_key(&event)); /* the same id as the first time */
}

static void test_a_clock_that_runs_ahead_counts_as_now(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.device_time_ms += 4 * MINUTE;
        town_send(town, &event);
        assert_int_equal(town_last(town)->event_time_ms, town->now_ms);
}

static void test_a_drill_stays_a_drill(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.flags = EVENT_DRILL;
        town_send(town, &event);
        assert_true(town_last(town)->drill);
}

static void test_an_sos_of_an_unlisted_device_raises_too(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        assert_int_equal(event_set_ids(&event, "E1", "stranger"), 0);
        town_send(town, &event);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "stranger");
}

static void test_an_unauthenticated_sensor_may_raise(void **state) {
        struct town *town = *state;
        struct event event;

        with_sos(town);
        event = town_event(town, "E1", KIND_SOS, 1);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_an_unknown_elder_is_handed_to_the_owner(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        with_sos(town);
        town_say(town, "E2", KIND_SOS, 1);
        engine_read_stats(town->engine, &stats);
        assert_told(town, 0);
        assert_int_equal(stats.unknown_elders, 1);
        assert_int_equal(town->unknown_count, 1);
}

static void test_a_partition_that_is_not_ours_is_left_alone(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        with_sos(town);
        engine_partition_close(town->engine, 0);
        town_say(town, "E1", KIND_SOS, 1);
        engine_read_stats(town->engine, &stats);
        assert_told(town, 0);
        assert_int_equal(stats.not_ours, 1);
        assert_int_equal(engine_partition_open(town->engine, 0, town->now_ms), 0);
        town_say(town, "E1", KIND_SOS, 1);
        assert_told(town, 1);
}

static void test_a_fall_below_the_confidence_is_no_fall(void **state) {
        struct town *town = *state;
        struct event event;

        with_fall(town);
        event = town_event(town, "E1", KIND_FALL, 1);
        event.confidence_pct = 69;
        town_send(town, &event);
        town_pass(town, MINUTE);
        assert_told(town, 0);

        event = town_event(town, "E1", KIND_FALL, 1);
        event.confidence_pct = 70;
        town_send(town, &event);
        town_pass(town, MINUTE);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->confidence_pct, 70);
}

static void test_a_fall_waits_for_the_elder_then_raises(void **state) {
        struct town *town = *state;
        struct event event;

        with_fall(town);
        event = town_event(town, "E1", KIND_FALL, 1);
        town_send(town, &event);
        town_pass(town, 20 * SECOND - 1);
        assert_told(town, 0);
        town_pass(town, 100);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(town_last(town)->key == event_key(&event));
        assert_int_equal(town_last(town)->event_time_ms, event.device_time_ms);
        assert_int_equal(town_last(town)->received_time_ms, event.received_time_ms);
        assert_in_range(town_last(town)->duration_ms, 20 * SECOND, 20 * SECOND + 100);
}

static void test_a_cancel_in_time_tells_cancelled_and_pages_nobody(void **state) {
        struct town *town = *state;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 19 * SECOND);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
        assert_int_equal(town_last(town)->severity, SEVERITY_INFO);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        town_pass(town, HOUR);
        assert_told(town, 1);
}

static void test_a_cancel_that_is_late_on_its_way_still_tells_cancelled(void **state) {
        struct town *town = *state;
        struct event cancel;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 19 * SECOND);
        cancel = town_event(town, "E1", KIND_BUTTON_CANCEL, 1);
        town_pass(town, 5 * SECOND);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        cancel.received_time_ms = town->now_ms;
        town_send(town, &cancel);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_cancel_after_the_window_changes_nothing(void **state) {
        struct town *town = *state;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 20 * SECOND + 200);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_an_unauthenticated_cancel_changes_nothing(void **state) {
        struct town *town = *state;
        struct event cancel;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        cancel = town_event(town, "E1", KIND_BUTTON_CANCEL, 1);
        cancel.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &cancel);
        town_pass(town, 21 * SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
}

static void test_a_second_fall_while_one_waits_raises_the_first(void **state) {
        struct town *town = *state;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 5 * SECOND);
        town_say(town, "E1", KIND_FALL, 1);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:1");
        town_pass(town, 21 * SECOND);
        assert_told(town, 2);
        assert_string_equal(town_last(town)->event, "E1-a:1:2");
}

static void test_a_late_fall_is_not_held_back(void **state) {
        struct town *town = *state;
        struct event event;

        with_fall(town);
        event = town_event(town, "E1", KIND_FALL, 1);
        event.device_time_ms -= 10 * MINUTE;
        town_send(town, &event);
        town_pass(town, 100); /* raised at the next tick: the next event may cancel it */
        assert_told(town, 1);
        assert_in_range(town_last(town)->late_ms, 10 * MINUTE, 10 * MINUTE + 100);
}

static void test_a_fall_taken_back_while_we_were_away_pages_nobody(void **state) {
        struct town *town = *state;
        struct event fall, cancel;

        with_fall(town);
        fall = town_event(town, "E1", KIND_FALL, 1);
        town->now_ms += 5 * SECOND;
        cancel = town_event(town, "E1", KIND_BUTTON_CANCEL, 1);
        town->now_ms += MINUTE; /* both are read a minute later, one after the other */
        town_send(town, &fall);
        town_send(town, &cancel);
        town_pass(town, MINUTE);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
}

static void test_a_waiting_fall_survives_a_restart(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E1", 2);
        uint64_t key;

        with_fall(town);
        town_say(town, "E1", KIND_FALL, 1);
        town_pass(town, 5 * SECOND);
        town_restart(town, &profile, 1, 3 * SECOND);
        town_pass(town, 11 * SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
        key = town_last(town)->key;

        /* If the hold ended during the restart, it raises at once: settling does not apply to life safety. */
        town_say(town, "E1", KIND_FALL, 1);
        town_restart(town, &profile, 1, 10 * MINUTE);
        town_pass(town, 200);
        assert_told(town, 2);
        assert_true(town_last(town)->key != key);
        assert_in_range(town_last(town)->late_ms, 10 * MINUTE, 10 * MINUTE + 200);
}

static void with_smoke_and_leak(struct town *town) {
        struct rule smoke = rule_happening("smoke", KIND_SMOKE, ALERT_LIFE_SAFETY);
        struct rule leak = rule_happening("leak", KIND_WATER_LEAK, ALERT_TECHNICAL);
        struct rule mains = rule_happening("mains", KIND_MAINS_LOST, ALERT_TECHNICAL);

        leak.condition.happening.cooldown_ms = 10 * MINUTE;
        rule_kinds_add(&mains.condition.happening.clear_kinds, KIND_MAINS_RESTORED);
        town_add(town, &smoke);
        town_add(town, &leak);
        town_add(town, &mains);
        one_elder(town);
}

static void test_an_all_clear_clears_what_the_same_device_raised(void **state) {
        struct town *town = *state;
        struct event event;

        with_smoke_and_leak(town);
        town_say(town, "E1", KIND_SMOKE, 1);
        event = town_event(town, "E1", KIND_SMOKE, 0);
        assert_int_equal(event_set_ids(&event, "E1", "E1-b"), 0);
        town_send(town, &event);
        assert_told(town, 1);
        town_say(town, "E1", KIND_SMOKE, 0);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
        town_say(town, "E1", KIND_SMOKE, 0);
        assert_told(town, 2);
}

static void test_an_unauthenticated_or_buffered_all_clear_clears_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        with_smoke_and_leak(town);
        town_say(town, "E1", KIND_SMOKE, 1);
        event = town_event(town, "E1", KIND_SMOKE, 0);
        event.flags = EVENT_UNAUTHENTICATED;
        town_send(town, &event);
        event = town_event(town, "E1", KIND_SMOKE, 0);
        event.device_time_ms -= 3 * MINUTE;
        town_send(town, &event);
        assert_told(town, 1);
}

static void test_the_opposite_kind_clears(void **state) {
        struct town *town = *state;

        with_smoke_and_leak(town);
        town_say(town, "E1", KIND_MAINS_LOST, 1);
        town_say(town, "E1", KIND_MAINS_RESTORED, 1);
        assert_told(town, 2);
        assert_int_equal(town_last(town)->transition, ALERT_CLEARED);
        assert_true(town->told[0].key == town->told[1].key);
}

static void test_a_cooldown_quiets_repetitions_and_then_ends(void **state) {
        struct town *town = *state;

        with_smoke_and_leak(town);
        town_say(town, "E1", KIND_WATER_LEAK, 1);
        town_pass(town, 10 * MINUTE - 1);
        town_say(town, "E1", KIND_WATER_LEAK, 1);
        assert_told(town, 1);
        town_pass(town, 1);
        town_say(town, "E1", KIND_WATER_LEAK, 1);
        assert_told(town, 2);
}

static void test_a_cooldown_outlasts_the_all_clear(void **state) {
        struct town *town = *state;

        with_smoke_and_leak(town);
        town_say(town, "E1", KIND_WATER_LEAK, 1);
        town_say(town, "E1", KIND_WATER_LEAK, 0);
        assert_told(town, 2);
        town_pass(town, MINUTE);
        town_say(town, "E1", KIND_WATER_LEAK, 1);
        assert_told(town, 2);
}

static void test_a_door_counts_only_at_night(void **state) {
        struct town *town = *state;
        struct rule door = rule_happening("door", KIND_DOOR_OPEN, ALERT_ACTIVITY);

        door.condition.during_count = 1;
        door.condition.during[0] = (struct day_slot){.from_minute = 22 * 60, .to_minute = 6 * 60};
        town_add(town, &door);
        town->now_ms = NOON / DAY * DAY + 22 * HOUR - 1; /* in UTC, because no zone is set */
        one_elder(town);
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 0);
        town_pass(town, 1);
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 1);
        town_pass(town, 8 * HOUR - 1);
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 2);
        town_pass(town, 1);
        town_say(town, "E1", KIND_DOOR_OPEN, 1);
        assert_told(town, 2);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_an_sos_raises_at_once_and_names_its_event),
                t(test_two_presses_are_two_alerts),
                t(test_a_redelivered_press_is_one_alert),
                t(test_a_press_under_an_old_count_is_an_alert_of_its_own),
                t(test_a_fall_after_its_hold_has_the_name_of_its_event),
                t(test_an_old_press_is_told_as_late),
                t(test_what_is_read_back_from_kafka_after_days_says_how_old_it_is),
                t(test_a_fall_read_back_from_kafka_after_days_says_how_old_it_is),
                t(test_a_clock_that_runs_ahead_counts_as_now),
                t(test_a_drill_stays_a_drill),
                t(test_an_sos_of_an_unlisted_device_raises_too),
                t(test_an_unauthenticated_sensor_may_raise),
                t(test_an_unknown_elder_is_handed_to_the_owner),
                t(test_a_partition_that_is_not_ours_is_left_alone),
                t(test_a_fall_below_the_confidence_is_no_fall),
                t(test_a_fall_waits_for_the_elder_then_raises),
                t(test_a_cancel_in_time_tells_cancelled_and_pages_nobody),
                t(test_a_cancel_that_is_late_on_its_way_still_tells_cancelled),
                t(test_a_cancel_after_the_window_changes_nothing),
                t(test_an_unauthenticated_cancel_changes_nothing),
                t(test_a_second_fall_while_one_waits_raises_the_first),
                t(test_a_late_fall_is_not_held_back),
                t(test_a_fall_taken_back_while_we_were_away_pages_nobody),
                t(test_a_waiting_fall_survives_a_restart),
                t(test_an_all_clear_clears_what_the_same_device_raised),
                t(test_an_unauthenticated_or_buffered_all_clear_clears_nothing),
                t(test_the_opposite_kind_clears),
                t(test_a_cooldown_quiets_repetitions_and_then_ends),
                t(test_a_cooldown_outlasts_the_all_clear),
                t(test_a_door_counts_only_at_night),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
