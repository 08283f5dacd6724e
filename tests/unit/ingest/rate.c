/* SPDX-License-Identifier: MIT
 *
 * The limit on how many readings one device may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/guard/rate.h"

enum { PER_S = 20, SECOND_US = 1000000 };

static struct rates *rates_of(int per_s) {
        struct rates *rates;

        assert_int_equal(rates_new(&rates, per_s), 0);
        return rates;
}

/* Return: how many of @count events, @interval_us apart, were accepted. */
static int taken(struct rates *rates, uint32_t device, int count, int64_t begin_us,
                 int64_t interval_us) {
        int fine = 0;

        for (int i = 0; i < count; i++)
                fine += rates_take(rates, device, 0, begin_us + i * interval_us) == RATE_FINE;
        return fine;
}

static void test_what_waited_for_an_hour_comes_at_once_and_is_kept(void **state) {
        struct rates *rates = rates_of(PER_S);

        assert_int_equal(taken(rates, 1, 3600, SECOND_US, 0), 3600);
        rates_free(rates);
}

static void test_a_device_may_send_its_rate_for_ever(void **state) {
        struct rates *rates = rates_of(PER_S);

        assert_int_equal(taken(rates, 1, 100000, SECOND_US, SECOND_US / PER_S), 100000);
        rates_free(rates);
}

static void test_a_flood_is_cut_to_the_rate(void **state) {
        struct rates *rates = rates_of(PER_S);
        int fine = taken(rates, 1, 10000 * 60, SECOND_US, SECOND_US / 10000);

        assert_in_range(fine, PER_S * RATE_BURST_S, PER_S * (RATE_BURST_S + 60) + 1);
        assert_int_equal(taken(rates, 2, 100, 60 * SECOND_US, 0),
                         100); /* another device loses nothing */
        rates_free(rates);
}

static void test_it_is_said_once_a_minute(void **state) {
        struct rates *rates = rates_of(PER_S);
        int said = 0;

        for (int64_t at = 0; at < 3 * 60; at++)
                for (int i = 0; i < 1000; i++)
                        said += rates_take(rates, 1, 0, (100 + at) * SECOND_US) == RATE_EXCESS_SAY;
        assert_in_range(said, 2, 3);
        rates_free(rates);
}

static void test_samples_count_too(void **state) {
        struct rates *rates = rates_of(PER_S);
        int fine = 0;

        for (int i = 0; i < 1000; i++)
                fine += rates_take(rates, 1, 4096, SECOND_US) == RATE_FINE;
        assert_int_equal(fine, PER_S * RATE_BURST_S / (1 + 4096 / RATE_SAMPLES));
        rates_free(rates);
}

static void test_many_devices_do_not_make_a_flooder_forgotten(void **state) {
        struct rates *rates = rates_of(PER_S);
        int fine = 0;

        (void)taken(rates, 1, PER_S * RATE_BURST_S, SECOND_US, 0);
        for (uint32_t device = 2; device < 10 * RATE_DEVICES; device++)
                (void)rates_take(rates, device, 0, SECOND_US + device);
        fine = taken(rates, 1, 1000, SECOND_US + 10 * RATE_DEVICES, 0);
        assert_in_range(fine, 0, PER_S);
        rates_free(rates);
}

static void test_nought_is_no_limit(void **state) {
        struct rates *rates = rates_of(0);

        assert_int_equal(taken(rates, 1, 1000000, SECOND_US, 0), 1000000);
        rates_free(rates);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_waited_for_an_hour_comes_at_once_and_is_kept),
                cmocka_unit_test(test_a_device_may_send_its_rate_for_ever),
                cmocka_unit_test(test_a_flood_is_cut_to_the_rate),
                cmocka_unit_test(test_it_is_said_once_a_minute),
                cmocka_unit_test(test_samples_count_too),
                cmocka_unit_test(test_many_devices_do_not_make_a_flooder_forgotten),
                cmocka_unit_test(test_nought_is_no_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
