/* SPDX-License-Identifier: MIT
 *
 * An alarm that is only partly readable is still an alarm: what can be read becomes an event, what cannot is reported
 * to the desk.
 */
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
#define SMOKE "vigil/v1/grid-3/smoke-17/smoke"

static int open_lane(void **state, enum lane lane) {
        static struct helper helper;

        helper_open(&helper, lane, "configs/profiles");
        helper_device(&helper, "smoke-17", "smoke", "", "");
        helper_device(&helper, "zsos-17", "sos_button", "zigbee2mqtt", "sos of E0017");
        helper_device(&helper, "remote-17", "remote", "zigbee2mqtt", "remote");
        helper_device(&helper, "zsmoke-17", "smoke", "zigbee2mqtt", "smoke");
        *state = &helper;
        return 0;
}

static int open_alarm(void **state) {
        return open_lane(state, LANE_ALARM);
}

static int open_telemetry(void **state) {
        return open_lane(state, LANE_TELEMETRY);
}

static int close_helper(void **state) {
        helper_close(*state);
        return 0;
}

static const int64_t now_ms = HELPER_RECEIVED_MS;

/* --- a registered button ------------------------------------------------------------------------- */

enum { NO_SEQ = -1, NO_TIME = -1 };

struct form {
        const char *payload;
        size_t bytes; /* length of the payload; 0: up to its NUL */
        int64_t seq;  /* NO_SEQ: derived */
        int64_t t;    /* NO_TIME: missing */
        double value;
        enum reject beside; /* why the message is also quarantined; REJECT_NONE: it is not */
};

#define S(text) text, sizeof(text) - 1

static const struct form forms[] = {
        {S("{\"seq\":1,\"fw\":\"2.1\"}"), 1, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":1,\"t\":1795478400000,\"fw\":\"2.1\"}"), 1, now_ms, 1, REJECT_NONE},
        {S("{\"seq\":2,\"t\":null}"), 2, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":\"3\"}"), 3, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":\"three\"}"), NO_SEQ, NO_TIME, 1, REJECT_WRONG_TYPE},
        {S("{\"seq\":null}"), NO_SEQ, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":4,\"value\":true}"), 4, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":5,\"value\":\"1\"}"), 5, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":5,\"value\":null}"), 5, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":5,\"value\":[1]}"), 5, NO_TIME, 1, REJECT_WRONG_TYPE},
        {S("{\"seq\":6,\"t\":\"2026-11-24T00:00:00Z\"}"), 6, now_ms, 1, REJECT_NONE},
        {S("{\"seq\":6,\"t\":\"2026-11-24T08:00:00+08:00\"}"), 6, now_ms, 1, REJECT_NONE},
        {S("{\"seq\":6,\"t\":\"1795478400000\"}"), 6, now_ms, 1, REJECT_NONE},
        {S("{\"seq\":6,\"t\":\"yesterday\"}"), 6, NO_TIME, 1, REJECT_WRONG_TYPE},
        {"", 0, NO_SEQ, NO_TIME, 1, REJECT_EMPTY},
        {S("SOS"), NO_SEQ, NO_TIME, 1, REJECT_BAD_JSON},
        {S("ON"), NO_SEQ, NO_TIME, 1, REJECT_BAD_JSON},
        {S("1"), NO_SEQ, NO_TIME, 1, REJECT_NONE},
        {S("true"), NO_SEQ, NO_TIME, 1, REJECT_NONE},
        {S("null"), NO_SEQ, NO_TIME, 1, REJECT_NONE},
        {S("\"sos\""), NO_SEQ, NO_TIME, 1, REJECT_WRONG_TYPE},
        {S("[]"), NO_SEQ, NO_TIME, 1, REJECT_EMPTY},
        {S("\xff\xfe\x01"), NO_SEQ, NO_TIME, 1, REJECT_NOT_UTF8},
        {S("{\"seq\":19,\"t\":17954"), NO_SEQ, NO_TIME, 1, REJECT_BAD_JSON},
        {S("{\"seq\":7,\"t\":1795478400000.5}"), 7, now_ms + 1, 1, REJECT_NONE},
        {S("{\"seq\":8,\"confidence\":95}"), 8, NO_TIME, 1, REJECT_IMPOSSIBLE_VALUE},
        {S("{\"seq\":8,\"validity\":\"VALID\"}"), 8, NO_TIME, 1, REJECT_IMPOSSIBLE_VALUE},
        {S("{\"seq\":9,\"lat\":31.2,\"lon\":121.4}"), 9, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":10,\"battery\":55}"), 10, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":-1}"), NO_SEQ, NO_TIME, 1, REJECT_BAD_SEQUENCE},
        {S("{\"seq\":12,\"seq\":12}"), 12, NO_TIME, 1, REJECT_BAD_JSON},
        {S("{\"seq\":13,\"test\":1}"), 13, NO_TIME, 1, REJECT_WRONG_TYPE},
        {S("{\"seq\":14,\"t\":1795482000}"), 14, 1795482000, 1, REJECT_NONE},
        {S("{\"seq\":15,\"value\":2}"), 15, NO_TIME, 1, REJECT_IMPOSSIBLE_VALUE},
        {S("{\"Seq\":18}"), NO_SEQ, NO_TIME, 1, REJECT_NONE},
        {S("{\"seq\":19,}"), 19, NO_TIME, 1, REJECT_BAD_JSON},
        {S("\xef\xbb\xbf{\"seq\":20}"), 20, NO_TIME, 1, REJECT_BAD_JSON},
        {S("{\"seq\":21}\0"), 21, NO_TIME, 1, REJECT_BAD_JSON},
        {S("{\"seq\":22,\"note\":\"\xc0\xaf\"}"), 22, NO_TIME, 1, REJECT_NOT_UTF8},
};

