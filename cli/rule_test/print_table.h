/* SPDX-License-Identifier: MIT
 *
 * Prints the results of rule tests as text.
 *
 * Thread: one. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_RULE_TEST_PRINT_TABLE_H
#define VIGIL_CLI_RULE_TEST_PRINT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/rule_test/suite.h"

struct language;

struct rule_test_print {
        const struct language *language;
        bool colour;
        bool verbose; /* also the timeline of passed tests */
        bool coverage;
};

/* Return: 0 or -ENOMEM. */
int rule_test_print_table(const struct rule_test_suite *suite, const struct rule_test_print *how,
                          FILE *stream);

#endif
