/* SPDX-License-Identifier: MIT
 *
 * Level: a vital on a technical kind (battery). It is about a device, not the elder, and each device has its own.
 *
 * Thread: the engine's owner; any for level_is_meant(). Blocks: never. Allocates: as judge_emit().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_LEVEL_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_LEVEL_H

#include "rules/eval/core/judge.h"

/* Is the condition about a device, because its kind is technical? */
bool level_is_meant(const struct condition_vital *vital);

/* As in struct condition_ops. */
void level_judge(const struct moment *moment, const struct plan_entry *entry,
                 const struct rule_condition *condition);
bool level_is_active(const struct elder *elder, const struct plan_slot *slot);

#endif
