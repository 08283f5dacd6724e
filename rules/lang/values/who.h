/* SPDX-License-Identifier: MIT
 *
 * Who: applies_to: and unless:.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_WHO_H
#define VIGIL_RULES_LANG_VALUES_WHO_H

#include "rules/lang/reading/keys.h"

extern const struct lang_map lang_applies_to_map;
extern const struct lang_word lang_unless_words[];

/* @ret: struct rule. */
void lang_unless_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *list, void *ret);

#endif
