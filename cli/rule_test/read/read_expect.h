/* SPDX-License-Identifier: MIT
 *
 * Reads the expectations of a test.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_EXPECT_H
#define VIGIL_CLI_RULE_TEST_READ_READ_EXPECT_H

#include "cli/rule_test/read/reading.h"
#include "common/files/yaml.h"

/* Read the items of @list into reading->test. Errors are reported to the diag. Return: 0 or -ENOMEM. */
int rule_test_expects_read(struct rule_test_reading *reading, const struct yaml_node *list);

#endif
