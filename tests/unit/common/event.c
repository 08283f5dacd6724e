/* SPDX-License-Identifier: MIT */
#include "common/wire/event.h"
#include "common/base/murmur2.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/common/unit.h"

/* docs/wire/event-frame.md, byte by byte: one SOS, then one waveform of two samples. */
static const unsigned char golden[] = {
        /* header: magic, version 1, lane 0, two events, 16 + 128 + 128 + 16 bytes, reserved */
        'V',
        'G',
        'E',
        'F',
        1,
        0,
        2,
        0,
        0x20,
        0x01,
        0,
        0,
        0,
        0,
        0,
        0,

        /* elder_id[24] */
        'E',
        '0',
        '0',
        '1',
        '7',
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        /* device_id[32] */
        's',
        'o',
        's',
        '-',
        '1',
        '7',
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        /* device_time_ms 1790000000000, received_time_ms 3 ms later */
        0x00,
        0x6c,
        0x50,
        0xc4,
        0xa0,
        0x01,
        0x00,
        0x00,
        0x03,
        0x6c,
        0x50,
        0xc4,
        0xa0,
        0x01,
        0x00,
        0x00,
        /* sequence 42, boot_id 3 */
        42,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        3,
        0,
        0,
        0,
        /* elder_hash, device_hash, computed without common/base/murmur2.c */
        0x1e,
        0xfb,
        0x1c,
        0x4f,
        0xb7,
        0xa6,
        0x21,
        0xde,
        /* kind 1 sos, flags 8 drill, value 1.0 */
        1,
        0,
        8,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0xf0,
        0x3f,
        /* received_sub_us 120, validity, confidence, sample_count, sample_rate_dhz */
        120,
        0,
        0,
        100,
        0,
        0,
        0,
        0,
        /* value2, reserved */
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,

        'E',
        '0',
        '0',
        '1',
        '7',
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        'b',
        'a',
        'n',
        'd',
        '-',
        '2',
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        /* no device time: flag 1 */
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0x03,
        0x6c,
        0x50,
        0xc4,
        0xa0,
        0x01,
        0x00,
        0x00,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0,
        0,
        0,
        0,
        0x1e,
        0xfb,
        0x1c,
        0x4f,
        0x1b,
        0x83,
        0x3d,
        0xe4,
        /* kind 224 acceleration, flags 1, value 0, two samples at 50.0 Hz */
        224,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        100,
        2,
        0,
        0xf4,
        0x01,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        /* 12 bytes of samples, 4 of padding */
        0x18,
        0xfc,
        0,
        0,
        0xe8,
        0x03,
        1,
        0,
        2,
        0,
        3,
        0,
        0,
        0,
        0,
        0,
};

static void sample_events(struct event *sos, struct event *wave) {
        *sos = (struct event){
                .device_time_ms = 1790000000000,
                .received_time_ms = 1790000000003,
                .sequence = 42,
                .boot_id = 3,
                .kind = KIND_SOS,
                .flags = EVENT_DRILL,
                .value = 1,
                .received_sub_us = 120,
                .confidence_pct = 100,
        };
        *wave = (struct event){
                .received_time_ms = 1790000000003,
                .sequence = UINT64_MAX,
                .kind = KIND_ACCELERATION,
                .flags = EVENT_TIME_MISSING,
                .confidence_pct = 100,
                .sample_count = 2,
                .sample_rate_dhz = 500,
        };
        assert_int_equal(event_set_ids(sos, "E0017", "sos-17"), 0);
        assert_int_equal(event_set_ids(wave, "E0017", "band-2"), 0);
}

static const int16_t wave_samples[] = {-1000, 0, 1000, 1, 2, 3};

static size_t sample_frame(unsigned char *buffer, size_t bytes) {
        struct frame_writer writer;
        struct event sos, wave;

        sample_events(&sos, &wave);
        frame_begin(&writer, LANE_ALARM, buffer, bytes);
        assert_int_equal(frame_append(&writer, &sos, NULL), 0);
        assert_int_equal(frame_append(&writer, &wave, wave_samples), 0);
        return frame_end(&writer);
}

static void test_a_frame_is_the_documented_bytes(void **state) {
        unsigned char frame[1024];

        assert_int_equal(sample_frame(frame, sizeof(frame)), sizeof(golden));
        assert_memory_equal(frame, golden, sizeof(golden));
}

static void test_what_was_written_is_read_back(void **state) {
        unsigned char frame[1024];
        size_t bytes = sample_frame(frame, sizeof(frame));
        const unsigned char *samples;
        struct frame_reader reader;
        struct event sos, wave, event;
        int16_t back[6];

        sample_events(&sos, &wave);
        assert_int_equal(frame_open(&reader, frame, bytes), 0);
        assert_int_equal(reader.lane, LANE_ALARM);
        assert_int_equal(frame_next(&reader, &event, &samples), 0);
        assert_memory_equal(&event, &sos, sizeof(event));
        assert_null(samples);
        assert_int_equal(frame_next(&reader, &event, &samples), 0);
        assert_memory_equal(&event, &wave, sizeof(event));
        memcpy(back, samples, sizeof(back));
        assert_memory_equal(back, wave_samples, sizeof(back));
        assert_int_equal(frame_next(&reader, &event, &samples), FRAME_END);
}

