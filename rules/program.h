/* SPDX-License-Identifier: MIT
 *
 * Program: the four kinds of threads of vigil-rules, put together in one visible place.
 *
 *      Kafka ─▶ consumer ─▶ shard 0..n ─▶ emit ─▶ Kafka
 *                 ╲        │ ▲
 *                  ╲       ▼ │
 *                   ───▶ state ─▶ Redis
 *
 * Thread: main, but for program_is_ready().
 */
#ifndef VIGIL_RULES_PROGRAM_H
#define VIGIL_RULES_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/kafka/kafka_watch.h"
#include "common/base/steady_clock.h"
#include "rules/emit/emit.h"
#include "rules/consumer/consumer.h"
#include "rules/reload.h"
#include "rules/shard/shard.h"
#include "rules/state/state.h"

struct program {
        const struct conf *conf;
        struct kafka_watch *kafka;
        struct reload reload;
        struct consumer consumer;
        struct emit emit;
        struct state state;
        struct shard *shards;
        int32_t shard_count;
        int64_t refused_elders; /* told in the log so far */
        struct steady_clock clock;
        bool clock_set;       /* told in the log */
        _Atomic bool started; /* U1 program_start -> V1 program_is_ready: everything is built */
        _Atomic int64_t heartbeat_mono_ms;
};

/* Reads the rule files, see reload_init(). Return: 0, RELOAD_REFUSED, -errno. */
int program_init(struct program *program, const struct conf *conf, bool only_check);
void program_fini(struct program *program);

/* The topics exist. Builds everything and starts the threads. Return: 0 or -errno. */
int program_start(struct program *program);

/* Blocks: until everything judged is in Kafka and Redis, or a little over ASSIGN_CLOSE_LIMIT_MS. */
void program_stop(struct program *program);

/* Once in 250 ms or when reload.inotify_fd is readable. */
void program_turn(struct program *program);

/* 0, or the -errno of a thread that gave up; see consumer_failed(). */
int program_failed(const struct program *program);

/* http_ready_check of common/ops/metrics.h. Thread: HTTP. */
bool program_is_ready(void *context, char *missing, size_t missing_bytes);

#endif
