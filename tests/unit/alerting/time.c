/* SPDX-License-Identifier: MIT
 *
 * The wall clock is set, while the process runs or between two processes: no ladder step comes earlier or later for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/act/alerting.h"
#include "alerting/intake/take.h"
#include "alerting/journal/response_record.h"
#include "common/base/clock.h"
#include "world.h"

enum { HOUR_MS = 3600 * 1000, STEP_MS = 45 * 1000 };

/* --- the clocks -------------------------------------------------------------------------------- */

static struct {
        int64_t wall_ms, mono_ms;
        int64_t pause_ms; /* how long the process is stopped, once, before the next reading of the wall clock */
} clocks;

int64_t clock_wall_ms(void) {
        clocks.wall_ms += clocks.pause_ms;
        clocks.mono_ms += clocks.pause_ms;
        clocks.pause_ms = 0;
        return clocks.wall_ms;
}

int64_t clock_wall_us(void) {
        return clock_wall_ms() * 1000;
}

int64_t clock_mono_ms(void) {
        return clocks.mono_ms;
}

int64_t clock_mono_us(void) {
        return clocks.mono_ms * 1000;
}

/* --- fixture ----------------------------------------------------------------------------------- */

struct fixture {
        struct world world;
        struct alerting alerting;
        struct outcome outcome;
        struct response *response;
};

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));
        struct alert alert;

        assert_non_null(f);
        clocks.wall_ms = WORLD_NOW_MS;
        clocks.mono_ms = 1000;
        clocks.pause_ms = 0;
        world_init(&f->world);
        f->alerting.book = f->world.book;
        alert = world_alert(1, alerting_now_ms(&f->alerting));
        assert_int_equal(take_once(f->world.book, &f->world.view, &alert, 0, 0,
                                   alerting_now_ms(&f->alerting), &f->outcome, &f->response),
                         0);
        for (size_t i = 0; i < f->response->page_count; i++)
                f->response->pages[i].reach = PAGE_REACH_RECEIVED;
        book_settle(f->world.book, f->response);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        world_fini(&f->world);
        free(f);
        return 0;
}

static void turn(struct fixture *f, int64_t ms) {
        int64_t now_ms;

        clocks.wall_ms += ms;
        clocks.mono_ms += ms;
        now_ms = alerting_now_ms(&f->alerting);
        while (book_due(f->world.book, now_ms)) {
                outcome_clear(&f->outcome);
                response_tick(f->response, &f->world.view, now_ms, &f->outcome);
                book_settle(f->world.book, f->response);
        }
}

/* Advance both clocks by @ms. The loop reads them twice a second. */
static void pass(struct fixture *f, int64_t ms) {
        turn(f, ms % 500);
        for (int64_t i = 0; i < ms / 500; i++)
                turn(f, 500);
}

/* 10 s have passed since the alert. The first step ends 45 s after it in real time, whatever the wall clock shows. */
static void assert_steps_after_45_s(struct fixture *f) {
        pass(f, STEP_MS - 10 * 1000 - 100);
        assert_int_equal(f->response->step, 0);
        pass(f, 200);
        assert_int_equal(f->response->step, 1);
}

/* --- while it runs ----------------------------------------------------------------------------- */

static void test_a_clock_that_is_set_back_delays_no_step(void **state) {
        struct fixture *f = *state;

        pass(f, 10 * 1000);
        clocks.wall_ms -= HOUR_MS;
        assert_steps_after_45_s(f);
}

static void test_a_clock_that_is_set_forward_brings_no_step_early(void **state) {
        struct fixture *f = *state;

        pass(f, 10 * 1000);
        clocks.wall_ms += HOUR_MS;
        assert_steps_after_45_s(f);
}

static void test_stored_deadlines_are_in_the_wall_time_of_now(void **state) {
        struct fixture *f = *state;

        pass(f, 10 * 1000);
        clocks.wall_ms -= HOUR_MS;
        pass(f, 1000);
        assert_in_range(f->response->step_by_ms, clocks.wall_ms + STEP_MS - 11 * 1000 - 10,
                        clocks.wall_ms + STEP_MS - 11 * 1000 + 10);
}

/* The process is stopped for 20 s between two clock readings: that is not a step of the wall clock. */
static void test_a_pause_is_no_step_of_the_clock(void **state) {
        struct fixture *f = *state;

        pass(f, 10 * 1000);
        clocks.pause_ms = 20 * 1000;
        pass(f, 0);
        pass(f, STEP_MS - 30 * 1000 - 100);
        assert_int_equal(f->response->step, 0);
        pass(f, 200);
        assert_int_equal(f->response->step, 1);
}

/* --- between two processes --------------------------------------------------------------------- */

static struct response *restored(struct fixture *f, int64_t now_ms) {
        struct response *response = NULL;
        char *json = NULL;
        size_t bytes = 0;

        assert_int_equal(response_record_encode(f->response, &json, &bytes), 0);
        assert_int_equal(response_record_decode(&response, json, bytes), 0);
        free(json);
        response_not_from_the_future(response, now_ms);
        return response;
}

static void test_what_a_faster_clock_stored_does_not_stand_still(void **state) {
        struct fixture *f = *state;
        int64_t now_ms = WORLD_NOW_MS - HOUR_MS;
        struct response *response = restored(f, now_ms);

        assert_int_equal(response_next_ms(response), now_ms + STEP_MS);
        response_free(response);
}

static void test_what_was_stored_in_time_stays_as_it_is(void **state) {
        struct fixture *f = *state;
        struct response *response = restored(f, WORLD_NOW_MS + 5000);

        assert_int_equal(response_next_ms(response), WORLD_NOW_MS + STEP_MS);
        response_free(response);
        /* The clock of the machine that stored it may be a little ahead of ours. */
        response = restored(f, WORLD_NOW_MS - 500);
        assert_int_equal(response_next_ms(response), WORLD_NOW_MS + STEP_MS);
        response_free(response);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_a_clock_that_is_set_back_delays_no_step),
                TEST(test_a_clock_that_is_set_forward_brings_no_step_early),
                TEST(test_stored_deadlines_are_in_the_wall_time_of_now),
                TEST(test_a_pause_is_no_step_of_the_clock),
                TEST(test_what_a_faster_clock_stored_does_not_stand_still),
                TEST(test_what_was_stored_in_time_stays_as_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
