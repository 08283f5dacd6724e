/* SPDX-License-Identifier: MIT
 *
 * Language of texts for people. English is in the sources; every other language is a gettext catalogue,
 * po/<name>.po, built into <folder>/<name>/LC_MESSAGES/vigil.mo. Why not libintl: docs/adr/0016-languages.md.
 *
 * A language is a handle that is passed with each text (common/language/say.h), so one process can use several.
 * NULL is English. Output for machines is always in English: logs, JSON, metrics.
 *
 * Thread: any; a loaded language is immutable. Blocks: loading and listing read files.
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
        char name[LANGUAGE_NAME_BYTES]; /* name of its catalogue: "zh_CN" */
        struct mo mo;
        const char *
                plural; /* expression in the header; NULL: as in English, form 0 for 1, else form 1 */
        char *bytes;    /* content of the file */
};

/* Load the language @wanted: "zh", "zh_CN", "zh_CN.UTF-8" or "en". A folder matches if it has a catalogue with that
 * name, else with the same language (of several, the first in the alphabet). If $VIGIL_LOCALE_DIR is set, only that
 * folder is searched; else ../po and ../share/locale, seen from the folder of the program, then the installed one. The
 * caller releases *ret with language_free(). Return: 0 (*ret is NULL for English); LANGUAGE_UNKNOWN; -ENOMEM; -EBADMSG,
 * -EIO or another -errno if the file is damaged or cannot be read. */
int language_load(struct language **ret, const char *wanted);

/* Load the language that the environment selects: the locale is the first of LC_ALL, LC_MESSAGES and LANG that is set;
 * unless it is C or POSIX, the languages listed in LANGUAGE precede it. English (NULL) if none can be loaded. */
struct language *language_of_environment(void);

struct language *language_free(struct language *language);

/* The language code without territory: "zh"; "en" for NULL. Return: @ret. */
const char *language_code(const struct language *language, char ret[LANGUAGE_NAME_BYTES]);

/* Titles and advice exist in Chinese and English, on the wire and in rule files. Return: true if the Chinese text must
 * be shown; every other language gets the English one. */
bool language_reads_chinese(const struct language *language);

/* List the available languages in @ret for a message: "en, zh_CN". */
void language_list(char *ret, size_t ret_bytes);

#endif
