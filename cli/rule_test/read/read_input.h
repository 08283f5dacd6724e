/* SPDX-License-Identifier: MIT
 *
 * Reads the inputs of a test: events, changes, answers.
 *
 * Thread: one. Blocks: reads the files that a test names.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_INPUT_H
#define VIGIL_CLI_RULE_TEST_READ_READ_INPUT_H

#include "cli/rule_test/read/reading.h"
#include "common/files/yaml.h"

/* Read the items of @list into reading->test. Errors are reported to the diag. Return: 0 or -ENOMEM. */
int rule_test_events_read(struct rule_test_reading *reading, const struct yaml_node *list);
int rule_test_changes_read(struct rule_test_reading *reading, const struct yaml_node *list);
int rule_test_answers_read(struct rule_test_reading *reading, const struct yaml_node *list);

#endif
