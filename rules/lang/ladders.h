/* SPDX-License-Identifier: MIT
 *
 * Ladders: the names of the ladders in an escalation.yaml.
 *
 * Thread: any. Blocks: on the file.
 */
#ifndef VIGIL_RULES_LANG_LADDERS_H
#define VIGIL_RULES_LANG_LADDERS_H

#include "common/files/diag.h"

/* Read the names into *ret, NULL-terminated; the caller frees it with lang_ladders_free(). Alerting checks the rest of
 * that file. Return: 0; LANG_REFUSED if the file has no readable ladders (reported in @diag); -ENOMEM; -errno. */
int lang_ladders_load(char ***ret, const char *path, struct diag *diag);

/* Takes NULL. Return: NULL. */
char **lang_ladders_free(char **ladders);

#endif
