/* SPDX-License-Identifier: MIT */
#include "common/base/utf8.h"

size_t utf8_read(const char *at, size_t left, uint32_t *ret) {
        const unsigned char *byte = (const unsigned char *)at;
        size_t length;
        uint32_t character, least;

        if (left == 0)
                return 0;
        if (byte[0] < 0x80) {
                *ret = byte[0];
                return 1;
        }

        if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
                length = 2;
                character = byte[0] & 0x1f;
                least = 0x80;
        } else if ((byte[0] & 0xf0) == 0xe0) {
                length = 3;
                character = byte[0] & 0x0f;
                least = 0x800;
        } else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
                length = 4;
                character = byte[0] & 0x07;
                least = 0x10000;
        } else {
                return 0;
        }

        if (left < length)
                return 0;
        for (size_t i = 1; i < length; i++) {
                if ((byte[i] & 0xc0) != 0x80)
                        return 0;
                character = character << 6 | (byte[i] & 0x3f);
        }
        if (character < least || character > 0x10ffff ||
            (character >= 0xd800 && character <= 0xdfff))
                return 0;

        *ret = character;
        return length;
}

/* Not wcwidth(): it depends on the locale of the process, but output must look the same everywhere.
 * Source: EastAsianWidth.txt of Unicode 15, classes W and F, merged into blocks. */
static const struct {
        uint32_t from, to;
        int cells;
} widths[] = {
        {0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},   {0x20d0, 0x20ff, 0},
        {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe10, 0xfe19, 2},   {0xfe30, 0xfe6f, 2},
        {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
        {0x1f900, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
};

int utf8_cells(uint32_t character) {
        for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
                if (character >= widths[i].from && character <= widths[i].to)
                        return widths[i].cells;
        return 1;
}

size_t utf8_prefix(const char *text, size_t text_bytes, size_t bytes_max) {
        size_t at = text_bytes < bytes_max ? text_bytes : bytes_max;

        if (at == text_bytes)
                return at;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
                at--;
        return at;
}

bool utf8_looks_like_gbk(const char *text, size_t bytes) {
        const unsigned char *at = (const unsigned char *)text;

        for (size_t i = 0; i < bytes; i++) {
                if (at[i] < 0x80)
                        continue;
                if (at[i] == 0x80 || at[i] == 0xff || i + 1 == bytes)
                        return false;
                i++;
                if (at[i] < 0x30 || at[i] == 0x7f || at[i] == 0xff ||
                    (at[i] > 0x39 && at[i] < 0x40))
                        return false;
        }
        return true;
}
