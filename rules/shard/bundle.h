/* SPDX-License-Identifier: MIT
 *
 * Bundle: states of elders one behind the other in one growing buffer, which keeps its memory when
 * it is emptied, so that a checkpoint allocates only when it is more than twice as large as any before.
 *
 * Thread: one at a time. Blocks: never.
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
        const char *elder_id; /* into the buffer, like the next */
        const void *bytes;    /* any alignment a state needs (8) */
        uint32_t bytes_used;  /* 0: the elder is gone, the stored copy goes too */
};

/* Return: 0 or -ENOMEM, and nothing was added. */
int bundle_add(struct bundle *bundle, const char *elder_id, const void *bytes, size_t bytes_used);

/* Room for as much again as is in it, if there is memory. For whoever reads it, so that whoever fills it next need not. */
void bundle_make_room(struct bundle *bundle);

/* Walk: start with *at = 0. Return: the next blob in *ret and true, or false at the end. */
bool bundle_next(const struct bundle *bundle, size_t *at, struct bundle_item *ret);

void bundle_clear(struct bundle *bundle); /* keeps the memory */
void bundle_fini(struct bundle *bundle);

#endif
