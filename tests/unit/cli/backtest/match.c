/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/backtest/compare/match.h"

enum { MINUTE = 60 * 1000, WINDOW = 30 * MINUTE };

struct lists {
        struct raised_list of[2]; /* before, after */
        struct match_list found;
};

static struct raised alert(uint32_t person, int64_t minute, uint64_t episode) {
        return (struct raised){.raised_ms = minute * MINUTE,
                               .episode = episode,
                               .person = person,
                               .severity = SEVERITY_MAJOR,
                               .worst = SEVERITY_MAJOR,
                               .counts = true};
}

static void add(struct lists *lists, int which, struct raised raised) {
        assert_int_equal(raised_add(&lists->of[which], &raised), 0);
}

static void match(struct lists *lists) {
        assert_int_equal(match_make(&lists->of[0], &lists->of[1], WINDOW, &lists->found), 0);
}

static int setup(void **state) {
        static struct lists lists;

        lists = (struct lists){0};
        *state = &lists;
        return 0;
}

static int teardown(void **state) {
        struct lists *lists = *state;

        match_fini(&lists->found);
        raised_fini(&lists->of[0]);
        raised_fini(&lists->of[1]);
        return 0;
}

static void test_the_same_alerts_are_no_change(void **state) {
        struct lists *lists = *state;

        for (int which = 0; which < 2; which++)
                for (uint32_t i = 0; i < 2000; i++)
                        add(lists, which, alert(i % 7, 5 * i, i));
        match(lists);
        assert_int_equal(lists->found.count, 0);
        assert_int_equal(lists->found.kept, 2000);
}

static void test_the_same_cause_is_the_same_alert_however_far_it_moved(void **state) {
        struct lists *lists = *state;

        add(lists, 0, alert(1, 0, 77));
        add(lists, 1, alert(1, 600, 77));
        match(lists);
        assert_int_equal(lists->found.count, 1);
        assert_int_equal(lists->found.all[0].type, MATCH_MOVED);
        assert_int_equal(match_change_moved_ms(&lists->found.all[0]), 600 * MINUTE);
}

static void
test_another_cause_within_the_window_is_moved_and_beyond_it_lost_and_gained(void **state) {
        struct lists *lists = *state;

        add(lists, 0, alert(1, 100, 1));
        add(lists, 1, alert(1, 70, 2));
        add(lists, 0, alert(1, 1000, 3));
        add(lists, 1, alert(1, 1031, 4));
        match(lists);
        assert_int_equal(lists->found.count, 3);
        assert_int_equal(lists->found.all[0].type, MATCH_MOVED);
        assert_int_equal(match_change_moved_ms(&lists->found.all[0]), -30 * MINUTE);
        assert_int_equal(lists->found.all[1].type, MATCH_LOST);
        assert_int_equal(lists->found.all[2].type, MATCH_GAINED);
}

static void test_each_alert_is_paired_with_the_nearest(void **state) {
        struct lists *lists = *state;

        add(lists, 0, alert(1, 100, 1));
        add(lists, 0, alert(1, 120, 2));
        add(lists, 1, alert(1, 121, 3));
        match(lists);
        assert_int_equal(lists->found.count, 2);
        assert_int_equal(lists->found.all[0].type, MATCH_LOST);
        assert_int_equal(lists->found.all[0].before->raised_ms, 100 * MINUTE);
        assert_int_equal(match_change_moved_ms(&lists->found.all[1]), MINUTE);
}

static void test_alerts_of_two_elders_are_never_the_same(void **state) {
        struct lists *lists = *state;

        add(lists, 0, alert(1, 100, 1));
        add(lists, 1, alert(2, 100, 1));
        match(lists);
        assert_int_equal(lists->found.count, 2);
        assert_int_equal(lists->found.kept, 0);
}

static void test_less_than_a_second_is_not_moved(void **state) {
        struct lists *lists = *state;
        struct raised later = alert(1, 100, 1);

        add(lists, 0, later);
        later.raised_ms += MATCH_MOVED_AT_LEAST_MS - 1;
        add(lists, 1, later);
        match(lists);
        assert_int_equal(lists->found.count, 0);
}

static void test_a_severity_that_rose_further_is_a_change(void **state) {
        struct lists *lists = *state;
        struct raised risen = alert(1, 100, 1);

        add(lists, 0, risen);
        risen.worst = SEVERITY_CRITICAL;
        add(lists, 1, risen);
        match(lists);
        assert_int_equal(lists->found.count, 1);
        assert_int_equal(lists->found.all[0].type, MATCH_SEVERITY);
}

static void test_what_does_not_count_is_not_compared(void **state) {
        struct lists *lists = *state;
        struct raised shadow = alert(1, 100, 1);

        shadow.counts = false;
        add(lists, 1, shadow);
        match(lists);
        assert_int_equal(lists->found.count, 0);
        assert_int_equal(lists->of[1].count, 0);
}

static void test_one_raised_is_found_again_until_another_like_it(void **state) {
        struct lists *lists = *state;

        assert_null(raised_find(&lists->of[0], 0, 1, 9));
        for (uint32_t i = 0; i < 5000; i++)
                add(lists, 0, alert(i, i, 9));
        assert_int_equal(raised_find(&lists->of[0], 0, 4321, 9)->raised_ms, 4321 * MINUTE);
        add(lists, 0, alert(4321, 9999, 9));
        assert_int_equal(raised_find(&lists->of[0], 0, 4321, 9)->raised_ms, 9999 * MINUTE);
        assert_null(raised_find(&lists->of[0], 1, 4321, 9));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_the_same_alerts_are_no_change),
                TEST(test_the_same_cause_is_the_same_alert_however_far_it_moved),
                TEST(test_another_cause_within_the_window_is_moved_and_beyond_it_lost_and_gained),
                TEST(test_each_alert_is_paired_with_the_nearest),
                TEST(test_alerts_of_two_elders_are_never_the_same),
                TEST(test_less_than_a_second_is_not_moved),
                TEST(test_a_severity_that_rose_further_is_a_change),
                TEST(test_what_does_not_count_is_not_compared),
                TEST(test_one_raised_is_found_again_until_another_like_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
