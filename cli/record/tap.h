/* SPDX-License-Identifier: MIT
 *
 * One Kafka record of one of our topics as lines of JSON: an event frame is a line an event
 * (cli/record/event_json.h), everything else one line with key, place, headers and value.
 *
 * Thread: any. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_RECORD_TAP_H
#define VIGIL_CLI_RECORD_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tap_form {
        TAP_EVENTS,     /* frames: what devices said */
        TAP_EVENTS_ALL, /* and that ingest listens */
        TAP_JSON,       /* "value" is the JSON itself */
        TAP_BYTES,      /* "text" when it is UTF-8, else "base64" */
};

struct tap_header {
        const char *name;
        const char *value; /* NULL: none */
        size_t value_bytes;
};

enum { TAP_HEADERS_MAX = 32 };

struct tap_record {
        const char *topic;
        int32_t partition;
        int64_t offset;
        int64_t time_ms; /* Kafka's; -1: none */
        const char *key; /* NULL: none */
        size_t key_bytes;
        const char *value; /* NULL: removed */
        size_t value_bytes;
        struct tap_header headers[TAP_HEADERS_MAX];
        size_t header_count;
};

/* @elder: only what is about this elder, or NULL. @lines_max: at most that many lines.
 * Return: lines written; -ENOMEM. What cannot be decoded is printed too, with "broken". */
int tap_print(FILE *out, enum tap_form form, const struct tap_record *record, const char *elder,
              long long lines_max);

#endif
