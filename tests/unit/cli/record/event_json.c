/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/record/event_json.h"
#include "common/base/err.h"

static int16_t samples_read[EVENT_SAMPLES_MAX * 3];

static struct event press(void) {
        struct event event = {
                .device_time_ms = 1790000000000,
                .received_time_ms = 1790000000123,
                .received_sub_us = 456,
                .sequence = UINT64_MAX,
                .boot_id = UINT32_MAX,
                .kind = KIND_SOS,
                .flags = EVENT_DRILL | EVENT_BUFFERED,
                .value = 1,
                .validity = EVENT_VALIDITY_ARTEFACT,
                .confidence_pct = 92,
        };

        assert_int_equal(event_set_ids(&event, "E0017", "sos-17"), 0);
        return event;
}

/* Encode the event, decode the line and compare every byte. Return: the line; the caller frees it. */
static char *round_trip(const struct event *event, const int16_t *samples, enum lane lane) {
        struct event back;
        enum lane back_lane;
        char *json = NULL;
        size_t bytes = 0;
        int r = event_json_encode(event, (const unsigned char *)samples, lane, NULL, &json, &bytes);

        assert_int_equal(r, 0);
        assert_int_equal(strlen(json), bytes);
        assert_null(strchr(json, '\n'));
        r = event_json_decode(json, bytes, &back, &back_lane, samples_read, NULL);
        if (r != 0)
                fail_msg("%s: %s", json, err_why());
        assert_memory_equal(&back, event, sizeof(back));
        assert_int_equal(back_lane, lane);
        if (samples)
                assert_memory_equal(samples_read, samples,
                                    (size_t)event->sample_count * EVENT_SAMPLE_BYTES);
        return json;
}

static void test_an_event_comes_back_byte_for_byte(void **state) {
        struct event event = press();

        free(round_trip(&event, NULL, LANE_ALARM));
}

static void test_every_kind_comes_back(void **state) {
        struct event event = press();

        for (size_t i = 0; event_kind_at(i); i++) {
                event.kind = (uint16_t)event_kind_at(i)->kind;
                char *json = round_trip(&event, NULL, event_kind_at(i)->lane);

                assert_non_null(strstr(json, event_kind_at(i)->name));
                free(json);
        }
}

static void test_what_a_newer_writer_says_is_kept_as_numbers(void **state) {
        struct event event = press();

        event.kind = 999;
        event.flags = 0xffff;
        event.validity = 77;
        char *json = round_trip(&event, NULL, LANE_TELEMETRY);

        assert_non_null(strstr(json, "\"kind\":999"));
        assert_non_null(strstr(json, "\"validity\":77"));
        free(json);
}

static void test_odd_values_come_back(void **state) {
        static const double values[] = {0.1, -0.0, 1e308, 5e-324, 36.599999999999994, -40};
        struct event event = press();

        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                event.value = values[i];
                event.value2 = values[i] == 0 ? 0 : values[i];
                free(round_trip(&event, NULL, LANE_TELEMETRY));
        }
}

static void test_a_value_that_is_no_number_is_null(void **state) {
        struct event event = press(), back;
        enum lane lane;
        char *json = NULL;
        size_t bytes = 0;

        event.value = NAN;
        assert_int_equal(event_json_encode(&event, NULL, LANE_ALARM, NULL, &json, &bytes), 0);
        assert_non_null(strstr(json, "\"value\":null"));
        assert_int_equal(event_json_decode(json, bytes, &back, &lane, samples_read, NULL), 0);
        assert_true(isnan(back.value));
        free(json);
}

static void test_samples_come_back(void **state) {
        static int16_t samples[EVENT_SAMPLES_MAX * 3];
        struct event event = press();

        for (int i = 0; i < EVENT_SAMPLES_MAX * 3; i++)
                samples[i] = (int16_t)(i * 7919 - 32768);
        samples[0] = INT16_MIN;
        samples[1] = INT16_MAX;
        event.kind = KIND_ACCELERATION;
        event.sample_rate_dhz = 500;
        event.sample_count = 5;
        free(round_trip(&event, samples, LANE_TELEMETRY));
        event.sample_count = EVENT_SAMPLES_MAX;
        free(round_trip(&event, samples, LANE_TELEMETRY));
}

static void test_the_place_is_shown_and_skipped(void **state) {
        const struct event_json_place place = {"vigil.events.alarm", 3, 1042, 0};
        struct event event = press(), back;
        enum lane lane;
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(event_json_encode(&event, NULL, LANE_ALARM, &place, &json, &bytes), 0);
        assert_non_null(strstr(json, "\"offset\":1042"));
        assert_non_null(strstr(json, "\"event_id\":\"sos-17:4294967295:18446744073709551615\""));
        assert_int_equal(event_json_decode(json, bytes, &back, &lane, samples_read, NULL), 0);
        assert_memory_equal(&back, &event, sizeof(back));
        free(json);
}

