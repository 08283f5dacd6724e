/* SPDX-License-Identifier: MIT
 *
 * The fall detector alone. Limits in all tests: an impact of 2 g, a turn by 50 degrees, 2 s of stillness within 0.25 g.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/measure/motion.h"
#include "tests/unit/rules/body.h"

#define BEGIN_MS INT64_C(1790000000000)

static const struct condition_motion_limits limits = {
        .impact_mg = 2000, .still_mg = 250, .still_ms = 2000, .turn_deg = 50};

static struct body body;

struct seen {
        struct motion_detector detector;
        struct condition_motion_limits limits;
        struct motion_fall fall; /* the newest */
        int falls, stale, unusable;
};

static struct motion_block block_of(uint32_t from, uint32_t count) {
        return (struct motion_block){
                .samples = (const unsigned char *)(body.mg + (size_t)from * 3),
                .count = (uint16_t)count,
                .rate_dhz = body.rate_dhz,
                .begin_ms = BEGIN_MS + (int64_t)from * 10000 / body.rate_dhz,
        };
}

static void feed(struct seen *seen, const struct motion_block *block) {
        switch (motion_detect(&seen->detector, &seen->limits, block, &seen->fall)) {
        case MOTION_FALL:
                seen->falls++;
                break;
        case MOTION_STALE:
                seen->stale++;
                break;
        case MOTION_UNUSABLE:
                seen->unusable++;
                break;
        }
        assert_true(motion_is_sound(&seen->detector));
}

/* Feed the samples @from to @to - 1 in blocks of @each. */
static void feed_from(struct seen *seen, uint32_t from, uint32_t to, uint32_t each) {
        for (; from < to; from += each) {
                struct motion_block block = block_of(from, to - from < each ? to - from : each);

                feed(seen, &block);
        }
}

/* Feed all samples of the body in blocks of a second. */
static struct seen watch(void) {
        struct seen seen = {.limits = limits};

        feed_from(&seen, 0, body.count, body.rate_dhz / 10u);
        return seen;
}

static void assert_falls(int falls) {
        struct seen seen = watch();

        assert_int_equal(seen.falls, falls);
        assert_int_equal(seen.unusable, 0);
}

/* --- falls -------------------------------------------------------------------------------------- */

static void test_a_fall_is_found_and_measured(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);

        struct seen seen = watch();

        assert_int_equal(seen.falls, 1);
        assert_in_range(seen.fall.time_ms, BEGIN_MS + 3900, BEGIN_MS + 4200);
        assert_in_range(seen.fall.impact_mg, 2990, 3010);
        assert_in_range(seen.fall.turn_deg, 88, 92);
        assert_int_equal(seen.fall.confidence_pct, 60 + (50 + 80) / 2 * 40 / 100);
        assert_int_equal(seen.unusable, 0);
}

static void test_any_rate_and_any_size_of_block_finds_the_same_fall(void **state) {
        static const uint16_t rates[] = {100, 200, 250, 500, 1000, 1300};
        static const uint32_t sizes[] = {1, 3, 7, 64, 1000};

        for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
                body_begin(&body, rates[r]);
                body_fall(&body, 3000, 90);
                for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                        struct seen seen = {.limits = limits};

                        feed_from(&seen, 0, body.count, sizes[i]);
                        if (seen.falls != 1 || llabs(seen.fall.time_ms - BEGIN_MS - 4050) > 300)
                                fail_msg("%u dHz in blocks of %u: %d falls, after %lld ms",
                                         rates[r], sizes[i], seen.falls,
                                         (long long)(seen.fall.time_ms - BEGIN_MS));
                }
        }
}

static void test_an_impact_below_the_limit_is_none(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 1990, 90);
        assert_falls(0);
        body_begin(&body, 500);
        body_fall(&body, 2010, 90);
        assert_falls(1);
}

static void test_a_turn_below_the_limit_is_none(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 48);
        assert_falls(0);
        body_begin(&body, 500);
        body_fall(&body, 3000, 52);
        assert_falls(1);
}

static void test_without_a_turn_asked_for_impact_and_stillness_suffice(void **state) {
        struct seen seen = {.limits = limits};

        seen.limits.turn_deg = 0;
        body_begin(&body, 500);
        body_fall(&body, 3000, 0);
        feed_from(&seen, 0, body.count, 50);
        assert_int_equal(seen.falls, 1);
}

