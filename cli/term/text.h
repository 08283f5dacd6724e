/* SPDX-License-Identifier: MIT
 *
 * Text in columns of a terminal: Chinese characters are two cells wide. Control characters of foreign
 * text never reach the terminal.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_TERM_TEXT_H
#define VIGIL_CLI_TERM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"

struct language;

/* How many cells @text takes. */
int text_cells(const char *text);

/* Append @text to @ret (@ret_bytes, NUL-terminated, grows by as much as fits), cut to @cells with "…" when it
 * is longer, padded with spaces when it is shorter and @pad. */
void text_column(char *ret, size_t ret_bytes, const char *text, int cells, bool pad);

/* How far @text goes in @cells, breaking after a space, a full-width stop or between Chinese
 * characters. Return: bytes of this line; *ret_next is where the next one begins. */
size_t text_wrap(const char *text, int cells, const char **ret_next);

/* "12 s", "3 min", "2 h", "4 d". */
void text_age(char *ret, size_t ret_bytes, int64_t ms, const struct language *language);

const char *text_severity_mark(enum severity severity);   /* ◆ ▲ ● ■ */
const char *text_severity_colour(enum severity severity); /* SGR: white on red, black on orange … */
const char *text_severity_word(enum severity severity, const struct language *language);

/* Of the widest of these words. */
int text_severity_cells(const struct language *language);

#endif
