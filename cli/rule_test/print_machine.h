/* SPDX-License-Identifier: MIT
 *
 * Prints the results of rule tests for other programs: TAP, JUnit XML and JSON.
 *
 * Thread: one. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_RULE_TEST_PRINT_MACHINE_H
#define VIGIL_CLI_RULE_TEST_PRINT_MACHINE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/rule_test/suite.h"

/* Test Anything Protocol 13. */
void rule_test_print_tap(const struct rule_test_suite *suite, FILE *stream);
/* JUnit XML as read by Jenkins and GitLab. */
void rule_test_print_junit(const struct rule_test_suite *suite, FILE *stream);
/* One JSON object on one line. Return: 0 or -ENOMEM. */
int rule_test_print_json(const struct rule_test_suite *suite, bool coverage, FILE *stream);

#endif
