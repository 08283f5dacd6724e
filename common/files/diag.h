/* SPDX-License-Identifier: MIT
 *
 * Diagnostics for files that people write: configuration, profiles, rules, ladders, CSV.
 *
 * A reader never stops at its first complaint: it adds each one here and goes on, and the
 * caller prints them all, sorted by file, line and column:
 *
 *      30-vitals.yaml:9:7: error[R012]: unknown key "claer_below" in when
 *          9 |       claer_below: 110
 *            |       ^^^^^^^^^^^
 *            = help: did you mean "clear_below"?
 *
 * Codes are stable. Columns count characters from 1; the caret is two cells wide under CJK.
 *
 * Thread: one diag belongs to one thread. Blocks: diag_print() writes to its stream.
 */
#ifndef VIGIL_COMMON_FILES_DIAG_H
#define VIGIL_COMMON_FILES_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum diag_level {
        DIAG_ERROR,
        DIAG_WARNING,
};

/* Where in a file; @columns is how many characters the caret underlines (0: one). */
struct diag_mark {
        int line;   /* from 1; 0: the file as a whole */
        int column; /* from 1; 0: the line as a whole */
        int columns;
};

struct diag;
struct language;

/* A new one speaks English. */
int diag_new(struct diag **ret);
struct diag *diag_free(struct diag *diag);

/* In which language: what is added from here on, and what diag_print() puts around it. Everything that is added is
 * given in English. @language must outlive the diag. */
void diag_speak(struct diag *diag, const struct language *language);
const struct language *diag_language(const struct diag *diag);

/* say() in the language of the diag. */
const char *diag_word(const struct diag *diag, const char *english) __attribute__((format_arg(2)));

/* Give the text of @file so that diag_print() can show the line. @text is copied. */
int diag_file(struct diag *diag, const char *file, const char *text, size_t text_bytes);

/* Add one complaint. @help may be NULL. Strings are copied. Out of memory is remembered and
 * makes diag_errors() non-zero, so a complaint can never be lost into silence. */
void diag_add(struct diag *diag, enum diag_level level, const char *code, const char *file,
              struct diag_mark mark, const char *help, const char *format, ...)
        __attribute__((format(printf, 7, 8)));

/* Move all that @from holds into @diag, for files that are read side by side. Return: 0 or -ENOMEM. */
int diag_merge(struct diag *diag, struct diag *from);

/* The help of the next complaint, when it has no fixed one: diag_add() is then given NULL. */
void diag_hint(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

int diag_errors(const struct diag *diag);
int diag_warnings(const struct diag *diag);

/* Print all, in order, to @stream; colours only when @colour. */
void diag_print(const struct diag *diag, FILE *stream, bool colour);

/* The same for editors: one JSON list, an object for each complaint. Return: 0 or -ENOMEM. */
int diag_print_json(const struct diag *diag, FILE *stream);

/* The i-th complaint in print order, for tests and JSON output; false past the end. */
struct diag_item {
        enum diag_level level;
        const char *code;
        const char *file;
        struct diag_mark mark;
        const char *message;
        const char *help; /* or NULL */
};
bool diag_at(const struct diag *diag, size_t index, struct diag_item *ret);

/* The candidate nearest to @word by Damerau-Levenshtein distance, if at most 2; else NULL.
 * @candidates: NULL-terminated. */
const char *diag_nearest(const char *word, const char *const *candidates);

#endif
