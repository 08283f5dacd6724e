/* SPDX-License-Identifier: MIT
 *
 * What event and fall_motion have beside when:.
 */
#ifndef VIGIL_RULES_LANG_VALUES_HOLD_KEYS_H
#define VIGIL_RULES_LANG_VALUES_HOLD_KEYS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_key lang_hold_keys[], lang_motion_hold_keys[];
void lang_hold_check(struct lang_reading *reading, const struct lang_place *place,
                     const struct condition_happening *happening);

#endif
