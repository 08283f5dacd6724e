/* SPDX-License-Identifier: MIT
 *
 * Limits: above, below, clear_below and clear_above of a vital.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_VALUES_LIMITS_H
#define VIGIL_RULES_LANG_VALUES_LIMITS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

/* Read a limit; it must be within the possible range of the kind. @ret: double; NAN after reporting R020. */
void lang_limit_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret);

/* Report limits in the wrong order (R030), a clear limit without its limit (R031) and unusual limits (W007). */
void lang_limits_check(struct lang_reading *reading, const struct lang_place *place);

#endif
