/* SPDX-License-Identifier: MIT
 *
 * Override: reads one item of overrides:.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_OVERRIDE_H
#define VIGIL_RULES_LANG_DOCUMENTS_OVERRIDE_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_override_map;

/* Read one override, check it and add it to the builder. @scope: lang_override_scope(@node). All rules, and the
 * overrides with a wider scope, must have been read. */
void lang_override_read(struct lang_reading *reading, const struct yaml_node *node,
                        enum rule_override_scope scope);

/* Return: the scope that @node names; elder if it names none. */
enum rule_override_scope lang_override_scope(const struct yaml_node *node);

/* After the last override: report two overrides of one rule for the same elder, district or city (R042). */
void lang_overrides_compare(struct lang_reading *reading);

/* Report that no rule has the id in @node (R040). */
void lang_override_no_rule(struct lang_reading *reading, const struct yaml_node *node);

#endif