static void check_form(struct helper *helper, const struct form *form) {
        const struct decoded *decoded = helper_read_bytes(helper, SOS, form->payload, form->bytes,
                                                          false, HELPER_RECEIVED_US);
        const struct event *event = &decoded->events[0].event;

        print_message("%s\n", form->payload);
        assert_int_equal(decoded->result, DECODE_EVENTS);
        assert_int_equal(decoded->event_count, 1);
        assert_int_equal(decoded->alarm.reason, ALARM_NONE);
        assert_string_equal(reject_name(decoded->reject), reject_name(form->beside));
        assert_string_equal(event->device_id, "sos-17");
        assert_int_equal(event->kind, KIND_SOS);
        assert_true(event->value == form->value);
        assert_int_equal(event->confidence_pct, 100);
        assert_int_equal(event->validity, EVENT_VALIDITY_VALID);
        assert_int_equal(event->flags & EVENT_DRILL, 0);
        assert_int_equal(!(event->flags & EVENT_SEQUENCE_DERIVED), form->seq != NO_SEQ);
        if (form->seq != NO_SEQ)
                assert_int_equal(event->sequence, form->seq);
        assert_int_equal(!(event->flags & EVENT_TIME_MISSING), form->t != NO_TIME);
        if (form->t != NO_TIME)
                assert_int_equal(event->device_time_ms, form->t);
}

static void test_a_press_is_raised_whatever_else_its_payload_says(void **state) {
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
                check_form(*state, &forms[i]);
}

static void test_a_payload_too_long_to_read_is_a_press(void **state) {
        size_t bytes = HELPER_MESSAGE_BYTES_MAX + 1;
        char *payload = calloc(1, bytes);
        struct form form = {payload, bytes, NO_SEQ, NO_TIME, 1, REJECT_TOO_LARGE};

        assert_non_null(payload);
        check_form(*state, &form);
        free(payload);
}

static void test_of_an_array_every_press_is_raised(void **state) {
        const struct decoded *decoded =
                helper_read(*state, SOS, "[{\"seq\":16},{\"seq\":17,\"rssi\":-70},{\"seq\":-1}]");

        assert_int_equal(decoded->event_count, 3);
        assert_int_equal(decoded->events[0].event.sequence, 16);
        assert_int_equal(decoded->events[1].event.sequence, 17);
        assert_int_equal(decoded->reject, REJECT_BAD_SEQUENCE);
        assert_int_equal(decoded->ignored_keys, 1);
}

