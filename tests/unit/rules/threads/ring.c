/* SPDX-License-Identifier: MIT */
#include "rules/threads/ring.h"

#include <errno.h>

#include "tests/unit/common/unit.h"

enum { SLOTS = 4 };

static void ring_fresh(struct ring *ring, uint32_t first_index) {
        assert_int_equal(ring_init(ring, SLOTS, sizeof(uint64_t), first_index), 0);
}

static int push(struct ring *ring, uint64_t item) {
        uint64_t *slot = ring_reserve(ring);

        if (!slot)
                return 1;
        *slot = item;
        ring_commit(ring);
        return 0;
}

static uint64_t pop(struct ring *ring) {
        void *slot;
        uint64_t item;

        assert_int_equal(ring_peek(ring, 1, &slot), 1);
        item = *(uint64_t *)slot;
        ring_release(ring, 1);
        return item;
}

static void test_sizes_that_cannot_work_are_refused(void **state) {
        struct ring ring;

        assert_int_equal(ring_init(&ring, 3, 8, 0), -EINVAL);
        assert_int_equal(ring_init(&ring, 0, 8, 0), -EINVAL);
        assert_int_equal(ring_init(&ring, 4, 12, 0), -EINVAL);
        assert_int_equal(ring_init(&ring, 4, 0, 0), -EINVAL);
}

static void test_an_empty_ring_has_nothing_to_read(void **state) {
        struct ring ring;
        void *slot;

        ring_fresh(&ring, 0);
        assert_int_equal(ring_peek(&ring, SLOTS, &slot), 0);
        ring_fini(&ring);
}

static void test_full_leaves_the_item_with_the_caller(void **state) {
        struct ring ring;

        ring_fresh(&ring, 0);
        for (uint64_t i = 0; i < SLOTS; i++)
                assert_int_equal(push(&ring, i), 0);
        assert_int_equal(push(&ring, 99), 1);
        assert_int_equal(pop(&ring), 0);
        assert_int_equal(push(&ring, 4), 0);
        assert_int_equal(push(&ring, 99), 1);
        for (uint64_t i = 1; i <= SLOTS; i++)
                assert_int_equal(pop(&ring), i);
        ring_fini(&ring);
}

static void test_order_survives_the_wrap_of_the_indices(void **state) {
        struct ring ring;

        ring_fresh(&ring, UINT32_MAX - 2);
        for (uint64_t i = 0; i < 64; i++) {
                assert_int_equal(push(&ring, 2 * i), 0);
                assert_int_equal(push(&ring, 2 * i + 1), 0);
                assert_int_equal(pop(&ring), 2 * i);
                assert_int_equal(pop(&ring), 2 * i + 1);
        }
        ring_fini(&ring);
}

static void test_full_is_seen_across_the_wrap(void **state) {
        struct ring ring;
        void *slot;

        ring_fresh(&ring, UINT32_MAX - 1);
        for (uint64_t i = 0; i < SLOTS; i++)
                assert_int_equal(push(&ring, i), 0);
        assert_int_equal(push(&ring, 99), 1);
        for (uint64_t i = 0; i < SLOTS; i++)
                assert_int_equal(pop(&ring), i);
        assert_int_equal(ring_peek(&ring, 1, &slot), 0);
        ring_fini(&ring);
}

static void test_a_peek_stops_where_the_slots_end(void **state) {
        struct ring ring;
        void *slot;

        ring_fresh(&ring, 0);
        for (uint64_t i = 0; i < 3; i++)
                assert_int_equal(push(&ring, i), 0);
        assert_int_equal(ring_peek(&ring, SLOTS, &slot), 3);
        ring_release(&ring, 3);
        for (uint64_t i = 3; i < 6; i++)
                assert_int_equal(push(&ring, i), 0);

        /* Item 3 is in the last slot, 4 and 5 are in the first two. */
        assert_int_equal(ring_peek(&ring, SLOTS, &slot), 1);
        assert_int_equal(*(uint64_t *)slot, 3);
        ring_release(&ring, 1);
        assert_int_equal(ring_peek(&ring, SLOTS, &slot), 2);
        assert_int_equal(((uint64_t *)slot)[1], 5);
        ring_fini(&ring);
}

static void test_peeked_items_stay_until_they_are_released(void **state) {
        struct ring ring;
        void *slot, *again;

        ring_fresh(&ring, 0);
        assert_int_equal(push(&ring, 7), 0);
        assert_int_equal(ring_peek(&ring, 1, &slot), 1);
        assert_int_equal(ring_peek(&ring, 1, &again), 1);
        assert_ptr_equal(slot, again);
        ring_fini(&ring);
}

static void test_a_reservation_is_no_item(void **state) {
        struct ring ring;
        void *first, *slot;

        ring_fresh(&ring, 0);
        first = ring_reserve(&ring);
        assert_non_null(first);
        assert_ptr_equal(ring_reserve(&ring), first);
        assert_int_equal(ring_peek(&ring, 1, &slot), 0);
        ring_fini(&ring);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sizes_that_cannot_work_are_refused),
                cmocka_unit_test(test_an_empty_ring_has_nothing_to_read),
                cmocka_unit_test(test_full_leaves_the_item_with_the_caller),
                cmocka_unit_test(test_order_survives_the_wrap_of_the_indices),
                cmocka_unit_test(test_full_is_seen_across_the_wrap),
                cmocka_unit_test(test_a_peek_stops_where_the_slots_end),
                cmocka_unit_test(test_peeked_items_stay_until_they_are_released),
                cmocka_unit_test(test_a_reservation_is_no_item),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
