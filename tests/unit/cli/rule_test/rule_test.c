/* SPDX-License-Identifier: MIT
 *
 * `vigil test`: tests that pass (data/rule_test), tests in which every expectation is wrong, and files with one error
 * each (data/rule_test_bad), named after the error, with the expected diagnostics beside them. Runs in the folder data.
 * RULE_TEST_WRITE=1 writes the diagnostics found into those files; read them before you commit.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rule_test/print_machine.h"
#include "cli/rule_test/print_table.h"
#include "cli/rule_test/suite.h"
#include "tests/unit/common/chinese.h"
#include "tests/unit/common/unit.h"

enum { BAD_FILES_MIN = 30 };

/* --- texts -------------------------------------------------------------------------------------- */

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

static bool is_as_written(const char *path, const char *said) {
        char *expected;
        bool same;

        if (getenv("RULE_TEST_WRITE")) {
                FILE *out = fopen(path, "w");

                assert_non_null(out);
                fputs(said, out);
                assert_int_equal(fclose(out), 0);
        }
        expected = file_text(path);
        same = expected && strcmp(expected, said) == 0;
        if (!same)
                fprintf(stderr, "# %s: expected\n%s# said\n%s", path,
                        expected ? expected : "(no such file)\n", said);
        free(expected);
        return same;
}

static struct rule_test_suite *suite_run_in(const char *path, const struct language *language) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(rule_test_suite_load(&suite, &path, 1, diag), 0);
        assert_int_equal(rule_test_suite_run(suite, NULL, language), 0);
        diag_free(diag);
        return suite;
}

static struct rule_test_suite *suite_run(const char *path) {
        return suite_run_in(path, NULL);
}

typedef void (*printer)(const struct rule_test_suite *suite, FILE *stream);

static char *printed(const struct rule_test_suite *suite, printer print) {
        char *text = NULL;
        size_t bytes;
        FILE *stream = open_memstream(&text, &bytes);

        assert_non_null(stream);
        print(suite, stream);
        assert_int_equal(fclose(stream), 0);
        return text;
}

static void print_uncovered(const struct rule_test_suite *suite, FILE *stream) {
        coverage_print_uncovered(suite->coverage, NULL, stream);
}

static void print_coverage(const struct rule_test_suite *suite, FILE *stream) {
        rule_test_print_table(suite, &(struct rule_test_print){.coverage = true}, stream);
}

/* --- tests -------------------------------------------------------------------------------------- */

static void test_c3_rules_have_tests_in_a_file_and_what_is_right_holds(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test");
        const struct rule_test_suite_totals *totals = rule_test_suite_totals(suite);
        char *tap = printed(suite, rule_test_print_tap);

        if (totals->failed)
                fputs(tap, stderr);
        assert_int_equal(totals->files, 3);
        assert_int_equal(totals->failed, 0);
        assert_int_equal(totals->skipped, 1);
        assert_true(totals->passed >= 37);
        assert_non_null(strstr(tap, " - a recording that is not here # SKIP "
                                    "rule_test/not-there.csv is not there"));
        free(tap);
        rule_test_suite_free(suite);
}

static void passes(const char *path, const char *sentence) {
        struct rule_test_suite *suite = suite_run(path);
        char *tap = printed(suite, rule_test_print_tap);
        const char *at = strstr(tap, sentence);

        assert_non_null(at);
        while (at > tap && at[-1] != '\n')
                at--;
        assert_int_equal(strncmp(at, "ok ", 3), 0);
        free(tap);
        rule_test_suite_free(suite);
}

static void test_c4_tests_run_at_chosen_local_dates_over_changes_of_the_clocks(void **state) {
        passes("rule_test/london.test.yaml", "clocks go back, and eight quiet hours");
        passes("rule_test/london.test.yaml", "clocks go forward, and eight quiet hours");
        passes("rule_test/more.test.yaml", "a holiday, a Sunday, and any other day");
}

static void test_c5_one_test_goes_from_events_to_escalation(void **state) {
        passes("rule_test/more.test.yaml",
               "from events through grouping, inhibition and routing to escalation");
}

