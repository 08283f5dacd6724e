/* SPDX-License-Identifier: MIT
 *
 * Names: numbers texts, each text once.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_ENGINES_NAMES_H
#define VIGIL_CLI_BACKTEST_ENGINES_NAMES_H

#include <stdint.h>

enum { NAMES_BYTES = 48 }; /* longest text, with its NUL */

struct names {
        char (*all)[NAMES_BYTES];
        uint32_t count, capacity;
        uint32_t *slots; /* number + 1; 0: free; at most half full */
        uint32_t mask;
};

/* The number of @name, which is shorter than NAMES_BYTES; a new text gets the next number. Return: 0 or -ENOMEM. */
int names_number(struct names *names, const char *name, uint32_t *ret);

void names_fini(struct names *names);

#endif
