/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/supply.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/require.h"

enum { SUPPLY_IDLE, SUPPLY_ASKED, SUPPLY_GIVEN, SUPPLY_REFUSED };

enum { HUGE_PAGE_BYTES = 2 * 1024 * 1024 };

void supply_init(struct supply *supply, bool is_provided) {
        *supply = (struct supply){.is_provided = is_provided};
        atomic_init(&supply->state, SUPPLY_IDLE);
}

void supply_fini(struct supply *supply) {
        while (supply->given) {
                struct supply_piece *next = supply->given->next;

                free(supply->given);
                supply->given = next;
        }
}

void supply_ask(struct supply *supply, size_t bytes, uint32_t count) {
        require(bytes > 0 && (bytes & (bytes - 1)) == 0 && count > 0, "%u pieces of %zu bytes",
                count, bytes);
        /* Z2 <- Y2: what was given before is seen before more is requested. */
        if (atomic_load_explicit(&supply->state, memory_order_acquire) != SUPPLY_IDLE ||
            supply->given)
                return;
        supply->bytes = bytes;
        supply->count = count;
        /* Y1 -> Z1: the request is written before it is published. */
        atomic_store_explicit(&supply->state, SUPPLY_ASKED, memory_order_release);
}

void *supply_take(struct supply *supply, size_t *ret_bytes, bool *ret_refused) {
        /* Z2 <- Y2: the pieces are complete before the state says so. */
        uint32_t state = atomic_load_explicit(&supply->state, memory_order_acquire);
        struct supply_piece *piece;

        *ret_refused = false;
        if (state == SUPPLY_IDLE || state == SUPPLY_ASKED)
                return NULL;
        piece = supply->given;
        *ret_refused = !piece && state == SUPPLY_REFUSED;
        if (piece)
                supply->given = piece->next;
        if (!supply->given) /* all are taken; the provider acts on ASKED only, so relaxed will do */
                atomic_store_explicit(&supply->state, SUPPLY_IDLE, memory_order_relaxed);
        if (piece)
                *ret_bytes = piece->bytes;
        return piece;
}

bool supply_is_asked(const struct supply *supply) {
        /* A hint only; supply_take() orders. */
        return atomic_load_explicit(&supply->state, memory_order_relaxed) != SUPPLY_IDLE;
}

void *supply_from_system(size_t bytes) {
        void *memory = aligned_alloc(bytes, bytes);

        if (memory && bytes >= HUGE_PAGE_BYTES)
                (void)madvise(memory, bytes, MADV_HUGEPAGE); /* a hint that may be refused */
        return memory;
}

size_t supply_provide(struct supply *supply) {
        size_t given = 0;
        uint32_t i = 0;

        /* Z1 <- Y1: the request is read after it was published. */
        if (atomic_load_explicit(&supply->state, memory_order_acquire) != SUPPLY_ASKED)
                return 0;
        for (; i < supply->count; i++) {
                struct supply_piece *piece = supply_from_system(supply->bytes);

                if (!piece)
                        break;
                memset(piece, 0, supply->bytes); /* map the pages now, not during evaluation */
                *piece = (struct supply_piece){.next = supply->given, .bytes = supply->bytes};
                supply->given = piece;
                given += supply->bytes;
        }
        /* Y2 -> Z2: the pieces are complete before the state tells the owner. */
        atomic_store_explicit(&supply->state, i == supply->count ? SUPPLY_GIVEN : SUPPLY_REFUSED,
                              memory_order_release);
        return given;
}
