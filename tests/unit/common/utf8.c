/* SPDX-License-Identifier: MIT */
#include "common/base/utf8.h"

#include <string.h>

#include "tests/unit/common/unit.h"

static void test_characters_of_each_length_are_read(void **state) {
        static const struct {
                const char *text;
                uint32_t character;
        } rows[] = {{"a", 'a'},
                    {"\xc2\x80", 0x80},
                    {"\xdf\xbf", 0x7ff},
                    {"\xe0\xa0\x80", 0x800},
                    {"老", 0x8001},
                    {"\xf0\x90\x80\x80", 0x10000},
                    {"\xf4\x8f\xbf\xbf", 0x10ffff}};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint32_t character = 0;

                assert_int_equal(utf8_read(rows[i].text, strlen(rows[i].text), &character),
                                 strlen(rows[i].text));
                assert_int_equal(character, rows[i].character);
                /* Without its last byte it is not a character. */
                assert_int_equal(utf8_read(rows[i].text, strlen(rows[i].text) - 1, &character), 0);
        }
}

static void test_what_is_not_utf8_is_refused(void **state) {
        static const char *const bad[] = {
                "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",
                "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                "\xff",         "\xe4(\x80"};

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                uint32_t character;

                assert_int_equal(utf8_read(bad[i], strlen(bad[i]), &character), 0);
        }
}

static void test_chinese_is_two_cells_wide(void **state) {
        assert_int_equal(utf8_cells('a'), 1);
        assert_int_equal(utf8_cells(0x8001), 2); /* 老 */
        assert_int_equal(utf8_cells(0xff1a), 2); /* ： */
        assert_int_equal(utf8_cells(0x3000), 2);
        assert_int_equal(utf8_cells(0x0301), 0); /* combining acute */
        assert_int_equal(utf8_cells(0xe9), 1);
}

static void test_a_prefix_never_cuts_a_character(void **state) {
        static const char text[] = "a老人";

        assert_int_equal(utf8_prefix(text, 7, 7), 7);
        assert_int_equal(utf8_prefix(text, 7, 6), 4);
        assert_int_equal(utf8_prefix(text, 7, 4), 4);
        assert_int_equal(utf8_prefix(text, 7, 3), 1);
        assert_int_equal(utf8_prefix(text, 7, 0), 0);
        assert_int_equal(utf8_prefix(text, 7, 99), 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_characters_of_each_length_are_read),
                cmocka_unit_test(test_what_is_not_utf8_is_refused),
                cmocka_unit_test(test_chinese_is_two_cells_wide),
                cmocka_unit_test(test_a_prefix_never_cuts_a_character),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
