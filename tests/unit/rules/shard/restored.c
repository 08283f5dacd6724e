/* SPDX-License-Identifier: MIT
 *
 * A shard whose checkpoint is missing because Redis is down, or cannot be read.
 */
#include "tests/unit/rules/shard/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"

static void open_restored(struct fixture *f, const struct checkpoint_restored *restored) {
        struct checkpoint_restored *copy = malloc(sizeof(*copy));

        assert_non_null(copy);
        *copy = *restored;
        copy->partition = f->partition;
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_OPEN,
                                                   .partition = f->partition,
                                                   .generation = copy->generation,
                                                   .restored = copy});
}

static void test_what_is_judged_without_redis_is_told_and_not_saved(void **state) {
        struct fixture *f = *state;
        struct event event = fixture_press_of(f, "E1");
        uint64_t sequences[2];

        open_restored(f, &(struct checkpoint_restored){.generation = GENERATION + 1,
                                                       .provisional = true});
        fixture_send(f, LANE_ALARM, &event, GENERATION + 1, 0, true);
        fixture_pass(f, INTERVAL_MS);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));

        /* The close is settled at once, because there is no checkpoint to wait for. */
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                   .partition = f->partition,
                                                   .generation = GENERATION + 1,
                                                   .save = true});
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);

        /* Redis is back: the partition starts without the unsaved states, and the same event is judged and saved. */
        fixture_open_partition(f, GENERATION + 2, EPOCH + 1, 0, NULL);
        fixture_send(f, LANE_ALARM, &event, GENERATION + 2, 0, true);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], event.sequence);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->elders.count, 1);
}

/* Hours of events are read again, the alarm lane first. The steps after the fall are in the telemetry lane. */
static void read_a_fall_again(struct fixture *f) {
        open_restored(f, &(struct checkpoint_restored){
                                 .generation = GENERATION, .provisional = true, .read_back_ms = 1});
        fixture_happen(f, KIND_FALL, 3600000, 0);
        fixture_say_lane_caught_up(f, LANE_ALARM);
        fixture_pass(f, 1000);
        assert_int_equal(fixture_count_owed(f), 0);
}

static void test_a_fall_of_the_past_waits_for_what_the_other_lane_says_of_it(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        fixture_happen(f, KIND_STEPS, 3600000 - 4000, 0);
        fixture_say_lane_caught_up(f, LANE_TELEMETRY);
        fixture_pass(f, 1000);
        assert_int_equal(fixture_told(f), ALERT_CANCELLED);
}

static void test_a_fall_of_the_past_that_nothing_followed_is_told_when_all_is_read(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        fixture_say_lane_caught_up(f, LANE_TELEMETRY);
        fixture_pass(f, 1000);
        assert_int_equal(fixture_told(f), ALERT_RAISED);
}

static void test_a_fall_of_the_past_is_told_after_a_minute_all_the_same(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        fixture_happen(f, KIND_FALL, 0, 1); /* a fall of now has its usual hold */
        fixture_pass(f, HOLD_MS);
        assert_int_equal(fixture_count_owed(f), 2); /* the earlier fall is raised with it */
        read_a_fall_again(f);
        fixture_pass(f, 60000);
        assert_int_equal(fixture_told(f), ALERT_RAISED);
}

static void test_for_a_state_that_cannot_be_read_its_elder_alone_is_judged_again(void **state) {
        struct fixture *f = *state;
        struct checkpoint_restored restored = {
                .generation = GENERATION + 1,
                .epoch = EPOCH + 1,
                .refused = malloc(sizeof(uint32_t)),
                .refused_count = 1,
                .judged_to = {3, CHECKPOINT_OFFSET_NONE},
        };
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint64_t sequences[4];
        int number = 2;

        do /* another elder of the same partition, whose state is readable */
                snprintf(elder_id, sizeof(elder_id), "E%d", number++);
        while (fixture_partition_of(elder_id) != f->partition);
        fixture_put_elder(f, elder_id);
        restored.refused[0] = murmur2("E1", 2);
        assert_int_equal(bundle_add(&restored.elders, "E1", "of another version", 18), 0);
        open_restored(f, &restored);
        f->sequence = 0;
        for (int offset = 0; offset < 2; offset++) {
                struct event event = fixture_press_of(f, offset == 0 ? "E1" : elder_id);

                fixture_send(f, LANE_ALARM, &event, GENERATION + 1, offset, true);
        }
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 4), 1);
        assert_int_equal(sequences[0], 1);
        /* No checkpoint yet: after a crash, Redis must still have the old offset and the old states. */
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));

        for (int offset = 2; offset < 4; offset++) {
                struct event event = fixture_press_of(f, elder_id);

                fixture_send(f, LANE_ALARM, &event, GENERATION + 1, offset, true);
        }
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 4), 1);
        assert_int_equal(sequences[0], 4); /* offset 2 is before judged_to */
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(fixture_part(f)->whole);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 4);
        assert_int_equal(fixture_part(f)->elders.count, 2);
}

static void test_an_elder_who_is_removed_leaves_the_checkpoint_too(void **state) {
        struct fixture *f = *state;
        struct shard_control removal = {.type = SHARD_CONTROL_ELDER_REMOVE,
                                        .elder_hash = murmur2("E1", 2)};
        struct bundle_item item;
        size_t at = 0;

        strcpy(removal.elder_id, "E1");
        fixture_control(f, &removal);
        fixture_pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(bundle_next(&fixture_part(f)->elders, &at, &item));
        assert_string_equal(item.elder_id, "E1");
        assert_int_equal(item.bytes_used, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_what_is_judged_without_redis_is_told_and_not_saved),
                shard_test(test_a_fall_of_the_past_waits_for_what_the_other_lane_says_of_it),
                shard_test(test_a_fall_of_the_past_that_nothing_followed_is_told_when_all_is_read),
                shard_test(test_a_fall_of_the_past_is_told_after_a_minute_all_the_same),
                shard_test(test_for_a_state_that_cannot_be_read_its_elder_alone_is_judged_again),
                shard_test(test_an_elder_who_is_removed_leaves_the_checkpoint_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
