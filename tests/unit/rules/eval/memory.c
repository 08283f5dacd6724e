/* SPDX-License-Identifier: MIT
 *
 * Parts of the engine alone: dedup windows, the timer wheel, the hash table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/memory/table.h"
#include "rules/eval/memory/wheel.h"
#include "rules/eval/memory/window.h"

/* --- windows ------------------------------------------------------------------------------------- */

static enum window_answer pass(struct elder_device_row *row, uint64_t sequence, enum lane lane) {
        struct event event = {.sequence = sequence, .boot_id = 1, .flags = EVENT_TIME_MISSING};

        return window_pass(row, &event, lane);
}

static void test_each_sequence_passes_once(void **state) {
        struct elder_device_row row = {.heard = 0};

        for (uint64_t i = 1; i < 200; i++) {
                assert_int_equal(pass(&row, i, LANE_TELEMETRY), WINDOW_NEW);
                assert_int_equal(pass(&row, i, LANE_TELEMETRY), WINDOW_DUPLICATE);
        }
}

static void test_sixty_three_behind_is_still_known(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(pass(&row, 37, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 100, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 37, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, 38, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 38, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, 101, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 37, LANE_TELEMETRY), WINDOW_DUPLICATE); /* below the window */
        assert_int_equal(pass(&row, 38, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, 39, LANE_TELEMETRY), WINDOW_NEW);
}

static void test_a_jump_of_exactly_64_forgets_all_but_the_new_one(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(pass(&row, 1000, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 1064, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 1001, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 1000, LANE_TELEMETRY), WINDOW_DUPLICATE);
}

/* --- alarms ---------------------------------------------------------------------------------------- */

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const int64_t day_one_ms = INT64_C(1795478400000);

/* @time_ms 0: the device has no clock. */
static enum window_answer press(struct elder_device_row *row, uint64_t sequence, int64_t time_ms,
                                int64_t received_ms) {
        struct event event = {
                .sequence = sequence,
                .device_time_ms = time_ms,
                .received_time_ms = received_ms,
                .flags = time_ms ? 0 : EVENT_TIME_MISSING,
                .kind = KIND_SOS,
        };

        if (time_ms && time_ms < received_ms - 7 * (int64_t)DAY_MS)
                event.flags |= EVENT_TIME_IMPLAUSIBLE;
        return window_pass(row, &event, LANE_ALARM);
}

static void test_with_a_new_battery_the_counts_come_again_and_each_press_is_new(void **state) {
        struct elder_device_row row = {.heard = 0};

        for (int64_t day = 0; day < 3; day++) {
                for (uint64_t i = 1; i <= 3; i++) {
                        int64_t now_ms = day_one_ms + day * DAY_MS + (int64_t)i * 1000;

                        assert_int_equal(press(&row, i, now_ms, now_ms), WINDOW_NEW);
                        assert_int_equal(press(&row, i, now_ms, now_ms + 5000), WINDOW_DUPLICATE);
                }
        }
}

static void test_a_button_that_never_counts_is_heard_each_time(void **state) {
        struct elder_device_row row = {.heard = 0};

        /* One millisecond apart by the device's clock; the later one is received first. */
        assert_int_equal(press(&row, 0, day_one_ms + 1, day_one_ms + 20), WINDOW_NEW);
        assert_int_equal(press(&row, 0, day_one_ms, day_one_ms + 30), WINDOW_NEW);
        assert_int_equal(press(&row, 0, day_one_ms, day_one_ms + 40), WINDOW_DUPLICATE);
}

static void test_what_a_gateway_kept_and_sends_again_a_day_later_is_the_same(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(press(&row, 7, day_one_ms, day_one_ms), WINDOW_NEW);
        assert_int_equal(press(&row, 8, day_one_ms + 5000, day_one_ms + 5000), WINDOW_NEW);
        assert_int_equal(press(&row, 7, day_one_ms, day_one_ms + DAY_MS), WINDOW_DUPLICATE);
}