static void test_every_shortened_frame_is_broken(void **state) {
        unsigned char frame[1024];
        size_t bytes = sample_frame(frame, sizeof(frame));

        for (size_t cut = 0; cut < bytes; cut++) {
                struct frame_reader reader;
                struct event event;
                const unsigned char *samples;
                uint32_t length = (uint32_t)cut;
                int r;

                /* Also with a length field that matches: then reading the events must find the error. */
                memcpy(frame + 8, &length, sizeof(length));
                r = frame_open(&reader, frame, cut);
                while (r == 0)
                        r = frame_next(&reader, &event, &samples);
                assert_int_equal(r, FRAME_BROKEN);
        }
}

static void test_foreign_headers_are_refused(void **state) {
        static const struct {
                size_t at;
                unsigned char byte;
        } changes[] = {{0, 'v'}, {4, 2}, {5, LANE_COUNT}, {8, 0x21}};

        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                unsigned char frame[1024];
                size_t bytes = sample_frame(frame, sizeof(frame));
                struct frame_reader reader;

                frame[changes[i].at] = changes[i].byte;
                assert_int_equal(frame_open(&reader, frame, bytes), FRAME_BROKEN);
        }
}

static void test_an_id_without_its_nul_is_refused(void **state) {
        unsigned char frame[1024];
        size_t bytes = sample_frame(frame, sizeof(frame));
        const unsigned char *samples;
        struct frame_reader reader;
        struct event event;

        memset(frame + 16, 'E', EVENT_ELDER_ID_BYTES);
        assert_int_equal(frame_open(&reader, frame, bytes), 0);
        assert_int_equal(frame_next(&reader, &event, &samples), FRAME_BROKEN);
}

static void test_a_full_frame_leaves_the_event_with_the_caller(void **state) {
        unsigned char buffer[FRAME_HEADER_BYTES + EVENT_BYTES + 8];
        struct frame_writer writer;
        struct event sos, wave;

        sample_events(&sos, &wave);
        frame_begin(&writer, LANE_TELEMETRY, buffer, sizeof(buffer));
        assert_int_equal(frame_append(&writer, &sos, NULL), 0);
        assert_int_equal(frame_append(&writer, &wave, wave_samples), FRAME_FULL);
        assert_int_equal(frame_end(&writer), FRAME_HEADER_BYTES + EVENT_BYTES);
}

static void test_too_long_ids_are_refused_and_nothing_changes(void **state) {
        struct event event = {.sequence = 7};

        assert_int_equal(event_set_ids(&event, "123456789012345678901234", "d"), -ENAMETOOLONG);
        assert_int_equal(event_set_ids(&event, "E1", "12345678901234567890123456789012"),
                         -ENAMETOOLONG);
        assert_int_equal(event.elder_id[0], 0);
        assert_int_equal(event_set_ids(&event, "12345678901234567890123", "d"), 0);
}

static void test_that_ingest_listens_lies_in_its_partition_and_nobody_can_name_it(void **state) {
        struct event event;

        for (int32_t partition = 0; partition < 64; partition++) {
                event_listening(&event, 3, partition, false, 1790000000000);
                assert_int_equal(murmur2_partition(event.elder_hash, 64), partition);
                assert_true(event.value2 == partition);
        }
        assert_int_equal(event.boot_id, 3);
        assert_true(event.value == 0);
        assert_int_equal(event_time_ms(&event), 1790000000000);
        assert_string_equal(event.elder_id, "");
        assert_null(event_kind_info(KIND_LISTENING));
        assert_null(event_kind_by_name("listening", strlen("listening")));
}

static void test_the_id_as_text(void **state) {
        char text[EVENT_ID_TEXT_BYTES];
        struct event sos, wave;

        sample_events(&sos, &wave);
        event_id_text(&sos, text);
        assert_string_equal(text, "sos-17:3:42");
        event_id_text(&wave, text);
        assert_string_equal(text, "band-2:0:18446744073709551615");
}

static void test_keys_differ_in_each_part_of_the_id(void **state) {
        struct event sos, other;

        sample_events(&sos, &other);
        other = sos;
        assert_true(event_key(&other) == event_key(&sos));
        other.sequence++;
        assert_true(event_key(&other) != event_key(&sos));
        other = sos;
        other.boot_id++;
        assert_true(event_key(&other) != event_key(&sos));
        assert_int_equal(event_set_ids(&other, "E0017", "sos-18"), 0);
        other.boot_id = sos.boot_id;
        assert_true(event_key(&other) != event_key(&sos));
        /* The value does not enter the key: a repeated report is the same event. */
        other = sos;
        other.value = 0;
        assert_true(event_key(&other) == event_key(&sos));
}

static uint64_t key_with(const struct event *event, uint64_t sequence, int64_t time_ms,
                         int64_t received_ms, uint16_t flags) {
        struct event other = *event;

        other.sequence = sequence;
        other.device_time_ms = time_ms;
        other.received_time_ms = received_ms;
        other.flags = flags;
        return event_key(&other);
}

