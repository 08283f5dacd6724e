/* SPDX-License-Identifier: MIT
 *
 * TAP 13, JUnit XML and JSON.
 */
#include "cli/rule_test/print_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "common/base/err.h"
#include "common/base/utf8.h"

/* The failures of a test as text. Return: malloc'd; NULL when out of memory. */
static char *failures_text(const struct rule_test_case *test) {
        char *text = NULL;
        size_t bytes;
        FILE *stream = open_memstream(&text, &bytes);

        if (!stream)
                return NULL;
        if (test->failures)
                diag_print(test->failures, stream, false);
        if (test->timeline)
                timeline_print(test->timeline, test->file->zone, test->language, 100, "  ", stream);
        fclose(stream);
        return text;
}

/* --- TAP ---------------------------------------------------------------------------------------- */

/* Escape #, which would start a directive. */
static void tap_name(const char *name, FILE *stream) {
        for (; *name; name++) {
                if (*name == '#' || *name == '\\')
                        fputc('\\', stream);
                fputc(*name == '\n' ? ' ' : *name, stream);
        }
}

static void tap_failure(const struct rule_test_case *test, FILE *stream) {
        char *text = failures_text(test), *rest = text, *line;

        while (rest && (line = strsep(&rest, "\n"))) {
                if (*line)
                        fprintf(stream, "# %s\n", line);
        }
        free(text);
}

void rule_test_print_tap(const struct rule_test_suite *suite, FILE *stream) {
        size_t number = 0;

        fprintf(stream, "TAP version 13\n1..%zu\n", suite->totals.tests);
        for (size_t i = 0; i < suite->file_count; i++) {
                for (size_t t = 0; t < suite->files[i].test_count; t++) {
                        const struct rule_test_case *test = &suite->files[i].tests[t];

                        if (!test->chosen)
                                continue;
                        fprintf(stream, "%sok %zu - ",
                                test->outcome == RULE_TEST_FAILED ? "not " : "", ++number);
                        tap_name(test->name, stream);
                        if (test->outcome == RULE_TEST_SKIPPED)
                                fprintf(stream, " # SKIP %s", test->skipped);
                        fputc('\n', stream);
                        if (test->outcome == RULE_TEST_FAILED)
                                tap_failure(test, stream);
                }
        }
}

/* --- JUnit -------------------------------------------------------------------------------------- */

/* XML 1.0 cannot represent most control characters: write U+FFFD instead. */
static void xml_text(const char *text, FILE *stream) {
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;

                if (c == '<')
                        fputs("&lt;", stream);
                else if (c == '>')
                        fputs("&gt;", stream);
                else if (c == '&')
                        fputs("&amp;", stream);
                else if (c == '"')
                        fputs("&quot;", stream);
                else if (c < 0x20 && c != '\n' && c != '\t')
                        fputs("\xef\xbf\xbd", stream);
                else
                        fputc(c, stream);
        }
}

static void junit_test(const struct rule_test_case *test, FILE *stream) {
        fputs("    <testcase classname=\"", stream);
        xml_text(test->file->path, stream);
        fputs("\" name=\"", stream);
        xml_text(test->name, stream);
        fprintf(stream, "\" file=\"");
        xml_text(test->file->path, stream);
        fprintf(stream, "\" line=\"%d\" time=\"%.6f\"", test->node->mark.line,
                (double)test->took_us / 1e6);
        if (test->outcome == RULE_TEST_PASSED) {
                fputs("/>\n", stream);
                return;
        }
        if (test->outcome == RULE_TEST_SKIPPED) {
                fputs("><skipped message=\"", stream);
                xml_text(test->skipped, stream);
                fputs("\"/></testcase>\n", stream);
                return;
        }

        struct diag_item first = {.message = "failed"};
        char *text = failures_text(test);

        if (test->failures)
                diag_at(test->failures, 0, &first);
        fputs(">\n      <failure message=\"", stream);
        xml_text(first.message, stream);
        fputs("\">", stream);
        xml_text(text ? text : "", stream);
        fputs("</failure>\n    </testcase>\n", stream);
        free(text);
}

static void junit_file(const struct test_file *file, FILE *stream) {
        size_t tests = 0, failed = 0, skipped = 0;
        int64_t took_us = 0;

        for (size_t i = 0; i < file->test_count; i++) {
                const struct rule_test_case *test = &file->tests[i];

                tests += test->chosen;
                failed += test->chosen && test->outcome == RULE_TEST_FAILED;
                skipped += test->chosen && test->outcome == RULE_TEST_SKIPPED;
                took_us += test->took_us;
        }
        fputs("  <testsuite name=\"", stream);
        xml_text(file->path, stream);
        fprintf(stream,
                "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.6f\">\n",
                tests, failed, skipped, (double)took_us / 1e6);
        for (size_t i = 0; i < file->test_count; i++) {
                if (file->tests[i].chosen)
                        junit_test(&file->tests[i], stream);
        }
        fputs("  </testsuite>\n", stream);
}