static void test_a_group_of_alarms_read_again_is_known(void **state) {
        struct elder_device_row row = {.heard = 0};

        for (int again = 0; again < 2; again++)
                for (uint64_t i = 1; i <= ELDER_DEVICE_ALARMS; i++)
                        assert_int_equal(press(&row, i, day_one_ms + (int64_t)i, day_one_ms),
                                         again ? WINDOW_DUPLICATE : WINDOW_NEW);
        /* The oldest beyond the window is judged again; its alert gets the same id. */
        assert_int_equal(press(&row, 9, day_one_ms + 9, day_one_ms), WINDOW_NEW);
        assert_int_equal(press(&row, 1, day_one_ms + 1, day_one_ms), WINDOW_NEW);
}

static void
test_without_a_clock_one_count_is_one_press_for_a_minute_and_not_after_two(void **state) {
        for (int64_t phase_ms = 0; phase_ms < EVENT_AGAIN_MS; phase_ms += 7000) {
                struct elder_device_row row = {.heard = 0};
                int64_t first_ms = day_one_ms + phase_ms;

                assert_int_equal(press(&row, 4, 0, first_ms), WINDOW_NEW);
                for (int64_t after_ms = 0; after_ms <= EVENT_AGAIN_MS; after_ms += 5000)
                        assert_int_equal(press(&row, 4, 0, first_ms + after_ms), WINDOW_DUPLICATE);
                assert_int_equal(press(&row, 4, 0, first_ms + 2 * EVENT_AGAIN_MS), WINDOW_NEW);
        }
}

static void test_a_copy_read_by_an_ingest_whose_clock_is_behind_is_a_copy(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(press(&row, 4, 0, day_one_ms), WINDOW_NEW);
        assert_int_equal(press(&row, 4, 0, day_one_ms - 300), WINDOW_DUPLICATE);
}

/* After each change of battery, the clock of the device starts again at the same second of the year 2000. */
static void test_a_clock_that_was_never_set_is_no_clock(void **state) {
        static const int64_t year_2000_ms = INT64_C(946684800000);
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(press(&row, 1, year_2000_ms, day_one_ms), WINDOW_NEW);
        assert_int_equal(press(&row, 1, year_2000_ms, day_one_ms + 5000), WINDOW_DUPLICATE);
        assert_int_equal(press(&row, 1, year_2000_ms, day_one_ms + DAY_MS), WINDOW_NEW);
}

static void test_lanes_do_not_disturb_each_other(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(pass(&row, 500, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 3, LANE_ALARM), WINDOW_NEW);
        assert_int_equal(pass(&row, 3, LANE_ALARM), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, 499, LANE_TELEMETRY), WINDOW_NEW);
}

static void test_a_new_boot_begins_anew(void **state) {
        struct elder_device_row row = {.heard = 0};
        struct event event = {.sequence = 5, .boot_id = 2};

        pass(&row, 1000, LANE_TELEMETRY);
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_DUPLICATE);
}

static void test_a_counter_that_began_again_is_believed_by_the_devices_clock(void **state) {
        struct elder_device_row row = {.last_seen_ms = 50000, .heard = 1};
        struct event event = {.sequence = 1, .boot_id = 1, .device_time_ms = 50000};

        pass(&row, 1000, LANE_TELEMETRY);
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_DUPLICATE);
        event.device_time_ms = 50001;
        event.flags = EVENT_TIME_IMPLAUSIBLE;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_DUPLICATE);
        event.flags = 0;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_RESTARTED);
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_DUPLICATE);
        event.sequence = 2;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_NEW);
}

static void test_a_counter_below_64_that_began_again_is_believed_too(void **state) {
        struct elder_device_row row = {.last_seen_ms = 50000, .heard = 1};
        struct event event = {.sequence = 2, .boot_id = 1, .device_time_ms = 50000};

        event.device_time_ms += EVENT_AGAIN_MS;
        for (uint64_t i = 1; i <= 3; i++)
                pass(&row, i, LANE_TELEMETRY);
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_RESTARTED);
        event.sequence = 3;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_NEW);
        event.sequence = 1;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_NEW);
}

