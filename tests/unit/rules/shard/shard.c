/* SPDX-License-Identifier: MIT
 *
 * The shard, turned by hand: the test is feed, emit and state thread at once, and the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "rules/eval/measure/motion_limits.h"
#include "rules/eval/rule_set_builder.h"
#include "rules/shard/shard.h"
#include "tests/unit/rules/body.h"

enum {
        PARTITIONS = 4,
        GENERATION = 5,
        EPOCH = 1000,
        OWED_SLOTS = 4,
        INTERVAL_MS = 1000,
        HOLD_MS = 20000,
};

#define NOW_MS INT64_C(1790000000000)

struct fixture {
        struct shard shard;
        struct rule_set *rules;
        struct doorbell bell;  /* everybody else's */
        struct doorbell space; /* the feed's, for room */
        int64_t now_mono_ms;
        int64_t set_ms;    /* the wall clock of everybody, by so much */
        int32_t partition; /* of "E1" */
        uint64_t sequence;
};

/* --- the world around ---------------------------------------------------------------------------- */

static struct rule_set *make_rules(void) {
        struct rule_set_builder *builder = NULL;
        struct rule_set *rules = NULL;
        uint32_t index;
        struct rule rule = {
                .severity = SEVERITY_CRITICAL,
                .class = ALERT_LIFE_SAFETY,
                .latching = true,
                .condition = {.type = CONDITION_HAPPENING, .happening.kind = KIND_SOS},
        };

        strcpy(rule.id, "sos");
        strcpy(rule.title_en, "Help button pressed");
        strcpy(rule.ladder, "sos-now");
        assert_int_equal(rule_set_builder_new(&builder), 0);
        assert_int_equal(rule_set_add_rule(builder, &rule, &index), 0);
        strcpy(rule.id, "fall");
        rule.condition = (struct rule_condition){.type = CONDITION_MOTION};
        rule.condition.motion.happening.kind = KIND_ACCELERATION;
        rule.condition.motion.positions = 1u << WORN_WAIST;
        motion_limits_default(WORN_WAIST, MOTION_NORMAL, &rule.condition.motion.limits[WORN_WAIST]);
        assert_int_equal(rule_set_add_rule(builder, &rule, &index), 0);
        strcpy(rule.id, "held");
        rule.condition = (struct rule_condition){
                .type = CONDITION_HAPPENING,
                .happening = {.kind = KIND_FALL, .hold_ms = HOLD_MS},
        };
        kind_set_add(&rule.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        kind_set_add(&rule.condition.happening.cancel_kinds, KIND_STEPS);
        assert_int_equal(rule_set_add_rule(builder, &rule, &index), 0);
        assert_int_equal(rule_set_finish(builder, "0123456789abcdef", &rules), 0);
        rule_set_builder_free(builder);
        return rules;
}

static int32_t partition_of(const char *elder_id) {
        return murmur2_partition(murmur2(elder_id, strlen(elder_id)), PARTITIONS);
}

static int64_t wall_ms(const struct fixture *f) {
        return NOW_MS + f->now_mono_ms + f->set_ms;
}

static int turn(struct fixture *f) {
        return shard_turn(&f->shard, wall_ms(f), f->now_mono_ms);
}

/* Until there is nothing left to do at this moment. */
static void settle(struct fixture *f) {
        while (turn(f) == 0)
                ;
}

static void pass(struct fixture *f, int64_t ms) {
        f->now_mono_ms += ms;
        settle(f);
}

static void control(struct fixture *f, const struct control *item) {
        struct control *place = ring_reserve(&f->shard.control);

        assert_non_null(place);
        *place = *item;
        ring_commit(&f->shard.control);
}

static void put_elder(struct fixture *f, const char *elder_id) {
        struct elder_profile *profile = calloc(1, sizeof(*profile));

        assert_non_null(profile);
        strcpy(profile->elder_id, elder_id);
        profile->elder_hash = murmur2(elder_id, strlen(elder_id));
        profile->partition = partition_of(elder_id);
        snprintf(profile->devices[0].device_id, DEVICE_ID_BYTES, "%s-sos", elder_id);
        profile->devices[0].device_hash =
                murmur2(profile->devices[0].device_id, strlen(profile->devices[0].device_id));
        strcpy(profile->devices[0].wearing_position, "waist");
        profile->device_count = 1;
        control(f, &(struct control){.type = CONTROL_ELDER_PUT, .profile = profile});
}

static void open_partition(struct fixture *f, uint32_t generation, uint64_t epoch, int64_t offset,
                           struct bundle *elders) {
        struct restored *restored = calloc(1, sizeof(*restored));

