/* SPDX-License-Identifier: MIT
 *
 * Limits of a vital.
 */
#ifndef VIGIL_RULES_LANG_VALUES_LIMITS_H
#define VIGIL_RULES_LANG_VALUES_LIMITS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

void lang_limit_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret);
void lang_limits_check(struct lang_reading *reading, const struct lang_place *place);

#endif
