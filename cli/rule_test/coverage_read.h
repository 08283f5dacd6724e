/* SPDX-License-Identifier: MIT
 *
 * What there is to go through, read from rule files and ladders.
 *
 * Thread: one. Blocks: reads files.
 */
#ifndef VIGIL_CLI_RULE_TEST_COVERAGE_READ_H
#define VIGIL_CLI_RULE_TEST_COVERAGE_READ_H

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"

/* What @file's rules and ladders have to offer; files known already are not read again.
 * Return: 0 or -ENOMEM. */
int coverage_read(struct coverage *coverage, const struct test_file *file);

#endif
