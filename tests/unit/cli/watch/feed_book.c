/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/watch/feed_book.h"

/* The changes reported, as "change:elder …". */
static char told[4096];

static void on_change(void *context, const char *change, int64_t time_ms,
                      const struct feed_book_alert *alert, const char *json, size_t json_bytes) {
        size_t used = strlen(told);

        assert_true(json_bytes > 2 && json[0] == '{');
        snprintf(told + used, sizeof(told) - used, "%s:%s ", change, alert->elder_id);
}

static int begin(void **state) {
        struct feed_book *book;

        told[0] = '\0';
        if (feed_book_new(&book, on_change, NULL) < 0)
                return -1;
        *state = book;
        return 0;
}

static int end(void **state) {
        feed_book_free(*state);
        return 0;
}

static void message_text(char *ret, size_t ret_bytes, const char *epoch, int seq) {
        snprintf(ret, ret_bytes,
                 "{\"seq\":%d,\"epoch\":\"%s\",\"time_ms\":1,\"change\":\"raised\",\"alert\":{"
                 "\"alert_id\":\"a\","
                 "\"elder\":\"E%d\",\"severity\":1,\"title\":{\"zh\":\"跌\",\"en\":\"fall\"},"
                 "\"pages\":[{\"recipient\":\"F1\"},{\"recipient\":\"T1\"}]}}",
                 seq, epoch, seq);
}

static void message(struct feed_book *book, const char *epoch, int seq) {
        char json[512];

        message_text(json, sizeof(json), epoch, seq);
        assert_int_equal(feed_book_message(book, json, strlen(json)), 0);
}

static void beat(struct feed_book *book, const char *epoch, int seq) {
        char json[128];

        snprintf(json, sizeof(json), "{\"seq\":%d,\"epoch\":\"%s\",\"time_ms\":1}", seq, epoch);
        assert_int_equal(feed_book_beat(book, json, strlen(json)), 0);
}

static void snapshot(struct feed_book *book, const char *epoch, int seq, const char *alerts) {
        char json[1024];

        snprintf(json, sizeof(json),
                 "{\"snapshot\":true,\"epoch\":\"%s\",\"seq\":%d,\"alerts\":[%s]}", epoch, seq,
                 alerts);
        assert_int_equal(feed_book_reply(book, json, strlen(json)), 0);
}

static void replay(struct feed_book *book, const char *epoch, int from, int to) {
        char json[8192];
        size_t used = (size_t)snprintf(json, sizeof(json),
                                       "{\"replay\":true,\"epoch\":\"%s\",\"messages\":[", epoch);

        for (int seq = from; seq <= to; seq++) {
                if (seq > from)
                        json[used++] = ',';
                message_text(json + used, sizeof(json) - used, epoch, seq);
                used += strlen(json + used);
        }
        snprintf(json + used, sizeof(json) - used, "]}");
        assert_int_equal(feed_book_reply(book, json, strlen(json)), 0);
}

static const char *request(struct feed_book *book, int64_t now_mono_ms) {
        static char text[192];

        return feed_book_request(book, now_mono_ms, text, sizeof(text)) ? text : "";
}

static void test_a_snapshot_is_asked_for_first_and_again(void **state) {
        assert_string_equal(request(*state, 1000), "{\"want\":\"snapshot\"}");
        assert_string_equal(request(*state, 2999), "");
        assert_string_equal(request(*state, 3000), "{\"want\":\"snapshot\"}");
}

static void test_messages_before_the_snapshot_are_not_told_twice(void **state) {
        struct feed_book *book = *state;

        message(book, "a", 5);
        message(book, "a", 6);
        snapshot(book, "a", 5, "{\"alert_id\":\"x\",\"elder\":\"E1\"}");
        assert_string_equal(told, "open:E1 ");
        assert_true(feed_book_is_following(book));

        /* Message 6 was dropped before the snapshot: the beat shows the gap, and a replay fills it. */
        beat(book, "a", 6);
        assert_string_equal(request(book, 10000),
                            "{\"want\":\"replay\",\"epoch\":\"a\",\"from_seq\":6}");
        replay(book, "a", 6, 6);
        message(book, "a", 7);
        assert_string_equal(told, "open:E1 raised:E6 raised:E7 ");
}

static void test_a_gap_is_asked_for_and_filled_in_order(void **state) {
        struct feed_book *book = *state;

        snapshot(book, "a", 1, "");
        message(book, "a", 2);
        message(book, "a", 5);
        assert_false(feed_book_is_following(book));
        message(book, "a", 6);
        assert_string_equal(request(book, 1),
                            "{\"want\":\"replay\",\"epoch\":\"a\",\"from_seq\":3}");
        replay(book, "a", 3, 5);

        /* Message 6 came while the request was open. The reply ends at 5, so the next request follows at once. */
        assert_string_equal(request(book, 2),
                            "{\"want\":\"replay\",\"epoch\":\"a\",\"from_seq\":6}");
        replay(book, "a", 6, 6);
        assert_true(feed_book_is_following(book));
        assert_string_equal(told, "raised:E2 raised:E3 raised:E4 raised:E5 raised:E6 ");
}

static void test_what_was_told_is_not_told_again(void **state) {
        struct feed_book *book = *state;

        snapshot(book, "a", 3, "");
        message(book, "a", 3);
        message(book, "a", 4);
        message(book, "a", 4);
        assert_string_equal(told, "raised:E4 ");
}

static void test_when_the_gap_is_gone_a_snapshot_is_taken(void **state) {
        struct feed_book *book = *state;
        static const char gone[] = "{\"gone\":true}";

        snapshot(book, "a", 1, "");
        message(book, "a", 9000);
        request(book, 1);
        assert_int_equal(feed_book_reply(book, gone, strlen(gone)), 0);
        assert_string_equal(request(book, 2), "{\"want\":\"snapshot\"}");
        snapshot(book, "a", 9000, "{\"alert_id\":\"x\",\"elder\":\"E8\"}");
        message(book, "a", 9001);
        assert_string_equal(told, "open:E8 raised:E9001 ");
}

static void test_a_restarted_alerting_begins_anew(void **state) {
        struct feed_book *book = *state;

        snapshot(book, "a", 100, "");
        beat(book, "b", 0);
        assert_string_equal(request(book, 1), "{\"want\":\"snapshot\"}");
        /* A late reply to an earlier request changes nothing. */
        replay(book, "a", 101, 101);
        snapshot(book, "b", 0, "");
        message(book, "b", 1);
        assert_string_equal(told, "raised:E1 ");
        assert_int_equal(feed_book_sequence(book), 1);
}

static void test_what_is_no_feed_message_is_said(void **state) {
        struct feed_book *book = *state;

        snapshot(book, "a", 1, "");
        assert_int_equal(feed_book_message(book, "[]", 2), FEED_BOOK_UNREADABLE);
        assert_int_equal(feed_book_message(book, "{\"epoch\":\"a\"}", 13), FEED_BOOK_UNREADABLE);
        assert_int_equal(feed_book_reply(book, "{}", 2), FEED_BOOK_UNREADABLE);
        assert_true(feed_book_is_following(book));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_snapshot_is_asked_for_first_and_again),
                TEST(test_messages_before_the_snapshot_are_not_told_twice),
                TEST(test_a_gap_is_asked_for_and_filled_in_order),
                TEST(test_what_was_told_is_not_told_again),
                TEST(test_when_the_gap_is_gone_a_snapshot_is_taken),
                TEST(test_a_restarted_alerting_begins_anew),
                TEST(test_what_is_no_feed_message_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
