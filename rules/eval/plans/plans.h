/* SPDX-License-Identifier: MIT
 *
 * The cohorts, and the making of all their plans for another rule set.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: plans_init(), plans_intern_cohort(); what a rule set needs is
 * taken from the engine's shelf.
 */
#ifndef VIGIL_RULES_EVAL_PLANS_PLANS_H
#define VIGIL_RULES_EVAL_PLANS_PLANS_H

#include "rules/eval/rule/plan.h"

struct shelf;

/* @shelf must outlive @plans. Return: 0 or -ENOMEM; call plans_fini() in either case. */
int plans_init(struct plans *plans, struct shelf *shelf);
void plans_fini(struct plans *plans);

/* Find or make the cohort. A new one also gets its plan, as of @now_ms. *ret: its index. Return: 0, -ENOMEM, -E2BIG,
 * -ENOSPC. */
int plans_intern_cohort(struct plans *plans, const struct rule_set *rules,
                        const struct plan_cohort_key *key, int64_t now_ms, uint32_t *ret);

/* The plan of an elder of @cohort, with the overrides in force at @now_ms and a reference for the caller. Return: 0,
 * -ENOMEM, -E2BIG, -ENOSPC. */
int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret);

/* Find an elder who has overrides of their own. Return: the elder's cohort, or PLANS_COHORT_NONE if the elder is not
 * in this engine. *ret_units: cache lines of the elder's block. */
enum { PLANS_COHORT_NONE = UINT32_MAX };
typedef uint32_t (*plans_cohort_finder)(const void *context, const char *elder_id,
                                        uint32_t elder_hash, uint32_t *ret_units);

/* Make all plans for @rules as of @now_ms, of cohorts and of elders with overrides of their own. Begin, then call
 * plans_renew() until it is done; each call matches about @work rules against a cohort. The former plans stay in
 * force until plans_put_in_force(). Return: 0: all are made; PLANS_MORE: call again, also because memory is on its
 * way; -ENOMEM, -E2BIG, -ENOSPC: given up. */
enum { PLANS_MORE = 1 };
void plans_renew_begin(struct plans *plans, const struct rule_set *rules, int64_t now_ms);
int plans_renew(struct plans *plans, uint32_t work, plans_cohort_finder find, const void *context);
void plans_renew_give_up(struct plans *plans);

/* How many more cache lines the elders need at most while they move to the plans that are made. */
size_t plans_renew_units(const struct plans *plans);
/* Put the plans in force; all must be made. */
void plans_put_in_force(struct plans *plans);

/* Take the elder's own plan of the set in force, which was made beforehand; its reference is the caller's. Return:
 * NULL: there is none. */
struct plan *plans_take_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                            uint32_t elder_hash);

/* The elder has changed or is gone: drop the plans made for them, and make them again if a renewal is in progress. */
void plans_forget_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                      uint32_t elder_hash);

#endif
