/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "rules/eval/rule/intern.h"

int intern_init(struct intern *words) {
        memset(words, 0, sizeof(*words));

        uint16_t none;

        return intern_word(words, "", &none);
}

void intern_fini(struct intern *words) {
        free(words->text);
        free(words->slots);
}

static uint32_t words_slot(const struct intern *words, const char *text) {
        uint32_t mask = words->slot_count - 1;
        uint32_t at = murmur2(text, strlen(text)) & mask;

        while (words->slots[at] && strcmp(words->text[words->slots[at] - 1], text) != 0)
                at = (at + 1) & mask;
        return at;
}

static int words_grow(struct intern *words) {
        uint32_t room = words->room ? words->room * 2 : 2 * INTERN_SPARE;
        char(*text)[RULE_WORD_BYTES] = realloc(words->text, room * sizeof(*text));

        if (!text)
                return err_raise(-ENOMEM);
        words->text = text;

        uint16_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(words->slots);
        words->slots = slots;
        words->slot_count = room * 2;
        words->room = room;
        for (uint32_t i = 0; i < words->count; i++)
                words->slots[words_slot(words, words->text[i])] = (uint16_t)(i + 1);
        return 0;
}

int intern_reserve(struct intern *words) {
        return words->count + INTERN_SPARE <= words->room ? 0 : words_grow(words);
}

int intern_word(struct intern *words, const char *text, uint16_t *ret) {
        if (words->count == words->room) {
                int r = words_grow(words);

                if (r < 0)
                        return r;
        }

        uint32_t at = words_slot(words, text);

        if (!words->slots[at]) {
                if (words->count >= UINT16_MAX - 1)
                        return err_raise(-ENOSPC);
                memset(words->text[words->count], 0, RULE_WORD_BYTES);
                memcpy(words->text[words->count], text, strnlen(text, RULE_WORD_BYTES - 1));
                words->slots[at] = (uint16_t)++words->count;
        }
        *ret = words->slots[at] - 1;
        return 0;
}
