/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/channel/message.h"
#include "alerting/intake/take.h"
#include "alerting/journal/state.h"
#include "alerting/response/response.h"
#include "world.h"

struct fixture {
        struct world world;
        struct outcome outcome;
        struct response *response; /* the book's */
        int64_t now_ms;
        int64_t offset;
};

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        world_init(&f->world);
        f->now_ms = WORLD_NOW_MS;
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        world_fini(&f->world);
        free(f);
        return 0;
}

/* --- what a test says -------------------------------------------------------------------------- */

static int take(struct fixture *f, const struct alert *alert) {
        outcome_clear(&f->outcome);
        return take_once(f->world.book, &f->world.view, alert, 0, f->offset++, f->now_ms,
                         &f->outcome, &f->response);
}

static void raise(struct fixture *f, unsigned n) {
        struct alert alert = world_alert(n, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
}

/* Hand over what was planned, as the loop does once it is stored. */
static void deliver(struct fixture *f) {
        struct outcome out;

        outcome_clear(&out);
        for (size_t i = 0; i < f->outcome.send_count; i++) {
                const struct send *send = &f->outcome.sends[i];

                if (send->type == SEND_PAGE &&
                    f->world.view.is_connected(&f->world, send->recipient))
                        response_sent(f->response, send->recipient, send->step, f->now_ms, &out);
        }
}

static const char *answer(struct fixture *f, const char *recipient, enum answer_type type) {
        struct answer said = world_answer(f->response, recipient, type);
        const char *why;

        outcome_clear(&f->outcome);
        why = response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome);
        book_settle(f->world.book, f->response);
        return why;
}

static void receive(struct fixture *f, const char *recipient) {
        assert_null(answer(f, recipient, ANSWER_RECEIVED));
}

static void pass(struct fixture *f, int64_t ms) {
        f->now_ms += ms;
        outcome_clear(&f->outcome);
        response_tick(f->response, &f->world.view, f->now_ms, &f->outcome);
        book_settle(f->world.book, f->response);
}

static size_t sends(const struct fixture *f, enum send_type type, const char *recipient) {
        size_t count = 0;

        for (size_t i = 0; i < f->outcome.send_count; i++)
                count += f->outcome.sends[i].type == type &&
                         strcmp(f->outcome.sends[i].recipient, recipient) == 0;
        return count;
}

static size_t entries(const struct fixture *f, enum ledger_type type) {
        size_t count = 0;

        for (size_t i = 0; i < f->outcome.entry_count; i++)
                count += f->outcome.entries[i].type == type;
        return count;
}

/* Pages sent now, to exactly these. */
static void assert_paged(const struct fixture *f, const char *const *recipients) {
        size_t count = 0;

        for (; *recipients; recipients++) {
                assert_int_equal(sends(f, SEND_PAGE, *recipients), 1);
                count++;
        }
        for (size_t i = 0; i < f->outcome.send_count; i++)
                count -= f->outcome.sends[i].type == SEND_PAGE;
        assert_int_equal(count, 0);
}

#define PAGED(f, ...) assert_paged(f, (const char *const[]){__VA_ARGS__, NULL})

static void assert_nobody_paged(const struct fixture *f) {
        for (size_t i = 0; i < f->outcome.send_count; i++)
                assert_int_not_equal(f->outcome.sends[i].type, SEND_PAGE);
}

/* --- the ladder -------------------------------------------------------------------------------- */

static void test_family_and_nearest_team_are_paged_at_once(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(entries(f, LEDGER_RAISED), 1);
        assert_int_equal(entries(f, LEDGER_PLANNED), 3);
        assert_true(response_is_owned(f->response));
}

