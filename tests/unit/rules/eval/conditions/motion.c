/* SPDX-License-Identifier: MIT
 *
 * Falls found in acceleration, through the engine: which sensors count, and what follows a fall. E1 wears E1-a at the
 * waist and E1-b at the wrist; the wearing position of E1-c is unknown. The rule reads sensors at waist and wrist.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/measure/motion_limits.h"
#include "tests/unit/rules/body.h"
#include "tests/unit/rules/town.h"

static struct body body;

static int setup(void **state) {
        struct town *town = malloc(sizeof(*town));

        town_init(town);
        body_begin(&body, 500);
        body_fall(&body, 4000, 90); /* impact at 4 s; the fall is found at 7 s */
        *state = town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        free(*state);
        return 0;
}

static struct rule motion_rule(void) {
        struct rule rule = rule_happening("fall", KIND_ACCELERATION, ALERT_LIFE_SAFETY);
        struct condition_motion motion = {
                .happening = rule.condition.happening,
                .positions = 1u << RULE_WORN_WAIST | 1u << RULE_WORN_WRIST,
        };

        for (int i = 0; i < RULE_WORN_POSITIONS; i++)
                motion_limits_default((enum rule_worn)i, MOTION_LIMITS_NORMAL, &motion.limits[i]);
        rule.condition.type = CONDITION_MOTION;
        rule.condition.motion = motion;
        return rule;
}

static struct elder_profile wearer(void) {
        struct elder_profile profile = town_profile("E1", 3);

        snprintf(profile.devices[0].wearing_position, 16, "waist");
        snprintf(profile.devices[1].wearing_position, 16, "wrist");
        return profile;
}

static void start(struct town *town, const struct rule *rule) {
        struct elder_profile profile = wearer();

        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
}

static void start_plain(struct town *town) {
        struct rule rule = motion_rule();

        start(town, &rule);
}

/* Return: an event of @device with the samples of the body from @from_ms to @to_ms, which begin at @begin_ms. */
static struct event block_at(struct town *town, const char *device, int from_ms, int to_ms,
                             int64_t begin_ms, const unsigned char **ret_samples) {
        struct event event = town_event(town, "E1", KIND_ACCELERATION, 0);

        assert_int_equal(event_set_ids(&event, "E1", device), 0);
        event.sample_rate_dhz = body.rate_dhz;
        event.sample_count = (uint16_t)((to_ms - from_ms) / 20);
        event.device_time_ms = begin_ms;
        *ret_samples = (const unsigned char *)(body.mg + (size_t)from_ms / 20 * 3);
        assert_true((uint32_t)to_ms / 20 <= body.count);
        return event;
}

static void send(struct town *town, const struct event *event, const unsigned char *samples) {
        engine_events(town->engine, event, &samples, 1, town->now_ms);
}

/* Send the body from @from_ms to @to_ms in blocks of a second, each when its last sample has been measured. */
static void wear(struct town *town, const char *device, int from_ms, int to_ms) {
        for (; from_ms < to_ms; from_ms += 1000) {
                const unsigned char *samples;
                struct event event =
                        block_at(town, device, from_ms, from_ms + 1000, town->now_ms, &samples);

                town_pass(town, 1000);
                event.received_time_ms = town->now_ms;
                send(town, &event, samples);
        }
}

static uint64_t unjudged(struct town *town) {
        struct engine_stats stats;

        engine_read_stats(town->engine, &stats);
        return stats.motion_unjudged;
}

/* --- which sensors count ------------------------------------------------------------------------ */

static void test_a_fall_raises_and_tells_when_it_was(void **state) {
        struct town *town = *state;
        int64_t begin_ms = town->now_ms;

        start_plain(town);
        wear(town, "E1-a", 0, 7000);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_string_equal(town_last(town)->device, "E1-a");
        assert_string_equal(town_last(town)->event, "E1-a:1:7");
        assert_in_range(town_last(town)->event_time_ms, begin_ms + 3900, begin_ms + 4200);
        assert_in_range(town_last(town)->confidence_pct, 95,
                        96); /* twice the impact limit, 1.8 times the turn limit */
        assert_int_equal(town_last(town)->late_ms, 0);
        wear(town, "E1-a", 7000, 10000);
        assert_told(town, 1);
        assert_int_equal(unjudged(town), 0);
}

