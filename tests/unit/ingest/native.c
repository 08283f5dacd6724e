/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/ingest/decode_helper.h"

#define SOS "vigil/v1/grid-3/sos-17/sos"
#define HEART "vigil/v1/grid-3/band-17/heart_rate"
#define MOTION "vigil/v1/grid-3/band-17/motion"
#define PLACE "vigil/v1/grid-3/band-17/location"
#define WAVE "vigil/v1/grid-3/band-17/acceleration"

static int open_alarm(void **state) {
        static struct helper helper;

        helper_open(&helper, LANE_ALARM, NULL);
        *state = &helper;
        return 0;
}

static int open_telemetry(void **state) {
        static struct helper helper;

        helper_open(&helper, LANE_TELEMETRY, NULL);
        *state = &helper;
        return 0;
}

static int close_helper(void **state) {
        helper_close(*state);
        return 0;
}

static const struct event *one(const struct decoded *decoded) {
        if (decoded->result != DECODE_EVENTS)
                fail_msg("%s: %s", reject_name(decoded->reject), decoded->detail);
        assert_int_equal(decoded->reject, REJECT_NONE);
        assert_int_equal(decoded->event_count, 1);
        return &decoded->events[0].event;
}

static void test_a_full_reading_keeps_everything_it_says(void **state) {
        const struct event *event =
                one(helper_read(*state, HEART,
                                "{\"seq\":42,\"boot\":3,\"t\":1795478399000,\"value\":71.5,"
                                "\"confidence\":0.87,\"validity\":\"artefact\",\"test\":true,"
                                "\"buffered\":true}"));

        assert_string_equal(event->elder_id, "E0017");
        assert_string_equal(event->device_id, "band-17");
        assert_int_equal(event->kind, KIND_HEART_RATE);
        assert_int_equal(event->sequence, 42);
        assert_int_equal(event->boot_id, 3);
        assert_int_equal(event->device_time_ms, 1795478399000);
        assert_int_equal(event->received_time_ms, HELPER_RECEIVED_MS);
        assert_int_equal(event->received_sub_us, 250);
        assert_true(event->value == 71.5);
        assert_int_equal(event->confidence_pct, 87);
        assert_int_equal(event->validity, EVENT_VALIDITY_ARTEFACT);
        assert_int_equal(event->flags, EVENT_DRILL | EVENT_BUFFERED);
}

static void test_an_empty_object_is_a_press_of_the_button(void **state) {
        const struct event *event = one(helper_read(*state, SOS, "{}"));

        assert_true(event->value == 1);
        assert_int_equal(event->confidence_pct, 100);
        assert_int_equal(event->flags, EVENT_TIME_MISSING | EVENT_SEQUENCE_DERIVED);
}

static void test_whole_numbers_may_be_written_with_a_fraction_of_zero(void **state) {
        const struct event *event =
                one(helper_read(*state, SOS, "{\"seq\":7.0,\"t\":1.795478399e12}"));

        assert_int_equal(event->sequence, 7);
        assert_int_equal(event->device_time_ms, 1795478399000);
}

static void test_the_largest_sequence_survives(void **state) {
        assert_true(one(helper_read(*state, SOS, "{\"seq\":18446744073709551615}"))->sequence ==
                    UINT64_MAX);
}

static void test_a_clock_that_cannot_be_right_is_marked_and_kept(void **state) {
        static const struct {
                int64_t t;
                bool implausible;
        } rows[] = {
                {HELPER_RECEIVED_MS, false},
                {HELPER_RECEIVED_MS + DECODE_AHEAD_MS, false},
                {HELPER_RECEIVED_MS + DECODE_AHEAD_MS + 1, true},
                {HELPER_RECEIVED_MS - DECODE_BEHIND_MS, false},
                {HELPER_RECEIVED_MS - DECODE_BEHIND_MS - 1, true},
                {0, true},
                {-5, true},
                {INT64_C(4070908800000), true}, /* 2099 */
        };
        char payload[64];

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                snprintf(payload, sizeof(payload), "{\"seq\":1,\"t\":%lld}", (long long)rows[i].t);

                const struct event *event = one(helper_read(*state, SOS, payload));

                assert_int_equal(event->device_time_ms, rows[i].t);
                assert_int_equal(event->flags, rows[i].implausible ? EVENT_TIME_IMPLAUSIBLE : 0);
        }
}

