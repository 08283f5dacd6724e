/* SPDX-License-Identifier: MIT
 *
 * What the two streams of a vital have in common: the live one (vital.c) and the late one (late.c).
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as engine_begin().
 */
#ifndef VIGIL_RULES_EVAL_VITAL_H
#define VIGIL_RULES_EVAL_VITAL_H

#include <math.h>

#include "rules/eval/lasting.h"

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

/* The late stream of a rule: an episode of form FORM_LATE. @lasting.phase 0: nothing is under way, and what
 * is kept is only of which time an alert has told already, for a day. */
struct late_state {
        struct vital_state lasting;
        int64_t told_from_ms; /* event time */
        int64_t told_to_ms;   /* 0: of none */
};

_Static_assert(sizeof(struct late_state) == 128, "checkpoints hold it as it is");

bool late_is_sound(const void *state);

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
