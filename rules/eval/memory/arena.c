/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

enum {
        CHUNK_BYTES = ARENA_CHUNK_UNITS * ARENA_UNIT_BYTES,
        CHUNKS_FIRST = 4096, /* pointers for 8 GiB: the array need not grow during evaluation */
};

static int take_in(struct arena *arena, unsigned char *chunk) {
        if (arena->chunk_count == arena->chunk_room) {
                uint32_t room = arena->chunk_room ? arena->chunk_room * 2 : CHUNKS_FIRST;
                unsigned char **moved = realloc(arena->chunks, room * sizeof(*moved));

                if (!moved)
                        return err_raise(-ENOMEM);
                arena->chunks = moved;
                arena->chunk_room = room;
        }

        arena->chunks[arena->chunk_count++] = chunk;
        return 0;
}

static int take_in_or_free(struct arena *arena, unsigned char *chunk) {
        int r = chunk ? take_in(arena, chunk) : err_raise(-ENOMEM);

        if (r < 0)
                free(chunk);
        return r;
}

/* The first chunk is plain memory: a small engine touches only a few of its pages and should not pay for 2 MiB. Later
 * chunks are huge pages, which save a TLB miss on every cold elder. */
static int add_chunk(struct arena *arena) {
        return take_in_or_free(arena, arena->chunk_count ? supply_from_system(CHUNK_BYTES)
                                                         : aligned_alloc(CHUNK_BYTES, CHUNK_BYTES));
}

/* Take in what was provided since the last call. Return: 0; -ENOMEM: the system refused (reported once). */
static int collect(struct arena *arena) {
        bool refused;
        size_t bytes;
        void *chunk;

        while ((chunk = supply_take(&arena->supply, &bytes, &refused))) {
                int r = take_in_or_free(arena, chunk);

                if (r < 0)
                        return r;
        }
        return refused ? err_raise(-ENOMEM) : 0;
}

int arena_init(struct arena *arena, bool is_provided) {
        memset(arena, 0, sizeof(*arena));
        supply_init(&arena->supply, is_provided);

        int r = add_chunk(arena);

        arena->at_unit = 1; /* handle 0 means none */
        return r;
}

void arena_fini(struct arena *arena) {
        for (uint32_t i = 0; i < arena->chunk_count; i++)
                free(arena->chunks[i]);
        free(arena->chunks);
        supply_fini(&arena->supply);
        arena->chunks = NULL;
        arena->chunk_count = 0;
}

/* A valid block lies in one chunk and within the part that has been handed out. Any other handle is stale or was
 * never handed out. */
static void require_block(const struct arena *arena, uint32_t handle, uint32_t units) {
        uint32_t chunk = handle >> ARENA_CHUNK_SHIFT, unit = handle & (ARENA_CHUNK_UNITS - 1);

        require(handle != ARENA_NONE && units > 0 && units <= ARENA_UNITS_MAX,
                "block %u of %u units", handle, units);
        require(chunk < arena->at_chunk
                        ? unit + units <= ARENA_CHUNK_UNITS
                        : chunk == arena->at_chunk && unit + units <= arena->at_unit,
                "block %u of %u units, cut up to unit %u of chunk %u", handle, units,
                arena->at_unit, arena->at_chunk);
}

static void push_free(struct arena *arena, uint32_t handle, uint32_t units) {
        *(uint32_t *)arena_at(arena, handle) = arena->free_block[units];
        arena->free_block[units] = handle;
}

/* The rest of the chunk is too short for the requested block: keep it for shorter ones and begin the next chunk. */
static int next_chunk(struct arena *arena) {
        int r = 0;

        if (arena->at_chunk + 1 >= arena->chunk_count)
                (void)collect(arena);
        /* If nothing has been provided yet, ask the system: waiting for it is better than losing an alarm. */
        if (arena->at_chunk + 1 >= arena->chunk_count)
                r = add_chunk(arena);
        if (r < 0)
                return r;

        require(arena->at_unit <= ARENA_CHUNK_UNITS, "chunk %u cut up to unit %u", arena->at_chunk,
                arena->at_unit);

        uint32_t rest = ARENA_CHUNK_UNITS - arena->at_unit;

        if (rest > 0 && rest <= ARENA_UNITS_MAX)
                push_free(arena, arena->at_chunk << ARENA_CHUNK_SHIFT | arena->at_unit, rest);
        arena->at_chunk++;
        arena->at_unit = 0;
        return 0;
}

int arena_take(struct arena *arena, uint32_t units, uint32_t *ret_handle) {
        uint32_t handle;

        require(units > 0, "a block of no units");
        if (units > ARENA_UNITS_MAX)
                return err_raise(-E2BIG);

        handle = arena->free_block[units];
        if (handle != ARENA_NONE) {
                arena->free_block[units] = *(uint32_t *)arena_at(arena, handle);
        } else {
                if (arena->at_unit + units > ARENA_CHUNK_UNITS) {
                        int r = next_chunk(arena);

                        if (r < 0)
                                return r;
                }
                handle = arena->at_chunk << ARENA_CHUNK_SHIFT | arena->at_unit;
                arena->at_unit += units;
        }
        require_block(arena, handle, units);

        memset(arena_at(arena, handle), 0, (size_t)units * ARENA_UNIT_BYTES);
        arena->units_taken += units;
        *ret_handle = handle;
        return 0;
}

void arena_give(struct arena *arena, uint32_t handle, uint32_t units) {
        require_block(arena, handle, units);
        require(arena->free_block[units] != handle, "block %u of %u units given twice", handle,
                units);
        require(arena->units_taken >= units, "%u units given, %zu taken", units,
                arena->units_taken);
        push_free(arena, handle, units);
        arena->units_taken -= units;
}

int arena_reserve(struct arena *arena, size_t units) {
        /* Each chunk may lose a rest shorter than the largest block. The current chunk counts while at most half of
         * it is used. */
        size_t chunks = (units + ARENA_CHUNK_UNITS - ARENA_UNITS_MAX - 1) /
                                (ARENA_CHUNK_UNITS - ARENA_UNITS_MAX) +
                        1 + (arena->at_unit > ARENA_CHUNK_UNITS / 2);

        if (arena->chunk_count - arena->at_chunk >= chunks)
                return 0;

        int r = collect(arena);

        while (r == 0 && arena->chunk_count - arena->at_chunk < chunks) {
                if (!supply_may_ask(&arena->supply)) {
                        supply_ask(&arena->supply, CHUNK_BYTES,
                                   (uint32_t)(chunks - (arena->chunk_count - arena->at_chunk)));
                        return ARENA_WAITS;
                }
                r = add_chunk(arena);
        }
        return r;
}

size_t arena_bytes(const struct arena *arena) {
        return (size_t)arena->chunk_count * CHUNK_BYTES;
}
