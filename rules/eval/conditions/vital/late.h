/* SPDX-License-Identifier: MIT
 *
 * Late: readings of a vital that reached us long after they were taken.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_LATE_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_LATE_H

#include "rules/eval/core/judge.h"

/* A reading that came long after it was taken. */
void late_judge(const struct moment *moment, const struct plan_entry *entry,
                const struct rule_condition *condition, double measure);

/* A live reading: one that is not over the limit ends what is late and older. */
void late_see_live(const struct moment *moment, const struct plan_entry *entry,
                   const struct condition_vital *vital, double measure);

/* A live alert has told of this time: what comes late from it says nothing new. */
void late_note_told(struct engine *engine, struct elder *elder, uint32_t id_hash, int64_t from_ms,
                    int64_t to_ms);

#endif