        assert_non_null(restored);
        *restored = (struct restored){.partition = f->partition,
                                      .generation = generation,
                                      .epoch = epoch,
                                      .saved_time_ms = NOW_MS,
                                      .next_offset = {offset, offset}};
        if (elders) {
                restored->elders = *elders;
                *elders = (struct bundle){0};
        }
        control(f, &(struct control){.type = CONTROL_OPEN,
                                     .partition = f->partition,
                                     .generation = generation,
                                     .restored = restored});
}

static void close_partition(struct fixture *f) {
        control(f, &(struct control){.type = CONTROL_CLOSE,
                                     .partition = f->partition,
                                     .generation = GENERATION,
                                     .save = true});
}

static struct event press_of(struct fixture *f, const char *elder_id) {
        struct event event = {.kind = KIND_SOS,
                              .value = 1,
                              .confidence_pct = 100,
                              .device_time_ms = wall_ms(f),
                              .received_time_ms = wall_ms(f),
                              .sequence = ++f->sequence};
        char device_id[DEVICE_ID_BYTES];

        snprintf(device_id, sizeof(device_id), "%s-sos", elder_id);
        assert_int_equal(event_set_ids(&event, elder_id, device_id), 0);
        return event;
}

static void send(struct fixture *f, enum lane lane, const struct event *event, uint32_t generation,
                 int64_t offset, bool last) {
        struct slot *slot = ring_reserve(&f->shard.lane[lane]);

        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_EVENT,
                              .lane = (uint8_t)lane,
                              .last = last,
                              .partition = f->partition,
                              .generation = generation,
                              .offset = offset};
        slot->event = *event;
        ring_commit(&f->shard.lane[lane]);
}

static void press(struct fixture *f, enum lane lane, const char *elder_id, int64_t offset) {
        struct event event = press_of(f, elder_id);

        send(f, lane, &event, GENERATION, offset, true);
}

/* What the shard told, in order; the sequences of the causing events, 0 for quarantine. */
static uint32_t take_owed(struct fixture *f, uint64_t *ret, uint32_t most) {
        uint32_t count = 0;
        void *item;

        while (count < most) {
                if (!ring_peek(&f->shard.outbox.ring, 1, &item)) {
                        settle(f); /* what waited behind the ring moves up */
                        if (!ring_peek(&f->shard.outbox.ring, 1, &item))
                                break;
                }

                struct outbox_owed *owed = item;
                const char *sequence =
                        owed->type == OWED_ALERT ? strrchr(owed->alert.event_id, ':') + 1 : "0";

                ret[count++] = strtoull(sequence, NULL, 10);
                outbox_owed_drop(owed);
                ring_release(&f->shard.outbox.ring, 1);
        }
        return count;
}

static uint32_t count_owed(struct fixture *f) {
        uint64_t sequences[1024];

        return take_owed(f, sequences, 1024);
}

static struct checkpoint_part *part(struct fixture *f) {
        return &f->shard.checkpoint.parts[f->partition];
}

static void give_back(struct fixture *f, enum checkpoint_outcome outcome) {
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        for (uint32_t i = 0; i < f->shard.checkpoint.part_count; i++)
                f->shard.checkpoint.parts[i].outcome = outcome;
        checkpoint_give_back(&f->shard.checkpoint);
}

static int setup(void **state) {
        struct fixture *f = aligned_alloc(alignof(struct fixture), sizeof(*f));

        assert_non_null(f);
        memset(f, 0, sizeof(*f));
        f->rules = make_rules();
        assert_int_equal(doorbell_init(&f->bell), 0);
        assert_int_equal(doorbell_init(&f->space), 0);
        f->partition = partition_of("E1");
        f->now_mono_ms = 100000;

        struct shard_options options = {
                .shard_count = 1,
                .partition_count = PARTITIONS,
                .lane_slots = {1024, 1024},
                .control_slots = 64,
                .owed_slots = OWED_SLOTS,
                .checkpoint_interval_ms = INTERVAL_MS,
                .rules = f->rules,
                .feed_bell = &f->bell,
                .feed_space_bell = &f->space,
                .emit_bell = &f->bell,
                .state_bell = &f->bell,
        };

        assert_int_equal(shard_init(&f->shard, &options, NOW_MS), 0);
        put_elder(f, "E1");
        open_partition(f, GENERATION, EPOCH, 0, NULL);
        settle(f);
        if (checkpoint_is_owed(&f->shard.checkpoint))
                give_back(f, CHECKPOINT_SAVED);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        assert_int_equal(shard_failed(&f->shard), 0);
        shard_fini(&f->shard);
        rule_set_free(f->rules);
        doorbell_fini(&f->bell);
        doorbell_fini(&f->space);
        free(f);
        return 0;
}

/* --- lanes ---------------------------------------------------------------------------------------- */

static void test_an_alarm_overtakes_telemetry(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];

        for (int i = 0; i < 600; i++) {
                struct event event = press_of(f, "E1");

                event.kind = KIND_MOTION;
                send(f, LANE_TELEMETRY, &event, GENERATION, i, true);
        }
        press(f, LANE_ALARM, "E1", 0);
        turn(f);
        assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &(void *){NULL}), 1);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_TELEMETRY], 0);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 601);
        settle(f);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_TELEMETRY], 600);
}

