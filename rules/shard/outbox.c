/* SPDX-License-Identifier: MIT */
#include "rules/shard/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

/* More than the verdicts of one turn, unless most elders of the shard raise alerts at once. Unused entries cost no
 * physical memory: they are not touched. */
enum { WAITING_FIRST = 1024 };

int outbox_init(struct outbox *outbox, uint32_t slot_count, struct doorbell *emit_bell,
                const struct doorbell *shard_bell) {
        *outbox = (struct outbox){.emit_bell = emit_bell,
                                  .space_bell = {.fd = shard_bell->fd},
                                  .waiting_capacity = WAITING_FIRST};
        outbox->waiting = malloc(WAITING_FIRST * sizeof(*outbox->waiting));
        if (!outbox->waiting)
                return err_raise(-ENOMEM);
        return ring_init(&outbox->ring, slot_count, sizeof(struct outbox_owed), 0);
}

void outbox_owed_drop(struct outbox_owed *owed) {
        if (owed->type == OUTBOX_OWED_QUARANTINE) {
                free(owed->quarantine.bytes);
                owed->quarantine.bytes = NULL;
        }
}

void outbox_fini(struct outbox *outbox) {
        void *items;
        uint32_t count;

        while (outbox->ring.slots && (count = ring_peek(&outbox->ring, 1, &items)) > 0) {
                outbox_owed_drop(items);
                ring_release(&outbox->ring, count);
        }
        for (uint32_t i = outbox->waiting_at; i < outbox->waiting_count; i++)
                outbox_owed_drop(&outbox->waiting[i]);
        free(outbox->waiting);
        outbox->waiting = NULL;
        ring_fini(&outbox->ring);
}

static struct outbox_owed *reserve_waiting(struct outbox *outbox) {
        if (outbox->waiting_count == outbox->waiting_capacity) {
                uint32_t capacity = outbox->waiting_capacity * 2;
                struct outbox_owed *waiting =
                        realloc(outbox->waiting, (size_t)capacity * sizeof(*waiting));

                if (!waiting)
                        return NULL;
                outbox->waiting = waiting;
                outbox->waiting_capacity = capacity;
        }
        return &outbox->waiting[outbox->waiting_count];
}

struct outbox_owed *outbox_reserve(struct outbox *outbox) {
        struct outbox_owed *owed = NULL;

        /* Items in the list go first: their numbers are lower. */
        if (outbox_flush(outbox))
                owed = ring_reserve(&outbox->ring);
        outbox->in_ring = owed != NULL;
        if (!owed)
                owed = reserve_waiting(outbox);
        if (owed)
                owed->number = outbox->number + 1;
        return owed;
}

void outbox_commit(struct outbox *outbox) {
        outbox->number++;
        require(outbox->in_ring || outbox->waiting_count < outbox->waiting_capacity,
                "number %llu was not reserved: %u wait in %u places",
                (unsigned long long)outbox->number, outbox->waiting_count,
                outbox->waiting_capacity);
        if (outbox->in_ring) {
                ring_commit(&outbox->ring);
                doorbell_ring(outbox->emit_bell);
        } else {
                outbox->waiting_count++;
        }
}

bool outbox_flush(struct outbox *outbox) {
        bool moved = false;

        while (outbox->waiting_at < outbox->waiting_count) {
                struct outbox_owed *place = ring_reserve(&outbox->ring);

                if (!place)
                        break;
                /* In the order of their numbers, or Kafka could have a verdict before the one that it follows from. */
                require(outbox->waiting[outbox->waiting_at].number ==
                                outbox->number - (outbox->waiting_count - outbox->waiting_at) + 1,
                        "number %llu moves up, %u wait, the last is %llu",
                        (unsigned long long)outbox->waiting[outbox->waiting_at].number,
                        outbox->waiting_count - outbox->waiting_at,
                        (unsigned long long)outbox->number);
                *place = outbox->waiting[outbox->waiting_at++];
                ring_commit(&outbox->ring);
                moved = true;
        }
        if (moved)
                doorbell_ring(outbox->emit_bell);
        if (outbox->waiting_at < outbox->waiting_count)
                return false;
        outbox->waiting_at = outbox->waiting_count = 0;
        return true;
}

bool outbox_has_room(struct outbox *outbox) {
        return ring_reserve(&outbox->ring) != NULL;
}