static void test_every_branch_a_rule_can_have_is_gone_through(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test/more.test.yaml");
        char *uncovered = printed(suite, print_uncovered);

        assert_string_equal(uncovered, "");
        assert_true(coverage_pct(suite->coverage) == 100);
        free(uncovered);
        rule_test_suite_free(suite);
}

static void test_every_expectation_fails_where_it_is_wrong_and_says_what_is(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test/failing.yaml");
        char *tap = printed(suite, rule_test_print_tap);

        assert_int_equal(rule_test_suite_totals(suite)->passed, 0);
        assert_int_equal(rule_test_suite_totals(suite)->failed, 7);
        assert_true(is_as_written("rule_test/failing.txt", tap));
        free(tap);
        rule_test_suite_free(suite);
}

static void test_failures_are_told_in_chinese_too(void **state) {
        struct rule_test_suite *suite = suite_run_in("rule_test/failing.yaml", chinese());
        char *tap = printed(suite, rule_test_print_tap);

        assert_true(is_as_written("rule_test/failing.zh.txt", tap));
        free(tap);
        rule_test_suite_free(suite);
}

static void test_c6_what_no_test_went_through_is_named_with_its_line(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test/london.test.yaml");
        char *uncovered = printed(suite, print_uncovered);
        double pct = coverage_pct(suite->coverage);

        assert_true(pct > 20 && pct < 50);
        assert_true(is_as_written("rule_test/uncovered.txt", uncovered));
        free(uncovered);
        rule_test_suite_free(suite);
}

static void test_a_rule_that_was_held_back_is_counted_apart(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test");
        char *table = printed(suite, print_coverage);

        /* Raised three times, held three times, and both branches were covered. */
        assert_non_null(strstr(table, "  fall                                    3        3      "
                                      "2/2    100 %"));
        /* No rule uses this ladder, so it need not be covered. */
        assert_null(strstr(table, "nobodys"));
        free(table);
        rule_test_suite_free(suite);
}

/* Run one test, which must pass. Return: what it leaves uncovered; the caller frees it. */
static char *uncovered_by(const char *test) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        char text[1024], *uncovered;

        snprintf(text, sizeof(text), "rules: [ 20-more.yaml ]\ntests:\n  - name: t\n%s", test);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(
                rule_test_suite_parse(&suite, "rule_test/t.test.yaml", text, strlen(text), diag),
                0);
        assert_int_equal(rule_test_suite_run(suite, NULL, NULL), 0);
        assert_int_equal(rule_test_suite_totals(suite)->passed, 1);
        uncovered = printed(suite, print_uncovered);
        rule_test_suite_free(suite);
        diag_free(diag);
        return uncovered;
}

static void leaves_uncovered(const char *test, const char *what) {
        char *uncovered = uncovered_by(test);

        assert_non_null(strstr(uncovered, what));
        free(uncovered);
}

static void test_what_only_seems_gone_through_is_not_counted(void **state) {
        /* Nothing was raised by day, so the slot is uncovered although the expectation lasts two days. */
        leaves_uncovered("    expect:\n      - { none: any, to: 2d }\n",
                         "by-day: time slot never reached: 08:00–20:00");
        /* The override of the elder replaced that of the city. */
        leaves_uncovered("    elder: E7\n"
                         "    events:\n      - { at: 0s, vital: blood_glucose, value: 12.5 }\n"
                         "    expect:\n      - { at: 0s, raised: glucose }\n",
                         "glucose: override never used: city");
        /* The fall comes after the time of the expectation. */
        leaves_uncovered("    events:\n      - { at: 1h, event: fall }\n"
                         "    expect:\n      - { none: radar-fall, to: 30m }\n",
                         "radar-fall: never dismissed");
        /* The fall comes before the time of the expectation. */
        leaves_uncovered("    events:\n      - { at: 0s, event: fall }\n"
                         "    expect:\n      - { none: radar-fall, from: 10m }\n",
                         "radar-fall: never dismissed");
        /* Nothing was raised before, so no cooldown was running. */
        leaves_uncovered("    expect:\n      - { none: any, to: 30m }\n",
                         "fault: never within its cooldown");
        leaves_uncovered("    expect:\n      - { none: any, to: 30m }\n",
                         "mains: never inhibited by smoke");
}

