/* SPDX-License-Identifier: MIT
 *
 * Motion limits: what a fall looks like to a sensor at one place on the body, see docs/falls.md.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_MOTION_LIMITS_H
#define VIGIL_RULES_EVAL_MEASURE_MOTION_LIMITS_H

#include "rules/eval/rule/condition.h"

/* How readily a fall is seen: LOW for who moves briskly and is paged for nothing, HIGH for who is frail and
 * falls softly. */
enum motion_limits_sensitivity {
        MOTION_LIMITS_LOW,
        MOTION_LIMITS_NORMAL,
        MOTION_LIMITS_HIGH,
        MOTION_LIMITS_SENSITIVITIES,
};

/* The limits for a sensor worn at @position (below RULE_WORN_POSITIONS). */
void motion_limits_default(enum rule_worn position, enum motion_limits_sensitivity sensitivity,
                           struct condition_motion_limits *ret);

#endif
