/* SPDX-License-Identifier: MIT
 *
 * tests/rules: rule files with one error each, named after the error, and beside each the expected output of `vigil
 * check`. Runs in the root of the tree. LANG_FILES_WRITE=1 writes the actual output into those files; read it before
 * you commit.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/lang/check.h"
#include "rules/lang/lang.h"
#include "tests/unit/common/chinese.h"
#include "tests/unit/common/unit.h"

enum { FILES_MIN = 190 };

static const char *const ladders[] = {"sos-now",  "fall-now",  "hazard-now", "vital-now",
                                      "check-in", "technical", NULL};
static const int64_t today_ms = INT64_C(1795496400000); /* 2026-11-24 13:00 in Shanghai */

static char *file_text(const char *path) {
        FILE *file = fopen(path, "r");
        char *text = NULL;
        size_t room = 0;

        if (!file)
                return NULL;
        if (getdelim(&text, &room, '\0', file) < 0) {
                free(text);
                text = strdup("");
        }
        fclose(file);
        return text;
}

/* Return: the output of check for @file, with its exit code as the last line; the caller frees it. */
static char *said_about(const char *file) {
        struct lang_check_options options = {
                .load = {.paths = &file,
                         .path_count = 1,
                         .ladders = ladders,
                         .time_zone = "Asia/Shanghai",
                         .now_ms = today_ms},
                .strict = true,
        };
        char *text = NULL;
        size_t bytes;
        FILE *stream = open_memstream(&text, &bytes);

        assert_non_null(stream);
        fprintf(stream, "exit %d\n", lang_check(&options, stream));
        assert_int_equal(fclose(stream), 0);
        return text;
}

static bool says_what_is_expected(const char *file) {
        char path[300];
        char *said = said_about(file), *expected;
        bool same;

        snprintf(path, sizeof(path), "%.*s.txt", (int)(strlen(file) - strlen(".yaml")), file);
        if (getenv("LANG_FILES_WRITE")) {
                FILE *out = fopen(path, "w");

                assert_non_null(out);
                fputs(said, out);
                assert_int_equal(fclose(out), 0);
        }
        expected = file_text(path);
        same = expected && strcmp(said, expected) == 0;
        if (!same)
                print_message("--- %s: expected\n%s--- said\n%s", file,
                              expected ? expected : "(no .txt)\n", said);
        free(said);
        free(expected);
        return same;
}

static int is_rule_file(const struct dirent *entry) {
        size_t bytes = strlen(entry->d_name);

        return bytes > 5 && strcmp(entry->d_name + bytes - 5, ".yaml") == 0;
}

static void test_each_mistake_is_said_as_written_beside_it(void **state) {
        struct dirent **entries;
        int count, wrong = 0;

        assert_int_equal(chdir("tests/rules"), 0);
        count = scandir(".", &entries, is_rule_file, alphasort);
        assert_true(count >= FILES_MIN);
        for (int i = 0; i < count; i++) {
                wrong += !says_what_is_expected(entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(chdir("../.."), 0);
        assert_int_equal(wrong, 0);
}

/* Return: all diagnostics for @file in @language. */
static struct diag *complaints(const char *file, const struct language *language) {
        const struct lang_options options = {.paths = &file,
                                             .path_count = 1,
                                             .ladders = ladders,
                                             .time_zone = "Asia/Shanghai",
                                             .now_ms = today_ms};
        struct rule_set *rules = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        diag_speak(diag, language);
        lang_load(&rules, &options, diag, NULL);
        rule_set_free(rules);
        return diag;
}

/* Return: how many diagnostics for @file have the same text in both languages. */
static int untranslated(const char *file) {
        struct diag *english = complaints(file, NULL), *translated = complaints(file, chinese());
        struct diag_item in_english, in_chinese;
        int same = 0;

        for (size_t i = 0; diag_at(english, i, &in_english); i++) {
                assert_true(diag_at(translated, i, &in_chinese));
                assert_string_equal(in_english.code, in_chinese.code);
                if (strcmp(in_english.message, in_chinese.message) != 0 &&
                    (!in_english.help || strcmp(in_english.help, in_chinese.help) != 0))
                        continue;
                print_message("%s is not said in Chinese: %s (%s)\n", file, in_chinese.message,
                              in_chinese.help ? in_chinese.help : "");
                same++;
        }
        diag_free(english);
        diag_free(translated);
        return same;
}

static void test_each_mistake_is_said_in_chinese(void **state) {
        struct dirent **entries;
        int count, same = 0;

        assert_int_equal(chdir("tests/rules"), 0);
        count = scandir(".", &entries, is_rule_file, alphasort);
        assert_true(count >= FILES_MIN);
        for (int i = 0; i < count; i++) {
                same += untranslated(entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(chdir("../.."), 0);
        assert_int_equal(same, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_mistake_is_said_as_written_beside_it),
                cmocka_unit_test(test_each_mistake_is_said_in_chinese),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
