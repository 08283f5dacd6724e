/* SPDX-License-Identifier: MIT
 *
 * Index: maps a name and a salt to a number, for example a rule id, or an (elder, rule) pair. Open addressing. Names
 * are not copied and must outlive the index.
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

/* @names: the most names that will be put. Return: 0 or -ENOMEM. */
int lang_index_init(struct lang_index *index, size_t names);
void lang_index_fini(struct lang_index *index);

/* Add (@name, @salt) with @value, unless it is there already. Must not be called for more names than
 * lang_index_init() has made room for. Return: the value that is stored: @value or the former one. */
uint32_t lang_index_put(struct lang_index *index, const char *name, uint32_t salt, uint32_t value);

/* Return: the value, or UINT32_MAX if there is none. */
uint32_t lang_index_find(const struct lang_index *index, const char *name, uint32_t salt);

#endif
