/* SPDX-License-Identifier: MIT
 *
 * UTF-8: one character at a time, strictly (no overlong forms, no surrogates), and how wide
 * it is on a terminal.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_UTF8_H
#define VIGIL_COMMON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read the character at @at, of which @left bytes may be looked at.
 * Return: its length in bytes, or 0 when it is not UTF-8 (or @left is 0). */
size_t utf8_read(const char *at, size_t left, uint32_t *ret);

/* Cells on a terminal: 2 for CJK and full-width forms, 0 for combining marks, else 1. */
int utf8_cells(uint32_t character);

/* The longest prefix of @text that is at most @bytes_max bytes and does not cut a character. */
size_t utf8_prefix(const char *text, size_t text_bytes, size_t bytes_max);

/* For messages about text that is not UTF-8: every byte above 0x7f is one half of a plausible GBK
 * pair (or of a GB18030 quadruple). */
bool utf8_looks_like_gbk(const char *text, size_t bytes);

#endif
