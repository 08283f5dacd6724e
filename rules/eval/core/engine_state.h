/* SPDX-License-Identifier: MIT
 *
 * The inside of struct engine, for the files that make it up:
 *
 *      engine.c     events, ticks, swap, telling verdicts
 *      elder.c      elders come, change, move and go
 *      partition.c  open, close, settle, listened to or not
 *      blob.c       states out and in
 *
 * Thread: the engine's owner, but for the three atomics. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_ENGINE_STATE_H
#define VIGIL_RULES_EVAL_CORE_ENGINE_STATE_H

#include <stdalign.h>
#include <stdatomic.h>

#include "rules/eval/core/episode.h"
#include "rules/eval/core/judge.h"
#include "rules/eval/engine.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"
#include "rules/eval/memory/listening.h"
#include "rules/eval/memory/table.h"
#include "rules/eval/memory/timers.h"
#include "rules/eval/set/plan.h"
#include "rules/eval/set/rule_set_tables.h"

enum {
        PARTITIONS_MAX = 65536,
        SETTLE_MS = 60 * 1000,
        SETTLE_MAX_MS = 15 * 60 * 1000, /* however far behind we still are */
        BEHIND_MS = 10 * 1000,          /* an event received longer ago: still catching up */
        DEAF_LOOK_MS = 1000,            /* how often deaf partitions are counted */
};

struct partition {
        int64_t opened_ms;
        int64_t settling_since_ms; /* opened, or listened to again */
        int64_t settled_ms;
        int64_t reads_back_until_ms; /* 0: it does not, or no more */
        bool open;
        bool listened_again; /* that is what it settles after */
        struct listening listening;
};

/* A state restored for an elder who is not in the registry yet. */
struct waiting {
        struct waiting *next;
        int32_t partition;
        uint32_t hash;
        char elder_id[ELDER_ID_BYTES];
        size_t blob_bytes;
        unsigned char blob[];
};

struct engine {
        alignas(64) _Atomic(const struct rule_set *)
                offered;                           /* others write (S1), owner takes (T1) */
        _Atomic(const struct rule_set *) in_force; /* owner writes (S2), others read (T2) */
        _Atomic(const struct rule_set *) refused;  /* the same */

        alignas(64) const struct rule_set *rules;
        struct table table;
        struct arena arena;
        struct timers timers;
        struct plans plans;
        struct engine_stats stats;
        uint32_t moves; /* blocks that moved: handles found before are stale */
        uint8_t lane_of_kind[KIND_LIMIT];

        const struct rule_set *coming; /* its plans are being made; NULL: none are */
        uint32_t dirty_first, dirty_last;
        int64_t settling_until_ms; /* of the last partition to settle */
        uint32_t ending_at;        /* next of rules->ending whose end has not come */
        int64_t year_ends_ms;      /* then everybody is a year older */
        int64_t now_ms;            /* as last told */
        int64_t ingest_behind_ms;  /* its clock: the least of its shards, as far as known */
        int64_t shard_behind_ms[LISTENING_SHARDS_MAX]; /* + 1; 0: not known */
        bool sweeping;     /* elders still to be moved to the plans in force */
        uint32_t sweep_at; /* slot of the table */

        struct partition *partitions;
        uint32_t partition_count;
        int64_t deaf_look_ms;     /* then deaf partitions are counted again */
        struct waiting **waiting; /* buckets */
        unsigned char *scratch;   /* where a blob is written */

        int64_t settle_ms;
        verdict_sink sink;
        unknown_elder_sink unknown;
        void *context;
};

static inline struct elder *engine_at(const struct engine *engine, uint32_t handle) {
        return arena_at(&engine->arena, handle);
}

/* --- elder.c -------------------------------------------------------------------------------------- */

/* Return: its handle or HANDLE_NONE. */
uint32_t elder_find(const struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* Bring the elder onto the plan of the generation in force, overrides included; its timer comes up
 * at once. Return: its handle, another one when the block had to move. */
uint32_t elder_renew(struct engine *engine, uint32_t handle, int64_t now_ms);

/* Have the elder looked at now, before others if something of life safety is under way. */
void elder_look(struct engine *engine, uint32_t handle, int64_t now_ms);

void elder_mark_dirty(struct engine *engine, uint32_t handle);
void elder_clean(struct engine *engine, uint32_t handle);

/* Quiet rules of this elder that never saw a sign of life. */
uint32_t elder_blind(const struct elder *elder);

/* --- blob.c --------------------------------------------------------------------------------------- */

int blobs_init(struct engine *engine);
void blobs_fini(struct engine *engine);

/* As if the elder had just been registered. */
void blob_forget(struct engine *engine, uint32_t handle);

/* Put what waits for this elder into it. */
void blobs_claim(struct engine *engine, uint32_t handle);

/* Forget what waits for elders of @partition. */
void blobs_drop(struct engine *engine, int32_t partition);

/* --- partition.c ---------------------------------------------------------------------------------- */

const struct partition *partition_of(const struct engine *engine, const struct elder *elder);

/* An event that waited, in Kafka or in a device (@moment->buffered), arrived while a partition settles: more of
 * them may still come. */
void partition_behind(const struct moment *moment);

/* @event is of KIND_LISTENING: an ingest shard says whether it listens. */
void partition_listening(struct engine *engine, const struct event *event, int64_t now_ms);

/* Count the deaf partitions, once a second. */
void partitions_count_deaf(struct engine *engine, int64_t now_ms);

#endif
