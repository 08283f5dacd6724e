/* SPDX-License-Identifier: MIT
 *
 * Batch: slots of one lane put together again into what the engine takes: events in one piece and,
 * where an event has one, its whole sample block. An event whose block has not arrived completely
 * stays in the batch until the rest comes.
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
                128, /* enough for the engine to prefetch; short enough for an alarm to wait for */
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
        bool begun;     /* events[count] waits for the rest of its sample block */
        bool any_samples;
        size_t samples_due; /* of the event begun */
        size_t samples_used;
        unsigned char *arena;
};

enum { BATCH_FULL = 1 };

/* Return: 0 or -ENOMEM. */
int batch_init(struct batch *batch);
void batch_fini(struct batch *batch);

/* @slot: SLOT_EVENT or SLOT_SAMPLES. Return: 0, or BATCH_FULL: judge what is complete first. */
int batch_add(struct batch *batch, const struct slot *slot);

/* Forget the complete events; one that is begun stays. */
void batch_clear(struct batch *batch);

/* Forget an event begun that belongs to @partition. */
void batch_abandon(struct batch *batch, int32_t partition);

#endif