static void test_each_position_has_its_own_limits(void **state) {
        struct town *town = *state;

        body_begin(&body, 500);
        body_fall(&body, 2200, 90); /* over the limit for the waist, not for the wrist */
        start_plain(town);
        wear(town, "E1-b", 0, 10000);
        assert_told(town, 0);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 1);
}

static void test_without_a_known_position_nothing_is_judged_but_counted(void **state) {
        struct town *town = *state;

        start_plain(town);
        wear(town, "E1-c", 0, 10000);
        wear(town, "stranger", 0, 10000);
        assert_told(town, 0);
        assert_int_equal(unjudged(town), 20);
}

static void test_a_position_the_rule_does_not_look_at_is_not_judged(void **state) {
        struct town *town = *state;
        struct rule rule = motion_rule();

        rule.condition.motion.positions = 1u << RULE_WORN_WRIST;
        start(town, &rule);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 0);
        assert_int_equal(unjudged(town), 0);
        wear(town, "E1-b", 0, 10000);
        assert_told(town, 1);
}

static void test_two_sensors_of_one_body_feel_one_fall(void **state) {
        struct town *town = *state;
        int64_t begin_ms = town->now_ms;

        start_plain(town);
        town_pass(town, 10000);
        for (int ms = 0; ms < 10000; ms += 1000) {
                static const char *const devices[] = {"E1-a", "E1-b"};

                for (int i = 0; i < 2; i++) {
                        const unsigned char *samples;
                        struct event event = block_at(town, devices[i], ms, ms + 1000,
                                                      begin_ms + ms + i * 400, &samples);

                        send(town, &event, samples);
                }
        }
        assert_told(town, 1);
}

static void test_a_device_taken_off_falls_alone(void **state) {
        struct town *town = *state;

        start_plain(town);
        town_say(town, "E1", KIND_OFF_BODY, 1);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 0);
        assert_int_equal(unjudged(town), 10);
        town_say(town, "E1", KIND_WORN, 1);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 1);
}

static void test_off_the_body_holds_over_a_restart_and_for_that_device_only(void **state) {
        struct town *town = *state;
        struct elder_profile profile = wearer();

        start_plain(town);
        town_say(town, "E1", KIND_OFF_BODY, 1);
        town_restart(town, &profile, 1, MINUTE);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 0);
        wear(town, "E1-b", 0, 10000);
        assert_told(town, 1);
        town_say(town, "E1", KIND_OFF_BODY, 0);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 2);
}

static void test_a_block_that_says_it_is_not_worn_is_believed(void **state) {
        struct town *town = *state;

        start_plain(town);
        wear(town, "E1-a", 0, 3000);
        for (int ms = 3000; ms < 10000; ms += 1000) {
                const unsigned char *samples;
                struct event event = block_at(town, "E1-a", ms, ms + 1000, town->now_ms, &samples);

                event.validity = EVENT_VALIDITY_OFF_BODY;
                town_pass(town, 1000);
                send(town, &event, samples);
        }
        assert_told(town, 0);
        assert_int_equal(unjudged(town), 7);
}

static void test_a_block_without_samples_is_nothing(void **state) {
        struct town *town = *state;
        struct event event;

        start_plain(town);
        event = town_event(town, "E1", KIND_ACCELERATION, 1);
        town_send(town, &event);
        assert_told(town, 0);
}

static void test_a_redelivered_block_is_judged_once(void **state) {
        struct town *town = *state;

        start_plain(town);
        for (int ms = 0; ms < 10000; ms += 1000) {
                const unsigned char *samples;
                struct event event = block_at(town, "E1-a", ms, ms + 1000, town->now_ms, &samples);

                town_pass(town, 1000);
                event.received_time_ms = town->now_ms;
                send(town, &event, samples);
                send(town, &event, samples);
                event.sequence += 1000; /* the same block, without its sequence */
                event.flags = EVENT_SEQUENCE_DERIVED;
                send(town, &event, samples);
        }
        assert_told(town, 1);
        assert_int_equal(unjudged(town), 10);
}

