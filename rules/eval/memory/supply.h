/* SPDX-License-Identifier: MIT
 *
 * Supply: memory that another thread gets from the system. The thread that evaluates must not: malloc() may take a
 * lock, and mmap() is a system call that waits for other threads of the process. So the owner requests what it will
 * need, continues with what it has, and takes the memory from here later.
 *
 *      IDLE ── supply_ask ──▶ ASKED ── supply_provide ──▶ GIVEN or REFUSED ── supply_take ──▶ IDLE
 *        (owner)                         (the other thread)                     (owner)
 *
 * Ordering pairs; the request and what is given have one owner at a time:
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

/* At the beginning of each piece, until the owner takes it. */
struct supply_piece {
        struct supply_piece *next;
        size_t bytes;
};

struct supply {
        alignas(64) _Atomic uint32_t state; /* as in the diagram above */
        uint32_t count;                     /* requested: number of pieces … */
        size_t bytes;                       /* … of this size, a power of two */
        struct supply_piece *given;
        bool is_provided; /* set once: another thread provides */
        bool may_ask;     /* the owner may ask the system itself for now: it does not evaluate */
};

/* @is_provided: another thread calls supply_provide(); false: the owner asks the system itself. */
void supply_init(struct supply *supply, bool is_provided);
void supply_fini(struct supply *supply);

/* May the owner ask the system itself? */
static inline bool supply_may_ask(const struct supply *supply) {
        return !supply->is_provided || supply->may_ask;
}

/* Request @count pieces of @bytes each, a power of two and also their alignment. Has no effect while an earlier
 * request is open or its pieces are not all taken. */
void supply_ask(struct supply *supply, size_t bytes, uint32_t count);

/* Return: the next piece that was given, for the caller to free(), or NULL. *ret_bytes: its size. *ret_refused: the
 * system had none; reported once. */
void *supply_take(struct supply *supply, size_t *ret_bytes, bool *ret_refused);

/* Is a request open, or are there pieces to take? Then waiting is worthwhile. */
bool supply_is_asked(const struct supply *supply);

/* Thread: the provider. Blocks: on the system, which also maps the pages. Fulfil the open request. Return: bytes
 * given. */
size_t supply_provide(struct supply *supply);

/* What both threads ask the system for: @bytes, a power of two, aligned to it, for the caller to free(). Return: NULL
 * if there is none. */
void *supply_from_system(size_t bytes);

#endif
