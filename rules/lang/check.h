/* SPDX-License-Identifier: MIT
 *
 * `vigil check`.
 *
 * Thread: any. Blocks: on the files.
 */
#ifndef VIGIL_RULES_LANG_CHECK_H
#define VIGIL_RULES_LANG_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "rules/lang/lang.h"

struct lang_check_options {
        struct lang_options load; /* ladders here is replaced when ladders_path is given */
        const char *ladders_path; /* escalation.yaml, or NULL */
        bool strict;              /* warnings are fatal too */
        bool colour;
        bool json; /* for editors: the complaints as one JSON list, and nothing else */
        const struct language *language; /* of what is printed; NULL: English */
};

/* `vigil check`: print every complaint and one closing line to @out.
 * Return: exit code of the command: 0 fine, 1 errors, 3 warnings only and strict. */
enum { LANG_CHECK_FINE = 0, LANG_CHECK_BAD = 1, LANG_CHECK_WARNED = 3 };
int lang_check(const struct lang_check_options *options, FILE *out);

#endif