static uint64_t sequence_at(struct helper *helper, const char *payload, int64_t received_us) {
        const struct decoded *decoded =
                helper_read_bytes(helper, SOS, payload, strlen(payload), false, received_us);

        assert_true(one(decoded)->flags & EVENT_SEQUENCE_DERIVED);
        return decoded->events[0].event.sequence;
}

static void test_two_equal_presses_without_sequence_stay_two(void **state) {
        assert_int_not_equal(sequence_at(*state, "{}", HELPER_RECEIVED_US),
                             sequence_at(*state, "{}", HELPER_RECEIVED_US + 900000));
}

static void test_one_message_with_its_own_time_read_twice_is_one(void **state) {
        const char *payload = "{\"t\":1795478399000}";

        assert_int_equal(sequence_at(*state, payload, HELPER_RECEIVED_US),
                         sequence_at(*state, payload, HELPER_RECEIVED_US + 900000));
        assert_int_not_equal(sequence_at(*state, payload, HELPER_RECEIVED_US),
                             sequence_at(*state, "{\"t\":1795478399001}", HELPER_RECEIVED_US));
}

static void test_an_array_is_its_readings_in_order(void **state) {
        const struct decoded *decoded = helper_read(
                *state, HEART,
                "[{\"seq\":1,\"value\":70},{\"seq\":2,\"value\":71},{\"seq\":3,\"value\":72}]");

        assert_int_equal(decoded->result, DECODE_EVENTS);
        assert_int_equal(decoded->event_count, 3);
        for (unsigned int i = 0; i < 3; i++) {
                assert_int_equal(decoded->events[i].event.sequence, i + 1);
                assert_true(decoded->events[i].event.value == 70 + i);
        }
}

static void test_equal_readings_in_one_array_get_ids_of_their_own(void **state) {
        const struct decoded *decoded = helper_read(*state, MOTION, "[{},{}]");

        assert_int_equal(decoded->event_count, 2);
        assert_int_not_equal(decoded->events[0].event.sequence, decoded->events[1].event.sequence);
}

static void test_one_bad_reading_does_not_take_the_good_ones_along(void **state) {
        const struct decoded *decoded = helper_read(
                *state, HEART,
                "[{\"seq\":1,\"value\":70},{\"seq\":2,\"value\":900},{\"seq\":3,\"value\":\"x\"},"
                "{\"seq\":4,\"value\":72}]");

        assert_int_equal(decoded->result, DECODE_EVENTS);
        assert_int_equal(decoded->event_count, 2);
        assert_int_equal(decoded->events[1].event.sequence, 4);
        assert_int_equal(decoded->reject, REJECT_IMPOSSIBLE_VALUE);
        assert_non_null(strstr(decoded->detail, "index 1"));
        assert_non_null(strstr(decoded->detail, "2 of 4"));
        assert_null(strstr(decoded->detail, "900"));
}

static void test_a_location_is_two_numbers(void **state) {
        const struct event *event =
                one(helper_read(*state, PLACE, "{\"lat\":31.2304,\"lon\":-121.4737}"));

        assert_true(event->value == 31.2304);
        assert_true(event->value2 == -121.4737);
}

static void test_an_acceleration_carries_its_samples(void **state) {
        const struct decoded *decoded = helper_read(
                *state, WAVE, "{\"rate_hz\":20,\"samples\":[[0,0,1000],[-12.4,3,-32768]]}");
        const struct event *event = one(decoded);
        static const int16_t want[] = {0, 0, 1000, -12, 3, -32768};

        assert_int_equal(event->sample_count, 2);
        assert_int_equal(event->sample_rate_dhz, 200);
        assert_memory_equal(decoded->events[0].samples, want, sizeof(want));
}

