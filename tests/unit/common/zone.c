/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/zone.h"

static const char *const names[] = {
        "Asia/Shanghai", "Asia/Kathmandu",      "Europe/Berlin",     "America/New_York",
        "UTC",           "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
        "Europe/Dublin", "Pacific/Auckland",    "America/St_Johns",  "Asia/Tehran",
};

static void compare(const struct zone *zone, int64_t time_s) {
        struct zone_local ours = zone_local(zone, time_s * 1000 + 999);
        time_t theirs_s = (time_t)time_s;
        struct tm theirs;

        assert_non_null(localtime_r(&theirs_s, &theirs));
        assert_int_equal(zone_offset_s(zone, time_s * 1000), theirs.tm_gmtoff);
        assert_int_equal(ours.minute_of_day, theirs.tm_hour * 60 + theirs.tm_min);
        assert_int_equal(ours.weekday, (theirs.tm_wday + 6) % 7);
}

/* 1960 to 2090 in odd steps, so that all hours and weekdays and both sides of changes occur. */
static void test_agrees_with_libc_in_every_zone(void **state) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                struct zone *zone = NULL;

                assert_int_equal(zone_open(&zone, names[i]), 0);
                assert_int_equal(setenv("TZ", names[i], 1), 0);
                tzset();
                for (int64_t time_s = -315619200; time_s < 3786912000; time_s += 86400 * 3 + 4567)
                        compare(zone, time_s);
                zone_close(zone);
        }
}

static void test_agrees_with_libc_second_by_second_at_a_change(void **state) {
        struct zone *zone = NULL;

        assert_int_equal(zone_open(&zone, "Europe/Berlin"), 0);
        assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
        tzset();
        for (int64_t time_s = 1774746000 - 10; time_s < 1774746000 + 10; time_s++)
                compare(zone, time_s); /* 2026-03-29 01:00 UTC */
        for (int64_t time_s = 1792890000 - 10; time_s < 1792890000 + 10; time_s++)
                compare(zone, time_s); /* 2026-10-25 01:00 UTC */
        for (int64_t time_s = 4078515600 - 10; time_s < 4078515600 + 10; time_s++)
                compare(zone, time_s); /* 2099-03-29, far beyond the table */
        zone_close(zone);
}

static void test_a_name_cannot_leave_the_folder(void **state) {
        struct zone *zone = NULL;

        assert_int_equal(zone_open(&zone, "../../etc/passwd"), -EINVAL);
        assert_int_equal(zone_open(&zone, "/etc/passwd"), -EINVAL);
        assert_int_equal(zone_open(&zone, ""), -EINVAL);
        assert_int_equal(zone_open(&zone, "Asia/Shangai"), -ENOENT);
        assert_int_equal(zone_open(&zone, "tzdata.zi"), -EINVAL);
        assert_null(zone);
}

/* Every shorter length is refused, without reading past the end (a sanitizer would report it). */
static void test_a_file_cut_short_is_refused(void **state) {
        static unsigned char bytes[256 * 1024];
        FILE *file = fopen("/usr/share/zoneinfo/Asia/Shanghai", "rbe");
        struct zone *zone = NULL;
        size_t used;

        assert_non_null(file);
        used = fread(bytes, 1, sizeof(bytes), file);
        fclose(file);
        assert_int_equal(zone_parse(&zone, bytes, used), 0);
        zone_close(zone);
        zone = NULL;
        for (size_t cut = 0; cut < used; cut++) {
                unsigned char *exact = malloc(cut ? cut : 1);

                assert_non_null(exact);
                memcpy(exact, bytes, cut);
                assert_int_equal(zone_parse(&zone, exact, cut), -EINVAL);
                free(exact);
        }
        assert_null(zone);
}

static void test_without_a_zone_it_is_utc(void **state) {
        struct zone_local local = zone_local(NULL, 1790000000000);

        assert_int_equal(zone_offset_s(NULL, 1790000000000), 0);
        assert_int_equal(local.weekday, 0); /* Monday 2026-09-21 */
        assert_int_equal(local.minute_of_day, 14 * 60 + 13);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_agrees_with_libc_in_every_zone),
                cmocka_unit_test(test_agrees_with_libc_second_by_second_at_a_change),
                cmocka_unit_test(test_a_name_cannot_leave_the_folder),
                cmocka_unit_test(test_a_file_cut_short_is_refused),
                cmocka_unit_test(test_without_a_zone_it_is_utc),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
