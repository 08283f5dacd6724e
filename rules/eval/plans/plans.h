/* SPDX-License-Identifier: MIT
 *
 * The cohorts, and all their plans for another rule set.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: plans_init(), plans_intern_cohort(); what a rule set needs is taken from the
 * engine's shelf.
 */
#ifndef VIGIL_RULES_EVAL_PLANS_PLANS_H
#define VIGIL_RULES_EVAL_PLANS_PLANS_H

#include "rules/eval/rule/plan.h"

struct shelf;

int plans_init(struct plans *plans, struct shelf *shelf);
void plans_fini(struct plans *plans);

/* Find or make the cohort. Its plan, as of @now_ms, is made as well when new.
 * Return: 0, -ENOMEM, -ENOSPC. */
int plans_intern_cohort(struct plans *plans, const struct rule_set *rules,
                        const struct plan_cohort_key *key, int64_t now_ms, uint32_t *ret);

/* The plan of an elder of @cohort with the overrides in force at @now_ms, referenced once for the
 * caller. Return: 0, -ENOMEM. */
int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret);

/* Whose of the elders with values of their own are ours. Return: their cohort, or PLANS_COHORT_NONE; *ret_units: of their block. */
enum { PLANS_COHORT_NONE = UINT32_MAX };
typedef uint32_t (*plans_cohort_finder)(const void *context, const char *elder_id,
                                        uint32_t elder_hash, uint32_t *ret_units);

/* Make every plan for @rules as of @now_ms, of cohorts and of elders with values of their own: begin, and then go on until it is
 * done, about @work rules held against a cohort at a time. Until plans_put_in_force() the former plans hold.
 * Return: 0: all are made, PLANS_MORE: call again, also when memory is on its way; -ENOMEM, -E2BIG: given up. */
enum { PLANS_MORE = 1 };
void plans_renew_begin(struct plans *plans, const struct rule_set *rules, int64_t now_ms);
int plans_renew(struct plans *plans, uint32_t work, plans_cohort_finder find, const void *context);
void plans_renew_give_up(struct plans *plans);

/* How many more cache lines the elders will need at most, on their way to the plans that are made. */
size_t plans_renew_units(const struct plans *plans);
void plans_put_in_force(struct plans *plans);

/* The elder's own plan of the set in force, made beforehand, now the caller's. Return: NULL: there is none. */
struct plan *plans_take_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                            uint32_t elder_hash);

/* The elder is another one now, or gone: forget what was made for them, and make it again if a set is on its way. */
void plans_forget_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                      uint32_t elder_hash);

#endif