/* From the record as Kafka gives it: cut into slots, put together again, judged. */
static void test_a_fall_in_blocks_of_acceleration_becomes_an_alert(void **state) {
        static _Alignas(8) unsigned char record[64 * 1024];
        static struct body body;
        struct fixture *f = *state;
        struct frame_writer writer;
        struct packer packer;
        uint64_t sequence;

        body_begin(&body, 500);
        body_fall(&body, 3000, 90);
        f->now_mono_ms += 10000;
        frame_begin(&writer, LANE_TELEMETRY, record, sizeof(record));
        for (uint32_t from = 0; from + 50 <= body.count; from += 50) {
                struct event event = press_of(f, "E1");

                event.kind = KIND_ACCELERATION;
                event.sample_count = 50;
                event.sample_rate_dhz = 500;
                event.device_time_ms += from * 20 - 10000;
                assert_int_equal(frame_append(&writer, &event, body.mg + (size_t)from * 3), 0);
        }
        packer_begin(&packer, record, frame_end(&writer), LANE_TELEMETRY, f->partition, PARTITIONS,
                     GENERATION, 0);
        assert_int_equal(packer_push(&packer, &f->shard.lane[LANE_TELEMETRY]), 0);
        settle(f);
        assert_int_equal(take_owed(f, &sequence, 1), 1);
        assert_int_equal(sequence, 7);
        assert_int_equal(count_owed(f), 0);
}

static void test_what_was_registered_before_an_event_is_known_when_it_is_judged(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];
        char elder_id[ELDER_ID_BYTES];
        int number = 2;

        do /* somebody else of the same partition */
                snprintf(elder_id, sizeof(elder_id), "E%d", number++);
        while (partition_of(elder_id) != f->partition);
        put_elder(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        turn(f);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 1);
}

static void test_a_full_way_to_kafka_stops_judging_and_loses_nothing(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[1000];

        for (int i = 0; i < 1000; i++)
                press(f, LANE_ALARM, "E1", i);
        for (int i = 0; i < 10; i++)
                assert_true(turn(f) >= 0);
        assert_true(f->shard.outbox.number < 1000);
        assert_int_equal(take_owed(f, sequences, 1000), 1000);
        for (uint64_t i = 0; i < 1000; i++)
                assert_int_equal(sequences[i], i + 1);
        assert_int_equal(f->shard.outbox.number, 1000);
}

static void test_events_of_an_earlier_assignment_are_left_to_the_next_owner(void **state) {
        struct fixture *f = *state;
        struct event event = press_of(f, "E1");

        send(f, LANE_ALARM, &event, GENERATION - 1, 7, true);
        settle(f);
        assert_int_equal(count_owed(f), 0);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 0);
}

static void test_refused_bytes_go_to_quarantine_and_are_passed(void **state) {
        struct fixture *f = *state;
        struct slot *slot = ring_reserve(&f->shard.lane[LANE_ALARM]);
        uint64_t sequences[3];

        press(f, LANE_ALARM, "E1", 0);
        slot = ring_reserve(&f->shard.lane[LANE_ALARM]);
        *slot = (struct slot){.type = SLOT_REFUSED,
                              .last = true,
                              .partition = f->partition,
                              .generation = GENERATION,
                              .bytes_used = 3,
                              .offset = 1,
                              .refused = malloc(3)};
        ring_commit(&f->shard.lane[LANE_ALARM]);
        settle(f);
        assert_int_equal(f->shard.positions[f->partition].next_offset[LANE_ALARM], 2);
        assert_int_equal(take_owed(f, sequences, 3), 2);
        assert_int_equal(sequences[0], 1);
        assert_int_equal(sequences[1], 0);
}

/* --- deadlines ------------------------------------------------------------------------------------- */

static void happen(struct fixture *f, enum event_kind kind, int64_t ms_ago, int64_t offset) {
        struct event event = press_of(f, "E1");

        event.kind = kind;
        event.device_time_ms -= ms_ago;
        event.received_time_ms -= ms_ago;
        send(f, kind == KIND_STEPS ? LANE_TELEMETRY : LANE_ALARM, &event, GENERATION, offset, true);
        settle(f);
}

/* The transitions told since the last time, at most one. */
static enum alert_transition told(struct fixture *f) {
        enum alert_transition transition;
        void *item;

        assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &item), 1);
        transition = ((struct outbox_owed *)item)->alert.transition;
        ring_release(&f->shard.outbox.ring, 1);
        assert_int_equal(count_owed(f), 0);
        return transition;
}

static void say_lane_caught_up(struct fixture *f, enum lane lane) {
        struct slot *slot = ring_reserve(&f->shard.lane[lane]);

        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_CAUGHT_UP,
                              .lane = (uint8_t)lane,
                              .partition = f->partition,
                              .generation = GENERATION};
        ring_commit(&f->shard.lane[lane]);
        settle(f);
}

static void say_caught_up(struct fixture *f) {
        say_lane_caught_up(f, LANE_ALARM);
}

