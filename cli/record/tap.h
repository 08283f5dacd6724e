/* SPDX-License-Identifier: MIT
 *
 * Prints one Kafka record of our topics as lines of JSON: an event frame as one line per event
 * (cli/record/event_json.h), any other record as one line with topic, partition, offset, key, headers and value.
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
        TAP_EVENTS,     /* events of devices */
        TAP_EVENTS_ALL, /* and listening records of ingest */
        TAP_JSON,       /* JSON, as "value" */
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
        int64_t time_ms; /* timestamp of Kafka; -1: none */
        const char *key; /* NULL: none */
        size_t key_bytes;
        const char *value; /* NULL: tombstone */
        size_t value_bytes;
        struct tap_header headers[TAP_HEADERS_MAX];
        size_t header_count;
};

/* @elder: print only what concerns this elder; NULL: everything. At most @lines_max lines. A record that cannot be
 * decoded is printed with "broken". Return: lines written; -ENOMEM. */
int tap_print(FILE *out, enum tap_form form, const struct tap_record *record, const char *elder,
              long long lines_max);

#endif
