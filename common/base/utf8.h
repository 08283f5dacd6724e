/* SPDX-License-Identifier: MIT
 *
 * UTF-8: strict decoding of single characters (no overlong forms, no surrogates), and their
 * width on a terminal.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_UTF8_H
#define VIGIL_COMMON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at @at, of which @left bytes are readable.
 * Return: its length in bytes, or 0 if it is not UTF-8 or @left is 0; *ret is untouched then. */
size_t utf8_read(const char *at, size_t left, uint32_t *ret);

/* Width in terminal cells: 2 for CJK and full-width forms, 0 for combining marks, else 1. */
int utf8_cells(uint32_t character);

/* Return: the bytes of the longest prefix of @text that has at most @bytes_max bytes and does not split a character. */
size_t utf8_prefix(const char *text, size_t text_bytes, size_t bytes_max);

/* For messages about text that is not UTF-8. Return: true if every byte above 0x7f is part of a plausible GBK pair
 * or of a GB18030 sequence of four bytes. */
bool utf8_looks_like_gbk(const char *text, size_t bytes);

#endif
