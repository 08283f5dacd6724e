/* SPDX-License-Identifier: MIT
 *
 * An alert that was told and closed is not paged again for as long as rules can raise it again. One never told is
 * paged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/intake/take.h"
#include "alerting/journal/response_record.h"
#include "alerting/response/book.h"
#include "alerting/response/told.h"
#include "world.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

static char *id_of(uint64_t n) {
        static char id[ALERT_ID_BYTES];

        snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)(n * 0x9e3779b97f4a7c15u),
                 (unsigned long long)n);
        return id;
}

/* --- the set ----------------------------------------------------------------------------------- */

static void count_id(void *context, int32_t partition, const char *alert_id) {
        ++*(size_t *)context;
}

static void test_each_id_is_known_until_its_time_is_over_and_no_other(void **state) {
        enum { IDS = 5000 };
        struct told *told = NULL;
        size_t gone = 0;

        assert_int_equal(told_new(&told), 0);
        for (uint64_t n = 0; n < IDS; n++)
                assert_int_equal(told_add(told, (int32_t)(n % 3), id_of(n),
                                          WORLD_NOW_MS + (int64_t)(n % 2) * DAY_MS),
                                 0);
        assert_int_equal(told_count(told), IDS);
        assert_false(told_has(told, id_of(IDS)));

        assert_int_equal(
                told_expire(told, WORLD_NOW_MS + TOLD_KEPT_MS - HOUR_MS, IDS, count_id, &gone), 0);
        assert_int_equal(gone, 0);
        assert_int_equal(
                told_expire(told, WORLD_NOW_MS + TOLD_KEPT_MS + HOUR_MS, 100, count_id, &gone), 0);
        assert_int_equal(gone, 100);
        assert_int_equal(
                told_expire(told, WORLD_NOW_MS + TOLD_KEPT_MS + HOUR_MS, IDS, count_id, &gone), 0);
        assert_int_equal(gone, IDS / 2);
        for (uint64_t n = 0; n < IDS; n++)
                assert_int_equal(told_has(told, id_of(n)), n % 2);

        assert_int_equal(told_drop(told, 1), 0);
        for (uint64_t n = 0; n < IDS; n++)
                assert_int_equal(told_has(told, id_of(n)), n % 2 && n % 3 != 1);
        told_free(told);
}

static void read_again(void *context, const char *alert_id, int64_t time_ms) {
        assert_int_equal(told_add(context, 7, alert_id, time_ms), 0);
}

static void test_what_is_listed_and_read_again_is_the_same(void **state) {
        struct told *told = NULL, *again = NULL;

        assert_int_equal(told_new(&told), 0);
        assert_int_equal(told_new(&again), 0);
        for (uint64_t n = 0; n < 100; n++)
                assert_int_equal(told_add(told, (int32_t)(n % 2), id_of(n), WORLD_NOW_MS), 0);
        told_each(told, 1, read_again, again);
        for (uint64_t n = 0; n < 100; n++)
                assert_int_equal(told_has(again, id_of(n)), n % 2);
        told_free(told);
        told_free(again);
}