/* Run one test with these events and this expectation. Return: whether it passes. */
static bool does_pass(const char *events, const char *expect) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        char text[1024];
        bool passed;

        snprintf(text, sizeof(text),
                 "tests:\n  - name: t\n    at: \"2026-11-25 01:00\"\n"
                 "    elder: { conditions: [ dementia ] }\n"
                 "    events: [ %s ]\n    expect: [ %s ]\n",
                 events, expect);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(rule_test_suite_parse(&suite, VIGIL_CONFIGS "/rules/t.test.yaml", text,
                                               strlen(text), diag),
                         0);
        assert_int_equal(rule_test_suite_run(suite, NULL, NULL), 0);
        passed = rule_test_suite_totals(suite)->passed == 1;
        rule_test_suite_free(suite);
        diag_free(diag);
        return passed;
}

static void test_none_means_that_nothing_still_waits(void **state) {
        /* Confirmation period 30 s, then hold 20 s. */
        static const char unsure[] = "{ at: 0s, event: fall, confidence: 0.69 }";

        assert_false(does_pass(unsure, "{ none: fall }"));
        assert_false(does_pass(unsure, "{ none: any }"));
        assert_false(does_pass(unsure, "{ pages: 0 }"));
        assert_true(does_pass(unsure, "{ none: fall, to: 49s }")); /* with an explicit end */
        assert_true(does_pass("{ at: 0s, event: fall, confidence: 0.49 }", "{ none: any }"));
        assert_true(does_pass(unsure, "{ raised: fall, at: 50s }"));
        /* Out of bed, and not back within the limit. */
        assert_false(does_pass("{ at: 0s, event: bed_out }", "{ none: night-wandering }"));
}

/* Run the YAML examples of a guide that are tests: whole files, or items of tests:. Return: how many there are. */
static int examples_run(const char *guide) {
        char *text = file_text(guide), *rest = text, *block;
        int count = 0;

        assert_non_null(text);
        while ((block = strstr(rest, "```yaml\n"))) {
                char *end = strstr(block + 8, "```");
                char *file = NULL;
                struct rule_test_suite *suite = NULL;
                struct diag *diag = NULL;

                assert_non_null(end);
                *end = '\0';
                rest = end + 3;
                block += 8;
                if (strncmp(block, "    ", 4) == 0)
                        continue;
                assert_true(asprintf(&file, "%s%s", strncmp(block, "  -", 3) == 0 ? "tests:\n" : "",
                                     block) > 0);
                assert_int_equal(diag_new(&diag), 0);
                assert_int_equal(rule_test_suite_parse(&suite,
                                                       VIGIL_CONFIGS "/rules/guide.test.yaml", file,
                                                       strlen(file), diag),
                                 0);
                assert_int_equal(rule_test_suite_run(suite, NULL, NULL), 0);
                assert_int_equal(rule_test_suite_totals(suite)->failed, 0);
                assert_int_equal(rule_test_suite_totals(suite)->passed, 1);
                rule_test_suite_free(suite);
                diag_free(diag);
                free(file);
                count++;
        }
        free(text);
        return count;
}

static void test_the_examples_of_the_guide_hold_for_the_sample_rules(void **state) {
        assert_int_equal(examples_run(VIGIL_CONFIGS "/../docs/rule-tests.md"), 5);
        assert_int_equal(examples_run(VIGIL_CONFIGS "/../docs/rule-tests.zh.md"), 5);
}

/* Replace the digits of run times, which differ from run to run. */
static void times_hide(char *xml) {
        for (char *at = xml; (at = strstr(at, " time=\"")); at++) {
                for (char *digit = at + 7; *digit != '"'; digit++)
                        *digit = '0';
        }
}

static void test_junit_names_file_line_and_failure(void **state) {
        struct rule_test_suite *suite = suite_run("rule_test/failing.yaml");
        char *xml = printed(suite, rule_test_print_junit);

        times_hide(xml);
        assert_true(is_as_written("rule_test/failing.xml", xml));
        free(xml);
        rule_test_suite_free(suite);
}

