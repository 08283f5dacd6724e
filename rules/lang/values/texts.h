/* SPDX-License-Identifier: MIT
 *
 * Texts: title: and advice:.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_TEXTS_H
#define VIGIL_RULES_LANG_VALUES_TEXTS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_texts_map;

/* @ret: struct rule. */
void lang_title_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *map, void *ret);
void lang_advice_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *map, void *ret);
/* Report placeholders that @condition has no value for (R051). @texts: title: or advice:, or NULL. */
void lang_texts_check(struct lang_reading *reading, const struct yaml_node *texts,
                      const struct lang_condition *condition);

#endif
