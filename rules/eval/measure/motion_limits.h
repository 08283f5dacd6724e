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
enum motion_sensitivity {
        MOTION_LOW,
        MOTION_NORMAL,
        MOTION_HIGH,
        MOTION_SENSITIVITIES,
};

/* The limits for a sensor worn at @position (below WORN_POSITIONS). */
void motion_limits_default(enum wearing_position position, enum motion_sensitivity sensitivity,
                           struct motion_limits *ret);

#endif
