/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/backtest/compare/truth.h"

#define NOON_MS INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */
enum { MINUTE = 60 * 1000 };

static const char path[] = "backtest-truth.csv";
static struct truths truths;
static struct diag *diag;

static int read_text(const char *text) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
        assert_int_equal(fclose(file), 0);
        assert_int_equal(diag_new(&diag), 0);

        int r = truth_load(path, diag, &truths);

        unlink(path);
        return r;
}

static int teardown(void **state) {
        truth_fini(&truths);
        diag = diag_free(diag);
        return 0;
}

static int64_t find(const char *elder, const char *rule, int64_t after_ms, bool fall) {
        const struct raised raised = {.raised_ms = NOON_MS + after_ms,
                                      .event_time_ms = NOON_MS + after_ms - 20000,
                                      .episode = 99,
                                      .fall = fall};

        return truth_find(&truths, &raised, elder, rule, 10 * MINUTE);
}

static void test_times_have_offsets_or_are_milliseconds(void **state) {
        assert_int_equal(read_text("elder,time,verdict\n"
                                   "E1,2026-11-24T20:00:00+08:00,false\n"
                                   "E2,1795521600000,real\n"),
                         0);
        assert_int_equal(truths.count, 2);
        assert_int_equal(truths.all[0].time_ms, NOON_MS);
        assert_false(truths.all[0].real);
        assert_int_equal(truths.all[1].time_ms, NOON_MS);
        assert_true(truths.all[1].real);
}

static void test_a_row_without_a_rule_is_about_falls(void **state) {
        assert_int_equal(read_text("elder,time,verdict\nE1,2026-11-24T12:00:00Z,real\n"), 0);
        assert_int_equal(find("E1", "fall", 20000, true), 0);
        assert_int_equal(find("E1", "heart-rate-high", 20000, false), -1);
        assert_int_equal(find("E2", "fall", 20000, true), -1);
}

static void test_a_row_with_a_rule_is_about_that_rule_only(void **state) {
        assert_int_equal(read_text("rule,elder,time,verdict\n"
                                   "heart-rate-high,E1,2026-11-24T12:00:00Z,real\n"),
                         0);
        assert_int_equal(find("E1", "heart-rate-high", 0, false), 0);
        assert_int_equal(find("E1", "fall", 0, true), -1);
}

static void test_the_window_reaches_from_the_event_to_the_alert_and_no_further(void **state) {
        assert_int_equal(read_text("elder,time,verdict\nE1,2026-11-24T12:00:00Z,real\n"), 0);
        assert_int_equal(find("E1", "fall", 10 * MINUTE + 20000, true), 0);
        assert_int_equal(find("E1", "fall", 10 * MINUTE + 20001, true), -1);
        assert_int_equal(find("E1", "fall", -10 * MINUTE, true), 0);
        assert_int_equal(find("E1", "fall", -10 * MINUTE - 1, true), -1);
}

static void test_the_nearest_row_holds(void **state) {
        assert_int_equal(read_text("elder,time,verdict\n"
                                   "E1,2026-11-24T11:55:00Z,false\n"
                                   "E1,2026-11-24T12:01:00Z,real\n"),
                         0);
        assert_true(truths.all[find("E1", "fall", 0, true)].real);
}

static void test_an_alert_id_names_the_very_alert(void **state) {
        char text[128], id[ALERT_ID_BYTES];

        alert_id_make("smoke", "E1", 99, id);
        snprintf(text, sizeof(text), "alert_id,verdict\n%s,false\n", id);
        assert_int_equal(read_text(text), 0);
        assert_int_equal(find("E1", "smoke", 0, false), 0);
        assert_int_equal(find("E2", "smoke", 0, false), -1);
}

static void test_every_mistake_is_named_with_its_place(void **state) {
        static const struct {
                const char *text, *code;
                int line;
        } rows[] = {
                {"elder,tiem,verdict\n", "G011", 1},
                {"elder,verdict\n", "G012", 1},
                {"elder,time,verdict\nE1,yesterday,real\n", "G032", 2},
                {"elder,time,verdict\nE1,2026-11-24T12:00:00Z,maybe\n", "G028", 2},
                {"elder,time,verdict\n,2026-11-24T12:00:00Z,real\n", "G020", 2},
                {"elder,time,verdict\nE12345678901234567890123456,2026-11-24T12:00:00Z,real\n",
                 "G024", 2},
                {"", "G033", 0},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct diag_item item = {0};

                assert_int_equal(read_text(rows[i].text), TRUTH_REFUSED);
                for (size_t at = 0; diag_at(diag, at, &item); at++)
                        if (strcmp(item.code, rows[i].code) == 0)
                                break;
                assert_string_equal(item.code, rows[i].code);
                assert_int_equal(item.mark.line, rows[i].line);
                assert_int_equal(truths.count, 0);
                diag = diag_free(diag);
        }
}

static void test_a_file_that_is_not_there_says_so(void **state) {
        assert_int_equal(diag_new(&diag), 0);
        assert_true(truth_load("no-such-file.csv", diag, &truths) < 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_times_have_offsets_or_are_milliseconds),
                TEST(test_a_row_without_a_rule_is_about_falls),
                TEST(test_a_row_with_a_rule_is_about_that_rule_only),
                TEST(test_the_window_reaches_from_the_event_to_the_alert_and_no_further),
                TEST(test_the_nearest_row_holds),
                TEST(test_an_alert_id_names_the_very_alert),
                TEST(test_every_mistake_is_named_with_its_place),
                TEST(test_a_file_that_is_not_there_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
