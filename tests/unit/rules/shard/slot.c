/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "rules/shard/batch.h"
#include "rules/shard/slot.h"

enum { PARTITIONS = 8, GENERATION = 3, OFFSET = 41 };

static unsigned char frame[FRAME_BYTES_MAX];

static struct event event_of(const char *elder_id, uint64_t sequence, uint16_t sample_count) {
        struct event event = {.sequence = sequence, .sample_count = sample_count};

        assert_int_equal(event_set_ids(&event, elder_id, "radar-1"), 0);
        return event;
}

static int32_t partition_of(const char *elder_id) {
        return murmur2_partition(murmur2(elder_id, strlen(elder_id)), PARTITIONS);
}

/* Make a frame with @count events of E1; those with an odd index have @samples samples. Return: its size in bytes. */
static size_t frame_of(int count, uint16_t samples) {
        static int16_t block[EVENT_SAMPLES_MAX * 3];
        struct frame_writer writer;

        for (size_t i = 0; i < EVENT_SAMPLES_MAX * 3; i++)
                block[i] = (int16_t)i;
        frame_begin(&writer, LANE_TELEMETRY, frame, sizeof(frame));
        for (int i = 0; i < count; i++) {
                uint16_t own = i % 2 ? samples : 0;
                struct event event = event_of("E1", (uint64_t)i, own);

                assert_int_equal(frame_append(&writer, &event, own ? block : NULL), 0);
        }
        return frame_end(&writer);
}

static void begin(struct slot_packer *packer, size_t bytes) {
        slot_packer_begin(packer, frame, bytes, LANE_TELEMETRY, partition_of("E1"), PARTITIONS,
                          GENERATION, OFFSET);
}

static struct slot *next_slot(struct ring *ring) {
        void *slot;

        return ring_peek(ring, 1, &slot) ? slot : NULL;
}

static void test_a_record_of_three_events_ends_with_its_last_slot(void **state) {
        struct slot_packer packer;
        struct ring ring;

        assert_int_equal(ring_init(&ring, 8, SLOT_BYTES, 0), 0);
        begin(&packer, frame_of(3, 0));
        assert_int_equal(slot_packer_push(&packer, &ring), 0);
        for (uint64_t i = 0; i < 3; i++) {
                struct slot *slot = next_slot(&ring);

                assert_non_null(slot);
                assert_int_equal(slot->type, SLOT_EVENT);
                assert_int_equal(slot->event.sequence, i);
                assert_int_equal(slot->offset, OFFSET);
                assert_int_equal(slot->generation, GENERATION);
                assert_int_equal(slot->last, i == 2);
                ring_release(&ring, 1);
        }
        assert_null(next_slot(&ring));
        ring_fini(&ring);
}

static void test_a_full_ring_stops_the_record_and_room_lets_it_go_on(void **state) {
        struct slot_packer packer;
        struct ring ring;
        uint64_t seen = 0;

        assert_int_equal(ring_init(&ring, 4, SLOT_BYTES, UINT32_MAX - 1), 0);
        begin(&packer, frame_of(11, 0));
        while (slot_packer_push(&packer, &ring) == SLOT_PACKER_FULL) {
                assert_int_equal(next_slot(&ring)->event.sequence, seen);
                ring_release(&ring, 1);
                seen++;
        }
        for (struct slot *slot; (slot = next_slot(&ring)); seen++) {
                assert_int_equal(slot->event.sequence, seen);
                assert_int_equal(slot->last, seen == 10);
                ring_release(&ring, 1);
        }
        assert_int_equal(seen, 11);
        ring_fini(&ring);
}

static void test_a_record_without_events_only_moves_the_position(void **state) {
        struct slot_packer packer;
        struct ring ring;

        assert_int_equal(ring_init(&ring, 2, SLOT_BYTES, 0), 0);
        begin(&packer, frame_of(0, 0));
        assert_int_equal(slot_packer_push(&packer, &ring), 0);
        assert_int_equal(next_slot(&ring)->type, SLOT_SKIP);
        assert_true(next_slot(&ring)->last);
        ring_fini(&ring);
}

