/* SPDX-License-Identifier: MIT
 *
 * Rule: reads one item of rules:.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_RULE_H
#define VIGIL_RULES_LANG_DOCUMENTS_RULE_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_rule_map;

/* Read one rule into the next entry of reading->rules, which must have room for it. */
void lang_rule_read(struct lang_reading *reading, const struct yaml_node *node);

#endif
