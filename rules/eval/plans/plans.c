/* SPDX-License-Identifier: MIT */
#include "rules/eval/plans/plans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/shelf.h"
#include "rules/eval/plans/make.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/eval/rule/rule_set_tables.h"

enum { OWN_WORK = 16 }; /* cost of one elder's plan, in rules matched against a cohort */

int plans_init(struct plans *plans, struct shelf *shelf) {
        memset(plans, 0, sizeof(*plans));
        plans->generation = 1;
        plans->shelf = shelf;

        int r = intern_init(&plans->words);

        if (r < 0)
                return r;
        for (int i = 0; i < 2; i++)
                plans->buckets[i] = calloc(PLAN_BUCKETS, sizeof(struct plan *));
        return plans->buckets[0] && plans->buckets[1] ? 0 : err_raise(-ENOMEM);
}

void plans_fini(struct plans *plans) {
        free(plans->buckets[0]);
        free(plans->buckets[1]);
        free(plans->cohorts);
        free(plans->cohort_slots);
        intern_fini(&plans->words);
}

static uint32_t cohort_slot(const struct plans *plans, const struct plan_cohort_key *key,
                            uint32_t hash) {
        uint32_t mask = plans->cohort_slot_count - 1;
        uint32_t at = hash & mask;

        while (plans->cohort_slots[at]) {
                const struct plan_cohort *cohort = &plans->cohorts[plans->cohort_slots[at] - 1];

                if (cohort->hash == hash && memcmp(&cohort->key, key, sizeof(*key)) == 0)
                        break;
                at = (at + 1) & mask;
        }
        return at;
}

