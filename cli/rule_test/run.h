/* SPDX-License-Identifier: MIT
 *
 * Runs one test: the live engine, alert book and ladders on a simulated clock.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_RUN_H
#define VIGIL_CLI_RULE_TEST_RUN_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* Run @test from its start to its end. A step that cannot be performed becomes a failure of the test. Return: 0 or
 * -ENOMEM. */
int rule_test_run_case(struct rule_test_case *test, struct coverage *coverage);

#endif
