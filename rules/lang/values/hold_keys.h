/* SPDX-License-Identifier: MIT
 *
 * Hold keys: the keys of event and fall_motion rules beside when: (hold, cancel_on, confirm, cooldown).
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_HOLD_KEYS_H
#define VIGIL_RULES_LANG_VALUES_HOLD_KEYS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_key lang_hold_keys[], lang_motion_hold_keys[];

/* Report contradictions between these keys (R030, R036, R037). */
void lang_hold_check(struct lang_reading *reading, const struct lang_place *place,
                     const struct condition_happening *happening);

#endif
