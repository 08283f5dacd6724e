/* SPDX-License-Identifier: MIT
 *
 * The JSON schema of rule files, for editors.
 *
 * Thread: any. Blocks: on @out.
 */
#ifndef VIGIL_RULES_LANG_SCHEMA_H
#define VIGIL_RULES_LANG_SCHEMA_H

#include <stdio.h>

/* Print it. Return: 0 or -ENOMEM. */
int lang_schema_print(FILE *out);

#endif