/* A device without clock whose heartbeats always have sequence 0 is alive all the same. */
static void
test_a_reading_under_an_old_count_is_news_when_nothing_was_heard_for_a_minute(void **state) {
        struct elder_device_row row = {.last_seen_ms = day_one_ms, .heard = 1};
        struct event event = {.boot_id = 1, .flags = EVENT_TIME_MISSING};

        event.received_time_ms = day_one_ms;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_NEW);
        event.received_time_ms += EVENT_AGAIN_MS - 1;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_DUPLICATE);
        event.received_time_ms++;
        assert_int_equal(window_pass(&row, &event, LANE_TELEMETRY), WINDOW_RESTARTED);
}

static void test_the_ends_of_the_number_range_hold(void **state) {
        struct elder_device_row row = {.heard = 0};

        assert_int_equal(pass(&row, 0, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, 0, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, UINT64_MAX, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, UINT64_MAX - 63, LANE_TELEMETRY), WINDOW_NEW);
        assert_int_equal(pass(&row, UINT64_MAX - 63, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, UINT64_MAX - 64, LANE_TELEMETRY), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, UINT64_MAX, LANE_ALARM), WINDOW_NEW);
        assert_int_equal(pass(&row, UINT64_MAX, LANE_ALARM), WINDOW_DUPLICATE);
        assert_int_equal(pass(&row, UINT32_MAX, LANE_ALARM), WINDOW_NEW);
}

/* --- the timer wheel -------------------------------------------------------------------------------- */

enum { TIMERS = 20000 };

struct clockwork {
        struct arena arena;
        struct wheel wheel;
        uint32_t handles[TIMERS];
        int64_t due_ms[TIMERS];
};

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t limit) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return (uint32_t)((random_state >> 32) * limit >> 32);
}

static struct clockwork *clockwork_new(int64_t now_ms) {
        struct clockwork *clockwork = calloc(1, sizeof(*clockwork));

        assert_non_null(clockwork);
        assert_int_equal(arena_init(&clockwork->arena, false), 0);
        assert_int_equal(wheel_init(&clockwork->wheel, &clockwork->arena, WHEEL_STEP_MS, now_ms),
                         0);
        for (uint32_t i = 0; i < TIMERS; i++) {
                assert_int_equal(arena_take(&clockwork->arena, 1, &clockwork->handles[i]), 0);
                /* The test stores the index in a field that is free here. */
                ((struct elder *)arena_at(&clockwork->arena, clockwork->handles[i]))->episodes = i;
        }
        return clockwork;
}

static void clockwork_free(struct clockwork *clockwork) {
        wheel_fini(&clockwork->wheel);
        arena_fini(&clockwork->arena);
        free(clockwork);
}

static uint32_t number_of(struct clockwork *clockwork, uint32_t handle) {
        return ((struct elder *)arena_at(&clockwork->arena, handle))->episodes;
}

/* As the engine does: a timer that comes up before its time is armed again. Return: how many fired. */
static uint32_t fire_due(struct clockwork *clockwork, int64_t now_ms, int64_t slept_ms) {
        uint32_t fired = 0, handle;

        wheel_advance(&clockwork->wheel, now_ms);
        while ((handle = wheel_pop(&clockwork->wheel))) {
                uint32_t number = number_of(clockwork, handle);

                if (clockwork->due_ms[number] > now_ms) {
                        wheel_arm(&clockwork->wheel, handle, clockwork->due_ms[number]);
                        continue;
                }
                assert_in_range(now_ms - clockwork->due_ms[number], 0,
                                slept_ms + 2 * WHEEL_STEP_MS);
                clockwork->due_ms[number] = INT64_MAX;
                fired++;
        }
        return fired;
}

