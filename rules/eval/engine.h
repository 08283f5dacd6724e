/* SPDX-License-Identifier: MIT
 *
 * Step 5 of 12. Engine: events and ticks in, verdicts out.
 *
 * One engine is one shard: it owns the state of its elders and has one writer. It is a pure function of (rule set,
 * registry, ordered events and ticks): no clock, no I/O, no log, no lock. The same code runs live, in `vigil test`
 * and in a replay. It links libc and threads only.
 *
 * The calls about elders, partitions and checkpoints are in engine_elder.h, engine_partition.h and blob.h.
 *
 * Thread: every call on one engine comes from its one owner. Exceptions: engine_swap() and engine_provide() are for
 * one other thread each, and any thread may call the two queries after engine_swap(). Blocks: never, except
 * engine_provide(). Allocates: only in engine_new(), engine_elder_put(), blob_restore() and engine_partition_open().
 * For an event or a tick, a change of rules among them, the engine asks the system for nothing: no memory, no lock,
 * no system call. Another thread provides what it will need (is_provided). There are two exceptions, because the loss
 * of an alarm would be worse: more than 16,384 cache lines of episodes between two calls of engine_provide(), and
 * rules that name more than 256 rooms that no home has. Proof: tests/unit/rules/shard/allocations.c
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
        uint32_t elders_expected; /* initial size of the table, which grows by doubling */
        verdict_sink sink;
        verdict_unknown_elder_sink unknown; /* or NULL: they are only counted */
        void *context;                      /* of both sinks */
        /* After a partition is opened, nothing is raised because of silence for this long, so that the backlog in
         * Kafka is read first; also after listening has resumed. 0: 60 s. < 0: not at all, but 60 s after listening
         * has resumed. */
        int64_t settle_ms;
        /* Another thread calls engine_provide(). False: the engine asks the system itself. */
        bool is_provided;
};

/* @rules must stay valid as long as it is in force. @now_ms: on the owner's clock, as in all calls. Return: 0,
 * -ENOMEM, -E2BIG. */
int engine_new(struct engine **ret, const struct engine_options *options,
               const struct rule_set *rules, int64_t now_ms);
/* NULL is allowed. Return: NULL. */
struct engine *engine_free(struct engine *engine);

/* Evaluate a batch of events, in order. It prefetches ahead, so a batch is faster than single events. @samples[i]:
 * sample block of events[i], or NULL; @samples itself may be NULL. An event of an elder who is not in the registry is
 * counted and given to the sink for unknown elders. A duplicate (rules/eval/memory/window.h) is counted and skipped.
 * KIND_LISTENING belongs to no elder: it reports whether silence means something (rules/eval/memory/listening.h). */
void engine_events(struct engine *engine, const struct event *events,
                   const unsigned char *const *samples, uint32_t count, int64_t now_ms);

/* Fire what is due. Call this at least every 250 ms, with or without traffic. It does a bounded amount of work (well
 * under a millisecond); if more is due, engine_next_due_ms() is 0: evaluate the events that wait and call again. */
void engine_tick(struct engine *engine, int64_t now_ms);

/* Milliseconds until the next deadline (0: due now, -1: none), for the owner's sleep. */
int64_t engine_next_due_ms(const struct engine *engine, int64_t now_ms);

/* It is @now_ms, which is @ahead_ms ahead of the wall clock. The owner's clock does not follow when the wall clock is
 * set back (> 0) or forward (< 0), so that no deadline moves (common/base/steady_clock.h). Verdicts and local times
 * of day are by the wall clock. A time of ingest may have moved with our wall clock, or not (another host): of both
 * readings the later one that is not in the future counts; if both are in the future, the event was received now.
 * States restored from a clock ahead of @now_ms are moved back to our time. */
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

/* Thread: any one other thread. Blocks: never. Offer a new rule set. The engine takes it up at its next call
 * (quiescent point) and puts it in force when all plans are made; see the two queries below. From then on every
 * evaluation is by the new set, and the state of rules with the same id continues, running timers included
 * (docs/engine.md lists what a changed limit does to them). Return: a set that was offered before and never taken up,
 * which may be freed now, or NULL. */
const struct rule_set *engine_swap(struct engine *engine, const struct rule_set *rules);

/* Thread: any. Blocks: never. The rule set in force: once it is the new one, the old one may be freed. */
const struct rule_set *engine_rules_in_force(const struct engine *engine);

/* Thread: any. Blocks: never. The set last refused because its plans could not be made (no memory, or too large), or
 * NULL. The former set stays in force; the refused one may be freed. */
const struct rule_set *engine_rules_refused(const struct engine *engine);

/* --- memory ------------------------------------------------------------------------------------- */

/* Thread: any one other thread, that of engine_swap() or another. Blocks: on the system. Get the memory that the
 * engine has requested. Every 250 ms is often enough; without it, no rule set that needs more memory comes into
 * force. Return: bytes given. */
size_t engine_provide(struct engine *engine);

/* --- counters (read by the owner, published by it) --------------------------------------------- */

void engine_read_stats(const struct engine *engine, struct engine_stats *ret);

#endif
