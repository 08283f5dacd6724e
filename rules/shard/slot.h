/* SPDX-License-Identifier: MIT
 *
 * Slot: the unit that the consumer thread passes to a shard, by value, with one ring per lane.
 *
 * A record (one frame) becomes one slot per event. The sample block of an event follows in the next slots. A record
 * without events becomes one slot that only advances the position. The last slot of a record is marked, because the
 * position of the shard may pass a record only when all of it has been judged.
 *
 * The generation of a partition distinguishes two assignments of it: slots that were read under
 * the old one and are still in a ring are dropped by the shard, and the next owner reads the records again.
 *
 * Thread: a packer belongs to the consumer thread; a slot belongs to the side of the ring that holds it.
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
        SLOT_SAMPLES,   /* a piece of the sample block of the preceding event */
        SLOT_REFUSED,   /* bytes for the quarantine */
        SLOT_SKIP,      /* a record without events */
        SLOT_CAUGHT_UP, /* all records that were in the lane at opening precede it */
        SLOT_ANEW,      /* the topic was created again; offset: of its first record */
        SLOT_TYPE_LAST = SLOT_ANEW,
};

enum slot_reason {
        SLOT_REASON_BROKEN_FRAME,
        SLOT_REASON_WRONG_PARTITION,
        SLOT_REASON_UNKNOWN_ELDER, /* set by the shard; the others by the consumer */
        SLOT_REASON_COUNT,
};

/* Of a record that is too large for the quarantine, only the beginning is copied there. */
enum {
        SLOT_REFUSED_BYTES_MAX = 900000, /* with headers, fits Kafka's default message.max.bytes */
        SLOT_REFUSED_BYTES_KEPT = 1024,  /* copied of a longer record */
};

/* Thread: any. name: the stable word of docs/wire/quarantine.md; detail: one sentence for people. Both static. */
const char *slot_reason_name(enum slot_reason reason);
const char *slot_reason_detail(enum slot_reason reason);

struct slot {
        uint8_t type;   /* enum slot_type */
        uint8_t lane;   /* enum lane */
        uint8_t reason; /* SLOT_REFUSED: enum slot_reason */
        bool last;      /* the last slot of its record */
        int32_t partition;
        uint32_t generation;
        uint32_t bytes_used; /* of bytes (SLOT_SAMPLES) or of refused (SLOT_REFUSED) */
        int64_t offset;
        union {
                struct event event;
                unsigned char bytes[EVENT_BYTES];
                struct {
                        /* malloc'd, owned by the slot; NULL: there was no memory for a copy */
                        unsigned char *refused;
                        uint32_t refused_bytes; /* original length; bytes_used were copied */
                };
        };
};

enum { SLOT_BYTES = sizeof(struct slot) };
_Static_assert(SLOT_BYTES % 8 == 0, "a ring's slots are multiples of 8 bytes");

/* Writes one record into a ring. When the ring is full it stops, and the next push continues there. */
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
        bool last;                    /* event is the last one of the record */
        struct event event;           /* current event */
        const unsigned char *samples; /* the part of its sample block that is not in the ring yet */
        size_t samples_left;
        uint32_t refused[SLOT_REASON_COUNT]; /* how often, for the caller's counters */
};

enum { SLOT_PACKER_FULL = 1 };

/* Thread: the ring's producer. @record is not copied: it must stay valid until slot_packer_push() returns 0.
 * @generation: not 0. */
void slot_packer_begin(struct slot_packer *packer, const void *record, size_t record_bytes,
                       enum lane lane, int32_t partition, int32_t partition_count,
                       uint32_t generation, int64_t offset);

/* Write as many slots as fit. The readable events of a broken frame become events, followed by the
 * record as SLOT_REFUSED. Does not ring the doorbell. Thread: the ring's producer. Blocks: never.
 * Return: 0 when the whole record is in the ring, or SLOT_PACKER_FULL: call again when the ring has room. */
int slot_packer_push(struct slot_packer *packer, struct ring *ring);

/* Thread: the owner of @slot. Frees the memory that the slot points to, not the slot. */
void slot_drop(struct slot *slot);

/* Thread: any. Encode @event with its sample block as a frame of its own, so that the quarantine can be read and
 * replayed. *ret is malloc'd; the caller frees it. Return: 0 or -ENOMEM. */
int slot_frame_of_one(enum lane lane, const struct event *event, const unsigned char *samples,
                      unsigned char **ret, uint32_t *ret_bytes);

#endif