static void test_every_timer_comes_up_in_its_step_near_and_far(void **state) {
        int64_t now_ms = 1790000000123;
        struct clockwork *clockwork = clockwork_new(now_ms);
        uint32_t fired = 0;

        for (uint32_t i = 0; i < TIMERS; i++) {
                /* Up to three turns of the wheel ahead. */
                clockwork->due_ms[i] = now_ms + below(3 * WHEEL_STEPS * WHEEL_STEP_MS);
                wheel_arm(&clockwork->wheel, clockwork->handles[i], clockwork->due_ms[i]);
        }
        while (fired < TIMERS) {
                int64_t next_ms = wheel_next_ms(&clockwork->wheel, now_ms);

                assert_in_range(next_ms, 0, WHEEL_STEPS * WHEEL_STEP_MS);
                now_ms += next_ms;
                fired += fire_due(clockwork, now_ms, 0);
        }
        assert_int_equal(wheel_next_ms(&clockwork->wheel, now_ms), -1);
        clockwork_free(clockwork);
}

static void test_an_earlier_deadline_moves_the_timer_and_a_later_one_does_not(void **state) {
        struct clockwork *clockwork = clockwork_new(0);
        struct elder *elder = arena_at(&clockwork->arena, clockwork->handles[0]);

        wheel_arm(&clockwork->wheel, clockwork->handles[0], 60000);
        assert_int_equal(elder->timer_tick, 600);
        wheel_arm(&clockwork->wheel, clockwork->handles[0], 90000);
        assert_int_equal(elder->timer_tick, 600);
        wheel_arm(&clockwork->wheel, clockwork->handles[0], 30001);
        assert_int_equal(elder->timer_tick, 301);
        assert_int_equal(wheel_next_ms(&clockwork->wheel, 0), 30100);
        wheel_disarm(&clockwork->wheel, clockwork->handles[0]);
        assert_int_equal(wheel_next_ms(&clockwork->wheel, 0), -1);
        wheel_disarm(&clockwork->wheel, clockwork->handles[0]);
        clockwork_free(clockwork);
}

static void test_random_arms_and_disarms_agree_with_a_plain_list(void **state) {
        int64_t now_ms = 5000;
        struct clockwork *clockwork = clockwork_new(now_ms);

        for (uint32_t i = 0; i < TIMERS; i++)
                clockwork->due_ms[i] = INT64_MAX;
        for (int round = 0; round < 3000; round++) {
                for (int k = 0; k < 20; k++) {
                        uint32_t i = below(100);

                        if (below(4) == 0) {
                                wheel_disarm(&clockwork->wheel, clockwork->handles[i]);
                                clockwork->due_ms[i] = INT64_MAX;
                        } else {
                                int64_t due_ms = now_ms + below(below(10) ? 20000 : 2000000);

                                clockwork->due_ms[i] = due_ms;
                                wheel_arm(&clockwork->wheel, clockwork->handles[i], due_ms);
                        }
                }
                now_ms += below(2500);
                fire_due(clockwork, now_ms, 2500);
                for (uint32_t i = 0; i < 100; i++)
                        assert_true(clockwork->due_ms[i] > now_ms - WHEEL_STEP_MS);
        }
        clockwork_free(clockwork);
}

static void test_after_a_long_sleep_everything_is_ready_at_once(void **state) {
        struct clockwork *clockwork = clockwork_new(0);
        uint32_t ready = 0;

        for (uint32_t i = 0; i < TIMERS; i++)
                wheel_arm(&clockwork->wheel, clockwork->handles[i], below(700000));
        wheel_advance(&clockwork->wheel, INT64_C(30) * 24 * 3600 * 1000);
        assert_int_equal(wheel_next_ms(&clockwork->wheel, 0), 0);
        while (wheel_pop(&clockwork->wheel))
                ready++;
        assert_int_equal(ready, TIMERS);
        clockwork_free(clockwork);
}

