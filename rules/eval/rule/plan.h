/* SPDX-License-Identifier: MIT
 *
 * Plan: what is to be done for one kind of elder. The rules that apply, where those that always have
 * a state keep it in the elder's block, and, for every kind of event, which of them to run. Immutable; elders with
 * the same applicable rules and overrides share one.
 *
 * Cohort: everybody with the same care level, conditions, tags, district and site. A new rule set is
 * matched against cohorts, not elders. An elder with overrides gets a plan of its own, which mostly
 * is the cohort's with a few patches: a hundred thousand of them are cheap to make and to keep.
 *
 * A plan names conditions by their index in the rule set of its generation, so it judges nothing
 * once that set is out of force; it then only tells where the old states lie until the elder has
 * moved to the new plan.
 *
 * Here is what they are; rules/eval/plans makes them.
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
        PLAN_ROLE_CAUSE,   /* the signal itself */
        PLAN_ROLE_CANCEL,  /* ends a hold */
        PLAN_ROLE_CONFIRM, /* dismisses what waits to be confirmed */
        PLAN_ROLE_CLEAR,   /* ends the condition */
        PLAN_ROLE_WORN,    /* the device is put on or taken off */
        PLAN_ROLE_PLACE,   /* home or away */
        PLAN_ROLE_COUNT,
};

/* One rule to run for one kind of event. */
struct plan_entry {
        uint32_t condition; /* see plan_condition() */
        uint32_t offset;    /* of its state in the block */
        uint32_t id_hash;
        uint16_t slot;   /* index in plan.slots */
        uint16_t room;   /* word, 0: any */
        uint8_t type;    /* enum rule_condition_type */
        uint8_t role;    /* enum plan_role */
        uint8_t form;    /* enum rule_form: of its episode, or beside the device */
        uint8_t block;   /* enum rule_form: of its state in the block; RULE_FORM_NONE: none */
        uint8_t bit;     /* as in the slot */
        uint8_t crosses; /* its state in the block lies in two cache lines */
        uint8_t life;    /* as in the slot */
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
        uint8_t bit; /* which bit of elder_device_row.offline, which of elder_device_row.level_s; SCORE: scale 2 */
        uint8_t timed; /* it may have a deadline */
        uint8_t life;  /* … of life safety */
        uint8_t reserved;
};

/* Another condition for one slot of a plan. */
struct plan_patch {
        const struct rule_condition *condition;
        uint16_t slot;
        uint16_t rule;
};

struct plan {
        struct plan *next_in_bucket;
        struct plan *next, *prev;      /* all plans, for the end */
        struct plan *base;             /* whose slots and entries these are; NULL: its own */
        struct plan_patch *patches;    /* by slot */
        struct rule_calendar calendar; /* of the elders' site */
        struct rule_condition *merged; /* where several overrides lie upon each other */
        size_t bytes;
        uint32_t merged_count;
        uint32_t hash;  /* of calendar, slots and merged */
        uint32_t shape; /* of where states lie: equal shapes need no move */
        uint32_t refs;  /* elders and cohorts */
        uint32_t generation;
        uint32_t state_bytes;
        uint32_t entry_count;
        uint16_t slot_count;
        uint16_t patch_count;
        bool timed; /* any slot may have a deadline */
        struct plan_slot *slots;
        struct plan_entry *entries;
        uint16_t *first; /* entries of kind k: first[k] to first[k + 1] */
};

/* The condition of slot number @slot, numbered @index, in a plan of the set in force. */
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

/* Does the elder of this plan have values of their own for @rule? */
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
        size_t units;      /* of their blocks */
        struct plan *plan; /* without overrides */
};

/* The plans of elders with values of their own, made before their rule set is in force and taken when they move to it: by the
 * row of their first override, less @first. */
struct plan_own {
        struct plan **plan; /* NULL: not made, taken, or not of an elder of ours */
        uint32_t first, count;
};

/* All plans for another rule set, on their way. */
struct plan_renewal {
        const struct rule_set *rules; /* NULL: none is under way */
        int64_t now_ms;               /* whose overrides hold, how old everybody is */
        struct plan **made;           /* of the first @count cohorts */
        uint32_t count, room;
        struct plan_own own;
        uint32_t own_at;  /* rows before it are done */
        size_t own_units; /* cache lines that elders with a layout of their own will need */
        uint32_t lost;    /* elders whose own values find no room in a plan */
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
        struct plan **buckets[2]; /* by generation: that in force, and the one on its way */
        struct plan *all;
        uint32_t count; /* of all */
        uint32_t generation;
        struct plan_renewal renewal;
        struct plan_own own; /* of the set in force */
        struct shelf *shelf; /* where all of it is taken from, but for words and cohorts */
        size_t bytes;
        int64_t ahead_ms; /* of the wall clock: see engine_set_clock() */
};

static inline struct plan *plan_ref(struct plan *plan) {
        require(plan->refs < UINT32_MAX, "plan %08x", plan->hash);
        plan->refs++;
        return plan;
}

#endif
