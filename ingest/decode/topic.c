/* SPDX-License-Identifier: MIT */
#include "ingest/decode/topic.h"

#include <ctype.h>
#include <string.h>

#define CAPTURE "{device}"

bool topic_is_native(const char *text) {
        return strncmp(text, TOPIC_NATIVE_ROOT, strlen(TOPIC_NATIVE_ROOT)) == 0;
}

struct topic_part topic_level(const char **at) {
        struct topic_part level = {.text = *at, .bytes = strcspn(*at, "/")};

        *at = level.text[level.bytes] == '/' ? level.text + level.bytes + 1 : NULL;
        return level;
}

static bool is_id(const struct topic_part *part, size_t bytes_max) {
        if (part->bytes == 0 || part->bytes > bytes_max)
                return false;
        for (size_t i = 0; i < part->bytes; i++) {
                unsigned char c = (unsigned char)part->text[i];

                if (c >= 0x80 || (!isalnum(c) && !strchr("_.-", c)))
                        return false;
        }
        return true;
}

int topic_parse(struct topic *ret, const char *text) {
        const char *at = text + strlen(TOPIC_NATIVE_ROOT);
        struct topic_part parts[3];

        for (size_t i = 0; i < 3; i++) {
                if (!at)
                        return TOPIC_MALFORMED;
                parts[i] = topic_level(&at);
                if (parts[i].bytes == 0)
                        return TOPIC_MALFORMED;
        }
        if (at || !is_id(&parts[1], EVENT_DEVICE_ID_BYTES - 1))
                return TOPIC_MALFORMED;

        ret->district = parts[0];
        ret->kind = parts[2];
        memcpy(ret->device_id, parts[1].text, parts[1].bytes);
        ret->device_id[parts[1].bytes] = '\0';
        return 0;
}

static bool level_is(const struct topic_part *level, const char *word) {
        return level->bytes == strlen(word) && memcmp(level->text, word, level->bytes) == 0;
}

const char *topic_pattern_fault(const char *pattern) {
        bool captured = false;
        const char *at = pattern;

        while (at) {
                struct topic_part level = topic_level(&at);

                if (level_is(&level, "#")) {
                        if (at)
                                return "'#' must be the last level";
                        if (captured)
                                return "'#' cannot follow {device}: both may be several levels";
                } else if (level_is(&level, CAPTURE)) {
                        if (captured)
                                return "{device} may be there once only";
                        captured = true;
                } else if (level.bytes == 0) {
                        return "a level is empty";
                } else if (!level_is(&level, "+") && memchr(level.text, '{', level.bytes)) {
                        return "a level is either a literal or {device}, not both";
                } else if (level.bytes > 1 && (memchr(level.text, '+', level.bytes) ||
                                               memchr(level.text, '#', level.bytes))) {
                        return "'+' and '#' stand alone in a level";
                }
        }
        return NULL;
}

static size_t count_levels(const char *text) {
        size_t count = 1;

        for (; *text; text++)
                count += *text == '/';
        return count;
}

bool topic_match(const char *pattern, const char *text, struct topic_part *ret_device) {
        size_t pattern_levels = count_levels(pattern);
        size_t text_levels = count_levels(text);
        struct topic_part device = {0};
        const char *p = pattern;
        const char *t = text;

        while (p) {
                struct topic_part want = topic_level(&p);

                if (level_is(&want, "#"))
                        break;
                if (!t)
                        return false;

                struct topic_part have = topic_level(&t);

                if (level_is(&want, CAPTURE)) {
                        if (text_levels < pattern_levels)
                                return false;
                        device.text = have.text;
                        for (size_t more = text_levels - pattern_levels; more > 0; more--)
                                have = topic_level(&t);
                        device.bytes = (size_t)(have.text + have.bytes - device.text);
                } else if (!level_is(&want, "+") &&
                           (want.bytes != have.bytes ||
                            memcmp(want.text, have.text, have.bytes) != 0)) {
                        return false;
                }
                if (!p && t)
                        return false;
        }
        *ret_device = device;
        return true;
}
