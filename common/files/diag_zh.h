/* SPDX-License-Identifier: MIT
 *
 * What diagnostics say, in Chinese: messages, helps and the words put into them.
 *
 * Thread: any (constant table). Blocks: never.
 */
#ifndef VIGIL_COMMON_FILES_DIAG_ZH_H
#define VIGIL_COMMON_FILES_DIAG_ZH_H

#include <stddef.h>

struct diag_zh {
        const char *english; /* as it stands in the source, with its conversions */
        const char *chinese; /* the same conversions; in another order with their numbers: %2$s */
};

/* Return: the Chinese of @english, or NULL when there is none. */
const char *diag_zh_find(const char *english);

/* Row @index, by English; NULL past the end. */
const struct diag_zh *diag_zh_at(size_t index);

#endif
