/* SPDX-License-Identifier: MIT
 *
 * The inside of struct engine, for core/, blob.c, engine.c, engine_elder.c and engine_partition.c. Conditions never see
 * it: what they may ask is in judge.h.
 *
 * Thread: the engine's owner, but for the three atomics. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_ENGINE_STATE_H
#define VIGIL_RULES_EVAL_CORE_ENGINE_STATE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/require.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/engine_stats.h"
#include "rules/eval/core/verdict.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"
#include "rules/eval/memory/shelf.h"
#include "rules/eval/memory/table.h"
#include "rules/eval/memory/timers.h"
#include "rules/eval/rule/plan.h"
#include "rules/eval/rule/rule_set_tables.h"

struct partition;
struct waiting;

struct engine {
        alignas(64) _Atomic(const struct rule_set *)
                offered;                           /* others write (S1), owner takes (T1) */
        _Atomic(const struct rule_set *) in_force; /* owner writes (S2), others read (T2) */
        _Atomic(const struct rule_set *) refused;  /* the same */

        alignas(64) const struct rule_set *rules;
        const struct condition_ops_table *conditions; /* set once in engine_new() */
        struct table table;
        struct arena arena;
        struct shelf shelf; /* of plans */
        struct timers timers;
        struct plans plans;
        struct engine_stats stats;
        uint32_t moves; /* blocks that moved: handles found before are stale */
        uint8_t lane_of_kind[KIND_LIMIT];
        struct rule_kinds home_kinds; /* KIND_USE_HOME */

        const struct rule_set *coming; /* its plans are being made; NULL: none are */
        uint32_t dirty_first, dirty_last;
        int64_t settling_until_ms; /* of the last partition to settle */
        uint32_t ending_at;        /* next of rules->ending whose end has not come */
        int64_t year_ends_ms;      /* then everybody is a year older */
        int64_t now_ms;            /* as last told */
        int64_t ingest_behind_ms;  /* its clock: the least of its shards, as far as known */
        int64_t shard_behind_ms[EVENT_LISTENING_SHARDS_MAX]; /* + 1; 0: not known */
        bool sweeping;     /* elders still to be moved to the plans in force */
        uint32_t sweep_at; /* slot of the table */

        struct partition *partitions;
        uint32_t partition_count;
        int64_t deaf_look_ms;     /* then deaf partitions are counted again */
        struct waiting **waiting; /* buckets */
        unsigned char *scratch;   /* where a blob is written */

        int64_t settle_ms;
        verdict_sink sink;
        verdict_unknown_elder_sink unknown;
        void *context;
};

static inline struct elder *engine_at(const struct engine *engine, uint32_t handle) {
        return arena_at(&engine->arena, handle);
}

/* A rule of the set in force. A plan of another set has other numbers: judged by those, an elder would be told of under
 * a rule that is not theirs. */
static inline const struct rule *engine_rule(const struct engine *engine, uint32_t rule) {
        require(rule < engine->rules->rule_count, "rule %u of %u", rule, engine->rules->rule_count);
        return &engine->rules->rules[rule];
}

/* The device class or room numbered @word. */
static inline const char *engine_word(const struct engine *engine, uint16_t word) {
        require(word < engine->plans.words.count, "word %d of %u", word, engine->plans.words.count);
        return engine->plans.words.text[word];
}

/* The row of a form. Episodes say their form as a byte; one that has no row is no episode of ours. */
static inline const struct form_ops *engine_form(const struct engine *engine, uint8_t form) {
        require(form < RULE_FORM_LIMIT && engine->conditions->forms[form], "form %d", form);
        return engine->conditions->forms[form];
}

#endif
