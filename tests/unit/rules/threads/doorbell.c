/* SPDX-License-Identifier: MIT */
#include "rules/threads/doorbell.h"

#include <poll.h>

#include "tests/unit/common/unit.h"

static int is_ringing(const struct doorbell *doorbell) {
        struct pollfd fd = {.fd = doorbell->fd, .events = POLLIN};

        return poll(&fd, 1, 0);
}

static void test_nobody_asleep_costs_no_system_call(void **state) {
        struct doorbell doorbell;

        assert_int_equal(doorbell_init(&doorbell), 0);
        doorbell_ring(&doorbell);
        assert_int_equal(is_ringing(&doorbell), 0);
        doorbell_fini(&doorbell);
}

static void test_a_ring_after_arming_wakes_the_sleeper(void **state) {
        struct doorbell doorbell;

        assert_int_equal(doorbell_init(&doorbell), 0);
        doorbell_arm(&doorbell);
        doorbell_ring(&doorbell);
        assert_int_equal(is_ringing(&doorbell), 1);
        doorbell_sleep(&doorbell, -1); /* must return at once; else the test hangs */
        assert_int_equal(is_ringing(&doorbell), 0);
        doorbell_fini(&doorbell);
}

static void test_two_rings_write_once(void **state) {
        struct doorbell doorbell;

        assert_int_equal(doorbell_init(&doorbell), 0);
        doorbell_arm(&doorbell);
        doorbell_ring(&doorbell);
        doorbell_ring(&doorbell);
        doorbell_sleep(&doorbell, -1);
        assert_int_equal(is_ringing(&doorbell), 0);
        doorbell_fini(&doorbell);
}

static void test_a_stale_ring_wakes_once_at_most(void **state) {
        struct doorbell doorbell;

        assert_int_equal(doorbell_init(&doorbell), 0);
        doorbell_arm(&doorbell);
        doorbell_ring(&doorbell);
        doorbell_disarm(&doorbell);

        /* The second look has found the item. The ring for it ends one sleep, not more. */
        doorbell_arm(&doorbell);
        doorbell_sleep(&doorbell, -1);
        doorbell_arm(&doorbell);
        assert_int_equal(is_ringing(&doorbell), 0);
        doorbell_fini(&doorbell);
}

static void test_a_timeout_leaves_it_disarmed(void **state) {
        struct doorbell doorbell;

        assert_int_equal(doorbell_init(&doorbell), 0);
        doorbell_arm(&doorbell);
        doorbell_sleep(&doorbell, 0);
        doorbell_ring(&doorbell);
        assert_int_equal(is_ringing(&doorbell), 0);
        doorbell_fini(&doorbell);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody_asleep_costs_no_system_call),
                cmocka_unit_test(test_a_ring_after_arming_wakes_the_sleeper),
                cmocka_unit_test(test_two_rings_write_once),
                cmocka_unit_test(test_a_stale_ring_wakes_once_at_most),
                cmocka_unit_test(test_a_timeout_leaves_it_disarmed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
