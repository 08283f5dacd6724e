/* SPDX-License-Identifier: MIT */
#include "rules/eval/motion_limits.h"

/* Tuned on recorded falls and daily movements: docs/falls.md. */
static const struct motion_limits normal[WORN_POSITIONS] = {
        [WORN_WRIST] = {.impact_mg = 3000, .still_mg = 250, .still_ms = 2000, .turn_deg = 30},
        [WORN_WAIST] = {.impact_mg = 2000, .still_mg = 250, .still_ms = 2000, .turn_deg = 45},
        [WORN_CHEST] = {.impact_mg = 2000, .still_mg = 250, .still_ms = 2000, .turn_deg = 45},
};

static const double impact_scale[MOTION_SENSITIVITIES] = {
        [MOTION_LOW] = 1.25, [MOTION_NORMAL] = 1, [MOTION_HIGH] = 0.8};

void motion_limits_default(enum wearing_position position, enum motion_sensitivity sensitivity,
                           struct motion_limits *ret) {
        *ret = normal[position];
        ret->impact_mg *= impact_scale[sensitivity];
}