static void test_a_free_fall_asked_for_must_come_first(void **state) {
        struct seen without = {.limits = limits}, with = {.limits = limits};

        without.limits.free_fall_mg = with.limits.free_fall_mg = 500;
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        feed_from(&without, 0, body.count, 50);
        assert_int_equal(without.falls, 0);
        body_begin(&body, 500);
        body_rest(&body, 4000, 20);
        body_feel(&body, 200, 300);
        body_feel(&body, 100, 3000);
        body.tilt_deg = 90;
        body_rest(&body, 6000, 20);
        feed_from(&with, 0, body.count, 50);
        assert_int_equal(with.falls, 1);
        assert_in_range(with.fall.free_fall_mg, 290, 300);
}

static void test_who_moves_about_after_the_fall_is_found_when_still(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 3000, 90);
        body_rest(&body, 20000, 900);
        assert_falls(0);
        body_rest(&body, 4000, 20);
        assert_falls(1);
}

static void test_who_moves_about_for_half_a_minute_is_left_to_themselves(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 3000, 90);
        body_rest(&body, 31000, 900);
        body_rest(&body, 4000, 20);
        assert_falls(0);
}

/* --- movements that are not falls --------------------------------------------------------------- */

static void test_who_stays_upright_has_not_fallen(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 4000, 0);
        assert_falls(0);
}

static void test_who_gets_up_again_is_not_down(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 3000, 90);
        body_rest(&body, 1500, 600);
        body.tilt_deg = 0;
        body_rest(&body, 2000, 600);
        body.tilt_deg = 90; /* lies down to rest, without an impact */
        body_rest(&body, 6000, 20);
        assert_falls(0);
}

static void test_a_bump_and_lying_down_later_are_two_things(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 3000, 0);
        body_rest(&body, 4000, 200);
        body.tilt_deg = 90;
        body_rest(&body, 6000, 20);
        assert_falls(0);
}

static void test_turning_over_in_sleep_is_no_fall(void **state) {
        body_begin(&body, 500);
        body.tilt_deg = 90;
        for (int i = 0; i < 6; i++) {
                body_rest(&body, 20000, 5);
                body_feel(&body, 300, 1500);
                body.tilt_deg += i % 2 ? 80 : -80;
        }
        body_rest(&body, 20000, 5);
        assert_falls(0);
}

static void test_clapping_and_hopping_are_no_falls(void **state) {
        body_begin(&body, 500);
        body_rest(&body, 4000, 20);
        for (int i = 0; i < 12; i++) {
                body_feel(&body, 60, i % 2 ? 6000 : 4500);
                body_rest(&body, 440, 400);
        }
        body.tilt_deg = 90; /* the arm with the sensor comes down */
        body_rest(&body, 6000, 20);
        assert_falls(0);
}

static void test_a_second_fall_is_another_one(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        body.tilt_deg = 0;
        body_fall(&body, 3000, 90);
        assert_falls(2);
}

/* --- sensors ------------------------------------------------------------------------------------ */

static void test_a_sensor_that_sticks_is_not_a_body_that_lies(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 3000, 90);
        body_rest(&body, 10000, 0);

        struct seen seen = watch();

        assert_int_equal(seen.falls, 0);
        assert_true(seen.unusable > 5);
}

static void test_a_sensor_without_gravity_says_nothing(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t i = 0; i < body.count * 3; i++)
                body.mg[i] /= 8; /* another unit */

        struct seen seen = watch();

        assert_int_equal(seen.falls, 0);
        assert_true(seen.unusable > 5);
        memset(body.mg, 0, sizeof(body.mg));
        seen = watch();
        assert_int_equal(seen.falls, 0);
        assert_true(seen.unusable > 5);
}

static void test_an_error_code_is_no_impact(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 1000, 90);
        for (int i = 0; i < 9; i++)
                body.mg[600 + i] = i % 2 ? INT16_MIN : INT16_MAX;
        body_rest(&body, 6000, 20);

        struct seen seen = watch();

        assert_int_equal(seen.falls, 0);
        assert_true(seen.unusable > 0);
}

static void test_a_fall_is_found_although_some_samples_are_error_codes(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t i = 0; i < body.count; i += 10)
                body.mg[(size_t)i * 3 + 1] = INT16_MIN;
        assert_true(watch().falls == 1);
}

