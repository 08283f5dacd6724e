/* SPDX-License-Identifier: MIT
 *
 * Ladders on a simulated clock: who is paged, and who instead when a recipient does not receive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/channel/message.h"
#include "life.h"

/* --- the ladder -------------------------------------------------------------------------------- */

static void test_family_and_nearest_team_are_paged_at_once(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(entries(f, OUTCOME_RAISED), 1);
        assert_int_equal(entries(f, OUTCOME_PLANNED), 3);
        assert_true(response_is_owned(f->response));
}

static void test_no_answer_pages_the_next_step_and_the_last_one_repeats(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        pass(f, 44 * 1000);
        assert_nobody_paged(f);
        pass(f, 1000);
        PAGED(f, "T2");
        assert_int_equal(entries(f, OUTCOME_NO_ANSWER), 3);
        assert_int_equal(entries(f, OUTCOME_ESCALATED), 1);
        deliver(f);
        receive(f, "T2");
        pass(f, 45 * 1000);
        PAGED(f, "desk-main");
        deliver(f);
        receive(f, "desk-main");
        for (unsigned attempt = 2; attempt < 10; attempt++) {
                pass(f, 30 * 1000);
                PAGED(f, "desk-main");
                assert_int_equal(f->outcome.sends[0].attempt, attempt);
                deliver(f);
                receive(f, "desk-main");
        }
        assert_int_equal(f->response->page_count, 5);
}

static void test_silence_is_resent_with_the_next_attempt(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "T1");
        pass(f, 1999);
        assert_int_equal(f->outcome.send_count, 0);
        pass(f, 1);
        PAGED(f, "F2");
        assert_int_equal(f->outcome.sends[0].attempt, 2);
        assert_int_equal(f->outcome.sends[0].step, 0);
}

static void test_who_is_not_connected_is_not_resent_but_replaced_after_ten_seconds(void **state) {
        struct fixture *f = *state;

        f->world.away[0] = "T1";
        life_raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        pass(f, 2000);
        assert_nobody_paged(f);
        assert_int_equal(response_next_ms(f->response), WORLD_NOW_MS + RECEIPT_UNREACHED_AFTER_MS);
        pass(f, 8000);
        PAGED(f, "T2");
        assert_int_equal(f->response->step, 0);
        /* T1 may still answer when its pager connects again. */
        receive(f, "T1");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
}

static void test_a_step_nobody_can_answer_is_left_at_once(void **state) {
        struct fixture *f = *state;

        f->world.without_key[0] = "F1";
        f->world.without_key[1] = "F2";
        f->world.without_key[2] = "T1";
        f->world.without_key[3] = "T2";
        f->world.without_key[4] = "T3";
        life_raise(f, 1);
        PAGED(f, "desk-main");
        assert_int_equal(entries(f, OUTCOME_NO_ANSWER), 2); /* both children, "no_key" */
        assert_int_equal(response_next_ms(f->response), f->now_ms + RECEIPT_WITHIN_MS);
}

static void test_a_declining_team_is_replaced_at_once(void **state) {
        struct fixture *f = *state;

        life_raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_DECLINE));
        PAGED(f, "T2");
        deliver(f);
        assert_null(answer(f, "T2", ANSWER_DECLINE));
        PAGED(f, "T3");
        deliver(f);
        assert_null(answer(f, "T3", ANSWER_DECLINE));
        assert_nobody_paged(f); /* family may still answer */
        assert_null(answer(f, "F1", ANSWER_DECLINE));
        assert_nobody_paged(f);
        assert_null(answer(f, "F2", ANSWER_DECLINE));
        PAGED(f, "desk-main"); /* no team is left for step 1 either */
}

static void test_an_unknown_ladder_is_the_desk(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        strcpy(alert.ladder, "sos-nwo");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
}

static void test_an_unknown_elder_is_the_desk(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        f->world.without_key[0] = "T1";
        f->world.without_key[1] = "T2";
        f->world.without_key[2] = "T3";
        strcpy(alert.elder_id, "E404");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
        assert_string_equal(f->response->district, "unknown");
}

