/* SPDX-License-Identifier: MIT */
#include "common/wire/alert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "tests/unit/common/unit.h"

static struct alert sample(void) {
        return (struct alert){
                .alert_id = "6f1e0123456789abcdef0123456789ab",
                .rule_id = "heart-rate-high",
                .rule_set = "9c0f3a5e77d1b2c4",
                .elder_id = "E0017",
                .device_id = "band-17",
                .event_id = "band-17:3:42",
                .transition = ALERT_SEVERITY_CHANGED,
                .class = ALERT_VITAL,
                .severity = SEVERITY_MAJOR,
                .latching = true,
                .drill = true,
                .shadow = true,
                .event_time_ms = 1790000000000,
                .received_time_ms = 1790000000003,
                .raised_time_ms = 1790000000005,
                .late_ms = 61000,
                .ladder = "vital-now",
                .title_zh = "心率过高",
                .title_en = "Heart rate high \"now\"",
                .advice_zh = "静坐 5 分钟复测",
                .advice_en = "Sit 5 min",
                .signal = "heart_rate",
                .value = 131.5,
                .limit = 120,
                .duration_ms = 60000,
                .samples = 3,
                .confidence_pct = 92,
                .overridden = true,
                .since_ms = 1789999940000,
                .needed_ms = 60000,
                .needed_samples = 3,
                .history_count = 2,
                .history = {{1789999970000, 128}, {1790000000000, 131.5}},
                .received_us = 1790000000003120,
                .judged_us = 1790000000005011,
        };
}

static char *encoded(const struct alert *alert) {
        char *json = NULL;
        size_t bytes;

        assert_int_equal(alert_encode(alert, &json, &bytes), 0);
        assert_int_equal(strlen(json), bytes);
        return json;
}

static void test_what_was_encoded_is_decoded(void **state) {
        struct alert alert = sample(), back;
        char *json = encoded(&alert);

        assert_int_equal(alert_decode(&back, json, strlen(json)), 0);
        assert_string_equal(back.alert_id, alert.alert_id);
        assert_string_equal(back.rule_id, alert.rule_id);
        assert_string_equal(back.rule_set, alert.rule_set);
        assert_string_equal(back.elder_id, alert.elder_id);
        assert_string_equal(back.device_id, alert.device_id);
        assert_string_equal(back.event_id, alert.event_id);
        assert_int_equal(back.transition, alert.transition);
        assert_int_equal(back.class, alert.class);
        assert_int_equal(back.severity, alert.severity);
        assert_true(back.latching && back.drill && back.shadow && back.overridden);
        assert_int_equal(back.event_time_ms, alert.event_time_ms);
        assert_int_equal(back.received_time_ms, alert.received_time_ms);
        assert_int_equal(back.raised_time_ms, alert.raised_time_ms);
        assert_int_equal(back.late_ms, alert.late_ms);
        assert_string_equal(back.ladder, alert.ladder);
        assert_string_equal(back.title_zh, alert.title_zh);
        assert_string_equal(back.title_en, alert.title_en);
        assert_string_equal(back.advice_zh, alert.advice_zh);
        assert_string_equal(back.advice_en, alert.advice_en);
        assert_string_equal(back.signal, alert.signal);
        assert_true(back.value == alert.value && back.limit == alert.limit);
        assert_int_equal(back.duration_ms, alert.duration_ms);
        assert_int_equal(back.samples, alert.samples);
        assert_int_equal(back.confidence_pct, alert.confidence_pct);
        assert_int_equal(back.since_ms, alert.since_ms);
        assert_int_equal(back.needed_ms, alert.needed_ms);
        assert_int_equal(back.needed_samples, alert.needed_samples);
        assert_int_equal(back.history_count, alert.history_count);
        for (uint8_t i = 0; i < alert.history_count; i++) {
                assert_int_equal(back.history[i].time_ms, alert.history[i].time_ms);
                assert_true(back.history[i].value == alert.history[i].value);
        }
        assert_int_equal(back.received_us, alert.received_us);
        assert_int_equal(back.judged_us, alert.judged_us);
        free(json);
}

static void test_no_value_is_null_and_comes_back_as_none(void **state) {
        struct alert alert = sample(), back;
        char *json;

        alert.value = NAN;
        alert.limit = INFINITY;
        json = encoded(&alert);
        assert_non_null(strstr(json, "\"value\":null"));
        assert_int_equal(alert_decode(&back, json, strlen(json)), 0);
        assert_true(isnan(back.value) && isnan(back.limit));
        free(json);
}

