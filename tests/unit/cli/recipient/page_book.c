/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/recipient/book/page_book.h"

#define ALERT "6f1e0000000000000000000000000001"
#define OTHER "6f1e0000000000000000000000000002"

/* Wall clock and monotonic clock, set by the tests. */
static int64_t now_ms;

static int setup(void **state) {
        struct page_book *book;

        now_ms = 1000;
        if (page_book_new(&book, 1) < 0)
                return -1;
        page_book_connected(book, 0, "zh");
        *state = book;
        return 0;
}

static int teardown(void **state) {
        page_book_free(*state);
        return 0;
}

static struct page_news take(struct page_book *book, const char *type, const char *json) {
        struct page_news news;

        assert_int_equal(page_book_take(book, 0, type, strlen(type), json, strlen(json), now_ms,
                                        now_ms * 1000, &news),
                         0);
        return news;
}

static struct page_news take_page(struct page_book *book, const char *alert_id, int step,
                                  int attempt, int64_t sent_ms) {
        char json[1024];

        snprintf(json, sizeof(json),
                 "{\"page_id\":\"%s/F0017a/%d/%d\",\"alert_id\":\"%s\",\"nonce\":\"00ff\","
                 "\"recipient\":\"F0017a\",\"role\":\"family\",\"step\":%d,\"attempt\":%d,"
                 "\"severity\":1,\"class\":\"life_safety\",\"drill\":false,\"late_ms\":0,"
                 "\"title\":{\"zh\":\"疑似跌倒\",\"en\":\"Possible fall\"},"
                 "\"elder\":{\"id\":\"E0017\",\"name\":\"李国强\",\"age\":82},\"rule\":\"fall\","
                 "\"others\":[\"T-grid-1-1\",\"desk-grid-1\"],\"trace\":{\"sent_us\":%lld}}",
                 alert_id, step, attempt, alert_id, step, attempt, (long long)sent_ms * 1000);
        return take(book, "page", json);
}

/* Send every frame that is due. Return: their types, "type type …". */
static const char *send_all(struct page_book *book) {
        static char types[256];
        const char *type;
        char *json;

        types[0] = '\0';
        while (page_book_next(book, 0, now_ms, &type, &json) == 0) {
                strncat(types, type, sizeof(types) - strlen(types) - 1);
                strncat(types, " ", sizeof(types) - strlen(types) - 1);
                free(json);
                page_book_sent(book, now_ms, now_ms * 1000);
        }
        return types;
}

static void stored(struct page_book *book, const char *alert_id, const char *answer) {
        char json[512];

        snprintf(json, sizeof(json),
                 "{\"ack_id\":\"%s/F0017a/0/1/00ff/%s\",\"page_id\":\"%s/F0017a/0/"
                 "1\",\"type\":\"%s\"}",
                 alert_id, answer, alert_id, answer);
        assert_int_equal(take(book, "stored", json).kind, PAGE_NEWS_STORED);
}

static void test_a_page_becomes_a_card_and_is_confirmed_at_once(void **state) {
        struct page_book *book = *state;
        struct page_news news = take_page(book, ALERT, 0, 1, now_ms);

        assert_int_equal(news.kind, PAGE_NEWS_NEW);
        assert_string_equal(news.card->elder_name, "李国强");
        assert_string_equal(news.card->title_en, "Possible fall");
        assert_int_equal(news.card->others_count, 2);
        assert_string_equal(news.card->others[1], "desk-grid-1");
        assert_string_equal(send_all(book), "hello received delivered ");
        assert_int_equal(page_book_due_ms(book, now_ms), -1);
}

static void test_an_unconfirmed_page_that_comes_twice_stays_one_card(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        assert_int_equal(take_page(book, ALERT, 0, 1, now_ms).kind, PAGE_NEWS_RESENT);
        send_all(book);

        /* This resend was sent before alerting could read our receipt. */
        now_ms += 2000;
        assert_int_equal(take_page(book, ALERT, 0, 2, 1500).kind, PAGE_NEWS_RESENT);
        assert_string_equal(send_all(book), "received delivered ");
        assert_non_null(page_book_at(book, 0));
        assert_null(page_book_at(book, 1));
}

static void test_another_attempt_long_after_our_receipt_is_a_doubled_page(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        now_ms += 2500;
        assert_int_equal(take_page(book, ALERT, 0, 2, now_ms).kind, PAGE_NEWS_DOUBLED);
}

static void test_after_a_reconnection_the_sender_may_not_know_of_our_receipt(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        now_ms += 2500;
        page_book_connected(book, 0, "zh");
        assert_int_equal(take_page(book, ALERT, 0, 2, now_ms).kind, PAGE_NEWS_RESENT);
}

