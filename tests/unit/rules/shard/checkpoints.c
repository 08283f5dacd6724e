/* SPDX-License-Identifier: MIT
 *
 * What a shard writes into a checkpoint, and when.
 */
#include "tests/unit/rules/shard/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/murmur2.h"

/* --- checkpoints ----------------------------------------------------------------------------------- */

static void test_the_position_passes_a_record_only_when_all_of_it_is_judged(void **state) {
        struct fixture *f = *state;
        struct event first = fixture_press_of(f, "E1"), second = fixture_press_of(f, "E1");

        fixture_send(f, LANE_TELEMETRY, &first, GENERATION, 40, false);
        fixture_pass(f, INTERVAL_MS);
        assert_true(fixture_part(f)->used);
        assert_int_equal(fixture_part(f)->next_offset[LANE_TELEMETRY], 0);
        assert_true(fixture_part(f)->elders.count > 0);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_send(f, LANE_TELEMETRY, &second, GENERATION, 40, true);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_part(f)->next_offset[LANE_TELEMETRY], 41);
}

static void test_a_checkpoint_names_the_last_alert_it_needs(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_press(f, LANE_ALARM, "E1", 1);
        fixture_pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(f->shard.checkpoint.owed, 2);
}

static void test_while_redis_is_away_it_goes_on_and_saves_all_at_the_end(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 1);
        for (int i = 1; i < 10; i++) {
                fixture_press(f, LANE_ALARM, "E1", i);
                fixture_pass(f, INTERVAL_MS);
                assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM],
                                 1); /* not touched: not ours */
        }
        assert_int_equal(fixture_count_owed(f), 10);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 10);
        assert_int_equal(fixture_part(f)->number, 2);
}

static void test_nothing_new_is_nothing_to_save(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_pass(f, INTERVAL_MS);
        fixture_pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_back(&f->shard.checkpoint));
}

/* An event may have been judged only in part. Without a checkpoint of it, the next start reads it again. */
static void test_a_shard_out_of_memory_saves_no_more(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_settle(f);
        atomic_store(&f->shard.failed, -ENOMEM);
        fixture_pass(f, INTERVAL_MS);
        fixture_pass(f, INTERVAL_MS);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        atomic_store(&f->shard.failed, 0);
}

static void test_a_lost_copy_is_written_again_whole_and_at_once(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        assert_false(fixture_part(f)->whole);
        fixture_give_back(f, CHECKPOINT_REWRITE);
        fixture_settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(fixture_part(f)->whole);
        assert_int_equal(fixture_part(f)->elders.count, 1);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_press(f, LANE_ALARM, "E1", 1);
        fixture_pass(f, INTERVAL_MS);
        assert_false(fixture_part(f)->whole);
}

static void test_a_fenced_shard_stops_judging_the_partition(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        fixture_count_owed(f);
        fixture_give_back(f, CHECKPOINT_FENCED);
        fixture_settle(f);
        fixture_press(f, LANE_ALARM, "E1", 1);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 0);
        assert_false(f->shard.positions[f->partition].open);
}

static void begin_block(struct fixture *f, int64_t offset) {
        struct event event = fixture_press_of(f, "E1");
        struct slot *slot;

        event.kind = KIND_ACCELERATION;
        event.sample_count = 50;
        event.sample_rate_dhz = 500;
        fixture_send(f, LANE_TELEMETRY, &event, GENERATION, offset, false);
        slot = ring_reserve(&f->shard.lane[LANE_TELEMETRY]);
        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_SAMPLES,
                              .lane = LANE_TELEMETRY,
                              .partition = f->partition,
                              .generation = GENERATION,
                              .bytes_used = 60,
                              .offset = offset};
        ring_commit(&f->shard.lane[LANE_TELEMETRY]);
        fixture_settle(f);
}

/* Another process has taken the partition over, so the rest of a half-received block never comes. */
static void test_half_a_block_is_forgotten_with_its_partition(void **state) {
        struct fixture *f = *state;
        struct event event;
        uint64_t sequences[2];

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_count_owed(f), 1);
        begin_block(f, 1);
        assert_true(f->shard.batch[LANE_TELEMETRY].begun);
        fixture_give_back(f, CHECKPOINT_FENCED);
        fixture_settle(f);
        assert_false(f->shard.batch[LANE_TELEMETRY].begun);

        fixture_open_partition(f, GENERATION + 1, EPOCH + 1, 1, NULL);
        fixture_settle(f);
        event = fixture_press_of(f, "E1");
        fixture_send(f, LANE_TELEMETRY, &event, GENERATION + 1, 1, true);
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], f->sequence);
}

static void test_a_partition_is_given_up_only_with_its_last_checkpoint(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_settle(f);
        fixture_close_partition(f);
        fixture_press(f, LANE_ALARM, "E1", 1); /* after the close: left to the next owner */
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 1);
        assert_int_equal(shard_closed(&f->shard), 0);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
        assert_false(f->shard.positions[f->partition].open);
}

static void test_a_close_waits_for_the_checkpoint_that_is_away(void **state) {
        struct fixture *f = *state;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, INTERVAL_MS);
        fixture_press(f, LANE_ALARM, "E1", 1);
        fixture_settle(f);
        fixture_close_partition(f);
        fixture_settle(f);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 1);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), 0);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 2);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
}

static void test_a_close_of_what_is_not_ours_is_settled_at_once(void **state) {
        struct fixture *f = *state;

        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                   .partition = (f->partition + 1) % PARTITIONS,
                                                   .generation = GENERATION,
                                                   .save = true});
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
}

