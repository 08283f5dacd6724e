/* SPDX-License-Identifier: MIT
 *
 * Recorded falls and daily movements against the shipped limits, from the recordings beside the source tree. The
 * required minimum is a little below the present figures (docs/falls.md), so that the test fails after a change that
 * misses falls or raises false alerts. Skipped if the recordings are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bench/falls/falls_data.h"

static struct falls_figures judged(enum falls_sensor sensor) {
        struct falls_figures figures;
        struct condition_motion_limits limits;
        struct falls_set set;

        assert_int_equal(falls_load(sensor, &set), 0);
        motion_limits_default(set.worn, MOTION_LIMITS_NORMAL, &limits);
        assert_int_equal(falls_judge(&set, &limits, &figures), 0);
        falls_free(&set);
        return figures;
}

static void assert_reaches(enum falls_sensor sensor, double sensitivity, double specificity) {
        struct falls_figures figures = judged(sensor);

        assert_true(figures.falls > 90 && figures.daily > 190);
        if (figures.detected < sensitivity * figures.falls)
                fail_msg("%u of %u falls", figures.detected, figures.falls);
        if (figures.false_alarms > (1 - specificity) * figures.daily)
                fail_msg("%u false alarms in %u", figures.false_alarms, figures.daily);
}

static void test_falls_are_found_at_the_waist(void **state) {
        assert_reaches(FALLS_WAIST, 0.96, 0.96);
}

static void test_falls_are_found_at_the_chest(void **state) {
        assert_reaches(FALLS_CHEST, 0.95, 0.96);
}

static void test_falls_are_found_at_the_wrist(void **state) {
        assert_reaches(FALLS_WRIST, 0.93, 0.92);
}

static void test_stairs_raise_nothing(void **state) {
        for (int sensor = FALLS_STAIRS_BELT; sensor < FALLS_SENSORS; sensor++) {
                struct falls_figures figures = judged((enum falls_sensor)sensor);

                assert_int_equal(figures.daily, 8);
                assert_int_equal(figures.alarms, 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_falls_are_found_at_the_waist),
                cmocka_unit_test(test_falls_are_found_at_the_chest),
                cmocka_unit_test(test_falls_are_found_at_the_wrist),
                cmocka_unit_test(test_stairs_raise_nothing),
        };

        if (!falls_are_here()) {
                puts("1..0 # SKIP the recorded falls or xz are not here");
                return 0;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
