/* SPDX-License-Identifier: MIT
 *
 * At which offset a lane starts to read, and how it counts records that no longer exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rules/consumer/lane_reader.h"
#include "rules/threads/stats.h"

enum { PARTITIONS = 2, GENERATION = 3 };

static struct shard shard;
static struct lane_reader lane;

static int setup(void **state) {
        memset(&shard, 0, sizeof(shard));
        assert_int_equal(ring_init(&shard.lane[LANE_ALARM], 64, sizeof(struct slot), 0), 0);
        assert_int_equal(doorbell_init(&shard.bell), 0);
        assert_int_equal(lane_reader_init(&lane, LANE_ALARM, &shard, 1, PARTITIONS), 0);
        stat_set(STAT_LOST_ALARM, 0);
        return 0;
}

static void empty_ring(void) {
        void *item;

        while (ring_peek(&shard.lane[LANE_ALARM], 1, &item)) {
                slot_drop(item);
                ring_release(&shard.lane[LANE_ALARM], 1);
        }
}

static int teardown(void **state) {
        empty_ring();
        lane_reader_fini(&lane);
        ring_fini(&shard.lane[LANE_ALARM]);
        doorbell_fini(&shard.bell);
        return 0;
}

static void deliver(int64_t offset) {
        assert_int_equal(lane_reader_deliver(&lane, "no frame", 8, 1, offset), 0);
}

static void test_records_that_follow_each_other_are_all_there(void **state) {
        lane_reader_open(&lane, 1, GENERATION, 5, 5);
        deliver(5);
        deliver(6);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 0);
        assert_int_equal(lane.partitions[1].next_offset, 7);
}

static void test_records_deleted_while_they_wait_are_counted(void **state) {
        lane_reader_open(&lane, 1, GENERATION, 5, 5);
        deliver(5);
        deliver(9);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 3);
        assert_int_equal(lane.partitions[1].next_offset, 10);
}

static void test_a_topic_made_anew_is_followed_from_its_first_record(void **state) {
        const struct slot *slots;
        void *items;

        lane_reader_open(&lane, 1, GENERATION, 5, 5);
        deliver(5);
        empty_ring();
        deliver(0);
        deliver(1);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 0);
        assert_int_equal(lane.partitions[1].next_offset, 2);
        /* The shard is told once, before the first record of the new topic. */
        assert_int_equal(ring_peek(&shard.lane[LANE_ALARM], 64, &items), 3);
        slots = items;
        assert_int_equal(slots[0].type, SLOT_ANEW);
        assert_int_equal(slots[0].generation, GENERATION);
        assert_int_equal(slots[0].offset, 0);
        assert_int_equal(slots[1].type, SLOT_REFUSED);
        assert_int_equal(slots[2].type, SLOT_REFUSED);
}

static void test_where_reading_begins(void **state) {
        assert_int_equal(
                lane_reader_settle_start(LANE_ALARM, 1, CHECKPOINT_OFFSET_NONE, 100, 200, false),
                100);
        assert_int_equal(lane_reader_settle_start(LANE_ALARM, 1, 150, 100, 200, false), 150);
        assert_int_equal(lane_reader_settle_start(LANE_ALARM, 1, 200, 100, 200, false), 200);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 0);
}

static void test_what_retention_deleted_while_nobody_read_is_counted(void **state) {
        assert_int_equal(lane_reader_settle_start(LANE_ALARM, 1, 60, 100, 200, false), 100);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 40);
}

static void test_a_log_that_ends_before_us_is_another_one(void **state) {
        assert_int_equal(lane_reader_settle_start(LANE_ALARM, 1, 150, 0, 20, false), 0);
        assert_int_equal(lane_reader_settle_start(LANE_ALARM, 1, 150, 0, 200, true), 0);
        assert_int_equal(stat_get(STAT_LOST_ALARM), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_records_that_follow_each_other_are_all_there,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_records_deleted_while_they_wait_are_counted,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_a_topic_made_anew_is_followed_from_its_first_record, setup, teardown),
                cmocka_unit_test_setup_teardown(test_where_reading_begins, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_what_retention_deleted_while_nobody_read_is_counted, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_log_that_ends_before_us_is_another_one,
                                                setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
