/* SPDX-License-Identifier: MIT
 *
 * common/files/diag_zh.c: what is put into a Chinese sentence is what its English one says.
 */
#include "common/files/diag_zh.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/unit.h"

enum { ARGUMENTS_MAX = 8 };

/* The type of each argument that @format takes, in the order of the arguments: "s", "d", "zu" … */
static void arguments_of(const char *format, char ret[ARGUMENTS_MAX][4]) {
        int next = 0;

        memset(ret, 0, ARGUMENTS_MAX * 4);
        for (const char *at = strchr(format, '%'); at; at = strchr(at, '%')) {
                int place = -1, bytes = 0;

                if (*++at == '%') {
                        at++;
                        continue;
                }
                if (isdigit((unsigned char)*at) && at[strspn(at, "0123456789")] == '$') {
                        place = atoi(at) - 1;
                        at = strchr(at, '$') + 1;
                }
                at += strspn(at, "0123456789");
                if (*at == '.' && at[1] == '*') {
                        int precision = place < 0 ? next++ : atoi(at + 2) - 1;

                        assert_in_range(precision, 0, ARGUMENTS_MAX - 1);
                        memcpy(ret[precision], "*", 2);
                        at += place < 0 ? 2 : 2 + strcspn(at + 2, "$") + 1;
                } else if (*at == '.') {
                        at += 1 + strspn(at + 1, "0123456789");
                }
                if (place < 0)
                        place = next++;
                assert_in_range(place, 0, ARGUMENTS_MAX - 1);
                while (*at == 'z' || *at == 'l')
                        ret[place][bytes++] = *at++;
                ret[place][bytes] = *at;
        }
}

static void test_both_languages_take_the_same_arguments(void **state) {
        const struct diag_zh *row;
        int wrong = 0;

        for (size_t i = 0; (row = diag_zh_at(i)); i++) {
                char english[ARGUMENTS_MAX][4], chinese[ARGUMENTS_MAX][4];

                arguments_of(row->english, english);
                arguments_of(row->chinese, chinese);
                for (int argument = 0; argument + 1 < ARGUMENTS_MAX; argument++) {
                        bool last = !*english[argument + 1];

                        /* The last one may be left out: Chinese has no plural s. */
                        if (strcmp(english[argument], chinese[argument]) == 0 ||
                            (last && !*chinese[argument]))
                                continue;
                        print_message("argument %d differs: %s\n", argument + 1, row->english);
                        wrong++;
                }
        }
        assert_int_equal(wrong, 0);
}

static void test_rows_are_found(void **state) {
        const struct diag_zh *row;
        size_t i;

        for (i = 0; (row = diag_zh_at(i)); i++) {
                const char *found = diag_zh_find(row->english);

                if (!found || strcmp(found, row->chinese) != 0)
                        print_message("not in order: %s\n", row->english);
                assert_non_null(found);
                assert_string_equal(found, row->chinese);
        }
        assert_true(i > 250);
        assert_null(diag_zh_find("no such words"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_languages_take_the_same_arguments),
                cmocka_unit_test(test_rows_are_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
