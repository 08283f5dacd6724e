/* SPDX-License-Identifier: MIT
 *
 * From a name to a number: ids of rules, and (elder, rule) pairs. Open addressing; names are the
 * caller's and must outlive the index.
 *
 * Thread: the owner. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_INDEX_H
#define VIGIL_RULES_LANG_READING_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct lang_index_slot {
        const char *name; /* NULL: free */
        uint32_t salt;
        uint32_t value;
};

struct lang_index {
        struct lang_index_slot *slots;
        size_t room; /* a power of two */
};

/* Room for @names of them. Return: 0 or -ENOMEM. */
int lang_index_init(struct lang_index *index, size_t names);
void lang_index_fini(struct lang_index *index);

/* The value of (@name, @salt), which becomes @value when there is none yet. Never call it for more names
 * than there is room for. */
uint32_t lang_index_put(struct lang_index *index, const char *name, uint32_t salt, uint32_t value);

/* Return: its value, or UINT32_MAX. */
uint32_t lang_index_find(const struct lang_index *index, const char *name, uint32_t salt);

#endif