static void test_the_end_of_a_smoke_is_read_in_every_form_too(void **state) {
        static const char *const ends[] = {
                "0", "false", "OFF", "\"off\"", "{\"value\":false}", "{\"value\":\"0\",\"fw\":1}"};

        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
                const struct decoded *decoded = helper_read(*state, SMOKE, ends[i]);

                assert_int_equal(decoded->event_count, 1);
                assert_true(decoded->events[0].event.value == 0);
        }
}

static void test_bytes_that_cannot_be_read_cancel_nothing(void **state) {
        static const char *const bad[] = {"", "SOS", "[]", "1", "{\"seq\":"};
        const struct decoded *decoded;

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(
                        helper_read(*state, "vigil/v1/grid-3/band-17/button_cancel", bad[i])
                                ->result,
                        DECODE_REJECTED);
        decoded = helper_read(*state, "vigil/v1/grid-3/band-17/button_cancel", "{\"seq\":\"x\"}");
        assert_int_equal(decoded->event_count, 1);
}

static void test_a_key_that_nobody_knows_costs_a_reading_nothing(void **state) {
        const struct decoded *decoded =
                helper_read(*state, "vigil/v1/grid-3/band-17/heart_rate",
                            "{\"value\":70,\"unit\":\"/min\",\"lat\":1,\"value\\u0000\":70}");

        assert_int_equal(decoded->result, DECODE_EVENTS);
        assert_int_equal(decoded->reject, REJECT_NONE);
        assert_int_equal(decoded->ignored_keys, 3);
        assert_true(decoded->events[0].event.value == 70);
}

/* --- an unregistered device -------------------------------------------------------------------- */

static const struct alarm *alarm_of(struct helper *helper, const char *topic, const char *payload) {
        const struct decoded *decoded = helper_read(helper, topic, payload);

        assert_int_equal(decoded->event_count, 0);
        return &decoded->alarm;
}

static void test_an_alarm_of_nobodys_device_is_told_to_the_desk(void **state) {
        static const struct {
                const char *topic, *payload, *device, *district;
        } rows[] = {
                {"vigil/v1/grid-1/sos-new-77/sos", "{\"seq\":1}", "sos-new-77", "grid-1"},
                {"vigil/v1/grid-1/sos-new-77/sos", "", "sos-new-77", "grid-1"},
                {"vigil/v1/grid-2/x/smoke", "garbage", "x", "grid-2"},
                {"zigbee2mqtt/new_sos_button", "{\"action\":\"emergency\"}", "new_sos_button", ""},
                {"zigbee2mqtt/new/sos_button", "{\"action\":\"single\"}", "new/sos_button", ""},
                {"zigbee2mqtt/leak", "{\"battery\":7,\"water_leak\":true}", "leak", ""},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct alarm *alarm = alarm_of(*state, rows[i].topic, rows[i].payload);

                assert_int_equal(alarm->reason, ALARM_UNREGISTERED);
                assert_string_equal(alarm->device, rows[i].device);
                assert_string_equal(alarm->district, rows[i].district);
                assert_string_equal(alarm->elder_id, "");
                assert_false(alarm->drill);
        }
        assert_true(alarm_of(*state, "vigil/v1/g/new/sos", "{\"test\":true}")->drill);
}