static void test_what_was_judged_before_a_restart_is_known_after_it(void **state) {
        struct fixture *f = *state;
        struct event event = fixture_press_of(f, "E1"), next = fixture_press_of(f, "E1");
        uint64_t sequences[3];

        fixture_send(f, LANE_ALARM, &event, GENERATION, 0, true);
        fixture_close_partition(f);
        fixture_settle(f); /* the close overtakes the press, which is not judged here */
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_settle(f);

        fixture_open_partition(f, GENERATION + 1, EPOCH + 1, 0, NULL);
        fixture_send(f, LANE_ALARM, &event, GENERATION + 1, 0, true);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);

        struct bundle states = fixture_part(f)->elders;

        fixture_part(f)->elders = (struct bundle){0};
        assert_true(states.count > 0);
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_open_partition(f, GENERATION + 2, EPOCH + 2, 0, &states);
        fixture_send(f, LANE_ALARM, &event, GENERATION + 2, 0,
                     true); /* again: the stored offset was before it */
        fixture_send(f, LANE_ALARM, &next, GENERATION + 2, 1, true);
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], next.sequence);
}

/* --- a checkpoint of many elders ---------------------------------------------------------------------- */

enum { MANY = 3000 };

/* Add MANY elders of the partition, each with a changed state. */
static void put_many(struct fixture *f) {
        int number = 2;

        for (int i = 0; i < MANY; i++) {
                char elder_id[EVENT_ELDER_ID_BYTES];

                do
                        snprintf(elder_id, sizeof(elder_id), "E%d", number++);
                while (fixture_partition_of(elder_id) != f->partition);
                fixture_put_elder(f, elder_id);
                fixture_settle(f);

                struct event event = fixture_press_of(f, elder_id);

                event.kind = KIND_MOTION;
                fixture_send(f, LANE_TELEMETRY, &event, GENERATION, i, true);
                fixture_settle(f);
        }
}

/* Turn once when a checkpoint is due: some of the elders are in the buffer, not all. */
static void begin_to_fill(struct fixture *f) {
        f->now_mono_ms += INTERVAL_MS;
        assert_int_equal(fixture_turn(f), 0); /* more is to be done */
        assert_true(f->shard.filling);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        assert_in_range(fixture_part(f)->elders.count, 1, MANY - 1);
}

static uint32_t count_copies(struct fixture *f, const char *elder_id, struct bundle_item *ret) {
        struct bundle_item item;
        uint32_t count = 0;
        size_t at = 0;

        while (bundle_next(&fixture_part(f)->elders, &at, &item)) {
                if (strcmp(item.elder_id, elder_id) != 0)
                        continue;
                *ret = item;
                count++;
        }
        return count;
}

static void test_events_do_not_wait_for_a_checkpoint_of_many(void **state) {
        struct fixture *f = *state;
        struct bundle_item item;

        fixture_press(f, LANE_ALARM, "E1", 0); /* E1 is the first to be saved */
        fixture_settle(f);
        put_many(f);
        begin_to_fill(f);
        fixture_press(f, LANE_ALARM, "E1", 1);
        fixture_turn(f);
        assert_int_equal(f->shard.outbox.number, 2);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        fixture_settle(f);
        /* State of E1 and offset are both those after the second press, and the checkpoint waits for both alerts. */
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 2);
        assert_int_equal(f->shard.checkpoint.owed, 2);
        assert_int_equal(count_copies(f, "E1", &item), 2);
        assert_int_equal(fixture_part(f)->elders.count, MANY + 2);
}

static void test_who_is_removed_while_a_checkpoint_fills_is_gone_at_its_end(void **state) {
        struct fixture *f = *state;
        struct shard_control removal = {.type = SHARD_CONTROL_ELDER_REMOVE,
                                        .elder_hash = murmur2("E1", 2)};
        struct bundle_item item;

        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_settle(f);
        put_many(f);
        begin_to_fill(f);
        strcpy(removal.elder_id, "E1");
        fixture_control(f, &removal);
        fixture_settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(count_copies(f, "E1", &item), 2);
        assert_int_equal(item.bytes_used, 0);
}

static void test_a_partition_lost_while_a_checkpoint_fills_is_not_in_it(void **state) {
        struct fixture *f = *state;

        put_many(f);
        begin_to_fill(f);
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                   .partition = f->partition,
                                                   .generation = GENERATION,
                                                   .save = false});
        fixture_open_partition(f, GENERATION + 1, EPOCH + 1, 7, NULL);
        fixture_settle(f);
        assert_int_equal(fixture_part(f)->elders.count, 0);
        assert_false(f->shard.filling);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_the_position_passes_a_record_only_when_all_of_it_is_judged),
                shard_test(test_a_checkpoint_names_the_last_alert_it_needs),
                shard_test(test_while_redis_is_away_it_goes_on_and_saves_all_at_the_end),
                shard_test(test_nothing_new_is_nothing_to_save),
                shard_test(test_a_shard_out_of_memory_saves_no_more),
                shard_test(test_a_lost_copy_is_written_again_whole_and_at_once),
                shard_test(test_a_fenced_shard_stops_judging_the_partition),
                shard_test(test_half_a_block_is_forgotten_with_its_partition),
                shard_test(test_a_partition_is_given_up_only_with_its_last_checkpoint),
                shard_test(test_a_close_waits_for_the_checkpoint_that_is_away),
                shard_test(test_a_close_of_what_is_not_ours_is_settled_at_once),
                shard_test(test_what_was_judged_before_a_restart_is_known_after_it),
                shard_test(test_events_do_not_wait_for_a_checkpoint_of_many),
                shard_test(test_who_is_removed_while_a_checkpoint_fills_is_gone_at_its_end),
                shard_test(test_a_partition_lost_while_a_checkpoint_fills_is_not_in_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
