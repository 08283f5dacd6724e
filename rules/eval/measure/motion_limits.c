/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/motion_limits.h"

/* Chosen on recorded falls and daily movements; docs/falls.md has the results on people they were not chosen on. No
 * free fall is required, because a slide off a chair has none. */
static const struct condition_motion_limits normal[RULE_WORN_POSITIONS] = {
        [RULE_WORN_WRIST] = {.impact_mg = 2500, .still_mg = 250, .still_ms = 2000, .turn_deg = 45},
        [RULE_WORN_WAIST] = {.impact_mg = 1800, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
        [RULE_WORN_CHEST] = {.impact_mg = 1700, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
};

static const struct {
        double impact, turn;
} scales[MOTION_LIMITS_SENSITIVITIES] = {
        [MOTION_LIMITS_LOW] = {1.2, 1.2},
        [MOTION_LIMITS_NORMAL] = {1, 1},
        [MOTION_LIMITS_HIGH] = {0.85, 0.8},
};

void motion_limits_default(enum rule_worn position, enum motion_limits_sensitivity sensitivity,
                           struct condition_motion_limits *ret) {
        *ret = normal[position];
        ret->impact_mg *= scales[sensitivity].impact;
        ret->turn_deg *= scales[sensitivity].turn;
}
