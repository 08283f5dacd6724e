/* SPDX-License-Identifier: MIT
 *
 * Arena: blocks of whole cache lines, addressed by 32-bit handles instead of 64-bit pointers, so that the links of an
 * elder (timer, dirty list, hash slot) take half the space. A freed block goes to the free list of its size. Memory
 * returns to the system only with the arena, because an engine that once had a million elders will have them again.
 *
 * Thread: one owner. Blocks: never. Allocates: arena_reserve(), if it may (rules/eval/memory/supply.h); arena_take()
 * only if arena_reserve() was not called or the memory that it requested has not arrived.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_ARENA_H
#define VIGIL_RULES_EVAL_MEMORY_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/eval/memory/supply.h"

enum {
        ARENA_UNIT_BYTES = 64,
        ARENA_CHUNK_SHIFT = 15, /* 32,768 units: 2 MiB, a huge page */
        ARENA_CHUNK_UNITS = 1 << ARENA_CHUNK_SHIFT,
        ARENA_UNITS_MAX = 2560, /* largest block: fits every rule that a set can have, and more */
        ARENA_NONE = 0,
};

struct arena {
        unsigned char **chunks;
        uint32_t chunk_count;
        uint32_t chunk_room;                      /* capacity of @chunks */
        uint32_t at_chunk;                        /* the chunk that blocks are cut from */
        uint32_t at_unit;                         /* its first unused unit */
        size_t units_taken;                       /* in blocks that are in use */
        uint32_t free_block[ARENA_UNITS_MAX + 1]; /* first of each size; the link is in the block */
        struct supply supply;
};

/* Return: 0 or -ENOMEM; call arena_fini() in either case. @is_provided: see supply_init(). */
int arena_init(struct arena *arena, bool is_provided);
void arena_fini(struct arena *arena);

/* The address of a block, which does not change until arena_give(). */
static inline void *arena_at(const struct arena *arena, uint32_t handle) {
        return arena->chunks[handle >> ARENA_CHUNK_SHIFT] +
               (size_t)(handle & (ARENA_CHUNK_UNITS - 1)) * ARENA_UNIT_BYTES;
}

/* A zeroed block of @units (> 0) cache lines. Return: 0, -ENOMEM, -E2BIG (more than ARENA_UNITS_MAX). */
int arena_take(struct arena *arena, uint32_t units, uint32_t *ret_handle);
/* Free the block at @handle, which was taken with the same @units. Nothing may refer to it any more. */
void arena_give(struct arena *arena, uint32_t handle, uint32_t units);

/* Make sure that @units more, in blocks of any size, and half a chunk on top can be taken without asking the system.
 * Cheap if they can already. Return: 0; ARENA_WAITS: memory has been requested, call again later; -ENOMEM. */
enum { ARENA_WAITS = 1 };
int arena_reserve(struct arena *arena, size_t units);

/* Has memory been requested that is not here yet? */
static inline bool arena_waits(const struct arena *arena) {
        return !supply_may_ask(&arena->supply) && supply_is_asked(&arena->supply);
}

size_t arena_bytes(const struct arena *arena); /* obtained from the system */

#endif
