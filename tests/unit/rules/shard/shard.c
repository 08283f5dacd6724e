/* SPDX-License-Identifier: MIT
 *
 * Lanes and deadlines of a shard.
 */
#include "tests/unit/rules/shard/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/rules/body.h"

/* --- lanes ---------------------------------------------------------------------------------------- */

static void test_an_alarm_overtakes_telemetry(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];

        for (int i = 0; i < 600; i++) {
                struct event event = fixture_press_of(f, "E1");

                event.kind = KIND_MOTION;
                fixture_send(f, LANE_TELEMETRY, &event, GENERATION, i, true);
        }
        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_turn(f);
        assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &(void *){NULL}), 1);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_TELEMETRY], 0);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 601);
        fixture_settle(f);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_TELEMETRY], 600);
}

/* From a Kafka record: it is cut into slots, reassembled and judged. */
static void test_a_fall_in_blocks_of_acceleration_becomes_an_alert(void **state) {
        static _Alignas(8) unsigned char record[64 * 1024];
        static struct body body;
        struct fixture *f = *state;
        struct frame_writer writer;
        struct slot_packer packer;
        uint64_t sequence;

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        f->now_mono_ms += 10000;
        frame_begin(&writer, LANE_TELEMETRY, record, sizeof(record));
        for (uint32_t from = 0; from + 50 <= body.count; from += 50) {
                struct event event = fixture_press_of(f, "E1");

                event.kind = KIND_ACCELERATION;
                event.sample_count = 50;
                event.sample_rate_dhz = 500;
                event.device_time_ms += from * 20 - 10000;
                assert_int_equal(frame_append(&writer, &event, body.mg + (size_t)from * 3), 0);
        }
        slot_packer_begin(&packer, record, frame_end(&writer), LANE_TELEMETRY, f->partition,
                          PARTITIONS, GENERATION, 0);
        assert_int_equal(slot_packer_push(&packer, &f->shard.lane[LANE_TELEMETRY]), 0);
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, &sequence, 1), 1);
        assert_int_equal(sequence, 7);
        assert_int_equal(fixture_count_owed(f), 0);
}

static void test_what_was_registered_before_an_event_is_known_when_it_is_judged(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];
        char elder_id[EVENT_ELDER_ID_BYTES];
        int number = 2;

        do /* another elder of the same partition */
                snprintf(elder_id, sizeof(elder_id), "E%d", number++);
        while (fixture_partition_of(elder_id) != f->partition);
        fixture_put_elder(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_turn(f);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 1);
}

/* More than a turn settles. */
static void put_many_elders(struct fixture *f) {
        for (int i = 0; i < 600; i++) {
                char elder_id[EVENT_ELDER_ID_BYTES];

                snprintf(elder_id, sizeof(elder_id), "R%d", i);
                fixture_put_elder(f, elder_id);
        }
}

static void test_telemetry_waits_for_a_registration_that_is_far_behind_others(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];
        char elder_id[EVENT_ELDER_ID_BYTES];
        int number = 2;

        do
                snprintf(elder_id, sizeof(elder_id), "E%d", number++);
        while (fixture_partition_of(elder_id) != f->partition);
        put_many_elders(f);
        fixture_put_elder(f, elder_id);
        fixture_press(f, LANE_TELEMETRY, elder_id, 0);
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 1); /* an alert, not a stranger's event in quarantine */
}

static void test_an_alarm_waits_for_its_partition_to_open_behind_many_elders(void **state) {
        struct fixture *f = *state;
        struct event event = fixture_press_of(f, "E1");
        uint64_t sequences[2];

        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                   .partition = f->partition,
                                                   .generation = GENERATION});
        fixture_settle(f);
        put_many_elders(f);
        fixture_open_partition(f, GENERATION + 1, EPOCH, 0, NULL);
        fixture_send(f, LANE_ALARM, &event, GENERATION + 1, 0, true);
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 1);
}

static void test_a_full_way_to_kafka_stops_judging_and_loses_nothing(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[1000];

        for (int i = 0; i < 1000; i++)
                fixture_press(f, LANE_ALARM, "E1", i);
        for (int i = 0; i < 10; i++)
                assert_true(fixture_turn(f) >= 0);
        assert_true(f->shard.outbox.number < 1000);
        assert_int_equal(fixture_take_owed(f, sequences, 1000), 1000);
        for (uint64_t i = 0; i < 1000; i++)
                assert_int_equal(sequences[i], i + 1);
        assert_int_equal(f->shard.outbox.number, 1000);
}

static void test_events_of_an_earlier_assignment_are_left_to_the_next_owner(void **state) {
        struct fixture *f = *state;
        struct event event = fixture_press_of(f, "E1");

        fixture_send(f, LANE_ALARM, &event, GENERATION - 1, 7, true);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 0);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 0);
}