static void test_one_sample_of_a_fast_sensor_is_no_impact(void **state) {
        body_begin(&body, 1300);
        body_hit(&body, 1000, 0);
        body.mg[(size_t)(body.count - 1) * 3] = 3000;
        body.tilt_deg = 90;
        body_rest(&body, 6000, 20);
        assert_falls(0);
}

static void test_a_clipped_impact_is_still_one(void **state) {
        body_begin(&body, 500);
        body_hit(&body, 6000, 60);
        body_rest(&body, 6000, 20);
        for (uint32_t i = 0; i < body.count * 3; i++)
                if (body.mg[i] > 2048)
                        body.mg[i] = 2048;
        assert_falls(1);
}

static void test_a_rate_too_slow_to_judge_is_unusable(void **state) {
        body_begin(&body, 79);
        body_fall(&body, 3000, 90);

        struct seen seen = {.limits = limits};
        struct motion_block block = block_of(0, body.count);

        feed(&seen, &block);
        block.rate_dhz = 0;
        feed(&seen, &block);
        block = block_of(0, 0);
        feed(&seen, &block);
        assert_int_equal(seen.unusable, 3);
}

/* --- lost, repeated and late blocks ------------------------------------------------------------- */

static void test_a_block_again_or_from_before_is_left_alone(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t from = 0; from + 100 <= body.count; from += 100) {
                struct motion_block block = block_of(from, 100);
                struct motion_block old = block_of(0, 100);

                feed(&seen, &block);
                feed(&seen, &block);
                if (from > 100)
                        feed(&seen, &old);
        }
        assert_int_equal(seen.falls, 1);
        assert_int_equal(seen.stale, 5 + 3);
}

static void test_windows_that_overlap_are_judged_once(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t from = 0; from + 200 <= body.count; from += 100) {
                struct motion_block block = block_of(from, 200);

                feed(&seen, &block);
        }
        assert_int_equal(seen.falls, 1);
        assert_int_equal(seen.stale, 0);
        assert_in_range(seen.fall.time_ms, BEGIN_MS + 3900, BEGIN_MS + 4200);
}

static void test_a_lost_block_hides_no_fall(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        body_rest(&body, 4000, 20);
        feed_from(&seen, 0, 230, 50);
        feed_from(&seen, 430, body.count, 50); /* 4 s are missing */
        assert_int_equal(seen.falls, 1);
}

static void test_after_a_long_silence_nothing_is_known_of_before(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_rest(&body, 20000, 20);
        body_feel(&body, 100, 3000);
        body.tilt_deg = 90;
        body_rest(&body, 6000, 20);
        feed_from(&seen, 0, 450, 50);
        feed_from(&seen, 999, body.count, 50);
        assert_int_equal(seen.falls, 0);
}

static void test_blocks_without_a_time_follow_one_another(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t from = 0; from < body.count; from += 50) {
                struct motion_block block = block_of(from, 50);

                block.as_it_came = true;
                block.begin_ms = BEGIN_MS + from / 150 * 3000; /* three blocks arrive together */
                if (from + 50 <= body.count)
                        feed(&seen, &block);
        }
        assert_int_equal(seen.falls, 1);
        assert_int_equal(seen.stale, 0);
}

/* --- the state in a checkpoint ------------------------------------------------------------------ */

static void test_it_can_be_taken_up_again_between_any_two_blocks(void **state) {
        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (uint32_t cut = 10; cut < body.count; cut += 10) {
                struct seen first = {.limits = limits}, second = {.limits = limits};

                feed_from(&first, 0, cut, 10);
                second.detector = first.detector;
                feed_from(&second, cut, body.count, 10);
                assert_int_equal(first.falls + second.falls, 1);
        }
}

static void test_forgotten_means_no_fall(void **state) {
        struct seen seen = {.limits = limits};

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        feed_from(&seen, 0, 240, 10);
        motion_forget(&seen.detector);
        feed_from(&seen, 240, body.count, 10);
        assert_int_equal(seen.falls, 0);
}