static int cohorts_grow(struct plans *plans) {
        uint32_t room = plans->cohort_room ? plans->cohort_room * 2 : 16;
        struct plan_cohort *cohorts = realloc(plans->cohorts, room * sizeof(*cohorts));

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

int plans_intern_cohort(struct plans *plans, const struct rule_set *rules,
                        const struct plan_cohort_key *key, int64_t now_ms, uint32_t *ret) {
        uint32_t hash = murmur2(key, sizeof(*key));
        int r;

        if (plans->cohort_count == plans->cohort_room) {
                r = cohorts_grow(plans);
                if (r < 0)
                        return r;
        }

        uint32_t at = cohort_slot(plans, key, hash);

        if (!plans->cohort_slots[at]) {
                struct plan_cohort *cohort = &plans->cohorts[plans->cohort_count];

                *cohort = (struct plan_cohort){.key = *key, .hash = hash};
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
        struct plan_cohort *of = &plans->cohorts[cohort];
        uint32_t count;

        require(cohort < plans->cohort_count, "cohort %u of %u", cohort, plans->cohort_count);

        rule_set_overrides_of(rules, RULE_OVERRIDE_ELDER, elder_id, elder_hash, &count);
        if (count == 0) {
                *ret = plan_ref(of->plan);
                return 0;
        }
        return plan_of_elder(plans, rules, &of->key, of->plan, elder_id, elder_hash, now_ms, ret);
}

/* --- another rule set --------------------------------------------------------------------------- */

/* The plans of the next generation use the buckets of the generation before the current one. What is left of that is
 * held by elders who have not moved yet, and nobody looks it up any more. */
void plans_renew_begin(struct plans *plans, const struct rule_set *rules, int64_t now_ms) {
        memset(plans->buckets[(plans->generation + 1) % 2], 0,
               PLAN_BUCKETS * sizeof(struct plan *));
        plans->renewal = (struct plan_renewal){.rules = rules, .now_ms = now_ms};
}

/* --- plans of single elders ----------------------------------------------------------------------- */

/* The first row of @scope, or else the first after it. */
static uint32_t first_row(const struct rule_set *rules, uint8_t scope) {
        uint32_t low = 0, high = rules->override_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (rules->override_keys[middle] < rule_set_override_key(scope, 0))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void own_end(struct plans *plans, struct plan_own *own) {
        for (uint32_t i = 0; own->plan && i < own->count; i++)
                plan_unref(plans, own->plan[i]);
        shelf_give(plans->shelf, own->plan);
        *own = (struct plan_own){.count = 0};
}

/* The place of the elder's plan in @own, or NULL. */
static struct plan **own_place(const struct plan_own *own, const struct rule_set *rules,
                               const char *elder_id, uint32_t elder_hash) {
        uint32_t count, row;

        if (!own->plan)
                return NULL;
        row = rule_set_overrides_of(rules, RULE_OVERRIDE_ELDER, elder_id, elder_hash, &count);
        if (count == 0)
                return NULL;
        require(row >= own->first && row - own->first < own->count, "row %u of %u from %u on", row,
                own->count, own->first);
        return &own->plan[row - own->first];
}

struct plan *plans_take_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                            uint32_t elder_hash) {
        struct plan **place = own_place(&plans->own, rules, elder_id, elder_hash);
        struct plan *plan = place ? *place : NULL;

        if (plan)
                *place = NULL;
        require(!plan || plan->generation == plans->generation,
                "plan %08x of generation %u is taken in %u", plan->hash, plan->generation,
                plans->generation);
        return plan;
}

static void own_forget(struct plans *plans, struct plan **place) {
        if (!place)
                return;
        plan_unref(plans, *place);
        *place = NULL;
}

void plans_forget_own(struct plans *plans, const struct rule_set *rules, const char *elder_id,
                      uint32_t elder_hash) {
        struct plan_renewal *renewal = &plans->renewal;
        struct plan **place;

        own_forget(plans, own_place(&plans->own, rules, elder_id, elder_hash));
        if (!renewal->own.plan)
                return;
        place = own_place(&renewal->own, renewal->rules, elder_id, elder_hash);
        own_forget(plans, place);
        if (place && (uint32_t)(place - renewal->own.plan) < renewal->own_at)
                renewal->own_at = (uint32_t)(place - renewal->own.plan);
}

/* --- another rule set, continued -------------------------------------------------------------------- */

void plans_renew_give_up(struct plans *plans) {
        for (uint32_t i = 0; i < plans->renewal.count; i++)
                plan_unref(plans, plans->renewal.made[i]);
        shelf_give(plans->shelf, plans->renewal.made);
        own_end(plans, &plans->renewal.own);
        plans->renewal = (struct plan_renewal){.rules = NULL};
}

/* Cohorts may have been added since the renewal began. */
static int make_next(struct plans *plans) {
        struct plan_renewal *renewal = &plans->renewal;
        int r;

        if (renewal->count >= renewal->room) {
                struct plan **made =
                        shelf_take(plans->shelf, plans->cohort_room * sizeof(struct plan *));

                if (!made)
                        return err_raise(-ENOMEM);
                if (renewal->count)
                        memcpy(made, renewal->made, renewal->count * sizeof(struct plan *));
                shelf_give(plans->shelf, renewal->made);
                renewal->made = made;
                renewal->room = plans->cohort_room;
        }
        r = plan_of_cohort(plans, renewal->rules, &plans->cohorts[renewal->count].key,
                           plans->generation + 1, renewal->now_ms, &renewal->made[renewal->count]);
        if (r == 0)
                renewal->count++;
        return r;
}

static int own_begin(struct plans *plans) {
        struct plan_renewal *renewal = &plans->renewal;
        struct plan_own own = {.first = first_row(renewal->rules, RULE_OVERRIDE_ELDER)};

        own.count = first_row(renewal->rules, RULE_OVERRIDE_ELDER + 1) - own.first;
        if (own.count == 0 || renewal->own.plan)
                return 0;
        own.plan = shelf_take(plans->shelf, own.count * sizeof(struct plan *));
        if (!own.plan)
                return err_raise(-ENOMEM);
        renewal->own = own;
        return 0;
}

/* Make the plan of the elder whose rows begin at own_at. *ret_rows: how many rows the elder has. */
static int own_next(struct plans *plans, plans_cohort_finder find, const void *context,
                    uint32_t *ret_rows) {
        struct plan_renewal *renewal = &plans->renewal;
        uint32_t row = renewal->own.first + renewal->own_at, units, cohort;
        const char *elder_id = renewal->rules->overrides[row].elder_id;
        uint32_t hash = renewal->rules->overrides[row].elder_hash;
        struct plan *plan;
        int r;

        rule_set_overrides_of(renewal->rules, RULE_OVERRIDE_ELDER, elder_id, hash, ret_rows);
        cohort = find(context, elder_id, hash, &units);
        if (cohort == PLANS_COHORT_NONE || renewal->own.plan[renewal->own_at])
                return 0;
        require(cohort < renewal->count, "cohort %u, plans of %u are made", cohort, renewal->count);
        r = plan_of_elder(plans, renewal->rules, &plans->cohorts[cohort].key, renewal->made[cohort],
                          elder_id, hash, renewal->now_ms, &plan);
        if (r == -E2BIG || r == -ENOSPC) {
                renewal->lost++; /* the cohort's plan applies */
                return 0;
        }
        if (r < 0)
                return r;
        renewal->own.plan[renewal->own_at] = plan;
        if (plan->shape != renewal->made[cohort]->shape)
                renewal->own_units += units + plan->state_bytes / ARENA_UNIT_BYTES + 1;
        return 0;
}

/* How many more cache lines a cohort's elders need while they move from one layout to the other. */
static size_t units_to_move(const struct plan_cohort *cohort, const struct plan *plan) {
        uint32_t former = cohort->plan->state_bytes;

        if (plan->shape == cohort->plan->shape)
                return 0;
        if (plan->state_bytes <= former)
                return cohort->units;
        return cohort->units +
               cohort->elders * ((plan->state_bytes - former) / ARENA_UNIT_BYTES + 1);
}

size_t plans_renew_units(const struct plans *plans) {
        size_t units = plans->renewal.own_units;

        for (uint32_t i = 0; i < plans->cohort_count; i++)
                units += units_to_move(&plans->cohorts[i], plans->renewal.made[i]);
        return units;
}

void plans_put_in_force(struct plans *plans) {
        require(plans->renewal.count == plans->cohort_count, "%u plans of %u cohorts are made",
                plans->renewal.count, plans->cohort_count);
        require(plans->renewal.own_at == plans->renewal.own.count, "%u rows of %u are done",
                plans->renewal.own_at, plans->renewal.own.count);
        plans->generation++;
        for (uint32_t i = 0; i < plans->cohort_count; i++) {
                struct plan_cohort *cohort = &plans->cohorts[i];

                plan_unref(plans, cohort->plan);
                cohort->plan = plans->renewal.made[i];
        }
        own_end(plans, &plans->own); /* plans that no elder has taken */
        plans->own = plans->renewal.own;
        shelf_give(plans->shelf, plans->renewal.made);
        plans->renewal = (struct plan_renewal){.rules = NULL};
}

/* Return: 0, PLANS_MORE, -errno. */
static int renew_some(struct plans *plans, uint32_t work, plans_cohort_finder find,
                      const void *context) {
        struct plan_renewal *renewal = &plans->renewal;
        uint32_t done = 0;
        int r = 0;

        for (; r == 0 && renewal->count < plans->cohort_count;
             done += renewal->rules->rule_count + 1) {
                if (done >= work)
                        return PLANS_MORE;
                r = make_next(plans);
        }
        if (r == 0)
                r = own_begin(plans);
        while (r == 0 && renewal->own_at < renewal->own.count) {
                uint32_t rows;

                if (done >= work)
                        return PLANS_MORE;
                r = own_next(plans, find, context, &rows);
                if (r == 0)
                        renewal->own_at += rows;
                done += OWN_WORK;
        }
        return r;
}

int plans_renew(struct plans *plans, uint32_t work, plans_cohort_finder find, const void *context) {
        int r = renew_some(plans, work, find, context);

        if (r == -ENOMEM && shelf_waits(plans->shelf))
                return PLANS_MORE;
        if (r < 0)
                plans_renew_give_up(plans);
        return r;
}