static void test_refused_bytes_go_to_quarantine_and_are_passed(void **state) {
        struct fixture *f = *state;
        struct slot *slot = ring_reserve(&f->shard.lane[LANE_ALARM]);
        uint64_t sequences[3];

        fixture_press(f, LANE_ALARM, "E1", 0);
        slot = ring_reserve(&f->shard.lane[LANE_ALARM]);
        *slot = (struct slot){.type = SLOT_REFUSED,
                              .last = true,
                              .partition = f->partition,
                              .generation = GENERATION,
                              .bytes_used = 3,
                              .offset = 1,
                              .refused = malloc(3)};
        ring_commit(&f->shard.lane[LANE_ALARM]);
        fixture_settle(f);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 2);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 2);
        assert_int_equal(sequences[0], 1);
        assert_int_equal(sequences[1], 0);
}

/* --- deadlines ------------------------------------------------------------------------------------- */

static void test_no_hold_ends_while_the_cancel_may_still_be_unread(void **state) {
        struct fixture *f = *state;

        fixture_happen(f, KIND_FALL, HOLD_MS + 10000, 0);
        fixture_pass(f, 1000);
        assert_int_equal(fixture_count_owed(f),
                         0); /* due 11 s ago, but the lane is not read to its end */
        fixture_happen(f, KIND_BUTTON_CANCEL, HOLD_MS, 1);
        fixture_say_caught_up(f);
        fixture_pass(f, HOLD_MS);
        assert_int_equal(fixture_told(f), ALERT_CANCELLED);
}

static void test_a_hold_that_is_over_raises_once_all_is_read(void **state) {
        struct fixture *f = *state;

        fixture_happen(f, KIND_FALL, HOLD_MS + 10000, 0);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_say_caught_up(f);
        fixture_pass(f, 1000);
        assert_int_equal(fixture_told(f), ALERT_RAISED);
}

static void test_a_wall_clock_set_back_delays_no_hold(void **state) {
        struct fixture *f = *state;

        fixture_say_caught_up(f);
        fixture_happen(f, KIND_FALL, 0, 0);
        fixture_pass(f, HOLD_MS / 2);
        f->set_ms = -3600 * 1000;
        fixture_pass(f, HOLD_MS / 2 - 1000);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_pass(f, 2000);
        assert_int_equal(fixture_told(f), ALERT_RAISED);
}

static void test_a_wall_clock_set_forward_ends_no_hold(void **state) {
        struct fixture *f = *state;

        fixture_say_caught_up(f);
        fixture_happen(f, KIND_FALL, 0, 0);
        fixture_pass(f, 1000);
        f->set_ms = 3600 * 1000;
        fixture_pass(f, HOLD_MS / 2);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_happen(f, KIND_BUTTON_CANCEL, 0, 1);
        assert_int_equal(fixture_told(f), ALERT_CANCELLED);
        fixture_pass(f, HOLD_MS);
        assert_int_equal(fixture_count_owed(f), 0);
}

static void test_what_comes_after_the_wall_clock_was_set_is_told_as_of_now(void **state) {
        struct fixture *f = *state;
        void *item;

        fixture_say_caught_up(f);
        for (int i = 0; i < 2; i++) {
                f->set_ms = i == 0 ? -3600 * 1000 : 3600 * 1000;
                fixture_pass(f, 1000);
                fixture_press(f, LANE_ALARM, "E1", i);
                fixture_settle(f);
                assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &item), 1);

                const struct alert *alert = &((struct outbox_owed *)item)->alert;

                assert_int_equal(alert->late_ms, 0);
                assert_in_range(alert->event_time_ms, fixture_wall_ms(f) - 100,
                                fixture_wall_ms(f) + 100);
                ring_release(&f->shard.outbox.ring, 1);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_an_alarm_overtakes_telemetry),
                shard_test(test_a_fall_in_blocks_of_acceleration_becomes_an_alert),
                shard_test(test_what_was_registered_before_an_event_is_known_when_it_is_judged),
                shard_test(test_telemetry_waits_for_a_registration_that_is_far_behind_others),
                shard_test(test_an_alarm_waits_for_its_partition_to_open_behind_many_elders),
                shard_test(test_a_full_way_to_kafka_stops_judging_and_loses_nothing),
                shard_test(test_events_of_an_earlier_assignment_are_left_to_the_next_owner),
                shard_test(test_refused_bytes_go_to_quarantine_and_are_passed),
                shard_test(test_no_hold_ends_while_the_cancel_may_still_be_unread),
                shard_test(test_a_hold_that_is_over_raises_once_all_is_read),
                shard_test(test_a_wall_clock_set_back_delays_no_hold),
                shard_test(test_a_wall_clock_set_forward_ends_no_hold),
                shard_test(test_what_comes_after_the_wall_clock_was_set_is_told_as_of_now),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