static void test_no_answer_pages_the_next_step_and_the_last_one_repeats(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        pass(f, 44 * 1000);
        assert_nobody_paged(f);
        pass(f, 1000);
        PAGED(f, "T2");
        assert_int_equal(entries(f, LEDGER_NO_ANSWER), 3);
        assert_int_equal(entries(f, LEDGER_ESCALATED), 1);
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

        raise(f, 1);
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
        raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        pass(f, 2000);
        assert_nobody_paged(f);
        assert_int_equal(response_next_ms(f->response), WORLD_NOW_MS + UNREACHED_AFTER_MS);
        pass(f, 8000);
        PAGED(f, "T2");
        assert_int_equal(f->response->step, 0);
        /* And T1 may still answer when the pager comes back. */
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
        raise(f, 1);
        PAGED(f, "desk-main");
        assert_int_equal(entries(f, LEDGER_NO_ANSWER), 2); /* both children, "no_key" */
        assert_int_equal(response_next_ms(f->response), f->now_ms + RECEIVED_WITHIN_MS);
}

static void test_a_declining_team_is_replaced_at_once(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
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

/* --- who does not receive ---------------------------------------------------------------------- */

/* An SOS of E1 on the ladder of the desk alone, E1 being in grid-2. */
static void raise_at_desk(struct fixture *f) {
        struct alert alert = world_alert(1, f->now_ms);

        world_put(&f->world, "elder/E1",
                  "{\"v\":1,\"id\":\"E1\",\"lat\":30.0,\"lon\":120.1,\"district\":\"grid-2\"}");
        strcpy(alert.ladder, "desk-now");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-grid-2");
        deliver(f);
}

static void away(struct fixture *f, const char *const *ids) {
        size_t count = 0;

        for (; *ids; ids++)
                f->world.away[count++] = *ids;
        f->world.away[count] = NULL;
}

#define AWAY(f, ...) away(f, (const char *const[]){__VA_ARGS__, NULL})

static void test_a_desk_that_does_not_receive_is_stood_in_for_after_ten_seconds(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-grid-2");
        raise_at_desk(f);
        pass(f, UNREACHED_AFTER_MS - 1);
        assert_nobody_paged(f);
        pass(f, 1);
        PAGED(f, "desk-main");
        deliver(f);
        receive(f, "desk-main");
        /* Both are asked again, nobody else, and the absent desk may still answer. */
        pass(f, 20 * 1000);
        PAGED(f, "desk-grid-2", "desk-main");
        assert_true(page_is_shown(f->response, &f->response->pages[0]));
        receive(f, "desk-main");
        receive(f, "desk-grid-2");
        pass(f, 30 * 1000);
        PAGED(f, "desk-grid-2");
}

/* A step that is shorter than the ten seconds of a receipt: case live-04. */
static void test_a_short_last_step_does_not_ask_an_absent_desk_for_ever(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        AWAY(f, "desk-main");
        strcpy(alert.ladder, "short");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
        deliver(f);
        pass(f, 5 * 1000);
        /* The next desk that is connected. */
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
        pass(f, UNREACHED_AFTER_MS);
        PAGED(f, "desk-main", "F1", "T1", "T3");
        assert_int_equal(entries(f, LEDGER_ESCALATED), 1);
        deliver(f);
        receive(f, "T1");
        /* Loudly: until somebody accepts, with every step. */
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
        pass(f, UNREACHED_AFTER_MS);
        AWAY(f, NULL);
        receive(f, "desk-grid-2"); /* shown what is open when it connected */
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
        pass(f, UNREACHED_AFTER_MS);
        assert_nobody_paged(f);
        AWAY(f, "desk-grid-2", "desk-main");
        pass(f, 20 * 1000);
        PAGED(f, "desk-main", "desk-night");
}

static void test_an_absent_desk_does_not_hide_what_family_has_accepted(void **state) {
        struct fixture *f = *state;

        AWAY(f, "desk-main");
        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        PAGED(f, "desk-main");
        deliver(f);
        pass(f, UNREACHED_AFTER_MS);
        PAGED(f, "desk-grid-2");
        assert_string_equal(f->response->holder, "F1");
        assert_int_equal(f->response->state, RESPONSE_ACKED);
}

/* As ingest writes it: a device that is in no registry, or an alarm that could not be read. */
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
        /* Another device is another alert; the same one pressed again is not. */
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

/* The card of the desk says where to look; whose it is, once the registry knows. */
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

/* --- answers ----------------------------------------------------------------------------------- */

static void test_accept_stops_the_ladder_and_stands_the_others_down(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(sends(f, SEND_STAND_DOWN, "F1"), 1);
        assert_int_equal(sends(f, SEND_STAND_DOWN, "F2"), 1);
        assert_int_equal(sends(f, SEND_STAND_DOWN, "T1"), 0);
        assert_int_equal(response_next_ms(f->response), f->now_ms + 20 * 60 * 1000);
        pass(f, 19 * 60 * 1000);
        assert_int_equal(f->outcome.send_count, 0);
}

static void test_one_answer_is_taken_once_however_often_it_is_said(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
}

static void test_the_second_to_accept_is_told_who_holds_it(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(answer(f, "F1", ANSWER_ACCEPT), "held");
        assert_string_equal(f->response->holder, "T1");
}

/* T1 comes back after T2 was asked in its place: whoever accepts first goes. */
static void test_a_second_team_does_not_take_it_from_the_first(void **state) {
        struct fixture *f = *state;

        AWAY(f, "T1");
        raise(f, 1);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        pass(f, UNREACHED_AFTER_MS);
        PAGED(f, "T2");
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(answer(f, "T2", ANSWER_ACCEPT), "held");
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->outcome.entry_count, 0);
}

