/* SPDX-License-Identifier: MIT
 *
 * One item of overrides:
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_OVERRIDE_H
#define VIGIL_RULES_LANG_DOCUMENTS_OVERRIDE_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_override_map;
void lang_override_read(struct lang_reading *reading, const struct yaml_node *node,
                        enum rule_override_scope scope);
/* Which scope it is about. */
enum rule_override_scope lang_override_scope(const struct yaml_node *node);
/* After the last of them, complain about two for one elder and rule. */
void lang_overrides_compare(struct lang_reading *reading);

/* Complain that no rule has the id @node says. */
void lang_override_no_rule(struct lang_reading *reading, const struct yaml_node *node);

#endif
