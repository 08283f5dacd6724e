/* SPDX-License-Identifier: MIT */
#include "common/wire/json_number.h"

#include <string.h>

#include "tests/unit/common/unit.h"

static int64_t read(const char *text, int64_t min, int64_t max) {
        yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
        int64_t number = json_number(yyjson_doc_get_root(doc), min, max);

        assert_non_null(doc);
        yyjson_doc_free(doc);
        return number;
}

static void test_any_number_becomes_one_within_bounds(void **state) {
        static const struct {
                const char *text;
                int64_t number;
        } rows[] = {
                {"0", 0},
                {"-0.0", 0},
                {"42", 42},
                {"-42", -42},
                {"1.9", 1},
                {"-1.9", -1},
                {"9223372036854775807", INT64_MAX},
                {"9223372036854775808", INT64_MAX},
                {"18446744073709551615", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"9223372036854775807.0", INT64_MAX},
                {"1e19", INT64_MAX},
                {"-1e19", INT64_MIN},
                {"1e308", INT64_MAX},
                {"-1e308", INT64_MIN},
                {"123456789012345678901234567890", INT64_MAX},
                {"null", 0},
                {"\"7\"", 0},
                {"[1]", 0},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (read(rows[i].text, INT64_MIN, INT64_MAX) != rows[i].number)
                        fail_msg("%s is read as %lld", rows[i].text,
                                 (long long)read(rows[i].text, INT64_MIN, INT64_MAX));
        assert_int_equal(read("-5", 0, 10), 0);
        assert_int_equal(read("1e300", 0, 10), 10);
        assert_int_equal(json_number(NULL, 3, 10), 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_any_number_becomes_one_within_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