static void test_family_accept_shows_the_desk_and_a_team_may_take_over(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_ACKED);
        PAGED(f, "desk-main");
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
        assert_int_equal(sends(f, SEND_UPDATE, "F1"),
                         1); /* on the way already: told, not sent home */
        assert_int_equal(sends(f, SEND_STAND_DOWN, "desk-main"), 1);
}

static void test_missed_arrival_goes_on_with_the_next_step(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        pass(f, 20 * 60 * 1000);
        assert_int_equal(entries(f, LEDGER_MISSED_ARRIVAL), 1);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        PAGED(f, "T2");
        assert_int_equal(sends(f, SEND_UPDATE, "T1"), 1);
        /* Late, but there: the ladder rests. */
        assert_null(answer(f, "T1", ANSWER_ARRIVE));
        assert_int_equal(f->response->state, RESPONSE_ON_SCENE);
        assert_int_equal(response_next_ms(f->response) != 0, 1); /* T2's receipt is still owed */
        assert_true(response_is_owned(f->response));
}

static void test_a_holder_who_cannot_come_after_all_is_replaced_at_once(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_DECLINE));
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        PAGED(f, "T2");
        /* And may change their mind once more. */
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_string_equal(f->response->holder, "T1");
}

static void test_arrive_and_close_end_it(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_string_equal(answer(f, "T1", ANSWER_ARRIVE), "not_accepted");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_null(answer(f, "T1", ANSWER_ARRIVE));
        assert_int_equal(f->response->state, RESPONSE_ON_SCENE);
        assert_int_equal(response_next_ms(f->response), 0);
        assert_true(response_is_owned(f->response));
        assert_null(answer(f, "T1", ANSWER_CLOSE));
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
        assert_string_equal(f->response->reason, "real");
        assert_null(answer(f, "T1", ANSWER_CLOSE)); /* said again: stored again */
        assert_string_equal(answer(f, "T1", ANSWER_DECLINE), "closed");
        assert_int_equal(response_next_ms(f->response), f->now_ms + CLOSED_KEPT_MS);
}

static void test_only_desk_and_accepted_team_may_close_and_must_say_why(void **state) {
        struct fixture *f = *state;
        struct answer said;

        raise(f, 1);
        deliver(f);
        assert_string_equal(answer(f, "F1", ANSWER_CLOSE), "role");
        assert_string_equal(answer(f, "T1", ANSWER_CLOSE), "not_accepted");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        said = world_answer(f->response, "T1", ANSWER_CLOSE);
        said.reason[0] = '\0';
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "no_reason");
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
}

