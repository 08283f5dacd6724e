/* SPDX-License-Identifier: MIT
 *
 * when: one thing that is looked at.
 */
#ifndef VIGIL_RULES_LANG_WHEN_WHEN_H
#define VIGIL_RULES_LANG_WHEN_WHEN_H

#include "rules/lang/reading/reading.h"

/* All of rules/lang/when/rows.h, NULL-terminated. */
extern const struct lang_condition *const lang_conditions[];

/* The kind that @when names, or NULL after a complaint. */
const struct lang_condition *lang_condition_find(struct lang_reading *reading,
                                                 const struct yaml_node *when);
/* Keys of when: and of its kind beside it, and what they mean together. */
bool lang_condition_read(struct lang_reading *reading, const struct lang_condition *condition,
                         struct lang_place *place);

#endif
