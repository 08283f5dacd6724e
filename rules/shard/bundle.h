/* SPDX-License-Identifier: MIT
 *
 * Bundle: states of elders, stored one after another in one growing buffer. The buffer keeps its memory when it is
 * cleared, and bundle_make_room() doubles it in advance, so that a checkpoint allocates only when it is more than twice
 * as large as every earlier one.
 *
 * Thread: one owner at a time. Blocks: never. Allocates: bundle_add(), bundle_make_room().
 */
#ifndef VIGIL_RULES_SHARD_BUNDLE_H
#define VIGIL_RULES_SHARD_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

struct bundle {
        unsigned char *bytes;
        size_t used;
        size_t capacity;
        uint32_t count;
};

struct bundle_item {
        const char *elder_id; /* points into the buffer, as does bytes */
        const void *bytes;    /* aligned to 8 bytes */
        uint32_t bytes_used;  /* 0: the elder was removed; remove the stored copy as well */
};

/* Append a copy of both. @bytes_used 0 records a removed elder. Return: 0, or -ENOMEM and nothing was added. */
int bundle_add(struct bundle *bundle, const char *elder_id, const void *bytes, size_t bytes_used);

/* Grow the buffer to twice its contents, if there is memory. The state thread calls this after it has read the
 * bundle, so that the shard need not allocate when it fills it next. */
void bundle_make_room(struct bundle *bundle);

/* Iterate; start with *at = 0. Return: true and the next state in *ret, or false at the end. *ret is valid until the
 * bundle changes. */
bool bundle_next(const struct bundle *bundle, size_t *at, struct bundle_item *ret);

void bundle_clear(struct bundle *bundle); /* keeps the memory */
void bundle_fini(struct bundle *bundle);

#endif
