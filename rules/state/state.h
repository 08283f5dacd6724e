/* SPDX-License-Identifier: MIT
 *
 * State thread: the only one that talks to Redis, so that a Redis that hangs stops nobody else.
 *
 *      consumer  ──requests ring──▶ ┌───────┐
 *      consumer  ◀──answers ring─── │ state │ ── Redis
 *      shard ◀──checkpoint────▶ └───────┘
 *
 * A partition is asked for and Redis does not answer for STATE_TAKE_LIMIT_MS: it is answered all the
 * same, with nothing known ("provisional"). It is judged from what Kafka still has, saves nothing, and
 * is taken anew, as if it had just been assigned, once Redis is back (docs/adr/0014-without-redis.md).
 *
 * A checkpoint is written once everything the shard owed up to it has been acknowledged by Kafka: a
 * crash in between repeats alerts (same ids), and never forgets one.
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
        /* How far Kafka is read back for states that are not known: longer than holds, durations and most
         * silences, and read in seconds. */
        STATE_READ_BACK_MS = 12 * 3600 * 1000,
};

struct state_request {
        int32_t partition;
        uint32_t generation;
};

enum state_answer_type {
        STATE_TAKEN,  /* restored: the consumer's now */
        STATE_FENCED, /* partition: somebody else has taken it */
        STATE_BACK,   /* Redis is: take anew what was answered provisionally */
};

struct state_answer {
        enum state_answer_type type;
        int32_t partition;
        uint64_t epoch; /* STATE_FENCED: the one that no longer holds */
        struct checkpoint_restored *restored;
};

/* One a shard. */
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

        bool was_away;        /* said so in the log */
        int64_t away_mono_ms; /* was_away: since when */
        bool owes_back;       /* there are provisional partitions */
        bool waits_for_acks;
        int64_t retry_mono_ms; /* not before; 0: at once */
        int64_t pinged_mono_ms;
        int backoff_ms;

        /* Each stands alone. */
        _Atomic int64_t (*append_time_ms)
                [LANE_COUNT];  /* by partition, as in checkpoint_part; the consumer's */
        _Atomic bool is_there; /* Redis answered last time */
        _Atomic int64_t heartbeat_mono_ms;
        _Atomic bool stop; /* O1 -> O2 */
        pthread_t thread;
        bool running;
};

/* @links is copied. Return: 0, -ENOMEM, -errno. */
int state_init(struct state *state, const struct conf *conf, const struct state_link *links,
               uint32_t link_count, struct doorbell *consumer_bell);
void state_fini(struct state *state);

/* One round: checkpoints that may be written, then requests. Thread: state. Blocks: on Redis.
 * Return: for how many milliseconds nothing is due. */
int state_turn(struct state *state, int64_t now_mono_ms);

int state_start(struct state *state);
void state_stop(struct state *state); /* Thread: main. Blocks: at most one call to Redis. */

#endif
