/* SPDX-License-Identifier: MIT
 *
 * Step 5 of 12. Engine: events and ticks in, verdicts out; the pure heart of Vigil.
 *
 * One engine is one shard: it owns the state of its elders and has one writer. It is a pure
 * function of (rule set, registry, ordered events and ticks): no clock, no I/O, no log, no
 * lock; the same code runs live, in `vigil test` and in a replay. It links libc and threads only.
 *
 * The calls about elders, partitions and checkpoints are in engine_elder.h, engine_partition.h and blob.h.
 *
 * Thread: every call on one engine comes from its one owner, except engine_swap() and engine_provide(), which are for any
 * one other thread. Blocks: never. Allocates: only in engine_new(), engine_elder_put(), blob_restore() and
 * engine_partition_*(). For an event or a tick, a change of rules among them, it asks the system for nothing: no memory, no
 * lock, no call; what it will need it has another thread provide (is_provided). Two things are an exception, rather than to
 * lose an alarm: more than 16,384 cache lines of episodes between two calls of engine_provide(), and rules that name more than
 * 256 rooms that no home has. Proof: tests/unit/rules/shard/allocations.c
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_H
#define VIGIL_RULES_EVAL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/blob.h"
#include "rules/eval/core/engine_stats.h"
#include "rules/eval/core/verdict.h"
#include "rules/eval/engine_elder.h"
#include "rules/eval/engine_partition.h"

struct rule_set; /* immutable, compiled by rules/lang: see rules/eval/rule/rule_set.h */
struct engine;

struct engine_options {
        uint32_t elders_expected; /* sizes the tables, which grow by doubling */
        verdict_sink sink;
        verdict_unknown_elder_sink unknown; /* or NULL: they are only counted */
        void *context;                      /* of both sinks */
        int64_t settle_ms; /* after a partition is opened nobody is called overdue for this long,
                            * so that what waits in Kafka is read first; 0: 60 s, < 0: none
                            * (and 60 s after nobody listened) */
        bool is_provided; /* another thread calls engine_provide(); false: the engine asks the system itself */
};

int engine_new(struct engine **ret, const struct engine_options *options,
               const struct rule_set *rules, int64_t now_ms);
struct engine *engine_free(struct engine *engine);

/* Judge a batch, in order. Prefetches ahead, so more than one event a call pays.
 * @samples[i]: sample block of events[i], or NULL; @samples itself may be NULL.
 * An event of an elder that is not in the registry is counted and skipped; a duplicate
 * (device, boot, sequence) as well. KIND_LISTENING is of no elder: it says that silence means something
 * (rules/eval/memory/listening.h). */
void engine_events(struct engine *engine, const struct event *events,
                   const unsigned char *const *samples, uint32_t count, int64_t now_ms);

/* Fire what is due. Call at least every 250 ms, with or without traffic. Does a bounded amount of work
 * (well under a millisecond); when more is due, engine_next_due_ms() is 0: judge what events wait and
 * call again. */
void engine_tick(struct engine *engine, int64_t now_ms);

/* Milliseconds until the next deadline (0: due now, -1: none), for the owner's sleep. */
int64_t engine_next_due_ms(const struct engine *engine, int64_t now_ms);

/* It is @now_ms, and that is @ahead_ms ahead of the wall clock: the owner's clock does not follow when that is
 * set back (> 0) or forward (< 0), so that no deadline moves (common/base/steady_clock.h). Verdicts and local times of
 * day go by the wall clock. What ingest stamped may have moved with our wall clock or not (another host): of both
 * readings the later one that is not in the future counts, and what is in the future by both was
 * received now. States restored from a clock ahead of @now_ms are brought into our time. */
void engine_set_clock(struct engine *engine, int64_t now_ms, int64_t ahead_ms);

/* --- rule sets ----------------------------------------------------------------------------- */

/*
 * Ordering pairs. Every release names the acquire that sees it:
 *
 *      S1 engine_swap     set filled        ->  T1 engine_events, engine_tick  set read
 *      S2 the same calls  old set let go    ->  T2 engine_rules_in_force       owner frees it
 *
 * Proof: tests/models/swap.pml (fails with -DBROKEN), tests/stress/swap.c (TSan).
 */

/* Thread: any one other thread. Blocks: never. Offer a new rule set. The engine takes it up at its next
 * call (quiescent point): from then on every judgement is by the new one, and the state of rules
 * with the same id goes on, running timers included (docs/engine.md tells what a changed limit
 * does to them).
 * Return: a set offered before and never taken up, which may be freed now, or NULL. */
const struct rule_set *engine_swap(struct engine *engine, const struct rule_set *rules);

/* Thread: any. Blocks: never. The rule set in force: once it equals the new one, the old may be freed. */
const struct rule_set *engine_rules_in_force(const struct engine *engine);

/* Thread: any. Blocks: never. The set last refused because its plans did not fit into memory, or NULL.
 * The former one stays in force; the refused one may be freed. */
const struct rule_set *engine_rules_refused(const struct engine *engine);

/* --- memory ------------------------------------------------------------------------------------- */

/* Thread: any one other thread, the one of engine_swap() or another. Blocks: on the system. Get the memory that the engine has
 * asked for; every 250 ms is often enough, and until it was called no rule set comes into force that needs more.
 * Return: bytes given. */
size_t engine_provide(struct engine *engine);

/* --- counters (read by the owner, published by it) --------------------------------------------- */

void engine_read_stats(const struct engine *engine, struct engine_stats *ret);

#endif
