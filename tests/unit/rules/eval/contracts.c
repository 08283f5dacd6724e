/* SPDX-License-Identifier: MIT
 *
 * The require() checks inside the engine. Each catches a bug after which the state of another elder would be judged;
 * the program ends instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/table.h"
#include "rules/eval/memory/timers.h"
#include "tests/unit/common/dies.h"
#include "tests/unit/rules/town.h"

/* --- handles -------------------------------------------------------------------------------------- */

struct blocks {
        struct arena arena;
        struct table table;
        struct timers timers;
        uint32_t handle[3];
};

static int setup(void **state) {
        static struct blocks blocks;

        assert_int_equal(arena_init(&blocks.arena, false), 0);
        assert_int_equal(table_init(&blocks.table, 8), 0);
        assert_int_equal(timers_init(&blocks.timers, &blocks.arena, 0), 0);
        for (uint32_t i = 0; i < 3; i++) {
                assert_int_equal(arena_take(&blocks.arena, 4, &blocks.handle[i]), 0);
                table_add(&blocks.table, i * 1000, blocks.handle[i]);
        }
        *state = &blocks;
        return 0;
}

static int teardown(void **state) {
        struct blocks *blocks = *state;

        timers_fini(&blocks->timers);
        table_fini(&blocks->table);
        arena_fini(&blocks->arena);
        return 0;
}

static void give_twice(void *context) {
        struct blocks *blocks = context;

        arena_give(&blocks->arena, blocks->handle[0], 4);
        arena_give(&blocks->arena, blocks->handle[0], 4);
}

static void test_a_block_is_given_back_once(void **state) {
        dies_with(give_twice, *state, "block 1 of 4 units given twice");
}

static void give_what_never_was(void *context) {
        struct blocks *blocks = context;

        arena_give(&blocks->arena, blocks->handle[2] + 4, 4);
}

static void test_what_was_never_taken_is_not_given_back(void **state) {
        dies_with(give_what_never_was, *state, "block 13 of 4 units, cut up to unit 13");
}

static void remove_stale(void *context) {
        struct blocks *blocks = context;

        table_remove(&blocks->table, 1000, blocks->handle[1]);
        table_remove(&blocks->table, 1000, blocks->handle[1]);
}

static void test_a_stale_handle_is_in_no_table(void **state) {
        dies_with(remove_stale, *state, "block 5 is not in the table under hash 000003e8");
}

/* Free a block whose timer is still in the wheel, and let another owner take it. */
static void keep_the_timer_of_a_block_given_back(void *context) {
        struct blocks *blocks = context;
        uint32_t anew;

        for (int i = 0; i < 3; i++)
                timers_arm(&blocks->timers, blocks->handle[i], 1000, false);
        arena_give(&blocks->arena, blocks->handle[1], 4);
        (void)arena_take(&blocks->arena, 4, &anew);
        timers_disarm(&blocks->timers, blocks->handle[2]);
}

static void test_no_timer_hangs_on_a_block_given_back(void **state) {
        dies_with(keep_the_timer_of_a_block_given_back, *state,
                  "the timer before that of block 9 leads to 0");
}

/* --- partitions ----------------------------------------------------------------------------------- */

static void close_what_was_never_opened(void *context) {
        engine_partition_close(((struct town *)context)->engine, 3);
}

static void test_no_partition_is_closed_that_was_never_opened(void **state) {
        static struct town town;

        (void)state;
        town_init(&town);
        town_start(&town);
        dies_with(close_what_was_never_opened, &town, "partition 3, 1 at most were opened");
        town_fini(&town);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_a_block_is_given_back_once, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_was_never_taken_is_not_given_back, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_a_stale_handle_is_in_no_table, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_no_timer_hangs_on_a_block_given_back, setup,
                                                teardown),
                cmocka_unit_test(test_no_partition_is_closed_that_was_never_opened),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