static void test_a_forged_answer_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct answer said;

        raise(f, 1);
        deliver(f);
        outcome_clear(&f->outcome);

        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        strcpy(said.recipient, "F1"); /* F1's key, T1's page */
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "recipient");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.nonce[3] ^= 1;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "nonce");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.attempt++;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "unknown_page");
        said = world_answer(f->response, "T1", ANSWER_ACCEPT);
        said.step = 7;
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "unknown_page");
        said = world_answer(f->response, "F1", ANSWER_CLOSE);
        said.role = ROLE_DESK; /* a key whose role was changed after the page */
        assert_string_equal(
                response_answer(f->response, &f->world.view, &said, f->now_ms, &f->outcome),
                "role");
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
}

/* --- repeats, ends ----------------------------------------------------------------------------- */

static void test_the_same_record_twice_is_one_alert(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        assert_int_equal(book_count(f->world.book), 1);
}

/* Kafka gives what it gave before when a partition comes back: only what is new is acted on. */
static void test_a_transition_read_twice_is_taken_once(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);
        int64_t offset;

        assert_int_equal(take(f, &alert), 0);
        alert.transition = ALERT_SEVERITY_CHANGED;
        alert.severity = SEVERITY_MINOR;
        offset = f->offset;
        assert_int_equal(take(f, &alert), 0);
        alert.severity = SEVERITY_CRITICAL;
        assert_int_equal(take(f, &alert), 0);
        alert.severity = SEVERITY_MINOR;
        f->offset = offset;
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        assert_int_equal(f->outcome.entry_count, 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->alert.severity, SEVERITY_CRITICAL);
}

static void test_a_second_press_is_counted_and_told_but_not_paged_at_once(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        f->now_ms += 10 * 1000;
        raise(f, 2);
        assert_int_equal(book_count(f->world.book), 1);
        assert_int_equal(f->response->repeats, 1);
        assert_nobody_paged(f);
        assert_int_equal(sends(f, SEND_UPDATE, "F1"), 1);
        assert_int_equal(sends(f, SEND_UPDATE, "T1"), 1);
        assert_int_equal(entries(f, LEDGER_REPEATED), 1);
        /* The folded record is known as well. */
        struct alert again = world_alert(2, f->now_ms);

        assert_int_equal(take(f, &again), TAKE_KNOWN);
}

static void test_a_press_during_an_open_drill_is_an_alert_of_its_own(void **state) {
        struct fixture *f = *state;
        struct alert drill = world_alert(1, f->now_ms);

        drill.drill = true;
        assert_int_equal(take(f, &drill), 0);
        deliver(f);
        raise(f, 2);
        assert_int_equal(book_count(f->world.book), 2);
        assert_false(f->response->alert.drill);
        assert_int_equal(f->response->repeats, 0);
        assert_int_equal(sends(f, SEND_PAGE, "F1"), 1);
}

static void test_a_press_long_after_the_accept_pages_again(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        f->now_ms += PAGE_AGAIN_AFTER_MS;
        raise(f, 2);
        assert_nobody_paged(f);
        f->now_ms += 1;
        raise(f, 3);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(f->outcome.sends[f->outcome.send_count - 1].step, 1);
}

