/* SPDX-License-Identifier: MIT
 *
 * Shelf: a buddy allocator for what is made from a rule set, which does not ask the system. A block is a power of two
 * of bytes. A larger block is halved until it fits, and a freed block is joined with its other half if that is free
 * too, so that the memory of one rule set serves the next one, whatever the sizes. Chunks are kept until
 * shelf_fini(), because an engine that once had two rule sets will have two again.
 *
 * Thread: one owner. Blocks: never. Allocates: if it may (rules/eval/memory/supply.h); else it requests what it lacks
 * from another thread.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_SHELF_H
#define VIGIL_RULES_EVAL_MEMORY_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/memory/supply.h"

enum { SHELF_SHIFT_MAX = 31 };

struct shelf_block;

struct shelf {
        struct shelf_block *free[SHELF_SHIFT_MAX + 1]; /* free blocks by size: 1 << index */
        struct shelf_block *chunks;
        size_t bytes; /* of all chunks */
        struct supply supply;
};

/* Return: 0 or -ENOMEM. @is_provided: see supply_init(). */
int shelf_init(struct shelf *shelf, bool is_provided);
void shelf_fini(struct shelf *shelf);

/* A block of @bytes, zeroed and aligned for any of our types; free it with shelf_give(). Return: NULL: there is none;
 * shelf_waits() tells whether one may come. */
void *shelf_take(struct shelf *shelf, size_t bytes);
void shelf_give(struct shelf *shelf, void *memory); /* NULL is allowed */

/* Has memory been requested that is not here yet? */
bool shelf_waits(const struct shelf *shelf);

#endif