static void test_far_timers_put_in_together_do_not_come_up_together(void **state) {
        struct clockwork *clockwork = clockwork_new(0);
        uint32_t most = 0;

        for (uint32_t i = 0; i < TIMERS; i++)
                wheel_arm(&clockwork->wheel, clockwork->handles[i], INT64_C(86400000));
        for (int64_t now_ms = 100; now_ms < WHEEL_STEPS * WHEEL_STEP_MS; now_ms += 100) {
                uint32_t together = 0;

                wheel_advance(&clockwork->wheel, now_ms);
                while (wheel_pop(&clockwork->wheel))
                        together++;
                most = together > most ? together : most;
        }
        assert_in_range(most, 1, TIMERS / 500);
        clockwork_free(clockwork);
}

/* --- the hash table ----------------------------------------------------------------------------------- */

static void test_the_table_agrees_with_a_plain_array_through_growth_and_gaps(void **state) {
        enum { MANY = 5000 };
        static uint32_t hashes[MANY];
        static bool in[MANY];
        struct table table;
        uint32_t count = 0;

        memset(in, 0, sizeof(in));
        assert_int_equal(table_init(&table, 0), 0);
        for (uint32_t i = 0; i < MANY; i++)
                hashes[i] = i % 3 ? below(UINT32_MAX) : 77; /* many share one hash */
        for (int round = 0; round < 40000; round++) {
                uint32_t i = below(MANY);

                if (in[i]) {
                        table_remove(&table, hashes[i], i + 1);
                        count--;
                } else {
                        assert_int_equal(table_reserve(&table), 0);
                        table_add(&table, hashes[i], i + 1);
                        count++;
                }
                in[i] = !in[i];
        }
        assert_int_equal(table.count, count);
        for (uint32_t i = 0; i < MANY; i++) {
                uint32_t at = table_home(&table, hashes[i]);
                bool found = false;

                for (; table.slots[at].handle; at = (at + 1) & table.mask)
                        found |= table.slots[at].handle == i + 1;
                assert_int_equal(found, in[i]);
        }
        table_fini(&table);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_sequence_passes_once),
                cmocka_unit_test(test_sixty_three_behind_is_still_known),
                cmocka_unit_test(test_a_jump_of_exactly_64_forgets_all_but_the_new_one),
                cmocka_unit_test(
                        test_with_a_new_battery_the_counts_come_again_and_each_press_is_new),
                cmocka_unit_test(test_a_button_that_never_counts_is_heard_each_time),
                cmocka_unit_test(test_what_a_gateway_kept_and_sends_again_a_day_later_is_the_same),
                cmocka_unit_test(test_a_group_of_alarms_read_again_is_known),
                cmocka_unit_test(
                        test_without_a_clock_one_count_is_one_press_for_a_minute_and_not_after_two),
                cmocka_unit_test(test_a_copy_read_by_an_ingest_whose_clock_is_behind_is_a_copy),
                cmocka_unit_test(test_a_clock_that_was_never_set_is_no_clock),
                cmocka_unit_test(test_a_counter_below_64_that_began_again_is_believed_too),
                cmocka_unit_test(
                        test_a_reading_under_an_old_count_is_news_when_nothing_was_heard_for_a_minute),
                cmocka_unit_test(test_lanes_do_not_disturb_each_other),
                cmocka_unit_test(test_a_new_boot_begins_anew),
                cmocka_unit_test(test_a_counter_that_began_again_is_believed_by_the_devices_clock),
                cmocka_unit_test(test_the_ends_of_the_number_range_hold),
                cmocka_unit_test(test_every_timer_comes_up_in_its_step_near_and_far),
                cmocka_unit_test(test_an_earlier_deadline_moves_the_timer_and_a_later_one_does_not),
                cmocka_unit_test(test_random_arms_and_disarms_agree_with_a_plain_list),
                cmocka_unit_test(test_after_a_long_sleep_everything_is_ready_at_once),
                cmocka_unit_test(test_far_timers_put_in_together_do_not_come_up_together),
                cmocka_unit_test(test_the_table_agrees_with_a_plain_array_through_growth_and_gaps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
