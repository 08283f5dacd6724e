/* SPDX-License-Identifier: MIT
 *
 * Interned words: numbers for device classes and rooms. Number 0 is "".
 *
 * Thread: one owner. Blocks: never. Allocates: intern_init(), intern_reserve(), and intern_word() for more than
 * INTERN_SPARE new words after that.
 */
#ifndef VIGIL_RULES_EVAL_RULE_INTERN_H
#define VIGIL_RULES_EVAL_RULE_INTERN_H

#include <stdint.h>

#include "rules/eval/rule/condition.h"

struct intern {
        char (*text)[RULE_WORD_BYTES];
        uint32_t count;
        uint32_t room;
        uint16_t *slots; /* hash table, open addressing: number + 1; 0: free */
        uint32_t slot_count;
};

/* Return: 0 or -ENOMEM. */
int intern_init(struct intern *words);
void intern_fini(struct intern *words);

/* Make room for INTERN_SPARE more words, so that a rule set may name that many rooms that no home has without an
 * allocation. Return: 0 or -ENOMEM. */
enum { INTERN_SPARE = 256 };
int intern_reserve(struct intern *words);

/* The number of @text, which is added if it is new. Return: 0, -ENOMEM, -ENOSPC (more than 65,534 words, ""
 * included). */
int intern_word(struct intern *words, const char *text, uint16_t *ret);

#endif