static void test_what_is_no_alarm_of_nobodys_device_is_not(void **state) {
        static const struct {
                const char *topic, *payload;
        } rows[] = {
                {"vigil/v1/grid-1/new/door_open", "{}"},
                {"vigil/v1/grid-1/new/button_cancel", "{}"},
                {"vigil/v1/grid-1/new/smoke", "{\"value\":0}"},
                {"vigil/v1/grid-1/new/heart_rate", "{\"value\":200}"},
                {"vigil/v1/grid-1/new/mood", "{}"},
                {"zigbee2mqtt/new", "{\"contact\":false,\"battery\":3}"},
                {"zigbee2mqtt/new", "{\"action\":\"brightness_move_up\"}"},
                {"zigbee2mqtt/new", "{\"smoke\":false}"},
                {"zigbee2mqtt/new", "garbage"},
                {"elsewhere/new", "{\"action\":\"emergency\"}"},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(alarm_of(*state, rows[i].topic, rows[i].payload)->reason,
                                 ALARM_NONE);
        assert_int_equal(helper_read_bytes(*state, "vigil/v1/grid-1/new/sos", "{}", 2, true,
                                           HELPER_RECEIVED_US)
                                 ->alarm.reason,
                         ALARM_NONE);
}

/* --- unreadable alarms --------------------------------------------------------------------------- */

static void check_unreadable(struct helper *helper, const char *foreign_id, const char *payload,
                             const char *want) {
        char topic[128];

        snprintf(topic, sizeof(topic), "zigbee2mqtt/%s", foreign_id);

        const struct decoded *decoded = helper_read(helper, topic, payload);

        print_message("%s %s\n", foreign_id, payload);
        assert_int_equal(decoded->event_count, 0);
        assert_int_equal(decoded->alarm.reason, want ? ALARM_UNREADABLE : ALARM_NONE);
        assert_string_equal(decoded->alarm.device, want ? want : "");
        assert_string_equal(decoded->alarm.elder_id, want ? "E0017" : "");
}

static void test_an_unknown_word_of_a_device_that_cries_is_told_to_the_desk(void **state) {
        check_unreadable(*state, "sos of E0017", "{\"action\":\"squeeze\"}", "zsos-17");
        check_unreadable(*state, "sos of E0017", "{\"click\":\"squeeze\",\"battery\":3}",
                         "zsos-17");
        check_unreadable(*state, "sos of E0017", "{\"sos\":\"yes\"}", "zsos-17");
        check_unreadable(*state, "sos of E0017", "{\"action\":", "zsos-17");
        check_unreadable(*state, "sos of E0017", "\"emergency\"", "zsos-17");
        check_unreadable(*state, "sos of E0017", "{\"action\":\"single\",\"action\":\"single\"}",
                         "zsos-17");
        check_unreadable(*state, "smoke", "{\"smoke\":\"heavy\"}", "zsmoke-17");

        check_unreadable(*state, "sos of E0017", "{\"action\":\"release\"}", NULL);
        check_unreadable(*state, "sos of E0017", "{\"action\":\"\"}", NULL);
        check_unreadable(*state, "sos of E0017", "{\"action\":null,\"battery\":3}", NULL);
        check_unreadable(*state, "sos of E0017", "",
                         NULL); /* zigbee2mqtt sends this when it removes a device */
        check_unreadable(*state, "smoke", "{\"smoke\":3}", NULL);
        check_unreadable(*state, "remote", "{\"action\":\"squeeze\"}", NULL);
        check_unreadable(*state, "remote", "{\"action\":", NULL);
}

static void test_a_topic_that_must_be_an_alarm_is_told_to_the_desk(void **state) {
        static const struct {
                const char *topic, *payload;
                enum alarm_reason want;
                const char *device;
        } rows[] = {
                {"vigil/v1/grid-3/sos-17/SOS", "{}", ALARM_UNREADABLE, "sos-17"},
                {"vigil/v1/grid-3/sos-17/emergency", "", ALARM_UNREADABLE, "sos-17"},
                {"vigil/v1/grid-3/sos-17/sos/", "{\"seq\":1}", ALARM_UNREADABLE, "sos-17"},
                {"vigil/v1/sos-17/sos", "{\"seq\":1}", ALARM_UNREADABLE, "sos-17"},
                {"vigil/v1/city/grid-3/sos-17/sos", "x", ALARM_UNREADABLE, "sos-17"},
                {"vigil/v1/grid-3/AA:BB:CC/sos", "{}", ALARM_UNREGISTERED, "AA:BB:CC"},
                {"vigil/v1/grid-3/new/SOS", "1", ALARM_UNREGISTERED, "new"},
                {"vigil/v1/sos", "1", ALARM_UNREGISTERED, "?"},
                {"vigil/v1/grid-3/AA:BB:CC/smoke", "{\"value\":0}", ALARM_NONE, ""},
                {"vigil/v1/grid-3/AA:BB:CC/smoke", "false", ALARM_NONE, ""},
                {"vigil/v1/grid-3/sos-17/rssi", "{}", ALARM_NONE, ""},
                {"vigil/v1/grid-3/AA:BB:CC/heart_rate", "{}", ALARM_NONE, ""},
                {"vigil/v1/", "{}", ALARM_NONE, ""},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct alarm *alarm = alarm_of(*state, rows[i].topic, rows[i].payload);

                print_message("%s\n", rows[i].topic);
                assert_int_equal(alarm->reason, rows[i].want);
                assert_string_equal(alarm->device, rows[i].device);
                assert_string_equal(alarm->elder_id,
                                    rows[i].want == ALARM_UNREADABLE ? "E0017" : "");
        }
        assert_string_equal(alarm_of(*state, "vigil/v1/grid-3/sos-17/SOS", "{}")->district,
                            "grid-3");
}

/* The elder was removed from the registry and the button was not, so rules have no elder to judge for. */
static void test_an_alarm_of_an_elder_whom_nobody_knows_is_told_to_the_desk(void **state) {
        struct helper *helper = *state;
        const struct decoded *decoded;

        assert_int_equal(registry_apply(helper->registry, "elder/E0017", 11, NULL, 0), 0);
        decoded = helper_read(helper, SOS, "{\"seq\":1}");
        assert_int_equal(decoded->event_count, 1);
        assert_int_equal(decoded->alarm.reason, ALARM_UNREGISTERED);
        assert_string_equal(decoded->alarm.device, "sos-17");
        assert_string_equal(decoded->alarm.district, "grid-3");
        assert_int_equal(helper_read(helper, SMOKE, "{\"value\":0}")->alarm.reason, ALARM_NONE);
}

static void test_one_lane_tells_it_and_not_both(void **state) {
        assert_int_equal(helper_read(*state, "zigbee2mqtt/new", "{\"sos\":true}")->alarm.reason,
                         ALARM_NONE);
        assert_int_equal(
                helper_read(*state, "zigbee2mqtt/sos of E0017", "{\"sos\":\"yes\"}")->alarm.reason,
                ALARM_NONE);
}

/* --- the alert --------------------------------------------------------------------------------- */

static void test_its_alert_names_device_and_district_and_pages_the_desk(void **state) {
        struct alarm alarm = {.reason = ALARM_UNREGISTERED,
                              .info = event_kind_info(KIND_SOS),
                              .device = "sos-new-77",
                              .district = "grid-1"};
        struct alert alert, back;
        char *json;
        size_t bytes;

        alarm_to_alert(&alarm, HELPER_RECEIVED_US, &alert);
        assert_int_equal(alert_encode(&alert, &json, &bytes), 0);
        assert_int_equal(alert_decode(&back, json, bytes), 0);
        free(json);
        assert_string_equal(back.rule_id, "unregistered_device");
        assert_string_equal(back.elder_id, "");
        assert_string_equal(back.device_id, "sos-new-77");
        assert_string_equal(back.district, "grid-1");
        assert_string_equal(back.signal, "sos");
        assert_string_equal(back.title_en, "Alarm of a device that is not registered: sos-new-77");
        assert_string_equal(back.title_zh, "未登记设备报警：sos-new-77");
        assert_true(back.advice_zh[0] && back.advice_en[0]);
        assert_int_equal(back.class, ALERT_LIFE_SAFETY);
        assert_int_equal(back.severity, SEVERITY_CRITICAL);
        assert_int_equal(back.transition, ALERT_RAISED);
        assert_int_equal(back.raised_time_ms, HELPER_RECEIVED_MS);
        assert_true(alert_is_unclaimed(&back));

        alarm.info = event_kind_info(KIND_WATER_LEAK);
        alarm.district[0] = '\0';
        alarm_to_alert(&alarm, HELPER_RECEIVED_US, &alert);
        assert_int_equal(alert.class, ALERT_TECHNICAL);
        assert_string_equal(alert.district, "unknown");
}

static void test_a_device_that_chatters_is_one_alert_in_ten_minutes(void **state) {
        struct alarm alarm = {.reason = ALARM_UNREADABLE, .device = "d", .elder_id = "E1"};
        int64_t begin_us = HELPER_RECEIVED_US / 1000 / ALARM_BUCKET_MS * ALARM_BUCKET_MS * 1000;
        struct alert first, other;

        alarm_to_alert(&alarm, begin_us, &first);
        alarm_to_alert(&alarm, begin_us + (ALARM_BUCKET_MS - 1) * INT64_C(1000), &other);
        assert_string_equal(other.alert_id, first.alert_id);
        alarm_to_alert(&alarm, begin_us + ALARM_BUCKET_MS * INT64_C(1000), &other);
        assert_string_not_equal(other.alert_id, first.alert_id);
        alarm.device[0] = 'e';
        alarm_to_alert(&alarm, begin_us, &other);
        assert_string_not_equal(other.alert_id, first.alert_id);
}

/* They need other alert ids, because alerting drops an id that it knows. */
static void test_a_drill_a_leak_or_another_district_takes_no_press_its_alert(void **state) {
        const struct alarm press = {.reason = ALARM_UNREGISTERED,
                                    .info = event_kind_info(KIND_SOS),
                                    .device = "d",
                                    .district = "g"};
        struct alarm others[] = {press, press, press};
        struct alert first, other;

        others[0].drill = true;
        others[1].info = event_kind_info(KIND_WATER_LEAK);
        others[2].district[0] = 'h';
        alarm_to_alert(&press, HELPER_RECEIVED_US, &first);
        for (size_t i = 0; i < 3; i++) {
                alarm_to_alert(&others[i], HELPER_RECEIVED_US, &other);
                assert_string_not_equal(other.alert_id, first.alert_id);
        }
}

static void test_a_long_name_is_cut_between_letters(void **state) {
        char topic[256] = "zigbee2mqtt/";
        struct alert alert, back;
        char *json;
        size_t bytes;

        for (int i = 0; i < 60; i++)
                strcat(topic, "厅");

        const struct alarm *alarm = alarm_of(*state, topic, "{\"sos\":true}");

        assert_int_equal(alarm->reason, ALARM_UNREGISTERED);
        alarm_to_alert(alarm, HELPER_RECEIVED_US, &alert);
        assert_int_equal(alert_encode(&alert, &json, &bytes), 0);
        assert_int_equal(alert_decode(&back, json, bytes), 0);
        assert_null(strchr(back.device_id, '?'));
        assert_int_equal(strlen(back.device_id), 30);
        free(json);
}

#define a(name) cmocka_unit_test_setup_teardown(name, open_alarm, close_helper)
#define t(name) cmocka_unit_test_setup_teardown(name, open_telemetry, close_helper)

int main(void) {
        const struct CMUnitTest tests[] = {
                a(test_a_press_is_raised_whatever_else_its_payload_says),
                a(test_a_payload_too_long_to_read_is_a_press),
                a(test_of_an_array_every_press_is_raised),
                a(test_the_end_of_a_smoke_is_read_in_every_form_too),
                a(test_bytes_that_cannot_be_read_cancel_nothing),
                t(test_a_key_that_nobody_knows_costs_a_reading_nothing),
                a(test_an_alarm_of_nobodys_device_is_told_to_the_desk),
                a(test_what_is_no_alarm_of_nobodys_device_is_not),
                a(test_an_unknown_word_of_a_device_that_cries_is_told_to_the_desk),
                t(test_a_topic_that_must_be_an_alarm_is_told_to_the_desk),
                a(test_an_alarm_of_an_elder_whom_nobody_knows_is_told_to_the_desk),
                t(test_one_lane_tells_it_and_not_both),
                a(test_its_alert_names_device_and_district_and_pages_the_desk),
                a(test_a_device_that_chatters_is_one_alert_in_ten_minutes),
                a(test_a_drill_a_leak_or_another_district_takes_no_press_its_alert),
                a(test_a_long_name_is_cut_between_letters),
        };

        return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}