static void test_a_press_while_only_family_has_it_pages_again(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        deliver(f);
        assert_null(answer(f, "F1", ANSWER_ACCEPT));
        raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static struct alert vital(struct fixture *f, unsigned n, enum severity severity) {
        struct alert alert = world_alert(n, f->now_ms);

        strcpy(alert.rule_id, "heart-rate-high");
        alert.class = ALERT_VITAL;
        alert.latching = false;
        alert.severity = severity;
        alert_id_make(alert.rule_id, alert.elder_id, n, alert.alert_id);
        return alert;
}

/* Taken an hour before it reached us. */
static struct alert buffered(struct alert alert) {
        alert.event_time_ms = alert.received_time_ms - 60 * 60 * 1000;
        alert.late_ms = 60 * 60 * 1000;
        return alert;
}

static void test_what_is_long_past_is_told_to_the_desk_alone(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(vital(f, 1, SEVERITY_CRITICAL));

        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "desk-main");
}

static void test_an_sos_from_a_buffer_still_calls_everybody(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(world_alert(1, f->now_ms));

        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
}

static void test_when_it_was_we_who_were_late_everybody_is_called(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_CRITICAL);

        alert.event_time_ms -= 60 * 60 * 1000;
        alert.received_time_ms = alert.event_time_ms + 300;
        alert.late_ms = 60 * 60 * 1000;
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_live_one_after_one_long_past_calls_everybody(void **state) {
        struct fixture *f = *state;
        struct alert alert = buffered(vital(f, 1, SEVERITY_CRITICAL));

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        assert_null(answer(f, "desk-main", ANSWER_ACCEPT));
        alert = vital(f, 2, SEVERITY_CRITICAL);
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->alert.late_ms, 0);
}

static void test_cleared_ends_a_minor_alert_but_not_a_critical_one(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_MAJOR);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CLEARED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
        assert_int_equal(sends(f, SEND_STAND_DOWN, "T1"), 1);

        alert = vital(f, 2, SEVERITY_CRITICAL);
        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CLEARED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_false(f->response->active);
        assert_int_equal(sends(f, SEND_UPDATE, "T1"), 1);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        pass(f, 45 * 1000);
        PAGED(f, "T2");
}

/* Promise 11: an all-clear from a device never closes or quiets an alert of life safety. */
static void test_a_button_that_cancels_quiets_nobody_and_the_desk_is_told(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        receive(f, "F1");
        receive(f, "F2");
        receive(f, "T1");
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_int_equal(entries(f, LEDGER_CANCELLED), 1);
        assert_int_equal(entries(f, LEDGER_STAND_DOWN), 0);
        assert_int_equal(sends(f, SEND_UPDATE, "F1"), 1);
        assert_int_equal(sends(f, SEND_UPDATE, "T1"), 1);
        PAGED(f, "desk-main");
        deliver(f);
        receive(f, "desk-main");
        /* The ladder goes on, and an accept counts. */
        pass(f, 45 * 1000);
        PAGED(f, "T2");
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        /* A real fall after the false one is a real fall. */
        raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_card_shown_after_the_cancel_says_so(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(message_encode_page(f->response, &f->response->pages[3], f->world.registry,
                                             1, &json, &bytes),
                         0);
        assert_non_null(strstr(json, "\"recipient\":\"desk-main\""));
        assert_non_null(strstr(json, "\"cancelled\":true"));
        free(json);
}

static void test_who_holds_it_is_told_of_the_cancel_and_nobody_else_is_paged(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        assert_int_equal(take(f, &alert), 0);
        deliver(f);
        assert_null(answer(f, "T1", ANSWER_ACCEPT));
        alert.transition = ALERT_CANCELLED;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->state, RESPONSE_DISPATCHED);
        assert_int_equal(sends(f, SEND_UPDATE, "T1"), 1);
        assert_nobody_paged(f);
}

static void test_worse_with_another_ladder_pages_at_once(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_MINOR);

        strcpy(alert.ladder, "check-in");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1");
        deliver(f);
        alert.transition = ALERT_SEVERITY_CHANGED;
        alert.severity = SEVERITY_CRITICAL;
        strcpy(alert.ladder, "sos-now");
        assert_int_equal(take(f, &alert), 0);
        PAGED(f, "F1", "F2", "T1");
        assert_int_equal(f->response->alert.severity, SEVERITY_CRITICAL);
}

