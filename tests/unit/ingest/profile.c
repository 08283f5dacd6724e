/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ingest/decode/value.h"
#include "tests/unit/ingest/decode_helper.h"

/* --- reading profile files ----------------------------------------------------------------- */

#define HEAD                                                                                       \
        "version: 1\nprofile: p\nabout: test\nauthenticated: true\nsubscribe: [ \"p/#\" "          \
        "]\ntopics:\n"

static const char *complaint(const char *yaml, char *code, size_t code_bytes, int *line) {
        static char message[256];
        struct profile_set *set = NULL;
        struct diag_item item;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);

        int r = profile_set_parse(&set, "p.yaml", yaml, strlen(yaml), diag);

        message[0] = '\0';
        if (diag_at(diag, 0, &item)) {
                snprintf(message, sizeof(message), "%s", item.message);
                snprintf(code, code_bytes, "%s", item.code);
                *line = item.mark.line;
        }
        assert_int_equal(r, message[0] ? PROFILE_REFUSED : 0);
        diag_free(diag);
        profile_set_free(set);
        return message;
}

static void test_every_mistake_in_a_file_has_a_place(void **state) {
        static const struct {
                const char *yaml, *code;
                int line;
        } rows[] = {
                {HEAD "  - topic: p/{device}\n    readings: [ { field: a, kind: smok } ]\n", "P005",
                 8},
                {HEAD "  - topic: p/{device}\n    readings: [ { field: a, kind: location } ]\n",
                 "P005", 8},
                {HEAD "  - topic: p/{device}\n    readings: [ { field: a, kinds: smoke } ]\n",
                 "P002", 8},
                {HEAD "  - topic: p/{device}/#\n    ignore: why\n", "P004", 7},
                {HEAD "  - topic: vigil/v1/{device}\n    ignore: why\n", "P004", 7},
                {HEAD "  - topic: p/x\n    readings: [ { field: a, kind: smoke } ]\n", "P007", 7},
                {HEAD "  - topic: p/{device}\n", "P007", 7},
                {HEAD "  - topic: p/{device}\n    readings: [ { field: a } ]\n", "P007", 8},
                {HEAD "  - topic: p/{device}\n    ignore: why\n    readings: [ { field: a, kind: "
                      "smoke } ]\n",
                 "P007", 8},
                {HEAD "  - topic: p/{device}\n    readings:\n      - field: a\n        cases: []\n",
                 "P001", 10},
                {HEAD "  - topic: p/{device}\n    readings:\n      - field: a\n        scale: 2\n  "
                      "      cases:\n"
                      "          - { is: 1, kind: smoke }\n",
                 "P007", 9},
                {HEAD "  - topic: p/{device}\n    readings:\n      - field: a\n        cases:\n"
                      "          - { is: 1, kind: battery, value: 400 }\n",
                 "P008", 11},
                {HEAD "  - topic: p/{device}\n    readings:\n      - field: a\n        cases:\n"
                      "          - { is: 1, kind: sos, confidence: 2 }\n",
                 "P006", 11},
                {HEAD "  - topic: p/{device}\n    readings:\n      - { field: a, kind: battery, "
                      "unit: mV }\n",
                 "P010", 9},
                {HEAD "  - topic: p/{device}\n    time: { field: t, form: unix }\n"
                      "    readings: [ { field: a, kind: smoke } ]\n",
                 "P006", 8},
                {"version: 2\nprofile: p\nabout: t\nauthenticated: true\nsubscribe: [ a ]\n"
                 "topics:\n  - topic: a\n    ignore: why\n",
                 "P003", 1},
                {"version: 1\nprofile: p\nabout: t\nauthenticated: true\nsubscribe: [ "
                 "\"a/{device}\" ]\n"
                 "topics:\n  - topic: a\n    ignore: why\n",
                 "P004", 5},
                {"version: 1\nprofile: p\nabout: t\nauthenticated: maybe\nsubscribe: [ a ]\n"
                 "topics:\n  - topic: a\n    ignore: why\n",
                 "P006", 4},
                {"version: 1\nprofile: p\nabout: t\nauthenticated: true\nsubscribe: [ a ]\ntopics: "
                 "a\n",
                 "P001", 6},
                {"", "P001", 0},
        };
        char code[8];
        int line = 0;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *message = complaint(rows[i].yaml, code, sizeof(code), &line);

                if (!message[0])
                        fail_msg("row %zu was taken", i);
                if (strcmp(code, rows[i].code) != 0 || line != rows[i].line)
                        fail_msg("row %zu: got %s at line %d (%s), want %s at line %d", i, code,
                                 line, message, rows[i].code, rows[i].line);
        }
}

