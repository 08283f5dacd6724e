/* SPDX-License-Identifier: MIT */
#include "rules/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/ops/metrics.h"
#include "common/ops/notify.h"
#include "rules/threads/stats.h"

enum {
        ALARM_SLOTS = 1024,
        TELEMETRY_SLOTS = 4096,
        CONTROL_SLOTS = 1024,
        OWED_SLOTS = 256,
        ELDERS_EXPECTED = 4096,
        WARM_TIMEOUT_MS = 10000,
        ALIVE_MS = 2000,
        JUDGING_MS = 5000, /* longer than a rebalance takes */
};

static int32_t count_shards(const struct conf *conf) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        int32_t shards = conf->rules.shards;

        if (shards <= 0)
                shards = cores > 1 ? (int32_t)cores - 1
                                   : 1; /* one core is for consumer, emit and state */
        if (shards > conf->kafka.partitions)
                shards = conf->kafka.partitions;
        return shards < EMIT_LINKS_MAX ? shards : EMIT_LINKS_MAX;
}

int program_init(struct program *program, const struct conf *conf, bool only_check) {
        memset(program, 0, sizeof(*program));
        program->conf = conf;
        program->consumer.bell.fd = program->emit.bell.fd = program->state.bell.fd = -1;
        atomic_init(&program->heartbeat_mono_ms, clock_mono_ms());
        return err_trace(reload_init(&program->reload, conf, only_check));
}

/* --- building -------------------------------------------------------------------------------------- */

static int build_shards(struct program *program) {
        struct shard_options options = {
                .shard_count = count_shards(program->conf),
                .partition_count = program->conf->kafka.partitions,
                .lane_slots = {[LANE_ALARM] = ALARM_SLOTS, [LANE_TELEMETRY] = TELEMETRY_SLOTS},
                .control_slots = CONTROL_SLOTS,
                .owed_slots = OWED_SLOTS,
                .elders_expected = ELDERS_EXPECTED,
                .checkpoint_interval_ms = program->conf->rules.checkpoint_interval_ms,
                .settle_ms =
                        program->conf->rules.settle_ms > 0 ? program->conf->rules.settle_ms : -1,
                .loading = true,
                .is_provided = true,
                .rules = program->reload.rules,
                .consumer_bell = &program->consumer.bell,
                .consumer_space_bell = &program->consumer.space_bell,
                .emit_bell = &program->emit.bell,
                .state_bell = &program->state.bell,
        };
        size_t bytes = (size_t)options.shard_count * sizeof(*program->shards);

        program->shards = aligned_alloc(alignof(struct shard), bytes);
        if (!program->shards)
                return err_raise(-ENOMEM);
        for (; options.index < options.shard_count; options.index++) {
                int r = shard_init(&program->shards[options.index], &options, clock_wall_ms());

                if (r < 0)
                        return err_trace(r);
                program->shard_count++;
        }
        return 0;
}

static int build_state(struct program *program) {
        struct state_link *links = calloc((size_t)program->shard_count, sizeof(*links));
        int r;

        if (!links)
                return err_raise(-ENOMEM);
        for (int32_t i = 0; i < program->shard_count; i++)
                links[i] = (struct state_link){
                        .checkpoint = &program->shards[i].checkpoint,
                        .shard_bell = &program->shards[i].bell,
                        .acks = &program->emit.links[i].acks,
                };
        r = state_init(&program->state, program->conf, links, (uint32_t)program->shard_count,
                       &program->consumer.bell);
        free(links);
        return err_trace(r);
}

static int build(struct program *program) {
        int r = consumer_init(&program->consumer);

        if (r == 0)
                r = emit_init(&program->emit, program->conf, (uint32_t)count_shards(program->conf));
        if (r == 0)
                r = build_shards(program);
        if (r == 0)
                r = build_state(program);
        if (r < 0)
                return err_trace(r);
        program->emit.acks_bell = &program->state.acks_bell;
        for (int32_t i = 0; i < program->shard_count; i++)
                emit_connect(&program->emit, (uint32_t)i, &program->shards[i].outbox);
        reload_connect(&program->reload, program->shards, program->shard_count);
        return err_trace(consumer_open(&program->consumer, program->conf, program->shards,
                                       program->shard_count, &program->state));
}

