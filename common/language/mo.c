/* SPDX-License-Identifier: MIT */
#include "common/language/mo.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"

enum {
        HEADER_BYTES = 28,
        ROW_BYTES = 8,
        REVISION_MAJOR_MAX = 1,
};

static const uint32_t magic = 0x950412de;

static uint32_t number_at(const struct mo *mo, size_t at) {
        uint32_t number;

        memcpy(&number, mo->bytes + at, sizeof(number));
        return mo->swapped ? __builtin_bswap32(number) : number;
}

/* The text in row @index of a table. *ret_bytes does not include its NUL. */
static const char *text_at(const struct mo *mo, uint32_t table_at, uint32_t index,
                           size_t *ret_bytes) {
        size_t row_at = table_at + (size_t)index * ROW_BYTES;

        *ret_bytes = number_at(mo, row_at);
        return (const char *)mo->bytes + number_at(mo, row_at + 4);
}

static bool table_is_inside(const struct mo *mo, uint32_t table_at, size_t size) {
        if (table_at > size || mo->count > (size - table_at) / ROW_BYTES)
                return false;
        for (uint32_t i = 0; i < mo->count; i++) {
                size_t bytes, from;

                from = (size_t)(text_at(mo, table_at, i, &bytes) - (const char *)mo->bytes);
                if (from >= size || bytes >= size - from || mo->bytes[from + bytes] != '\0')
                        return false;
        }
        return true;
}

/* The sort order of the file: by the bytes of the key, without the plural after its NUL. */
static int compare(const char *text, size_t text_bytes, const char *row) {
        size_t row_bytes = strlen(row);
        int order = memcmp(text, row, text_bytes < row_bytes ? text_bytes : row_bytes);

        return order ? order : (text_bytes > row_bytes) - (text_bytes < row_bytes);
}

static bool is_sorted(const struct mo *mo) {
        const char *before = NULL;

        for (uint32_t i = 0; i < mo->count; i++) {
                size_t bytes;
                const char *text = text_at(mo, mo->texts_at, i, &bytes);

                if (before && compare(before, strlen(before), text) >= 0)
                        return false;
                before = text;
        }
        return true;
}

int mo_open(struct mo *ret, const void *bytes, size_t size) {
        struct mo mo = {.bytes = bytes};

        if (size < HEADER_BYTES)
                return err_raise_why(-EBADMSG, "not a message catalogue: too short");
        mo.swapped = number_at(&mo, 0) != magic;
        if (number_at(&mo, 0) != magic || number_at(&mo, 4) >> 16 > REVISION_MAJOR_MAX)
                return err_raise_why(-EBADMSG, "not a message catalogue (.mo) of a known version");
        mo.count = number_at(&mo, 8);
        mo.texts_at = number_at(&mo, 12);
        mo.translations_at = number_at(&mo, 16);
        if (!table_is_inside(&mo, mo.texts_at, size) ||
            !table_is_inside(&mo, mo.translations_at, size) || !is_sorted(&mo))
                return err_raise_why(-EBADMSG, "the message catalogue is cut off or damaged");
        *ret = mo;
        return 0;
}

const char *mo_find(const struct mo *mo, const char *text, size_t text_bytes, size_t *ret_bytes) {
        uint32_t from = 0, to = mo->count;

        while (from < to) {
                uint32_t middle = from + (to - from) / 2;
                size_t bytes;
                int order = compare(text, text_bytes, text_at(mo, mo->texts_at, middle, &bytes));

                if (order == 0)
                        return text_at(mo, mo->translations_at, middle, ret_bytes);
                if (order < 0)
                        to = middle;
                else
                        from = middle + 1;
        }
        return NULL;
}
