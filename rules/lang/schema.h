/* SPDX-License-Identifier: MIT
 *
 * Schema: the JSON schema of rule files, for editors.
 *
 * Thread: any. Blocks: on @out.
 */
#ifndef VIGIL_RULES_LANG_SCHEMA_H
#define VIGIL_RULES_LANG_SCHEMA_H

#include <stdio.h>

/* Print the schema. Return: 0 or -ENOMEM. */
int lang_schema_print(FILE *out);

#endif
