/* SPDX-License-Identifier: MIT
 *
 * One recipient connected to several alerting processes, and several devices with the same key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/recipient/book/page_book.h"

#define ALERT "6f1e0000000000000000000000000001"
#define OTHER "6f1e0000000000000000000000000002"

enum { FIRST, SECOND };

static int64_t now_ms;

static int setup(void **state) {
        struct page_book *book;

        now_ms = 1000;
        if (page_book_new(&book, 2) < 0)
                return -1;
        page_book_connected(book, FIRST, "zh");
        page_book_connected(book, SECOND, "zh");
        *state = book;
        return 0;
}

static int teardown(void **state) {
        page_book_free(*state);
        return 0;
}

static struct page_news take(struct page_book *book, int link, const char *type, const char *json) {
        struct page_news news;

        assert_int_equal(page_book_take(book, link, type, strlen(type), json, strlen(json), now_ms,
                                        now_ms * 1000, &news),
                         0);
        return news;
}

static enum page_news_kind take_page(struct page_book *book, int link, const char *alert_id,
                                     int step, int attempt, const char *state) {
        char json[1024];

        snprintf(json, sizeof(json),
                 "{\"page_id\":\"%s/T1/%d/%d\",\"alert_id\":\"%s\",\"nonce\":\"00ff\","
                 "\"recipient\":\"T1\",\"role\":\"team\",\"step\":%d,\"attempt\":%d,\"severity\":1,"
                 "\"state\":\"%s\",\"elder\":{\"id\":\"E-%s\"},\"rule\":\"fall\",\"trace\":{"
                 "\"sent_us\":%lld}}",
                 alert_id, step, attempt, alert_id, step, attempt, state, alert_id,
                 (long long)now_ms * 1000);
        return take(book, link, "page", json).kind;
}

/* Take a reply of @type to @answer of step 0, attempt @attempt. @more: further JSON members, each after a comma.
 * Return: the news. */
static enum page_news_kind reply(struct page_book *book, int link, const char *type,
                                 const char *answer, int attempt, const char *more) {
        char json[512];

        snprintf(json, sizeof(json),
                 "{\"ack_id\":\"" ALERT "/T1/0/%d/00ff/%s\",\"page_id\":\"" ALERT
                 "/T1/0/%d\",\"type\":\"%s\"%s}",
                 attempt, answer, attempt, answer, more);
        return take(book, link, type, json).kind;
}

/* Send every frame that is due on @link. Return: their types, "type type …". */
static const char *sent(struct page_book *book, int link) {
        static char types[256];
        const char *type;
        char *json;

        types[0] = '\0';
        while (page_book_next(book, link, now_ms, &type, &json) == 0) {
                strncat(types, type, sizeof(types) - strlen(types) - 1);
                strncat(types, " ", sizeof(types) - strlen(types) - 1);
                free(json);
                page_book_sent(book, now_ms, now_ms * 1000);
        }
        return types;
}

static enum page_card_state state_of(const struct page_book *book) {
        return page_book_card(book, ALERT)->state;
}

static void accept(struct page_book *book) {
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 300, NULL, now_ms),
                         0);
}

/* --- several processes ------------------------------------------------------------------------- */

static void test_hello_and_receipts_go_where_they_belong(void **state) {
        struct page_book *book = *state;

        assert_string_equal(sent(book, FIRST), "hello ");
        assert_int_equal(take_page(book, SECOND, ALERT, 0, 1, "sent"), PAGE_NEWS_NEW);
        assert_string_equal(sent(book, FIRST), "");
        assert_string_equal(sent(book, SECOND), "hello received delivered ");
        assert_int_equal(page_book_due_ms(book, now_ms), -1);
}

