/* SPDX-License-Identifier: MIT
 *
 * Falls and daily movements of simulated bodies against the shipped limits. Unlike falls_recorded.c, this needs no
 * recordings. The required minimum is the figures of docs/falls.md less two trials. Clearly worse limits must not reach
 * it; else the test would prove nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/falls/falls_made.h"

#define PAGE "docs/falls.md"

enum { LEEWAY = 2 };

/* The figures of docs/falls.md, by sensor. */
static struct falls_figures told[FALLS_CHEST + 1];

static int read_page(void **state) {
        static const char *const names[] = {
                [FALLS_WRIST] = "wrist", [FALLS_WAIST] = "waist", [FALLS_CHEST] = "chest"};
        FILE *page = fopen(PAGE, "re");
        bool found = false;
        char line[1024], name[8];

        assert_non_null(page);
        while (fgets(line, sizeof(line), page)) {
                struct falls_figures row;

                if (strncmp(line, "## ", 3) == 0)
                        found = strcmp(line, "## Made movements\n") == 0;
                if (!found || sscanf(line, "| %7s | %u of %u | %u of %u |", name, &row.detected,
                                     &row.falls, &row.false_alarms, &row.daily) != 5)
                        continue;
                for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                        if (strcmp(name, names[i]) == 0)
                                told[i] = row;
        }
        fclose(page);
        return 0;
}

/* Return: the figures with the shipped limits, impact and turn multiplied by these factors. */
static struct falls_figures judged(enum falls_sensor sensor, double impact, double turn) {
        struct falls_figures figures;
        struct condition_motion_limits limits;
        struct falls_set set;

        assert_int_equal(falls_make(sensor, &set), 0);
        motion_limits_default(set.worn, MOTION_LIMITS_NORMAL, &limits);
        limits.impact_mg *= impact;
        limits.turn_deg *= turn;
        assert_int_equal(falls_judge(&set, &limits, &figures), 0);
        falls_free(&set);
        assert_int_equal(figures.falls, told[sensor].falls);
        assert_int_equal(figures.daily, told[sensor].daily);
        return figures;
}

static bool reaches(enum falls_sensor sensor, const struct falls_figures *figures) {
        return figures->detected + LEEWAY >= told[sensor].detected &&
               figures->false_alarms <= told[sensor].false_alarms + LEEWAY;
}

static void assert_reaches(enum falls_sensor sensor) {
        struct falls_figures figures = judged(sensor, 1, 1);

        if (!reaches(sensor, &figures))
                fail_msg("%u of %u falls, %u false alarms in %u", figures.detected, figures.falls,
                         figures.false_alarms, figures.daily);
}

static void test_made_falls_are_found_at_the_waist(void **state) {
        assert_reaches(FALLS_WAIST);
}

static void test_made_falls_are_found_at_the_chest(void **state) {
        assert_reaches(FALLS_CHEST);
}

static void test_made_falls_are_found_at_the_wrist(void **state) {
        assert_reaches(FALLS_WRIST);
}

static void test_worse_limits_do_not_reach_it(void **state) {
        static const struct {
                enum falls_sensor sensor;
                double impact, turn;
        } worse[] = {
                {FALLS_WRIST, 0.7, 1}, {FALLS_WRIST, 1.3, 1}, {FALLS_WRIST, 1, 1.4},
                {FALLS_WAIST, 0.7, 1}, {FALLS_WAIST, 1.6, 1}, {FALLS_WAIST, 1, 1.4},
                {FALLS_WAIST, 1, 0.5}, {FALLS_CHEST, 0.7, 1}, {FALLS_CHEST, 2, 1},
                {FALLS_CHEST, 1, 1.3},
        };

        for (size_t i = 0; i < sizeof(worse) / sizeof(worse[0]); i++) {
                struct falls_figures figures =
                        judged(worse[i].sensor, worse[i].impact, worse[i].turn);

                if (reaches(worse[i].sensor, &figures))
                        fail_msg("sensor %d, impact times %.1f, turn times %.1f: %u of %u falls, "
                                 "%u false alarms",
                                 worse[i].sensor, worse[i].impact, worse[i].turn, figures.detected,
                                 figures.falls, figures.false_alarms);
        }
}

static void test_they_are_the_same_each_time(void **state) {
        struct falls_set first, second;

        assert_int_equal(falls_make(FALLS_WAIST, &first), 0);
        assert_int_equal(falls_make(FALLS_WAIST, &second), 0);
        assert_int_equal(first.count, second.count);
        for (uint32_t i = 0; i < first.count; i++) {
                assert_string_equal(first.trials[i].id, second.trials[i].id);
                assert_int_equal(first.trials[i].count, second.trials[i].count);
                assert_memory_equal(first.trials[i].mg, second.trials[i].mg,
                                    (size_t)first.trials[i].count * 3 * sizeof(int16_t));
        }
        falls_free(&first);
        falls_free(&second);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_made_falls_are_found_at_the_waist),
                cmocka_unit_test(test_made_falls_are_found_at_the_chest),
                cmocka_unit_test(test_made_falls_are_found_at_the_wrist),
                cmocka_unit_test(test_worse_limits_do_not_reach_it),
                cmocka_unit_test(test_they_are_the_same_each_time),
        };

        return cmocka_run_group_tests(tests, read_page, NULL);
}