/* --- recipients that do not receive ------------------------------------------------------------ */

/* Move E1 to grid-2 and raise its SOS on the ladder "desk-now", which pages the desk only. */
static void raise_at_desk(struct fixture *f) {
        struct alert alert = world_alert(1, f->now_ms);

        world_put(&f->world, "elder/E1",
                  "{\"v\":1,\"id\":\"E1\",\"lat\":30.0,\"lon\":120.1,\"district\":\"grid-2\"}");
        strcpy(alert.ladder, "desk-now");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-grid-2");
        deliver(f);
}

static void test_a_desk_that_does_not_receive_is_stood_in_for_after_ten_seconds(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-grid-2");
        raise_at_desk(f);
        pass(f, RECEIPT_UNREACHED_AFTER_MS - 1);
        assert_nobody_paged(f);
        pass(f, 1);
        PAGED(f, "desk-main");
        deliver(f);
        receive(f, "desk-main");
        /* Both desks are paged again, nobody else, and the absent desk may still answer. */
        pass(f, 20 * 1000);
        PAGED(f, "desk-grid-2", "desk-main");
        assert_true(page_is_shown(f->response, &f->response->pages[0]));
        receive(f, "desk-main");
        receive(f, "desk-grid-2");
        pass(f, 30 * 1000);
        PAGED(f, "desk-grid-2");
}

/* The step (5 s) is shorter than the time for a receipt (10 s). */
static void test_a_short_last_step_does_not_ask_an_absent_desk_for_ever(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        AWAY(f, "desk-main");
        strcpy(alert.ladder, "short");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
        deliver(f);
        pass(f, 5 * 1000);
        /* The next connected desk is paged, too. */
        PAGED(f, "desk-main", "desk-grid-2");
        deliver(f);
        receive(f, "desk-grid-2");
        pass(f, 5 * 1000);
        PAGED(f, "desk-main", "desk-grid-2");
}

static void test_when_no_desk_receives_everybody_who_is_connected_is_called(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-grid-2", "desk-main", "desk-night", "F2", "T2");
        raise_at_desk(f);
        pass(f, RECEIPT_UNREACHED_AFTER_MS);
        PAGED(f, "desk-main", "F1", "T1", "T3");
        assert_int_equal(entries(f, OUTCOME_ESCALATED), 1);
        deliver(f);
        receive(f, "T1");
        /* Everybody is paged again with every step until somebody accepts. */
        pass(f, 20 * 1000);
        PAGED(f, "desk-grid-2", "desk-main", "F1", "T1", "T3");
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
}

static void test_a_desk_that_comes_back_is_asked_alone_again(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-grid-2", "desk-main", "desk-night");
        raise_at_desk(f);
        pass(f, RECEIPT_UNREACHED_AFTER_MS);
        AWAY(f, NULL);
        receive(f, "desk-grid-2"); /* it was shown the open alert when it connected */
        receive(f, "desk-main");
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        receive(f, "T2");
        receive(f, "T3");
        pass(f, 20 * 1000);
        PAGED(f, "desk-grid-2");
}

static void test_a_battery_calls_nobody_but_desks(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        AWAY(f, "desk-grid-2", "desk-main", "desk-night");
        alert.class = ALERT_TECHNICAL;
        strcpy(alert.ladder, "desk-now");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
        pass(f, RECEIPT_UNREACHED_AFTER_MS);
        assert_nobody_paged(f);
        AWAY(f, "desk-grid-2", "desk-main");
        pass(f, 20 * 1000);
        PAGED(f, "desk-main", "desk-night");
}

static void test_an_absent_desk_does_not_hide_what_family_has_accepted(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-main");
        life_raise(f, 1);
        deliver(f);
        receive(f, "F2");
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        PAGED(f, "desk-main");
        deliver(f);
        pass(f, RECEIPT_UNREACHED_AFTER_MS);
        PAGED(f, "desk-grid-2");
        assert_string_equal(f->response->holder, "F1");
        assert_int_equal(f->response->state, RESPONSE_ACKED);
}

