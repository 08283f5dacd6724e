/* SPDX-License-Identifier: MIT */
#include "common/base/log_limit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/common/unit.h"

static void test_a_flood_is_one_line_and_a_count_a_minute(void **state) {
        struct log_limit limit = {0};
        const char *sender;
        int64_t count;
        int said = 0;

        for (int64_t now_ms = 0; now_ms < LOG_LIMIT_MS; now_ms++)
                said += log_limit_take(&limit, "T1", now_ms);
        assert_int_equal(said, 1);
        assert_false(log_limit_counted(&limit, LOG_LIMIT_MS - 1, &sender, &count));
        assert_true(log_limit_counted(&limit, LOG_LIMIT_MS, &sender, &count));
        assert_string_equal(sender, "T1");
        assert_int_equal(count, LOG_LIMIT_MS - 1);
        assert_false(log_limit_counted(&limit, LOG_LIMIT_MS, &sender, &count));
        /* The sender continues: its lines are counted for another minute. */
        assert_false(log_limit_take(&limit, "T1", LOG_LIMIT_MS + 1));
        assert_true(log_limit_counted(&limit, 2 * LOG_LIMIT_MS, &sender, &count));
        assert_int_equal(count, 1);
}

static void test_one_sender_hides_no_other(void **state) {
        struct log_limit limit = {0};

        assert_true(log_limit_take(&limit, "T1", 0));
        assert_false(log_limit_take(&limit, "T1", 1));
        assert_true(log_limit_take(&limit, "T2", 2));
}

static void test_who_was_quiet_for_a_minute_is_said_at_once_again(void **state) {
        struct log_limit limit = {0};
        const char *sender;
        int64_t count;

        assert_true(log_limit_take(&limit, "T1", 0));
        assert_false(log_limit_counted(&limit, LOG_LIMIT_MS, &sender, &count));
        assert_true(log_limit_take(&limit, "T1", LOG_LIMIT_MS + 1));
}

static void test_more_senders_than_there_are_rows_are_one(void **state) {
        struct log_limit limit = {0};
        const char *name;
        int64_t count, others = 0;
        char sender[16];
        int said = 0;

        for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 2 * LOG_LIMIT_SENDERS; i++) {
                        snprintf(sender, sizeof(sender), "T%d", i);
                        said += log_limit_take(&limit, sender, round);
                }
        }
        assert_int_equal(said, LOG_LIMIT_SENDERS + 1);
        while (log_limit_counted(&limit, LOG_LIMIT_MS + 1, &name, &count))
                if (strcmp(name, "others") == 0)
                        others = count;
        assert_int_equal(others, 10 * LOG_LIMIT_SENDERS - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_flood_is_one_line_and_a_count_a_minute),
                cmocka_unit_test(test_one_sender_hides_no_other),
                cmocka_unit_test(test_who_was_quiet_for_a_minute_is_said_at_once_again),
                cmocka_unit_test(test_more_senders_than_there_are_rows_are_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