static void test_each_waveform_of_an_array_keeps_its_own_samples(void **state) {
        const struct decoded *decoded = helper_read(*state, WAVE,
                                                    "[{\"rate_hz\":20,\"samples\":[[1,1,1]]},{"
                                                    "\"rate_hz\":20,\"samples\":[[2,2,2],[3,3]]},"
                                                    "{\"rate_hz\":20,\"samples\":[[4,4,4]]}]");

        assert_int_equal(decoded->event_count, 2);
        assert_int_equal(decoded->reject, REJECT_WRONG_TYPE);
        assert_int_equal(decoded->events[0].samples[0], 1);
        assert_int_equal(decoded->events[1].samples[0], 4);
}

static void check_rejected(struct helper *helper, const char *topic, const char *payload,
                           size_t bytes, enum reject want) {
        const struct decoded *decoded =
                helper_read_bytes(helper, topic, payload, bytes, false, HELPER_RECEIVED_US);

        if (decoded->result != DECODE_REJECTED || decoded->reject != want)
                fail_msg("%s %.60s: got %s (%s), want %s", topic, payload,
                         reject_name(decoded->reject), decoded->detail, reject_name(want));
        assert_int_equal(decoded->event_count, 0);
        assert_true(decoded->detail[0] != '\0');
}

static const struct {
        const char *topic, *payload;
        enum reject want;
} bad[] = {
        {HEART, "", REJECT_EMPTY},
        {HEART, "[]", REJECT_EMPTY},
        {HEART, "{", REJECT_BAD_JSON},
        {HEART, "{\"value\":70,}", REJECT_BAD_JSON},
        {HEART, "{\"value\":NaN}", REJECT_BAD_JSON},
        {HEART, "{\"value\":1e999}", REJECT_BAD_JSON},
        {HEART, "{\"value\":70} {\"value\":70}", REJECT_BAD_JSON},
        {HEART, "{\"value\":70,\"value\":71}", REJECT_BAD_JSON},
        {HEART, "heart rate 70", REJECT_BAD_JSON},
        {HEART, "\x01\x02\x7f", REJECT_BAD_JSON},
        {HEART, "\xff\xfe{\"value\":70}", REJECT_NOT_UTF8},
        {HEART, "{\"value\":70,\"validity\":\"\xc0\xaf\"}", REJECT_NOT_UTF8},
        {HEART, "70", REJECT_WRONG_TYPE},
        {HEART, "null", REJECT_WRONG_TYPE},
        {HEART, "\"70\"", REJECT_WRONG_TYPE},
        {HEART, "[70]", REJECT_WRONG_TYPE},
        {HEART, "[[{\"value\":70}]]", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":\"70\"}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":true}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":null}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"seq\":\"7\"}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"t\":\"2026-11-24\"}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"t\":1795478399000.5}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"boot\":{}}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"confidence\":\"high\"}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"validity\":0}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"test\":1}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"buffered\":\"yes\"}", REJECT_WRONG_TYPE},
        {HEART, "{\"value\":70,\"seq\":-1}", REJECT_BAD_SEQUENCE},
        {HEART, "{\"value\":70,\"seq\":1.5}", REJECT_BAD_SEQUENCE},
        {HEART, "{\"value\":70,\"seq\":18446744073709551616}", REJECT_BAD_SEQUENCE},
        {HEART, "{\"value\":70,\"boot\":-1}", REJECT_BAD_SEQUENCE},
        {HEART, "{\"value\":70,\"boot\":4294967296}", REJECT_BAD_SEQUENCE},
        {HEART, "{}", REJECT_MISSING_KEY},
        {HEART, "{\"seq\":1}", REJECT_MISSING_KEY},
        {"vigil/v1/grid-3/band-17/steps", "{}", REJECT_MISSING_KEY},
        {"vigil/v1/grid-3/band-17/battery", "{}", REJECT_MISSING_KEY},
        {PLACE, "{\"lat\":31}", REJECT_MISSING_KEY},
        {PLACE, "{\"lon\":31}", REJECT_MISSING_KEY},
        {WAVE, "{\"rate_hz\":20}", REJECT_MISSING_KEY},
        {WAVE, "{\"samples\":[[1,2,3]]}", REJECT_MISSING_KEY},
        {HEART, "{\"value\":351}", REJECT_IMPOSSIBLE_VALUE},
        {HEART, "{\"value\":-0.5}", REJECT_IMPOSSIBLE_VALUE},
        {HEART, "{\"value\":70,\"confidence\":1.01}", REJECT_IMPOSSIBLE_VALUE},
        {HEART, "{\"value\":70,\"confidence\":-1}", REJECT_IMPOSSIBLE_VALUE},
        {HEART, "{\"value\":70,\"validity\":\"good\"}", REJECT_IMPOSSIBLE_VALUE},
        {PLACE, "{\"lat\":90.1,\"lon\":1}", REJECT_IMPOSSIBLE_VALUE},
        {PLACE, "{\"lat\":1,\"lon\":-180.1}", REJECT_IMPOSSIBLE_VALUE},
        {WAVE, "{\"rate_hz\":0,\"samples\":[[1,2,3]]}", REJECT_IMPOSSIBLE_VALUE},
        {WAVE, "{\"rate_hz\":7000,\"samples\":[[1,2,3]]}", REJECT_IMPOSSIBLE_VALUE},
        {WAVE, "{\"rate_hz\":20,\"samples\":[[1,2,40000]]}", REJECT_IMPOSSIBLE_VALUE},
        {WAVE, "{\"rate_hz\":20,\"samples\":[]}", REJECT_WRONG_TYPE},
        {WAVE, "{\"rate_hz\":20,\"samples\":[[1,2]]}", REJECT_WRONG_TYPE},
        {WAVE, "{\"rate_hz\":20,\"samples\":[[1,2,\"3\"]]}", REJECT_WRONG_TYPE},
        {WAVE, "{\"rate_hz\":20,\"samples\":7}", REJECT_WRONG_TYPE},
        {"vigil/v1/grid-3/nobody/heart_rate", "{\"value\":70}", REJECT_UNKNOWN_DEVICE},
        {"vigil/v1/grid-3/band-17/mood", "{\"value\":70}", REJECT_UNKNOWN_KIND},
        {"vigil/v1/grid-3/band-17", "{\"value\":70}", REJECT_UNKNOWN_TOPIC},
        {"elsewhere/band-17", "{\"value\":70}", REJECT_UNKNOWN_TOPIC},
};

