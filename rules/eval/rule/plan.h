/* SPDX-License-Identifier: MIT
 *
 * Plan: how to evaluate one kind of elder: the rules that apply, where rules that always have state keep it in the
 * elder's block, and which rules to run for each kind of event. Immutable. Elders with the same applicable rules and
 * overrides share one.
 *
 * Cohort: all elders with the same care level, conditions, tags, districts, site and year of birth who live alone, or
 * who do not. A new rule set is matched against cohorts, not elders. An elder with overrides gets a plan of its own,
 * usually the cohort's plan with a few patches: a hundred thousand of these are cheap to make and to keep.
 *
 * A plan refers to conditions by their index in the rule set of its generation. It is not used for evaluation once
 * that set is no longer in force; it then only tells where the old states lie, until the elder has moved to the new
 * plan.
 *
 * This header defines the structures; rules/eval/plans makes them.
 *
 * Thread: the engine's owner. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_PLAN_H
#define VIGIL_RULES_EVAL_RULE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/require.h"
#include "rules/eval/rule/day_slot.h"
#include "rules/eval/rule/rule_set_tables.h"
#include "rules/eval/rule/intern.h"

enum plan_role {
        PLAN_ROLE_CAUSE,   /* the event or reading that the condition is about */
        PLAN_ROLE_CANCEL,  /* the elder cancels */
        PLAN_ROLE_CONFIRM, /* a sign of life dismisses an unconfirmed event */
        PLAN_ROLE_CLEAR,   /* all-clear: the condition is over */
        PLAN_ROLE_WORN,    /* the device is put on or taken off */
        PLAN_ROLE_PLACE,   /* home or away, or a door */
        PLAN_ROLE_COUNT,
};

/* One rule to run for one kind of event. */
struct plan_entry {
        uint32_t condition; /* see plan_condition() */
        uint32_t offset;    /* of its state in the block */
        uint32_t id_hash;
        uint16_t slot;   /* index in plan.slots */
        uint16_t room;   /* interned word; 0: any */
        uint8_t type;    /* enum rule_condition_type */
        uint8_t role;    /* enum plan_role */
        uint8_t form;    /* enum rule_form, of its episode or of its state in device rows */
        uint8_t block;   /* enum rule_form, of its state in the block; RULE_FORM_NONE: none */
        uint8_t bit;     /* as plan_slot.bit */
        uint8_t crosses; /* its state in the block spans two cache lines */
        uint8_t life;    /* as plan_slot.life */
        uint8_t reserved;
};

/* One rule that applies. */
struct plan_slot {
        uint32_t id_hash;
        uint32_t condition; /* see plan_condition() */
        uint32_t offset;    /* of its state in the block */
        uint32_t episodes;  /* bit n: it may have an episode of form n */
        uint16_t rule;
        uint16_t room;
        uint8_t type;
        uint8_t form;
        uint8_t block;
        uint8_t overridden;
        /* Offline: bit of elder_device_row.offline. Level: index of elder_device_row.level_s. Score: 1 on SpO2 scale
         * 2. Sequence: 1 if the last step may arrive before the one before it. */
        uint8_t bit;
        uint8_t timed; /* it may have a deadline */
        uint8_t life;  /* its alerts are life safety */
        uint8_t reserved;
};

/* Replaces the condition of one slot of the base plan. */
struct plan_patch {
        const struct rule_condition *condition;
        uint16_t slot;
        uint16_t rule;
};

struct plan {
        struct plan *next_in_bucket;
        struct plan *next, *prev;      /* list of all plans: plans.all */
        struct plan *base;             /* the plan that owns slots and entries; NULL: this one */
        struct plan_patch *patches;    /* sorted by slot */
        struct rule_calendar calendar; /* of the elders' site */
        struct rule_condition *merged; /* conditions merged from several overrides */
        size_t bytes;
        uint32_t merged_count;
        uint32_t hash;  /* of calendar, slots and merged */
        uint32_t shape; /* hash of where states lie: between equal shapes no block moves */
        uint32_t refs;  /* held by elders, cohorts, patched plans and struct plan_own */
        uint32_t generation;
        uint32_t state_bytes;
        uint32_t entry_count;
        uint16_t slot_count;
        uint16_t patch_count;
        bool timed; /* at least one slot may have a deadline */
        struct plan_slot *slots;
        struct plan_entry *entries;
        uint16_t *first; /* entries of kind k: first[k] to first[k + 1] */
};

