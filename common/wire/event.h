/* SPDX-License-Identifier: MIT
 *
 * Event: one normalised reading or happening, and the frame that carries events through Kafka.
 *
 * struct event is the wire form itself (docs/wire/event-frame.md, docs/wire/event_frame.ksy):
 * 128 bytes, little-endian, no padding, so a reader copies and never parses. A frame is a
 * 16-byte header and n events of one partition, each followed by its sample block when it has
 * one. On the alarm lane n is 1.
 *
 * Thread: any; nothing here is shared. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_COMMON_WIRE_EVENT_H
#define VIGIL_COMMON_WIRE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event_kind.h"

enum {
        EVENT_ELDER_ID_BYTES = 24,  /* NUL included; ids are [A-Za-z0-9_.-] */
        EVENT_DEVICE_ID_BYTES = 32, /* NUL included */

        EVENT_BYTES = 128,
        FRAME_HEADER_BYTES = 16,
        FRAME_VERSION = 1,
        FRAME_BYTES_MAX = 512 * 1024, /* half of Kafka's default message.max.bytes */
        FRAME_EVENTS_MAX = 1024,
        EVENT_SAMPLES_MAX = 4096, /* per event */
        EVENT_SAMPLE_BYTES = 6,   /* int16 x, y, z */

        EVENT_ID_TEXT_BYTES = 72, /* "device:boot:sequence" with NUL */
        EVENT_AGAIN_MS =
                60 * 1000, /* a count without a time heard again within this: the same event */

        EVENT_LISTENING_EVERY_MS = 5000, /* how often an ingest shard says that it listens */
        EVENT_LISTENING_LOST_MS =
                20000, /* not said for so long: nobody listens (three were missed) */
        EVENT_LISTENING_SHARDS_MAX = 64, /* ingest shards, whose numbers are below this */
};

enum event_flag {
        EVENT_TIME_MISSING = 1u << 0, /* the device gave no time: event time = received time */
        EVENT_TIME_IMPLAUSIBLE = 1u
                                 << 1, /* it gave an impossible one: event time = received time */
        EVENT_SEQUENCE_DERIVED = 1u << 2, /* no sequence given: sequence is a hash of the message */
        EVENT_DRILL = 1u << 3,            /* a test, marked TEST through to the pager */
        EVENT_BUFFERED = 1u << 4,         /* the device says it was stored before sending */
        EVENT_UNAUTHENTICATED = 1u << 5,  /* may raise, may never clear */
};

enum event_validity {
        EVENT_VALIDITY_VALID = 0,
        EVENT_VALIDITY_OFF_BODY = 1,
        EVENT_VALIDITY_ARTEFACT = 2,
        EVENT_VALIDITY_IMPLAUSIBLE = 3,
        EVENT_VALIDITY_STALE = 4,
};

struct event {
        char elder_id[EVENT_ELDER_ID_BYTES];   /* NUL padded */
        char device_id[EVENT_DEVICE_ID_BYTES]; /* NUL padded */
        int64_t device_time_ms;                /* as the device said it, 0 when it said nothing */
        int64_t received_time_ms;              /* when ingest read it off the MQTT socket */
        uint64_t sequence;        /* the device's own count within boot_id, or a hash of 63 bits */
        uint32_t boot_id;         /* the device's boot counter */
        uint32_t elder_hash;      /* murmur2(elder_id): partition and index need no rehash */
        uint32_t device_hash;     /* murmur2(device_id) */
        uint16_t kind;            /* enum event_kind */
        uint16_t flags;           /* enum event_flag */
        double value;             /* in the kind's unit */
        uint16_t received_sub_us; /* microseconds within received_time_ms, for tracing */
        uint8_t validity;         /* enum event_validity */
        uint8_t confidence_pct;   /* 0 to 100; 100 when the device does not say */
        uint16_t sample_count;    /* of the block that follows, 0: none */
        uint16_t sample_rate_dhz; /* tenths of hertz */
        double value2;            /* kinds with two values (location), else 0 */
        uint8_t reserved[8];      /* zero; readers ignore it */
};

_Static_assert(sizeof(struct event) == EVENT_BYTES, "struct event is wire format");
_Static_assert(offsetof(struct event, device_time_ms) == 56, "struct event is wire format");
_Static_assert(offsetof(struct event, value) == 96, "struct event is wire format");
_Static_assert(offsetof(struct event, value2) == 112, "struct event is wire format");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are little-endian");

struct frame_header {
        char magic[4]; /* "VGEF" */
        uint8_t version;
        uint8_t lane; /* enum lane */
        uint16_t event_count;
        uint32_t frame_bytes; /* the whole frame, this header included */
        uint32_t reserved;    /* zero; readers ignore it */
};

