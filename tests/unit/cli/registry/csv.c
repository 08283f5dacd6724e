/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/registry/csv.h"

/* Return: the rows that the reader finds in @text, each as "line|cell|cell\n"; the caller frees it. */
static char *rows_of(const char *text, struct diag *diag) {
        struct csv *csv = NULL;
        struct csv_row row;
        char *ret = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&ret, &bytes);

        assert_non_null(out);
        if (csv_open(&csv, "f", text, strlen(text), diag) == 0) {
                while (csv_next(csv, &row) == 0) {
                        fprintf(out, "%d", row.line);
                        for (size_t i = 0; i < row.count; i++)
                                fprintf(out, "|%s", row.cells[i].text);
                        fputc('\n', out);
                }
        }
        csv_close(csv);
        fclose(out);
        return ret;
}

static void expect_rows(const char *text, const char *rows) {
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        char *got = rows_of(text, diag);

        assert_string_equal(got, rows);
        assert_int_equal(diag_errors(diag), 0);
        free(got);
        diag_free(diag);
}

/* Reading @text gives exactly one diagnostic, at this place, and the rows @rows. */
static void expect_complaint(const char *text, const char *code, int line, int column,
                             const char *rows) {
        struct diag *diag = NULL;
        struct diag_item item;

        assert_int_equal(diag_new(&diag), 0);
        char *got = rows_of(text, diag);

        assert_int_equal(diag_errors(diag), 1);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, code);
        assert_int_equal(item.mark.line, line);
        assert_int_equal(item.mark.column, column);
        assert_string_equal(got, rows);
        free(got);
        diag_free(diag);
}

static void test_rows_and_cells_come_in_order(void **state) {
        expect_rows("a,b\n1,2\n3,4\n", "1|a|b\n2|1|2\n3|3|4\n");
}

static void test_the_last_line_needs_no_line_end(void **state) {
        expect_rows("a,b\n1,2", "1|a|b\n2|1|2\n");
        expect_rows("a,b\n1,", "1|a|b\n2|1|\n");
}

static void test_crlf_and_a_byte_order_mark_are_fine(void **state) {
        expect_rows("\xef\xbb\xbf"
                    "a,b\r\n1,2\r\n",
                    "1|a|b\n2|1|2\n");
}

static void test_empty_lines_are_skipped_and_empty_cells_are_not(void **state) {
        expect_rows("a,b\n\n\r\n,\n", "1|a|b\n4||\n");
        expect_rows("", "");
}

static void test_quotes_keep_commas_line_ends_and_doubled_quotes(void **state) {
        expect_rows("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n\"two\nlines\",\"\"\nc,d\n",
                    "1|a|b\n2|x,y|he said \"no\"\n3|two\nlines|\n5|c|d\n");
}

static void test_a_row_longer_than_any_before_keeps_its_cells(void **state) {
        enum { CELLS = 300 };
        char text[CELLS * 20] = "", expected[CELLS * 20] = "1";

        for (int i = 0; i < CELLS; i++) {
                char cell[20];

                snprintf(cell, sizeof(cell), "%scell-%d", i ? "," : "", i);
                strcat(text, cell);
                snprintf(cell, sizeof(cell), "|cell-%d", i);
                strcat(expected, cell);
        }
        strcat(expected, "\n");
        expect_rows(text, expected);
}

static void test_an_unclosed_quote_costs_its_own_line_only(void **state) {
        expect_complaint("a,b\n1,\"2\n3,4\n", "G003", 2, 3, "1|a|b\n3|3|4\n");
}

static void test_a_quote_inside_a_plain_cell_is_named(void **state) {
        expect_complaint("a,b\n张\"三,2\n3,4\n", "G004", 2, 2, "1|a|b\n3|3|4\n");
}

static void test_text_after_a_closing_quote_is_named(void **state) {
        expect_complaint("a,b\n\"1\"2,2\n3,4\n", "G005", 2, 4, "1|a|b\n3|3|4\n");
}

static void test_a_row_with_more_or_fewer_cells_is_left_out(void **state) {
        expect_complaint("a,b\n1,2,3\n3,4\n", "G006", 2, 0, "1|a|b\n3|3|4\n");
        expect_complaint("a,b\n1\n3,4\n", "G006", 2, 0, "1|a|b\n3|3|4\n");
}

static void test_gbk_utf16_and_control_characters_end_it_at_once(void **state) {
        expect_complaint("a,b\n\xbb\xa4\xc0\xed,2\n", "G001", 2, 1, "");
        expect_complaint("\xff\xfe"
                         "a",
                         "G001", 1, 1, "");
        expect_complaint("a,b\n1,\x01\n", "G002", 2, 3, "");
}

static void test_a_lone_carriage_return_is_part_of_the_cell(void **state) {
        expect_rows("a,b\n1\r1,2\n", "1|a|b\n2|1\r1|2\n");
}

static void test_the_mark_counts_characters_and_covers_the_quotes(void **state) {
        struct diag *diag = NULL;
        struct csv *csv = NULL;
        struct csv_row row;
        static const char text[] = "a,b,c\n李国强,\"x,y\",z\n";

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(csv_open(&csv, "f", text, sizeof(text) - 1, diag), 0);
        assert_int_equal(csv_next(csv, &row), 0);
        assert_int_equal(csv_next(csv, &row), 0);
        assert_int_equal(row.cells[0].mark.columns, 3);
        assert_int_equal(row.cells[1].mark.column, 5);
        assert_int_equal(row.cells[1].mark.columns, 5);
        assert_int_equal(row.cells[2].mark.column, 11);
        assert_int_equal(row.cells[0].bytes, 9);
        csv_close(csv);
        diag_free(diag);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows_and_cells_come_in_order),
                cmocka_unit_test(test_the_last_line_needs_no_line_end),
                cmocka_unit_test(test_crlf_and_a_byte_order_mark_are_fine),
                cmocka_unit_test(test_empty_lines_are_skipped_and_empty_cells_are_not),
                cmocka_unit_test(test_quotes_keep_commas_line_ends_and_doubled_quotes),
                cmocka_unit_test(test_a_row_longer_than_any_before_keeps_its_cells),
                cmocka_unit_test(test_an_unclosed_quote_costs_its_own_line_only),
                cmocka_unit_test(test_a_quote_inside_a_plain_cell_is_named),
                cmocka_unit_test(test_text_after_a_closing_quote_is_named),
                cmocka_unit_test(test_a_row_with_more_or_fewer_cells_is_left_out),
                cmocka_unit_test(test_gbk_utf16_and_control_characters_end_it_at_once),
                cmocka_unit_test(test_a_lone_carriage_return_is_part_of_the_cell),
                cmocka_unit_test(test_the_mark_counts_characters_and_covers_the_quotes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
