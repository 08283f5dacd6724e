/* SPDX-License-Identifier: MIT */
#include "rules/eval/set/placeholder.h"

#include <string.h>

#define BIT(name) (1u << PLACEHOLDER_##name)

static const char *const names[PLACEHOLDERS] = {
        [PLACEHOLDER_VALUE] = "value",     [PLACEHOLDER_LIMIT] = "limit",
        [PLACEHOLDER_UNIT] = "unit",       [PLACEHOLDER_DURATION] = "duration",
        [PLACEHOLDER_SAMPLES] = "samples", [PLACEHOLDER_ROOM] = "room",
        [PLACEHOLDER_DEVICE] = "device",   [PLACEHOLDER_SCORE] = "score",
        [PLACEHOLDER_KNOWN] = "known",     [PLACEHOLDER_COUNT] = "count",
        [PLACEHOLDER_LATE] = "late",       [PLACEHOLDER_CONFIDENCE] = "confidence",
};

static const unsigned int fitting[CONDITION_TYPES] = {
        [CONDITION_HAPPENING] = BIT(ROOM) | BIT(DEVICE) | BIT(LATE) | BIT(CONFIDENCE),
        [CONDITION_VITAL] = BIT(VALUE) | BIT(LIMIT) | BIT(UNIT) | BIT(DURATION) | BIT(SAMPLES) |
                            BIT(DEVICE) | BIT(LATE),
        [CONDITION_QUIET] = BIT(DURATION) | BIT(LIMIT),
        [CONDITION_OFFLINE] = BIT(DURATION) | BIT(LIMIT) | BIT(DEVICE) | BIT(ROOM),
        [CONDITION_VALIDITY] = BIT(DURATION) | BIT(SAMPLES) | BIT(DEVICE) | BIT(LATE),
        [CONDITION_SCORE] = BIT(SCORE) | BIT(LIMIT) | BIT(KNOWN) | BIT(LATE),
        [CONDITION_PARTS] = BIT(DURATION) | BIT(DEVICE) | BIT(LATE),
        [CONDITION_MOTION] = BIT(DEVICE) | BIT(LATE),
        [CONDITION_COUNT] = BIT(COUNT) | BIT(LIMIT) | BIT(ROOM) | BIT(DEVICE) | BIT(LATE),
        [CONDITION_SEQUENCE] = BIT(DURATION) | BIT(ROOM) | BIT(DEVICE) | BIT(LATE),
        [CONDITION_ZONE] = BIT(DURATION) | BIT(SAMPLES) | BIT(DEVICE) | BIT(LATE),
};

const char *placeholder_name(unsigned int placeholder) {
        return placeholder < PLACEHOLDERS ? names[placeholder] : NULL;
}

bool placeholder_fits(enum rule_condition_type type, enum placeholder placeholder) {
        return (unsigned int)type < CONDITION_TYPES && (fitting[type] >> placeholder & 1);
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