static void test_every_mistake_has_its_own_reason(void **state) {
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                check_rejected(*state, bad[i].topic, bad[i].payload, strlen(bad[i].payload),
                               bad[i].want);
}

static void test_a_nul_byte_is_not_the_end_of_a_payload(void **state) {
        static const char payload[] = "{\"value\":70}\0garbage";

        check_rejected(*state, HEART, payload, sizeof(payload) - 1, REJECT_BAD_JSON);
}

static void test_too_much_is_refused_by_name(void **state) {
        size_t bytes = HELPER_MESSAGE_BYTES_MAX + 1;
        char *payload = malloc(bytes);

        assert_non_null(payload);
        memset(payload, ' ', bytes);
        memcpy(payload, "{\"value\":70}", 12);
        check_rejected(*state, HEART, payload, bytes, REJECT_TOO_LARGE);
        assert_int_equal(
                helper_read_bytes(*state, HEART, payload, bytes - 1, false, HELPER_RECEIVED_US)
                        ->result,
                DECODE_EVENTS);

        char *at = payload;

        *at++ = '[';
        for (int i = 0; i <= DECODE_EVENTS_MAX; i++)
                at += sprintf(at, "%s{}", i ? "," : "");
        *at++ = ']';
        check_rejected(*state, MOTION, payload, (size_t)(at - payload), REJECT_TOO_LARGE);

        at = payload + sprintf(payload, "{\"rate_hz\":20,\"samples\":[");
        for (int i = 0; i <= EVENT_SAMPLES_MAX; i++)
                at += sprintf(at, "%s[0,0,0]", i ? "," : "");
        at += sprintf(at, "]}");
        check_rejected(*state, WAVE, payload, (size_t)(at - payload), REJECT_TOO_LARGE);
        free(payload);
}

