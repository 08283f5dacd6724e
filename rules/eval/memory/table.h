/* SPDX-License-Identifier: MIT
 *
 * Table: from elder_hash to the handle of the elder's block. Open addressing, linear probing, at most half full. A
 * slot is 8 bytes, so one cache line holds eight probes. Two elders may share a hash (a million of them have about a
 * hundred such pairs), so a lookup must compare the id as well.
 *
 * Thread: one owner. Blocks: never. Allocates: table_init(), table_reserve().
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_TABLE_H
#define VIGIL_RULES_EVAL_MEMORY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_slot {
        uint32_t hash;
        uint32_t handle; /* ARENA_NONE: empty */
};

struct table {
        struct table_slot *slots;
        uint32_t mask;
        uint32_t count;
};

/* @expected: number of elders; the table grows beyond it. Return: 0, -ENOMEM, -E2BIG. */
int table_init(struct table *table, uint32_t expected);
void table_fini(struct table *table);

/* Make room for one more entry. Return: 0, -ENOMEM, -E2BIG. */
int table_reserve(struct table *table);
/* table_add() needs table_reserve() before it, and @handle must not be in the table. The other two need @handle to be
 * in it under @hash. */
void table_add(struct table *table, uint32_t hash, uint32_t handle);
void table_remove(struct table *table, uint32_t hash, uint32_t handle);
void table_replace(struct table *table, uint32_t hash, uint32_t handle, uint32_t moved_to);

/* murmur2 also selects the partition: the hashes of all elders of a shard agree modulo the partition count, so their
 * low bits alone would leave most slots unused. */
static inline uint32_t table_home(const struct table *table, uint32_t hash) {
        return (hash * UINT32_C(0x9e3779b1) ^ hash >> 15) & table->mask;
}

#endif
