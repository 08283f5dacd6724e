/* SPDX-License-Identifier: MIT
 *
 * Interned words: device classes and rooms as numbers; 0 is "".
 *
 * Thread: one owner. Blocks: never. Allocates: intern_init(), intern_reserve(); intern_word() for more
 * than INTERN_SPARE after that.
 */
#ifndef VIGIL_RULES_EVAL_RULE_INTERN_H
#define VIGIL_RULES_EVAL_RULE_INTERN_H

#include <stdint.h>

#include "rules/eval/rule/condition.h"

struct intern {
        char (*text)[RULE_WORD_BYTES];
        uint32_t count;
        uint32_t room;
        uint16_t *slots; /* open addressing */
        uint32_t slot_count;
};

int intern_init(struct intern *words);
void intern_fini(struct intern *words);

/* Room for INTERN_SPARE more, so that a rule set may name as many rooms that no home has. Return: 0 or -ENOMEM. */
enum { INTERN_SPARE = 256 };
int intern_reserve(struct intern *words);

/* Return: 0, -ENOMEM, -ENOSPC (more than 65,535 of them). */
int intern_word(struct intern *words, const char *text, uint16_t *ret);

#endif