static void test_a_broken_record_is_carried_whole_behind_what_could_be_read(void **state) {
        struct slot_packer packer;
        struct ring ring;
        size_t bytes = frame_of(2, 0);
        struct frame_header header;

        memcpy(&header, frame, sizeof(header));
        header.event_count = 5; /* three more than the frame has */
        memcpy(frame, &header, sizeof(header));

        assert_int_equal(ring_init(&ring, 8, SLOT_BYTES, 0), 0);
        begin(&packer, bytes);
        assert_int_equal(slot_packer_push(&packer, &ring), 0);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(next_slot(&ring)->type, SLOT_EVENT);
                assert_false(next_slot(&ring)->last);
                ring_release(&ring, 1);
        }

        struct slot *slot = next_slot(&ring);

        assert_int_equal(slot->type, SLOT_REFUSED);
        assert_int_equal(slot->reason, SLOT_REASON_BROKEN_FRAME);
        assert_true(slot->last);
        assert_int_equal(slot->bytes_used, bytes);
        assert_memory_equal(slot->refused, frame, bytes);
        assert_int_equal(packer.refused[SLOT_REASON_BROKEN_FRAME], 1);
        slot_drop(slot);
        ring_fini(&ring);
}

static void test_bytes_that_are_no_frame_are_refused_at_once(void **state) {
        struct slot_packer packer;
        struct ring ring;

        memcpy(frame, "hello", 5);
        assert_int_equal(ring_init(&ring, 8, SLOT_BYTES, 0), 0);
        for (size_t bytes = 0; bytes <= 5; bytes += 5) {
                begin(&packer, bytes);
                assert_int_equal(slot_packer_push(&packer, &ring), 0);
                assert_int_equal(next_slot(&ring)->type, SLOT_REFUSED);
                assert_int_equal(next_slot(&ring)->bytes_used, bytes);
                assert_true(next_slot(&ring)->last);
                slot_drop(next_slot(&ring));
                ring_release(&ring, 1);
        }
        ring_fini(&ring);
}

static void
test_of_a_record_too_large_for_the_quarantine_only_the_beginning_goes_there(void **state) {
        unsigned char *record = malloc(SLOT_REFUSED_BYTES_MAX + 1);
        struct slot_packer packer;
        struct ring ring;

        assert_non_null(record);
        memset(record, 'x', SLOT_REFUSED_BYTES_MAX + 1);
        assert_int_equal(ring_init(&ring, 8, SLOT_BYTES, 0), 0);
        for (uint32_t bytes = SLOT_REFUSED_BYTES_MAX; bytes <= SLOT_REFUSED_BYTES_MAX + 1;
             bytes++) {
                slot_packer_begin(&packer, record, bytes, LANE_ALARM, 0, PARTITIONS, GENERATION,
                                  OFFSET);
                assert_int_equal(slot_packer_push(&packer, &ring), 0);

                struct slot *slot = next_slot(&ring);

                assert_int_equal(slot->type, SLOT_REFUSED);
                assert_int_equal(slot->refused_bytes, bytes);
                assert_int_equal(slot->bytes_used,
                                 bytes == SLOT_REFUSED_BYTES_MAX ? bytes : SLOT_REFUSED_BYTES_KEPT);
                assert_memory_equal(slot->refused, record, slot->bytes_used);
                slot_drop(slot);
                ring_release(&ring, 1);
        }
        ring_fini(&ring);
        free(record);
}

static void test_an_event_of_another_partition_is_refused_as_a_frame_of_its_own(void **state) {
        struct slot_packer packer;
        struct ring ring;
        struct frame_reader reader;
        struct event event;
        const unsigned char *samples;
        size_t bytes = frame_of(2, 5);

        assert_int_equal(ring_init(&ring, 8, SLOT_BYTES, 0), 0);
        slot_packer_begin(&packer, frame, bytes, LANE_TELEMETRY,
                          (partition_of("E1") + 1) % PARTITIONS, PARTITIONS, GENERATION, OFFSET);
        assert_int_equal(slot_packer_push(&packer, &ring), 0);
        for (uint64_t i = 0; i < 2; i++) {
                struct slot *slot = next_slot(&ring);

                assert_int_equal(slot->reason, SLOT_REASON_WRONG_PARTITION);
                assert_int_equal(slot->last, i == 1);
                assert_int_equal(frame_open(&reader, slot->refused, slot->bytes_used), 0);
                assert_int_equal(frame_next(&reader, &event, &samples), 0);
                assert_int_equal(event.sequence, i);
                assert_int_equal(event.sample_count, i ? 5 : 0);
                if (i)
                        assert_int_equal(samples[2], 1); /* the second int16 of the block */
                assert_int_equal(frame_next(&reader, &event, &samples), FRAME_END);
                slot_drop(slot);
                ring_release(&ring, 1);
        }
        ring_fini(&ring);
}