/* The alert that ingest writes for an unregistered device or an unreadable alarm. */
static struct alert unclaimed(struct fixture *f, unsigned n, const char *device) {
        struct alert alert = world_alert(n, f->now_ms);

        alert.elder_id[0] = '\0';
        alert.ladder[0] = '\0';
        alert.class = ALERT_TECHNICAL;
        alert.latching = false;
        strcpy(alert.rule_id, "unregistered");
        strcpy(alert.device_id, device);
        strcpy(alert.district, "grid-2");
        alert_id_make(alert.rule_id, device, n, alert.alert_id);
        return alert;
}

static void test_an_alarm_of_nobodys_device_is_the_desk_of_its_district(void **state) {
        struct fixture *f = *state;
        struct alert alert = unclaimed(f, 1, "sos-404");

        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-grid-2");
        assert_string_equal(f->response->district, "grid-2");
        assert_true(response_is_owned(f->response));
        deliver(f);
        receive(f, "desk-grid-2");
        pass(f, 30 * 1000);
        PAGED(f, "desk-grid-2");
        /* A press of another device is a new alert; a second press of the same device is a repeat. */
        alert = unclaimed(f, 2, "sos-405");
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->repeats, 0);
        alert = unclaimed(f, 3, "sos-404");
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->repeats, 1);
}

static void test_a_district_that_is_no_id_is_unknown_and_the_default_desk(void **state) {
        struct fixture *f = *state;
        struct alert alert = unclaimed(f, 1, "sos-404");

        strcpy(alert.district, "grid-2/1");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
        assert_string_equal(f->response->district, "unknown");
}

/* The page names the district, and the elder as soon as the device is in the registry. */
static void test_the_card_of_nobodys_device_says_where_it_is(void **state) {
        struct fixture *f = *state;
        struct alert alert = unclaimed(f, 1, "sos-404");
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(message_encode_page(f->response, &f->response->pages[0], f->world.registry,
                                             1, &json, &bytes),
                         0);
        assert_non_null(strstr(json, "\"device\":\"sos-404\""));
        assert_non_null(strstr(json, "\"elder\":{\"id\":\"\",\"district\":\"grid-2\"}"));
        free(json);
        world_put(&f->world, "device/sos-404",
                  "{\"v\":1,\"id\":\"sos-404\",\"elder\":\"E1\",\"class\":\"sos_button\",\"room\":"
                  "\"bathroom\",\"wearing_position\":\"\",\"profile\":\"\",\"foreign_id\":\"\","
                  "\"heartbeat_s\":0,\"commissioned_time_ms\":1}");
        assert_int_equal(message_encode_page(f->response, &f->response->pages[0], f->world.registry,
                                             1, &json, &bytes),
                         0);
        assert_non_null(strstr(json, "\"address\":\"3-201\""));
        assert_non_null(strstr(json, "\"room\":\"bathroom\""));
        free(json);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_family_and_nearest_team_are_paged_at_once),
                TEST(test_no_answer_pages_the_next_step_and_the_last_one_repeats),
                TEST(test_silence_is_resent_with_the_next_attempt),
                TEST(test_who_is_not_connected_is_not_resent_but_replaced_after_ten_seconds),
                TEST(test_a_step_nobody_can_answer_is_left_at_once),
                TEST(test_a_declining_team_is_replaced_at_once),
                TEST(test_an_unknown_ladder_is_the_desk),
                TEST(test_an_unknown_elder_is_the_desk),
                TEST(test_a_desk_that_does_not_receive_is_stood_in_for_after_ten_seconds),
                TEST(test_a_short_last_step_does_not_ask_an_absent_desk_for_ever),
                TEST(test_when_no_desk_receives_everybody_who_is_connected_is_called),
                TEST(test_a_desk_that_comes_back_is_asked_alone_again),
                TEST(test_a_battery_calls_nobody_but_desks),
                TEST(test_an_absent_desk_does_not_hide_what_family_has_accepted),
                TEST(test_an_alarm_of_nobodys_device_is_the_desk_of_its_district),
                TEST(test_a_district_that_is_no_id_is_unknown_and_the_default_desk),
                TEST(test_the_card_of_nobodys_device_says_where_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
