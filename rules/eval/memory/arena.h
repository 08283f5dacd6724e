/* SPDX-License-Identifier: MIT
 *
 * Arena: blocks of whole cache lines, named by 32-bit handles instead of 64-bit pointers, so that an
 * elder's links (timer, dirty list, hash slot) cost half. Blocks of one size are reused from a free
 * list; memory goes back to the system only with the arena, because who has once had a
 * million elders will have them again.
 *
 * Thread: one owner. Blocks: never. Allocates: arena_reserve(), when it may (rules/eval/memory/supply.h); arena_take()
 * only when that was left out, or what it asked for did not come in time.
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
        ARENA_UNITS_MAX = 2560, /* largest block: every rule that may be in a set, and then some */
        ARENA_NONE = 0,
};

struct arena {
        unsigned char **chunks;
        uint32_t chunk_count;
        uint32_t chunk_room;                      /* of the pointer array */
        uint32_t at_chunk;                        /* the chunk being cut up */
        uint32_t at_unit;                         /* its first unit never used */
        size_t units_taken;                       /* in blocks that are in use */
        uint32_t free_block[ARENA_UNITS_MAX + 1]; /* first of each size; the link is in the block */
        struct supply supply;
};

/* Return: 0 or -ENOMEM. @is_provided: see supply_init(). */
int arena_init(struct arena *arena, bool is_provided);
void arena_fini(struct arena *arena);

static inline void *arena_at(const struct arena *arena, uint32_t handle) {
        return arena->chunks[handle >> ARENA_CHUNK_SHIFT] +
               (size_t)(handle & (ARENA_CHUNK_UNITS - 1)) * ARENA_UNIT_BYTES;
}

/* A zeroed block of @units (> 0) cache lines. Return: 0, -ENOMEM, -E2BIG. */
int arena_take(struct arena *arena, uint32_t units, uint32_t *ret_handle);
/* The block at @handle, taken with the same @units; nothing may name it any more. */
void arena_give(struct arena *arena, uint32_t handle, uint32_t units);

/* Make sure @units more, in blocks of any size, and half a chunk on top can be taken without asking
 * the system. Cheap when they can. Return: 0, ARENA_WAITS: more was asked for, call again; -ENOMEM. */
enum { ARENA_WAITS = 1 };
int arena_reserve(struct arena *arena, size_t units);

/* Is more on its way? */
static inline bool arena_waits(const struct arena *arena) {
        return !supply_may_ask(&arena->supply) && supply_is_asked(&arena->supply);
}

size_t arena_bytes(const struct arena *arena); /* asked of the system */

#endif
