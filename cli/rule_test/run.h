/* SPDX-License-Identifier: MIT
 *
 * One run of one test: the shipped engine, book and ladders around a clock that nothing but the test moves.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_RUN_H
#define VIGIL_CLI_RULE_TEST_RUN_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* From the test's start to its end. What cannot be done on the way becomes a failure of the test.
 * Return: 0 or -ENOMEM. */
int rule_test_run_case(struct rule_test_case *test, struct coverage *coverage);

#endif