static void test_no_hold_ends_while_the_cancel_may_still_be_unread(void **state) {
        struct fixture *f = *state;

        happen(f, KIND_FALL, HOLD_MS + 10000, 0);
        pass(f, 1000);
        assert_int_equal(count_owed(f), 0); /* due 11 s ago, but not all is read */
        happen(f, KIND_BUTTON_CANCEL, HOLD_MS, 1);
        say_caught_up(f);
        pass(f, HOLD_MS);
        assert_int_equal(told(f), ALERT_CANCELLED);
}

static void test_a_hold_that_is_over_raises_once_all_is_read(void **state) {
        struct fixture *f = *state;

        happen(f, KIND_FALL, HOLD_MS + 10000, 0);
        assert_int_equal(count_owed(f), 0);
        say_caught_up(f);
        pass(f, 1000);
        assert_int_equal(told(f), ALERT_RAISED);
}

static void test_a_wall_clock_set_back_delays_no_hold(void **state) {
        struct fixture *f = *state;

        say_caught_up(f);
        happen(f, KIND_FALL, 0, 0);
        pass(f, HOLD_MS / 2);
        f->set_ms = -3600 * 1000;
        pass(f, HOLD_MS / 2 - 1000);
        assert_int_equal(count_owed(f), 0);
        pass(f, 2000);
        assert_int_equal(told(f), ALERT_RAISED);
}

static void test_a_wall_clock_set_forward_ends_no_hold(void **state) {
        struct fixture *f = *state;

        say_caught_up(f);
        happen(f, KIND_FALL, 0, 0);
        pass(f, 1000);
        f->set_ms = 3600 * 1000;
        pass(f, HOLD_MS / 2);
        assert_int_equal(count_owed(f), 0);
        happen(f, KIND_BUTTON_CANCEL, 0, 1);
        assert_int_equal(told(f), ALERT_CANCELLED);
        pass(f, HOLD_MS);
        assert_int_equal(count_owed(f), 0);
}

static void test_what_comes_after_the_wall_clock_was_set_is_told_as_of_now(void **state) {
        struct fixture *f = *state;
        void *item;

        say_caught_up(f);
        for (int i = 0; i < 2; i++) {
                f->set_ms = i == 0 ? -3600 * 1000 : 3600 * 1000;
                pass(f, 1000);
                press(f, LANE_ALARM, "E1", i);
                settle(f);
                assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &item), 1);

                const struct alert *alert = &((struct outbox_owed *)item)->alert;

                assert_int_equal(alert->late_ms, 0);
                assert_in_range(alert->event_time_ms, wall_ms(f) - 100, wall_ms(f) + 100);
                ring_release(&f->shard.outbox.ring, 1);
        }
}

/* --- checkpoints ----------------------------------------------------------------------------------- */

static void test_the_position_passes_a_record_only_when_all_of_it_is_judged(void **state) {
        struct fixture *f = *state;
        struct event first = press_of(f, "E1"), second = press_of(f, "E1");

        send(f, LANE_TELEMETRY, &first, GENERATION, 40, false);
        pass(f, INTERVAL_MS);
        assert_true(part(f)->used);
        assert_int_equal(part(f)->next_offset[LANE_TELEMETRY], 0);
        assert_true(part(f)->elders.count > 0);
        give_back(f, CHECKPOINT_SAVED);
        send(f, LANE_TELEMETRY, &second, GENERATION, 40, true);
        pass(f, INTERVAL_MS);
        assert_int_equal(part(f)->next_offset[LANE_TELEMETRY], 41);
}

static void test_a_checkpoint_names_the_last_alert_it_needs(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        press(f, LANE_ALARM, "E1", 1);
        pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(f->shard.checkpoint.owed, 2);
}

static void test_while_redis_is_away_it_goes_on_and_saves_all_at_the_end(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        pass(f, INTERVAL_MS);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 1);
        for (int i = 1; i < 10; i++) {
                press(f, LANE_ALARM, "E1", i);
                pass(f, INTERVAL_MS);
                assert_int_equal(part(f)->next_offset[LANE_ALARM], 1); /* not touched: not ours */
        }
        assert_int_equal(count_owed(f), 10);
        give_back(f, CHECKPOINT_SAVED);
        settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 10);
        assert_int_equal(part(f)->number, 2);
}

static void test_nothing_new_is_nothing_to_save(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        pass(f, INTERVAL_MS);
        give_back(f, CHECKPOINT_SAVED);
        pass(f, INTERVAL_MS);
        pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_back(&f->shard.checkpoint));
}

/* What it judged since then may be half of it: the next start has to read it again. */
static void test_a_shard_out_of_memory_saves_no_more(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        settle(f);
        atomic_store(&f->shard.failed, -ENOMEM);
        pass(f, INTERVAL_MS);
        pass(f, INTERVAL_MS);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        atomic_store(&f->shard.failed, 0);
}

static void test_a_lost_copy_is_written_again_whole_and_at_once(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        pass(f, INTERVAL_MS);
        assert_false(part(f)->whole);
        give_back(f, CHECKPOINT_REWRITE);
        settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(part(f)->whole);
        assert_int_equal(part(f)->elders.count, 1);
        give_back(f, CHECKPOINT_SAVED);
        press(f, LANE_ALARM, "E1", 1);
        pass(f, INTERVAL_MS);
        assert_false(part(f)->whole);
}

