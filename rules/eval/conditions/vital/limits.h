/* SPDX-License-Identifier: MIT
 *
 * What the live (vital.c) and the late (late.c) readings of a vital share.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_LIMITS_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_LIMITS_H

#include <math.h>

#include "rules/eval/core/lasting.h"

/* @measure: what the limits are compared with, see enum rule_measure. */
static inline bool vital_is_over(const struct condition_vital *vital, double measure) {
        return measure > vital->above || measure < vital->below;
}

static inline bool vital_is_clear(const struct condition_vital *vital, double measure) {
        return measure < vital->clear_below && measure > vital->clear_above;
}

/* The limit that @measure is beyond; if it is beyond none, @above, or @below if there is no @above. */
static inline double vital_limit(const struct condition_vital *vital, double measure) {
        return measure < vital->below || (measure <= vital->above && vital->above == INFINITY)
                       ? vital->below
                       : vital->above;
}

static inline struct lasting_need vital_need(const struct condition_vital *vital) {
        return (struct lasting_need){vital->for_ms, vital->min_samples, vital->out_of};
}

#endif
