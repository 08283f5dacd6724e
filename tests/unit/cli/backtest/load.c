/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cli/backtest/compare/load.h"

enum { MINUTE = 60 * 1000, HOURS = 3600 * 1000 };

/* Add @count alerts in the 10 minutes from @minute, each of a different elder. */
static void burst(struct raised_list *list, int64_t minute, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                const struct raised raised = {.raised_ms = minute * MINUTE + i,
                                              .person = list->count,
                                              .severity = SEVERITY_MINOR,
                                              .counts = true};

                assert_int_equal(raised_add(list, &raised), 0);
        }
}

static void assert_near(double value, double expected) {
        assert_true(fabs(value - expected) < 1e-9);
}

static void test_rates_are_per_operator_over_the_whole_period_quiet_hours_included(void **state) {
        struct raised_list list = {0};
        struct load load;

        burst(&list, 5, 48);
        assert_int_equal(load_measure(&list, 0, 24 * HOURS, 2, &load), 0);
        assert_int_equal(load.window_count, 144);
        assert_near(load.values[LOAD_PER_DAY], 24);
        assert_near(load.values[LOAD_PER_HOUR], 1);
        assert_near(load.values[LOAD_PER_10_MIN], 1.0 / 6);
        assert_near(load.values[LOAD_PEAK_10_MIN], 24);
        load_fini(&load);
        raised_fini(&list);
}

static void test_ten_are_no_period_over_ten_but_a_flood(void **state) {
        struct raised_list list = {0};
        struct load load;

        burst(&list, 0, 10);
        assert_int_equal(load_measure(&list, 0, 100 * 10 * MINUTE, 1, &load), 0);
        assert_near(load.values[LOAD_WINDOWS_OVER_10_PCT], 0);
        assert_near(load.values[LOAD_FLOOD_PCT], 1);
        load_fini(&load);
        raised_fini(&list);
}

static void test_a_flood_lasts_until_fewer_than_five(void **state) {
        struct raised_list list = {0};
        struct load load;

        burst(&list, 0, 9);   /* no flood yet */
        burst(&list, 10, 11); /* a flood begins */
        burst(&list, 20, 5);  /* it continues */
        burst(&list, 30, 4);  /* it is over */
        burst(&list, 40, 9);
        assert_int_equal(load_measure(&list, 0, 100 * 10 * MINUTE, 1, &load), 0);
        assert_near(load.values[LOAD_FLOOD_PCT], 2);
        assert_near(load.values[LOAD_WINDOWS_OVER_10_PCT], 1);
        load_fini(&load);
        raised_fini(&list);
}

static void test_an_hour_is_busy_beyond_thirty(void **state) {
        struct raised_list list = {0};
        struct load load;

        burst(&list, 0, 30);
        burst(&list, 60, 31);
        assert_int_equal(load_measure(&list, 0, 10 * HOURS, 1, &load), 0);
        assert_near(load.values[LOAD_HOURS_OVER_30_PCT], 10);
        load_fini(&load);
        raised_fini(&list);
}

static void test_the_ten_loudest_sources_have_their_share(void **state) {
        struct raised_list list = {0};
        struct load load;

        for (uint32_t source = 0; source < 20; source++)
                for (uint32_t i = 0; i < (source % 2 ? 4 : 1); i++) {
                        const struct raised raised = {.person = source, .counts = true};

                        assert_int_equal(raised_add(&list, &raised), 0);
                }
        assert_int_equal(load_measure(&list, 0, 24 * HOURS, 1, &load), 0);
        assert_near(load.values[LOAD_TOP_10_PCT], 80);
        load_fini(&load);
        raised_fini(&list);
}

static void test_an_alert_at_the_very_end_is_one_of_the_last_ten_minutes(void **state) {
        struct raised_list list = {0};
        struct load load;

        burst(&list, 10, 2);
        assert_int_equal(load_measure(&list, 0, 10 * MINUTE, 1, &load), 0);
        assert_int_equal(load.window_count, 1);
        assert_int_equal(load.windows[0], 2);
        load_fini(&load);
        raised_fini(&list);
}

static void test_no_alert_at_all_is_acceptable(void **state) {
        struct raised_list list = {0};
        struct load load;

        assert_int_equal(load_measure(&list, 0, 1, 1, &load), 0);
        for (int i = 0; i < LOAD_MEASURES; i++) {
                assert_near(load.values[i], 0);
                assert_int_equal(load_grade(i, load.values[i]), LOAD_ACCEPTABLE);
        }
        load_fini(&load);
}

static void test_grades_turn_beyond_their_limits(void **state) {
        assert_int_equal(load_grade(LOAD_PER_DAY, 150), LOAD_ACCEPTABLE);
        assert_int_equal(load_grade(LOAD_PER_DAY, 151), LOAD_MANAGEABLE);
        assert_int_equal(load_grade(LOAD_PER_DAY, 301), LOAD_OVER);
        assert_int_equal(load_grade(LOAD_PEAK_10_MIN, 10), LOAD_ACCEPTABLE);
        assert_int_equal(load_grade(LOAD_PEAK_10_MIN, 10.5), LOAD_OVER);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_rates_are_per_operator_over_the_whole_period_quiet_hours_included),
                cmocka_unit_test(test_ten_are_no_period_over_ten_but_a_flood),
                cmocka_unit_test(test_a_flood_lasts_until_fewer_than_five),
                cmocka_unit_test(test_an_hour_is_busy_beyond_thirty),
                cmocka_unit_test(test_the_ten_loudest_sources_have_their_share),
                cmocka_unit_test(test_an_alert_at_the_very_end_is_one_of_the_last_ten_minutes),
                cmocka_unit_test(test_no_alert_at_all_is_acceptable),
                cmocka_unit_test(test_grades_turn_beyond_their_limits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
