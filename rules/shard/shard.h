/* SPDX-License-Identifier: MIT
 *
 * Shard: one thread, one engine, the partitions p with p % shard_count == index.
 *
 *      consumer ──alarm ring───────▶ ┌───────┐ ──outbox ring──▶ emit
 *      consumer ──telemetry ring───▶ │ shard │
 *      consumer ──control ring─────▶ └───────┘ ◀─checkpoint───▶ state
 *
 * Every ring has one producer and one consumer. The order between them:
 *
 *   - the alarm ring is emptied before each look at the telemetry ring;
 *   - what was put into the control ring before an event was put into a lane is done before that event
 *     is judged: the shard looks at the lanes first, then empties the control ring, and only then
 *     judges what it saw in the lanes;
 *   - a control item may overtake events that were put in before it. Closing a partition may: its events
 *     are dropped then and their position is not passed, so the next owner reads them. "Caught
 *     up" may not, and therefore travels in the lanes.
 *
 * A checkpoint is put together over many turns, a few elders at a time, and is complete when nobody is
 * left who changed meanwhile: states and positions belong together, and no event waits for it.
 *
 * shard_turn() is the whole of it, with the clocks as arguments; shard_start() only gives it a thread.
 *
 * Further pairs, besides those of ring.h, doorbell.h and checkpoint.h:
 *
 *      M1 shard  partition given up  ->  N1 consumer  lets the group have it
 *      M2 main   asked to stop       ->  N2 shard leaves its loop
 *      M3 shard  failed              ->  N3 main  ends the program
 *
 * Proof: tests/unit/rules/shard/shard.c, tests/stress/rules_hand_over.c (TSan)
 */
#ifndef VIGIL_RULES_SHARD_SHARD_H
#define VIGIL_RULES_SHARD_SHARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/steady_clock.h"
#include "rules/eval/engine.h"
#include "rules/shard/batch.h"
#include "rules/shard/checkpoint.h"
#include "rules/shard/outbox.h"
#include "rules/shard/parked.h"
#include "rules/shard/position.h"
#include "rules/threads/doorbell.h"
#include "rules/threads/ring.h"

enum shard_control_type {
        SHARD_CONTROL_ELDER_PUT,    /* profile */
        SHARD_CONTROL_ELDER_REMOVE, /* elder_id, elder_hash */
        SHARD_CONTROL_OPEN,         /* restored */
        SHARD_CONTROL_CLOSE,        /* partition, generation, save */
        SHARD_CONTROL_LOADED,       /* every elder of the registry was put */
};

struct shard_control {
        enum shard_control_type type;
        int32_t partition;
        uint32_t generation;
        uint32_t elder_hash;
        bool whole; /* SHARD_CONTROL_ELDER_PUT: the registry has been read, all devices are in the profile */
        bool save; /* SHARD_CONTROL_CLOSE: with a last checkpoint; false: it is somebody else's already */
        char elder_id[EVENT_ELDER_ID_BYTES];
        union {
                struct elder_profile *profile;        /* malloc'd, goes with the item */
                struct checkpoint_restored *restored; /* the same */
        };
};

struct shard_options {
        int32_t index;
        int32_t shard_count;
        int32_t partition_count;
        uint32_t lane_slots[LANE_COUNT]; /* powers of two, all of them */
        uint32_t control_slots;
        uint32_t owed_slots;
        uint32_t elders_expected;
        int64_t checkpoint_interval_ms;
        int64_t settle_ms; /* as struct engine_options has it */
        bool is_provided;  /* the same */
        /* The registry is read while we judge: until SHARD_CONTROL_LOADED nobody is called overdue, no stranger's alarm is
         * given up, and nothing is saved (what is not known yet must not be missing in a checkpoint). */
        bool loading;
        const struct rule_set *rules;
        struct doorbell *consumer_bell;
        struct doorbell
                *consumer_space_bell; /* armed by a consumer that waits for room in a lane */
        struct doorbell *emit_bell;
        struct doorbell *state_bell;
};

struct shard {
        struct shard_options options;

        struct ring lane[LANE_COUNT]; /* consumer -> shard, struct slot */
        struct ring control;          /* consumer -> shard, struct shard_control */
        struct doorbell bell;
        struct outbox outbox;         /* shard -> emit */
        struct checkpoint checkpoint; /* shard <-> state */

        struct engine *engine;
        struct batch batch[LANE_COUNT];
        struct position *positions; /* by partition / shard_count */
        uint32_t position_count;
        struct bundle gone; /* elders removed since the last checkpoint */
        struct parked parked;
        bool loading;             /* see the option */
        int64_t settled_mono_ms;  /* while loading: when overdue was last put off */
        enum lane judging;        /* whose batch the engine has */
        bool passing[LANE_COUNT]; /* the event whose samples come next is not judged again */
        bool filling;             /* a checkpoint is being put together */
        bool handed;              /* a checkpoint is away */
        bool urgent;              /* save as soon as the buffer is here */
        int64_t saved_mono_ms;
        int64_t ticked_mono_ms;
        struct steady_clock clock;
        int64_t now_ms; /* of this turn, by @clock */
        int64_t now_mono_ms;
        struct engine_stats stats_shown; /* as last added to the counters */

        _Atomic uint32_t closed;           /* SHARD_CONTROL_CLOSE items settled (M1 -> N1) */
        _Atomic bool stop;                 /* M2 -> N2 */
        _Atomic int failed;                /* -errno (M3 -> N3) */
        _Atomic int64_t heartbeat_mono_ms; /* stands alone, for /-/healthy */
        _Atomic bool behind;               /* stands alone, for people */
        pthread_t thread;
        bool running;
};

/* Return: 0, -EINVAL, -ENOMEM, -errno of eventfd(2). */
int shard_init(struct shard *shard, const struct shard_options *options, int64_t now_ms);

/* Only after shard_stop(), the emit and the state thread having stopped. */
void shard_fini(struct shard *shard);

/* One round: controls, alarms, telemetry, deadlines, checkpoint. @now_ms: the wall clock, which may be set while
 * we run; no deadline follows it. Thread: the shard. Blocks: never.
 * Return: for how many milliseconds nothing is due (0: come again at once). */
int shard_turn(struct shard *shard, int64_t now_ms, int64_t now_mono_ms);

/* Return: 0 or -errno of pthread_create(3). */
int shard_start(struct shard *shard);

/* Thread: main. Blocks: until the thread has ended. */
void shard_stop(struct shard *shard);

/* Thread: any. How many SHARD_CONTROL_CLOSE items are settled so far. */
uint32_t shard_closed(const struct shard *shard);

/* Thread: any. 0, or the -errno it gave up with. */
int shard_failed(const struct shard *shard);

/* Frees what a control item carries that is not in the item itself. */
void shard_control_drop(struct shard_control *control);

#endif
