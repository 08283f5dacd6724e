/* SPDX-License-Identifier: MIT
 *
 * Placeholders: what the title and the advice of a rule may say of what was found, {value} and the like.
 * rules/lang refuses those that mean nothing for the kind of condition, rules/alert puts the words in.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_PLACEHOLDER_H
#define VIGIL_RULES_EVAL_RULE_PLACEHOLDER_H

#include <stddef.h>

enum placeholder {
        PLACEHOLDER_VALUE, /* the last reading */
        PLACEHOLDER_LIMIT, /* the limit in force */
        PLACEHOLDER_UNIT,
        PLACEHOLDER_DURATION, /* how long it has lasted */
        PLACEHOLDER_SAMPLES,  /* how many readings agreed */
        PLACEHOLDER_ROOM,
        PLACEHOLDER_DEVICE,
        PLACEHOLDER_SCORE,
        PLACEHOLDER_KNOWN, /* of a score: how many of the seven */
        PLACEHOLDER_COUNT,
        PLACEHOLDER_LATE, /* how old it was when it reached us */
        PLACEHOLDER_CONFIDENCE,
        PLACEHOLDERS,
};

/* For struct condition_ops: PLACEHOLDER_BIT(VALUE) | PLACEHOLDER_BIT(LIMIT). */
#define PLACEHOLDER_BIT(name) (1u << PLACEHOLDER_##name)

/* "value"; NULL past the last. */
const char *placeholder_name(unsigned int placeholder);

enum placeholder_found {
        PLACEHOLDER_TEXT,  /* plain text up to *ret_bytes */
        PLACEHOLDER_BRACE, /* "{{": one brace is meant */
        PLACEHOLDER_NAMED, /* "{value}": *ret */
        PLACEHOLDER_WRONG, /* "{vlaue}" or an open brace: *ret_bytes long with its braces */
};

/* What stands at @text, which is not empty, and how long it is. */
enum placeholder_found placeholder_read(const char *text, enum placeholder *ret, size_t *ret_bytes);

#endif