/* --- confirmation and hold ---------------------------------------------------------------------- */

static struct rule confirmed_rule(void) {
        struct rule rule = motion_rule();
        struct condition_happening *happening = &rule.condition.motion.happening;

        happening->confirm_ms = 30 * SECOND;
        happening->hold_ms = 20 * SECOND;
        happening->sure_pct = 98;
        rule_kinds_add(&happening->confirm_kinds, KIND_STEPS);
        rule_kinds_add(&happening->cancel_kinds, KIND_BUTTON_CANCEL);
        return rule;
}

static void test_confirmation_and_hold_count_from_the_impact(void **state) {
        struct town *town = *state;
        struct rule rule = confirmed_rule();

        start(town, &rule);
        wear(town, "E1-a", 0, 10000); /* afterwards, the impact is 6 s ago */
        town_pass(town, 43500);
        assert_told(town, 0);
        town_pass(town, 1000);
        assert_told(town, 1);
        assert_in_range(town_last(town)->duration_ms, 50000, 50200);
}

static void test_steps_after_it_dismiss(void **state) {
        struct town *town = *state;
        struct rule rule = confirmed_rule();
        struct engine_stats stats;

        start(town, &rule);
        wear(town, "E1-a", 0, 10000);
        town_say(town, "E1", KIND_STEPS, 4);
        town_pass(town, HOUR);
        engine_read_stats(town->engine, &stats);
        assert_told(town, 0);
        assert_int_equal(stats.dismissed, 1);
}

static void test_who_gets_up_and_falls_again_has_fallen_again(void **state) {
        struct town *town = *state;
        struct rule rule = confirmed_rule();

        body_begin(&body, 500);
        body_hit(&body, 4000, 90);
        body_rest(&body, 3500, 20);
        body.tilt_deg = 0;
        body_rest(&body, 2500, 20);
        body_feel(&body, 100, 4000); /* 6 s after the first impact */
        body.tilt_deg = 90;
        body_rest(&body, 4500, 20);
        start(town, &rule);
        wear(town, "E1-a", 0, 8000);
        town_say(town, "E1", KIND_STEPS, 2);
        wear(town, "E1-a", 8000, 14000);
        town_pass(town, MINUTE);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->event, "E1-a:1:14");
}

static void test_the_elder_can_cancel(void **state) {
        struct town *town = *state;
        struct rule rule = confirmed_rule();

        start(town, &rule);
        wear(town, "E1-a", 0, 10000);
        town_say(town, "E1", KIND_BUTTON_CANCEL, 1);
        town_pass(town, HOUR);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_CANCELLED);
}

static void test_it_must_be_as_clear_as_the_rule_asks(void **state) {
        struct town *town = *state;
        struct rule rule = motion_rule();

        rule.condition.motion.happening.confidence_at_least_pct = 97;
        start(town, &rule);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 0);
        body_begin(&body, 500);
        body_fall(&body, 4000, 100);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 1);
}

static void test_outside_its_times_nothing_is_raised(void **state) {
        struct town *town = *state;
        struct rule rule = motion_rule();

        rule.condition.unless_away = true;
        start(town, &rule);
        town_say(town, "E1", KIND_AWAY, 1);
        wear(town, "E1-a", 0, 10000);
        assert_told(town, 0);
}

/* --- late blocks, restarts and reloads ---------------------------------------------------------- */

static void test_what_was_stored_is_judged_beside_what_is_live(void **state) {
        struct town *town = *state;
        int64_t stored_ms = town->now_ms - 10 * MINUTE;
        struct body live;

        body_begin(&live, 500);
        body_rest(&live, 10000, 20);
        start_plain(town);
        for (int ms = 0; ms < 10000; ms += 1000) {
                const unsigned char *samples;
                struct event event =
                        block_at(town, "E1-a", ms, ms + 1000, stored_ms + ms, &samples);

                event.flags = EVENT_BUFFERED;
                send(town, &event, samples);
                event = block_at(town, "E1-a", ms, ms + 1000, town->now_ms, &samples);
                town_pass(town, 1000);
                event.received_time_ms = town->now_ms;
                send(town, &event, (const unsigned char *)(live.mg + (size_t)ms / 20 * 3));
        }
        assert_told(town, 1);
        assert_in_range(town_last(town)->event_time_ms, stored_ms + 3900, stored_ms + 4200);
        assert_true(town_last(town)->late_ms >= 10 * MINUTE);
        assert_int_equal(unjudged(town), 0);
}