static char *said_about(const char *path) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        char *text = NULL;
        size_t bytes;
        FILE *stream = open_memstream(&text, &bytes);

        assert_non_null(stream);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(rule_test_suite_load(&suite, &path, 1, diag), RULE_TEST_SUITE_REFUSED);
        assert_null(suite);
        diag_print(diag, stream, false);
        diag_free(diag);
        assert_int_equal(fclose(stream), 0);
        return text;
}

static void test_every_mistake_in_a_file_is_named_at_its_place(void **state) {
        DIR *folder = opendir("rule_test_bad");
        const struct dirent *entry;
        int files = 0, wrong = 0;

        assert_non_null(folder);
        while ((entry = readdir(folder))) {
                char path[512], expected[512];
                char *said, *suffix = strstr(entry->d_name, ".test.yaml");

                if (!suffix)
                        continue;
                snprintf(path, sizeof(path), "rule_test_bad/%s", entry->d_name);
                snprintf(expected, sizeof(expected), "rule_test_bad/%.*s.txt",
                         (int)(suffix - entry->d_name), entry->d_name);
                said = said_about(path);
                wrong += !is_as_written(expected, said);
                free(said);
                files++;
        }
        closedir(folder);
        assert_true(files >= BAD_FILES_MIN);
        assert_int_equal(wrong, 0);
}

/* Does @text have a Chinese character? */
static bool is_chinese(const char *text) {
        for (; *text; text++) {
                if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
                        return true;
        }
        return false;
}

/* Is this a code of common/files/yaml.h, which reads keys and values? */
static bool is_of_yaml(const char *code) {
        return code[0] != 'T' || strcmp(code, "T001") == 0 || strcmp(code, "T008") == 0;
}

static void complains_in_chinese(const char *path) {
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        struct diag_item item;

        assert_int_equal(diag_new(&diag), 0);
        diag_speak(diag, chinese());
        assert_int_equal(rule_test_suite_load(&suite, &path, 1, diag), RULE_TEST_SUITE_REFUSED);
        for (size_t i = 0; diag_at(diag, i, &item); i++) {
                if (!is_of_yaml(item.code) && !is_chinese(item.message))
                        fail_msg("%s: %s", path, item.message);
        }
        diag_free(diag);
}

static void test_every_complaint_about_a_test_file_has_its_chinese(void **state) {
        DIR *folder = opendir("rule_test_bad");
        const struct dirent *entry;

        assert_non_null(folder);
        while ((entry = readdir(folder))) {
                char path[512];

                snprintf(path, sizeof(path), "rule_test_bad/%s", entry->d_name);
                if (strstr(entry->d_name, ".test.yaml"))
                        complains_in_chinese(path);
        }
        closedir(folder);
}

static void test_a_folder_without_tests_is_refused(void **state) {
        char *said = said_about("registry");

        assert_non_null(strstr(said, "error[T009]: there is not a single test here"));
        free(said);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_c3_rules_have_tests_in_a_file_and_what_is_right_holds),
                cmocka_unit_test(
                        test_c4_tests_run_at_chosen_local_dates_over_changes_of_the_clocks),
                cmocka_unit_test(test_c5_one_test_goes_from_events_to_escalation),
                cmocka_unit_test(test_every_branch_a_rule_can_have_is_gone_through),
                cmocka_unit_test(test_every_expectation_fails_where_it_is_wrong_and_says_what_is),
                cmocka_unit_test(test_failures_are_told_in_chinese_too),
                cmocka_unit_test(test_c6_what_no_test_went_through_is_named_with_its_line),
                cmocka_unit_test(test_a_rule_that_was_held_back_is_counted_apart),
                cmocka_unit_test(test_what_only_seems_gone_through_is_not_counted),
                cmocka_unit_test(test_the_examples_of_the_guide_hold_for_the_sample_rules),
                cmocka_unit_test(test_junit_names_file_line_and_failure),
                cmocka_unit_test(test_every_mistake_in_a_file_is_named_at_its_place),
                cmocka_unit_test(test_every_complaint_about_a_test_file_has_its_chinese),
                cmocka_unit_test(test_a_folder_without_tests_is_refused),
                cmocka_unit_test(test_none_means_that_nothing_still_waits),
        };

        return cmocka_run_group_tests_name("rule tests", tests, NULL, NULL);
}
