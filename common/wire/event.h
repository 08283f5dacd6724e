/* SPDX-License-Identifier: MIT
 *
 * Event: one normalised reading or occurrence, and the frame that carries events through Kafka.
 *
 * struct event is the wire format itself (docs/wire/event-frame.md, docs/wire/event_frame.ksy):
 * 128 bytes, little-endian, no padding, so that readers copy it without parsing. A frame is a
 * 16-byte header and n events of one partition, each followed by its sample block if it has
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
                60 * 1000, /* the same sequence without a time, again within this: the same event */

        EVENT_LISTENING_EVERY_MS = 5000, /* interval of the listening records of an ingest shard */
        EVENT_LISTENING_LOST_MS =
                20000, /* without a record for this long (three missed), nobody listens */
        EVENT_LISTENING_SHARDS_MAX = 64, /* numbers of ingest shards are below this */
};

enum event_flag {
        EVENT_TIME_MISSING = 1u << 0,     /* no device time: event time = received time */
        EVENT_TIME_IMPLAUSIBLE = 1u << 1, /* impossible device time: event time = received time */
        EVENT_SEQUENCE_DERIVED = 1u << 2, /* no sequence number: a hash of the message instead */
        EVENT_DRILL = 1u << 3,            /* a drill, marked TEST up to the pager */
        EVENT_BUFFERED = 1u << 4,         /* the device says that it stored it before sending */
        EVENT_UNAUTHENTICATED = 1u << 5,  /* may raise alerts, but never clear them */
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
        int64_t device_time_ms;                /* as sent by the device; 0 if it sent none */
        int64_t received_time_ms;              /* when ingest read it from the MQTT socket */
        uint64_t sequence;        /* sequence number within boot_id, or a hash of 63 bits */
        uint32_t boot_id;         /* the device's boot counter */
        uint32_t elder_hash;      /* murmur2(elder_id), for the partition and for hash tables */
        uint32_t device_hash;     /* murmur2(device_id) */
        uint16_t kind;            /* enum event_kind */
        uint16_t flags;           /* enum event_flag */
        double value;             /* in the kind's unit */
        uint16_t received_sub_us; /* microseconds within received_time_ms, for tracing */
        uint8_t validity;         /* enum event_validity */
        uint8_t confidence_pct;   /* 0 to 100; 100 if the device does not send it */
        uint16_t sample_count;    /* samples in the block that follows; 0: no block */
        uint16_t sample_rate_dhz; /* tenths of hertz */
        double value2;            /* second value of kinds that have one (location), else 0 */
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

/* Event time: the device time if it is plausible, otherwise the received time. */
static inline int64_t event_time_ms(const struct event *event) {
        if (event->flags & (EVENT_TIME_MISSING | EVENT_TIME_IMPLAUSIBLE))
                return event->received_time_ms;
        return event->device_time_ms;
}

/* Set the ids and their hashes. @elder_id and @device_id: NUL-terminated.
 * Return: 0, or -ENAMETOOLONG if one does not fit with its NUL. */
int event_set_ids(struct event *event, const char *elder_id, const char *device_id);

/* Make a listening record for @partition: whether the MQTT sessions of ingest shard @shard listen. It has no elder; its
 * elder_hash is the partition, so that it is in the partition of its hash. docs/wire/event-frame.md, "Listening". */
void event_listening(struct event *ret, uint32_t shard, int32_t partition, bool listens,
                     int64_t now_ms);

/*
 * The identity of an event. The sequence number of a device is not unique: it restarts with a new battery, and
 * some devices never count. Two events with the same number differ in their time: the device time, which a
 * gateway repeats unchanged when it resends a stored message. If the device has no clock, or one that was never set,
 * the received time is used, rounded down to EVENT_AGAIN_MS: a redelivery follows at once, so the same number within
 * one such step is the same event, and two steps later it is another event.
 *
 * Return: the serial, a 64-bit value. Device id, boot id and serial identify the event permanently and depend only on
 * the record in Kafka. The lower half is the sequence number if that has at most 32 bits.
 */
uint64_t event_serial(const struct event *event);

/* Does the device time distinguish the event from an earlier one? Not if it is missing or implausibly old: such a clock
 * was never set and may stand still. */
static inline bool event_is_timed(const struct event *event) {
        return !(event->flags & EVENT_TIME_MISSING) &&
               (!(event->flags & EVENT_TIME_IMPLAUSIBLE) ||
                event->device_time_ms > event->received_time_ms);
}

/* Write "device:boot:sequence" to @ret[EVENT_ID_TEXT_BYTES]: the id assigned by the device, for people and receipts.
 * It is not unique. */
void event_id_text(const struct event *event, char *ret);

/* The same from a serial. @device_id: NUL-terminated. */
void event_id_text_of(const char *device_id, uint32_t boot_id, uint64_t serial, char *ret);

/* A 64-bit hash of device id, boot id and serial: the same event always has the same key. */
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
        unsigned char *bytes; /* buffer of the caller */
        size_t capacity;
        size_t used;
        uint16_t event_count;
        uint8_t lane;
};

/* Start a frame in @buffer, which must stay valid until frame_end(); at least FRAME_HEADER_BYTES + EVENT_BYTES. */
void frame_begin(struct frame_writer *writer, enum lane lane, void *buffer, size_t capacity);

/* Append one event. @samples: event->sample_count x 3 int16; may be NULL if that is 0.
 * Return: 0, or FRAME_FULL if nothing was written. */
int frame_append(struct frame_writer *writer, const struct event *event, const int16_t *samples);

/* Write the header. Return: the length of the frame in bytes. */
size_t frame_end(struct frame_writer *writer);

/* --- reading a frame --------------------------------------------------------------------- */

enum {
        FRAME_END = 1,    /* no further event */
        FRAME_BROKEN = 2, /* not a frame, an unknown version, or inconsistent */
};

struct frame_reader {
        const unsigned char *at;
        const unsigned char *end;
        uint16_t left;
        uint8_t lane;
};

/* Check the header and start reading. @frame must stay valid while it is read. Return: 0 or FRAME_BROKEN. */
int frame_open(struct frame_reader *reader, const void *frame, size_t frame_bytes);

/* Copy the next event to *ret. *ret_samples points into the frame (not aligned) or is NULL. Events of unknown
 * kinds are returned too; the caller skips them. Return: 0, FRAME_END or FRAME_BROKEN. */
int frame_next(struct frame_reader *reader, struct event *ret, const unsigned char **ret_samples);

#endif
