/* SPDX-License-Identifier: MIT
 *
 * The learned profile of a quiet rule: what it learns, what it does not learn, and the resulting limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/measure/quiet_profile.h"
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

#define MIDNIGHT (NOON / DAY * DAY)

/* A rule whose limit is twice the usual silence, at least one and at most six hours, learned over 10 days. */
static struct rule habit(void) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 6 * HOUR);

        rule.condition.quiet.learn_ms = 10 * DAY;
        rule.condition.quiet.learn_times = 2;
        rule.condition.quiet.learn_least_ms = HOUR;
        return rule;
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E1", 2);

        town->now_ms = MIDNIGHT - 2 * MINUTE;
        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        town_pass(town, 2 * MINUTE);
}

/* For @days: a sign of life every @every_ms. */
static void live(struct town *town, int days, int64_t every_ms) {
        for (int64_t until_ms = town->now_ms + days * DAY; town->now_ms < until_ms;) {
                town_say(town, "E1", KIND_MOTION, 1);
                town_pass(town, every_ms);
        }
}

/* Send a sign of life now and then none. Return: after how long the alert is raised. */
static int64_t told_after_ms(struct town *town) {
        int64_t last_ms = town->now_ms;
        uint32_t told;

        town_say(town, "E1", KIND_MOTION, 1);
        told = town->told_count;
        while (town->told_count == told && town->now_ms < last_ms + DAY)
                town_pass(town, SECOND);
        return town->now_ms - last_ms;
}

#define assert_told_after(town, ms) assert_in_range(told_after_ms(town), (ms), (ms) + 15 * SECOND)

static void test_until_half_is_learned_the_plain_limit_holds(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 4, 45 * MINUTE);
        assert_told_after(town, 6 * HOUR);
}

static void test_then_twice_what_is_usual(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 6, 45 * MINUTE);
        assert_told(town, 0);
        assert_told_after(town, 90 * MINUTE);
        assert_true(town_last(town)->limit >= 90 * 60 - 10 && town_last(town)->limit <= 90 * 60);
}

static void test_never_less_than_the_least_nor_more_than_the_limit(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 6, 10 * MINUTE);
        assert_told_after(town, HOUR);
        rule.condition.quiet.slots[0].longer_than_ms = 70 * MINUTE;
        town_add(town, &rule);
        town_swap(town);
        live(town, 30, 50 * MINUTE);
        assert_told_after(town, 70 * MINUTE);
}

/* For @days: a sign of life every half hour from 06:00 to 23:00, asleep otherwise. */
static void days_and_nights(struct town *town, int days) {
        for (int i = 0; i < days; i++) {
                town_pass(town, 6 * HOUR);
                for (int k = 0; k < 34; k++) {
                        town_say(town, "E1", KIND_MOTION, 1);
                        town_pass(town, 30 * MINUTE);
                }
                town_say(town, "E1", KIND_MOTION, 1);
                town_pass(town, HOUR);
        }
}

static void test_a_night_that_is_usual_is_no_silent_morning(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        rule.condition.quiet.slots[0].longer_than_ms = 12 * HOUR;
        start_with(town, &rule);
        days_and_nights(town, 20);
        assert_told(town, 0);
        /* It is midnight; the elder has slept since 23:00. Sleeping until 08:30 raises no alert … */
        town_pass(town, 8 * HOUR + 30 * MINUTE);
        assert_told(town, 0);
        town_say(town, "E1", KIND_MOTION, 1);
        /* … but getting up and then being silent does, by the habit of the morning: at 09:00 another bin begins,
         * whose limit of an hour counts from 09:00 at the latest. */
        town_pass(town, 59 * MINUTE);
        assert_told(town, 0);
        town_pass(town, 61 * MINUTE);
        assert_told(town, 1);
}

static void test_asleep_past_the_usual_is_told(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        rule.condition.quiet.slots[0].longer_than_ms = 12 * HOUR;
        start_with(town, &rule);
        days_and_nights(town, 20);
        town_pass(town, 9 * HOUR + 59 * MINUTE);
        assert_told(town, 0); /* the start of a bin alone makes nobody overdue */
        town_pass(town, 2 * MINUTE);
        assert_told(town, 1); /* an hour after 09:00 */
}

static void test_the_sign_that_makes_it_half_has_the_learned_limit(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 5, 45 * MINUTE); /* half of learn_ms, less the first bin, seen only in part */
        for (int i = 0; i < 4; i++) {
                town_say(town, "E1", KIND_MOTION, 1);
                town_pass(town, 45 * MINUTE);
        }
        assert_told_after(town, 90 * MINUTE);
}

static void test_one_strange_day_moves_it_little(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        rule.condition.quiet.learn_times = 5;
        start_with(town, &rule);
        live(town, 12, 30 * MINUTE);
        live(town, 1, 140 * MINUTE);
        assert_told(town, 0);
        /* Five times the usual silence, which is 30 + (2 * 30 - 30) / 10 minutes and a little for midnight. */
        assert_in_range(told_after_ms(town), 164 * MINUTE, 167 * MINUTE);
}

static void test_what_was_told_is_no_habit(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 8, 40 * MINUTE);
        for (int i = 0; i < 5; i++) {
                town_pass(town, 3 * HOUR - 40 * MINUTE);
                live(town, 1, 40 * MINUTE);
        }
        assert_told(town, 10);
        assert_in_range(told_after_ms(town), 80 * MINUTE - 20 * SECOND, 80 * MINUTE + 15 * SECOND);
}

