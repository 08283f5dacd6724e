/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/consumer/owners.h"
#include "rules/shard/checkpoint.h"
#include "rules/shard/outbox.h"
#include "rules/shard/position.h"
#include "rules/threads/acks.h"

/* --- acks ---------------------------------------------------------------------------------------- */

static struct acks acks;

static void take(uint64_t number) {
        struct acks_trace trace = {.judged_us = (int64_t)number * 10};

        assert_int_equal(acks_take(&acks, number, &trace), 0);
}

static void test_a_gap_holds_back_everything_behind_it(void **state) {
        acks_init(&acks);
        assert_true(acks_reached(&acks, 0));
        for (uint64_t n = 1; n <= 5; n++)
                take(n);
        acks_done(&acks, 2);
        acks_done(&acks, 3);
        acks_done(&acks, 5);
        assert_false(acks_reached(&acks, 1));
        assert_int_equal(acks_done(&acks, 1).judged_us, 10);
        assert_true(acks_reached(&acks, 3));
        assert_false(acks_reached(&acks, 4));
        assert_int_equal(acks_outstanding(&acks), 2);
        acks_done(&acks, 4);
        assert_true(acks_reached(&acks, 5));
        assert_int_equal(acks_outstanding(&acks), 0);
}

static void test_a_full_window_refuses_until_the_oldest_arrives(void **state) {
        struct acks_trace trace = {0};

        acks_init(&acks);
        for (uint64_t n = 1; n <= ACKS_WINDOW; n++)
                take(n);
        assert_int_equal(acks_take(&acks, ACKS_WINDOW + 1, &trace), ACKS_FULL);
        acks_done(&acks, 2);
        assert_int_equal(acks_take(&acks, ACKS_WINDOW + 1, &trace), ACKS_FULL);
        acks_done(&acks, 1);
        assert_int_equal(acks_take(&acks, ACKS_WINDOW + 1, &trace), 0);
        assert_int_equal(acks_take(&acks, ACKS_WINDOW + 2, &trace), 0);
        assert_int_equal(acks_take(&acks, ACKS_WINDOW + 3, &trace), ACKS_FULL);
}

static void test_any_order_of_arrival_reaches_the_end(void **state) {
        uint64_t order[1000];
        unsigned int seed = 20261124;
        uint64_t number = 0;

        acks_init(&acks);
        for (int round = 0; round < 20; round++) {
                for (uint64_t i = 0; i < 1000; i++) {
                        order[i] = ++number;
                        take(number);
                }
                for (size_t i = 999; i > 0; i--) {
                        size_t other = (size_t)rand_r(&seed) % (i + 1);
                        uint64_t kept = order[i];

                        order[i] = order[other];
                        order[other] = kept;
                }
                for (size_t i = 0; i < 1000; i++) {
                        assert_false(acks_reached(&acks, number));
                        acks_done(&acks, order[i]);
                }
                assert_true(acks_reached(&acks, number));
        }
}

/* --- outbox ---------------------------------------------------------------------------------------- */

static uint64_t take_owed(struct outbox *outbox) {
        void *item;

        if (ring_peek(&outbox->ring, 1, &item) == 0)
                return 0;

        uint64_t number = ((struct outbox_owed *)item)->number;

        outbox_owed_drop(item);
        ring_release(&outbox->ring, 1);
        return number;
}

static void test_what_finds_the_ring_full_waits_and_keeps_its_place(void **state) {
        struct doorbell shard_bell, emit_bell;
        struct outbox outbox;

        assert_int_equal(doorbell_init(&shard_bell), 0);
        assert_int_equal(doorbell_init(&emit_bell), 0);
        assert_int_equal(outbox_init(&outbox, 2, &emit_bell, &shard_bell), 0);
        for (int i = 0; i < 100; i++) {
                struct outbox_owed *owed = outbox_reserve(&outbox);

                assert_non_null(owed);
                owed->type = OUTBOX_OWED_QUARANTINE;
                owed->quarantine = (struct outbox_quarantine){.bytes = malloc(8), .bytes_used = 8};
                outbox_commit(&outbox);
        }
        assert_false(outbox_flush(&outbox));
        for (uint64_t number = 1; number <= 50; number++) {
                assert_int_equal(take_owed(&outbox), number);
                outbox_flush(&outbox);
        }
        assert_int_equal(outbox.number, 100);
        outbox_fini(&outbox); /* frees the fifty items that are left */
        doorbell_fini(&shard_bell);
        doorbell_fini(&emit_bell);
}

/* --- checkpoint -------------------------------------------------------------------------------------- */

static void test_states_come_back_as_they_were_put(void **state) {
        struct bundle blobs = {0};
        unsigned char bytes[999];
        char id[EVENT_ELDER_ID_BYTES];
        struct bundle_item blob;
        size_t at = 0;

        memset(bytes, 0xa5, sizeof(bytes));
        for (int i = 0; i < 1000; i++) {
                snprintf(id, sizeof(id), "E%d", i);
                assert_int_equal(bundle_add(&blobs, id, bytes, (size_t)i), 0);
        }
        for (int i = 0; i < 1000; i++) {
                snprintf(id, sizeof(id), "E%d", i);
                assert_true(bundle_next(&blobs, &at, &blob));
                assert_string_equal(blob.elder_id, id);
                assert_int_equal(blob.bytes_used, i);
                assert_int_equal((uintptr_t)blob.bytes % 8, 0);
                assert_memory_equal(blob.bytes, bytes, (size_t)i);
        }
        assert_false(bundle_next(&blobs, &at, &blob));
        bundle_fini(&blobs);
}

