/* SPDX-License-Identifier: MIT */
#include "common/base/err.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/common/unit.h"

static char told[4096];

/* Return: what err_report() writes to standard error. */
static const char *reported(int r) {
        int kept = dup(STDERR_FILENO), ends[2];
        ssize_t got;

        assert_int_equal(pipe(ends), 0);
        assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
        err_report("vigil-test", r);
        dup2(kept, STDERR_FILENO);
        close(kept);
        close(ends[1]);
        for (size_t used = 0; (got = read(ends[0], told + used, sizeof(told) - 1 - used)) > 0;)
                told[used += (size_t)got] = '\0';
        close(ends[0]);
        return told;
}

static int lines_of(const char *text) {
        int count = 0;

        for (; *text; text++)
                count += *text == '\n';
        return count;
}

static int origin(void) {
        return err_raise_why(-EINVAL, "kafka.partitions: expected 1 to 1024, found 0");
}

static int between(void) {
        return err_trace(origin());
}

static int top(void) {
        return err_trace(between());
}

static void test_a_failure_is_told_with_each_level_it_passed(void **state) {
        const char *text, *at, *from;

        assert_int_equal(top(), -EINVAL);
        assert_string_equal(err_why(), "kafka.partitions: expected 1 to 1024, found 0");
        text = reported(-EINVAL);
        assert_int_equal(lines_of(text), 4);
        assert_ptr_equal(
                strstr(text, "vigil-test: kafka.partitions: expected 1 to 1024, found 0\n"), text);
        at = strstr(text, " at origin (tests/unit/common/err.c:");
        assert_non_null(at);
        from = strstr(at, " from between (");
        assert_non_null(from);
        assert_non_null(strstr(from, " from top ("));
        assert_string_equal(err_why(), "");
}

static void test_success_and_answers_leave_no_trace(void **state) {
        assert_int_equal(err_trace(0), 0);
        assert_int_equal(err_trace(2), 2);
        assert_string_equal(reported(-ENOMEM), "vigil-test: Cannot allocate memory\n");
}

static void test_a_failure_nobody_raised_begins_its_own_trace(void **state) {
        top();
        assert_int_equal(err_trace(-ENOSPC), -ENOSPC);
        assert_string_equal(err_why(), "");
        assert_null(strstr(reported(-ENOSPC), "origin"));
}

static void test_a_long_way_up_keeps_its_origin(void **state) {
        const char *text;

        origin();
        for (int i = 0; i < 1000; i++)
                err_trace(-EINVAL);
        text = reported(-EINVAL);
        assert_non_null(strstr(text, " at origin ("));
        assert_int_equal(lines_of(text), 17);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_failure_is_told_with_each_level_it_passed),
                cmocka_unit_test(test_success_and_answers_leave_no_trace),
                cmocka_unit_test(test_a_failure_nobody_raised_begins_its_own_trace),
                cmocka_unit_test(test_a_long_way_up_keeps_its_origin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