static void test_what_is_no_id_is_left_out(void **state) {
        struct told *told = NULL;

        assert_int_equal(told_new(&told), 0);
        assert_int_equal(told_add(told, 0, "", WORLD_NOW_MS), 0);
        assert_int_equal(told_add(told, 0, "0123", WORLD_NOW_MS), 0);
        assert_int_equal(told_add(told, 0, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", WORLD_NOW_MS), 0);
        assert_int_equal(told_count(told), 0);
        told_free(told);
}

static void test_the_stored_form_is_read_back_and_no_other_is_taken_for_it(void **state) {
        char *json = NULL;
        size_t bytes = 0;
        int64_t told_ms = 0;

        assert_int_equal(response_record_encode_told(WORLD_NOW_MS, &json, &bytes), 0);
        assert_true(response_record_decode_told(json, bytes, &told_ms));
        assert_int_equal(told_ms, WORLD_NOW_MS);
        free(json);
        assert_false(response_record_decode_told("{\"v\":2,\"told_ms\":1}", 19, &told_ms));
        assert_false(response_record_decode_told("{\"v\":1,\"told_ms\":-1}", 20, &told_ms));
        assert_false(response_record_decode_told("{\"v\":1}", 7, &told_ms));
        assert_false(response_record_decode_told("", 0, &told_ms));
        assert_false(response_record_decode_told("[", 1, &told_ms));
}

/* --- the book ---------------------------------------------------------------------------------- */

struct fixture {
        struct world world;
        struct outcome outcome;
};

static int take(struct fixture *f, unsigned n, int64_t now_ms, struct response **ret) {
        struct alert alert = world_alert(n, WORLD_NOW_MS);

        outcome_clear(&f->outcome);
        return take_once(f->world.book, &f->world.view, &alert, 2, n, now_ms, &f->outcome, ret);
}

/* The desk closes an SOS with a repeat. Then Redis is emptied, and rules read days of events again. */
static void test_a_closed_sos_raised_again_days_later_calls_nobody(void **state) {
        static struct fixture f;
        struct response *response = NULL;
        struct answer close;

        world_init(&f.world);
        assert_int_equal(take(&f, 1, WORLD_NOW_MS, &response), 0);
        assert_int_equal(take(&f, 2, WORLD_NOW_MS + 1000, &response), 0);
        close = world_answer(response, "T1", ANSWER_ACCEPT);
        assert_null(
                response_answer(response, &f.world.view, &close, WORLD_NOW_MS + 5000, &f.outcome));
        close = world_answer(response, "T1", ANSWER_CLOSE);
        assert_null(
                response_answer(response, &f.world.view, &close, WORLD_NOW_MS + 9000, &f.outcome));
        book_settle(f.world.book, response);

        response = book_due(f.world.book, WORLD_NOW_MS + DAY_MS + HOUR_MS);
        assert_non_null(response);
        assert_int_equal(book_retire(f.world.book, response), 0);
        assert_int_equal(book_count(f.world.book), 0);

        assert_int_equal(take(&f, 1, WORLD_NOW_MS + 2 * DAY_MS, &response), TAKE_KNOWN);
        assert_int_equal(take(&f, 2, WORLD_NOW_MS + 2 * DAY_MS, &response), TAKE_KNOWN);
        assert_int_equal(f.outcome.send_count, 0);
        /* An alert that was never told is paged, however late. */
        assert_int_equal(take(&f, 3, WORLD_NOW_MS + 2 * DAY_MS, &response), 0);
        assert_true(f.outcome.send_count > 0);
        world_fini(&f.world);
}

/* Ids of that age are no longer kept, so the alert may have been closed already: only the desk is paged. */
static void test_what_is_older_than_ids_are_kept_is_the_desks_alone(void **state) {
        static struct fixture f;
        struct response *response = NULL;

        world_init(&f.world);
        assert_int_equal(take(&f, 1, WORLD_NOW_MS + TOLD_KEPT_MS - 1, &response), 0);
        assert_non_null(response_page(response, "F1", 0));
        assert_int_equal(take(&f, 1, WORLD_NOW_MS, &response), TAKE_KNOWN);
        book_forget(f.world.book, response);
        assert_int_equal(take(&f, 1, WORLD_NOW_MS + TOLD_KEPT_MS, &response), 0);
        assert_int_equal(response->page_count, 1);
        assert_string_equal(response->pages[0].recipient, "desk-main");
        world_fini(&f.world);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_id_is_known_until_its_time_is_over_and_no_other),
                cmocka_unit_test(test_what_is_listed_and_read_again_is_the_same),
                cmocka_unit_test(test_what_is_no_id_is_left_out),
                cmocka_unit_test(test_the_stored_form_is_read_back_and_no_other_is_taken_for_it),
                cmocka_unit_test(test_a_closed_sos_raised_again_days_later_calls_nobody),
                cmocka_unit_test(test_what_is_older_than_ids_are_kept_is_the_desks_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