static void test_away_is_no_habit(void **state) {
        struct town *town = *state;
        struct rule rule = habit();

        start_with(town, &rule);
        live(town, 8, 40 * MINUTE);
        for (int i = 0; i < 5; i++) {
                town_say(town, "E1", KIND_AWAY, 1);
                town_pass(town, 5 * HOUR);
                town_say(town, "E1", KIND_HOME, 1);
                live(town, 1, 40 * MINUTE);
        }
        assert_told(town, 0);
        assert_in_range(told_after_ms(town), 80 * MINUTE - 20 * SECOND, 80 * MINUTE + 15 * SECOND);
}

static void test_a_profile_outlives_restart_and_reload(void **state) {
        struct town *town = *state;
        struct rule rule = habit();
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &rule);
        live(town, 6, 45 * MINUTE);
        town_restart(town, &profile, 1, MINUTE);
        rule.condition.quiet.slots[0].longer_than_ms = 5 * HOUR;
        town_add(town, &rule);
        town_swap(town);
        assert_told_after(town, 90 * MINUTE);
}

static void test_turning_it_on_and_off_keeps_the_last_sign(void **state) {
        struct town *town = *state;
        struct rule plain = rule_quiet("quiet", KIND_MOTION, 6 * HOUR), rule = habit();
        struct elder_profile profile = town_profile("E1", 2);

        start_with(town, &plain);
        town_say(town, "E1", KIND_MOTION, 1);
        town_pass(town, HOUR);
        town_add(town, &rule);
        town_swap(town);
        town_pass(town, HOUR);
        town_add(town, &plain);
        town_swap(town);
        town_restart(town, &profile, 1, MINUTE);
        town_pass(town, 4 * HOUR - MINUTE - SECOND);
        assert_told(town, 0);
        town_pass(town, 2 * SECOND);
        assert_told(town, 1);
}

/* --- the profile alone -------------------------------------------------------------------------------- */

static void test_a_silence_counts_in_every_bin_as_it_stood_there(void **state) {
        const struct rule_calendar utc = {.zone = NULL};
        struct quiet_profile profile = {.bin = 0};
        struct day_slot bin;

        quiet_profile_skip(&profile, &utc, MIDNIGHT - 2 * HOUR);
        for (int day = 0; day < 2; day++) {
                quiet_profile_learn(&profile, &utc, 2 * DAY, MIDNIGHT + day * DAY - 2 * HOUR,
                                    MIDNIGHT + day * DAY - HOUR);
                quiet_profile_learn(&profile, &utc, 2 * DAY, MIDNIGHT + day * DAY - HOUR,
                                    MIDNIGHT + day * DAY + 7 * HOUR);
                quiet_profile_learn(&profile, &utc, 2 * DAY, MIDNIGHT + day * DAY + 7 * HOUR,
                                    MIDNIGHT + day * DAY + 22 * HOUR);
        }
        assert_int_equal(quiet_profile_usual_ms(&profile, &utc, 2 * DAY, MIDNIGHT + HOUR, &bin),
                         4 * HOUR);
        assert_int_equal(quiet_profile_usual_ms(&profile, &utc, 2 * DAY, MIDNIGHT + 4 * HOUR, &bin),
                         7 * HOUR);
        assert_int_equal(bin.from_minute, 180);
        assert_int_equal(quiet_profile_usual_ms(&profile, &utc, 2 * DAY, MIDNIGHT + 8 * HOUR, &bin),
                         8 * HOUR);
        assert_int_equal(
                quiet_profile_usual_ms(&profile, &utc, 2 * DAY, MIDNIGHT + 10 * HOUR, &bin),
                5 * HOUR);
        /* A silence of more than a day is not learned. */
        quiet_profile_learn(&profile, &utc, 2 * DAY, MIDNIGHT + 2 * DAY, MIDNIGHT + 3 * DAY + HOUR);
        assert_int_equal(
                quiet_profile_usual_ms(&profile, &utc, 2 * DAY, MIDNIGHT + 10 * HOUR, &bin),
                5 * HOUR);
}

/* Any times, in any order and over daylight saving changes: no endless loop, and the usual silence stays within a
 * day. */
static void test_any_times_leave_a_sound_profile(void **state) {
        struct zone *zone;
        uint64_t random = 88172645463325252u;
        struct quiet_profile profile = {.bin = 0};
        int64_t last_ms = zone_day(2026, 3, 20) * DAY;

        assert_int_equal(zone_open(&zone, "Europe/London"), 0);

        const struct rule_calendar calendar = {.zone = zone};

        for (int i = 0; i < 200000; i++) {
                struct day_slot bin;
                int64_t time_ms;

                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                time_ms =
                        last_ms + 1 + (int64_t)(random >> 40) % (random & 1 ? 3 * HOUR : 26 * HOUR);
                if (random >> 8 & 1)
                        quiet_profile_learn(&profile, &calendar, 14 * DAY, last_ms, time_ms);
                else
                        quiet_profile_skip(&profile, &calendar, time_ms);
                assert_in_range(quiet_profile_usual_ms(&profile, &calendar, 2 * DAY, time_ms, &bin),
                                0, DAY);
                last_ms = time_ms;
        }
        zone_close(zone);
}

#define t(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_until_half_is_learned_the_plain_limit_holds),
                t(test_then_twice_what_is_usual),
                t(test_never_less_than_the_least_nor_more_than_the_limit),
                t(test_a_night_that_is_usual_is_no_silent_morning),
                t(test_asleep_past_the_usual_is_told),
                t(test_the_sign_that_makes_it_half_has_the_learned_limit),
                t(test_one_strange_day_moves_it_little),
                t(test_what_was_told_is_no_habit),
                t(test_away_is_no_habit),
                t(test_a_profile_outlives_restart_and_reload),
                t(test_turning_it_on_and_off_keeps_the_last_sign),
                t(test_a_silence_counts_in_every_bin_as_it_stood_there),
                t(test_any_times_leave_a_sound_profile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
