/* SPDX-License-Identifier: MIT */
#include "cli/backtest/engines/raised.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"

enum { LIST_FIRST = 512 };

_Static_assert(sizeof(struct raised) <= 64, "a cache line each");

static uint32_t home(uint32_t rule, uint32_t person, uint64_t episode) {
        uint64_t x = episode ^ ((uint64_t)person << 32 | rule) * UINT64_C(0x9e3779b97f4a7c15);

        return (uint32_t)(x >> 32 ^ x);
}

/* The slot of this key, or the free slot where it belongs. */
static uint32_t slot_find(const struct raised_list *list, uint32_t rule, uint32_t person,
                          uint64_t episode) {
        uint32_t at = home(rule, person, episode) & list->mask;

        for (; list->slots[at]; at = (at + 1) & list->mask) {
                const struct raised *one = &list->all[list->slots[at] - 1];

                if (one->episode == episode && one->rule == rule && one->person == person)
                        break;
        }
        return at;
}

static void slot_take(struct raised_list *list, uint32_t index) {
        const struct raised *one = &list->all[index];

        list->slots[slot_find(list, one->rule, one->person, one->episode)] = index + 1;
}

static int grow(struct raised_list *list) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : LIST_FIRST;
        struct raised *all = realloc(list->all, capacity * sizeof(*all));

        if (!all)
                return err_raise(-ENOMEM);
        list->all = all;

        uint32_t *slots = calloc((size_t)capacity * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(list->slots);
        list->slots = slots;
        list->mask = capacity * 2 - 1;
        list->capacity = capacity;
        for (uint32_t i = 0; i < list->count; i++)
                slot_take(list, i);
        return 0;
}

int raised_add(struct raised_list *list, const struct raised *raised) {
        if (list->count == RAISED_MAX)
                return err_raise(-E2BIG);
        if (list->count == list->capacity) {
                int r = grow(list);

                if (r < 0)
                        return r;
        }
        list->all[list->count] = *raised;
        slot_take(list, list->count++);
        return 0;
}

struct raised *raised_find(const struct raised_list *list, uint32_t rule, uint32_t person,
                           uint64_t episode) {
        if (list->count == 0)
                return NULL;

        uint32_t index = list->slots[slot_find(list, rule, person, episode)];

        return index ? &list->all[index - 1] : NULL;
}

void raised_fini(struct raised_list *list) {
        free(list->all);
        free(list->slots);
        *list = (struct raised_list){0};
}
