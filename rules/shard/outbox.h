/* SPDX-License-Identifier: MIT
 *
 * Outbox: what one shard owes to Kafka, numbered 1, 2, 3 …, on its way to the emit thread.
 *
 * The engine's sinks cannot be told to wait, so an item always finds a place: in the ring, or, when
 * the ring is full, in a list behind it. While that list holds anything the shard takes no further
 * input (outbox_flush()), so the list stays as short as one batch's verdicts; there is room for more than those.
 *
 * Thread: the shard; the ring's other side is the emit thread's.
 */
#ifndef VIGIL_RULES_SHARD_OUTBOX_H
#define VIGIL_RULES_SHARD_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/wire/event_kind.h"
#include "rules/shard/slot.h"
#include "rules/threads/doorbell.h"
#include "rules/threads/ring.h"

enum outbox_owed_type {
        OUTBOX_OWED_ALERT,
        OUTBOX_OWED_QUARANTINE,
};

struct outbox_quarantine {
        unsigned char
                *bytes; /* malloc'd, goes with the item; NULL: there was no memory for a copy */
        uint32_t bytes_used;
        uint32_t whole_bytes; /* more than bytes_used: the rest was cut off */
        int32_t partition;
        int64_t offset;
        enum lane lane;
        enum slot_reason reason;
};

struct outbox_owed {
        uint64_t number;
        enum outbox_owed_type type;
        union {
                struct alert alert;
                struct outbox_quarantine quarantine;
        };
};

struct outbox {
        struct ring ring;
        struct doorbell *emit_bell;
        struct doorbell space_bell; /* armed by a shard that waits for room, rung by emit */
        uint64_t number;            /* given last */
        struct outbox_owed *waiting;
        uint32_t waiting_at; /* the first that still waits */
        uint32_t waiting_count;
        uint32_t waiting_capacity;
        bool in_ring; /* where outbox_reserve() found room */
};

/* @shard_bell: whose descriptor space_bell shares. Return: 0, -EINVAL, -ENOMEM. */
int outbox_init(struct outbox *outbox, uint32_t slot_count, struct doorbell *emit_bell,
                const struct doorbell *shard_bell);
void outbox_fini(struct outbox *outbox);

/* Thread: shard. Blocks: never. Room for one item, its number already in it; hand it over with
 * outbox_commit(). Return: NULL only without memory; nothing was judged away then: the caller
 * ends the process and the events are read again. */
struct outbox_owed *outbox_reserve(struct outbox *outbox);
void outbox_commit(struct outbox *outbox);

/* Thread: shard. Blocks: never. Return: true when nothing waits behind the ring. */
bool outbox_flush(struct outbox *outbox);

/* Thread: shard, that has armed space_bell: its second look. */
bool outbox_has_room(struct outbox *outbox);

/* Frees what an item carries that is not in the item itself. */
void outbox_owed_drop(struct outbox_owed *owed);

#endif
