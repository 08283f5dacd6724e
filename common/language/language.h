/* SPDX-License-Identifier: MIT
 *
 * Language: in what people are spoken to. English is in the sources; every other language is a gettext catalogue,
 * po/<name>.po, built into <folder>/<name>/LC_MESSAGES/vigil.mo. Why not libintl: docs/adr/0016-languages.md.
 *
 * A language is a handle that is given with each text (common/language/say.h), so one process can speak several.
 * NULL is English. What machines read stays English: logs, JSON, metrics.
 *
 * Thread: any, once loaded: nothing changes it. Blocks: loading reads files.
 */
#ifndef VIGIL_COMMON_LANGUAGE_LANGUAGE_H
#define VIGIL_COMMON_LANGUAGE_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/language/mo.h"

enum { LANGUAGE_NAME_BYTES = 24 };

enum {
        LANGUAGE_UNKNOWN = 1, /* there is no catalogue for it */
};

struct language {
        char name[LANGUAGE_NAME_BYTES]; /* of its catalogue: "zh_CN" */
        struct mo mo;
        const char *
                plural; /* expression of the header; NULL: the second form unless n is 1, as in English */
        char *bytes; /* of the file */
};

/* The language called @wanted, "zh", "zh_CN", "zh_CN.UTF-8" or "en": its catalogue by that name, else by the language
 * alone, else of another territory. Looked for in the first of these folders that has it: $VIGIL_LOCALE_DIR (then
 * nowhere else), ../po beside the program's folder (a build tree), ../share/locale beside it, the installed one.
 * Return: 0 and the handle, NULL for English; LANGUAGE_UNKNOWN; -errno (the file cannot be read, or is damaged). */
int language_load(struct language **ret, const char *wanted);

/* What the environment asks for: the first of LC_ALL, LC_MESSAGES, LANG that is set, and before it the list in LANGUAGE
 * unless the first is C or POSIX. English when none is set, known or readable. */
struct language *language_of_environment(void);

struct language *language_free(struct language *language);

/* "zh", or "en" for NULL. For what exists in these two on the wire and in rule files, titles and advice: */
const char *language_code(const struct language *language, char ret[LANGUAGE_NAME_BYTES]);

/* is the Chinese one of the two to be shown? Who reads neither is shown English. */
bool language_reads_chinese(const struct language *language);

/* Names of the catalogues there are, "en, zh_CN", for a message. */
void language_list(char *ret, size_t ret_bytes);

#endif