static void test_all_mistakes_of_a_file_are_told_at_once(void **state) {
        static const char yaml[] = HEAD
                "  - topic: p/{device}\n    readings:\n      - { field: a, kind: smok }\n"
                "      - { field: b, kind: gsa }\n      - { field: c, kind: battery, unit: mV }\n";
        struct profile_set *set = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(profile_set_parse(&set, "p.yaml", yaml, strlen(yaml), diag),
                         PROFILE_REFUSED);
        assert_int_equal(diag_errors(diag), 3);
        diag_free(diag);
}

/* --- mapping -------------------------------------------------------------------------------- */

static int close_helper(void **state) {
        helper_close(*state);
        return 0;
}

static const char sample[] =
        HEAD "  - topic: p/{device}/ignored\n"
             "    ignore: nothing of interest\n"
             "  - topic: p/{device}\n"
             "    time: { field: meta.at, form: [ epoch_s, iso8601 ] }\n"
             "    otherwise: heartbeat\n"
             "    readings:\n"
             "      - { field: temp, kind: skin_temperature, unit: \"[degF]\" }\n"
             "      - { field: bat, kind: battery, scale: 0.5, offset: 1 }\n"
             "      - field: deep.er.alarm\n"
             "        cases:\n"
             "          - { is: \"1\", kind: none }\n"
             "          - { is: 1, kind: smoke }\n"
             "          - { is: [ true, yes ], kind: gas, confidence: 0.25 }\n"
             "          - { is: maybe, class: [ fancy ], kind: gas }\n"
             "      - field: word\n"
             "        otherwise: ignore\n"
             "        cases: [ { is: help, kind: sos } ]\n";

static int open_sample(void **state, enum lane lane) {
        static struct helper helper;

        helper_open_text(&helper, lane, sample);
        helper_device(&helper, "d1", "plain", "p", "name one");
        helper_device(&helper, "d2", "fancy", "p", "");
        *state = &helper;
        return 0;
}

static int open_alarm(void **state) {
        return open_sample(state, LANE_ALARM);
}

static int open_telemetry(void **state) {
        return open_sample(state, LANE_TELEMETRY);
}

static void test_numbers_become_the_kinds_unit(void **state) {
        const struct decoded *decoded =
                helper_read(*state, "p/name one", "{\"temp\":98.6,\"bat\":\"80.00\"}");

        assert_int_equal(decoded->result, DECODE_EVENTS);
        assert_int_equal(decoded->event_count, 2);
        assert_int_equal(decoded->reject, REJECT_NONE);
        assert_string_equal(decoded->events[0].event.device_id, "d1");
        assert_float_equal(decoded->events[0].event.value, 37.0, 1e-9);
        assert_float_equal(decoded->events[1].event.value, 41.0, 1e-9);
}

static void test_a_value_and_its_text_are_not_the_same(void **state) {
        const struct decoded *decoded =
                helper_read(*state, "p/d2", "{\"deep\":{\"er\":{\"alarm\":1}}}");

        assert_int_equal(decoded->event_count, 1);
        assert_int_equal(decoded->events[0].event.kind, KIND_SMOKE);
        assert_int_equal(
                helper_read(*state, "p/d2", "{\"deep\":{\"er\":{\"alarm\":\"1\"}}}")->event_count,
                0);
        decoded = helper_read(*state, "p/d2", "{\"deep\":{\"er\":{\"alarm\":\"yes\"}}}");
        assert_int_equal(decoded->events[0].event.kind, KIND_GAS);
        assert_int_equal(decoded->events[0].event.confidence_pct, 25);
}

static void test_a_case_can_be_for_a_class_of_device_only(void **state) {
        assert_int_equal(helper_read(*state, "p/d2", "{\"deep\":{\"er\":{\"alarm\":\"maybe\"}}}")
                                 ->event_count,
                         1);
        assert_int_equal(
                helper_read(*state, "p/name one", "{\"deep\":{\"er\":{\"alarm\":\"maybe\"}}}")
                        ->event_count,
                0);
}

static void test_a_message_that_says_nothing_else_is_a_sign_of_the_device(void **state) {
        const struct decoded *decoded =
                helper_read(*state, "p/d2", "{\"colour\":\"red\",\"word\":null}");

        assert_int_equal(decoded->event_count, 1);
        assert_int_equal(decoded->events[0].event.kind, KIND_HEARTBEAT);
}

static void test_the_time_is_read_in_the_forms_named(void **state) {
        static const struct {
                const char *at;
                int64_t ms;
        } rows[] = {
                {"1795478399.25", INT64_C(1795478399250)},
                {"\"2026-11-23T23:59:59Z\"", INT64_C(1795478399000)},
                {"\"2026-11-24T07:59:59.5+08:00\"", INT64_C(1795478399500)},
        };
        char payload[96];

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                snprintf(payload, sizeof(payload), "{\"bat\":50,\"meta\":{\"at\":%s}}", rows[i].at);

                const struct decoded *decoded = helper_read(*state, "p/d2", payload);

                assert_int_equal(decoded->reject, REJECT_NONE);
                assert_int_equal(decoded->events[0].event.device_time_ms, rows[i].ms);
                assert_int_equal(decoded->events[0].event.flags, EVENT_SEQUENCE_DERIVED);
        }
}

