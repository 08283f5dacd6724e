/* SPDX-License-Identifier: MIT
 *
 * Level: a vital on a technical kind (battery): about a device, not the elder, each device for itself.
 *
 * Thread: the engine's owner; any for level_is_meant(). Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_VITAL_LEVEL_H
#define VIGIL_RULES_EVAL_CONDITIONS_VITAL_LEVEL_H

#include "rules/eval/core/judge.h"

/* Is it about a device? */
bool level_is_meant(const struct condition_vital *vital);

/* As in struct condition_ops. */
void level_judge(const struct moment *moment, const struct plan_entry *entry,
                 const struct rule_condition *condition);
bool level_is_active(const struct elder *elder, const struct plan_slot *slot);

#endif