static void test_one_count_at_two_times_is_two_events(void **state) {
        static const int64_t now_ms = INT64_C(1795478400000), day_ms = 24 * 3600 * 1000;
        static const uint64_t counts[] = {0, 42, UINT32_MAX, UINT32_MAX + UINT64_C(1), UINT64_MAX};
        struct event sos, wave;

        sample_events(&sos, &wave);
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
                uint64_t n = counts[i], key = key_with(&sos, n, now_ms, now_ms, 0);

                /* With a device time, the time of receipt does not matter. */
                assert_true(key_with(&sos, n, now_ms, now_ms + day_ms, 0) == key);
                assert_true(key_with(&sos, n, now_ms + 1, now_ms, 0) != key);
                assert_true(key_with(&sos, n, now_ms, now_ms - day_ms, EVENT_TIME_IMPLAUSIBLE) ==
                            key);
                /* Without a device time, the time of receipt decides. */
                key = key_with(&sos, n, 0, now_ms, EVENT_TIME_MISSING);
                assert_true(key_with(&sos, n, 0, now_ms + EVENT_AGAIN_MS - 1, EVENT_TIME_MISSING) ==
                            key);
                assert_true(key_with(&sos, n, 0, now_ms + EVENT_AGAIN_MS, EVENT_TIME_MISSING) !=
                            key);
                key = key_with(&sos, n, 5, now_ms, EVENT_TIME_IMPLAUSIBLE);
                assert_true(key_with(&sos, n, 5, now_ms + day_ms, EVENT_TIME_IMPLAUSIBLE) != key);
        }
        /* A sequence derived from a hash of the message identifies the event without any time. */
        assert_true(key_with(&sos, 42, 0, now_ms, EVENT_TIME_MISSING | EVENT_SEQUENCE_DERIVED) ==
                    key_with(&sos, 42, 0, now_ms + day_ms,
                             EVENT_TIME_MISSING | EVENT_SEQUENCE_DERIVED));
}

static void test_the_serial_still_knows_the_devices_count(void **state) {
        char text[EVENT_ID_TEXT_BYTES];
        struct event sos, wave;

        sample_events(&sos, &wave);
        event_id_text_of(sos.device_id, sos.boot_id, event_serial(&sos), text);
        assert_string_equal(text, "sos-17:3:42");
        sos.sequence = UINT32_MAX;
        event_id_text_of(sos.device_id, sos.boot_id, event_serial(&sos), text);
        assert_string_equal(text, "sos-17:3:4294967295");
        sos.sequence = INT64_MAX;
        sos.flags |= EVENT_SEQUENCE_DERIVED;
        event_id_text_of(sos.device_id, sos.boot_id, event_serial(&sos), text);
        assert_string_equal(text, "sos-17:3:9223372036854775807");
}

static void test_event_time_is_the_devices_unless_it_cannot_be(void **state) {
        struct event sos, wave;

        sample_events(&sos, &wave);
        assert_int_equal(event_time_ms(&sos), sos.device_time_ms);
        assert_int_equal(event_time_ms(&wave), wave.received_time_ms);
        sos.flags |= EVENT_TIME_IMPLAUSIBLE;
        assert_int_equal(event_time_ms(&sos), sos.received_time_ms);
}

static void test_kinds_are_found_by_name_and_code(void **state) {
        const struct event_kind_info *info;
        size_t count = 0;

        for (; (info = event_kind_at(count)); count++) {
                assert_ptr_equal(event_kind_info(info->kind), info);
                assert_ptr_equal(event_kind_by_name(info->name, strlen(info->name)), info);
                assert_true(info->possible_min <= info->possible_max);
                assert_int_equal(info->lane == LANE_ALARM, info->shape == KIND_SHAPE_HAPPENING);
        }
        assert_true(count > 40);
        assert_null(event_kind_info(KIND_NONE));
        assert_null(event_kind_info(KIND_LIMIT));
        assert_null(event_kind_by_name("so", 2));
        assert_null(event_kind_by_name("sosx", 4));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_frame_is_the_documented_bytes),
                cmocka_unit_test(test_what_was_written_is_read_back),
                cmocka_unit_test(test_every_shortened_frame_is_broken),
                cmocka_unit_test(test_foreign_headers_are_refused),
                cmocka_unit_test(test_an_id_without_its_nul_is_refused),
                cmocka_unit_test(test_a_full_frame_leaves_the_event_with_the_caller),
                cmocka_unit_test(test_too_long_ids_are_refused_and_nothing_changes),
                cmocka_unit_test(
                        test_that_ingest_listens_lies_in_its_partition_and_nobody_can_name_it),
                cmocka_unit_test(test_the_id_as_text),
                cmocka_unit_test(test_one_count_at_two_times_is_two_events),
                cmocka_unit_test(test_the_serial_still_knows_the_devices_count),
                cmocka_unit_test(test_keys_differ_in_each_part_of_the_id),
                cmocka_unit_test(test_event_time_is_the_devices_unless_it_cannot_be),
                cmocka_unit_test(test_kinds_are_found_by_name_and_code),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
