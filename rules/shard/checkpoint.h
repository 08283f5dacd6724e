/* SPDX-License-Identifier: MIT
 *
 * Checkpoint: the one buffer in which a shard hands its changed states and its positions to the
 * state thread. It has one owner at a time; whoever gives it away does not touch it again until
 * it is back. With Redis away it simply does not come back: the shard goes on from memory, and
 * what piles up is bounded by the number of changed elders, never by events.
 *
 *      K1 checkpoint_hand_over  buffer filled    ->  L1 checkpoint_is_owed  state thread reads it
 *      K2 checkpoint_give_back  outcome written  ->  L2 checkpoint_is_back  shard reads it, refills
 *
 * Proof: tests/stress/rules_hand_over.c (TSan; the pairs above)
 */
#ifndef VIGIL_RULES_SHARD_CHECKPOINT_H
#define VIGIL_RULES_SHARD_CHECKPOINT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event_kind.h"
#include "rules/shard/bundle.h"

enum { CHECKPOINT_OFFSET_NONE = -1 }; /* nothing read yet: begin at the beginning */

enum checkpoint_outcome {
        CHECKPOINT_SAVED,
        CHECKPOINT_FENCED,  /* somebody else owns the partition: stop judging it */
        CHECKPOINT_REWRITE, /* the stored copy is gone or older than ours: save all of it again */
};

/* What is to be written of one partition, in one atomic step. */
struct checkpoint_part {
        int32_t partition;
        bool settled; /* the outcome is known; state thread, while a failed write is repeated */
        bool used;    /* the rest means something */
        bool whole;   /* every elder of the partition is in it: replaces what is stored */
        uint64_t epoch;
        uint64_t number; /* of this write within the epoch: one sent again is known */
        int64_t next_offset[LANE_COUNT]; /* or CHECKPOINT_OFFSET_NONE */
        /* The broker's LogAppendTime of the newest record read, filled by the state thread; 0: unknown. All records of a
         * topic made anew later are younger: by this the two are told apart. */
        int64_t append_time_ms[LANE_COUNT];
        struct bundle elders;
        enum checkpoint_outcome outcome; /* filled by the state thread */
};

struct checkpoint {
        alignas(64) _Atomic uint32_t owner; /* the shard writes (K1), the state thread (K2) */
        uint64_t owed; /* number of the last thing the shard owes to Kafka: write only after it */
        int64_t filled_mono_ms;        /* for its age */
        struct checkpoint_part *parts; /* one for each partition the shard may own */
        uint32_t part_count;
};

/* @first_partition, then every @step th below @partition_count. Return: 0 or -ENOMEM. */
int checkpoint_init(struct checkpoint *checkpoint, int32_t first_partition, int32_t step,
                    int32_t partition_count);
void checkpoint_fini(struct checkpoint *checkpoint);

/* Thread: shard, while the buffer is its own. Empties every part, keeps the memory. */
void checkpoint_clear(struct checkpoint *checkpoint);

/* Thread: shard. Blocks: never. */
void checkpoint_hand_over(struct checkpoint *checkpoint);
bool checkpoint_is_back(struct checkpoint *checkpoint);

/* Thread: state thread. Blocks: never. */
bool checkpoint_is_owed(struct checkpoint *checkpoint);
void checkpoint_give_back(struct checkpoint *checkpoint);

/* What a partition starts from: read by the state thread, handed over to the shard, which frees it. */
struct checkpoint_restored {
        int32_t partition;
        uint32_t generation; /* of the request */
        bool provisional;    /* Redis did not answer: nothing is known, nothing is saved */
        uint64_t epoch;      /* ours from now on; provisional: 0 */
        int64_t next_offset[LANE_COUNT];    /* or CHECKPOINT_OFFSET_NONE */
        int64_t append_time_ms[LANE_COUNT]; /* as in checkpoint_part */
        int64_t saved_time_ms;              /* when that was; 0: never */
        struct bundle elders;

        /* Kafka is to be read from this time on, to make again what is not known; 0: need not be. */
        int64_t read_back_ms;
        /* Whose states cannot be read (hashes, ascending; malloc'd). What lies before judged_to was judged
         * for all others, and is for these alone. */
        uint32_t *refused;
        uint32_t refused_count;
        int64_t judged_to[LANE_COUNT];
};
struct checkpoint_restored *checkpoint_restored_free(struct checkpoint_restored *restored);

/* Look for states that cannot be read and note them in @restored. Return: 0 or -ENOMEM. */
int checkpoint_restored_note_refused(struct checkpoint_restored *restored,
                                     bool (*is_readable)(const void *blob, size_t blob_bytes));

/* Is this elder one of those @refused? */
bool checkpoint_refused_has(const uint32_t *refused, uint32_t refused_count, uint32_t elder_hash);

#endif