static void test_shadow_pages_nobody_and_is_remembered(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms);

        alert.shadow = true;
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(entries(f, LEDGER_SUPPRESSED), 1);
        assert_int_equal(take(f, &alert), TAKE_KNOWN);
        /* And hides no real one. */
        raise(f, 2);
        PAGED(f, "F1", "F2", "T1");
}

static void test_without_a_ladder_it_is_shown_only_and_leaves_after_a_day(void **state) {
        struct fixture *f = *state;
        struct alert alert = vital(f, 1, SEVERITY_INFO);

        alert.ladder[0] = '\0';
        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->outcome.send_count, 0);
        assert_int_equal(f->response->state, RESPONSE_UNACKED);
        assert_true(response_is_owned(f->response));
        pass(f, FEED_ONLY_FOR_MS);
        assert_int_equal(f->response->state, RESPONSE_CLOSED);
}

static void test_what_waited_for_us_is_marked_late(void **state) {
        struct fixture *f = *state;
        struct alert alert = world_alert(1, f->now_ms - 15 * 60 * 1000);

        assert_int_equal(take(f, &alert), 0);
        assert_int_equal(f->response->alert.late_ms, 15 * 60 * 1000);
        PAGED(f, "F1", "F2", "T1");
}

static void test_a_plan_stored_late_leaves_people_their_time(void **state) {
        struct fixture *f = *state;

        raise(f, 1);
        f->now_ms += 60 * 1000; /* Kafka was away */
        response_stored(f->response, &f->world.view, f->now_ms);
        deliver(f);
        pass(f, 2000);
        assert_int_equal(entries(f, LEDGER_NO_ANSWER), 0);
        assert_int_equal(f->response->step_by_ms, f->now_ms + 43 * 1000);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
                TEST(test_accept_stops_the_ladder_and_stands_the_others_down),
                TEST(test_one_answer_is_taken_once_however_often_it_is_said),
                TEST(test_the_second_to_accept_is_told_who_holds_it),
                TEST(test_a_second_team_does_not_take_it_from_the_first),
                TEST(test_a_transition_read_twice_is_taken_once),
                TEST(test_family_accept_shows_the_desk_and_a_team_may_take_over),
                TEST(test_missed_arrival_goes_on_with_the_next_step),
                TEST(test_a_holder_who_cannot_come_after_all_is_replaced_at_once),
                TEST(test_arrive_and_close_end_it),
                TEST(test_only_desk_and_accepted_team_may_close_and_must_say_why),
                TEST(test_a_forged_answer_changes_nothing),
                TEST(test_the_same_record_twice_is_one_alert),
                TEST(test_a_second_press_is_counted_and_told_but_not_paged_at_once),
                TEST(test_a_press_during_an_open_drill_is_an_alert_of_its_own),
                TEST(test_a_press_long_after_the_accept_pages_again),
                TEST(test_a_press_while_only_family_has_it_pages_again),
                TEST(test_what_is_long_past_is_told_to_the_desk_alone),
                TEST(test_an_sos_from_a_buffer_still_calls_everybody),
                TEST(test_when_it_was_we_who_were_late_everybody_is_called),
                TEST(test_a_live_one_after_one_long_past_calls_everybody),
                TEST(test_cleared_ends_a_minor_alert_but_not_a_critical_one),
                TEST(test_a_button_that_cancels_quiets_nobody_and_the_desk_is_told),
                TEST(test_a_card_shown_after_the_cancel_says_so),
                TEST(test_who_holds_it_is_told_of_the_cancel_and_nobody_else_is_paged),
                TEST(test_worse_with_another_ladder_pages_at_once),
                TEST(test_shadow_pages_nobody_and_is_remembered),
                TEST(test_without_a_ladder_it_is_shown_only_and_leaves_after_a_day),
                TEST(test_what_waited_for_us_is_marked_late),
                TEST(test_a_plan_stored_late_leaves_people_their_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
