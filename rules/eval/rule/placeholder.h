/* SPDX-License-Identifier: MIT
 *
 * Placeholders: {value} and the like in the title and the advice of a rule. rules/lang rejects those that mean
 * nothing for the type of condition; rules/alert replaces them with what was found.
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
        PLACEHOLDER_DURATION, /* how long the condition has lasted */
        PLACEHOLDER_SAMPLES,  /* number of readings that agreed */
        PLACEHOLDER_ROOM,
        PLACEHOLDER_DEVICE,
        PLACEHOLDER_SCORE,
        PLACEHOLDER_KNOWN, /* of a score: number of known parameters */
        PLACEHOLDER_COUNT,
        PLACEHOLDER_LATE, /* age of the event when it reached us */
        PLACEHOLDER_CONFIDENCE,
        PLACEHOLDERS,
};

/* For condition_ops.placeholders: PLACEHOLDER_BIT(VALUE) | PLACEHOLDER_BIT(LIMIT). */
#define PLACEHOLDER_BIT(name) (1u << PLACEHOLDER_##name)

/* The name of a placeholder, such as "value". Return: NULL if the number is too large. */
const char *placeholder_name(unsigned int placeholder);

enum placeholder_found {
        PLACEHOLDER_TEXT,  /* plain text of *ret_bytes bytes */
        PLACEHOLDER_BRACE, /* "{{", which stands for one brace */
        PLACEHOLDER_NAMED, /* "{value}": *ret is set */
        PLACEHOLDER_WRONG, /* "{vlaue}" or an unclosed brace; *ret_bytes includes the braces */
};

/* Read the next token at @text, which must not be empty. *ret_bytes: its length. */
enum placeholder_found placeholder_read(const char *text, enum placeholder *ret, size_t *ret_bytes);

#endif
