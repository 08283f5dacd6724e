/* SPDX-License-Identifier: MIT
 *
 * Explanations of all diagnostic codes, for `vigil help R012`; English, to be translated by say(). Codes are stable:
 * never renumber or reuse one. tests/lint/codes.sh compares this table with the codes in the sources.
 *
 *      R reading YAML, rule files   W warnings about rules   C vigil.yaml
 *      P device profiles            L ladders                G registry (CSV)
 *      T rule tests
 *
 * Thread: any (constant table). Blocks: never.
 */
#ifndef VIGIL_CLI_HELP_DIAG_CODE_H
#define VIGIL_CLI_HELP_DIAG_CODE_H

#include <stddef.h>

struct diag_code {
        const char *code;
        const char *what; /* what is wrong */
        const char *mend; /* how to correct it, and why it is refused */
};

/* Return: the row of @code ("R012"), or NULL. */
const struct diag_code *diag_code_find(const char *code);

/* Row @index in the order of the table, or NULL past the end. */
const struct diag_code *diag_code_at(size_t index);

#endif
