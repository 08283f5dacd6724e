/* SPDX-License-Identifier: MIT
 *
 * Rule tests: *.test.yaml files, run with the live engine, ladders and pages on a simulated clock.
 *
 * No logic is duplicated here: rules/lang loads the rules, rules/eval evaluates, alerting/response and
 * alerting/route decide who is paged. A test gives inputs and expected results; the clock jumps from one due time
 * to the next. Grammar and examples: docs/rule-tests.md.
 *
 *      suite.c             the whole, in order
 *      read/read.c         reads a test file and its tests
 *      read/read_world.c   builds the registry
 *      read/read_input.c   events, changes, answers    read/read_expect.c  expectations
 *      run.c               the simulated clock         recipients.c        pages and answers
 *      timeline/           what happened               judge.c             compares it with expectations
 *      coverage_read.c     the parts to cover          coverage.c          which were covered
 *      print_*.c           results as text and for programs
 *
 * Thread: one. Blocks: reads files; a test runs as fast as the engine does.
 */
#ifndef VIGIL_CLI_RULE_TEST_SUITE_H
#define VIGIL_CLI_RULE_TEST_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"
#include "common/files/diag.h"

struct language;

struct rule_test_suite_totals {
        size_t files, tests, passed, failed, skipped;
        uint64_t events;
        int64_t took_us;
};

struct rule_test_suite {
        struct test_file *files;
        size_t file_count;
        struct coverage *coverage;
        struct rule_test_suite_totals totals;
};

/* @paths: test files, or folders, of which every *.test.yaml is read in name order. Return: 0 and *ret, freed with
 * rule_test_suite_free(); RULE_TEST_SUITE_REFUSED when @diag holds errors; -ENOMEM. */
enum { RULE_TEST_SUITE_REFUSED = TEST_FILE_REFUSED };
int rule_test_suite_load(struct rule_test_suite **ret, const char *const *paths, size_t path_count,
                         struct diag *diag);
/* The same from text in memory, for fuzzing. Paths in @text are relative to @file. */
int rule_test_suite_parse(struct rule_test_suite **ret, const char *file, const char *text,
                          size_t text_bytes, struct diag *diag);
struct rule_test_suite *rule_test_suite_free(struct rule_test_suite *suite);

/* Run every test whose name contains @only (NULL: all). @language: of the failures (NULL: English). Return: 0 or
 * -ENOMEM. */
int rule_test_suite_run(struct rule_test_suite *suite, const char *only,
                        const struct language *language);

const struct rule_test_suite_totals *rule_test_suite_totals(const struct rule_test_suite *suite);

#endif
