/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/steady_clock.h"

#define MORNING INT64_C(1790000000000)

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, TURN_MS = 50 };

struct host {
        struct steady_clock clock;
        int64_t wall_ms, mono_ms;
};

static int64_t read_now(struct host *host) {
        return steady_clock_ms(&host->clock, host->wall_ms, host->mono_ms);
}

static struct host host_up(void) {
        struct host host = {.wall_ms = MORNING, .mono_ms = 7 * HOUR};

        assert_int_equal(read_now(&host), MORNING);
        return host;
}

/* Advance both clocks by @ms, reading them as often as a loop does. Return: how far the steady clock advanced. */
static int64_t pass(struct host *host, int64_t ms) {
        int64_t from_ms = read_now(host), before_ms = from_ms;

        for (int64_t i = 0; i < ms; i += TURN_MS) {
                host->wall_ms += TURN_MS;
                host->mono_ms += TURN_MS;
                assert_true(read_now(host) >= before_ms);
                before_ms = read_now(host);
        }
        return before_ms - from_ms;
}

static void test_it_is_the_wall_clock_while_nobody_sets_that(void **state) {
        struct host host = host_up();

        assert_int_equal(pass(&host, 3 * HOUR), 3 * HOUR);
        assert_int_equal(read_now(&host), host.wall_ms);
        assert_int_equal(steady_clock_ahead_ms(&host.clock), 0);
}

static void test_a_wall_clock_set_back_delays_a_minute_by_less_than_a_second(void **state) {
        struct host host = host_up();
        int64_t before_ms = read_now(&host);

        host.wall_ms -= HOUR;
        assert_int_equal(read_now(&host), before_ms);
        assert_in_range(pass(&host, MINUTE), MINUTE - SECOND, MINUTE);
        assert_in_range(steady_clock_ahead_ms(&host.clock), HOUR - SECOND, HOUR);
}

static void test_a_wall_clock_set_forward_shortens_a_minute_by_less_than_a_second(void **state) {
        struct host host = host_up();
        int64_t before_ms = read_now(&host);

        host.wall_ms += HOUR;
        assert_int_equal(read_now(&host), before_ms);
        assert_in_range(pass(&host, MINUTE), MINUTE, MINUTE + SECOND);
}

static void test_it_is_with_the_wall_clock_again_after_a_hundred_times_the_step(void **state) {
        struct host host = host_up();

        host.wall_ms -= MINUTE;
        (void)pass(&host, 50 * MINUTE);
        assert_int_not_equal(steady_clock_ahead_ms(&host.clock), 0);
        (void)pass(&host, 51 * MINUTE);
        assert_int_equal(read_now(&host), host.wall_ms);

        host.wall_ms += MINUTE;
        (void)pass(&host, 101 * MINUTE);
        assert_int_equal(read_now(&host), host.wall_ms);
        assert_int_equal(pass(&host, HOUR), HOUR);
}

static void test_a_step_that_is_taken_back_leaves_no_trace(void **state) {
        struct host host = host_up();

        host.wall_ms += HOUR;
        (void)pass(&host, SECOND);
        host.wall_ms -= HOUR;
        assert_in_range(read_now(&host), host.wall_ms, host.wall_ms + 10);
        (void)pass(&host, 2 * SECOND);
        assert_int_equal(read_now(&host), host.wall_ms);
}

static void test_a_loop_that_did_not_turn_for_long_finds_the_time_that_has_passed(void **state) {
        struct host host = host_up();

        host.wall_ms += HOUR;
        host.mono_ms += HOUR;
        assert_int_equal(read_now(&host), MORNING + HOUR);
}

static void test_times_leave_and_enter_as_wall_time(void **state) {
        struct host host = host_up();
        int64_t due_ms = read_now(&host) + MINUTE;

        assert_int_equal(steady_clock_to_wall_ms(&host.clock, due_ms), host.wall_ms + MINUTE);
        host.wall_ms -= HOUR;
        (void)read_now(&host);
        assert_int_equal(steady_clock_to_wall_ms(&host.clock, due_ms), host.wall_ms + MINUTE);
        assert_int_equal(steady_clock_from_wall_ms(&host.clock, host.wall_ms + MINUTE), due_ms);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_it_is_the_wall_clock_while_nobody_sets_that),
                cmocka_unit_test(test_a_wall_clock_set_back_delays_a_minute_by_less_than_a_second),
                cmocka_unit_test(
                        test_a_wall_clock_set_forward_shortens_a_minute_by_less_than_a_second),
                cmocka_unit_test(
                        test_it_is_with_the_wall_clock_again_after_a_hundred_times_the_step),
                cmocka_unit_test(test_a_step_that_is_taken_back_leaves_no_trace),
                cmocka_unit_test(
                        test_a_loop_that_did_not_turn_for_long_finds_the_time_that_has_passed),
                cmocka_unit_test(test_times_leave_and_enter_as_wall_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
