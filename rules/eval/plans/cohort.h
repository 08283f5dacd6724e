/* SPDX-License-Identifier: MIT
 *
 * The cohorts, and all their plans for another rule set.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: whatever makes a plan or a cohort.
 */
#ifndef VIGIL_RULES_EVAL_PLANS_COHORT_H
#define VIGIL_RULES_EVAL_PLANS_COHORT_H

#include "rules/eval/set/plan.h"

int plans_init(struct plans *plans);
void plans_fini(struct plans *plans);

/* Find or make the cohort. Its plan, as of @now_ms, is made as well when new.
 * Return: 0, -ENOMEM, -ENOSPC. */
int cohorts_intern(struct plans *plans, const struct rule_set *rules, const struct cohort_key *key,
                   int64_t now_ms, uint32_t *ret);

/* The plan of an elder of @cohort with the overrides in force at @now_ms, referenced once for the
 * caller. Return: 0, -ENOMEM. */
int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret);

/* Make every cohort's plan for @rules as of @now_ms: begin, and then go on until it is done, about @work
 * rules held against a cohort at a time. Until then the former plans hold.
 * @ret_units: how many more cache lines the elders will need at most.
 * Return: 0, PLANS_MORE (call again), or -ENOMEM, -E2BIG: given up, the former plans stay. */
enum { PLANS_MORE = 1 };
void plans_renew_begin(struct plans *plans, const struct rule_set *rules, int64_t now_ms);
int plans_renew(struct plans *plans, uint32_t work, size_t *ret_units);

#endif