static void test_a_line_written_by_hand_may_be_short(void **state) {
        static const char line[] =
                "{\"elder\":\"E1\",\"device\":\"d\",\"kind\":\"fall\",\"sequence\":1,"
                "\"received_time_ms\":5}";
        struct event event;
        enum lane lane;

        assert_int_equal(
                event_json_decode(line, sizeof(line) - 1, &event, &lane, samples_read, NULL), 0);
        assert_int_equal(lane, LANE_ALARM);
        assert_int_equal(event.flags, EVENT_TIME_MISSING);
        assert_int_equal(event.confidence_pct, 100);
        assert_true(event.value == 1);
        assert_int_equal(event_time_ms(&event), 5);
        assert_int_not_equal(event.elder_hash, 0);
}

#define HEAD "{\"elder\":\"E1\",\"device\":\"d\",\"sequence\":1,\"received_time_ms\":5,"
static const struct {
        const char *line, *why;
} refusals[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[]", "JSON object"},
        {"{}", "\"elder\" is missing"},
        {HEAD "\"kind\":\"fall\",\"valeu\":1}", "unknown key \"valeu\""},
        {HEAD "\"kind\":\"faal\"}", "\"kind\" is not the name"},
        {HEAD "\"kind\":70000}", "\"kind\" must be"},
        {HEAD "\"kind\":\"fall\",\"kind\":\"sos\"}", "\"kind\" is given twice"},
        {HEAD "\"kind\":\"fall\",\"value\":\"1\"}", "\"value\" must be a number"},
        {HEAD "\"kind\":\"fall\",\"boot\":-1}", "\"boot\" must be a whole number"},
        {HEAD "\"kind\":\"fall\",\"boot\":4294967296}", "\"boot\" must be a whole number"},
        {HEAD "\"kind\":\"fall\",\"flags\":[\"dril\"]}", "\"flags\" has a flag"},
        {HEAD "\"kind\":\"fall\",\"flags\":1}", "\"flags\" must be a list"},
        {HEAD "\"kind\":\"fall\",\"lane\":\"alarms\"}", "\"lane\" must be"},
        {HEAD "\"kind\":\"fall\",\"samples\":[[1,2]]}", "[x, y, z]"},
        {HEAD "\"kind\":\"fall\",\"samples\":[[1,2,32768]]}", "-32768 to 32767"},
        {HEAD "\"kind\":\"fall\",\"device_time_ms\":1e3}", "milliseconds"},
        {"{\"elder\":\"E12345678901234567890123\",\"device\":\"d\",\"sequence\":1,"
         "\"received_time_ms\":5,\"kind\":1}",
         "at most 23 bytes"},
        {"{\"elder\":\"E\\u0000\",\"device\":\"d\",\"sequence\":1,\"received_time_ms\":5,\"kind\":"
         "1}",
         "NUL"},
};

static void test_what_is_not_an_event_is_refused_with_a_reason(void **state) {
        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                struct event event;
                enum lane lane;

                assert_int_equal(event_json_decode(refusals[i].line, strlen(refusals[i].line),
                                                   &event, &lane, samples_read, NULL),
                                 EVENT_JSON_REFUSED);
                if (!strstr(err_why(), refusals[i].why))
                        fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err_why(), refusals[i].why);
        }
}

static void test_a_syntax_error_says_where(void **state) {
        static const char line[] = "{\"elder\":\"E1\",,}";
        struct event event;
        enum lane lane;
        size_t column = 0;

        assert_int_equal(
                event_json_decode(line, sizeof(line) - 1, &event, &lane, samples_read, &column),
                EVENT_JSON_REFUSED);
        assert_int_equal(column, 15);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_event_comes_back_byte_for_byte),
                cmocka_unit_test(test_every_kind_comes_back),
                cmocka_unit_test(test_what_a_newer_writer_says_is_kept_as_numbers),
                cmocka_unit_test(test_odd_values_come_back),
                cmocka_unit_test(test_a_value_that_is_no_number_is_null),
                cmocka_unit_test(test_samples_come_back),
                cmocka_unit_test(test_the_place_is_shown_and_skipped),
                cmocka_unit_test(test_a_line_written_by_hand_may_be_short),
                cmocka_unit_test(test_what_is_not_an_event_is_refused_with_a_reason),
                cmocka_unit_test(test_a_syntax_error_says_where),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