static void test_a_fenced_shard_stops_judging_the_partition(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        pass(f, INTERVAL_MS);
        count_owed(f);
        give_back(f, CHECKPOINT_FENCED);
        settle(f);
        press(f, LANE_ALARM, "E1", 1);
        settle(f);
        assert_int_equal(count_owed(f), 0);
        assert_false(f->shard.positions[f->partition].open);
}

static void test_a_partition_is_given_up_only_with_its_last_checkpoint(void **state) {
        struct fixture *f = *state;
        uint64_t sequences[2];

        press(f, LANE_ALARM, "E1", 0);
        settle(f);
        close_partition(f);
        press(f, LANE_ALARM, "E1", 1); /* after the close: the next owner's */
        settle(f);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 1);
        assert_int_equal(shard_closed(&f->shard), 0);
        give_back(f, CHECKPOINT_SAVED);
        settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
        assert_false(f->shard.positions[f->partition].open);
}

static void test_a_close_waits_for_the_checkpoint_that_is_away(void **state) {
        struct fixture *f = *state;

        press(f, LANE_ALARM, "E1", 0);
        pass(f, INTERVAL_MS);
        press(f, LANE_ALARM, "E1", 1);
        settle(f);
        close_partition(f);
        settle(f);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 1);
        give_back(f, CHECKPOINT_SAVED);
        settle(f);
        assert_int_equal(shard_closed(&f->shard), 0);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 2);
        give_back(f, CHECKPOINT_SAVED);
        settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
}

static void test_a_close_of_what_is_not_ours_is_settled_at_once(void **state) {
        struct fixture *f = *state;

        control(f, &(struct control){.type = CONTROL_CLOSE,
                                     .partition = (f->partition + 1) % PARTITIONS,
                                     .generation = GENERATION,
                                     .save = true});
        settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);
}

static void test_what_was_judged_before_a_restart_is_known_after_it(void **state) {
        struct fixture *f = *state;
        struct event event = press_of(f, "E1"), next = press_of(f, "E1");
        uint64_t sequences[3];

        send(f, LANE_ALARM, &event, GENERATION, 0, true);
        close_partition(f);
        settle(f); /* closed before the press was looked at: it is not judged here */
        assert_int_equal(count_owed(f), 0);
        give_back(f, CHECKPOINT_SAVED);
        settle(f);

        open_partition(f, GENERATION + 1, EPOCH + 1, 0, NULL);
        send(f, LANE_ALARM, &event, GENERATION + 1, 0, true);
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 3), 1);

        struct bundle states = part(f)->elders;

        part(f)->elders = (struct bundle){0};
        assert_true(states.count > 0);
        give_back(f, CHECKPOINT_SAVED);
        open_partition(f, GENERATION + 2, EPOCH + 2, 0, &states);
        send(f, LANE_ALARM, &event, GENERATION + 2, 0, true); /* the position was not that far */
        send(f, LANE_ALARM, &next, GENERATION + 2, 1, true);
        settle(f);
        assert_int_equal(take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], next.sequence);
}

/* --- without Redis, or with what cannot be read of it ------------------------------------------------- */

static void open_restored(struct fixture *f, const struct restored *restored) {
        struct restored *copy = malloc(sizeof(*copy));

        assert_non_null(copy);
        *copy = *restored;
        copy->partition = f->partition;
        control(f, &(struct control){.type = CONTROL_OPEN,
                                     .partition = f->partition,
                                     .generation = copy->generation,
                                     .restored = copy});
}

static void test_what_is_judged_without_redis_is_told_and_not_saved(void **state) {
        struct fixture *f = *state;
        struct event event = press_of(f, "E1");
        uint64_t sequences[2];

        open_restored(f, &(struct restored){.generation = GENERATION + 1, .provisional = true});
        send(f, LANE_ALARM, &event, GENERATION + 1, 0, true);
        pass(f, INTERVAL_MS);
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));

        /* Given back at once: there is nothing to wait for. */
        control(f, &(struct control){.type = CONTROL_CLOSE,
                                     .partition = f->partition,
                                     .generation = GENERATION + 1,
                                     .save = true});
        settle(f);
        assert_int_equal(shard_closed(&f->shard), 1);

        /* Redis is back: nothing of then is left, and the same is judged and saved. */
        open_partition(f, GENERATION + 2, EPOCH + 1, 0, NULL);
        send(f, LANE_ALARM, &event, GENERATION + 2, 0, true);
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], event.sequence);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(part(f)->elders.count, 1);
}

/* Hours are read again, the alarm lane before the other, and in that one lie the steps after the fall. */
static void read_a_fall_again(struct fixture *f) {
        open_restored(f, &(struct restored){
                                 .generation = GENERATION, .provisional = true, .read_back_ms = 1});
        happen(f, KIND_FALL, 3600000, 0);
        say_lane_caught_up(f, LANE_ALARM);
        pass(f, 1000);
        assert_int_equal(count_owed(f), 0);
}

