/* SPDX-License-Identifier: MIT
 *
 * Supply: memory that another thread asks the system for. Who judges must not: malloc() may take a lock, and mmap() is a
 * system call that waits for other threads of the process. So the owner says how much it will need, goes on with what it
 * has, and finds it here later.
 *
 *      IDLE ── supply_ask ──▶ ASKED ── supply_provide ──▶ GIVEN or REFUSED ── supply_take ──▶ IDLE
 *        (owner)                         (the other thread)                     (owner)
 *
 * Ordering pairs; what is asked for and what is given has one owner at a time:
 *
 *      Y1 supply_ask      request written  ->  Z1 supply_provide  request read
 *      Y2 supply_provide  memory is there  ->  Z2 supply_take     memory used
 *
 * Proof: tests/stress/swap.c (TSan)
 *
 * Thread: the owner, but for supply_provide(). Blocks: never, but for supply_provide().
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_SUPPLY_H
#define VIGIL_RULES_EVAL_MEMORY_SUPPLY_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At the beginning of what is given, until it is taken. */
struct supply_piece {
        struct supply_piece *next;
        size_t bytes;
};

struct supply {
        alignas(64) _Atomic uint32_t state; /* of the picture above */
        uint32_t count;                     /* asked for: so many … */
        size_t bytes;                       /* … of this size, a power of two */
        struct supply_piece *given;
        bool is_provided; /* set once: there is such a thread */
        bool may_ask;     /* the owner may ask the system itself for now: it does not judge */
};

void supply_init(struct supply *supply, bool is_provided);
void supply_fini(struct supply *supply);

/* May the owner ask the system itself? */
static inline bool supply_may_ask(const struct supply *supply) {
        return !supply->is_provided || supply->may_ask;
}

/* @count pieces of @bytes, a power of two and their alignment, are wanted. Nothing happens while other ones are on their
 * way. */
void supply_ask(struct supply *supply, size_t bytes, uint32_t count);

/* Return: the next piece that was given, or NULL. *ret_refused: the system had none, since the last call. */
void *supply_take(struct supply *supply, size_t *ret_bytes, bool *ret_refused);

/* Is something on its way? Then it is worth waiting. */
bool supply_is_asked(const struct supply *supply);

/* Thread: the one that provides. Blocks: on the system, which fills the pages as well. Return: bytes given. */
size_t supply_provide(struct supply *supply);

/* What both of them ask the system for: @bytes, a power of two, aligned to it. Return: NULL when there is none. */
void *supply_from_system(size_t bytes);

#endif
