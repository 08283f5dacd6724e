/* SPDX-License-Identifier: MIT
 *
 * Text in columns of a terminal: Chinese characters are two cells wide. Control characters in received text never
 * reach the terminal.
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

/* Width of @text in cells. */
int text_cells(const char *text);

/* Append @text to the NUL-terminated @ret of @ret_bytes bytes, as far as it fits. A @text wider than @cells is cut,
 * ending in "…"; a narrower one is padded with spaces if @pad. */
void text_column(char *ret, size_t ret_bytes, const char *text, int cells, bool pad);

/* Find the part of @text that fits into @cells, broken after a space or between Chinese characters, never before
 * closing punctuation. Return: bytes of this line; *ret_next: start of the next line. */
size_t text_wrap(const char *text, int cells, const char **ret_next);

/* Write @ms to @ret in its largest unit: "12 s", "3 min", "2 h", "4 d". */
void text_age(char *ret, size_t ret_bytes, int64_t ms, const struct language *language);

const char *text_severity_mark(enum severity severity);   /* ◆ ▲ ● ■ */
const char *text_severity_colour(enum severity severity); /* SGR: white on red, black on orange … */
const char *text_severity_word(enum severity severity, const struct language *language);

/* Width of the widest severity word. */
int text_severity_cells(const struct language *language);

#endif
