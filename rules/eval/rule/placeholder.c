/* SPDX-License-Identifier: MIT */
#include "rules/eval/rule/placeholder.h"

#include <string.h>

static const char *const names[PLACEHOLDERS] = {
        [PLACEHOLDER_VALUE] = "value",     [PLACEHOLDER_LIMIT] = "limit",
        [PLACEHOLDER_UNIT] = "unit",       [PLACEHOLDER_DURATION] = "duration",
        [PLACEHOLDER_SAMPLES] = "samples", [PLACEHOLDER_ROOM] = "room",
        [PLACEHOLDER_DEVICE] = "device",   [PLACEHOLDER_SCORE] = "score",
        [PLACEHOLDER_KNOWN] = "known",     [PLACEHOLDER_COUNT] = "count",
        [PLACEHOLDER_LATE] = "late",       [PLACEHOLDER_CONFIDENCE] = "confidence",
};

const char *placeholder_name(unsigned int placeholder) {
        return placeholder < PLACEHOLDERS ? names[placeholder] : NULL;
}

enum placeholder_found placeholder_read(const char *text, enum placeholder *ret,
                                        size_t *ret_bytes) {
        size_t bytes = strcspn(text, "{"), name_bytes;

        if (bytes > 0) {
                *ret_bytes = bytes;
                return PLACEHOLDER_TEXT;
        }
        if (text[1] == '{') {
                *ret_bytes = 2;
                return PLACEHOLDER_BRACE;
        }
        name_bytes = strcspn(text + 1, "{}");
        *ret_bytes = 1 + name_bytes + (text[1 + name_bytes] == '}');
        if (text[1 + name_bytes] != '}')
                return PLACEHOLDER_WRONG;
        for (unsigned int i = 0; i < PLACEHOLDERS; i++) {
                if (strlen(names[i]) == name_bytes && memcmp(names[i], text + 1, name_bytes) == 0) {
                        *ret = (enum placeholder)i;
                        return PLACEHOLDER_NAMED;
                }
        }
        return PLACEHOLDER_WRONG;
}