static void test_a_shard_owns_every_nth_partition(void **state) {
        struct checkpoint checkpoint;

        assert_int_equal(checkpoint_init(&checkpoint, 1, 3, 8), 0);
        assert_int_equal(checkpoint.part_count, 3);
        assert_int_equal(checkpoint.parts[0].partition, 1);
        assert_int_equal(checkpoint.parts[2].partition, 7);
        checkpoint_fini(&checkpoint);
        assert_int_equal(checkpoint_init(&checkpoint, 5, 6, 4), 0);
        assert_int_equal(checkpoint.part_count, 0);
        checkpoint_fini(&checkpoint);
}

static void test_the_buffer_has_one_owner_at_a_time(void **state) {
        struct checkpoint checkpoint;

        assert_int_equal(checkpoint_init(&checkpoint, 0, 1, 2), 0);
        assert_true(checkpoint_is_back(&checkpoint));
        checkpoint_hand_over(&checkpoint);
        assert_false(checkpoint_is_back(&checkpoint));
        assert_true(checkpoint_is_owed(&checkpoint));
        checkpoint_give_back(&checkpoint);
        assert_true(checkpoint_is_back(&checkpoint));
        checkpoint_fini(&checkpoint);
}

/* --- position ---------------------------------------------------------------------------------------- */

static struct checkpoint_restored restored_at(int64_t alarm, int64_t telemetry) {
        return (struct checkpoint_restored){
                .partition = 4, .generation = 9, .epoch = 77, .next_offset = {alarm, telemetry}};
}

static void test_a_position_takes_only_its_own_generation_until_it_closes(void **state) {
        struct checkpoint_restored restored = restored_at(10, 20);
        struct position position = {.partition = 4};

        assert_false(position_takes(&position, 0));
        position_open(&position, &restored, 0);
        assert_true(position_takes(&position, 9));
        assert_false(position_takes(&position, 8));
        position.closing = true;
        assert_false(position_takes(&position, 9));
}

static void test_what_is_saved_is_behind_the_last_record_judged(void **state) {
        struct checkpoint_restored restored = restored_at(10, CHECKPOINT_OFFSET_NONE);
        struct checkpoint_part part = {0};
        struct position position = {.partition = 4};

        position_open(&position, &restored, 0);
        assert_false(position_has_moved(&position));
        position_judged(&position, LANE_ALARM, 10);
        assert_true(position_has_moved(&position));
        position_save(&position, position.next_offset[LANE_ALARM], &part);
        assert_int_equal(part.next_offset[LANE_ALARM], 11);
        assert_int_equal(part.next_offset[LANE_TELEMETRY], CHECKPOINT_OFFSET_NONE);
        assert_int_equal(part.epoch, 77);
        assert_int_equal(part.number, 1);
        assert_false(position_has_moved(&position));
}

static void test_deadlines_wait_for_the_alarms_but_not_for_ever(void **state) {
        struct checkpoint_restored restored = restored_at(0, 0);
        struct position position = {.partition = 4};

        position_open(&position, &restored, 1000);
        assert_true(position_is_behind(&position, 1000 + POSITION_STALL_MS));
        position.fed_mono_ms = 5000; /* the backlog is still coming */
        assert_true(position_is_behind(&position, 5000 + POSITION_STALL_MS));
        assert_false(position_is_behind(&position, 5001 + POSITION_STALL_MS));
}

/* --- owners ---------------------------------------------------------------------------------------- */

static void test_a_device_that_moves_names_the_elder_it_leaves(void **state) {
        struct owners owners = {0};
        char before[EVENT_ELDER_ID_BYTES], device[EVENT_DEVICE_ID_BYTES];

        for (int i = 0; i < 5000; i++) {
                snprintf(device, sizeof(device), "sos-%d", i);
                assert_int_equal(owners_set(&owners, device, "E1", before), 0);
                assert_string_equal(before, "");
        }
        for (int i = 0; i < 5000; i++) {
                snprintf(device, sizeof(device), "sos-%d", i);
                assert_int_equal(owners_set(&owners, device, i % 2 ? "E2" : "", before), 0);
                assert_string_equal(before, "E1");
        }
        assert_int_equal(owners_set(&owners, "sos-1", "", before), 0);
        assert_string_equal(before, "E2");
        assert_int_equal(owners_set(&owners, "sos-0", "E3", before), 0);
        assert_string_equal(before, "");
        owners_fini(&owners);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_gap_holds_back_everything_behind_it),
                cmocka_unit_test(test_a_full_window_refuses_until_the_oldest_arrives),
                cmocka_unit_test(test_any_order_of_arrival_reaches_the_end),
                cmocka_unit_test(test_what_finds_the_ring_full_waits_and_keeps_its_place),
                cmocka_unit_test(test_states_come_back_as_they_were_put),
                cmocka_unit_test(test_a_shard_owns_every_nth_partition),
                cmocka_unit_test(test_the_buffer_has_one_owner_at_a_time),
                cmocka_unit_test(test_a_position_takes_only_its_own_generation_until_it_closes),
                cmocka_unit_test(test_what_is_saved_is_behind_the_last_record_judged),
                cmocka_unit_test(test_deadlines_wait_for_the_alarms_but_not_for_ever),
                cmocka_unit_test(test_a_device_that_moves_names_the_elder_it_leaves),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
