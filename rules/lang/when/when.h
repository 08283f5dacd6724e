/* SPDX-License-Identifier: MIT
 *
 * When: reads when:, which has exactly one kind of condition.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_WHEN_WHEN_H
#define VIGIL_RULES_LANG_WHEN_WHEN_H

#include "rules/lang/reading/reading.h"

/* All conditions of rules/lang/when/rows.h, NULL-terminated. */
extern const struct lang_condition *const lang_conditions[];

/* Return: the kind of condition that @when names, or NULL after reporting an error. */
const struct lang_condition *lang_condition_find(struct lang_reading *reading,
                                                 const struct yaml_node *when);

/* Read the keys of when: and the keys beside it that belong to @condition, and check them together. Return: false if an
 * override cannot build on the condition. */
bool lang_condition_read(struct lang_reading *reading, const struct lang_condition *condition,
                         struct lang_place *place);

#endif
