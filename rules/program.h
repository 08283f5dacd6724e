/* SPDX-License-Identifier: MIT
 *
 * Program: builds and connects the four kinds of threads of vigil-rules, and watches them.
 *
 *      Kafka ─▶ consumer ─▶ shard 0..n ─▶ emit ─▶ Kafka
 *                 ╲        │ ▲
 *                  ╲       ▼ │
 *                   ───▶ state ─▶ Redis
 *
 * Thread: main, for all calls but program_is_ready().
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
        int64_t refused_elders; /* logged so far */
        struct steady_clock clock;
        bool clock_set;       /* a step of the wall clock is logged */
        _Atomic bool started; /* U1 program_start -> V1 program_is_ready: everything is built */
        _Atomic int64_t heartbeat_mono_ms;
};

/* Reads the rule files, see reload_init(). @conf must outlive the program. Return: 0, RELOAD_REFUSED, -errno. */
int program_init(struct program *program, const struct conf *conf, bool only_check);
void program_fini(struct program *program);

/* Builds everything and starts the threads. The topics must exist. Return: 0 or -errno. */
int program_start(struct program *program);

/* Blocks: until everything judged is in Kafka and Redis, at most a little longer than ASSIGN_CLOSE_LIMIT_MS. */
void program_stop(struct program *program);

/* Call every 250 ms and when reload.inotify_fd is readable. Blocks: reading the rule files. */
void program_turn(struct program *program);

/* Return: 0, or the -errno with which a thread stopped. */
int program_failed(const struct program *program);

/* http_ready_check of common/ops/metrics.h. Thread: HTTP. */
bool program_is_ready(void *context, char *missing, size_t missing_bytes);

#endif
