/* SPDX-License-Identifier: MIT
 *
 * A message before it is decoded, and what becomes of it: what the decoder takes and what it gives.
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
        DECODE_EVENTS_MAX = 1024, /* of one message */
        DECODE_DETAIL_BYTES = 192,

        DECODE_AHEAD_MS = 60 * 1000,                /* a device clock further ahead is wrong */
        DECODE_BEHIND_MS = 7 * 24 * 60 * 60 * 1000, /* and further behind */
};

struct decode_message {
        const char *topic;
        const void *payload;
        size_t payload_bytes;
        bool retained;
        int64_t received_us; /* wall clock, when it was read off the socket */
};

struct decoded_event {
        struct event event;
        const int16_t *samples; /* event.sample_count triples, or NULL */
};

enum decode_result {
        DECODE_EVENTS,     /* at least one event for this lane; @reject may be set as well */
        DECODE_OTHER_LANE, /* nothing here is this lane's to keep or to quarantine */
        DECODE_IGNORED,    /* a profile names it as of no interest */
        DECODE_REJECTED,   /* no event; @reject and @detail say why */
};

/* Belongs to the decoder; valid until its next message. */
struct decoded {
        enum decode_result result;
        const struct decoded_event *events;
        size_t event_count;
        struct alarm alarm;    /* unless ALARM_NONE: tell the desk, besides what @result asks for */
        uint64_t ignored_keys; /* that no reader knows; nothing else is wrong with them */
        enum reject reject;
        char detail[DECODE_DETAIL_BYTES]; /* one sentence for a person, without the value itself */
};

#endif