static void test_a_page_after_its_answer_was_stored_is_doubled(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 300, NULL, now_ms),
                         0);
        send_all(book);
        stored(book, ALERT, "accept");
        assert_int_equal(take_page(book, ALERT, 0, 1, now_ms).kind, PAGE_NEWS_DOUBLED);
}

static void test_after_a_hello_alerting_shows_what_is_open_with_our_answer(void **state) {
        struct page_book *book = *state;
        const char *json = "{\"page_id\":\"" ALERT "/F0017a/0/1\",\"alert_id\":\"" ALERT
                           "\",\"step\":0,\"attempt\":1,\"severity\":1,\"rule\":\"fall\",\"state\":"
                           "\"accepted\"}";

        take_page(book, ALERT, 0, 1, now_ms);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms);
        send_all(book);
        stored(book, ALERT, "accept");
        page_book_connected(book, 0, "zh");
        assert_int_equal(take(book, "page", json).kind, PAGE_NEWS_RESENT);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ACCEPTED);
}

static void test_a_restarted_pager_does_not_ask_what_was_answered(void **state) {
        struct page_book *book = *state;
        const char *json = "{\"page_id\":\"" ALERT "/F0017a/0/1\",\"alert_id\":\"" ALERT
                           "\",\"step\":0,\"attempt\":1,\"severity\":1,\"rule\":\"fall\",\"state\":"
                           "\"accepted\"}";

        assert_int_equal(take(book, "page", json).kind, PAGE_NEWS_NEW);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ACCEPTED);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms),
                         PAGE_BOOK_TWICE);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ARRIVE, 0, NULL, now_ms),
                         0);
}

/* The accept of the recipient has been sent when its stand-down comes. */
static void accept_and_stand_down(struct page_book *book, const char *by, const char *reason) {
        char json[256];

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 300, NULL, now_ms),
                         0);
        send_all(book);
        snprintf(json, sizeof(json), "{\"alert_id\":\"%s\",\"by\":\"%s\",\"reason\":\"%s\"}", ALERT,
                 by, reason);
        assert_int_equal(take(book, "stand_down", json).kind, PAGE_NEWS_STOOD_DOWN);
}

static void test_an_accept_that_crossed_a_stand_down_counts_when_it_is_stored(void **state) {
        struct page_book *book = *state;

        accept_and_stand_down(book, "F0017a", "accepted");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_STOOD_DOWN);
        stored(book, ALERT, "accept");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ACCEPTED);
        assert_string_equal(page_book_card(book, ALERT)->ended_by, "");
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ARRIVE, 0, NULL, now_ms),
                         0);
        send_all(book);
        stored(book, ALERT, "arrive");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ARRIVED);
}

static void test_an_accept_that_crossed_a_stand_down_counts_when_it_is_shown_again(void **state) {
        struct page_book *book = *state;
        const char *json = "{\"page_id\":\"" ALERT "/F0017a/0/1\",\"alert_id\":\"" ALERT
                           "\",\"step\":0,\"attempt\":1,\"severity\":1,\"rule\":\"fall\",\"state\":"
                           "\"accepted\"}";

        accept_and_stand_down(book, "F0017a", "accepted");
        /* Alerting was killed before it sent "stored"; after our hello it sends the open alerts again. */
        page_book_connected(book, 0, "zh");
        assert_int_equal(take(book, "page", json).kind, PAGE_NEWS_RESENT);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ACCEPTED);

        /* A page received again does not change the state "arrived" back to "accepted". */
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ARRIVE, 0, NULL, now_ms),
                         0);
        send_all(book);
        stored(book, ALERT, "arrive");
        page_book_connected(book, 0, "zh");
        assert_int_equal(take(book, "page", json).kind, PAGE_NEWS_RESENT);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_ARRIVED);
}

static void test_an_accept_stored_before_a_close_opens_nothing_again(void **state) {
        struct page_book *book = *state;

        accept_and_stand_down(book, "desk-grid-1", "closed");
        stored(book, ALERT, "accept");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_STOOD_DOWN);
        assert_string_equal(page_book_card(book, ALERT)->ended_by, "desk-grid-1");
}

static void test_a_step_begun_anew_asks_afresh(void **state) {
        struct page_book *book = *state;
        const char *json = "{\"page_id\":\"" ALERT "/F0017a/0/2\",\"alert_id\":\"" ALERT
                           "\",\"step\":0,\"attempt\":2,\"severity\":1,\"rule\":\"fall\","
                           "\"answer_by_ms\":99000,\"state\":\"planned\"}";

        take_page(book, ALERT, 0, 1, now_ms);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_DECLINE, 0, NULL, now_ms);
        send_all(book);
        stored(book, ALERT, "decline");
        now_ms += 45000;
        assert_int_equal(take(book, "page", json).kind, PAGE_NEWS_NEXT_STEP);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_OPEN);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms),
                         0);
}

