/* SPDX-License-Identifier: MIT
 *
 * Shelf: blocks of any size for what is made of a rule set, without asking the system. Buddies: a block is a power of two
 * of bytes, halved until it fits, and joined with its other half when that is free as well; so what one rule set
 * leaves is good for the next one, whatever the sizes. Chunks are kept: who has once had two sets will have them again.
 *
 * Thread: one owner. Blocks: never. Allocates: when it may (rules/eval/memory/supply.h), else what it lacks is asked for.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_SHELF_H
#define VIGIL_RULES_EVAL_MEMORY_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/memory/supply.h"

enum { SHELF_SHIFT_MAX = 31 };

struct shelf_block;

struct shelf {
        struct shelf_block *free[SHELF_SHIFT_MAX + 1]; /* by size: 1 << index */
        struct shelf_block *chunks;
        size_t bytes; /* of all chunks */
        struct supply supply;
};

/* Return: 0 or -ENOMEM. @is_provided: see supply_init(). */
int shelf_init(struct shelf *shelf, bool is_provided);
void shelf_fini(struct shelf *shelf);

/* @bytes, zeroed and aligned for anything of ours. Return: NULL: there is none; shelf_waits() tells whether it may come. */
void *shelf_take(struct shelf *shelf, size_t bytes);
void shelf_give(struct shelf *shelf, void *memory); /* NULL: nothing */

/* Is more on its way? */
bool shelf_waits(const struct shelf *shelf);

#endif