void rule_test_print_junit(const struct rule_test_suite *suite, FILE *stream) {
        const struct rule_test_suite_totals *totals = &suite->totals;

        fprintf(stream,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<testsuites name=\"vigil test\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                "skipped=\"%zu\" time=\"%.6f\">\n",
                totals->tests, totals->failed, totals->skipped, (double)totals->took_us / 1e6);
        for (size_t i = 0; i < suite->file_count; i++)
                junit_file(&suite->files[i], stream);
        fputs("</testsuites>\n", stream);
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void json_failures(yyjson_mut_doc *doc, yyjson_mut_val *into,
                          const struct rule_test_case *test) {
        yyjson_mut_val *list = yyjson_mut_arr(doc);
        struct diag_item item;

        for (size_t i = 0; test->failures && diag_at(test->failures, i, &item); i++) {
                yyjson_mut_val *failure = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_strcpy(doc, failure, "code", item.code);
                yyjson_mut_obj_add_int(doc, failure, "line", item.mark.line);
                yyjson_mut_obj_add_int(doc, failure, "column", item.mark.column);
                yyjson_mut_obj_add_strcpy(doc, failure, "message", item.message);
        }
        yyjson_mut_obj_add_val(doc, into, "failures", list);
}

static void json_tests(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct test_file *file) {
        static const char *const outcomes[] = {[RULE_TEST_PASSED] = "passed",
                                               [RULE_TEST_FAILED] = "failed",
                                               [RULE_TEST_SKIPPED] = "skipped"};

        for (size_t i = 0; i < file->test_count; i++) {
                const struct rule_test_case *test = &file->tests[i];
                yyjson_mut_val *into;

                if (!test->chosen)
                        continue;
                into = yyjson_mut_arr_add_obj(doc, list);
                yyjson_mut_obj_add_str(doc, into, "file", file->path);
                yyjson_mut_obj_add_int(doc, into, "line", test->node->mark.line);
                yyjson_mut_obj_add_str(doc, into, "name", test->name);
                yyjson_mut_obj_add_str(doc, into, "outcome", outcomes[test->outcome]);
                yyjson_mut_obj_add_uint(doc, into, "events", test->events);
                yyjson_mut_obj_add_real(doc, into, "seconds", (double)test->took_us / 1e6);
                if (test->skipped)
                        yyjson_mut_obj_add_str(doc, into, "why", test->skipped);
                json_failures(doc, into, test);
        }
}

static void json_coverage(yyjson_mut_doc *doc, yyjson_mut_val *root,
                          const struct rule_test_suite *suite) {
        static const char *const kinds[] = {
                [COVERAGE_RAISED] = "raised",       [COVERAGE_CLEARED] = "cleared",
                [COVERAGE_CANCELLED] = "cancelled", [COVERAGE_SEVERITY] = "severity",
                [COVERAGE_UNLESS] = "unless",       [COVERAGE_INHIBITED] = "inhibited",
                [COVERAGE_DISMISSED] = "confirm",   [COVERAGE_RESTED] = "cooldown",
                [COVERAGE_SLOT] = "slot",           [COVERAGE_OVERRIDE] = "override",
                [COVERAGE_STEP] = "step",           [COVERAGE_TARGET] = "target"};
        yyjson_mut_val *list = yyjson_mut_arr(doc);

        for (size_t i = 0; i < suite->coverage->count; i++) {
                const struct coverage_item *item = &suite->coverage->items[i];
                yyjson_mut_val *into = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_str(doc, into, "file", item->file);
                yyjson_mut_obj_add_int(doc, into, "line", item->mark.line);
                yyjson_mut_obj_add_str(doc, into, "owner", item->owner);
                yyjson_mut_obj_add_str(doc, into, "part", kinds[item->kind]);
                if (item->word[0])
                        yyjson_mut_obj_add_str(doc, into, "word", item->word);
                if (item->step)
                        yyjson_mut_obj_add_int(doc, into, "step", item->step);
                yyjson_mut_obj_add_uint(doc, into, "times", item->hits);
                if (item->kind == COVERAGE_RAISED)
                        yyjson_mut_obj_add_uint(doc, into, "held", item->held);
        }
        yyjson_mut_obj_add_real(doc, root, "coverage_pct", coverage_pct(suite->coverage));
        yyjson_mut_obj_add_val(doc, root, "coverage", list);
}

int rule_test_print_json(const struct rule_test_suite *suite, bool coverage, FILE *stream) {
        const struct rule_test_suite_totals *totals = &suite->totals;
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc), *tests = yyjson_mut_arr(doc);
        char *text;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_uint(doc, root, "passed", totals->passed);
        yyjson_mut_obj_add_uint(doc, root, "failed", totals->failed);
        yyjson_mut_obj_add_uint(doc, root, "skipped", totals->skipped);
        yyjson_mut_obj_add_uint(doc, root, "events", totals->events);
        yyjson_mut_obj_add_real(doc, root, "seconds", (double)totals->took_us / 1e6);
        for (size_t i = 0; i < suite->file_count; i++)
                json_tests(doc, tests, &suite->files[i]);
        yyjson_mut_obj_add_val(doc, root, "tests", tests);
        if (coverage)
                json_coverage(doc, root, suite);
        text = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
        yyjson_mut_doc_free(doc);
        if (!text)
                return err_raise(-ENOMEM);
        fprintf(stream, "%s\n", text);
        free(text);
        return 0;
}
