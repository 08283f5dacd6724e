/* SPDX-License-Identifier: MIT */
#include "cli/backtest/engines/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"

enum { NAMES_FIRST = 64 };

static uint32_t slot_find(const struct names *names, const char *name) {
        uint32_t at = murmur2(name, strlen(name)) & names->mask;

        while (names->slots[at] && strcmp(names->all[names->slots[at] - 1], name) != 0)
                at = (at + 1) & names->mask;
        return at;
}

static int grow(struct names *names) {
        uint32_t capacity = names->capacity ? names->capacity * 2 : NAMES_FIRST;
        void *all = realloc(names->all, capacity * sizeof(*names->all));

        if (!all)
                return err_raise(-ENOMEM);
        names->all = all;

        uint32_t *slots = calloc((size_t)capacity * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(names->slots);
        names->slots = slots;
        names->mask = capacity * 2 - 1;
        names->capacity = capacity;
        for (uint32_t i = 0; i < names->count; i++)
                names->slots[slot_find(names, names->all[i])] = i + 1;
        return 0;
}

int names_number(struct names *names, const char *name, uint32_t *ret) {
        if (names->count == names->capacity) {
                int r = grow(names);

                if (r < 0)
                        return r;
        }

        uint32_t at = slot_find(names, name);

        if (!names->slots[at]) {
                char *copy = names->all[names->count];

                memset(copy, 0, NAMES_BYTES);
                memcpy(copy, name, strnlen(name, NAMES_BYTES - 1));
                names->slots[at] = ++names->count;
        }
        *ret = names->slots[at] - 1;
        return 0;
}

void names_fini(struct names *names) {
        free(names->all);
        free(names->slots);
        *names = (struct names){0};
}
