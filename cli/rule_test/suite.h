/* SPDX-License-Identifier: MIT
 *
 * Rule tests: *.test.yaml files run against the shipped engine, ladders and pages on a virtual clock.
 *
 * Nothing here judges a reading, chooses a team or climbs a ladder: rules/lang loads the rules,
 * rules/eval judges, alerting/response and alerting/route decide who is paged. A test says what goes in
 * and what must come out; the clock jumps from what is due to what is due next. Grammar and worked
 * examples: docs/rule-tests.md.
 *
 *      suite.c             all of it, in order
 *      read/read.c         a test file and its tests
 *      read/read_world.c   who lives there
 *      read/read_input.c   events, changes, answers    read/read_expect.c  what is expected
 *      run.c               the virtual clock           recipients.c        who is paged, and answers
 *      timeline/           what happened               judge.c             was it what was expected
 *      coverage_read.c     what there is to go through coverage.c          what was
 *      print_*.c           for people and machines
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

/* @paths: test files, or folders in which every *.test.yaml is one, in name order.
 * Return: 0 and *ret (rule_test_suite_free()); RULE_TEST_SUITE_REFUSED when the diag holds errors; -ENOMEM. */
enum { RULE_TEST_SUITE_REFUSED = TEST_FILE_REFUSED };
int rule_test_suite_load(struct rule_test_suite **ret, const char *const *paths, size_t path_count,
                         struct diag *diag);
/* The same from text in memory, for fuzzing. What @text refers to is sought beside @file. */
int rule_test_suite_parse(struct rule_test_suite **ret, const char *file, const char *text,
                          size_t text_bytes, struct diag *diag);
struct rule_test_suite *rule_test_suite_free(struct rule_test_suite *suite);

/* Run every test whose name contains @only (NULL: all). @english: what failures are told in, else
 * Chinese. Return: 0 or -ENOMEM. */
int rule_test_suite_run(struct rule_test_suite *suite, const char *only,
                        const struct language *language);

const struct rule_test_suite_totals *rule_test_suite_totals(const struct rule_test_suite *suite);

#endif
