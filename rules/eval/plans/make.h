/* SPDX-License-Identifier: MIT
 *
 * Making, patching and sharing one plan. For plans.c; engine_elder.c needs plan_unref().
 *
 * Thread: the engine's owner. Blocks: never. Allocates: from the engine's shelf (rules/eval/memory/shelf.h); for new
 * rooms, as intern_word().
 */
#ifndef VIGIL_RULES_EVAL_PLANS_MAKE_H
#define VIGIL_RULES_EVAL_PLANS_MAKE_H

#include "rules/eval/rule/plan.h"

/* Find or make the plan of @generation for a cohort, with the overrides in force at @now_ms but without those of
 * elders. *ret: with a reference for the caller. Return: 0, -ENOMEM, -E2BIG (too many entries), -ENOSPC (too many
 * words). */
int plan_of_cohort(struct plans *plans, const struct rule_set *rules,
                   const struct plan_cohort_key *key, uint32_t generation, int64_t now_ms,
                   struct plan **ret);

/* The same for an elder who has overrides. @base is the plan of the cohort and determines the generation. */
int plan_of_elder(struct plans *plans, const struct rule_set *rules,
                  const struct plan_cohort_key *key, struct plan *base, const char *elder_id,
                  uint32_t elder_hash, int64_t now_ms, struct plan **ret);

/* Drop a reference; with the last one, the plan is freed. NULL is allowed. */
void plan_unref(struct plans *plans, struct plan *plan);

#endif
