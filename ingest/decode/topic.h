/* SPDX-License-Identifier: MIT
 *
 * MQTT topics: the native form, and the patterns of profiles for foreign ones.
 *
 * Thread: any. Blocks: never. Allocates: never; parts point into the topic.
 */
#ifndef VIGIL_INGEST_DECODE_TOPIC_H
#define VIGIL_INGEST_DECODE_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#include "common/wire/event.h"

#define TOPIC_NATIVE_ROOT "vigil/v1/"

struct topic_part {
        const char *text; /* not NUL-terminated */
        size_t bytes;
};

/* vigil/v1/<district>/<device>/<kind> */
struct topic {
        struct topic_part district;
        struct topic_part kind;
        char device_id[EVENT_DEVICE_ID_BYTES];
};

bool topic_is_native(const char *text);

/* @text: a topic for which topic_is_native() is true. Return: 0, or TOPIC_MALFORMED if it does not have five
 * levels, a level is empty, or the device id is invalid ([A-Za-z0-9_.-], at most 31 bytes). */
enum { TOPIC_MALFORMED = 1 };
int topic_parse(struct topic *ret, const char *text);

/* Return: the level at *@at. *@at is advanced to the next level, or set to NULL after the last one. */
struct topic_part topic_level(const char **at);

/*
 * Patterns: levels separated by '/'. A level is a literal, '+' (exactly one level), '{device}' (one or more
 * levels, because zigbee2mqtt names may contain '/'; at most once in a pattern) or, at the end, '#' (all
 * remaining levels, possibly none).
 */

/* Return: NULL if @pattern is valid, else what is wrong with it. */
const char *topic_pattern_fault(const char *pattern);

/* Return: true if @text matches; *ret_device is then the part that matched {device} (text NULL: no {device}). */
bool topic_match(const char *pattern, const char *text, struct topic_part *ret_device);

#endif
