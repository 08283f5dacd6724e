/* SPDX-License-Identifier: MIT
 *
 * The inside of struct engine, for core/, blob.c, engine.c, engine_elder.c and engine_partition.c. Conditions do not
 * see it; what they may call is in judge.h.
 *
 * Thread: the engine's owner, except for the three atomics. Blocks: never.
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
                offered;                           /* others write (S1), the owner takes (T1) */
        _Atomic(const struct rule_set *) in_force; /* the owner writes (S2), others read (T2) */
        _Atomic(const struct rule_set *) refused;  /* as @in_force */

        alignas(64) const struct rule_set *rules;
        const struct condition_ops_table *conditions; /* set once in engine_new() */
        struct table table;
        struct arena arena;
        struct shelf shelf; /* memory of plans */
        struct timers timers;
        struct plans plans;
        struct engine_stats stats;
        uint32_t moves; /* counts blocks moved or freed: after it, older handles are stale */
        uint8_t lane_of_kind[KIND_LIMIT];
        struct rule_kinds home_kinds; /* KIND_USE_HOME: signs of life at home */

        const struct rule_set *coming; /* the set whose plans are being made; NULL: none */
        uint32_t dirty_first, dirty_last;
        int64_t settling_until_ms; /* when the last partition has settled */
        uint32_t ending_at;        /* in rules->ending: the next override to end */
        int64_t year_ends_ms;      /* then ages change */
        int64_t now_ms;            /* of the latest call, on the engine's clock */
        int64_t ingest_behind_ms;  /* ingest's clock is behind ours by this: least of its shards */
        int64_t shard_behind_ms[EVENT_LISTENING_SHARDS_MAX]; /* + 1; 0: not known */
        bool sweeping;     /* elders have yet to move to the plans in force */
        uint32_t sweep_at; /* next slot of the table */

        struct partition *partitions;
        uint32_t partition_count;
        int64_t deaf_look_ms;     /* when to count deaf partitions again */
        struct waiting **waiting; /* hash buckets; see blob.c */
        unsigned char *scratch;   /* buffer for writing a blob */

        int64_t settle_ms;
        verdict_sink sink;
        verdict_unknown_elder_sink unknown;
        void *context;
};

static inline struct elder *engine_at(const struct engine *engine, uint32_t handle) {
        return arena_at(&engine->arena, handle);
}

/* A rule of the set in force. A plan of another set has other indices, which would give an elder the alert of a wrong
 * rule. */
static inline const struct rule *engine_rule(const struct engine *engine, uint32_t rule) {
        require(rule < engine->rules->rule_count, "rule %u of %u", rule, engine->rules->rule_count);
        return &engine->rules->rules[rule];
}

/* The device class or room numbered @word. */
static inline const char *engine_word(const struct engine *engine, uint16_t word) {
        require(word < engine->plans.words.count, "word %d of %u", word, engine->plans.words.count);
        return engine->plans.words.text[word];
}

/* The row of a form. An episode stores its form as a byte; one without a row is corrupt. */
static inline const struct form_ops *engine_form(const struct engine *engine, uint8_t form) {
        require(form < RULE_FORM_LIMIT && engine->conditions->forms[form], "form %d", form);
        return engine->conditions->forms[form];
}

#endif
