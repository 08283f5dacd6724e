/* SPDX-License-Identifier: MIT
 *
 * Compares the result of a test with its expectations.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_JUDGE_H
#define VIGIL_CLI_RULE_TEST_JUDGE_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* Check every expectation of @test against its timeline; one that is not met becomes a failure of the test. */
void rule_test_judge(struct rule_test_case *test, struct coverage *coverage);

#endif
