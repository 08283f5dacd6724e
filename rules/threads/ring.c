/* SPDX-License-Identifier: MIT */
#include "rules/threads/ring.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/base/require.h"

int ring_init(struct ring *ring, uint32_t slot_count, uint32_t slot_bytes, uint32_t first_index) {
        if (slot_count == 0 || (slot_count & (slot_count - 1)) || slot_bytes == 0 || slot_bytes % 8)
                return err_raise(-EINVAL);

        size_t bytes = (size_t)slot_count * slot_bytes;
        unsigned char *slots = aligned_alloc(64, (bytes + 63) / 64 * 64);
        if (!slots)
                return err_raise(-ENOMEM);

        atomic_init(&ring->tail, first_index);
        atomic_init(&ring->head, first_index);
        ring->head_seen = first_index;
        ring->tail_seen = first_index;
        ring->mask = slot_count - 1;
        ring->slot_bytes = slot_bytes;
        ring->slots = slots;
        return 0;
}

void ring_fini(struct ring *ring) {
        free(ring->slots);
        ring->slots = NULL;
}

static void *ring_slot(const struct ring *ring, uint32_t index) {
        return ring->slots + (size_t)(index & ring->mask) * ring->slot_bytes;
}

void *ring_reserve(struct ring *ring) {
        /* Only this thread stores tail, so relaxed still reads its own last value. */
        uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

        if (tail - ring->head_seen > ring->mask) {
                /* A2 <- R2: the consumer has finished with the slot that we reuse now. */
                ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
                if (tail - ring->head_seen > ring->mask)
                        return NULL;
        }
        return ring_slot(ring, tail);
}

void ring_commit(struct ring *ring) {
        uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* own variable */

        require(tail - ring->head_seen <= ring->mask,
                "an item is handed over that was not reserved: tail %u, head %u, %u slots", tail,
                ring->head_seen, ring->mask + 1);
        /* R1 -> A1: the slot is filled before the tail that advertises it. */
        atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

uint32_t ring_peek(struct ring *ring, uint32_t most, void **ret) {
        /* Only this thread stores head, so relaxed still reads its own last value. */
        uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

        if (ring->tail_seen == head) {
                /* A1 <- R1: every slot before this tail has been filled. */
                ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
                if (ring->tail_seen == head)
                        return 0;
        }

        uint32_t count = ring->tail_seen - head;

        require(count <= ring->mask + 1, "%u items in %u slots: head %u, tail %u", count,
                ring->mask + 1, head, ring->tail_seen);

        uint32_t to_end = ring->mask + 1 - (head & ring->mask);

        if (count > to_end)
                count = to_end;
        if (count > most)
                count = most;
        *ret = ring_slot(ring, head);
        return count;
}

void ring_release(struct ring *ring, uint32_t count) {
        uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed); /* own variable */

        require(count <= ring->tail_seen - head,
                "%u items are given back, %u were seen: head %u, tail %u", count,
                ring->tail_seen - head, head, ring->tail_seen);
        /* R2 -> A2: the slots are read before the new head returns them to the producer. */
        atomic_store_explicit(&ring->head, head + count, memory_order_release);
}
