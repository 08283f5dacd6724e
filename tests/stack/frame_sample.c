/* SPDX-License-Identifier: MIT
 *
 * frame-sample FRAMES SEED: writes random event frames with Vigil's own code, to test readers in other languages. For
 * each frame it prints a line "frame HEX", then the frame's events as `vigil tap` prints them, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/record/event_json.h"
#include "common/base/err.h"

enum { EVENTS_A_FRAME_MAX = 12, SAMPLES_HERE_MAX = 40, FRAME_ROOM = 64 * 1024 };

static uint64_t random_state;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t random_next(void) {
        uint64_t x = random_state += 0x9e3779b97f4a7c15u;

        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
}

static uint64_t random_below(uint64_t limit) {
        return random_next() % limit;
}

static int16_t samples[SAMPLES_HERE_MAX * 3];

/* An event with random values in every field. Edge values come more often than by chance. */
static void event_make(struct event *ret, const struct event_kind_info *info) {
        static const double values[] = {0,    1,           -1,   0.1, 36.6, 39.904211989,
                                        1e-9, -179.999999, 1e300};
        static const uint64_t sequences[] = {0, 1, UINT32_MAX, INT64_MAX, UINT64_MAX};
        char elder[EVENT_ELDER_ID_BYTES], device[EVENT_DEVICE_ID_BYTES];
        struct event event = {0};

        snprintf(elder, sizeof(elder), "%.*s%u", (int)random_below(19), "Elder_of_the.north-1",
                 (unsigned int)random_below(1000));
        snprintf(device, sizeof(device), "%s-%u", info->name, (unsigned int)random_below(100));
        event_set_ids(&event, elder, device);
        event.kind = (uint16_t)info->kind;
        event.device_time_ms =
                random_below(4) ? (int64_t)(1790000000000 + random_below(100000)) : 0;
        event.received_time_ms = (int64_t)(1790000000000 + random_below(100000));
        event.received_sub_us = (uint16_t)random_below(1000);
        event.sequence = random_below(2) ? random_next() : sequences[random_below(5)];
        event.boot_id = random_below(2) ? (uint32_t)random_next() : (uint32_t)random_below(3);
        event.flags = (uint16_t)random_below(64);
        event.value = random_below(2) ? values[random_below(9)] : (double)random_next() / 1e15;
        event.value2 = info->kind == KIND_LOCATION ? values[random_below(9)] : 0;
        event.validity = (uint8_t)random_below(5);
        event.confidence_pct = (uint8_t)random_below(101);
        if (info->shape == KIND_SHAPE_WAVEFORM) {
                event.sample_count = (uint16_t)random_below(SAMPLES_HERE_MAX + 1);
                event.sample_rate_dhz = (uint16_t)random_next();
                for (size_t i = 0; i < (size_t)event.sample_count * 3; i++)
                        samples[i] = (int16_t)random_next();
        }
        *ret = event;
}

static const struct event_kind_info *kind_pick(enum lane lane, size_t frame) {
        const struct event_kind_info *info;
        size_t kinds = 0;

        while (event_kind_at(kinds))
                kinds++;
        /* Step through the kinds instead of drawing each, so that a few hundred frames contain all of them. */
        for (size_t at = frame;; at += random_below(3) + 1) {
                info = event_kind_at(at % kinds);
                if (info->lane == lane)
                        return info;
        }
}

static int frame_print(const unsigned char *frame, size_t frame_bytes) {
        struct frame_reader reader;
        struct event event;
        const unsigned char *block;
        int r = frame_open(&reader, frame, frame_bytes);

        printf("frame ");
        for (size_t i = 0; i < frame_bytes; i++)
                printf("%02x", frame[i]);
        printf("\n");
        while (r == 0 && (r = frame_next(&reader, &event, &block)) == 0) {
                char *json = NULL;
                size_t bytes;

                r = event_json_encode(&event, block, reader.lane, NULL, &json, &bytes);
                if (r == 0)
                        printf("%s\n", json);
                free(json);
        }
        return r == FRAME_END ? 0 : -1;
}

int main(int argc, char **argv) {
        static unsigned char buffer[FRAME_ROOM];
        size_t frames = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

        if (argc != 3 || frames == 0) {
                fprintf(stderr, "usage: frame-sample FRAMES SEED\n");
                return 2;
        }
        random_state = strtoull(argv[2], NULL, 10);
        for (size_t i = 0; i < frames; i++) {
                enum lane lane = i % 2 ? LANE_TELEMETRY : LANE_ALARM;
                size_t count = lane == LANE_ALARM ? 1 : 1 + random_below(EVENTS_A_FRAME_MAX);
                struct frame_writer writer;

                frame_begin(&writer, lane, buffer, sizeof(buffer));
                for (size_t event = 0; event < count; event++) {
                        struct event made;

                        if (lane == LANE_TELEMETRY && random_below(20) == 0)
                                event_listening(&made, (uint32_t)random_below(64),
                                                (int32_t)random_below(256), random_below(2),
                                                1790000000000);
                        else
                                event_make(&made, kind_pick(lane, i + event));
                        if (frame_append(&writer, &made, samples) != 0)
                                return 1;
                }
                if (frame_print(buffer, frame_end(&writer)) < 0) {
                        err_report("frame-sample", -1);
                        return 1;
                }
        }
        return 0;
}
