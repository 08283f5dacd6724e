/* SPDX-License-Identifier: MIT */
#include "common/wire/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"

static const char frame_magic[4] = {'V', 'G', 'E', 'F'};

/* Flag in a serial: the lower half is the sequence number, the 31 bits above are a hash of the time. */
static const uint64_t serial_is_timed = UINT64_C(1) << 63;

int event_set_ids(struct event *event, const char *elder_id, const char *device_id) {
        size_t elder_bytes = strlen(elder_id);
        size_t device_bytes = strlen(device_id);

        if (elder_bytes >= EVENT_ELDER_ID_BYTES || device_bytes >= EVENT_DEVICE_ID_BYTES)
                return err_raise(-ENAMETOOLONG);

        memset(event->elder_id, 0, sizeof(event->elder_id));
        memset(event->device_id, 0, sizeof(event->device_id));
        memcpy(event->elder_id, elder_id, elder_bytes);
        memcpy(event->device_id, device_id, device_bytes);
        event->elder_hash = murmur2(elder_id, elder_bytes);
        event->device_hash = murmur2(device_id, device_bytes);
        return 0;
}

void event_listening(struct event *ret, uint32_t shard, int32_t partition, bool listens,
                     int64_t now_ms) {
        *ret = (struct event){
                .device_id = "ingest",
                .received_time_ms = now_ms,
                .sequence = (uint64_t)now_ms,
                .boot_id = shard,
                .elder_hash = (uint32_t)partition,
                .kind = KIND_LISTENING,
                .flags = EVENT_TIME_MISSING,
                .value = listens,
                .confidence_pct = 100,
                .value2 = partition,
        };
        ret->device_hash = murmur2(ret->device_id, strlen(ret->device_id));
}

static void id_write(const char *device_id, uint32_t boot_id, uint64_t sequence, char *ret) {
        snprintf(ret, EVENT_ID_TEXT_BYTES, "%.*s:%" PRIu32 ":%" PRIu64, EVENT_DEVICE_ID_BYTES - 1,
                 device_id, boot_id, sequence);
}

void event_id_text(const struct event *event, char *ret) {
        id_write(event->device_id, event->boot_id, event->sequence, ret);
}

void event_id_text_of(const char *device_id, uint32_t boot_id, uint64_t serial, char *ret) {
        id_write(device_id, boot_id, serial & serial_is_timed ? (uint32_t)serial : serial, ret);
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
static uint64_t mix64(uint64_t x) {
        x ^= x >> 30;
        x *= 0xbf58476d1ce4e5b9u;
        x ^= x >> 27;
        x *= 0x94d049bb133111ebu;
        x ^= x >> 31;
        return x;
}

uint64_t event_serial(const struct event *event) {
        uint64_t when = mix64((uint64_t)event->device_time_ms);

        /* A derived sequence already includes the time: it is a hash of the message. */
        if (event->flags & EVENT_SEQUENCE_DERIVED)
                return event->sequence & ~serial_is_timed;
        if (!event_is_timed(event))
                when = mix64(when + (uint64_t)(event->received_time_ms / EVENT_AGAIN_MS));
        if (event->sequence > UINT32_MAX)
                return mix64(event->sequence + when) & ~serial_is_timed;
        return serial_is_timed | (when << 32 & ~serial_is_timed) | event->sequence;
}

uint64_t event_key_of(const char *device_id, uint32_t boot_id, uint64_t serial) {
        uint64_t key = 0;

        for (size_t i = 0; i < EVENT_DEVICE_ID_BYTES; i += 8) {
                uint64_t part;

                memcpy(&part, device_id + i, sizeof(part));
                key = mix64(key + part + 0x9e3779b97f4a7c15u);
        }
        key = mix64(key + boot_id);
        return mix64(key + serial);
}

uint64_t event_key(const struct event *event) {
        return event_key_of(event->device_id, event->boot_id, event_serial(event));
}

void frame_begin(struct frame_writer *writer, enum lane lane, void *buffer, size_t capacity) {
        *writer = (struct frame_writer){
                .bytes = buffer,
                .capacity = capacity,
                .used = FRAME_HEADER_BYTES,
                .lane = (uint8_t)lane,
        };
}

int frame_append(struct frame_writer *writer, const struct event *event, const int16_t *samples) {
        size_t block = event_sample_bytes(event);

        if (writer->event_count >= FRAME_EVENTS_MAX ||
            writer->used + EVENT_BYTES + block > writer->capacity)
                return FRAME_FULL;

        memcpy(writer->bytes + writer->used, event, EVENT_BYTES);
        writer->used += EVENT_BYTES;
        if (block) {
                size_t filled = (size_t)event->sample_count * EVENT_SAMPLE_BYTES;

                memcpy(writer->bytes + writer->used, samples, filled);
                memset(writer->bytes + writer->used + filled, 0, block - filled);
                writer->used += block;
        }
        writer->event_count++;
        return 0;
}

size_t frame_end(struct frame_writer *writer) {
        struct frame_header header = {
                .version = FRAME_VERSION,
                .lane = writer->lane,
                .event_count = writer->event_count,
                .frame_bytes = (uint32_t)writer->used,
        };

        memcpy(header.magic, frame_magic, sizeof(header.magic));
        memcpy(writer->bytes, &header, sizeof(header));
        return writer->used;
}

int frame_open(struct frame_reader *reader, const void *frame, size_t frame_bytes) {
        struct frame_header header;

        if (frame_bytes < sizeof(header))
                return FRAME_BROKEN;
        memcpy(&header, frame, sizeof(header));
        if (memcmp(header.magic, frame_magic, sizeof(header.magic)) != 0 ||
            header.version != FRAME_VERSION || header.lane >= LANE_COUNT ||
            header.frame_bytes != frame_bytes)
                return FRAME_BROKEN;

        reader->at = (const unsigned char *)frame + sizeof(header);
        reader->end = (const unsigned char *)frame + frame_bytes;
        reader->left = header.event_count;
        reader->lane = header.lane;
        return 0;
}

int frame_next(struct frame_reader *reader, struct event *ret, const unsigned char **ret_samples) {
        if (reader->left == 0)
                return reader->at == reader->end ? FRAME_END : FRAME_BROKEN;
        if (reader->end - reader->at < EVENT_BYTES)
                return FRAME_BROKEN;

        struct event event;

        memcpy(&event, reader->at, EVENT_BYTES);
        if ((size_t)(reader->end - reader->at) < EVENT_BYTES + event_sample_bytes(&event))
                return FRAME_BROKEN;
        /* Ids come from another process, and later code relies on their NUL. */
        if (event.elder_id[EVENT_ELDER_ID_BYTES - 1] != '\0' ||
            event.device_id[EVENT_DEVICE_ID_BYTES - 1] != '\0')
                return FRAME_BROKEN;

        *ret_samples = event.sample_count ? reader->at + EVENT_BYTES : NULL;
        reader->at += EVENT_BYTES + event_sample_bytes(&event);
        reader->left--;
        *ret = event;
        return 0;
}
