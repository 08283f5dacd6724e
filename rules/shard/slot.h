/* SPDX-License-Identifier: MIT
 *
 * Slot: what travels from the consumer thread to a shard, by value, in one ring a lane.
 *
 * A record (one frame) becomes one slot an event, an event's sample block the slots right behind it,
 * and a record without events one slot that only moves the position. The slot that ends a record
 * says so: a shard's position may pass a record only when all of it was judged.
 *
 * A partition's generation tells two assignments of the same partition apart: what was read under
 * the old one and still lies in a ring is dropped by the shard, and read again by the next owner.
 *
 * Thread: a packer belongs to the consumer thread; a slot to whoever holds its place in the ring.
 */
#ifndef VIGIL_RULES_SHARD_SLOT_H
#define VIGIL_RULES_SHARD_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/threads/ring.h"

enum slot_type {
        SLOT_EVENT,
        SLOT_SAMPLES,   /* a piece of the sample block of the event before */
        SLOT_REFUSED,   /* bytes for the quarantine */
        SLOT_SKIP,      /* a record without events */
        SLOT_CAUGHT_UP, /* all that was in the lane when the partition was opened came before */
        SLOT_ANEW,      /* the topic was made anew: offsets begin again, at that of this slot */
        SLOT_TYPE_LAST = SLOT_ANEW,
};

enum slot_reason {
        SLOT_REASON_BROKEN_FRAME,
        SLOT_REASON_WRONG_PARTITION,
        SLOT_REASON_UNKNOWN_ELDER, /* found by the shard, not by the consumer */
        SLOT_REASON_COUNT,
};

/* Of a record too large to be copied to the quarantine whole only the beginning goes there. */
enum {
        SLOT_REFUSED_BYTES_MAX = 900000, /* fits Kafka's default message.max.bytes with headers */
        SLOT_REFUSED_BYTES_KEPT = 1024,  /* of a longer one */
};

/* The stable word of docs/wire/quarantine.md and one sentence for a person. */
const char *slot_reason_name(enum slot_reason reason);
const char *slot_reason_detail(enum slot_reason reason);

struct slot {
        uint8_t type;   /* enum slot_type */
        uint8_t lane;   /* enum lane */
        uint8_t reason; /* SLOT_REFUSED: enum slot_reason */
        bool last;      /* ends its record */
        int32_t partition;
        uint32_t generation;
        uint32_t bytes_used; /* SLOT_SAMPLES: of bytes; SLOT_REFUSED: of refused */
        int64_t offset;
        union {
                struct event event;
                unsigned char bytes[EVENT_BYTES];
                struct {
                        /* malloc'd, goes with the slot; NULL when there was no memory */
                        unsigned char *refused;
                        uint32_t refused_bytes; /* of the record, of which bytes_used are here */
                };
        };
};

enum { SLOT_BYTES = sizeof(struct slot) };
_Static_assert(SLOT_BYTES % 8 == 0, "a ring's slots are multiples of 8 bytes");

/* One record on its way into a ring. It stops where the ring is full and goes on from there. */
struct slot_packer {
        const unsigned char *record;
        size_t record_bytes;
        struct frame_reader reader;
        int64_t offset;
        int32_t partition;
        int32_t partition_count;
        uint32_t generation;
        uint8_t lane;
        uint8_t stage;
        bool last;                    /* of the record: the event in hand */
        struct event event;           /* in hand */
        const unsigned char *samples; /* of it, what has not been handed over */
        size_t samples_left;
        uint32_t refused[SLOT_REASON_COUNT]; /* how often, for the caller's counters */
};

enum { SLOT_PACKER_FULL = 1 };

/* @record must outlive the packing. */
void slot_packer_begin(struct slot_packer *packer, const void *record, size_t record_bytes,
                       enum lane lane, int32_t partition, int32_t partition_count,
                       uint32_t generation, int64_t offset);

/* Hand over as much as fits. What can be read of a broken frame is handed over as events, and the
 * whole record as SLOT_REFUSED behind them. Thread: the ring's producer. Blocks: never.
 * Return: 0 when the record is through, or SLOT_PACKER_FULL. */
int slot_packer_push(struct slot_packer *packer, struct ring *ring);

/* Frees what a slot carries that is not in the slot itself. */
void slot_drop(struct slot *slot);

/* One event out of many as a frame of its own, so that the quarantine can be read and replayed: malloc'd,
 * the caller frees. Return: 0 or -ENOMEM. */
int slot_frame_of_one(enum lane lane, const struct event *event, const unsigned char *samples,
                      unsigned char **ret, uint32_t *ret_bytes);

#endif
