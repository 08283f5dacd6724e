/* SPDX-License-Identifier: MIT
 *
 * Was it what was expected?
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_JUDGE_H
#define VIGIL_CLI_RULE_TEST_JUDGE_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* Every expectation against the timeline. */
void rule_test_judge(struct rule_test_case *test, struct coverage *coverage);

#endif
