/* SPDX-License-Identifier: MIT
 *
 * Batch: collects the slots of one lane into what the engine takes: an array of events and, for an event
 * that has one, its complete sample block. An event whose sample block is incomplete stays in the batch
 * until the remaining slots arrive.
 *
 * Thread: the shard. Blocks: never. Allocates: only in batch_init().
 */
#ifndef VIGIL_RULES_SHARD_BATCH_H
#define VIGIL_RULES_SHARD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/shard/slot.h"

enum {
        BATCH_EVENTS =
                128, /* enough for the engine to prefetch, few enough that an alarm can wait for them */
        BATCH_SAMPLES_BYTES = FRAME_BYTES_MAX,
};

struct batch_mark {
        int32_t partition;
        bool last; /* judging this event completes its record */
        int64_t offset;
};

struct batch {
        struct event events[BATCH_EVENTS];
        const unsigned char *samples[BATCH_EVENTS];
        struct batch_mark marks[BATCH_EVENTS];
        uint32_t count; /* complete events */
        bool begun;     /* the sample block of events[count] is incomplete */
        bool any_samples;
        size_t samples_due; /* bytes missing for events[count] */
        size_t samples_used;
        unsigned char *arena;
};

enum { BATCH_FULL = 1 };

/* Return: 0 or -ENOMEM. */
int batch_init(struct batch *batch);
void batch_fini(struct batch *batch);

/* Copies @slot, which is a SLOT_EVENT or a SLOT_SAMPLES. Return: 0, or BATCH_FULL and nothing was added: judge the
 * complete events, call batch_clear(), then add again. */
int batch_add(struct batch *batch, const struct slot *slot);

/* Drop the complete events. An incomplete one stays. */
void batch_clear(struct batch *batch);

/* Drop the incomplete event if it belongs to @partition. */
void batch_abandon(struct batch *batch, int32_t partition);

#endif
