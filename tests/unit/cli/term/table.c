/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/term/table.h"
#include "cli/term/text.h"

static char *printed(struct term_table *table) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *stream = open_memstream(&text, &bytes);

        assert_non_null(stream);
        assert_int_equal(term_table_print(table, stream), 0);
        fclose(stream);
        term_table_free(table);
        return text;
}

static void expect(struct term_table *table, const char *wanted) {
        char *text = printed(table);

        assert_string_equal(text, wanted);
        free(text);
}

static void row(struct term_table *table, const char *name, int number, const char *note) {
        term_table_row(table);
        term_table_cell(table, "%s", name);
        term_table_cell(table, "%d", number);
        if (note)
                term_table_cell(table, "%s", note);
}

static void test_columns_are_at_least_as_wide_as_asked(void **state) {
        static const struct term_table_column columns[] = {
                {"NAME", 8, false}, {"COUNT", 7, true}, {"NOTE", 0, false}};
        struct term_table *table = term_table_new("", columns, 3);

        row(table, "a", 1, "x");
        row(table, "bc", 23, NULL);
        expect(table, "NAME       COUNT NOTE\n"
                      "a              1 x\n"
                      "bc            23\n");
}

static void test_a_title_or_a_cell_widens_its_column(void **state) {
        static const struct term_table_column columns[] = {{"IDENTITY", 2, false}, {"N", 0, true}};
        struct term_table *table = term_table_new("", columns, 2);

        row(table, "a", 1, NULL);
        row(table, "longer-than-that", 12345, NULL);
        expect(table, "IDENTITY             N\n"
                      "a                    1\n"
                      "longer-than-that 12345\n");
}

static void test_a_chinese_character_is_two_cells(void **state) {
        static const struct term_table_column columns[] = {{"规则", 8, false}, {"告警", 6, true}};
        struct term_table *table = term_table_new("  ", columns, 2);
        char *text, *rest, *line;

        row(table, "跌倒", 1, NULL);
        row(table, "fall", 22, NULL);
        row(table, "… → ● 中", 333, NULL);
        text = rest = printed(table);
        assert_non_null(strstr(text, "  规则       告警\n"));
        while ((line = strsep(&rest, "\n")) && *line)
                assert_int_equal(text_cells(line), 2 + 8 + 1 + 6);
        free(text);
}

static void test_without_titles_there_are_no_headings(void **state) {
        static const struct term_table_column columns[] = {{NULL, 6, false}, {NULL, 0, false}};
        struct term_table *table = term_table_new("  ", columns, 2);

        row(table, "elders", 300, NULL);
        row(table, "up", 1, NULL);
        expect(table, "  elders 300\n"
                      "  up     1\n");
        expect(term_table_new("  ", columns, 2), "");
}

static void test_without_rows_the_headings_stand(void **state) {
        static const struct term_table_column columns[] = {{"ID", 4, false}, {"ROLE", 0, false}};

        expect(term_table_new("", columns, 2), "ID   ROLE\n");
}

static void test_a_line_between_rows_takes_part_in_no_column(void **state) {
        static const struct term_table_column columns[] = {{"a", 3, false}, {"b", 3, true}};
        struct term_table *table = term_table_new("", columns, 2);

        term_table_line(table, "a path that is much longer than the table");
        row(table, "x", 1, NULL);
        term_table_line(table, "and another");
        row(table, "y", 2, NULL);
        term_table_line(table, "last");
        expect(table, "a     b\n"
                      "a path that is much longer than the table\n"
                      "x     1\n"
                      "and another\n"
                      "y     2\n"
                      "last\n");
}

static void test_what_a_cell_holds_cannot_touch_the_terminal(void **state) {
        static const struct term_table_column columns[] = {{"a", 0, false}, {"b", 0, false}};
        struct term_table *table = term_table_new("", columns, 2);
        char *text;

        term_table_row(table);
        term_table_cell(table, "\033[2J\n\r\a");
        term_table_cell(table, "\xff\xfe");
        text = printed(table);
        assert_null(strpbrk(text, "\033\r\a\xff\xfe"));
        assert_int_equal(strchr(strchr(text, '\n') + 1, '\n')[1], '\0'); /* two lines */
        free(text);
}

static void test_a_table_there_was_no_memory_for_is_told_when_printed(void **state) {
        term_table_row(NULL);
        term_table_cell(NULL, "x");
        term_table_line(NULL, "x");
        assert_true(term_table_print(NULL, stdout) < 0);
        assert_null(term_table_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_columns_are_at_least_as_wide_as_asked),
                cmocka_unit_test(test_a_title_or_a_cell_widens_its_column),
                cmocka_unit_test(test_a_chinese_character_is_two_cells),
                cmocka_unit_test(test_without_titles_there_are_no_headings),
                cmocka_unit_test(test_without_rows_the_headings_stand),
                cmocka_unit_test(test_a_line_between_rows_takes_part_in_no_column),
                cmocka_unit_test(test_what_a_cell_holds_cannot_touch_the_terminal),
                cmocka_unit_test(test_a_table_there_was_no_memory_for_is_told_when_printed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
