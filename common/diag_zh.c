/* SPDX-License-Identifier: MIT */
#include "common/diag_zh.h"

#include <stdlib.h>
#include <string.h>

/* Ascending by English: found by halving. */
/* clang-format off */
static const struct diag_zh rows[] = {
        {"error", "错误"},
        {"help", "帮助"},
        {"warning", "警告"},
};
/* clang-format on */
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int compare(const void *key, const void *row) {
        return strcmp(key, ((const struct diag_zh *)row)->english);
}

const char *diag_zh_find(const char *english) {
        const struct diag_zh *row = bsearch(english, rows, ROWS, sizeof(rows[0]), compare);

        return row ? row->chinese : NULL;
}

const struct diag_zh *diag_zh_at(size_t index) {
        return index < ROWS ? &rows[index] : NULL;
}
