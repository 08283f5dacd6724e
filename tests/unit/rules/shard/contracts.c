/* SPDX-License-Identifier: MIT
 *
 * The require() checks in a shard and between the threads. Each catches a bug after which the wrong elder would be
 * judged, or none; the program ends instead.
 */
#include "tests/unit/rules/shard/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/threads/acks.h"
#include "tests/unit/common/dies.h"

/* --- the shard ------------------------------------------------------------------------------------ */

static void hand_over_another_shards_partition(void *context) {
        struct fixture *f = context;

        f->shard.options.index = 0;
        f->partition = PARTITIONS + 3;
        fixture_open_partition(f, GENERATION, EPOCH, 0, NULL);
        fixture_settle(f);
}

static void test_a_partition_of_another_shard_is_not_taken(void **state) {
        dies_with(hand_over_another_shards_partition, *state,
                  "partition 7 of 4 is handed to shard 0 of 1");
}

static void press_at(struct fixture *f, int64_t offset) {
        fixture_press(f, LANE_ALARM, "E1", offset);
        fixture_settle(f);
}

static void go_back(void *context) {
        press_at(context, 7);
        press_at(context, 6);
}

static void test_an_offset_does_not_go_back(void **state) {
        dies_with(go_back, *state, "generation 5: offset 6 after 7");
}

static void send_anew(struct fixture *f, int64_t offset) {
        struct slot *slot = ring_reserve(&f->shard.lane[LANE_ALARM]);

        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_ANEW,
                              .lane = LANE_ALARM,
                              .partition = f->partition,
                              .generation = GENERATION,
                              .offset = offset};
        ring_commit(&f->shard.lane[LANE_ALARM]);
}

static void test_an_offset_goes_back_when_the_topic_was_made_anew(void **state) {
        struct fixture *f = *state;

        press_at(f, 7);
        send_anew(f, 2);
        press_at(f, 2);
        press_at(f, 3);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 4);
        assert_int_equal(fixture_count_owed(f), 3);
        fixture_pass(f, INTERVAL_MS); /* the checkpoint has the lower offset */
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 4);
}

static void send_samples(struct fixture *f, int64_t offset) {
        struct slot *slot = ring_reserve(&f->shard.lane[LANE_TELEMETRY]);

        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_SAMPLES,
                              .lane = LANE_TELEMETRY,
                              .partition = f->partition,
                              .generation = GENERATION,
                              .bytes_used = 60,
                              .offset = offset};
        ring_commit(&f->shard.lane[LANE_TELEMETRY]);
}

static void begin_block(struct fixture *f, int64_t offset) {
        struct event event = fixture_press_of(f, "E1");

        event.kind = KIND_ACCELERATION;
        event.sample_count = 50;
        event.sample_rate_dhz = 500;
        fixture_send(f, LANE_TELEMETRY, &event, GENERATION, offset, false);
}

static void mix_samples(void *context) {
        begin_block(context, 1);
        send_samples(context, 2);
        fixture_settle(context);
}

static void test_samples_go_to_no_other_event(void **state) {
        dies_with(mix_samples, *state, "for an event of partition");
}

static void save_backwards(void *context) {
        struct position position = {
                .partition = 1, .open = true, .next_offset = {5, 5}, .handed_offset = {9, 5}};
        struct checkpoint_part part = {.partition = 1};

        (void)context;
        position_save(&position, 5, &part);
}

static void test_no_checkpoint_goes_back(void **state) {
        dies_with(save_backwards, *state, "goes back from 9 to 5");
}

/* --- between threads ------------------------------------------------------------------------------- */

static void give_back_twice(void *context) {
        struct fixture *f = context;

        checkpoint_hand_over(&f->shard.checkpoint);
        checkpoint_give_back(&f->shard.checkpoint);
        checkpoint_give_back(&f->shard.checkpoint);
}

static void test_a_checkpoint_is_given_back_once(void **state) {
        dies_with(give_back_twice, *state, "a checkpoint is given back twice");
}

static void release_more(void *context) {
        struct fixture *f = context;

        ring_release(&f->shard.control, 1);
}

static void test_no_more_is_given_back_than_was_seen(void **state) {
        dies_with(release_more, *state, "1 items are given back, 0 were seen");
}

static void arrive_twice(void *context) {
        static struct acks acks;
        const struct acks_trace trace = {0};

        (void)context;
        acks_init(&acks);
        for (uint64_t number = 1; number <= 3; number++)
                (void)acks_take(&acks, number, &trace);
        (void)acks_done(&acks, 2);
        (void)acks_done(&acks, 2);
}

static void test_nothing_arrives_twice(void **state) {
        dies_with(arrive_twice, *state, "number 2 has arrived twice");
}

static void leave_one_out(void *context) {
        static struct acks acks;
        const struct acks_trace trace = {0};

        (void)context;
        acks_init(&acks);
        (void)acks_take(&acks, 2, &trace);
}

static void test_no_number_is_left_out(void **state) {
        dies_with(leave_one_out, *state, "number 2 leaves after 0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_a_partition_of_another_shard_is_not_taken),
                shard_test(test_an_offset_does_not_go_back),
                shard_test(test_an_offset_goes_back_when_the_topic_was_made_anew),
                shard_test(test_samples_go_to_no_other_event),
                shard_test(test_no_checkpoint_goes_back),
                shard_test(test_a_checkpoint_is_given_back_once),
                shard_test(test_no_more_is_given_back_than_was_seen),
                shard_test(test_nothing_arrives_twice),
                shard_test(test_no_number_is_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
