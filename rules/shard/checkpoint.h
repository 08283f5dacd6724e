/* SPDX-License-Identifier: MIT
 *
 * Checkpoint: the one buffer in which a shard passes its changed states and its positions to the
 * state thread. It has one owner at a time. The shard does not touch it between checkpoint_hand_over() and
 * checkpoint_is_back(). While Redis is away the buffer does not come back: the shard evaluates from memory, and
 * its unsaved changes are bounded by the number of changed elders, not by the number of events.
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

enum { CHECKPOINT_OFFSET_NONE = -1 }; /* nothing was read yet: start at the first record */

enum checkpoint_outcome {
        CHECKPOINT_SAVED,
        CHECKPOINT_FENCED,  /* another process owns the partition: stop judging it */
        CHECKPOINT_REWRITE, /* the stored copy is gone or too old: save the whole partition */
};

/* The part of a checkpoint that is about one partition. It is written to Redis in one atomic step. */
struct checkpoint_part {
        int32_t partition;
        bool settled; /* state thread only: outcome is set; a repeated attempt skips this part */
        bool used;    /* false: this checkpoint does not write the partition; ignore the rest */
        bool whole;   /* contains every elder of the partition and replaces what is stored */
        uint64_t epoch;
        uint64_t number; /* of this write within the epoch: Redis recognises a repeated write */
        int64_t next_offset[LANE_COUNT]; /* or CHECKPOINT_OFFSET_NONE */
        /* The broker's LogAppendTime of the newest record read, filled by the state thread; 0: unknown. If the topic is
         * deleted and created again, all its records are younger; this tells the two topics apart. */
        int64_t append_time_ms[LANE_COUNT];
        struct bundle elders;
        enum checkpoint_outcome outcome; /* filled by the state thread */
};

struct checkpoint {
        alignas(64) _Atomic uint32_t owner; /* the shard writes (K1), the state thread (K2) */
        uint64_t owed; /* last outbox number of the shard: write only once acks_reached() it */
        int64_t filled_mono_ms;        /* when it was handed over, for the age metric */
        struct checkpoint_part *parts; /* one for each partition the shard may own */
        uint32_t part_count;
};

/* For partitions @first_partition, @first_partition + @step, … below @partition_count. The shard is the first owner.
 * Return: 0 or -ENOMEM. */
int checkpoint_init(struct checkpoint *checkpoint, int32_t first_partition, int32_t step,
                    int32_t partition_count);
void checkpoint_fini(struct checkpoint *checkpoint);

/* Thread: shard, as the owner of the buffer. Empties every part and keeps the memory. */
void checkpoint_clear(struct checkpoint *checkpoint);

/* Thread: shard. Blocks: never. hand_over makes the state thread the owner; is_back: is the shard the owner again? */
void checkpoint_hand_over(struct checkpoint *checkpoint);
bool checkpoint_is_back(struct checkpoint *checkpoint);

/* Thread: state thread. Blocks: never. is_owed: is the state thread the owner? give_back returns the buffer to the
 * shard; every used part must have its outcome. */
bool checkpoint_is_owed(struct checkpoint *checkpoint);
void checkpoint_give_back(struct checkpoint *checkpoint);

/* The stored state of one partition at opening. The state thread reads it and passes it through the consumer to the
 * shard, which frees it. */
struct checkpoint_restored {
        int32_t partition;
        uint32_t generation; /* of the request */
        bool provisional;    /* Redis did not answer: no state is known, and none is saved */
        uint64_t epoch;      /* our epoch from now on; provisional: 0 */
        int64_t next_offset[LANE_COUNT];    /* or CHECKPOINT_OFFSET_NONE */
        int64_t append_time_ms[LANE_COUNT]; /* as in checkpoint_part */
        int64_t saved_time_ms;              /* wall clock of the last checkpoint; 0: never */
        struct bundle elders;

        /* Kafka must be read from this wall clock time on to rebuild states that are unknown; 0: no need. */
        int64_t read_back_ms;
        /* Elders whose stored states cannot be read (hashes, ascending; malloc'd). Records before judged_to were
         * judged already for all other elders and are judged again for these only. */
        uint32_t *refused;
        uint32_t refused_count;
        int64_t judged_to[LANE_COUNT];
};
/* Takes NULL. Return: NULL. */
struct checkpoint_restored *checkpoint_restored_free(struct checkpoint_restored *restored);

/* Find the states that cannot be read, and set refused and judged_to of @restored. Return: 0 or -ENOMEM. */
int checkpoint_restored_note_refused(struct checkpoint_restored *restored,
                                     bool (*is_readable)(const void *blob, size_t blob_bytes));

/* Is this elder in @refused, as in struct checkpoint_restored? */
bool checkpoint_refused_has(const uint32_t *refused, uint32_t refused_count, uint32_t elder_hash);

#endif
