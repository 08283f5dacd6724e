/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sim/score.h"

#define ALERT "6f1e0000000000000000000000000001"

/* A run that begins at 0. Alerts raised before 1,000,000 ms (wall clock) belong to an earlier run. */
static int begin(void **state) {
        struct score *score;

        if (score_new(&score, 1000000) < 0)
                return -1;
        score_begin(score, 0);
        *state = score;
        return 0;
}

static int end(void **state) {
        score_free(*state);
        return 0;
}

static void expect(struct score *score, const char *alert_id, bool timed, int64_t by_mono_us,
                   int accepted_by) {
        const struct score_expectation expectation = {
                .elder_id = "E0001",
                .rule = "sos",
                .alert_id = alert_id,
                .needs = {STORY_FAMILY, STORY_TEAM | STORY_DESK},
                .accepted_by = accepted_by,
                .timed = timed,
                .by_mono_us = by_mono_us,
                .story = "a story",
        };

        assert_int_equal(score_expect(score, &expectation), 0);
}

static struct page_card card_of(const char *alert_id) {
        struct page_card card = {.raised_time_ms = 1000001};

        snprintf(card.alert_id, sizeof(card.alert_id), "%s", alert_id);
        snprintf(card.elder_id, sizeof(card.elder_id), "E0001");
        snprintf(card.rule, sizeof(card.rule), "sos");
        return card;
}

static enum score_verdict page(struct score *score, const struct page_card *card, int role,
                               enum page_news_kind kind, int64_t now_mono_us) {
        const struct page_card_trace trace = {.received_us = 5000,
                                              .judged_us = 6000,
                                              .intake_us = 8000,
                                              .stored_us = 11000,
                                              .sent_us = 11500};
        const struct score_page page = {
                .card = card,
                .recipient = "F0001a",
                .role = role,
                .kind = kind,
                .trace = &trace,
                .now_mono_us = now_mono_us,
                .now_time_us = 15000,
        };
        enum score_verdict verdict;

        assert_int_equal(score_page(score, &page, &verdict), 0);
        return verdict;
}

static struct score_result result_of(struct score *score) {
        struct score_result result;

        score_result(score, &result);
        return result;
}

static void test_one_family_member_and_one_of_team_or_desk_make_it_whole(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        expect(score, ALERT, true, 0, 0);
        assert_int_equal(score_open(score), 1);
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 20), SCORE_EXPECTED);
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 21), SCORE_EXPECTED);
        assert_int_equal(result_of(score).missing, 1);
        assert_int_equal(page(score, &card, STORY_DESK, PAGE_NEWS_NEW, 30), SCORE_EXPECTED);
        assert_int_equal(score_open(score), 0);
        assert_int_equal(result_of(score).expected, 2);
        assert_int_equal(result_of(score).received, 2);
        assert_int_equal(result_of(score).missing, 0);
        assert_int_equal(result_of(score).alerts, 1);
}

static void test_an_allowance_for_kills_moves_limits_but_nothing_that_is_forbidden(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);
        const struct score_expectation none = {.elder_id = "E0001",
                                               .rule = "fall",
                                               .alert_id = "",
                                               .by_mono_us = 5000,
                                               .story = "a story"};

        score_allow_late(score, 30);
        expect(score, ALERT, true, 5000, 0);
        assert_int_equal(score_expect(score, &none), 0);
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 35000), SCORE_EXPECTED);
        assert_int_equal(page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 35001), SCORE_EXPECTED);
        assert_int_equal(result_of(score).missing, 1);

        snprintf(card.rule, sizeof(card.rule), "fall");
        snprintf(card.alert_id, sizeof(card.alert_id), "6f1e0000000000000000000000000002");
        assert_int_equal(page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 5000), SCORE_UNEXPECTED);
}

static void test_a_page_that_nothing_led_to_is_unexpected(void **state) {
        struct score *score = *state;
        struct page_card card = card_of("6f1e0000000000000000000000000099");

        expect(score, ALERT, true, 0, 0);
        assert_int_equal(page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 20), SCORE_UNEXPECTED);
        assert_int_equal(result_of(score).unexpected, 1);
        assert_int_equal(result_of(score).missing, 2);
}

static void test_a_page_a_story_forbids_is_unexpected(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);
        const struct score_expectation nobody = {.elder_id = "E0001",
                                                 .rule = "sos",
                                                 .alert_id = "",
                                                 .by_mono_us = 1000,
                                                 .story = "s"};

        assert_int_equal(score_expect(score, &nobody), 0);
        assert_int_equal(score_open(score), 0);
        assert_int_equal(page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 20), SCORE_UNEXPECTED);
}

static void test_a_page_that_comes_too_late_is_missing(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        expect(score, "", false, 1000, 0);
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 1000);
        page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 1001);
        assert_int_equal(result_of(score).received, 1);
        assert_int_equal(result_of(score).missing, 1);
}

static void test_resends_and_doubled_pages_are_counted_apart(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        expect(score, ALERT, true, 0, 0);
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 20);
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_RESENT, 21), SCORE_RESENT);
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_DOUBLED, 22), SCORE_DOUBLED);
        assert_int_equal(result_of(score).resends, 1);
        assert_int_equal(result_of(score).doubled, 1);
        assert_int_equal(result_of(score).unexpected, 0);
}

