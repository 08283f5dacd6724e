/* SPDX-License-Identifier: MIT
 *
 * Shard: one thread and one engine for the partitions p with p % shard_count == index.
 *
 *      consumer ──alarm ring───────▶ ┌───────┐ ──outbox ring──▶ emit
 *      consumer ──telemetry ring───▶ │ shard │
 *      consumer ──control ring─────▶ └───────┘ ◀─checkpoint───▶ state
 *
 * Every ring has one producer and one consumer. The order between the rings:
 *
 *   - the shard reads the telemetry ring only when the alarm ring is empty;
 *   - a control item is settled before an event that was put into a lane after it is judged: a turn peeks into the lanes
 *     first, then settles control items, and only then judges the events it saw. A turn settles about TURN_CONTROLS
 *     items. When more are left, it judges no telemetry, and alarms only of partitions that are open: an alarm of an
 *     elder who is among the items left is parked (parked.h);
 *   - a control item may overtake events that were put into a lane before it. For SHARD_CONTROL_CLOSE that is
 *     harmless: the events are dropped, the position does not pass them, and the next owner reads them. For
 *     SLOT_CAUGHT_UP it would not be, so it travels in the lanes.
 *
 * A checkpoint is filled over many turns, a few elders at a time, so that no event waits for it. It is complete when no
 * changed elder is left unsaved: then its states match the positions.
 *
 * shard_turn() does all the work, with the clocks as arguments; shard_start() only calls it in a thread.
 *
 * Further pairs, besides those of ring.h, doorbell.h and checkpoint.h:
 *
 *      M1 shard  partition given up  ->  N1 consumer  returns it to the group
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
        SHARD_CONTROL_LOADED,       /* no field: every elder of the registry has been put */
};

struct shard_control {
        enum shard_control_type type;
        int32_t partition;
        uint32_t generation;
        uint32_t elder_hash;
        bool whole; /* SHARD_CONTROL_ELDER_PUT: the whole registry was read, so the profile has all devices */
        bool save; /* SHARD_CONTROL_CLOSE: write a last checkpoint; false: another process owns it already */
        char elder_id[EVENT_ELDER_ID_BYTES];
        union {
                struct elder_profile *profile;        /* malloc'd, owned by the item */
                struct checkpoint_restored *restored; /* owned by the item */
        };
};

struct shard_options {
        int32_t index;
        int32_t shard_count;
        int32_t partition_count;
        uint32_t lane_slots[LANE_COUNT]; /* powers of two, like the next two */
        uint32_t control_slots;
        uint32_t owed_slots;
        uint32_t elders_expected;
        int64_t checkpoint_interval_ms;
        int64_t settle_ms; /* as in struct engine_options */
        bool is_provided;  /* as in struct engine_options */
        /* The registry is still being read. Until SHARD_CONTROL_LOADED no deadline counts as overdue, no alarm of an
         * unknown elder goes to quarantine, and no checkpoint is written (elders that are not known yet would be
         * missing in it). */
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
        bool loading;             /* as in struct shard_options */
        int64_t settled_mono_ms;  /* while loading: when settle_ms last began again */
        enum lane judging;        /* lane of the batch that the engine is judging */
        bool passing[LANE_COUNT]; /* the last event was skipped: skip its samples too */
        bool filling;             /* a checkpoint is being filled */
        bool handed; /* the state thread has, or had, the checkpoint: outcomes to settle */
        bool urgent; /* save as soon as the buffer is back */
        int64_t saved_mono_ms;
        int64_t ticked_mono_ms;
        struct steady_clock clock;
        int64_t now_ms; /* of this turn, by @clock */
        int64_t now_mono_ms;
        struct engine_stats stats_shown; /* as last added to the counters */

        _Atomic uint32_t closed;           /* SHARD_CONTROL_CLOSE items settled (M1 -> N1) */
        _Atomic bool stop;                 /* M2 -> N2 */
        _Atomic int failed;                /* -errno (M3 -> N3) */
        _Atomic int64_t heartbeat_mono_ms; /* orders nothing; for /-/healthy */
        _Atomic bool behind;               /* orders nothing; for a metric */
        pthread_t thread;
        bool running;
};

/* Thread: main. Copies @options; what they point to must outlive the shard. @now_ms: wall clock.
 * Return: 0, -EINVAL, -ENOMEM, -errno of eventfd(2). */
int shard_init(struct shard *shard, const struct shard_options *options, int64_t now_ms);

/* Thread: main, after shard_stop() and after the emit and the state thread have stopped. */
void shard_fini(struct shard *shard);

/* One turn: control items, alarms or telemetry, deadlines, checkpoint. @now_ms: the wall clock; if it is set while the
 * program runs, deadlines do not move. Thread: the shard. Blocks: never.
 * Return: milliseconds until the next turn is due (0: call again at once). */
int shard_turn(struct shard *shard, int64_t now_ms, int64_t now_mono_ms);

/* Thread: main. Return: 0 or -errno of pthread_create(3). */
int shard_start(struct shard *shard);

/* Thread: main. Blocks: until the thread has ended. Does nothing if it does not run. */
void shard_stop(struct shard *shard);

/* Thread: any. Return: how many SHARD_CONTROL_CLOSE items with save are settled so far. */
uint32_t shard_closed(const struct shard *shard);

/* Thread: any. Return: 0, or the -errno with which the shard stopped. */
int shard_failed(const struct shard *shard);

/* Thread: the owner of @control. Frees the memory that the item points to, not the item. */
void shard_control_drop(struct shard_control *control);

#endif
