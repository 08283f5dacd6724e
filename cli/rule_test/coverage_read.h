/* SPDX-License-Identifier: MIT
 *
 * Reads the parts that coverage counts from rule files and ladders.
 *
 * Thread: one. Blocks: reads files.
 */
#ifndef VIGIL_CLI_RULE_TEST_COVERAGE_READ_H
#define VIGIL_CLI_RULE_TEST_COVERAGE_READ_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* Add the parts of @file's rules and ladders. A file that was read before is skipped. Return: 0 or -ENOMEM. */
int coverage_read(struct coverage *coverage, const struct test_file *file);

#endif
