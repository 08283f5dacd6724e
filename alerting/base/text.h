/* SPDX-License-Identifier: MIT
 *
 * Text: copy a string into a fixed array.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_TEXT_H
#define VIGIL_ALERTING_BASE_TEXT_H

#include <string.h>

/* Copy @text into @ret[@ret_bytes], cut if it is too long; always with NUL. */
static inline void text_set(char *ret, size_t ret_bytes, const char *text) {
        size_t bytes = strnlen(text, ret_bytes - 1);

        memcpy(ret, text, bytes);
        ret[bytes] = '\0';
}

#endif
