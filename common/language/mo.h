/* SPDX-License-Identifier: MIT
 *
 * The .mo file of a gettext catalogue as written by msgfmt: a sorted table of English texts and a table of their
 * translations. mo_open() checks every offset, so that mo_find() never reads outside the file, even if it is damaged.
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_MO_H
#define VIGIL_COMMON_LANGUAGE_MO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An open catalogue. The bytes belong to the caller and must outlive it. */
struct mo {
        const unsigned char *bytes;
        uint32_t count;
        uint32_t texts_at, translations_at; /* tables of {length, offset} */
        bool swapped;                       /* written on a machine with the other byte order */
};

/* Return: 0, or -EBADMSG if the file is not a catalogue, is truncated, or its texts are not sorted. */
int mo_open(struct mo *ret, const void *bytes, size_t size);

/* Find the translation of the key @text[@text_bytes]: "context\4text" for a message with a context, the singular for
 * one with a plural. Return: the translation (plural forms one after the other, each ended by NUL), or NULL. */
const char *mo_find(const struct mo *mo, const char *text, size_t text_bytes, size_t *ret_bytes);

#endif
