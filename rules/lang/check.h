/* SPDX-License-Identifier: MIT
 *
 * Check: the command `vigil check`.
 *
 * Thread: any. Blocks: reads the files, writes to @out.
 */
#ifndef VIGIL_RULES_LANG_CHECK_H
#define VIGIL_RULES_LANG_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "rules/lang/lang.h"

struct lang_check_options {
        struct lang_options load; /* its ladders are replaced if ladders_path is given */
        const char *ladders_path; /* escalation.yaml, or NULL */
        bool strict;              /* exit with LANG_CHECK_WARNED if there are warnings */
        bool colour;
        bool json; /* for editors: print errors and warnings as one JSON list, and nothing else */
        const struct language *language; /* of the output; NULL: English */
};

/* Check the files, and print every error and warning and one closing line to @out.
 * Return: the exit status of the command: 0 fine, 1 errors, 3 warnings only and strict. */
enum { LANG_CHECK_FINE = 0, LANG_CHECK_BAD = 1, LANG_CHECK_WARNED = 3 };
int lang_check(const struct lang_check_options *options, FILE *out);

#endif
