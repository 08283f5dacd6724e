/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/motion_limits.h"

/* Chosen on recorded falls and daily movements; docs/falls.md has what each reaches on people it was
 * not chosen on. The free fall is not asked for: a slide off a chair has none. */
static const struct motion_limits normal[WORN_POSITIONS] = {
        [WORN_WRIST] = {.impact_mg = 2500, .still_mg = 250, .still_ms = 2000, .turn_deg = 45},
        [WORN_WAIST] = {.impact_mg = 1800, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
        [WORN_CHEST] = {.impact_mg = 1700, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
};

static const struct {
        double impact, turn;
} scales[MOTION_SENSITIVITIES] = {
        [MOTION_LOW] = {1.2, 1.2},
        [MOTION_NORMAL] = {1, 1},
        [MOTION_HIGH] = {0.85, 0.8},
};

void motion_limits_default(enum wearing_position position, enum motion_sensitivity sensitivity,
                           struct motion_limits *ret) {
        *ret = normal[position];
        ret->impact_mg *= scales[sensitivity].impact;
        ret->turn_deg *= scales[sensitivity].turn;
}