static void test_what_is_wrong_is_quarantined_and_the_rest_goes_on(void **state) {
        static const struct {
                const char *topic, *payload;
                enum reject want;
                size_t events;
        } rows[] = {
                {"p/d2", "{\"bat\":\"full\"}", REJECT_BAD_PROFILE_VALUE, 1}, /* a heartbeat */
                {"p/d2", "{\"bat\":\"0x10\",\"temp\":90}", REJECT_BAD_PROFILE_VALUE, 1},
                {"p/d2", "{\"bat\":\"inf\",\"temp\":90}", REJECT_BAD_PROFILE_VALUE, 1},
                {"p/d2", "{\"bat\":[50],\"temp\":90}", REJECT_BAD_PROFILE_VALUE, 1},
                {"p/d2", "{\"bat\":500,\"temp\":90}", REJECT_IMPOSSIBLE_VALUE, 1},
                {"p/d2", "{\"bat\":50,\"bat\":60,\"temp\":90}", REJECT_BAD_JSON, 1},
                {"p/d2", "{\"deep\":{\"er\":{\"alarm\":\"what\"}},\"temp\":90}",
                 REJECT_BAD_PROFILE_VALUE, 1},
                {"p/d2", "{\"temp\":90,\"meta\":{\"at\":\"yesterday\"}}", REJECT_BAD_PROFILE_VALUE,
                 1},
                {"p/d3", "{\"temp\":90}", REJECT_UNKNOWN_DEVICE, 0},
                {"p/d2", "90", REJECT_WRONG_TYPE, 0},
                {"p/d2", "[{\"temp\":90}]", REJECT_WRONG_TYPE, 0},
                {"p/d2", "online", REJECT_BAD_JSON, 0},
                {"p/d2", "\xff", REJECT_NOT_UTF8, 0},
                {"p/d2", "", REJECT_EMPTY, 0},
                {"q/d2", "{}", REJECT_UNKNOWN_TOPIC, 0},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct decoded *decoded = helper_read(*state, rows[i].topic, rows[i].payload);

                if (decoded->reject != rows[i].want || decoded->event_count != rows[i].events)
                        fail_msg("%s: got %s and %zu events, want %s and %zu", rows[i].payload,
                                 reject_name(decoded->reject), decoded->event_count,
                                 reject_name(rows[i].want), rows[i].events);
        }
}

static void test_an_ignored_topic_is_ignored_whatever_it_holds(void **state) {
        assert_int_equal(helper_read(*state, "p/d2/ignored", "\xff")->result, DECODE_IGNORED);
        assert_int_equal(helper_read(*state, "p/d2/ignored", "\xff")->reject, REJECT_NONE);
}

static void test_the_alarm_lane_keeps_alarms_and_leaves_quarantine_to_telemetry(void **state) {
        const struct decoded *decoded =
                helper_read(*state, "p/d2", "{\"word\":\"help\",\"bat\":\"full\",\"temp\":90}");

        assert_int_equal(decoded->event_count, 1);
        assert_int_equal(decoded->events[0].event.kind, KIND_SOS);
        assert_int_equal(decoded->reject, REJECT_NONE);
        assert_int_equal(helper_read(*state, "p/d2", "{\"temp\":90}")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(*state, "p/d2", "garbage")->result, DECODE_OTHER_LANE);
        assert_int_equal(helper_read(*state, "p/d2/ignored", "")->result, DECODE_OTHER_LANE);
}

static void test_retained_is_never_live(void **state) {
        const struct decoded *decoded =
                helper_read_bytes(*state, "p/d2", "{\"temp\":90}", 11, true, HELPER_RECEIVED_US);

        assert_int_equal(decoded->result, DECODE_REJECTED);
        assert_int_equal(decoded->reject, REJECT_RETAINED);
}