static void test_an_alert_of_an_earlier_run_is_neither_expected_nor_wrong(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        card.raised_time_ms = 999999;
        assert_int_equal(page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 20), SCORE_OLDER);
        assert_int_equal(result_of(score).older, 1);
        assert_int_equal(result_of(score).unexpected, 0);
        assert_true(result_of(score).first_page_s < 0);
}

static void test_an_answer_that_must_come_is_waited_for(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        expect(score, ALERT, true, 0, STORY_TEAM);
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 20);
        page(score, &card, STORY_TEAM, PAGE_NEWS_NEW, 20);
        assert_int_equal(score_open(score), 1);
        score_answered(score, ALERT, "E0001", "sos", STORY_FAMILY, PAGE_CARD_ANSWER_ACCEPT);
        score_answered(score, ALERT, "E0001", "sos", STORY_TEAM, PAGE_CARD_ANSWER_DECLINE);
        assert_int_equal(result_of(score).answers_missing, 1);
        score_answered(score, ALERT, "E0001", "sos", STORY_TEAM, PAGE_CARD_ANSWER_ACCEPT);
        assert_int_equal(score_open(score), 0);
        assert_int_equal(result_of(score).answers_missing, 0);
        assert_int_equal(result_of(score).answered, 2);
}

static void test_latency_runs_from_the_publish_call_to_the_frame(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT);

        expect(score, ALERT, true, 0, 0);
        score_published(score, ALERT, 2000000, 4000);
        score_published(score, ALERT, 2900000, 4900); /* a resend does not restart the clock */
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 2006000);
        page(score, &card, STORY_TEAM, PAGE_NEWS_NEXT_STEP, 9000000); /* not a first page */
        score_answering(score, ALERT);
        page(score, &card, STORY_DESK, PAGE_NEWS_NEW, 9000000); /* caused by an answer */

        assert_int_equal(result_of(score).timed, 1);
        assert_true(result_of(score).p50_ms == 6.0);
        assert_true(result_of(score).parts_ms[0] == 1.0); /* published 4000 -> received 5000 */
        assert_true(result_of(score).parts_ms[1] == 1.0);
        assert_true(result_of(score).parts_ms[2] == 2.0);
        assert_true(result_of(score).parts_ms[3] == 3.0);
        assert_true(result_of(score).parts_ms[4] == 4.0); /* stored 11000 -> seen 15000 */
        assert_true(result_of(score).first_page_s > 2.005 && result_of(score).first_page_s < 2.007);
}

static void test_untimed_and_warm_up_pages_do_not_count_for_the_latency(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT), other = card_of("6f1e0000000000000000000000000002");

        score_warm(score, 5000000);
        expect(score, ALERT, true, 0, 0);
        expect(score, other.alert_id, false, 0, 0);
        score_published(score, ALERT, 4999999, 1);
        score_published(score, other.alert_id, 6000000, 1);
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 5001000);
        page(score, &other, STORY_FAMILY, PAGE_NEWS_NEW, 6001000);
        assert_int_equal(result_of(score).timed, 0);
}

static void test_quantiles_are_samples_that_were_measured(void **state) {
        struct score *score = *state;

        for (int i = 1; i <= 1000; i++) {
                char alert_id[ALERT_ID_BYTES];
                struct page_card card;

                snprintf(alert_id, sizeof(alert_id), "%032x", (unsigned int)i);
                card = card_of(alert_id);
                expect(score, alert_id, true, 0, 0);
                score_published(score, alert_id, 1, 1);
                page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 1 + (int64_t)i * 1000);
        }
        assert_true(result_of(score).p50_ms == 501.0);
        assert_true(result_of(score).p99_ms == 991.0);
        assert_true(result_of(score).p999_ms == 1000.0);
}

static void complaint(void *context, const char *sentence) {
        strcat(context, sentence);
        strcat(context, "\n");
}

static void test_what_is_wrong_is_said_with_names(void **state) {
        struct score *score = *state;
        struct page_card card = card_of(ALERT), stray = card_of("6f1e0000000000000000000000000099");
        char text[2048] = "";

        expect(score, ALERT, true, 0, 0);
        page(score, &card, STORY_FAMILY, PAGE_NEWS_NEW, 20);
        page(score, &stray, STORY_FAMILY, PAGE_NEWS_NEW, 20);
        score_complaints(score, complaint, text, 10);
        assert_non_null(
                strstr(text, "missing: sos of E0001, nobody paged of team or desk, story a story"));
        assert_non_null(strstr(text, "unexpected: sos of E0001 to F0001a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_one_family_member_and_one_of_team_or_desk_make_it_whole),
                TEST(test_an_allowance_for_kills_moves_limits_but_nothing_that_is_forbidden),
                TEST(test_a_page_that_nothing_led_to_is_unexpected),
                TEST(test_a_page_a_story_forbids_is_unexpected),
                TEST(test_a_page_that_comes_too_late_is_missing),
                TEST(test_resends_and_doubled_pages_are_counted_apart),
                TEST(test_an_alert_of_an_earlier_run_is_neither_expected_nor_wrong),
                TEST(test_an_answer_that_must_come_is_waited_for),
                TEST(test_latency_runs_from_the_publish_call_to_the_frame),
                TEST(test_untimed_and_warm_up_pages_do_not_count_for_the_latency),
                TEST(test_quantiles_are_samples_that_were_measured),
                TEST(test_what_is_wrong_is_said_with_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