int program_start(struct program *program) {
        int r = build(program);

        if (r == 0)
                r = kafka_watch_start(&program->kafka, program->conf, program->conf->rules.group);
        if (r < 0)
                return err_trace(r);
        consumer_watch(&program->consumer, program->kafka);
        r = emit_warm(&program->emit, program->conf, WARM_TIMEOUT_MS);
        if (r < 0)
                log_event(LOG_WARN, "V2510", "kafka is slow to take a first record", "why",
                          err_why(), NULL);

        r = state_start(&program->state);
        if (r == 0)
                r = emit_start(&program->emit);
        for (int32_t i = 0; r == 0 && i < program->shard_count; i++)
                r = shard_start(&program->shards[i]);
        if (r == 0)
                r = consumer_start(&program->consumer);
        if (r == 0)
                /* U1 -> V1: everything is built before the HTTP thread reads it. */
                atomic_store_explicit(&program->started, true, memory_order_release);
        return err_trace(r);
}

void program_stop(struct program *program) {
        consumer_stop(&program->consumer); /* first: to give partitions back it needs the others */
        for (int32_t i = 0; i < program->shard_count; i++)
                shard_stop(&program->shards[i]);
        emit_stop(&program->emit);
        state_stop(&program->state);
}

void program_fini(struct program *program) {
        consumer_fini(&program->consumer);
        kafka_watch_stop(program->kafka);
        program->kafka = NULL;
        state_fini(&program->state);
        for (int32_t i = 0; i < program->shard_count; i++)
                shard_fini(&program->shards[i]);
        emit_fini(&program->emit);
        reload_fini(&program->reload);
        free(program->shards);
        program->shards = NULL;
        program->shard_count = 0;
}

/* --- watching --------------------------------------------------------------------------------------- */

int program_failed(const struct program *program) {
        int r = consumer_failed(&program->consumer);

        for (int32_t i = 0; r == 0 && i < program->shard_count; i++)
                r = shard_failed(&program->shards[i]);
        return r ? r : emit_failed(&program->emit);
}

/* Return: how many slots are filled. Other threads write both indices; stale values are good enough for a gauge. */
static int64_t depth_of(struct ring *ring) {
        uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
        uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
        int32_t depth = (int32_t)(tail - head);

        return depth > 0 ? depth : 0;
}

static void tell_refused_elders(struct program *program) {
        int64_t refused = stat_get(STAT_ELDERS_REFUSED);

        if (refused != program->refused_elders)
                log_event(LOG_ERROR, "V2511",
                          "too many rules, device classes or rooms: an elder is not watched as "
                          "registered",
                          "entries", log_number(refused - program->refused_elders), NULL);
        program->refused_elders = refused;
}

/* Report a step of the wall clock. The clocks of the shards show the same difference: none of them follows the step. */
static void tell_clock(struct program *program) {
        int64_t ahead_s;

        (void)steady_clock_ms(&program->clock, clock_wall_ms(), clock_mono_ms());
        ahead_s = steady_clock_ahead_ms(&program->clock) / 1000;
        stat_set(STAT_CLOCK_AHEAD, ahead_s);
        if (ahead_s && !program->clock_set)
                log_event(LOG_WARN, "V2526", "the wall clock was set: deadlines keep their time",
                          "ahead_s", log_number(ahead_s), NULL);
        program->clock_set = ahead_s != 0;
}

static void show(struct program *program) {
        int64_t alarm = 0, telemetry = 0, owed = 0, behind = 0;

        for (int32_t i = 0; i < program->shard_count; i++) {
                struct shard *shard = &program->shards[i];
                int64_t depths[] = {depth_of(&shard->lane[LANE_ALARM]),
                                    depth_of(&shard->lane[LANE_TELEMETRY]),
                                    depth_of(&shard->outbox.ring)};

                alarm = depths[0] > alarm ? depths[0] : alarm;
                telemetry = depths[1] > telemetry ? depths[1] : telemetry;
                owed = depths[2] > owed ? depths[2] : owed;
                behind += atomic_load_explicit(&shard->behind, memory_order_relaxed);
        }
        stat_set(STAT_RING_ALARM, alarm);
        stat_set(STAT_RING_TELEMETRY, telemetry);
        stat_set(STAT_RING_OWED, owed);
        stat_set(STAT_BEHIND, behind);
        tell_refused_elders(program);
        tell_clock(program);
}

