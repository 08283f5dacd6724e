/* SPDX-License-Identifier: MIT
 *
 * Ring: one producer thread, one consumer thread, bounded, lock-free, items by value.
 *
 * Slots live in the ring and are filled and read in place, so a hand-over copies once and
 * allocates nothing. Each side keeps a private copy of the other side's index and reads the shared
 * index only when the copy says "full" or "empty". A stale copy only makes the ring look fuller
 * (to the producer) or emptier (to the consumer) than it is.
 *
 * Ordering pairs. Every release names the acquire that sees it:
 *
 *      R1 ring_commit   slot filled   ->  A1 ring_peek     slot read
 *      R2 ring_release  slot emptied  ->  A2 ring_reserve  slot reused
 *
 * Indices run free over 32 bits, wrap, and are compared by subtraction only.
 *
 * Progress: wait-free for both sides.
 * Proof: tests/models/ring.pml  (order, wrap, full, empty; fails with -DBROKEN)
 *        tests/stress/ring.c    (TSan; the pairs above; indices start just below the wrap)
 */
#ifndef VIGIL_RULES_THREADS_RING_H
#define VIGIL_RULES_THREADS_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

struct ring {
        alignas(64) _Atomic uint32_t tail; /* producer writes (R1), consumer reads (A1) */
        uint32_t head_seen;                /* producer only */
        alignas(64) _Atomic uint32_t head; /* consumer writes (R2), producer reads (A2) */
        uint32_t tail_seen;                /* consumer only */
        alignas(64) uint32_t mask;         /* set once in ring_init() */
        uint32_t slot_bytes;               /* set once in ring_init() */
        unsigned char *slots;              /* owned by the ring, 64-byte aligned */
};

/* @slot_count: a power of two. @slot_bytes: a multiple of 8. @first_index: where both indices
 * start; 0, or just below the wrap in tests.
 * Return: 0, -EINVAL, -ENOMEM. */
int ring_init(struct ring *ring, uint32_t slot_count, uint32_t slot_bytes, uint32_t first_index);
void ring_fini(struct ring *ring);

/* Thread: producer. Blocks: never. Return: the next free slot, or NULL when the ring is full.
 * Calling it again without ring_commit() returns the same slot. */
void *ring_reserve(struct ring *ring);

/* Thread: producer. Blocks: never. Hands the reserved slot to the consumer. */
void ring_commit(struct ring *ring);

/* Thread: consumer. Blocks: never.
 * Return: the number of filled slots that are contiguous in memory from *ret on (at most @most), 0 when the ring is
 * empty. They stay readable until ring_release(). */
uint32_t ring_peek(struct ring *ring, uint32_t most, void **ret);

/* Thread: consumer. Blocks: never. Returns the @count oldest slots to the producer. ring_peek() must have reported
 * them before. */
void ring_release(struct ring *ring, uint32_t count);

#endif
