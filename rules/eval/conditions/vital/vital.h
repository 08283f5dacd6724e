/* SPDX-License-Identifier: MIT
 *
 * What the two streams of a vital have in common: the live one (vital.c) and the late one (late.c).
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as engine_begin().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_VITAL_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_VITAL_H

#include <math.h>

#include "rules/eval/core/lasting.h"

/* @measure: what the limits are held against, see enum measure. */
static inline bool vital_is_over(const struct vital_condition *vital, double measure) {
        return measure > vital->above || measure < vital->below;
}

static inline bool vital_is_clear(const struct vital_condition *vital, double measure) {
        return measure < vital->clear_below && measure > vital->clear_above;
}

/* The limit that @measure breaks, or is nearer to having broken. */
static inline double vital_limit(const struct vital_condition *vital, double measure) {
        return measure < vital->below || (measure <= vital->above && vital->above == INFINITY)
                       ? vital->below
                       : vital->above;
}

static inline struct lasting_need vital_need(const struct vital_condition *vital) {
        return (struct lasting_need){vital->for_ms, vital->min_samples, vital->out_of};
}

/* --- late.c ------------------------------------------------------------------------------------- */

/* Episode of form FORM_TOLD: of this time an alert of the rule has told. Kept for a day. */
struct told_state {
        int64_t from_ms; /* event time */
        int64_t to_ms;
};

bool told_is_sound(const void *state);

/* A reading that came long after it was taken. */
void late_judge(const struct moment *moment, const struct plan_entry *entry,
                const struct rule_condition *condition, double measure);

/* A live reading: one that is not over the limit ends what is late and older. */
void late_see_live(const struct moment *moment, const struct plan_entry *entry,
                   const struct vital_condition *vital, double measure);

/* A live alert has told of this time: what comes late from it says nothing new. */
void late_note_told(struct engine *engine, struct elder *elder, uint32_t id_hash, int64_t from_ms,
                    int64_t to_ms);

#endif