/* The condition of slot @slot in a plan of the set in force. @index: plan_slot.condition. */
static inline const struct rule_condition *plan_condition(const struct plan *plan,
                                                          const struct rule_set *rules,
                                                          uint16_t slot, uint32_t index) {
        for (uint16_t i = 0; i < plan->patch_count; i++)
                if (plan->patches[i].slot == slot)
                        return plan->patches[i].condition;
        if (__builtin_expect(index < rules->condition_count, 1))
                return &rules->conditions[index];
        require(index - rules->condition_count < plan->merged_count,
                "condition %u: %u in the set and %u in the plan", index, rules->condition_count,
                plan->merged_count);
        return &plan->merged[index - rules->condition_count];
}

/* Does the elder of this plan have an override of their own for @rule? */
static inline bool plan_is_patched(const struct plan *plan, uint16_t rule) {
        for (uint16_t i = 0; i < plan->patch_count; i++)
                if (plan->patches[i].rule == rule)
                        return true;
        return false;
}

/* --- cohorts ------------------------------------------------------------------------------------ */

struct plan_cohort_key {
        char care_level[RULE_WORD_BYTES];
        char districts[RULE_DISTRICT_DEPTH_MAX][RULE_WORD_BYTES];
        char site[RULE_WORD_BYTES];
        char conditions[RULE_WORDS_MAX][RULE_WORD_BYTES];
        char tags[RULE_WORDS_MAX][RULE_WORD_BYTES];
        uint8_t district_count;
        uint8_t condition_count;
        uint8_t tag_count;
        uint8_t lives_alone;
        uint16_t birth_year; /* 0: not known */
        uint8_t reserved[2];
};

struct plan_cohort {
        struct plan_cohort_key key;
        uint32_t hash;
        uint32_t elders;
        size_t units;      /* cache lines of their blocks */
        struct plan *plan; /* for elders without overrides of their own */
};

/* Plans of elders with overrides of their own. They are made before their rule set comes into force and taken when
 * the elder moves to it. Index: row of the elder's first override in the rule set, minus @first. */
struct plan_own {
        struct plan **plan; /* NULL: not made, already taken, or the elder is not in this engine */
        uint32_t first, count;
};

/* The plans of the next rule set, while they are being made. */
struct plan_renewal {
        const struct rule_set *rules; /* NULL: no renewal is in progress */
        int64_t now_ms;               /* time at which overrides and ages are determined */
        struct plan **made;           /* plans of the first @count cohorts */
        uint32_t count, room;
        struct plan_own own;
        uint32_t own_at;  /* rows of @own before this one are done */
        size_t own_units; /* cache lines needed by elders whose own plan has another layout */
        uint32_t lost;    /* elders whose own plan could not be made because it is too large */
};

struct shelf;

enum { PLAN_BUCKETS = 4096 };

struct plans {
        struct intern words;
        struct plan_cohort *cohorts;
        uint32_t cohort_count;
        uint32_t cohort_room;
        uint32_t *cohort_slots; /* open addressing, index + 1 */
        uint32_t cohort_slot_count;
        struct plan **buckets[2]; /* by generation: that in force and the next one */
        struct plan *all;
        uint32_t count; /* length of @all */
        uint32_t generation;
        struct plan_renewal renewal;
        struct plan_own own; /* of the rule set in force */
        struct shelf *shelf; /* source of all memory except words, cohorts and buckets */
        size_t bytes;
        int64_t ahead_ms; /* how far our clock is ahead of the wall clock: engine_set_clock() */
};

static inline struct plan *plan_ref(struct plan *plan) {
        require(plan->refs < UINT32_MAX, "plan %08x", plan->hash);
        plan->refs++;
        return plan;
}

#endif
