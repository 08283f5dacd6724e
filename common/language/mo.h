/* SPDX-License-Identifier: MIT
 *
 * The .mo file of a gettext catalogue, as msgfmt writes it: a sorted table of English texts and one of their
 * translations. mo_open() checks every offset against the end of the file, so that mo_find() reads inside it
 * whatever the file says.
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_MO_H
#define VIGIL_COMMON_LANGUAGE_MO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes are borrowed: they must outlive this. */
struct mo {
        const unsigned char *bytes;
        uint32_t count;
        uint32_t texts_at, translations_at; /* tables of {length, offset} */
        bool swapped;                       /* written on a machine of the other byte order */
};

/* Return: 0, or -EBADMSG when the file is no catalogue, is cut off, or its texts are not in order. */
int mo_open(struct mo *ret, const void *bytes, size_t size);

/* The translation of the key @text[@text_bytes]: of a message with a context "context\4text", of one with a plural
 * the singular alone. Return: the forms of a plural one after the other, each ended by a NUL; NULL: not in it. */
const char *mo_find(const struct mo *mo, const char *text, size_t text_bytes, size_t *ret_bytes);

#endif