static void test_a_bad_byte_never_loses_the_alert(void **state) {
        struct alert alert = sample(), back;
        char *json;

        strcpy(alert.title_zh, "心率\xff过高");
        json = encoded(&alert);
        assert_int_equal(alert_decode(&back, json, strlen(json)), 0);
        assert_string_equal(back.title_zh, "心率?过高");
        free(json);
}

static void test_the_field_names_are_those_of_the_wire_page(void **state) {
        struct alert alert = sample();
        char *json = encoded(&alert);
        static const char *const pieces[] = {
                "{\"v\":1,\"alert_id\":\"6f1e0123456789abcdef0123456789ab\",",
                "\"rule\":\"heart-rate-high\",",
                "\"transition\":\"severity_changed\"",
                "\"class\":\"vital\"",
                "\"severity\":2,\"severity_name\":\"major\"",
                "\"title\":{\"zh\":\"心率过高\",\"en\":\"Heart rate high \\\"now\\\"\"}",
                "\"evidence\":{\"signal\":\"heart_rate\",",
                "\"since_ms\":1789999940000,\"for_ms\":60000,\"min_samples\":3,"
                "\"history\":[[1789999970000,128.0],[1790000000000,131.5]]}",
                "\"trace\":{\"received_us\":1790000000003120,\"judged_us\":1790000000005011}}",
        };

        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
                assert_non_null(strstr(json, pieces[i]));
        free(json);
}

/* Replace @from by @to in the JSON of the sample. Return: what the decoder reads from it. */
static struct alert changed_and_decoded(const char *from, const char *to) {
        struct alert alert = sample(), back;
        char *json = encoded(&alert), changed[4096], *at = strstr(json, from);

        assert_non_null(at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - json), json, to,
                 at + strlen(from));
        assert_int_equal(alert_decode(&back, changed, strlen(changed)), 0);
        free(json);
        return back;
}

static void test_a_history_that_cannot_be_read_is_no_reason_to_lose_it(void **state) {
        static const char whole[] = "\"history\":[[1789999970000,128.0],[1790000000000,131.5]]";
        struct alert back = changed_and_decoded(whole, "\"history\":7");

        assert_int_equal(back.history_count, 0);
        back = changed_and_decoded(whole, "\"history\":[[\"x\",1],7,[],[5,null]]");
        assert_int_equal(back.history_count, 1);
        assert_int_equal(back.history[0].time_ms, 5);
        assert_true(isnan(back.history[0].value));
        /* A record of an older version has no history. */
        back = changed_and_decoded(",\"history\":[[1789999970000,128.0],[1790000000000,131.5]]",
                                   "");
        assert_int_equal(back.history_count, 0);
}

static void test_of_a_long_history_the_last_samples_are_kept(void **state) {
        struct alert back = changed_and_decoded(
                "\"history\":[", "\"history\":[[1,1],[2,2],[3,3],[4,4],[5,5],[6,6],[7,7],");

        assert_int_equal(back.history_count, ALERT_HISTORY_MAX);
        assert_int_equal(back.history[0].time_ms, 2);
        assert_true(back.history[ALERT_HISTORY_MAX - 1].value == 131.5);
}

/* Replace @from by @to in the JSON of the sample: the decoder must refuse it and name @field. */
static void assert_refused(const char *from, const char *to, const char *field) {
        struct alert alert = sample(), back;
        char *json = encoded(&alert), changed[4096], *at = strstr(json, from);

        assert_non_null(at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - json), json, to,
                 at + strlen(from));
        assert_int_equal(alert_decode(&back, changed, strlen(changed)), ALERT_REFUSED);
        assert_non_null(strstr(err_why(), field));
        free(json);
}

static void test_records_that_cannot_be_acted_on_are_refused(void **state) {
        assert_refused("\"v\":1", "\"v\":2", "version");
        assert_refused("\"alert_id\":", "\"x\":", "\"alert_id\"");
        assert_refused("\"elder\":\"E0017\"", "\"elder\":17", "\"elder\"");
        assert_refused("\"elder\":\"E0017\"", "\"elder\":\"E\\u00000017\"", "\"elder\"");
        assert_refused("\"elder\":\"E0017\"", "\"elder\":\"E123456789012345678901234\"",
                       "\"elder\"");
        assert_refused("\"severity\":2", "\"severity\":0", "\"severity\"");
        assert_refused("\"severity\":2", "\"severity\":5", "\"severity\"");
        assert_refused("\"severity_changed\"", "\"forgotten\"", "\"transition\"");
        assert_refused("\"class\":\"vital\"", "\"class\":\"x\"", "\"class\"");
        assert_refused("\"event_time_ms\":1790000000000", "\"event_time_ms\":1.5",
                       "\"event_time_ms\"");
        assert_refused("\"event_time_ms\":1790000000000", "\"event_time_ms\":18446744073709551615",
                       "\"event_time_ms\"");
        assert_refused("\"samples\":3", "\"samples\":\"3\"", "\"evidence\"");
        assert_refused("{\"v\"", "\"v\"", "JSON");
}