static void test_a_page_after_its_stand_down_is_doubled(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        take(book, "stand_down",
             "{\"alert_id\":\"" ALERT "\",\"by\":\"T-1\",\"reason\":\"accepted\"}");
        page_book_connected(book, 0, "zh");
        assert_int_equal(take_page(book, ALERT, 0, 1, now_ms).kind, PAGE_NEWS_DOUBLED);

        /* The team that accepted did not arrive: the next step pages again, and the card is open again. */
        assert_int_equal(take_page(book, ALERT, 1, 1, now_ms).kind, PAGE_NEWS_NEXT_STEP);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_OPEN);
        take(book, "stand_down",
             "{\"alert_id\":\"" ALERT "\",\"by\":\"T-1\",\"reason\":\"closed\"}");
        assert_int_equal(take_page(book, ALERT, 2, 1, now_ms).kind, PAGE_NEWS_DOUBLED);
}

static void test_a_second_alert_of_the_same_rule_and_elder_is_doubled_yet_shown(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        assert_int_equal(take_page(book, OTHER, 0, 1, now_ms).kind, PAGE_NEWS_DOUBLED);
        assert_non_null(page_book_card(book, OTHER));
        assert_string_equal(send_all(book), "hello received delivered received delivered ");
}

static void test_a_new_alert_after_the_first_is_over_is_a_new_card(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        take(book, "stand_down",
             "{\"alert_id\":\"" ALERT "\",\"by\":\"desk-grid-1\",\"reason\":\"closed\"}");
        assert_int_equal(take_page(book, OTHER, 0, 1, now_ms).kind, PAGE_NEWS_NEW);
}

static void test_a_later_step_keeps_the_card_and_asks_again_after_a_decline(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_DECLINE, 0, "far away", now_ms);
        send_all(book);
        stored(book, ALERT, "decline");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_DECLINED);

        now_ms += 45000;
        assert_int_equal(take_page(book, ALERT, 1, 1, now_ms).kind, PAGE_NEWS_NEXT_STEP);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_OPEN);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_DECLINE, 0, NULL, now_ms),
                         0);
}

static void test_an_answer_is_repeated_until_it_is_stored(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms);
        assert_string_equal(send_all(book), "accept ");
        now_ms += 999;
        assert_string_equal(send_all(book), "");
        assert_int_equal(page_book_due_ms(book, now_ms), 1);
        now_ms += 1;
        assert_string_equal(send_all(book), "accept ");
        now_ms += 2000;
        assert_string_equal(send_all(book), "accept ");
        stored(book, ALERT, "accept");
        now_ms += 60000;
        assert_string_equal(send_all(book), "");
}

static void test_a_new_connection_repeats_an_owed_answer_at_once(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms);
        send_all(book);
        page_book_connected(book, 0, "en");
        assert_string_equal(send_all(book), "hello accept ");
}

static void test_answers_leave_in_order(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_CLOSE, 0, "real", now_ms);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms);
        assert_string_equal(send_all(book), "accept ");
        stored(book, ALERT, "accept");
        assert_string_equal(send_all(book), "close ");
}

static void test_the_ack_id_binds_page_nonce_and_answer(void **state) {
        struct page_book *book = *state;
        const char *type;
        char *json;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_CLOSE, 0, "误报 \"test\"", now_ms);
        assert_int_equal(page_book_next(book, 0, now_ms, &type, &json), 0);
        assert_non_null(strstr(json, "\"ack_id\":\"" ALERT "/F0017a/0/1/00ff/close\""));
        assert_non_null(strstr(json, "\"reason\":\"误报 \\\"test\\\"\""));
        free(json);
}

static void test_a_refusal_ends_the_repeating_and_says_why(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        page_book_answer(book, ALERT, PAGE_CARD_ANSWER_CLOSE, 0, NULL, now_ms);
        send_all(book);
        assert_int_equal(take(book, "refused",
                              "{\"ack_id\":\"" ALERT "/F0017a/0/1/00ff/close\",\"page_id\":\"" ALERT
                              "/F0017a/0/1\",\"why\":\"family may not close\"}")
                                 .kind,
                         PAGE_NEWS_REFUSED);
        now_ms += 60000;
        assert_string_equal(send_all(book), "");
        assert_string_equal(page_book_card(book, ALERT)->reason, "family may not close");
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_OPEN);
}

