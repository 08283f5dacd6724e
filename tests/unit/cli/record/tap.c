/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/record/tap.h"
#include "common/wire/event.h"

static char *printed(enum tap_form form, const struct tap_record *record, const char *elder,
                     long long lines_max, int lines) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        assert_non_null(out);
        assert_int_equal(tap_print(out, form, record, elder, lines_max), lines);
        fclose(out);
        return text;
}

static void expect(enum tap_form form, const struct tap_record *record, const char *elder,
                   int lines, const char *expected) {
        char *text = printed(form, record, elder, 100, lines);

        assert_string_equal(text, expected);
        free(text);
}

static struct tap_record record_of(const char *key, const char *value) {
        return (struct tap_record){
                .topic = "t",
                .partition = 1,
                .offset = 7,
                .time_ms = 5,
                .key = key,
                .key_bytes = key ? strlen(key) : 0,
                .value = value,
                .value_bytes = value ? strlen(value) : 0,
        };
}

/* Make a telemetry frame with three events of two elders. Return: its length in bytes. */
static size_t frame_make(unsigned char *buffer, size_t room) {
        static const char *const elders[] = {"E1", "E2", "E1"};
        struct frame_writer writer;

        frame_begin(&writer, LANE_TELEMETRY, buffer, room);
        for (size_t i = 0; i < 3; i++) {
                struct event event = {.kind = KIND_MOTION, .sequence = i, .value = 1};

                assert_int_equal(event_set_ids(&event, elders[i], "d"), 0);
                assert_int_equal(frame_append(&writer, &event, NULL), 0);
        }
        return frame_end(&writer);
}

static size_t lines_in(const char *text) {
        size_t lines = 0;

        for (; *text; text++)
                lines += *text == '\n';
        return lines;
}

static void test_a_frame_is_a_line_an_event(void **state) {
        unsigned char buffer[1024];
        struct tap_record record = record_of(NULL, "");

        record.value = (char *)buffer;
        record.value_bytes = frame_make(buffer, sizeof(buffer));

        char *text = printed(TAP_EVENTS, &record, NULL, 100, 3);

        assert_int_equal(lines_in(text), 3);
        assert_non_null(strstr(text, "\"offset\":7,\"index\":2,"));
        free(text);
        text = printed(TAP_EVENTS, &record, "E2", 100, 1);
        assert_non_null(strstr(text, "\"index\":1,"));
        free(text);
        free(printed(TAP_EVENTS, &record, NULL, 2, 2));
        free(printed(TAP_EVENTS, &record, NULL, 0, 0));
}

static void test_what_ingest_says_of_itself_is_shown_when_asked_for(void **state) {
        unsigned char buffer[1024];
        struct tap_record record = record_of(NULL, "");
        struct frame_writer writer;
        struct event event;

        event_listening(&event, 2, 1, true, 1790000000000);
        frame_begin(&writer, LANE_TELEMETRY, buffer, sizeof(buffer));
        assert_int_equal(frame_append(&writer, &event, NULL), 0);
        record.value = (char *)buffer;
        record.value_bytes = frame_end(&writer);
        free(printed(TAP_EVENTS, &record, NULL, 100, 0));

        char *text = printed(TAP_EVENTS_ALL, &record, NULL, 100, 1);

        assert_non_null(strstr(text, "\"kind\":\"listening\",\"value\":1"));
        assert_non_null(strstr(text, "\"event_id\":\"ingest:2:1790000000000\""));
        free(text);
}

static void test_what_is_no_frame_is_shown_as_it_is_with_a_word(void **state) {
        struct tap_record record = record_of(NULL, "VGEF?");

        expect(TAP_EVENTS, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,"
               "\"broken\":\"not an event frame of a version we read\",\"text\":\"VGEF?\"}\n");
}

static void test_json_is_passed_on_with_numbers_as_they_were_written(void **state) {
        struct tap_record record =
                record_of("E1", "{ \"a\" : 1.10, \"b\":12345678901234567890123}");

        expect(TAP_JSON, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,\"key\":\"E1\","
               "\"value\":{\"a\":1.10,\"b\":12345678901234567890123}}\n");
}

