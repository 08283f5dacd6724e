/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/channel/request.h"
#include "alerting/channel/message.h"
#include "alerting/journal/ack_record.h"
#include "common/base/err.h"

#define ID "0123456789abcdef0123456789abcdef"
#define PAGE ID "/F1/0/2"

static int parse(struct answer *ret, const char *type, const char *body) {
        return request_parse(ret, type, strlen(type), body, strlen(body));
}

static void test_an_accept_is_read_whole(void **state) {
        struct answer answer;

        assert_int_equal(parse(&answer, "accept",
                               "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE
                               "/00112233aabbccdd/accept\",\"eta_s\":300}"),
                         REQUEST_ANSWER);
        assert_int_equal(answer.type, ANSWER_ACCEPT);
        assert_string_equal(answer.alert_id, ID);
        assert_string_equal(answer.page_recipient, "F1");
        assert_int_equal(answer.step, 0);
        assert_int_equal(answer.attempt, 2);
        assert_string_equal(answer.nonce, "00112233aabbccdd");
        assert_int_equal(answer.eta_s, 300);
        assert_string_equal(answer.recipient,
                            ""); /* only the key of the connection says who answers */
}

static void test_receipts_need_no_nonce(void **state) {
        struct answer answer;

        assert_int_equal(parse(&answer, "received", "{\"page_id\":\"" PAGE "\"}"), REQUEST_ANSWER);
        assert_int_equal(parse(&answer, "hello", "{}"), REQUEST_HELLO);
        assert_int_equal(parse(&answer, "beat", ""), REQUEST_BEAT);
}

static void test_what_does_not_add_up_is_refused(void **state) {
        static const struct {
                const char *type, *body;
        } bad[] = {
                {"acept", "{\"page_id\":\"" PAGE "\"}"},
                {"accept", ""},
                {"accept", "[]"},
                {"accept", "{\"page_id\":\"" PAGE "\"}"},
                {"accept", "{\"page_id\":7,\"ack_id\":\"x\"}"},
                {"received", "{\"page_id\":\"" ID "/F1/0\"}"},
                {"received", "{\"page_id\":\"" ID "/F1/0/1/2\"}"},
                {"received", "{\"page_id\":\"" ID "//0/1\"}"},
                {"received", "{\"page_id\":\"" ID "/F1/-1/1\"}"},
                {"received", "{\"page_id\":\"" ID "/F1/00/1\"}"},
                {"received", "{\"page_id\":\"" ID "/F1/0/9999999999\"}"},
                {"received", "{\"page_id\":\"0123456789ABCDEF0123456789abcdef/F1/0/1\"}"},
                {"received", "{\"page_id\":\"short/F1/0/1\"}"},
                {"received", "{\"page_id\":\"" ID "/012345678901234567890123456789/0/1\"}"},
                {"received", "{\"page_id\":\"" PAGE "\\u0000x\"}"},
                /* an ack_id for another page, type or shape */
                {"accept", "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" ID "/F2/0/2/n/accept\"}"},
                {"accept", "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE "/n/decline\"}"},
                {"accept", "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE "\"}"},
                {"accept", "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE "//accept\"}"},
                {"accept",
                 "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE "/00112233aabbccddeeff/accept\"}"},
        };
        struct answer answer;

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_int_equal(parse(&answer, bad[i].type, bad[i].body), REQUEST_REFUSED);
                assert_string_not_equal(err_why(), "");
        }
}

static void test_a_long_reason_is_cut_between_characters(void **state) {
        struct answer answer;

        assert_int_equal(
                parse(&answer, "decline",
                      "{\"page_id\":\"" PAGE "\",\"ack_id\":\"" PAGE
                      "/n/decline\",\"reason\":\"老人已经由邻居送往医院了请不要再派人过来谢谢"
                      "大家的帮助\"}"),
                REQUEST_ANSWER);
        assert_int_equal(strlen(answer.reason), 63);
        assert_int_equal(strlen(answer.reason) % 3, 0);
}

static void test_a_body_too_large_is_refused(void **state) {
        char *body = malloc(REQUEST_BODY_BYTES_MAX + 1);
        struct answer answer;

        assert_non_null(body);
        memset(body, ' ', REQUEST_BODY_BYTES_MAX + 1);
        assert_int_equal(request_parse(&answer, "accept", 6, body, REQUEST_BODY_BYTES_MAX + 1),
                         REQUEST_REFUSED);
        free(body);
}

static void test_replies_say_what_was_stored_or_why_not(void **state) {
        struct answer answer = {.type = ANSWER_ACCEPT,
                                .page_id = PAGE,
                                .ack_id = PAGE "/n/accept",
                                .recipient = "T1"};
        struct response response = {.state = RESPONSE_CLOSED, .holder = "T2", .reason = "real"};
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(message_encode_reply(&answer, NULL, NULL, &json, &bytes), 0);
        assert_string_equal(json, "{\"ack_id\":\"" PAGE "/n/accept\",\"page_id\":\"" PAGE
                                  "\",\"type\":\"accept\",\"by\":\"T1\"}");
        free(json);
        assert_int_equal(message_encode_reply(&answer, &response, "held", &json, &bytes), 0);
        assert_string_equal(json, "{\"ack_id\":\"" PAGE "/n/accept\",\"page_id\":\"" PAGE
                                  "\",\"type\":\"accept\",\"by\":\"T1\",\"why\":\"held\","
                                  "\"response\":\"closed\",\"holder\":\"T2\",\"reason\":\"real\"}");
        free(json);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_accept_is_read_whole),
                cmocka_unit_test(test_receipts_need_no_nonce),
                cmocka_unit_test(test_what_does_not_add_up_is_refused),
                cmocka_unit_test(test_a_long_reason_is_cut_between_characters),
                cmocka_unit_test(test_a_body_too_large_is_refused),
                cmocka_unit_test(test_replies_say_what_was_stored_or_why_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
