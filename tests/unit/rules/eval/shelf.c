/* SPDX-License-Identifier: MIT
 *
 * Memory for the data made from a rule set: blocks of any size, and memory provided by another thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/memory/shelf.h"

enum { BLOCKS = 200, ROUNDS = 20000, LARGEST = 20000 };

struct taken {
        unsigned char *bytes;
        size_t count;
        unsigned char mark;
};

static uint32_t random_below(uint64_t *random, uint32_t limit) {
        *random ^= *random >> 12;
        *random ^= *random << 25;
        *random ^= *random >> 27;
        return (uint32_t)((*random * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

static void take(struct shelf *shelf, struct taken *taken, size_t count, unsigned char mark) {
        *taken = (struct taken){shelf_take(shelf, count), count, mark};
        assert_non_null(taken->bytes);
        assert_int_equal((uintptr_t)taken->bytes % 16, 0);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(taken->bytes[i], 0);
        memset(taken->bytes, mark, count);
}

static void give(struct shelf *shelf, struct taken *taken) {
        for (size_t i = 0; i < taken->count; i++)
                assert_int_equal(taken->bytes[i], taken->mark);
        shelf_give(shelf, taken->bytes);
        *taken = (struct taken){NULL, 0, 0};
}

static void test_blocks_are_apart_and_good_for_any_size_once_given_back(void **state) {
        static struct taken taken[BLOCKS];
        uint64_t random = 88172645463325252u;
        struct shelf shelf;
        size_t bytes, largest = 0;

        (void)state;
        assert_int_equal(shelf_init(&shelf, false), 0);
        for (int i = 0; i < ROUNDS; i++) {
                struct taken *one = &taken[random_below(&random, BLOCKS)];

                if (one->bytes)
                        give(&shelf, one);
                else
                        take(&shelf, one, 1 + random_below(&random, LARGEST),
                             (unsigned char)(1 + i % 250));
        }
        for (int i = 0; i < BLOCKS; i++)
                if (taken[i].bytes)
                        give(&shelf, &taken[i]);

        /* All free blocks have merged: the largest is at least a quarter of all memory. */
        bytes = shelf.bytes;
        for (size_t shift = 0; shift <= SHELF_SHIFT_MAX; shift++)
                if (shelf.free[shift])
                        largest = (size_t)1 << shift;
        assert_true(largest * 4 >= bytes);
        take(&shelf, &taken[0], largest / 2 + 1, 7);
        assert_int_equal(shelf.bytes, bytes);
        give(&shelf, &taken[0]);
        shelf_give(&shelf, NULL);
        shelf_fini(&shelf);
}

static void test_what_is_lacking_is_asked_for_and_comes(void **state) {
        struct shelf shelf;
        size_t bytes;
        void *block;

        (void)state;
        assert_int_equal(shelf_init(&shelf, true), 0);
        bytes = shelf.bytes;
        assert_false(shelf_waits(&shelf));
        assert_null(shelf_take(&shelf, 3 << 20));
        assert_true(shelf_waits(&shelf));
        assert_int_equal(shelf.bytes, bytes);
        assert_int_equal(supply_provide(&shelf.supply), 4 << 20);
        assert_int_equal(supply_provide(&shelf.supply), 0);
        block = shelf_take(&shelf, 3 << 20);
        assert_non_null(block);
        assert_false(shelf_waits(&shelf));
        shelf_give(&shelf, block);
        shelf_fini(&shelf);
}

static void test_what_comes_too_small_is_asked_for_again(void **state) {
        struct shelf shelf;

        (void)state;
        assert_int_equal(shelf_init(&shelf, true), 0);
        assert_null(shelf_take(&shelf, 100000));
        assert_int_equal(supply_provide(&shelf.supply), 2 << 20);
        assert_null(shelf_take(&shelf, 3 << 20));
        assert_true(shelf_waits(&shelf));
        assert_int_equal(supply_provide(&shelf.supply), 4 << 20);
        assert_non_null(shelf_take(&shelf, 3 << 20));
        shelf_fini(&shelf);
}

static void test_who_may_asks_the_system_at_once(void **state) {
        struct shelf shelf;
        void *block;

        (void)state;
        assert_int_equal(shelf_init(&shelf, true), 0);
        shelf.supply.may_ask = true;
        block = shelf_take(&shelf, 3 << 20);
        assert_non_null(block);
        shelf_give(&shelf, block);
        shelf_fini(&shelf);
}

static void test_what_the_system_does_not_have_is_refused_once(void **state) {
        struct supply supply;
        bool refused;
        size_t bytes;

        (void)state;
        supply_init(&supply, true);
        supply_ask(&supply, (size_t)1 << 62, 2);
        assert_true(supply_is_asked(&supply));
        assert_int_equal(supply_provide(&supply), 0);
        assert_null(supply_take(&supply, &bytes, &refused));
        assert_true(refused);
        assert_false(supply_is_asked(&supply));
        assert_null(supply_take(&supply, &bytes, &refused));
        assert_false(refused);
        supply_fini(&supply);
}

static void test_what_was_given_and_not_taken_is_freed(void **state) {
        struct supply supply;
        bool refused;
        size_t bytes;
        void *piece;

        (void)state;
        supply_init(&supply, true);
        supply_ask(&supply, 4096, 3);
        supply_ask(&supply, 8192, 1); /* ignored: a request is open */
        assert_int_equal(supply_provide(&supply), 3 * 4096);
        piece = supply_take(&supply, &bytes, &refused);
        assert_non_null(piece);
        assert_int_equal(bytes, 4096);
        free(piece);
        supply_fini(&supply);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_blocks_are_apart_and_good_for_any_size_once_given_back),
                cmocka_unit_test(test_what_is_lacking_is_asked_for_and_comes),
                cmocka_unit_test(test_what_comes_too_small_is_asked_for_again),
                cmocka_unit_test(test_who_may_asks_the_system_at_once),
                cmocka_unit_test(test_what_the_system_does_not_have_is_refused_once),
                cmocka_unit_test(test_what_was_given_and_not_taken_is_freed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
