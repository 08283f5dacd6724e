/* SPDX-License-Identifier: MIT
 *
 * MQTT topics: the native form, and the patterns by which profiles name foreign ones.
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

/* @text: one for which topic_is_native(). Return: 0, or TOPIC_MALFORMED: not five levels, an empty
 * one, or a device id that is none ([A-Za-z0-9_.-], at most 31 bytes). */
enum { TOPIC_MALFORMED = 1 };
int topic_parse(struct topic *ret, const char *text);

/* The next level of *@at, which is then behind it, or NULL after the last. */
struct topic_part topic_level(const char **at);

/*
 * Patterns: levels divided by '/'. A level is a literal, '+' (any one level), '{device}' (one or more
 * levels, at most one in a pattern: zigbee2mqtt names may hold '/') or, at the end, '#' (the
 * rest, even nothing).
 */

/* Return: NULL when @pattern is well formed, else what is wrong with it. */
const char *topic_pattern_fault(const char *pattern);

/* True when @text matches; *ret_device is then what {device} stands for (text NULL: no {device}). */
bool topic_match(const char *pattern, const char *text, struct topic_part *ret_device);

#endif
