/* SPDX-License-Identifier: MIT */
#include "rules/eval/plans/cohort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/plans/make.h"
#include "rules/eval/set/rule_set.h"
#include "rules/eval/set/rule_set_tables.h"

int plans_init(struct plans *plans) {
        memset(plans, 0, sizeof(*plans));
        plans->generation = 1;

        int r = words_init(&plans->words);

        if (r < 0)
                return r;
        for (int i = 0; i < 2; i++)
                plans->buckets[i] = calloc(PLAN_BUCKETS, sizeof(struct plan *));
        return plans->buckets[0] && plans->buckets[1] ? 0 : err_raise(-ENOMEM);
}

void plans_fini(struct plans *plans) {
        while (plans->all) {
                struct plan *next = plans->all->next;

                free(plans->all);
                plans->all = next;
        }
        free(plans->buckets[0]);
        free(plans->buckets[1]);
        free(plans->renewal.made);
        free(plans->cohorts);
        free(plans->cohort_slots);
        words_fini(&plans->words);
}

static uint32_t cohort_slot(const struct plans *plans, const struct cohort_key *key,
                            uint32_t hash) {
        uint32_t mask = plans->cohort_slot_count - 1;
        uint32_t at = hash & mask;

        while (plans->cohort_slots[at]) {
                const struct cohort *cohort = &plans->cohorts[plans->cohort_slots[at] - 1];

                if (cohort->hash == hash && memcmp(&cohort->key, key, sizeof(*key)) == 0)
                        break;
                at = (at + 1) & mask;
        }
        return at;
}

static int cohorts_grow(struct plans *plans) {
        uint32_t room = plans->cohort_room ? plans->cohort_room * 2 : 16;
        struct cohort *cohorts = realloc(plans->cohorts, room * sizeof(*cohorts));

        if (!cohorts)
                return err_raise(-ENOMEM);
        plans->cohorts = cohorts;

        uint32_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(plans->cohort_slots);
        plans->cohort_slots = slots;
        plans->cohort_slot_count = room * 2;
        plans->bytes += (room - plans->cohort_room) * (sizeof(*cohorts) + 2 * sizeof(*slots));
        plans->cohort_room = room;
        for (uint32_t i = 0; i < plans->cohort_count; i++)
                plans->cohort_slots[cohort_slot(plans, &cohorts[i].key, cohorts[i].hash)] = i + 1;
        return 0;
}

int cohorts_intern(struct plans *plans, const struct rule_set *rules, const struct cohort_key *key,
                   int64_t now_ms, uint32_t *ret) {
        uint32_t hash = murmur2(key, sizeof(*key));
        int r;

        if (plans->cohort_count == plans->cohort_room) {
                r = cohorts_grow(plans);
                if (r < 0)
                        return r;
        }

        uint32_t at = cohort_slot(plans, key, hash);

        if (!plans->cohort_slots[at]) {
                struct cohort *cohort = &plans->cohorts[plans->cohort_count];

                *cohort = (struct cohort){.key = *key, .hash = hash};
                r = plan_of_cohort(plans, rules, key, plans->generation, now_ms, &cohort->plan);
                if (r < 0)
                        return r;
                plans->cohort_slots[at] = ++plans->cohort_count;
        }
        *ret = plans->cohort_slots[at] - 1;
        return 0;
}

int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret) {
        struct cohort *of = &plans->cohorts[cohort];
        uint32_t count;

        require(cohort < plans->cohort_count, "cohort %u of %u", cohort, plans->cohort_count);

        rule_set_overrides_of(rules, OVERRIDE_ELDER, elder_id, elder_hash, &count);
        if (count == 0) {
                *ret = plan_ref(of->plan);
                return 0;
        }
        return plan_of_elder(plans, rules, &of->key, of->plan, elder_id, elder_hash, now_ms, ret);
}

/* --- another rule set --------------------------------------------------------------------------- */

/* Plans of the next generation go into the buckets of the one before the present: what is left of that
 * is held by elders who have not moved yet, and nobody looks for it any more. */
void plans_renew_begin(struct plans *plans, const struct rule_set *rules, int64_t now_ms) {
        memset(plans->buckets[(plans->generation + 1) % 2], 0,
               PLAN_BUCKETS * sizeof(struct plan *));
        plans->renewal = (struct renewal){.rules = rules, .now_ms = now_ms};
}

static void give_up(struct plans *plans) {
        for (uint32_t i = 0; i < plans->renewal.count; i++)
                plan_unref(plans, plans->renewal.made[i]);
        free(plans->renewal.made);
        plans->renewal = (struct renewal){.rules = NULL};
}

/* Cohorts may have come while it was under way. */
static int make_next(struct plans *plans) {
        struct renewal *renewal = &plans->renewal;
        int r;

        if (renewal->count >= renewal->room) {
                struct plan **made =
                        realloc(renewal->made, plans->cohort_room * sizeof(struct plan *));

                if (!made)
                        return err_raise(-ENOMEM);
                renewal->made = made;
                renewal->room = plans->cohort_room;
        }
        r = plan_of_cohort(plans, renewal->rules, &plans->cohorts[renewal->count].key,
                           plans->generation + 1, renewal->now_ms, &renewal->made[renewal->count]);
        if (r == 0)
                renewal->count++;
        return r;
}

/* How many more cache lines a cohort's elders need on their way from one layout to the other. */
static size_t units_to_move(const struct cohort *cohort, const struct plan *plan) {
        uint32_t former = cohort->plan->state_bytes;

        if (plan->shape == cohort->plan->shape)
                return 0;
        if (plan->state_bytes <= former)
                return cohort->units;
        return cohort->units +
               cohort->elders * ((plan->state_bytes - former) / ARENA_UNIT_BYTES + 1);
}

static size_t put_in_force(struct plans *plans) {
        size_t units = 0;

        require(plans->renewal.count == plans->cohort_count, "%u plans of %u cohorts are made",
                plans->renewal.count, plans->cohort_count);
        plans->generation++;
        for (uint32_t i = 0; i < plans->cohort_count; i++) {
                struct cohort *cohort = &plans->cohorts[i];

                units += units_to_move(cohort, plans->renewal.made[i]);
                plan_unref(plans, cohort->plan);
                cohort->plan = plans->renewal.made[i];
        }
        free(plans->renewal.made);
        plans->renewal = (struct renewal){.rules = NULL};
        return units;
}

int plans_renew(struct plans *plans, uint32_t work, size_t *ret_units) {
        const struct rule_set *rules = plans->renewal.rules;

        for (uint32_t done = 0; plans->renewal.count < plans->cohort_count;
             done += rules->rule_count + 1) {
                if (done >= work)
                        return PLANS_MORE;

                int r = make_next(plans);

                if (r < 0) {
                        give_up(plans);
                        return r;
                }
        }
        *ret_units = put_in_force(plans);
        return 0;
}
