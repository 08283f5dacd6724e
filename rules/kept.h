/* SPDX-License-Identifier: MIT
 *
 * Kept: a copy of the rule files as they were when they last were in force, so that a restart with a
 * mistake in the files starts with it.
 *
 *      FOLDER/VERSION/          one set: the files of the rules' folder and of its overrides.d
 *      FOLDER/current           a symbolic link to the one that was in force last
 *
 * Files of health data: readable by the owner only.
 *
 * Thread: main. Blocks: reads and writes the files.
 */
#ifndef VIGIL_RULES_KEPT_H
#define VIGIL_RULES_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/* Is a set of this version current in @folder? */
bool kept_is(const char *folder, const char *version);

/* Copy @files (NULL-terminated, of the folder @root) to @folder as @version, but do not use it yet. Writes where
 * they are into @ret[@ret_bytes]. Return: 0 or -errno with err_why(). */
int kept_copy(const char *folder, const char *version, const char *root, char *const *files,
              char *ret, size_t ret_bytes);

/* The copy is sound: it is current from now on, and the one before is removed. Return: 0 or -errno. */
int kept_use(const char *folder, const char *version);

/* It is not: away with it. */
void kept_drop(const char *folder, const char *version);

#endif
