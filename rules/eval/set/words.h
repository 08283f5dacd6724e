/* SPDX-License-Identifier: MIT
 *
 * Words: device classes and rooms as numbers; 0 is "".
 *
 * Thread: one owner. Blocks: never. Allocates: words_init(), words_intern().
 */
#ifndef VIGIL_RULES_EVAL_SET_WORDS_H
#define VIGIL_RULES_EVAL_SET_WORDS_H

#include <stdint.h>

#include "rules/eval/set/condition.h"

struct words {
        char (*text)[RULE_WORD_BYTES];
        uint32_t count;
        uint32_t room;
        uint16_t *slots; /* open addressing */
        uint32_t slot_count;
};

int words_init(struct words *words);
void words_fini(struct words *words);

/* Return: 0, -ENOMEM, -ENOSPC (more than 65,535 of them). */
int words_intern(struct words *words, const char *text, uint16_t *ret);

#endif
