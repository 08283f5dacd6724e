/* SPDX-License-Identifier: MIT
 *
 * Rule tests: *.test.yaml files run against the shipped engine, ladders and pages on a virtual clock.
 *
 * Nothing here judges a reading, chooses a team or climbs a ladder: rules/lang loads the rules,
 * rules/eval judges, alerting/response and alerting/route decide who is paged. A test says what goes in
 * and what must come out; the clock jumps from what is due to what is due next. Grammar and worked
 * examples: docs/rule-tests.md.
 *
 * Thread: one. Blocks: reads files; a test runs as fast as the engine does.
 */
#ifndef VIGIL_CLI_RULE_TEST_SUITE_H
#define VIGIL_CLI_RULE_TEST_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/diag.h"

struct rule_test_suite;

enum rule_test_outcome {
        RULE_TEST_PASSED,
        RULE_TEST_FAILED,
        RULE_TEST_SKIPPED, /* a sample file is not there */
};

struct rule_test_totals {
        size_t files, tests, passed, failed, skipped;
        uint64_t events;
        int64_t took_us;
};

/* @paths: test files, or folders in which every *.test.yaml is one, in name order.
 * Return: 0 and *ret (rule_test_free()); RULE_TEST_REFUSED when the diag holds errors; -ENOMEM. */
enum { RULE_TEST_REFUSED = 1 };
int rule_test_load(struct rule_test_suite **ret, const char *const *paths, size_t path_count,
                   struct diag *diag);
/* The same from text in memory, for fuzzing. What @text refers to is sought beside @file. */
int rule_test_parse(struct rule_test_suite **ret, const char *file, const char *text,
                    size_t text_bytes, struct diag *diag);
struct rule_test_suite *rule_test_free(struct rule_test_suite *suite);

/* Run every test whose name contains @only (NULL: all). @english: what failures are told in, else
 * Chinese. Return: 0 or -ENOMEM. */
int rule_test_run(struct rule_test_suite *suite, const char *only, bool english);

const struct rule_test_totals *rule_test_totals(const struct rule_test_suite *suite);

/* --- results ------------------------------------------------------------------------------------ */

struct rule_test_print {
        bool english;
        bool colour;
        bool verbose; /* the timeline of tests that passed, too */
        bool coverage;
};

void rule_test_print_table(const struct rule_test_suite *suite, const struct rule_test_print *how,
                           FILE *stream);
/* Test Anything Protocol 13. */
void rule_test_print_tap(const struct rule_test_suite *suite, FILE *stream);
/* JUnit XML as Jenkins and GitLab read it. */
void rule_test_print_junit(const struct rule_test_suite *suite, FILE *stream);
/* One JSON object on one line. Return: 0 or -ENOMEM. */
int rule_test_print_json(const struct rule_test_suite *suite, bool coverage, FILE *stream);

/* --- coverage ----------------------------------------------------------------------------------- */

/* What the tests that were run went through, in per cent of all there is in the rule files and the ladders
 * they name; 100 when there is nothing. */
double rule_test_coverage_pct(const struct rule_test_suite *suite);

/* A line for each thing no test went through: file:line:col: what. */
void rule_test_print_uncovered(const struct rule_test_suite *suite, bool english, FILE *stream);

#endif
