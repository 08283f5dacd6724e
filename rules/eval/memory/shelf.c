/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

enum {
        SHIFT_MIN = 7,    /* smallest block */
        SHIFT_FIRST = 16, /* first chunk: most engines are small */
        SHIFT_CHUNK = 21, /* later chunks, at least: a huge page */
};

/* The header of each block. @next and @prev link a free block into the list of its size. @next_chunk is used only in
 * the first block of a chunk. */
struct shelf_block {
        struct shelf_block *next, *prev;
        struct shelf_block *next_chunk;
        uint8_t shift;       /* the block has 1 << shift bytes, header included */
        uint8_t chunk_shift; /* of the chunk that contains it */
        uint8_t is_used;
};

_Static_assert(sizeof(struct shelf_block) == 32, "what follows is aligned");

static uint8_t shift_of(size_t bytes) {
        uint8_t shift = SHIFT_MIN;

        while (shift < SHELF_SHIFT_MAX && (size_t)1 << shift < bytes)
                shift++;
        return shift;
}

static void push(struct shelf *shelf, struct shelf_block *block, uint8_t shift) {
        block->shift = shift;
        block->is_used = 0;
        block->prev = NULL;
        block->next = shelf->free[shift];
        if (block->next)
                block->next->prev = block;
        shelf->free[shift] = block;
}

static void unlink_block(struct shelf *shelf, struct shelf_block *block) {
        struct shelf_block **from_prev =
                block->prev ? &block->prev->next : &shelf->free[block->shift];

        require(!block->is_used && *from_prev == block, "a free block of 1 << %d is on no list",
                block->shift);
        *from_prev = block->next;
        if (block->next)
                block->next->prev = block->prev;
}

/* @memory is aligned to its size, so that the addresses of a block and of its buddy differ in one bit. */
static void add_chunk(struct shelf *shelf, void *memory, uint8_t shift) {
        struct shelf_block *block = memory;

        require(((uintptr_t)memory & (((uintptr_t)1 << shift) - 1)) == 0,
                "a chunk of 1 << %d lies askew", shift);
        *block = (struct shelf_block){.next_chunk = shelf->chunks, .chunk_shift = shift};
        shelf->chunks = block;
        shelf->bytes += (size_t)1 << shift;
        push(shelf, block, shift);
}

/* The size of the next chunk: as much as there is already (within limits), so that the plans of a city need only a
 * few chunks. */
static uint8_t next_shift(const struct shelf *shelf, uint8_t shift, uint8_t least) {
        uint8_t again = shift_of(shelf->bytes);

        again = again > SHIFT_CHUNK + 4 ? SHIFT_CHUNK + 4 : again;
        again = again < least ? least : again;
        return shift > again ? shift : again;
}

/* Get more memory for a block of 1 << @shift. Return: whether there is some. */
static bool refill(struct shelf *shelf, uint8_t shift) {
        bool refused, any = false;
        size_t bytes;
        void *memory;

        while ((memory = supply_take(&shelf->supply, &bytes, &refused))) {
                add_chunk(shelf, memory, shift_of(bytes));
                any = true;
        }
        if (any || refused)
                return any;
        if (!supply_may_ask(&shelf->supply)) {
                supply_ask(&shelf->supply, (size_t)1 << next_shift(shelf, shift, SHIFT_CHUNK), 1);
                return false;
        }
        shift = next_shift(shelf, shift, SHIFT_FIRST);
        memory = supply_from_system((size_t)1 << shift);
        if (memory)
                add_chunk(shelf, memory, shift);
        return memory != NULL;
}

int shelf_init(struct shelf *shelf, bool is_provided) {
        *shelf = (struct shelf){.bytes = 0};
        supply_init(&shelf->supply, is_provided);
        shelf->supply.may_ask = true;

        bool has_some = refill(shelf, SHIFT_FIRST);

        shelf->supply.may_ask = false;
        return has_some ? 0 : err_raise(-ENOMEM);
}

void shelf_fini(struct shelf *shelf) {
        while (shelf->chunks) {
                struct shelf_block *next = shelf->chunks->next_chunk;

                free(shelf->chunks);
                shelf->chunks = next;
        }
        supply_fini(&shelf->supply);
}

static struct shelf_block *find_free(const struct shelf *shelf, uint8_t shift) {
        while (shift < SHELF_SHIFT_MAX && !shelf->free[shift])
                shift++;
        return shelf->free[shift];
}

void *shelf_take(struct shelf *shelf, size_t bytes) {
        uint8_t shift = shift_of(bytes + sizeof(struct shelf_block));
        struct shelf_block *block;

        if (bytes > ((size_t)1 << SHELF_SHIFT_MAX) - sizeof(*block))
                return NULL;
        block = find_free(shelf, shift);
        while (!block && refill(shelf, shift)) /* what arrives first may be too small */
                block = find_free(shelf, shift);
        if (!block)
                return NULL;
        unlink_block(shelf, block);
        while (block->shift > shift) {
                struct shelf_block *half =
                        (struct shelf_block *)((char *)block + ((size_t)1 << --block->shift));

                half->chunk_shift = block->chunk_shift;
                push(shelf, half, block->shift);
        }
        block->is_used = 1;
        return memset(block + 1, 0, bytes);
}

void shelf_give(struct shelf *shelf, void *memory) {
        struct shelf_block *block = memory;
        uint8_t shift;

        if (!memory)
                return;
        block--;
        shift = block->shift;
        require(block->is_used == 1 && shift >= SHIFT_MIN && shift <= block->chunk_shift,
                "a block of 1 << %d, used: %d, is given back", shift, block->is_used);
        while (shift < block->chunk_shift) {
                struct shelf_block *half =
                        (struct shelf_block *)((uintptr_t)block ^ (uintptr_t)1 << shift);

                if (half->is_used || half->shift != shift)
                        break;
                unlink_block(shelf, half);
                block = half < block ? half : block;
                shift++;
        }
        push(shelf, block, shift);
}

bool shelf_waits(const struct shelf *shelf) {
        return !supply_may_ask(&shelf->supply) && supply_is_asked(&shelf->supply);
}