/* For an unregistered device, ingest names the district of the topic instead of an elder. */
static void test_an_alert_without_an_elder_says_where_its_device_is(void **state) {
        struct alert alert = sample(), back;
        char *json;

        assert_false(alert_is_unclaimed(&alert));
        alert.elder_id[0] = '\0';
        strcpy(alert.district, "grid-3");
        json = encoded(&alert);
        assert_non_null(
                strstr(json, "\"elder\":\"\",\"device\":\"band-17\",\"district\":\"grid-3\","));
        assert_int_equal(alert_decode(&back, json, strlen(json)), 0);
        assert_string_equal(back.elder_id, "");
        assert_string_equal(back.district, "grid-3");
        assert_true(alert_is_unclaimed(&back));
        free(json);
}

static void test_an_alert_of_before_has_no_district(void **state) {
        struct alert alert = sample(), back = {0};
        char *json = encoded(&alert);

        assert_null(strstr(json, "district"));
        assert_int_equal(alert_decode(&back, json, strlen(json)), 0);
        assert_string_equal(back.district, "");
        assert_false(alert_is_unclaimed(&back));
        free(json);
}

static void test_a_refusal_leaves_the_output_alone(void **state) {
        struct alert back = {.late_ms = 7};

        assert_int_equal(alert_decode(&back, "[]", 2), ALERT_REFUSED);
        assert_int_equal(alert_decode(&back, "", 0), ALERT_REFUSED);
        assert_int_equal(back.late_ms, 7);
}

static void test_unknown_keys_and_long_words_are_no_reason_to_lose_it(void **state) {
        struct alert alert = sample(), back;
        char *json = encoded(&alert), changed[4096], *at = strstr(json, "心率过高");

        /* 80 characters of 3 bytes each: the cut at 191 bytes falls back to 189, between two characters. */
        snprintf(changed, sizeof(changed), "{\"later\":[1],%.*s", (int)(at - json - 1), json + 1);
        for (int i = 0; i < 80; i++)
                strcat(changed, "老");
        strcat(changed, at + strlen("心率过高"));
        assert_int_equal(alert_decode(&back, changed, strlen(changed)), 0);
        assert_int_equal(strlen(back.title_zh), 189);
        free(json);
}

static void test_ids_are_the_same_forever(void **state) {
        char id[ALERT_ID_BYTES], other[ALERT_ID_BYTES];

        /* A fixed value: if the computation of ids changed, every open alert would be paged again. */
        alert_id_make("fall", "E0017", 0x0123456789abcdef, id);
        assert_string_equal(id, "5b8d9c9ae13b689dcc744dc8055322c5");
        alert_id_make("fall", "E0018", 0x0123456789abcdef, other);
        assert_string_not_equal(id, other);
        alert_id_make("fall", "E0017", 0x0123456789abcdee, other);
        assert_string_not_equal(id, other);
        alert_id_make("fal", "lE0017", 0x0123456789abcdef, other);
        assert_string_not_equal(id, other);
}

static void test_names(void **state) {
        assert_string_equal(severity_name(SEVERITY_CRITICAL), "critical");
        assert_string_equal(severity_name((enum severity)0), "");
        assert_string_equal(severity_name((enum severity)5), "");
        assert_string_equal(alert_class_name(ALERT_LIFE_SAFETY), "life_safety");
        assert_string_equal(alert_transition_name(ALERT_CANCELLED), "cancelled");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_was_encoded_is_decoded),
                cmocka_unit_test(test_no_value_is_null_and_comes_back_as_none),
                cmocka_unit_test(test_a_bad_byte_never_loses_the_alert),
                cmocka_unit_test(test_the_field_names_are_those_of_the_wire_page),
                cmocka_unit_test(test_a_history_that_cannot_be_read_is_no_reason_to_lose_it),
                cmocka_unit_test(test_of_a_long_history_the_last_samples_are_kept),
                cmocka_unit_test(test_records_that_cannot_be_acted_on_are_refused),
                cmocka_unit_test(test_an_alert_without_an_elder_says_where_its_device_is),
                cmocka_unit_test(test_an_alert_of_before_has_no_district),
                cmocka_unit_test(test_a_refusal_leaves_the_output_alone),
                cmocka_unit_test(test_unknown_keys_and_long_words_are_no_reason_to_lose_it),
                cmocka_unit_test(test_ids_are_the_same_forever),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
