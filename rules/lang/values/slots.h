/* SPDX-License-Identifier: MIT
 *
 * Slots: lists of times of day.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_SLOTS_H
#define VIGIL_RULES_LANG_VALUES_SLOTS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_during_map, lang_by_time_map;

/* Read @list into @ret[RULE_SLOTS_MAX]. Reports overlaps (R034; not in during:) and, for by_time:, gaps (W008).
 * Return: how many slots were read; 0 after an error in the list itself. */
uint8_t lang_slots_read(struct lang_reading *reading, const struct yaml_node *list,
                        const struct lang_map *map, struct day_slot *ret);

/* The table row of during:, the same for every kind of condition. */
#define LANG_DURING_KEY                                                                            \
        {                                                                                          \
                .name = "during", .type = LANG_KEY_LIST, .least = 1, .most = RULE_SLOTS_MAX,       \
                .map = &lang_during_map, .setting = LANG_SET(RULE_SETTING_DURING),                 \
                .read = lang_during_read, .what = "only at these local times"                      \
        }
/* @ret: struct rule_condition. */
void lang_during_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *node, void *ret);

#endif