/* Publish the oldest heartbeat of consumer, shards and emit, so that one hung thread fails the liveness check. The
 * state thread does not count: it may block on Redis without stopping anything else. */
static void beat(struct program *program) {
        int64_t now_mono_ms = clock_mono_ms();
        int64_t oldest_mono_ms = now_mono_ms;
        int64_t seen_mono_ms[] = {
                atomic_load_explicit(&program->consumer.heartbeat_mono_ms, memory_order_relaxed),
                atomic_load_explicit(&program->emit.heartbeat_mono_ms, memory_order_relaxed),
        };

        if (!atomic_load_explicit(&program->started, memory_order_relaxed)) { /* own variable */
                atomic_store_explicit(&program->heartbeat_mono_ms, now_mono_ms,
                                      memory_order_relaxed);
                return;
        }
        for (size_t i = 0; i < sizeof(seen_mono_ms) / sizeof(seen_mono_ms[0]); i++)
                if (seen_mono_ms[i] && seen_mono_ms[i] < oldest_mono_ms)
                        oldest_mono_ms = seen_mono_ms[i];
        for (int32_t i = 0; i < program->shard_count; i++) {
                int64_t seen = atomic_load_explicit(&program->shards[i].heartbeat_mono_ms,
                                                    memory_order_relaxed);

                if (seen && seen < oldest_mono_ms)
                        oldest_mono_ms = seen;
        }
        atomic_store_explicit(&program->heartbeat_mono_ms, oldest_mono_ms, memory_order_relaxed);
        if (now_mono_ms - oldest_mono_ms < ALIVE_MS)
                notify_systemd("WATCHDOG=1");
}

void program_turn(struct program *program) {
        beat(program);
        if (!atomic_load_explicit(&program->started, memory_order_relaxed)) /* own variable */
                return;
        reload_turn(&program->reload, clock_mono_ms());
        show(program);
}

/* Return: why the consumer is not judging all partitions that the group assigns to it; NULL if it is, or was less than
 * JUDGING_MS ago. */
static const char *feed_missing(const struct consumer *consumer) {
        int64_t judging_mono_ms =
                atomic_load_explicit(&consumer->judging_mono_ms, memory_order_relaxed);

        if (judging_mono_ms && clock_mono_ms() - judging_mono_ms < JUDGING_MS)
                return NULL;
        if (atomic_load_explicit(&consumer->has_rival, memory_order_relaxed))
                return "kafka: the group puts us out, another process has our rules.instance";
        if (atomic_load_explicit(&consumer->fenced, memory_order_relaxed))
                return "redis: a process outside our group has taken partitions of ours";
        return "kafka: no partitions assigned";
}

bool program_is_ready(void *context, char *missing, size_t missing_bytes) {
        struct program *program = context;
        const struct consumer *consumer = &program->consumer;
        const char *what = NULL;

        if (!atomic_load_explicit(&program->started, memory_order_acquire)) /* V1 <- U1 */
                what = "kafka: not reached yet";
        else if (!kafka_watch_is_fine(program->kafka, missing, missing_bytes))
                return false;
        else if (!atomic_load_explicit(&consumer->registry_told, memory_order_relaxed))
                what = "registry: still being read";
        else if (!atomic_load_explicit(&program->state.is_there, memory_order_relaxed))
                what = atomic_load_explicit(&consumer->was_running, memory_order_relaxed)
                               ? "redis: away, judging from memory"
                               : "redis: away, kafka is read back instead";
        else
                what = feed_missing(consumer);
        if (what)
                snprintf(missing, missing_bytes, "%s", what);
        else
                reload_mistake(&program->reload, missing, missing_bytes);
        return what == NULL;
}
