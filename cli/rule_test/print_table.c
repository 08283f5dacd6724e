/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/print_table.h"

#include <stdlib.h>
#include <string.h>

#include "cli/term/table.h"
#include "common/language/say.h"

enum { LINES_FAILED = 40, LINES_VERBOSE = 400 };

struct printing {
        const struct rule_test_suite *suite;
        const struct rule_test_print *how;
        FILE *stream;
};

/* --- tests -------------------------------------------------------------------------------------- */

static void test_print(const struct printing *printing, const struct rule_test_case *test) {
        static const char *const words[] = {[RULE_TEST_PASSED] = N_("ok  "),
                                            [RULE_TEST_FAILED] = N_("FAIL"),
                                            [RULE_TEST_SKIPPED] = N_("skip")};
        static const char *const colours[] = {[RULE_TEST_PASSED] = "\033[32m",
                                              [RULE_TEST_FAILED] = "\033[1;31m",
                                              [RULE_TEST_SKIPPED] = "\033[33m"};
        bool failed = test->outcome == RULE_TEST_FAILED;
        FILE *stream = printing->stream;

        fprintf(stream, "  %s%s%s  %s", printing->how->colour ? colours[test->outcome] : "",
                say(printing->how->language, words[test->outcome]),
                printing->how->colour ? "\033[0m" : "", test->name);
        if (test->outcome == RULE_TEST_SKIPPED)
                fprintf(stream, "  (%s)", test->skipped);
        fputc('\n', stream);
        if (test->failures)
                diag_print(test->failures, stream, printing->how->colour);
        if (!test->timeline || !(failed || printing->how->verbose))
                return;
        fprintf(stream, "      %s\n", say(printing->how->language, "what happened:"));
        timeline_print(test->timeline, test->file->zone, printing->how->language,
                       failed ? LINES_FAILED : LINES_VERBOSE, "        ", stream);
}

static void file_print(const struct printing *printing, const struct test_file *file) {
        bool any = false;

        for (size_t i = 0; i < file->test_count; i++) {
                if (!file->tests[i].chosen)
                        continue;
                if (!any)
                        fprintf(printing->stream, "%s\n", file->path);
                any = true;
                test_print(printing, &file->tests[i]);
        }
        if (any && !file->ladders_path)
                fprintf(printing->stream, "  %s\n",
                        say(printing->how->language,
                            "no escalation.yaml was found: every page goes to the desk \"desk\""));
}

/* --- coverage ----------------------------------------------------------------------------------- */

static void owner_add(struct term_table *table, const struct coverage_item *first, size_t count,
                      size_t all) {
        bool is_rule = first->kind == COVERAGE_RAISED;

        term_table_row(table);
        term_table_cell(table, "  %s", first->owner);
        if (is_rule) {
                term_table_cell(table, "%zu", first->hits);
                term_table_cell(table, "%zu", first->held);
        } else {
                term_table_cell(table, " ");
                term_table_cell(table, " ");
        }
        term_table_cell(table, "%zu/%zu", count, all);
        term_table_cell(table, "%.0f %%", 100.0 * (double)count / (double)all);
}

/* The items of one rule or ladder are consecutive. */
static void owners_add(const struct coverage *coverage, struct term_table *table) {
        const char *file = "";

        for (size_t i = 0; i < coverage->count;) {
                const struct coverage_item *first = &coverage->items[i];
                size_t hit = 0, all = 0;

                if (strcmp(file, first->file) != 0)
                        term_table_line(table, first->file);
                file = first->file;
                for (; i < coverage->count; i++, all++) {
                        const struct coverage_item *item = &coverage->items[i];

                        if (item->file != first->file || strcmp(item->owner, first->owner) != 0)
                                break;
                        hit += item->hits > 0;
                }
                owner_add(table, first, hit, all);
        }
}

static int coverage_print(const struct printing *printing) {
        const struct language *language = printing->how->language;
        const struct term_table_column columns[] = {{say(language, "coverage"), 34, false},
                                                    {say(language, "raised"), 8, true},
                                                    {say(language, "held"), 8, true},
                                                    {say(language, "parts"), 8, true},
                                                    {"", 8, true}};
        struct term_table *table =
                term_table_new("", columns, sizeof(columns) / sizeof(columns[0]));
        int r;

        owners_add(printing->suite->coverage, table);
        fputc('\n', printing->stream);
        r = term_table_print(table, printing->stream);
        term_table_free(table);
        fprintf(printing->stream, "%s %.1f %%\n", say(language, "all"),
                coverage_pct(printing->suite->coverage));
        return r;
}

int rule_test_print_table(const struct rule_test_suite *suite, const struct rule_test_print *how,
                          FILE *stream) {
        const struct printing printing = {suite, how, stream};
        const struct rule_test_suite_totals *totals = &suite->totals;
        int r = 0;

        for (size_t i = 0; i < suite->file_count; i++)
                file_print(&printing, &suite->files[i]);
        if (how->coverage)
                r = coverage_print(&printing);
        fprintf(stream,
                say(how->language,
                    "%zu of %zu tests passed, %zu failed, %zu skipped; %llu events in %.2f s\n"),
                totals->passed, totals->tests, totals->failed, totals->skipped,
                (unsigned long long)totals->events, (double)totals->took_us / 1e6);
        return r;
}
