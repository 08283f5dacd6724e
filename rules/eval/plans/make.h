/* SPDX-License-Identifier: MIT
 *
 * One plan: made, patched, shared. For plans.c.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never itself; from the engine's shelf (rules/eval/memory/shelf.h).
 */
#ifndef VIGIL_RULES_EVAL_PLANS_MAKE_H
#define VIGIL_RULES_EVAL_PLANS_MAKE_H

#include "rules/eval/rule/plan.h"

/* Find or make the plan of a cohort without anybody's own values, of @generation.
 * Return: 0, -ENOMEM, -E2BIG, -ENOSPC. */
int plan_of_cohort(struct plans *plans, const struct rule_set *rules,
                   const struct plan_cohort_key *key, uint32_t generation, int64_t now_ms,
                   struct plan **ret);

/* The same for an elder who has overrides; @base is the cohort's, and says of which generation. */
int plan_of_elder(struct plans *plans, const struct rule_set *rules,
                  const struct plan_cohort_key *key, struct plan *base, const char *elder_id,
                  uint32_t elder_hash, int64_t now_ms, struct plan **ret);

void plan_unref(struct plans *plans, struct plan *plan);

#endif