static void test_records_name_their_own_devices(void **state) {
        struct helper helper;
        static const char yaml[] = HEAD
                "  - topic: p/+/SENSOR\n    each: Received\n    device: Name\n    sequence: n\n"
                "    readings:\n      - { field: Battery, kind: battery }\n"
                "      - field: Open\n        cases: [ { is: 1, kind: door_open }, { is: 0, kind: "
                "none } ]\n"
                "  - topic: p/{device}/list\n    each: .\n    readings: [ { field: b, kind: "
                "battery } ]\n"
                "  - topic: p/map\n    each: m\n    readings: [ { field: b, kind: battery } ]\n";

        helper_open_text(&helper, LANE_TELEMETRY, yaml);
        helper_device(&helper, "d1", "plain", "p", "one");
        helper_device(&helper, "d2", "plain", "p", "two");

        const struct decoded *decoded = helper_read(
                &helper, "p/plug/SENSOR",
                "{\"Received\":{\"0x1\":{\"Name\":\"one\",\"n\":7,\"Battery\":10,\"Open\":1},"
                "\"0x2\":{\"Name\":\"two\",\"n\":8,\"Battery\":20},\"0x3\":{\"Battery\":30}}}");

        assert_int_equal(decoded->event_count, 2);
        assert_string_equal(decoded->events[0].event.device_id, "d1");
        assert_int_equal(decoded->events[0].event.sequence, 7);
        assert_int_equal(decoded->events[0].event.flags, EVENT_TIME_MISSING);
        assert_string_equal(decoded->events[1].event.device_id, "d2");
        assert_int_equal(decoded->reject, REJECT_UNKNOWN_DEVICE);

        decoded = helper_read(&helper, "p/one/list", "[{\"b\":1},{\"b\":2}]");
        assert_int_equal(decoded->event_count, 2);
        assert_int_not_equal(decoded->events[0].event.sequence, decoded->events[1].event.sequence);
        assert_int_equal(helper_read(&helper, "p/one/list", "7")->reject, REJECT_MISSING_KEY);

        decoded = helper_read(&helper, "p/map", "{\"m\":{\"one\":{\"b\":1},\"two\":{\"b\":2}}}");
        assert_int_equal(decoded->event_count, 2);
        assert_string_equal(decoded->events[1].event.device_id, "d2");
        helper_close(&helper);
}

static void test_a_source_without_key_may_raise_and_is_marked(void **state) {
        struct helper helper;
        static const char yaml[] =
                "version: 1\nprofile: p\nabout: 433 MHz\nauthenticated: false\nsubscribe: [ "
                "\"p/#\" ]\n"
                "topics:\n  - topic: p/{device}\n    readings: [ { field: b, kind: battery } ]\n";

        helper_open_text(&helper, LANE_TELEMETRY, yaml);
        helper_device(&helper, "d1", "plain", "p", "");
        assert_true(helper_read(&helper, "p/d1", "{\"b\":1}")->events[0].event.flags &
                    EVENT_UNAUTHENTICATED);
        helper_close(&helper);
}

static void test_only_strict_iso8601_is_a_time(void **state) {
        static const char *const wrong[] = {
                "2026-11-24",
                "2026-11-24T00:00:00",
                "2026-11-24 00:00:00Z",
                "2026-11-24T00:00:00z",
                "2026-11-24T00:00:00+8",
                "2026-11-24T00:00:00+08:0",
                "2026-11-24T00:00:00+08:000",
                "2026-11-24T00:00:00.Z",
                "2026-13-24T00:00:00Z",
                "2026-1-24T00:00:00ZZ",
                "+08:00",
                "",
                "2026-11-24T00:00:00+15:00",
                "2026-11-24T00:00:00+",
                "2026-11-24T00:00:00+08:",
        };
        int64_t ms;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                if (value_iso8601_ms(wrong[i], strlen(wrong[i]), &ms))
                        fail_msg("taken: %s", wrong[i]);
        assert_true(value_iso8601_ms("2026-11-24T00:00:00-0530", 24, &ms));
        assert_int_equal(ms, HELPER_RECEIVED_MS + (5 * 60 + 30) * 60 * 1000);
}

#define ALARM(test) cmocka_unit_test_setup_teardown(test, open_alarm, close_helper)
#define TELEMETRY(test) cmocka_unit_test_setup_teardown(test, open_telemetry, close_helper)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_mistake_in_a_file_has_a_place),
                cmocka_unit_test(test_all_mistakes_of_a_file_are_told_at_once),
                TELEMETRY(test_numbers_become_the_kinds_unit),
                ALARM(test_a_value_and_its_text_are_not_the_same),
                ALARM(test_a_case_can_be_for_a_class_of_device_only),
                TELEMETRY(test_a_message_that_says_nothing_else_is_a_sign_of_the_device),
                TELEMETRY(test_the_time_is_read_in_the_forms_named),
                TELEMETRY(test_what_is_wrong_is_quarantined_and_the_rest_goes_on),
                TELEMETRY(test_an_ignored_topic_is_ignored_whatever_it_holds),
                ALARM(test_the_alarm_lane_keeps_alarms_and_leaves_quarantine_to_telemetry),
                TELEMETRY(test_retained_is_never_live),
                cmocka_unit_test(test_records_name_their_own_devices),
                cmocka_unit_test(test_a_source_without_key_may_raise_and_is_marked),
                cmocka_unit_test(test_only_strict_iso8601_is_a_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
