/* SPDX-License-Identifier: MIT
 *
 * Diagnostics for files that people write: configuration, profiles, rules, ladders, CSV.
 *
 * A reader does not stop at the first error: it adds each one here and continues, and the
 * caller prints all of them, sorted by file, line and column:
 *
 *      30-vitals.yaml:9:7: error[R012]: unknown key "claer_below" in when
 *          9 |       claer_below: 110
 *            |       ^^^^^^^^^^^
 *            = help: did you mean "clear_below"?
 *
 * Codes are stable. Columns count characters from 1; under a CJK character the caret is two cells wide.
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

/* A position in a file. */
struct diag_mark {
        int line;    /* from 1; 0: the file as a whole */
        int column;  /* from 1; 0: the line as a whole */
        int columns; /* characters to underline; 0: one */
};

struct diag;
struct language;

/* The caller releases *ret with diag_free(). Messages are in English until diag_speak(). Return: 0 or -ENOMEM. */
int diag_new(struct diag **ret);
struct diag *diag_free(struct diag *diag);

/* Set the language of messages added from now on and of the words of diag_print(). Callers keep passing English texts,
 * which are translated. @language must outlive the diag. */
void diag_speak(struct diag *diag, const struct language *language);
const struct language *diag_language(const struct diag *diag);

/* Translate @english into the language of the diag with say(). */
const char *diag_word(const struct diag *diag, const char *english) __attribute__((format_arg(2)));

/* Store a copy of the text of @file, so that diag_print() can show its lines. Return: 0 or -ENOMEM. */
int diag_file(struct diag *diag, const char *file, const char *text, size_t text_bytes);

/* Add one message. @help may be NULL. Strings are copied. If memory runs out, the message is lost
 * but diag_errors() is non-zero from then on, so the file is never accepted. */
void diag_add(struct diag *diag, enum diag_level level, const char *code, const char *file,
              struct diag_mark mark, const char *help, const char *format, ...)
        __attribute__((format(printf, 7, 8)));

/* Move all messages and texts of @from to @diag, for files that are read in parallel. Return: 0 or -ENOMEM. */
int diag_merge(struct diag *diag, struct diag *from);

/* Set a formatted help text for the next diag_add(), which must then be called with @help NULL. */
void diag_hint(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

int diag_errors(const struct diag *diag);
int diag_warnings(const struct diag *diag);

/* Print all messages in order to @stream; in colour only if @colour. */
void diag_print(const struct diag *diag, FILE *stream, bool colour);

/* The same for editors: a JSON list with one object per message. Return: 0 or -ENOMEM. */
int diag_print_json(const struct diag *diag, FILE *stream);

/* A message as diag_at() returns it. The texts belong to the diag. */
struct diag_item {
        enum diag_level level;
        const char *code;
        const char *file;
        struct diag_mark mark;
        const char *message;
        const char *help; /* or NULL */
};
/* Message number @index in print order, for tests and JSON output. Return: false past the end. */
bool diag_at(const struct diag *diag, size_t index, struct diag_item *ret);

/* The candidate nearest to @word by Damerau-Levenshtein distance; NULL if its distance is above 2 or not below the
 * length of @word. @candidates: NULL-terminated. */
const char *diag_nearest(const char *word, const char *const *candidates);

#endif
