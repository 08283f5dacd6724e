/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/rule_test/timeline/local_time.h"
#include "tests/unit/common/unit.h"

struct fixture {
        struct zone *shanghai, *london;
        int64_t start_ms; /* 2026-11-24 21:50 in Shanghai */
};

static int setup(void **state) {
        static struct fixture f;

        assert_int_equal(zone_open(&f.shanghai, "Asia/Shanghai"), 0);
        assert_int_equal(zone_open(&f.london, "Europe/London"), 0);
        f.start_ms = INT64_C(1795528200000);
        *state = &f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        zone_close(f->shanghai);
        zone_close(f->london);
        return 0;
}

static int64_t read_in(const struct zone *zone, const char *text, int64_t start_ms) {
        int64_t ms = -1;

        assert_int_equal(local_time_read(text, zone, start_ms, &ms), 0);
        return ms;
}

static void refused(const struct zone *zone, const char *text, int64_t start_ms, int why) {
        int64_t ms = -1;

        assert_int_equal(local_time_read(text, zone, start_ms, &ms), why);
        assert_int_equal(ms, -1);
}

static void test_a_date_and_time_is_local(void **state) {
        const struct fixture *f = *state;

        assert_int_equal(read_in(f->shanghai, "2026-11-24 21:50", INT64_MIN), f->start_ms);
        assert_int_equal(read_in(f->shanghai, "2026-11-24 21:50:30", INT64_MIN),
                         f->start_ms + 30000);
        assert_int_equal(read_in(f->shanghai, "2026-11-24 21:50+08:00", INT64_MIN), f->start_ms);
        assert_int_equal(read_in(NULL, "1970-01-01 00:00", INT64_MIN), 0);
}

static void test_a_duration_counts_from_the_start(void **state) {
        const struct fixture *f = *state;

        assert_int_equal(read_in(f->shanghai, "0s", f->start_ms), f->start_ms);
        assert_int_equal(read_in(f->shanghai, "250ms", f->start_ms), f->start_ms + 250);
        assert_int_equal(read_in(f->shanghai, "2d", f->start_ms), f->start_ms + 2 * 86400000);
}

static void test_a_time_of_day_is_the_next_one(void **state) {
        const struct fixture *f = *state;

        assert_int_equal(read_in(f->shanghai, "21:50", f->start_ms), f->start_ms);
        assert_int_equal(read_in(f->shanghai, "22:10", f->start_ms), f->start_ms + 20 * 60000);
        assert_int_equal(read_in(f->shanghai, "21:49", f->start_ms),
                         f->start_ms + 86400000 - 60000);
}

static void test_a_time_that_clocks_skip_is_refused(void **state) {
        const struct fixture *f = *state;
        int64_t evening_ms = read_in(f->london, "2026-03-28 21:00", INT64_MIN);

        refused(f->london, "2026-03-29 01:30", INT64_MIN, LOCAL_TIME_SKIPPED);
        refused(f->london, "2026-03-29 01:30+01:00", INT64_MIN, LOCAL_TIME_SKIPPED);
        assert_int_equal(read_in(f->london, "02:00", evening_ms), evening_ms + 4 * 3600000);
}

static void test_a_time_that_comes_twice_needs_its_offset(void **state) {
        const struct fixture *f = *state;
        int64_t evening_ms = read_in(f->london, "2026-10-24 21:00", INT64_MIN);

        refused(f->london, "2026-10-25 01:30", INT64_MIN, LOCAL_TIME_TWICE);
        refused(f->london, "01:30", evening_ms, LOCAL_TIME_TWICE);
        refused(f->london, "2026-10-25 01:30+02:00", INT64_MIN, LOCAL_TIME_WRONG_OFFSET);
        assert_int_equal(read_in(f->london, "2026-10-25 01:30+01:00", INT64_MIN),
                         evening_ms + 9 * 1800000);
        assert_int_equal(read_in(f->london, "2026-10-25 01:30+00:00", INT64_MIN),
                         evening_ms + 11 * 1800000);
        assert_int_equal(read_in(f->london, "03:00", evening_ms), evening_ms + 7 * 3600000);
}

static void test_anything_else_is_no_moment(void **state) {
        static const char *const texts[] = {"",
                                            "now",
                                            "20sec",
                                            "-5s",
                                            "5",
                                            "24:00",
                                            "12:60",
                                            "1:30",
                                            "2026-11-24",
                                            "12:00:60",
                                            "2026-02-30 12:00",
                                            "2026-13-01 12:00",
                                            "99999999999s",
                                            "12:00 ",
                                            "2026-11-24T12:00",
                                            "2026-11-24 12:00Z",
                                            "2026-11-24 12:00+8"};
        const struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                refused(f->shanghai, texts[i], f->start_ms, LOCAL_TIME_UNREADABLE);
        refused(f->shanghai, "5m", INT64_MIN, LOCAL_TIME_UNREADABLE);
        refused(f->shanghai, "22:10", INT64_MIN, LOCAL_TIME_UNREADABLE);
}

static void test_a_moment_is_written_with_its_offset(void **state) {
        const struct fixture *f = *state;
        char text[LOCAL_TIME_BYTES];

        assert_string_equal(local_time_text(f->start_ms, f->shanghai, text),
                            "Tue 2026-11-24 21:50:00+08:00");
        assert_string_equal(local_time_text(f->start_ms + 250, f->london, text),
                            "Tue 2026-11-24 13:50:00.250+00:00");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_date_and_time_is_local),
                cmocka_unit_test(test_a_duration_counts_from_the_start),
                cmocka_unit_test(test_a_time_of_day_is_the_next_one),
                cmocka_unit_test(test_a_time_that_clocks_skip_is_refused),
                cmocka_unit_test(test_a_time_that_comes_twice_needs_its_offset),
                cmocka_unit_test(test_anything_else_is_no_moment),
                cmocka_unit_test(test_a_moment_is_written_with_its_offset),
        };

        return cmocka_run_group_tests_name("moments of rule tests", tests, setup, teardown);
}
