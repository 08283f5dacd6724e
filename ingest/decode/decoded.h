/* SPDX-License-Identifier: MIT
 *
 * Input and output of the decoder: a message, and its events or the reason for its rejection.
 */
#ifndef VIGIL_INGEST_DECODE_DECODED_H
#define VIGIL_INGEST_DECODE_DECODED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "ingest/base/alarm.h"
#include "ingest/base/reject.h"

enum {
        DECODE_EVENTS_MAX = 1024, /* per message */
        DECODE_DETAIL_BYTES = 192,

        DECODE_AHEAD_MS = 60 * 1000,                /* a device time further ahead is implausible */
        DECODE_BEHIND_MS = 7 * 24 * 60 * 60 * 1000, /* and so is one further behind */
};

struct decode_message {
        const char *topic;
        const void *payload;
        size_t payload_bytes;
        bool retained;
        int64_t received_us; /* wall clock when it was read from the socket */
};

struct decoded_event {
        struct event event;
        const int16_t *samples; /* event.sample_count triples, or NULL */
};

enum decode_result {
        DECODE_EVENTS,     /* at least one event for this lane; @reject may be set as well */
        DECODE_OTHER_LANE, /* only the session of the other lane handles it */
        DECODE_IGNORED,    /* a profile ignores its topic, or it holds no event */
        DECODE_REJECTED,   /* no event; @reject and @detail say why */
};

/* Belongs to the decoder; valid until the next decoder_read(). */
struct decoded {
        enum decode_result result;
        const struct decoded_event *events;
        size_t event_count;
        struct alarm alarm;    /* unless ALARM_NONE: also report it to the desk */
        uint64_t ignored_keys; /* number of unknown keys; they are not an error */
        enum reject reject;
        char detail[DECODE_DETAIL_BYTES]; /* a sentence for people, without the value itself */
};

#endif
