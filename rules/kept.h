/* SPDX-License-Identifier: MIT
 *
 * Kept: a copy of the rule files that were last in force. If the files have errors at a restart, the program starts
 * with this copy.
 *
 *      FOLDER/VERSION/          one rule set: the files of the rules folder and of its overrides.d
 *      FOLDER/current           a symbolic link to the set that was last in force
 *
 * Overrides contain health data, so the copy is readable by the owner only.
 *
 * Thread: main. Blocks: reads and writes the files.
 */
#ifndef VIGIL_RULES_KEPT_H
#define VIGIL_RULES_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/* Does `current` in @folder name this version? */
bool kept_is(const char *folder, const char *version);

/* Copy @files (NULL-terminated array of paths below @root) to @folder/@version, without making it current. Writes the
 * path of the copy into @ret[@ret_bytes]. Return: 0 or -errno with err_why(). */
int kept_copy(const char *folder, const char *version, const char *root, char *const *files,
              char *ret, size_t ret_bytes);

/* Make the copy current and remove the former one. Return: 0 or -errno. */
int kept_use(const char *folder, const char *version);

/* Remove the copy. Errors are ignored. */
void kept_drop(const char *folder, const char *version);

#endif