static void test_a_removed_key_is_null_and_a_broken_value_is_text(void **state) {
        struct tap_record gone = record_of("elder/E1", NULL);
        struct tap_record broken = record_of("E1", "{\"a\":");

        gone.time_ms = -1;
        expect(TAP_JSON, &gone, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"key\":\"elder/"
               "E1\",\"value\":null}\n");
        expect(TAP_JSON, &broken, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,\"key\":\"E1\","
               "\"broken\":\"not JSON\",\"text\":\"{\\\"a\\\":\"}\n");
}

static void test_one_elder_is_found_by_key_and_by_value(void **state) {
        struct tap_record by_key = record_of("E1", "{}"), by_type = record_of("elder/E1", NULL);
        struct tap_record by_value = record_of("x", "{\"elder\":\"E1\"}");
        struct tap_record inner = record_of("x", "{\"alert\":{\"elder\":\"E1\"}}");

        free(printed(TAP_JSON, &by_key, "E1", 9, 1));
        free(printed(TAP_JSON, &by_type, "E1", 9, 1));
        free(printed(TAP_JSON, &by_value, "E1", 9, 1));
        free(printed(TAP_JSON, &inner, "E1", 9, 1));
        free(printed(TAP_JSON, &by_key, "E", 9, 0));
        free(printed(TAP_JSON, &by_value, "x1", 9, 0));
}

static void test_quarantine_is_text_or_base64_with_its_headers(void **state) {
        struct tap_record record = record_of(NULL, "跌倒\n");

        record.headers[0] = (struct tap_header){"reason", "bad_json", 8};
        record.headers[1] = (struct tap_header){"none", NULL, 0};
        record.header_count = 2;
        expect(TAP_BYTES, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,"
               "\"headers\":{\"reason\":\"bad_json\",\"none\":null},\"text\":\"跌倒\\n\"}\n");
        record.header_count = 0;
        record.value = "\xff\x00\x01";
        record.value_bytes = 3;
        expect(TAP_BYTES, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,\"base64\":\"/"
               "wAB\"}\n");
        record.value_bytes = 0;
        expect(TAP_BYTES, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,\"text\":\"\"}\n");
}

static void test_a_frame_in_quarantine_shows_its_events(void **state) {
        unsigned char buffer[1024];
        struct tap_record record = record_of(NULL, "");

        record.value = (char *)buffer;
        record.value_bytes = frame_make(buffer, sizeof(buffer));

        char *text = printed(TAP_BYTES, &record, NULL, 9, 1);

        assert_non_null(strstr(text, "\"events\":[{\"lane\":\"telemetry\",\"event_id\":\"d:0:0\""));
        assert_null(strstr(text, "base64"));
        free(text);
        buffer[record.value_bytes - 1] = 0;
        record.value_bytes--;
        text = printed(TAP_BYTES, &record, NULL, 9, 1);
        assert_null(strstr(text, "events"));
        free(text);
}

static void test_a_stranger_cannot_steer_the_terminal(void **state) {
        struct tap_record record = record_of(NULL, "a\x1b[2J\x7f\xc2\x9b"
                                                   "2Jb");

        expect(TAP_BYTES, &record, NULL, 1,
               "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"time_ms\":5,"
               "\"text\":\"a\\u001B[2J\\u007f\\u009b2Jb\"}\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_frame_is_a_line_an_event),
                cmocka_unit_test(test_what_ingest_says_of_itself_is_shown_when_asked_for),
                cmocka_unit_test(test_what_is_no_frame_is_shown_as_it_is_with_a_word),
                cmocka_unit_test(test_json_is_passed_on_with_numbers_as_they_were_written),
                cmocka_unit_test(test_a_removed_key_is_null_and_a_broken_value_is_text),
                cmocka_unit_test(test_one_elder_is_found_by_key_and_by_value),
                cmocka_unit_test(test_quarantine_is_text_or_base64_with_its_headers),
                cmocka_unit_test(test_a_frame_in_quarantine_shows_its_events),
                cmocka_unit_test(test_a_stranger_cannot_steer_the_terminal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
