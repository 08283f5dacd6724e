/* SPDX-License-Identifier: MIT
 *
 * Step 2 of 12: decode. Bytes of an MQTT message -> events, or a named rejection.
 *
 *      sensor -> [mqtt] -> DECODE -> [kafka] -> rules
 *
 * Pure but for the registry it reads: no clock, no socket, no log. A message may give events and a
 * rejection at once (an array with one bad element): the good events go on, the message
 * goes to quarantine whole. Nothing is allocated per message.
 *
 * Thread: a decoder, its registry and what it returns belong to one thread. Blocks: never.
 */
#ifndef VIGIL_INGEST_DECODE_DECODE_H
#define VIGIL_INGEST_DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "common/registry/registry.h"
#include "ingest/decode/alarm.h"

struct profile_set;

/* Why a message, or a part of it, was refused: the reasons of docs/wire/quarantine.md. */
enum reject {
        REJECT_NONE = 0,
        REJECT_UNKNOWN_TOPIC,
        REJECT_UNKNOWN_DEVICE,
        REJECT_UNKNOWN_KIND,
        REJECT_BAD_JSON,
        REJECT_WRONG_TYPE,
        REJECT_MISSING_KEY,
        REJECT_IMPOSSIBLE_VALUE,
        REJECT_BAD_SEQUENCE,
        REJECT_TOO_LARGE,
        REJECT_EMPTY,
        REJECT_NOT_UTF8,
        REJECT_RETAINED,
        REJECT_BAD_PROFILE_VALUE,
        REJECT_TOO_MANY,       /* never a decoder's answer: ingest/mqtt/rate.h */
        REJECT_CRASHED_INGEST, /* never a decoder's answer: ingest/mqtt/poison.h */
        REJECT_COUNT,
};

/* The stable word of a reason, for headers and metric labels. */
const char *reject_name(enum reject reject);

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

struct decoder;

/* @lane: whose events are kept. @profiles may be NULL; it and @registry outlive the decoder.
 * @message_bytes_max: longer payloads are refused as too large. Return: 0 or -ENOMEM. */
int decoder_new(struct decoder **ret, enum lane lane, const struct profile_set *profiles,
                const struct registry *registry, size_t message_bytes_max);
struct decoder *decoder_free(struct decoder *decoder);

/* Never fails: what cannot be understood is a result. */
const struct decoded *decoder_read(struct decoder *decoder, const struct decode_message *message);

#endif
