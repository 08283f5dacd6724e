/* SPDX-License-Identifier: MIT */
#include "common/files/diag.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/unit.h"

static struct diag *fresh(const char *text) {
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(diag_file(diag, "a.yaml", text, strlen(text)), 0);
        return diag;
}

/* Return: what diag_print() writes; the caller frees it. Frees @diag. */
static char *printed(struct diag *diag, bool colour) {
        char *text = NULL;
        size_t bytes;
        FILE *stream = open_memstream(&text, &bytes);

        assert_non_null(stream);
        diag_print(diag, stream, colour);
        assert_int_equal(fclose(stream), 0);
        diag_free(diag);
        return text;
}

static void assert_printed(struct diag *diag, const char *wanted) {
        char *text = printed(diag, false);

        assert_string_equal(text, wanted);
        free(text);
}

static void test_a_complaint_shows_line_caret_and_help(void **state) {
        struct diag *diag = fresh("when:\n  claer_below: 110\n");

        diag_add(diag, DIAG_ERROR, "R012", "a.yaml", (struct diag_mark){2, 3, 11},
                 "did you mean \"clear_below\"?", "unknown key \"%s\" in when", "claer_below");
        assert_printed(diag, "a.yaml:2:3: error[R012]: unknown key \"claer_below\" in when\n"
                             "    2 |   claer_below: 110\n"
                             "      |   ^^^^^^^^^^^\n"
                             "      = help: did you mean \"clear_below\"?\n");
}

static void test_the_caret_is_two_cells_wide_under_chinese(void **state) {
        struct diag *diag = fresh("标题：跌倒 x\n");

        diag_add(diag, DIAG_ERROR, "R002", "a.yaml", (struct diag_mark){1, 3, 1}, NULL, "colon");
        diag_add(diag, DIAG_WARNING, "W001", "a.yaml", (struct diag_mark){1, 7, 1}, NULL, "x");
        assert_printed(diag, "a.yaml:1:3: error[R002]: colon\n"
                             "    1 | 标题：跌倒 x\n"
                             "      |     ^^\n"
                             "a.yaml:1:7: warning[W001]: x\n"
                             "    1 | 标题：跌倒 x\n"
                             "      |            ^\n");
}

static void test_a_caret_past_the_end_of_the_line_is_still_drawn(void **state) {
        struct diag *diag = fresh("a:\r\nb");

        diag_add(diag, DIAG_ERROR, "R001", "a.yaml", (struct diag_mark){1, 3, 0}, NULL, "end");
        assert_printed(diag, "a.yaml:1:3: error[R001]: end\n    1 | a:\n      |   ^\n");
}

static void test_complaints_come_sorted_by_file_line_and_column(void **state) {
        struct diag *diag = fresh("");
        static const struct {
                const char *file;
                int line, column;
        } added[] = {{"b", 1, 1}, {"a", 9, 1}, {"a", 2, 7}, {"a", 2, 3}, {"a", 0, 0}};
        static const char *const wanted[] = {"4", "3", "2", "1", "0"};
        struct diag_item item;

        for (size_t i = 0; i < 5; i++)
                diag_add(diag, DIAG_ERROR, "R001", added[i].file,
                         (struct diag_mark){added[i].line, added[i].column, 1}, NULL, "%zu", i);
        for (size_t i = 0; i < 5; i++) {
                assert_true(diag_at(diag, i, &item));
                assert_string_equal(item.message, wanted[i]);
        }
        assert_false(diag_at(diag, 5, &item));
        diag_free(diag);
}

static void test_equal_places_keep_the_order_of_adding(void **state) {
        struct diag *diag = fresh("");
        struct diag_item item;

        diag_add(diag, DIAG_ERROR, "R001", "a", (struct diag_mark){1, 1, 1}, NULL, "first");
        diag_add(diag, DIAG_WARNING, "R001", "a", (struct diag_mark){1, 1, 1}, NULL, "second");
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.message, "first");
        assert_int_equal(diag_errors(diag), 1);
        assert_int_equal(diag_warnings(diag), 1);
        diag_free(diag);
}

static void test_a_foreign_line_cannot_touch_the_terminal(void **state) {
        struct diag *diag = fresh("a\033[2Jb\xff\x9b\n");
        char *text;

        diag_add(diag, DIAG_ERROR, "R001", "a.yaml", (struct diag_mark){1, 1, 1}, NULL, "x");
        text = printed(diag, false);
        assert_null(strchr(text, '\033'));
        assert_null(strchr(text, '\xff'));
        free(text);
}

static void test_a_very_long_line_is_shown_around_its_caret(void **state) {
        char line[4001];
        struct diag *diag;
        char *text;

        memset(line, 'x', 4000);
        line[3000] = 'Y';
        line[4000] = '\0';
        diag = fresh(line);
        diag_add(diag, DIAG_ERROR, "R001", "a.yaml", (struct diag_mark){1, 3001, 1}, NULL, "x");
        text = printed(diag, false);

        char *shown = strstr(text, " | "), *caret = strchr(text, '^');

        if (!shown || !caret)
                fail();
        assert_true(strlen(text) < 600);
        assert_non_null(strchr(shown, 'Y'));
        /* The caret is under the Y, in the same column. */
        assert_int_equal(strchr(shown, 'Y') - shown, caret - strstr(shown + 3, " | "));
        free(text);
}

static void test_colours_only_when_asked(void **state) {
        struct diag *diag = fresh("x");
        char *text;

        diag_add(diag, DIAG_WARNING, "W001", "a.yaml", (struct diag_mark){1, 1, 1}, NULL, "x");
        text = printed(diag, true);
        assert_non_null(strstr(text, "\033[1;33m"));
        free(text);
}

static void test_a_file_without_text_shows_no_line(void **state) {
        struct diag *diag = fresh("x");

        diag_add(diag, DIAG_ERROR, "R008", "gone.yaml", (struct diag_mark){0, 0, 0}, "look",
                 "cannot read");
        assert_printed(diag, "gone.yaml: error[R008]: cannot read\n      = help: look\n");
}

static void test_the_nearest_word_is_at_most_two_slips_away(void **state) {
        static const char *const words[] = {"clear_below", "clear_above", "above",
                                            "below",       "for",         NULL};

        assert_string_equal(diag_nearest("claer_below", words),
                            "clear_below"); /* a swap counts as one edit */
        assert_string_equal(diag_nearest("abvoe", words), "above");
        assert_string_equal(diag_nearest("belo", words), "below");
        assert_string_equal(diag_nearest("forr", words), "for");
        assert_string_equal(diag_nearest("clear_belo", words), "clear_below");
        assert_null(diag_nearest("duration", words));
        assert_null(diag_nearest("xy", words)); /* two edits would replace all of it */
        assert_null(diag_nearest("", words));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_complaint_shows_line_caret_and_help),
                cmocka_unit_test(test_the_caret_is_two_cells_wide_under_chinese),
                cmocka_unit_test(test_a_caret_past_the_end_of_the_line_is_still_drawn),
                cmocka_unit_test(test_complaints_come_sorted_by_file_line_and_column),
                cmocka_unit_test(test_equal_places_keep_the_order_of_adding),
                cmocka_unit_test(test_a_foreign_line_cannot_touch_the_terminal),
                cmocka_unit_test(test_a_very_long_line_is_shown_around_its_caret),
                cmocka_unit_test(test_colours_only_when_asked),
                cmocka_unit_test(test_a_file_without_text_shows_no_line),
                cmocka_unit_test(test_the_nearest_word_is_at_most_two_slips_away),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