static void test_a_fall_of_the_past_waits_for_what_the_other_lane_says_of_it(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        happen(f, KIND_STEPS, 3600000 - 4000, 0);
        say_lane_caught_up(f, LANE_TELEMETRY);
        pass(f, 1000);
        assert_int_equal(told(f), ALERT_CANCELLED);
}

static void test_a_fall_of_the_past_that_nothing_followed_is_told_when_all_is_read(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        say_lane_caught_up(f, LANE_TELEMETRY);
        pass(f, 1000);
        assert_int_equal(told(f), ALERT_RAISED);
}

static void test_a_fall_of_the_past_is_told_after_a_minute_all_the_same(void **state) {
        struct fixture *f = *state;

        read_a_fall_again(f);
        happen(f, KIND_FALL, 0, 1); /* one of now has its own time */
        pass(f, HOLD_MS);
        assert_int_equal(count_owed(f), 2); /* the one before is told with it */
        read_a_fall_again(f);
        pass(f, 60000);
        assert_int_equal(told(f), ALERT_RAISED);
}

static void test_for_a_state_that_cannot_be_read_its_elder_alone_is_judged_again(void **state) {
        struct fixture *f = *state;
        struct restored restored = {
                .generation = GENERATION + 1,
                .epoch = EPOCH + 1,
                .refused = malloc(sizeof(uint32_t)),
                .refused_count = 1,
                .judged_to = {3, OFFSET_NONE},
        };
        char elder_id[ELDER_ID_BYTES];
        uint64_t sequences[4];
        int number = 2;

        do /* somebody else of the same partition, whose state is fine */
                snprintf(elder_id, sizeof(elder_id), "E%d", number++);
        while (partition_of(elder_id) != f->partition);
        put_elder(f, elder_id);
        restored.refused[0] = murmur2("E1", 2);
        assert_int_equal(bundle_add(&restored.elders, "E1", "of another version", 18), 0);
        open_restored(f, &restored);
        f->sequence = 0;
        for (int offset = 0; offset < 2; offset++) {
                struct event event = press_of(f, offset == 0 ? "E1" : elder_id);

                send(f, LANE_ALARM, &event, GENERATION + 1, offset, true);
        }
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 4), 1);
        assert_int_equal(sequences[0], 1);
        /* A crash now must find the old position, with the old states beside it. */
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));

        for (int offset = 2; offset < 4; offset++) {
                struct event event = press_of(f, elder_id);

                send(f, LANE_ALARM, &event, GENERATION + 1, offset, true);
        }
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 4), 1);
        assert_int_equal(sequences[0],
                         4); /* the one at 2 was judged before the states were stored */
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(part(f)->whole);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 4);
        assert_int_equal(part(f)->elders.count, 2);
}

static void test_an_elder_who_is_removed_leaves_the_checkpoint_too(void **state) {
        struct fixture *f = *state;
        struct control removal = {.type = CONTROL_ELDER_REMOVE, .elder_hash = murmur2("E1", 2)};
        struct bundle_item item;
        size_t at = 0;

        strcpy(removal.elder_id, "E1");
        control(f, &removal);
        pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_true(bundle_next(&part(f)->elders, &at, &item));
        assert_string_equal(item.elder_id, "E1");
        assert_int_equal(item.bytes_used, 0);
}

/* --- a checkpoint of many ----------------------------------------------------------------------------- */

enum { MANY = 3000 };

/* Elders of our partition, each with something to save. */
static void put_many(struct fixture *f) {
        int number = 2;

        for (int i = 0; i < MANY; i++) {
                char elder_id[ELDER_ID_BYTES];

                do
                        snprintf(elder_id, sizeof(elder_id), "E%d", number++);
                while (partition_of(elder_id) != f->partition);
                put_elder(f, elder_id);
                settle(f);

                struct event event = press_of(f, elder_id);

                event.kind = KIND_MOTION;
                send(f, LANE_TELEMETRY, &event, GENERATION, i, true);
                settle(f);
        }
}

/* Turn until something has been put into the buffer, but not all. */
static void begin_to_fill(struct fixture *f) {
        f->now_mono_ms += INTERVAL_MS;
        assert_int_equal(turn(f), 0); /* more is to be done */
        assert_true(f->shard.filling);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        assert_in_range(part(f)->elders.count, 1, MANY - 1);
}

static uint32_t count_copies(struct fixture *f, const char *elder_id, struct bundle_item *ret) {
        struct bundle_item item;
        uint32_t count = 0;
        size_t at = 0;

        while (bundle_next(&part(f)->elders, &at, &item)) {
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

        press(f, LANE_ALARM, "E1", 0); /* the first to be saved */
        settle(f);
        put_many(f);
        begin_to_fill(f);
        press(f, LANE_ALARM, "E1", 1);
        turn(f);
        assert_int_equal(f->shard.outbox.number, 2);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        settle(f);
        /* What it says of E1 is of after that press, as its position is; and it waits for both alerts. */
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 2);
        assert_int_equal(f->shard.checkpoint.owed, 2);
        assert_int_equal(count_copies(f, "E1", &item), 2);
        assert_int_equal(part(f)->elders.count, MANY + 2);
}

