/* SPDX-License-Identifier: MIT
 *
 * Prints the explanation of a rule as text.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_EXPLAIN_RULE_TABLE_H
#define VIGIL_CLI_EXPLAIN_RULE_TABLE_H

#include <stdio.h>

#include "cli/explain/rule.h"

void explain_rule_table(const struct explain_rule *explain, FILE *out);

#endif
