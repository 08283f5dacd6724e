/* SPDX-License-Identifier: MIT
 *
 * Files: finds the rule files and reads them as YAML.
 *
 * Thread: any; lang_documents_load() starts threads and joins them. Blocks: on the files.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_FILES_H
#define VIGIL_RULES_LANG_DOCUMENTS_FILES_H

#include "common/files/diag.h"
#include "rules/lang/reading/options.h"
#include "rules/lang/reading/reading.h"

/* List the files that lang_load() would read, in its order: *ret is NULL-terminated, and the caller frees it with
 * lang_files_free(). Rule tests (*.test.yaml) in the same folder are left out.
 * Return: 0; -ENOMEM; -errno if a folder cannot be read (reported in @diag, too). */
int lang_files(char ***ret, const struct lang_options *options, struct diag *diag);

/* Takes NULL. Return: NULL. */
char **lang_files_free(char **files);

/* Read @paths into reading->docs, which must have room for them. A file that cannot be read or parsed is reported and
 * sets reading->refused. Return: 0 or -ENOMEM. */
int lang_documents_load(struct lang_reading *reading, char *const *paths, size_t count);

#endif
