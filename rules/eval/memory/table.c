/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "rules/eval/memory/arena.h"

enum { SLOTS_MIN = 64, HUGE_PAGE_BYTES = 2 * 1024 * 1024 };

static struct table_slot *new_slots(uint32_t count) {
        size_t bytes = count * sizeof(struct table_slot);
        size_t align = bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : 64;
        struct table_slot *slots = aligned_alloc(align, bytes);

        if (!slots)
                return NULL;
        if (align == HUGE_PAGE_BYTES)
                (void)madvise(slots, bytes, MADV_HUGEPAGE);
        memset(slots, 0, bytes);
        return slots;
}

int table_init(struct table *table, uint32_t expected) {
        uint64_t count = SLOTS_MIN;

        while (count < (uint64_t)expected * 2)
                count *= 2;
        if (count > UINT32_C(1) << 31)
                return err_raise(-E2BIG);
        *table = (struct table){.slots = new_slots((uint32_t)count), .mask = (uint32_t)count - 1};
        return table->slots ? 0 : err_raise(-ENOMEM);
}

void table_fini(struct table *table) {
        free(table->slots);
        table->slots = NULL;
}

int table_reserve(struct table *table) {
        if ((uint64_t)(table->count + 1) * 2 <= (uint64_t)table->mask + 1)
                return 0;
        if (table->mask >= UINT32_C(1) << 30)
                return err_raise(-E2BIG);

        struct table grown = {.mask = table->mask * 2 + 1};

        grown.slots = new_slots(grown.mask + 1);
        if (!grown.slots)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i <= table->mask; i++)
                if (table->slots[i].handle != ARENA_NONE)
                        table_add(&grown, table->slots[i].hash, table->slots[i].handle);
        free(table->slots);
        *table = grown;
        return 0;
}

void table_add(struct table *table, uint32_t hash, uint32_t handle) {
        uint32_t at = table_home(table, hash);

        require(handle != ARENA_NONE, "hash %08x of no block", hash);
        require((uint64_t)(table->count + 1) * 2 <= (uint64_t)table->mask + 1,
                "%u elders in %u slots: table_reserve() was left out", table->count,
                table->mask + 1);
        while (table->slots[at].handle != ARENA_NONE)
                at = (at + 1) & table->mask;
        table->slots[at] = (struct table_slot){.hash = hash, .handle = handle};
        table->count++;
}

static uint32_t find(const struct table *table, uint32_t hash, uint32_t handle) {
        uint32_t at = table_home(table, hash);

        while (table->slots[at].handle != handle) {
                require(table->slots[at].handle != ARENA_NONE,
                        "block %u is not in the table under hash %08x", handle, hash);
                at = (at + 1) & table->mask;
        }
        require(table->slots[at].hash == hash, "block %u lies under hash %08x, not %08x", handle,
                table->slots[at].hash, hash);
        return at;
}

void table_replace(struct table *table, uint32_t hash, uint32_t handle, uint32_t moved_to) {
        uint32_t at = find(table, hash, handle);

        require(moved_to != ARENA_NONE, "block %u moves nowhere", handle);
        table->slots[at].handle = moved_to;
}

/* Close the gap instead of leaving a tombstone: entries that were probed past the removed slot move up. */
void table_remove(struct table *table, uint32_t hash, uint32_t handle) {
        uint32_t gap = find(table, hash, handle);
        uint32_t at = gap;

        require(table->count > 0, "block %u of an empty table", handle);
        for (;;) {
                at = (at + 1) & table->mask;
                if (table->slots[at].handle == ARENA_NONE)
                        break;

                uint32_t home = table_home(table, table->slots[at].hash);

                if (((at - home) & table->mask) >= ((at - gap) & table->mask)) {
                        table->slots[gap] = table->slots[at];
                        gap = at;
                }
        }
        table->slots[gap] = (struct table_slot){0};
        table->count--;
}
