/* SPDX-License-Identifier: MIT
 *
 * Words: device classes and rooms as numbers; 0 is "".
 *
 * Thread: one owner. Blocks: never. Allocates: words_init(), words_reserve(); words_intern() for more
 * than WORDS_SPARE after that.
 */
#ifndef VIGIL_RULES_EVAL_RULE_INTERN_H
#define VIGIL_RULES_EVAL_RULE_INTERN_H

#include <stdint.h>

#include "rules/eval/rule/condition.h"

struct words {
        char (*text)[RULE_WORD_BYTES];
        uint32_t count;
        uint32_t room;
        uint16_t *slots; /* open addressing */
        uint32_t slot_count;
};

int words_init(struct words *words);
void words_fini(struct words *words);

/* Room for WORDS_SPARE more, so that a rule set may name as many rooms that no home has. Return: 0 or -ENOMEM. */
enum { WORDS_SPARE = 256 };
int words_reserve(struct words *words);

/* Return: 0, -ENOMEM, -ENOSPC (more than 65,535 of them). */
int words_intern(struct words *words, const char *text, uint16_t *ret);

#endif
