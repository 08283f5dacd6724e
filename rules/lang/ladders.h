/* SPDX-License-Identifier: MIT
 *
 * The names of the ladders in an escalation.yaml.
 *
 * Thread: any. Blocks: on the file.
 */
#ifndef VIGIL_RULES_LANG_LADDERS_H
#define VIGIL_RULES_LANG_LADDERS_H

#include "common/files/diag.h"

/* NULL-terminated, the caller's,
 * lang_ladders_free(). Alerting judges the rest of that file; here only the names count.
 * Return: 0; LANG_REFUSED when it could not be read as ladders; -ENOMEM; -errno. */
int lang_ladders_load(char ***ret, const char *path, struct diag *diag);
char **lang_ladders_free(char **ladders);

#endif
