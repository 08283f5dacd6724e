/* SPDX-License-Identifier: MIT
 *
 * title: and advice:
 */
#ifndef VIGIL_RULES_LANG_VALUES_TEXTS_H
#define VIGIL_RULES_LANG_VALUES_TEXTS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_texts_map;
void lang_title_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *map, void *ret);
void lang_advice_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *map, void *ret);
/* Placeholders that mean nothing for @condition. @texts: title: or advice:, or NULL. */
void lang_texts_check(struct lang_reading *reading, const struct yaml_node *texts,
                      const struct lang_condition *condition);

#endif
