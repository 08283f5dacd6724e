/* SPDX-License-Identifier: MIT
 *
 * Severities: severity_when: of a vital and of a score.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_SEVERITIES_H
#define VIGIL_RULES_LANG_VALUES_SEVERITIES_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_vital_step_map, lang_score_step_map;

/* @ret: struct condition_severities; unchanged after an error. */
void lang_severities_read(struct lang_reading *reading, const struct lang_key *key,
                          const struct yaml_node *list, void *ret);

/* Report steps in the wrong order or within the limit (R032). @above, @below: the rule's limits, or infinite. */
void lang_severities_check(struct lang_reading *reading, const struct lang_place *place,
                           const struct condition_severities *steps, double above, double below);
#define LANG_SEVERITY_WHEN_KEY(steps_map, offset)                                                  \
        {                                                                                          \
                .name = "severity_when", .type = LANG_KEY_LIST, .least = 1,                        \
                .most = RULE_STEPS_MAX, .map = &(steps_map), .at = (offset),                       \
                .setting = LANG_SET(RULE_SETTING_SEVERITIES), .read = lang_severities_read,        \
                .what = "more urgent further from the limit"                                       \
        }

#endif