/* Any bytes from a checkpoint are either refused or safe to continue with (a sanitizer would report otherwise). */
static void test_any_state_is_refused_or_usable(void **state) {
        struct motion_detector detector;
        uint32_t seed = 7;
        int usable = 0;

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        for (int n = 0; n < 20000; n++) {
                struct seen seen = watch();
                unsigned char *bytes = (unsigned char *)&seen.detector;

                if (n % 1000 == 0)
                        detector = seen.detector;
                seen = (struct seen){.limits = limits, .detector = detector};
                for (int i = 0; i < 3; i++) {
                        seed = seed * 1664525u + 1013904223u;
                        bytes[(seed >> 8) % sizeof(seen.detector)] = (unsigned char)(seed >> 24);
                }
                if (!motion_is_sound(&seen.detector))
                        continue;
                usable++;

                struct motion_block block = block_of(0, body.count);

                block.begin_ms = seen.detector.newest_ms + 20;
                motion_detect(&seen.detector, &limits, &block, &seen.fall);
        }
        assert_in_range(usable, 1000, 19000);
}

static void test_limits_that_mean_nothing_are_refused(void **state) {
        static const struct condition_motion_limits bad[] = {
                {.impact_mg = 1000, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
                {.impact_mg = 17000, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
                {.impact_mg = 2000, .still_mg = 0, .still_ms = 2000, .turn_deg = 50},
                {.impact_mg = 2000, .still_mg = 250, .still_ms = 100, .turn_deg = 50},
                {.impact_mg = 2000, .still_mg = 250, .still_ms = 20001, .turn_deg = 50},
                {.impact_mg = 2000, .still_mg = 250, .still_ms = 2000, .turn_deg = 180},
                {.impact_mg = 2000, .still_mg = 250, .still_ms = 2000, .turn_deg = -1},
                {.impact_mg = 2000, .free_fall_mg = 1000, .still_mg = 250, .still_ms = 2000},
                {.impact_mg = NAN, .still_mg = 250, .still_ms = 2000, .turn_deg = 50},
        };

        assert_null(motion_refuse_limits(&limits));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_non_null(motion_refuse_limits(&bad[i]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_fall_is_found_and_measured),
                cmocka_unit_test(test_any_rate_and_any_size_of_block_finds_the_same_fall),
                cmocka_unit_test(test_an_impact_below_the_limit_is_none),
                cmocka_unit_test(test_a_turn_below_the_limit_is_none),
                cmocka_unit_test(test_without_a_turn_asked_for_impact_and_stillness_suffice),
                cmocka_unit_test(test_a_free_fall_asked_for_must_come_first),
                cmocka_unit_test(test_who_moves_about_after_the_fall_is_found_when_still),
                cmocka_unit_test(test_who_moves_about_for_half_a_minute_is_left_to_themselves),
                cmocka_unit_test(test_who_stays_upright_has_not_fallen),
                cmocka_unit_test(test_who_gets_up_again_is_not_down),
                cmocka_unit_test(test_a_bump_and_lying_down_later_are_two_things),
                cmocka_unit_test(test_turning_over_in_sleep_is_no_fall),
                cmocka_unit_test(test_clapping_and_hopping_are_no_falls),
                cmocka_unit_test(test_a_second_fall_is_another_one),
                cmocka_unit_test(test_a_sensor_that_sticks_is_not_a_body_that_lies),
                cmocka_unit_test(test_a_sensor_without_gravity_says_nothing),
                cmocka_unit_test(test_an_error_code_is_no_impact),
                cmocka_unit_test(test_a_fall_is_found_although_some_samples_are_error_codes),
                cmocka_unit_test(test_one_sample_of_a_fast_sensor_is_no_impact),
                cmocka_unit_test(test_a_clipped_impact_is_still_one),
                cmocka_unit_test(test_a_rate_too_slow_to_judge_is_unusable),
                cmocka_unit_test(test_a_block_again_or_from_before_is_left_alone),
                cmocka_unit_test(test_windows_that_overlap_are_judged_once),
                cmocka_unit_test(test_a_lost_block_hides_no_fall),
                cmocka_unit_test(test_after_a_long_silence_nothing_is_known_of_before),
                cmocka_unit_test(test_blocks_without_a_time_follow_one_another),
                cmocka_unit_test(test_it_can_be_taken_up_again_between_any_two_blocks),
                cmocka_unit_test(test_forgotten_means_no_fall),
                cmocka_unit_test(test_any_state_is_refused_or_usable),
                cmocka_unit_test(test_limits_that_mean_nothing_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
