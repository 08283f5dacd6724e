/* SPDX-License-Identifier: MIT
 *
 * The require() checks of alerting. Each catches a bug that would page the wrong person, or nobody; the program ends
 * instead.
 */
#include "tests/unit/common/dies.h"

#include <stdlib.h>

#include "alerting/act/decision.h"
#include "alerting/act/tell.h"
#include "alerting/base/stats.h"
#include "alerting/journal/ledger_record.h"
#include "alerting/journal/response_record.h"
#include "alerting/response/climb.h"
#include "alerting/response/owed.h"
#include "alerting/response/raise.h"
#include "fake.h"

/* --- a page is sent only after it is stored ---------------------------------------------------- */

static void tell_first_page(void *context) {
        struct response *response = context;

        tell_page(&fake.alerting, response, &response->pages[0], fake.alerting.sent);
}

static void test_a_page_that_is_not_written_is_not_sent(void **state) {
        struct response *response = press(1);

        dies_with(tell_first_page, response, "attempt 1 is sent, 0 is written");
        all_written();
        response->pages[0].attempt++; /* as a planned resend does */
        dies_with(tell_first_page, response, "attempt 2 is sent, 1 is written");
}

static void submit(void *context) {
        fake.alerting.outcome->changed = true;
        (void)decision_submit(&fake.alerting, context, fake.alerting.outcome, -1);
}

static void skip_record(void *context) {
        (void)decision_skip(&fake.alerting, 0, 7);
}

static void test_nothing_is_written_to_a_partition_of_others(void **state) {
        struct response *response = press(1);

        fake.is_others = true;
        dies_with(submit, response, "partition 0 is another's: alert ");
        dies_with(skip_record, NULL, "partition 0 is another's: alert ");
}

static void begin_outcome(void *context) {
        outcome_begin(context);
}

static void end_outcome(void *context) {
        outcome_end(context);
}

static void test_an_outcome_belongs_to_one_call_at_a_time(void **state) {
        struct outcome *outcome = fake.alerting.outcome;

        outcome_clear(outcome);
        outcome_begin(outcome);
        dies_with(begin_outcome, outcome, "is in use");
        outcome_end(outcome);
        dies_with(end_outcome, outcome, "nobody has begun");
        outcome_begin(outcome);
        outcome_end(outcome);
}

static void decide_earlier(void *context) {
        struct response *response = context;

        (void)owed_add(response, fake.alerting.outcome, response->seq);
}

static void test_a_decision_has_a_higher_number_than_the_one_before(void **state) {
        dies_with(decide_earlier, press(1), "decision 1 after 1");
}

/* Not a require(): the bytes come from Kafka. */
static void test_a_number_that_no_decision_has_is_read_back_as_the_highest(void **state) {
        const char record[] = "{\"ledger_id\":\"a/1\",\"seq\":9223372036854775807}";
        struct response *response = press(1), *again = NULL;
        int64_t seq = 0, n = 0;
        char *json = NULL;
        size_t bytes = 0;

        response->seq = INT64_MAX;
        response->owed_count = 0;
        assert_int_equal(response_record_encode(response, &json, &bytes), 0);
        assert_int_equal(response_record_decode(&again, json, bytes), 0);
        assert_true(again->seq == OWED_SEQ_MAX);
        assert_int_equal(owed_add(again, fake.alerting.outcome, OWED_SEQ_MAX + 1), 0);
        assert_true(ledger_record_read(record, strlen(record), &seq, &n));
        assert_true(seq == OWED_SEQ_MAX);
        response_free(again);
        free(json);
}

/* --- a closed alert does not change ------------------------------------------------------------ */

static void ask(void *context) {
        climb_ask(context, &fake.alerting.view, "F2", ROLE_FAMILY, fake.now_ms,
                  fake.alerting.outcome);
}

static void begin_again(void *context) {
        climb_to(context, &fake.alerting.view, 0, fake.now_ms, fake.alerting.outcome);
}

static void close_again(void *context) {
        climb_close(context, "T1", ROLE_TEAM, "real", "closed", fake.now_ms, fake.alerting.outcome);
}

static void repeat(void *context) {
        struct alert alert = world_alert(2, fake.now_ms);

        response_repeat(context, &fake.alerting.view, &alert, fake.now_ms, fake.alerting.outcome);
}

static void test_a_closed_response_does_nothing_more(void **state) {
        struct response *response = press(1);

        all_written();
        say(response, "T1", ANSWER_ACCEPT);
        say(response, "T1", ANSWER_CLOSE);
        assert_int_equal(response->state, RESPONSE_CLOSED);
        dies_with(ask, response, "is closed and asks, step 0");
        dies_with(begin_again, response, "is closed and climbs, step 0");
        dies_with(close_again, response, "is closed and closes, step 0");
        dies_with(repeat, response, "is closed: ");
}

static void raise_again(void *context) {
        struct alert alert = world_alert(2, fake.now_ms);

        response_raise(context, &fake.alerting.view, &alert, fake.now_ms, fake.alerting.outcome);
}

static void test_an_alert_is_raised_in_a_fresh_response(void **state) {
        dies_with(raise_again, press(1), "with 3 pages");
}

/* --- responses and the book -------------------------------------------------------------------- */

static void settle(void *context) {
        book_settle(fake.world.book, context);
}

static void add(void *context) {
        (void)book_add(fake.world.book, 0, context);
}

static void test_only_what_is_in_the_book_has_a_place_there(void **state) {
        struct response *response = press(1), *other = NULL;

        assert_int_equal(response_new(&other), 0);
        other->alert = response->alert;
        dies_with(settle, other, "is not in the book, or as another");
        dies_with(add, other, "is in the book already");
        other->alert.alert_id[0] ^= 1;
        dies_with(settle, other, "is not in the book, or as another");
        response_free(other);
}

/* --- names ------------------------------------------------------------------------------------- */

static void name_state(void *context) {
        (void)response_state_name((enum response_state)(RESPONSE_CLOSED + 1));
}

static void name_role(void *context) {
        (void)role_name(ROLE_COUNT);
}

static void test_there_is_no_other_state_and_no_other_role(void **state) {
        dies_with(name_state, NULL, "response in state 5");
        dies_with(name_role, NULL, "role 5");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_a_page_that_is_not_written_is_not_sent),
                TEST(test_nothing_is_written_to_a_partition_of_others),
                TEST(test_an_outcome_belongs_to_one_call_at_a_time),
                TEST(test_a_decision_has_a_higher_number_than_the_one_before),
                TEST(test_a_number_that_no_decision_has_is_read_back_as_the_highest),
                TEST(test_a_closed_response_does_nothing_more),
                TEST(test_an_alert_is_raised_in_a_fresh_response),
                TEST(test_only_what_is_in_the_book_has_a_place_there),
                TEST(test_there_is_no_other_state_and_no_other_role),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
