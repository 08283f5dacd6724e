/* SPDX-License-Identifier: MIT */
#include "rules/lang/reading/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"

int lang_index_init(struct lang_index *index, size_t names) {
        size_t room = 16;

        while (room < 2 * names)
                room *= 2;

        struct lang_index_slot *slots = calloc(room, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        *index = (struct lang_index){.slots = slots, .room = room};
        return 0;
}

void lang_index_fini(struct lang_index *index) {
        free(index->slots);
        *index = (struct lang_index){.slots = NULL};
}

/* Return: the slot of (@name, @salt), or the free slot for it. */
static struct lang_index_slot *slot_of(const struct lang_index *index, const char *name,
                                       uint32_t salt) {
        uint32_t hash = murmur2(name, strlen(name)) ^ salt * UINT32_C(0x9e3779b9);
        size_t at = (hash ^ hash >> 16) & (index->room - 1);

        while (index->slots[at].name &&
               (index->slots[at].salt != salt || strcmp(index->slots[at].name, name) != 0))
                at = (at + 1) & (index->room - 1);
        return &index->slots[at];
}

uint32_t lang_index_put(struct lang_index *index, const char *name, uint32_t salt, uint32_t value) {
        struct lang_index_slot *slot = slot_of(index, name, salt);

        if (!slot->name)
                *slot = (struct lang_index_slot){.name = name, .salt = salt, .value = value};
        return slot->value;
}

uint32_t lang_index_find(const struct lang_index *index, const char *name, uint32_t salt) {
        const struct lang_index_slot *slot = index->room ? slot_of(index, name, salt) : NULL;

        return slot && slot->name ? slot->value : UINT32_MAX;
}
