/* SPDX-License-Identifier: MIT
 *
 * Prints the explanation of a rule as JSON.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_EXPLAIN_RULE_JSON_H
#define VIGIL_CLI_EXPLAIN_RULE_JSON_H

#include <stdio.h>

#include "cli/explain/rule.h"

/* Return: 0 or -ENOMEM. */
int explain_rule_json(const struct explain_rule *explain, FILE *out);

#endif
