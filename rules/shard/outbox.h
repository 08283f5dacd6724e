/* SPDX-License-Identifier: MIT
 *
 * Outbox: the records that one shard has to write to Kafka, numbered 1, 2, 3 …, on the way to the emit thread.
 *
 * The engine's sinks cannot wait, so there is always room for an item: in the ring or, if the ring is full, in an
 * overflow list. While the list is not empty the shard takes no further input (outbox_flush()), so the list never holds
 * more than the verdicts of one turn; it grows if they are more than expected.
 *
 * Thread: the shard. The emit thread is the consumer of the ring.
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
                *bytes; /* malloc'd, owned by the item; NULL: there was no memory for a copy */
        uint32_t bytes_used;
        uint32_t whole_bytes; /* original length; more than bytes_used: the copy is truncated */
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
        struct doorbell space_bell;  /* armed by a shard that waits for room, rung by emit */
        uint64_t number;             /* last number given */
        struct outbox_owed *waiting; /* the overflow list */
        uint32_t waiting_at;         /* index of its first item */
        uint32_t waiting_count;
        uint32_t waiting_capacity;
        bool in_ring; /* outbox_reserve() found room in the ring, not in the list */
};

/* space_bell shares the descriptor of @shard_bell. @slot_count: a power of two. Return: 0, -EINVAL, -ENOMEM. */
int outbox_init(struct outbox *outbox, uint32_t slot_count, struct doorbell *emit_bell,
                const struct doorbell *shard_bell);
void outbox_fini(struct outbox *outbox);

/* Thread: shard. Blocks: never. Return: room for one item with its number filled in, which outbox_commit() hands over;
 * or NULL without memory: the caller must end the process, and the events are read again at the next start. */
struct outbox_owed *outbox_reserve(struct outbox *outbox);
void outbox_commit(struct outbox *outbox);

/* Thread: shard. Blocks: never. Moves items from the overflow list to the ring. Return: whether the list is empty. */
bool outbox_flush(struct outbox *outbox);

/* Thread: shard, after it has armed space_bell: the second check of doorbell.h. */
bool outbox_has_room(struct outbox *outbox);

/* Thread: the owner of @owed. Frees the memory that the item points to, not the item. */
void outbox_owed_drop(struct outbox_owed *owed);

#endif