static void test_a_fall_is_found_over_a_restart(void **state) {
        struct elder_profile profile = wearer();

        for (int cut_ms = 1000; cut_ms <= 6000; cut_ms += 1000) {
                struct town town;

                town_init(&town);
                start_plain(&town);
                wear(&town, "E1-a", 0, cut_ms);
                town_restart(&town, &profile, 1, 300);
                wear(&town, "E1-a", cut_ms, 10000);
                assert_told(&town, 1);
                town_fini(&town);
        }
}

static void test_new_limits_hold_from_the_next_block_on(void **state) {
        struct town *town = *state;
        struct rule rule = motion_rule();

        rule.condition.motion.limits[RULE_WORN_WAIST].still_ms = 10000;
        start(town, &rule);
        wear(town, "E1-a", 0, 9000);
        assert_told(town, 0);
        rule = motion_rule();
        town_add(town, &rule);
        town_swap(town);
        wear(town, "E1-a", 9000, 10000);
        assert_told(town, 1);
}

static void test_a_device_that_goes_takes_its_detector_along(void **state) {
        struct town *town = *state;
        struct elder_profile profile = wearer();

        start_plain(town);
        wear(town, "E1-a", 0, 5000);
        profile.device_count = 1;
        profile.devices[0] = profile.devices[1];
        town_put(town, &profile);
        wear(town, "E1-b", 0, 10000);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->device, "E1-b");
        profile = wearer();
        town_put(town, &profile);
        wear(town, "E1-a", 5000, 10000);
        assert_told(town, 1);
}

static void test_a_rule_that_cannot_be_is_refused(void **state) {
        struct town *town = *state;
        struct rule rules[4];
        uint32_t index;

        for (int i = 0; i < 4; i++)
                rules[i] = motion_rule();
        rules[0].condition.motion.positions = 0;
        rules[1].condition.motion.positions = 1u << RULE_WORN_POSITIONS;
        rules[2].condition.motion.limits[RULE_WORN_WAIST].impact_mg = 900;
        rules[3].condition.motion.happening.kind = KIND_FALL;
        for (int i = 0; i < 4; i++)
                assert_true(rule_set_builder_add_rule(town->builder, &rules[i], &index) < 0);
        rules[0] = motion_rule();
        rules[0].condition.motion.limits[RULE_WORN_CHEST].impact_mg = 0; /* not read by the rule */
        start(town, &rules[0]);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_fall_raises_and_tells_when_it_was),
                t(test_each_position_has_its_own_limits),
                t(test_without_a_known_position_nothing_is_judged_but_counted),
                t(test_a_position_the_rule_does_not_look_at_is_not_judged),
                t(test_two_sensors_of_one_body_feel_one_fall),
                t(test_a_device_taken_off_falls_alone),
                t(test_off_the_body_holds_over_a_restart_and_for_that_device_only),
                t(test_a_block_that_says_it_is_not_worn_is_believed),
                t(test_a_block_without_samples_is_nothing),
                t(test_a_redelivered_block_is_judged_once),
                t(test_confirmation_and_hold_count_from_the_impact),
                t(test_steps_after_it_dismiss),
                t(test_who_gets_up_and_falls_again_has_fallen_again),
                t(test_the_elder_can_cancel),
                t(test_it_must_be_as_clear_as_the_rule_asks),
                t(test_outside_its_times_nothing_is_raised),
                t(test_what_was_stored_is_judged_beside_what_is_live),
                t(test_a_fall_is_found_over_a_restart),
                t(test_new_limits_hold_from_the_next_block_on),
                t(test_a_device_that_goes_takes_its_detector_along),
                t(test_a_rule_that_cannot_be_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