static void test_who_is_removed_while_a_checkpoint_fills_is_gone_at_its_end(void **state) {
        struct fixture *f = *state;
        struct control removal = {.type = CONTROL_ELDER_REMOVE, .elder_hash = murmur2("E1", 2)};
        struct bundle_item item;

        press(f, LANE_ALARM, "E1", 0);
        settle(f);
        put_many(f);
        begin_to_fill(f);
        strcpy(removal.elder_id, "E1");
        control(f, &removal);
        settle(f);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(count_copies(f, "E1", &item), 2);
        assert_int_equal(item.bytes_used, 0);
}

static void test_a_partition_lost_while_a_checkpoint_fills_is_not_in_it(void **state) {
        struct fixture *f = *state;

        put_many(f);
        begin_to_fill(f);
        control(f, &(struct control){.type = CONTROL_CLOSE,
                                     .partition = f->partition,
                                     .generation = GENERATION,
                                     .save = false});
        open_partition(f, GENERATION + 1, EPOCH + 1, 7, NULL);
        settle(f);
        assert_int_equal(part(f)->elders.count, 0);
        assert_false(f->shard.filling);
}

/* --- strangers -------------------------------------------------------------------------------------- */

static void stranger_id(struct fixture *f, char *ret) {
        int number = 2;

        do
                snprintf(ret, ELDER_ID_BYTES, "S%d", number++);
        while (partition_of(ret) != f->partition);
}

static void test_an_alarm_that_overtakes_its_registration_waits_for_it(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];
        uint64_t sequences[3];

        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        press(f, LANE_ALARM, "E1", 1); /* nobody else waits */
        settle(f);
        assert_int_equal(take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 2);
        pass(f, INTERVAL_MS);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 0); /* a crash would read it again */
        give_back(f, CHECKPOINT_SAVED);
        put_elder(f, elder_id);
        pass(f, INTERVAL_MS);
        assert_int_equal(take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 1);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 2);
}

static void test_an_alarm_of_a_stranger_goes_to_quarantine_in_the_end(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];
        uint64_t sequences[2];

        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        settle(f);
        pass(f, PARKED_MS - 1);
        assert_int_equal(count_owed(f), 0);
        pass(f, 1);
        assert_int_equal(take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 0);
        give_back(f, CHECKPOINT_SAVED); /* of the one that stopped before the alarm */
        pass(f, INTERVAL_MS);
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 1);
}

static void test_telemetry_of_a_stranger_goes_to_quarantine_at_once(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        stranger_id(f, elder_id);
        press(f, LANE_TELEMETRY, elder_id, 0);
        settle(f);
        assert_int_equal(count_owed(f), 1);
}

static void test_more_strangers_than_can_wait_are_not_lost(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        stranger_id(f, elder_id);
        for (int i = 0; i < PARKED_MAX + 10; i++)
                press(f, LANE_ALARM, elder_id, i);
        settle(f);
        assert_int_equal(count_owed(f), 10);
        pass(f, PARKED_MS);
        assert_int_equal(count_owed(f), PARKED_MAX);
}

/* --- while the registry is read ------------------------------------------------------------------- */

static void begin_loading(struct fixture *f) {
        f->shard.loading = f->shard.parked.loading = true;
}

static void end_loading(struct fixture *f) {
        control(f, &(struct control){.type = CONTROL_LOADED});
        settle(f);
}

static void test_until_the_registry_is_read_no_alarm_is_a_strangers(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];
        uint64_t sequences[3];

        begin_loading(f);
        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        press(f, LANE_ALARM, "E1", 1); /* whom we know is served at once */
        settle(f);
        assert_int_equal(take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 2);
        pass(f, 6 * PARKED_MS);
        assert_int_equal(count_owed(f), 0);
        put_elder(f, elder_id); /* out of turn, with the button */
        settle(f);
        assert_int_equal(take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 1);
}

static void put_bare(struct fixture *f, const char *elder_id, bool whole) {
        struct elder_profile *bare = calloc(1, sizeof(*bare));

        assert_non_null(bare);
        strcpy(bare->elder_id, elder_id);
        bare->elder_hash = murmur2(elder_id, strlen(elder_id));
        bare->partition = f->partition;
        control(f, &(struct control){.type = CONTROL_ELDER_PUT, .profile = bare, .whole = whole});
        settle(f);
}

static void test_who_is_told_without_the_button_is_told_again_with_it(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        settle(f);
        put_bare(f, elder_id, false);
        assert_int_equal(count_owed(f), 0); /* its id would not be the button's */
        put_elder(f, elder_id);
        settle(f);
        assert_int_equal(count_owed(f), 1);
}

static void test_a_button_the_registry_does_not_have_is_judged_in_the_end(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        settle(f);
        put_bare(f, elder_id, true);
        assert_int_equal(count_owed(f), 1);
}

