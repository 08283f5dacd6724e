/* SPDX-License-Identifier: MIT
 *
 * Motion limits: the default limits of a fall for each wearing position; see docs/falls.md.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_MOTION_LIMITS_H
#define VIGIL_RULES_EVAL_MEASURE_MOTION_LIMITS_H

#include "rules/eval/rule/condition.h"

/* Sensitivity of fall detection. LOW: for elders who move briskly and cause false alerts. HIGH: for frail elders,
 * whose falls are soft. */
enum motion_limits_sensitivity {
        MOTION_LIMITS_LOW,
        MOTION_LIMITS_NORMAL,
        MOTION_LIMITS_HIGH,
        MOTION_LIMITS_SENSITIVITIES,
};

/* The default limits for a sensor worn at @position (below RULE_WORN_POSITIONS). */
void motion_limits_default(enum rule_worn position, enum motion_limits_sensitivity sensitivity,
                           struct condition_motion_limits *ret);

#endif
