/* SPDX-License-Identifier: MIT
 *
 * Which files are read, and reading them.
 *
 * Thread: any; lang_documents_load() has threads of its own. Blocks: on the files.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_FILES_H
#define VIGIL_RULES_LANG_DOCUMENTS_FILES_H

#include "common/files/diag.h"
#include "rules/lang/reading/options.h"
#include "rules/lang/reading/reading.h"

/* The files that lang_load() would read, in its order: NULL-terminated, the caller's,
 * lang_files_free(). Tests of rules (*.test.yaml) lie beside them and are none.
 * Return: 0; -ENOMEM; -errno when a path cannot be read (the diag says which as well). */
int lang_files(char ***ret, const struct lang_options *options, struct diag *diag);
char **lang_files_free(char **files);

/* Read @paths into reading->docs, which has room for them. Return: 0, -ENOMEM. */
int lang_documents_load(struct lang_reading *reading, char *const *paths, size_t count);

#endif