static void test_the_time_of_a_stranger_begins_when_the_registry_is_read(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        press(f, LANE_ALARM, elder_id, 0);
        pass(f, 6 * PARKED_MS);
        end_loading(f);
        pass(f, PARKED_MS - 1);
        assert_int_equal(count_owed(f), 0);
        pass(f, 1);
        assert_int_equal(count_owed(f), 1);
}

static void test_a_whole_citys_alarms_wait_for_the_registry(void **state) {
        struct fixture *f = *state;
        char elder_id[ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        for (int i = 0; i < 3 * PARKED_MAX; i++)
                press(f, LANE_ALARM, elder_id, i);
        settle(f);
        assert_int_equal(count_owed(f), 0);
        put_elder(f, elder_id);
        settle(f);
        assert_int_equal(count_owed(f), 3 * PARKED_MAX);
}

static void test_nothing_is_saved_before_all_elders_are_known(void **state) {
        struct fixture *f = *state;

        begin_loading(f);
        press(f, LANE_ALARM, "E1", 0);
        pass(f, 3 * INTERVAL_MS);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        count_owed(f);
        end_loading(f);
        pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(part(f)->next_offset[LANE_ALARM], 1);
}

static void test_a_partition_given_back_meanwhile_is_left_as_it_was_stored(void **state) {
        struct fixture *f = *state;
        uint32_t closed = shard_closed(&f->shard);

        begin_loading(f);
        press(f, LANE_ALARM, "E1", 0);
        settle(f);
        close_partition(f);
        settle(f);
        assert_int_equal(shard_closed(&f->shard), closed + 1);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
}

#define shard_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_an_alarm_overtakes_telemetry),
                shard_test(test_a_fall_in_blocks_of_acceleration_becomes_an_alert),
                shard_test(test_what_was_registered_before_an_event_is_known_when_it_is_judged),
                shard_test(test_a_full_way_to_kafka_stops_judging_and_loses_nothing),
                shard_test(test_events_of_an_earlier_assignment_are_left_to_the_next_owner),
                shard_test(test_refused_bytes_go_to_quarantine_and_are_passed),
                shard_test(test_no_hold_ends_while_the_cancel_may_still_be_unread),
                shard_test(test_a_hold_that_is_over_raises_once_all_is_read),
                shard_test(test_a_wall_clock_set_back_delays_no_hold),
                shard_test(test_a_wall_clock_set_forward_ends_no_hold),
                shard_test(test_what_comes_after_the_wall_clock_was_set_is_told_as_of_now),
                shard_test(test_the_position_passes_a_record_only_when_all_of_it_is_judged),
                shard_test(test_a_checkpoint_names_the_last_alert_it_needs),
                shard_test(test_while_redis_is_away_it_goes_on_and_saves_all_at_the_end),
                shard_test(test_nothing_new_is_nothing_to_save),
                shard_test(test_a_shard_out_of_memory_saves_no_more),
                shard_test(test_a_lost_copy_is_written_again_whole_and_at_once),
                shard_test(test_a_fenced_shard_stops_judging_the_partition),
                shard_test(test_a_partition_is_given_up_only_with_its_last_checkpoint),
                shard_test(test_a_close_waits_for_the_checkpoint_that_is_away),
                shard_test(test_a_close_of_what_is_not_ours_is_settled_at_once),
                shard_test(test_what_was_judged_before_a_restart_is_known_after_it),
                shard_test(test_what_is_judged_without_redis_is_told_and_not_saved),
                shard_test(test_a_fall_of_the_past_waits_for_what_the_other_lane_says_of_it),
                shard_test(test_a_fall_of_the_past_that_nothing_followed_is_told_when_all_is_read),
                shard_test(test_a_fall_of_the_past_is_told_after_a_minute_all_the_same),
                shard_test(test_for_a_state_that_cannot_be_read_its_elder_alone_is_judged_again),
                shard_test(test_an_elder_who_is_removed_leaves_the_checkpoint_too),
                shard_test(test_events_do_not_wait_for_a_checkpoint_of_many),
                shard_test(test_who_is_removed_while_a_checkpoint_fills_is_gone_at_its_end),
                shard_test(test_a_partition_lost_while_a_checkpoint_fills_is_not_in_it),
                shard_test(test_an_alarm_that_overtakes_its_registration_waits_for_it),
                shard_test(test_an_alarm_of_a_stranger_goes_to_quarantine_in_the_end),
                shard_test(test_telemetry_of_a_stranger_goes_to_quarantine_at_once),
                shard_test(test_more_strangers_than_can_wait_are_not_lost),
                shard_test(test_until_the_registry_is_read_no_alarm_is_a_strangers),
                shard_test(test_who_is_told_without_the_button_is_told_again_with_it),
                shard_test(test_a_button_the_registry_does_not_have_is_judged_in_the_end),
                shard_test(test_the_time_of_a_stranger_begins_when_the_registry_is_read),
                shard_test(test_a_whole_citys_alarms_wait_for_the_registry),
                shard_test(test_nothing_is_saved_before_all_elders_are_known),
                shard_test(test_a_partition_given_back_meanwhile_is_left_as_it_was_stored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
