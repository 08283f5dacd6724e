/* SPDX-License-Identifier: MIT
 *
 * Late: readings of a vital that arrived long after they were taken.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_LATE_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_LATE_H

#include "rules/eval/core/judge.h"

/* Evaluate a late reading. @measure: what the limits are compared with. */
void late_judge(const struct moment *moment, const struct plan_entry *entry,
                const struct rule_condition *condition, double measure);

/* Note a live reading: one within the limit ends an older late episode, and after a day the covered time is
 * forgotten. */
void late_see_live(const struct moment *moment, const struct plan_entry *entry,
                   const struct condition_vital *vital, double measure);

/* An alert has covered this time: late readings from it raise nothing for a day. */
void late_note_told(struct engine *engine, struct elder *elder, uint32_t id_hash, int64_t from_ms,
                    int64_t to_ms);

#endif