static void test_a_retained_message_is_never_live(void **state) {
        const struct decoded *decoded =
                helper_read_bytes(*state, SOS, "{\"seq\":1}", 9, true, HELPER_RECEIVED_US);

        assert_int_equal(decoded->result, DECODE_REJECTED);
        assert_int_equal(decoded->reject, REJECT_RETAINED);
}

static void test_each_lane_answers_for_its_own_topics(void **state) {
        struct helper *alarm = *state;

        /* The alarm lane ignores telemetry, also when it is invalid … */
        assert_int_equal(helper_read(alarm, HEART, "{\"value\":70}")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(alarm, HEART, "garbage")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(alarm, "vigil/v1/x", "{}")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(alarm, "vigil/v1/g/d/mood", "{}")->result, DECODE_OTHER_LANE);
        /* … and rejects an invalid alarm. */
        assert_int_equal(helper_read(alarm, SOS, "garbage")->reject, REJECT_BAD_JSON);
        assert_int_equal(helper_read(alarm, "vigil/v1/g/nobody/sos", "{}")->reject,
                         REJECT_UNKNOWN_DEVICE);
}

static void test_the_telemetry_lane_leaves_alarms_alone(void **state) {
        assert_int_equal(helper_read(*state, SOS, "{\"seq\":1}")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(*state, SOS, "garbage")->result, DECODE_OTHER_LANE);
}

static void test_a_device_without_an_elder_is_unknown(void **state) {
        struct helper *helper = *state;
        static const char json[] =
                "{\"v\":1,\"id\":\"spare\",\"elder\":\"\",\"class\":\"sos_button\"}";

        /* Whether or not the registry accepts this record, ingest must not raise an alarm for no elder. */
        registry_apply(helper->registry, "device/spare", 12, json, sizeof(json) - 1);
        assert_int_equal(helper_read(helper, "vigil/v1/g/spare/sos", "{}")->reject,
                         REJECT_UNKNOWN_DEVICE);
}

#define ALARM(test) cmocka_unit_test_setup_teardown(test, open_alarm, close_helper)
#define TELEMETRY(test) cmocka_unit_test_setup_teardown(test, open_telemetry, close_helper)

int main(void) {
        const struct CMUnitTest tests[] = {
                TELEMETRY(test_a_full_reading_keeps_everything_it_says),
                ALARM(test_an_empty_object_is_a_press_of_the_button),
                ALARM(test_whole_numbers_may_be_written_with_a_fraction_of_zero),
                ALARM(test_the_largest_sequence_survives),
                ALARM(test_a_clock_that_cannot_be_right_is_marked_and_kept),
                ALARM(test_two_equal_presses_without_sequence_stay_two),
                ALARM(test_one_message_with_its_own_time_read_twice_is_one),
                TELEMETRY(test_an_array_is_its_readings_in_order),
                TELEMETRY(test_equal_readings_in_one_array_get_ids_of_their_own),
                TELEMETRY(test_one_bad_reading_does_not_take_the_good_ones_along),
                TELEMETRY(test_a_location_is_two_numbers),
                TELEMETRY(test_an_acceleration_carries_its_samples),
                TELEMETRY(test_each_waveform_of_an_array_keeps_its_own_samples),
                TELEMETRY(test_every_mistake_has_its_own_reason),
                TELEMETRY(test_a_nul_byte_is_not_the_end_of_a_payload),
                TELEMETRY(test_too_much_is_refused_by_name),
                ALARM(test_a_retained_message_is_never_live),
                ALARM(test_each_lane_answers_for_its_own_topics),
                TELEMETRY(test_the_telemetry_lane_leaves_alarms_alone),
                ALARM(test_a_device_without_an_elder_is_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