_Static_assert(sizeof(struct frame_header) == FRAME_HEADER_BYTES, "the header is wire format");

/* Event time: the device's when plausible, otherwise ours. */
static inline int64_t event_time_ms(const struct event *event) {
        if (event->flags & (EVENT_TIME_MISSING | EVENT_TIME_IMPLAUSIBLE))
                return event->received_time_ms;
        return event->device_time_ms;
}

/* Fill the ids and their hashes. @elder_id and @device_id: NUL-terminated, shorter than their fields.
 * Return: 0 or -ENAMETOOLONG. */
int event_set_ids(struct event *event, const char *elder_id, const char *device_id);

/* Fill @ret: ingest shard @shard says to @partition whether its MQTT sessions listen. Of no elder; the hash is
 * the partition itself, so that the event lies where hashes say. docs/wire/event-frame.md, "Listening". */
void event_listening(struct event *ret, uint32_t shard, int32_t partition, bool listens,
                     int64_t now_ms);

/*
 * Which event is it? A device's count is no answer: with a new battery it begins again, and some never
 * count. What tells two events with one count apart is when they were: the device's own time, which a
 * gateway that sends its stored original again repeats to the millisecond. Of a device without a time, or
 * with one that was never set, only our received time is known, in steps of EVENT_AGAIN_MS: a redelivery
 * comes at once, so the same count within a step is the same event, and two steps later another one.
 *
 * The serial is that answer in 64 bits: with device and boot it names the event for ever, from nothing but
 * what Kafka has. Its lower half is the device's count where that has 32 bits.
 */
uint64_t event_serial(const struct event *event);

/* Its own time can tell it from an earlier one. A clock far behind was never set and may stand still. */
static inline bool event_is_timed(const struct event *event) {
        return !(event->flags & EVENT_TIME_MISSING) &&
               (!(event->flags & EVENT_TIME_IMPLAUSIBLE) ||
                event->device_time_ms > event->received_time_ms);
}

/* Write "device:boot:sequence" into @ret[EVENT_ID_TEXT_BYTES]: how the device itself calls it. For people and
 * receipts; another event may have the same. */
void event_id_text(const struct event *event, char *ret);

/* The same from a serial. @device_id: NUL-terminated. */
void event_id_text_of(const char *device_id, uint32_t boot_id, uint64_t serial, char *ret);

/* 64 bits that stand for device + boot + serial: equal events give equal keys. */
uint64_t event_key(const struct event *event);
/* @device_id: NUL padded to EVENT_DEVICE_ID_BYTES. */
uint64_t event_key_of(const char *device_id, uint32_t boot_id, uint64_t serial);

/* Bytes of the sample block that follows an event, padding to 8 included. */
static inline size_t event_sample_bytes(const struct event *event) {
        return ((size_t)event->sample_count * EVENT_SAMPLE_BYTES + 7) & ~(size_t)7;
}

/* --- writing a frame ------------------------------------------------------------------- */

enum { FRAME_FULL = 1 };

struct frame_writer {
        unsigned char *bytes; /* caller's buffer */
        size_t capacity;
        size_t used;
        uint16_t event_count;
        uint8_t lane;
};

/* @capacity: at least FRAME_HEADER_BYTES + EVENT_BYTES. */
void frame_begin(struct frame_writer *writer, enum lane lane, void *buffer, size_t capacity);

/* Append one event. @samples: event->sample_count x 3 int16, or NULL when it is 0.
 * Return: 0, or FRAME_FULL and nothing was written. */
int frame_append(struct frame_writer *writer, const struct event *event, const int16_t *samples);

/* Finish the header. Return: the frame's length in bytes. */
size_t frame_end(struct frame_writer *writer);

/* --- reading a frame --------------------------------------------------------------------- */

enum {
        FRAME_END = 1,    /* no further event */
        FRAME_BROKEN = 2, /* not a frame of a version we read, or it does not add up */
};

struct frame_reader {
        const unsigned char *at;
        const unsigned char *end;
        uint16_t left;
        uint8_t lane;
};

/* Checks the header. Return: 0 or FRAME_BROKEN. */
int frame_open(struct frame_reader *reader, const void *frame, size_t frame_bytes);

/* Copies the next event into *ret; *ret_samples points into the frame (not aligned) or is NULL.
 * Return: 0, FRAME_END or FRAME_BROKEN. Unknown kinds are returned as they are: a reader skips
 * what it does not know. */
int frame_next(struct frame_reader *reader, struct event *ret, const unsigned char **ret_samples);

#endif