/* A recipient paged after the cancel button was pressed must see that, to verify by a call. */
static void test_a_page_of_a_cancelled_alert_says_so(void **state) {
        struct page_book *book = *state;

        take(book, "page",
             "{\"page_id\":\"" ALERT "/F0017a/0/1\",\"alert_id\":\"" ALERT
             "\",\"cancelled\":true}");
        assert_true(page_book_card(book, ALERT)->cancelled);
        assert_int_equal(page_book_card(book, ALERT)->state, PAGE_CARD_OPEN);
        /* A page without the flag, after another press: the card is no longer cancelled. */
        take_page(book, ALERT, 1, 1, now_ms);
        assert_false(page_book_card(book, ALERT)->cancelled);
}

static void test_updates_change_the_same_card(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        assert_int_equal(take(book, "update",
                              "{\"alert_id\":\"" ALERT "\",\"change\":\"repeated\",\"repeats\":3}")
                                 .kind,
                         PAGE_NEWS_UPDATED);
        take(book, "update", "{\"alert_id\":\"" ALERT "\",\"change\":\"cleared\"}");
        assert_int_equal(page_book_card(book, ALERT)->repeats, 3);
        assert_true(page_book_card(book, ALERT)->cleared);
        assert_false(page_card_is_over(page_book_card(book, ALERT)));
}

static void test_what_is_not_our_format_is_said_and_harms_nothing(void **state) {
        struct page_book *book = *state;

        assert_int_equal(take(book, "page", "not json").kind, PAGE_NEWS_UNREADABLE);
        assert_int_equal(take(book, "page", "{}").kind, PAGE_NEWS_UNREADABLE);
        assert_int_equal(take(book, "nonsense", "{}").kind, PAGE_NEWS_UNREADABLE);
        assert_int_equal(take(book, "page", "[1]").kind, PAGE_NEWS_UNREADABLE);
        assert_int_equal(take(book, "stand_down", "{\"alert_id\":\"" OTHER "\"}").kind,
                         PAGE_NEWS_NONE);
        assert_null(page_book_at(book, 0));
}

static void test_finished_cards_are_remembered_and_then_forgotten(void **state) {
        struct page_book *book = *state;

        take_page(book, ALERT, 0, 1, now_ms);
        send_all(book);
        take(book, "stand_down",
             "{\"alert_id\":\"" ALERT "\",\"by\":\"T-1\",\"reason\":\"accepted\"}");
        now_ms += PAGE_CARD_KEPT_MS;
        page_book_prune(book, now_ms);
        assert_int_equal(take_page(book, ALERT, 0, 1, now_ms).kind, PAGE_NEWS_DOUBLED);
        send_all(book);
        now_ms += 1;
        page_book_prune(book, now_ms);
        assert_null(page_book_card(book, ALERT));
        assert_null(page_book_at(book, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_page_becomes_a_card_and_is_confirmed_at_once),
                TEST(test_an_unconfirmed_page_that_comes_twice_stays_one_card),
                TEST(test_another_attempt_long_after_our_receipt_is_a_doubled_page),
                TEST(test_after_a_reconnection_the_sender_may_not_know_of_our_receipt),
                TEST(test_a_page_after_its_answer_was_stored_is_doubled),
                TEST(test_after_a_hello_alerting_shows_what_is_open_with_our_answer),
                TEST(test_a_restarted_pager_does_not_ask_what_was_answered),
                TEST(test_an_accept_that_crossed_a_stand_down_counts_when_it_is_stored),
                TEST(test_an_accept_that_crossed_a_stand_down_counts_when_it_is_shown_again),
                TEST(test_an_accept_stored_before_a_close_opens_nothing_again),
                TEST(test_a_step_begun_anew_asks_afresh),
                TEST(test_a_page_after_its_stand_down_is_doubled),
                TEST(test_a_second_alert_of_the_same_rule_and_elder_is_doubled_yet_shown),
                TEST(test_a_new_alert_after_the_first_is_over_is_a_new_card),
                TEST(test_a_later_step_keeps_the_card_and_asks_again_after_a_decline),
                TEST(test_an_answer_is_repeated_until_it_is_stored),
                TEST(test_a_new_connection_repeats_an_owed_answer_at_once),
                TEST(test_answers_leave_in_order),
                TEST(test_the_ack_id_binds_page_nonce_and_answer),
                TEST(test_a_refusal_ends_the_repeating_and_says_why),
                TEST(test_a_page_of_a_cancelled_alert_says_so),
                TEST(test_updates_change_the_same_card),
                TEST(test_what_is_not_our_format_is_said_and_harms_nothing),
                TEST(test_finished_cards_are_remembered_and_then_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