/* The ring is much smaller than one sample block; the batch reassembles the block. */
static void test_sample_blocks_arrive_whole_behind_their_events(void **state) {
        static struct batch batch;
        struct slot_packer packer;
        struct ring ring;
        uint64_t seen = 0;
        int r;

        assert_int_equal(batch_init(&batch), 0);
        assert_int_equal(ring_init(&ring, 4, SLOT_BYTES, 0), 0);
        begin(&packer, frame_of(6, EVENT_SAMPLES_MAX));
        do {
                r = slot_packer_push(&packer, &ring);
                for (struct slot *slot; (slot = next_slot(&ring));) {
                        assert_int_equal(batch_add(&batch, slot), 0);
                        ring_release(&ring, 1);
                }
                for (uint32_t i = 0; i < batch.count; i++, seen++) {
                        assert_int_equal(batch.events[i].sequence, seen);
                        assert_int_equal(batch.marks[i].last, seen == 5);
                        if (seen % 2 == 0) {
                                assert_null(batch.samples[i]);
                                continue;
                        }
                        for (size_t at = 0; at < EVENT_SAMPLES_MAX * 3; at++) {
                                int16_t sample;

                                memcpy(&sample, batch.samples[i] + at * 2, sizeof(sample));
                                assert_int_equal(sample, (int16_t)at);
                        }
                }
                batch_clear(&batch);
        } while (r == SLOT_PACKER_FULL);
        assert_int_equal(seen, 6);
        assert_false(batch.begun);
        ring_fini(&ring);
        batch_fini(&batch);
}

static void test_an_event_begun_is_forgotten_when_its_partition_goes(void **state) {
        static struct batch batch;
        struct slot slot = {.type = SLOT_EVENT, .partition = 2, .event.sample_count = 100};
        struct slot piece = {.type = SLOT_SAMPLES, .partition = 2, .bytes_used = EVENT_BYTES};

        assert_int_equal(batch_init(&batch), 0);
        assert_int_equal(batch_add(&batch, &slot), 0);
        batch_abandon(&batch, 3);
        assert_true(batch.begun);
        batch_abandon(&batch, 2);
        assert_false(batch.begun);
        assert_int_equal(batch_add(&batch, &piece), 0);
        assert_int_equal(batch.count, 0);
        batch_fini(&batch);
}

static void test_a_full_batch_leaves_the_slot_with_the_caller(void **state) {
        static struct batch batch;
        struct slot slot = {.type = SLOT_EVENT};

        assert_int_equal(batch_init(&batch), 0);
        for (int i = 0; i < BATCH_EVENTS; i++)
                assert_int_equal(batch_add(&batch, &slot), 0);
        assert_int_equal(batch_add(&batch, &slot), BATCH_FULL);
        batch_clear(&batch);
        assert_int_equal(batch_add(&batch, &slot), 0);
        assert_int_equal(batch.count, 1);
        batch_fini(&batch);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_record_of_three_events_ends_with_its_last_slot),
                cmocka_unit_test(test_a_full_ring_stops_the_record_and_room_lets_it_go_on),
                cmocka_unit_test(test_a_record_without_events_only_moves_the_position),
                cmocka_unit_test(test_a_broken_record_is_carried_whole_behind_what_could_be_read),
                cmocka_unit_test(test_bytes_that_are_no_frame_are_refused_at_once),
                cmocka_unit_test(
                        test_of_a_record_too_large_for_the_quarantine_only_the_beginning_goes_there),
                cmocka_unit_test(
                        test_an_event_of_another_partition_is_refused_as_a_frame_of_its_own),
                cmocka_unit_test(test_sample_blocks_arrive_whole_behind_their_events),
                cmocka_unit_test(test_an_event_begun_is_forgotten_when_its_partition_goes),
                cmocka_unit_test(test_a_full_batch_leaves_the_slot_with_the_caller),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