static void test_an_answer_goes_to_the_process_that_paged_and_to_no_other(void **state) {
        struct page_book *book = *state;

        take_page(book, SECOND, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        accept(book);
        assert_string_equal(sent(book, FIRST), "");
        assert_string_equal(sent(book, SECOND), "accept ");
        now_ms += 1000;
        assert_string_equal(sent(book, FIRST), "");
        assert_string_equal(sent(book, SECOND), "accept ");
        assert_int_equal(reply(book, SECOND, "stored", "accept", 1, ""), PAGE_NEWS_STORED);
}

static void test_an_alert_that_moves_stays_one_card_and_its_answer_follows_it(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        accept(book);
        assert_string_equal(sent(book, FIRST),
                            "accept "); /* the first process is killed before it stores it */
        page_book_disconnected(book, FIRST);
        now_ms += 6000;
        assert_int_equal(take_page(book, SECOND, ALERT, 0, 2, "sent"), PAGE_NEWS_RESENT);
        assert_null(page_book_at(book, 1));
        assert_string_equal(sent(book, SECOND), "received delivered accept ");
        assert_int_equal(reply(book, SECOND, "stored", "accept", 2, ""), PAGE_NEWS_STORED);
        assert_int_equal(state_of(book), PAGE_CARD_ACCEPTED);
}

static void test_an_accept_on_its_way_survives_the_next_step_of_the_new_owner(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        accept(book);
        sent(book, FIRST);
        page_book_disconnected(book, FIRST);
        now_ms += 60000;
        assert_int_equal(take_page(book, SECOND, ALERT, 1, 1, "sent"), PAGE_NEWS_NEXT_STEP);
        assert_string_equal(sent(book, SECOND), "received delivered accept ");
}

static void test_while_its_process_is_away_an_answer_is_offered_to_the_others(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        page_book_disconnected(book, FIRST);
        accept(book);
        assert_string_equal(sent(book, SECOND), "accept ");
        /* The second process does not know the page yet. The person is not told of that refusal. */
        assert_int_equal(reply(book, SECOND, "refused", "accept", 1, ",\"why\":\"unknown_page\""),
                         PAGE_NEWS_NONE);
        now_ms += 2000;
        assert_string_equal(sent(book, SECOND), "accept ");
        page_book_connected(book, FIRST, "zh");
        assert_string_equal(sent(book, FIRST), "hello accept ");
}

static void test_an_alert_nobody_knows_is_refused_once_it_had_the_time_to_move(void **state) {
        struct page_book *book = *state;
        const char *why = ",\"why\":\"unknown_page\"";

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        accept(book);
        assert_string_equal(sent(book, FIRST), "accept ");
        assert_int_equal(reply(book, FIRST, "refused", "accept", 1, why), PAGE_NEWS_NONE);
        assert_string_equal(sent(book, FIRST), "accept ");
        assert_string_equal(sent(book, SECOND), "accept ");
        assert_int_equal(reply(book, FIRST, "refused", "accept", 1, why), PAGE_NEWS_NONE);
        assert_int_equal(reply(book, SECOND, "refused", "accept", 1, why), PAGE_NEWS_NONE);
        now_ms += PAGE_CARD_UNKNOWN_MS;
        assert_string_equal(sent(book, FIRST), "accept ");
        assert_string_equal(sent(book, SECOND), "accept ");
        assert_int_equal(reply(book, FIRST, "refused", "accept", 1, why), PAGE_NEWS_NONE);
        assert_int_equal(reply(book, SECOND, "refused", "accept", 1, why), PAGE_NEWS_REFUSED);
        assert_string_equal(sent(book, FIRST), "");
}

static void test_nothing_is_due_while_nobody_is_there(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        accept(book);
        page_book_disconnected(book, FIRST);
        page_book_disconnected(book, SECOND);
        assert_int_equal(page_book_due_ms(book, now_ms), -1);
}

static void test_a_page_of_another_process_is_not_doubled(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        sent(book, FIRST);
        sent(book, SECOND);
        now_ms += 10000;
        assert_int_equal(take_page(book, SECOND, ALERT, 0, 2, "sent"), PAGE_NEWS_RESENT);
        sent(book, SECOND);
        now_ms += 10000;
        assert_int_equal(take_page(book, SECOND, ALERT, 0, 3, "sent"), PAGE_NEWS_DOUBLED);
}

static void test_alerting_says_how_many_processes_there_are(void **state) {
        struct page_book *book = *state;

        assert_int_equal(take(book, FIRST, "welcome", "{\"id\":\"T1\",\"instances\":3}").kind,
                         PAGE_NEWS_WELCOMED);
        assert_int_equal(page_book_instances(book), 3);
}

/* --- several devices --------------------------------------------------------------------------- */

static void test_what_another_device_answered_is_on_this_card_too(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        assert_int_equal(reply(book, FIRST, "stored", "accept", 1, ""), PAGE_NEWS_ANSWERED);
        assert_int_equal(state_of(book), PAGE_CARD_ACCEPTED);
        assert_true(page_book_card(book, ALERT)->elsewhere);
        assert_int_equal(page_book_answer(book, ALERT, PAGE_CARD_ANSWER_ACCEPT, 0, NULL, now_ms),
                         PAGE_BOOK_TWICE);
        assert_int_equal(reply(book, FIRST, "stored", "arrive", 1, ""), PAGE_NEWS_ANSWERED);
        assert_int_equal(state_of(book), PAGE_CARD_ARRIVED);
        assert_int_equal(reply(book, FIRST, "stored", "close", 1,
                               ",\"by\":\"T1\",\"reason\":\"real\",\"response\":\"closed\""),
                         PAGE_NEWS_ANSWERED);
        assert_int_equal(state_of(book), PAGE_CARD_CLOSED);
        assert_string_equal(page_book_card(book, ALERT)->ended_by, "T1");
        assert_string_equal(page_book_card(book, ALERT)->reason, "real");
}

static void test_a_decline_of_another_device_is_of_this_card_too(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        assert_int_equal(reply(book, FIRST, "stored", "decline", 1, ""), PAGE_NEWS_ANSWERED);
        assert_int_equal(state_of(book), PAGE_CARD_DECLINED);
}

static void test_an_answer_to_an_earlier_question_answers_no_later_one(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        reply(book, FIRST, "stored", "decline", 1, "");
        take_page(book, FIRST, ALERT, 1, 1, "sent");
        assert_int_equal(reply(book, FIRST, "stored", "decline", 1, ""), PAGE_NEWS_NONE);
        assert_int_equal(reply(book, FIRST, "stored", "accept", 1, ""), PAGE_NEWS_NONE);
        assert_int_equal(state_of(book), PAGE_CARD_OPEN);
        /* If the reply says that this recipient holds the alert, the card is accepted, whichever page the answer was
         * for. */
        assert_int_equal(
                reply(book, FIRST, "stored", "accept", 1, ",\"by\":\"T1\",\"holder\":\"T1\""),
                PAGE_NEWS_ANSWERED);
        assert_int_equal(state_of(book), PAGE_CARD_ACCEPTED);
}

static void test_a_late_answer_to_a_closed_alert_says_that_it_is_closed(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        accept(book);
        assert_int_equal(reply(book, FIRST, "stored", "accept", 1,
                               ",\"response\":\"closed\",\"holder\":\"T1\""),
                         PAGE_NEWS_STORED);
        assert_int_equal(state_of(book), PAGE_CARD_STOOD_DOWN);
        assert_string_equal(page_book_card(book, ALERT)->reason, "closed");
        assert_string_equal(page_book_card(book, ALERT)->ended_by, "T1");
}

static void test_who_is_refused_because_it_is_over_is_not_asked_on(void **state) {
        struct page_book *book = *state;

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        accept(book);
        assert_int_equal(
                reply(book, FIRST, "refused", "accept", 1, ",\"why\":\"held\",\"holder\":\"T2\""),
                PAGE_NEWS_REFUSED);
        assert_int_equal(state_of(book), PAGE_CARD_STOOD_DOWN);
        assert_string_equal(page_book_card(book, ALERT)->ended_by, "T2");
}

static void test_a_stand_down_told_twice_is_news_once(void **state) {
        struct page_book *book = *state;
        const char *down = "{\"alert_id\":\"" ALERT "\",\"by\":\"T2\",\"reason\":\"accepted\"}";

        take_page(book, FIRST, ALERT, 0, 1, "sent");
        assert_int_equal(take(book, FIRST, "stand_down", down).kind, PAGE_NEWS_STOOD_DOWN);
        assert_int_equal(take(book, FIRST, "stand_down", down).kind, PAGE_NEWS_NONE);
}

static void test_a_beat_names_what_is_open_and_what_is_held(void **state) {
        struct page_book *book = *state;
        char *json;

        take_page(book, FIRST, ALERT, 0, 1, "accepted");
        take_page(book, FIRST, OTHER, 0, 1, "sent");
        assert_int_equal(page_book_beat(book, FIRST, &json), 0);
        assert_string_equal(json,
                            "{\"open\":[\"" OTHER "/T1/0/1\"],\"held\":[\"" ALERT "/T1/0/1\"]}");
        free(json);
        assert_int_equal(page_book_beat(book, SECOND, &json), 0);
        assert_string_equal(json, "{\"open\":[],\"held\":[]}");
        free(json);
}

static void test_many_cards_are_named_in_turn(void **state) {
        struct page_book *book = *state;
        char alert_id[ALERT_ID_BYTES], *json;
        int seen = 0;

        for (int i = 0; i < PAGE_CARD_BEAT_MAX + 3; i++) {
                snprintf(alert_id, sizeof(alert_id), "%032x", i);
                take_page(book, FIRST, alert_id, 0, 1, "sent");
        }
        for (int beat = 0; beat < 2; beat++) {
                assert_int_equal(page_book_beat(book, FIRST, &json), 0);
                assert_true(strlen(json) < 4096);
                for (const char *at = json; (at = strstr(at, "/T1/0/1")); at++)
                        seen++;
                free(json);
        }
        assert_int_equal(seen, PAGE_CARD_BEAT_MAX + 3);
}

static void test_each_process_is_told_all_of_its_cards_in_turn(void **state) {
        struct page_book *book = *state;
        char alert_id[ALERT_ID_BYTES], *json;
        int seen[2] = {0};

        for (int i = 0; i < 2 * (PAGE_CARD_BEAT_MAX + 3); i++) {
                snprintf(alert_id, sizeof(alert_id), "%032x", i);
                take_page(book, i % 2 ? SECOND : FIRST, alert_id, 0, 1, "sent");
        }
        for (int beat = 0; beat < 4; beat++) {
                assert_int_equal(page_book_beat(book, beat % 2 ? SECOND : FIRST, &json), 0);
                for (const char *at = json; (at = strstr(at, "/T1/0/1")); at++)
                        seen[beat % 2]++;
                free(json);
        }
        assert_int_equal(seen[0], PAGE_CARD_BEAT_MAX + 3);
        assert_int_equal(seen[1], PAGE_CARD_BEAT_MAX + 3);
}

/* --- numbers out of range ---------------------------------------------------------------------- */

static void test_numbers_beyond_all_bounds_are_the_nearest_that_there_is(void **state) {
        struct page_book *book = *state;
        const struct page_card *card;

        assert_int_equal(
                take(book, FIRST, "page",
                     "{\"page_id\":\"" ALERT "/T1/0/1\",\"alert_id\":\"" ALERT
                     "\",\"step\":1e300,\"attempt\":-1e300,\"severity\":7e22,\"repeats\":1.5,"
                     "\"late_ms\":1e19,\"event_time_ms\":18446744073709551615,"
                     "\"raised_time_ms\":-9223372036854775808,\"trace\":{\"sent_us\":-1e19}}")
                        .kind,
                PAGE_NEWS_NEW);
        card = page_book_card(book, ALERT);
        assert_int_equal(card->step, 2147483647);
        assert_int_equal(card->attempt, 0);
        assert_int_equal(card->severity, SEVERITY_INFO);
        assert_int_equal(card->repeats, 1);
        assert_true(card->late_ms > 0 && card->event_time_ms > 0);
        assert_int_equal(card->raised_time_ms, 0);
        assert_int_equal(card->trace.sent_us, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_hello_and_receipts_go_where_they_belong),
                TEST(test_an_answer_goes_to_the_process_that_paged_and_to_no_other),
                TEST(test_an_alert_that_moves_stays_one_card_and_its_answer_follows_it),
                TEST(test_an_accept_on_its_way_survives_the_next_step_of_the_new_owner),
                TEST(test_while_its_process_is_away_an_answer_is_offered_to_the_others),
                TEST(test_an_alert_nobody_knows_is_refused_once_it_had_the_time_to_move),
                TEST(test_nothing_is_due_while_nobody_is_there),
                TEST(test_a_page_of_another_process_is_not_doubled),
                TEST(test_alerting_says_how_many_processes_there_are),
                TEST(test_what_another_device_answered_is_on_this_card_too),
                TEST(test_a_decline_of_another_device_is_of_this_card_too),
                TEST(test_an_answer_to_an_earlier_question_answers_no_later_one),
                TEST(test_a_late_answer_to_a_closed_alert_says_that_it_is_closed),
                TEST(test_who_is_refused_because_it_is_over_is_not_asked_on),
                TEST(test_a_stand_down_told_twice_is_news_once),
                TEST(test_a_beat_names_what_is_open_and_what_is_held),
                TEST(test_many_cards_are_named_in_turn),
                TEST(test_each_process_is_told_all_of_its_cards_in_turn),
                TEST(test_numbers_beyond_all_bounds_are_the_nearest_that_there_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
