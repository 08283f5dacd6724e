/* SPDX-License-Identifier: MIT
 *
 * State thread: the only thread that talks to Redis, so that no other thread blocks when Redis hangs.
 *
 *      consumer  ──requests ring──▶ ┌───────┐
 *      consumer  ◀──answers ring─── │ state │ ── Redis
 *      shard     ◀──checkpoint────▶ └───────┘
 *
 * When Redis has been away for STATE_TAKE_LIMIT_MS, a request for a partition is answered without stored state
 * ("provisional"). The partition is then judged from what Kafka still holds, and nothing is saved. Once Redis is back
 * the partition is taken again, as if it had just been assigned (docs/adr/0014-without-redis.md).
 *
 * A checkpoint is written only after Kafka has acknowledged every record that the shard sent before it. A crash in
 * between repeats alerts (with the same ids) and never loses one.
 *
 * Pairs, besides those of ring.h, doorbell.h, checkpoint.h and acks.h:
 *
 *      O1 main  asked to stop  ->  O2 state thread leaves its loop
 */
#ifndef VIGIL_RULES_STATE_STATE_H
#define VIGIL_RULES_STATE_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "rules/shard/checkpoint.h"
#include "rules/state/store.h"
#include "rules/threads/acks.h"
#include "rules/threads/doorbell.h"
#include "rules/threads/ring.h"

enum {
        STATE_TAKE_LIMIT_MS = 2000,
        /* How far Kafka is read back to rebuild unknown states: longer than holds, durations and most
         * silences, and short enough to be read within seconds. */
        STATE_READ_BACK_MS = 12 * 3600 * 1000,
};

struct state_request {
        int32_t partition;
        uint32_t generation;
};

enum state_answer_type {
        STATE_TAKEN,  /* restored, which the consumer owns now */
        STATE_FENCED, /* another process has taken partition */
        STATE_BACK,   /* Redis is back: take the provisional partitions again */
};

struct state_answer {
        enum state_answer_type type;
        int32_t partition;
        uint64_t epoch; /* STATE_FENCED: our epoch, which is no longer valid */
        struct checkpoint_restored *restored;
};

/* One per shard. */
struct state_link {
        struct checkpoint *checkpoint;
        struct doorbell *shard_bell;
        const struct acks *acks;
};

struct state {
        struct store *store;
        struct doorbell bell;
        struct doorbell
                acks_bell; /* armed while a checkpoint waits for acknowledgements; rung by emit */
        struct doorbell *consumer_bell;
        struct ring requests; /* consumer -> state */
        struct ring answers;  /* state -> consumer */
        struct state_link *links;
        uint32_t link_count;
        int32_t partition_count;

        bool was_away;        /* the log says that Redis is away */
        int64_t away_mono_ms; /* since when, if was_away */
        bool owes_back;       /* provisional partitions exist: send STATE_BACK when Redis is back */
        bool waits_for_acks;
        int64_t retry_mono_ms; /* do not call Redis before; 0: no wait */
        int64_t pinged_mono_ms;
        int backoff_ms;

        /* These order nothing else. */
        _Atomic int64_t (*append_time_ms)
                [LANE_COUNT];  /* by partition, as in checkpoint_part; the consumer writes */
        _Atomic bool is_there; /* the last call to Redis was answered */
        _Atomic int64_t heartbeat_mono_ms;
        _Atomic bool stop; /* O1 -> O2 */
        pthread_t thread;
        bool running;
};

/* Thread: main. Does not connect to Redis. @links is copied; what it points to must outlive the state thread.
 * Return: 0, -ENOMEM, -errno of eventfd(2) or of reading redis.password_file. */
int state_init(struct state *state, const struct conf *conf, const struct state_link *links,
               uint32_t link_count, struct doorbell *consumer_bell);
void state_fini(struct state *state);

/* One turn: write the checkpoints that may be written, then serve requests. Thread: state. Blocks: on Redis (store.h).
 * Return: milliseconds until the next turn is due. */
int state_turn(struct state *state, int64_t now_mono_ms);

/* Thread: main. Return: 0 or -errno of pthread_create(3). */
int state_start(struct state *state);

/* Thread: main. Blocks: until the current turn ends; if Redis hangs, that is one timeout of store.h. */
void state_stop(struct state *state);

#endif
