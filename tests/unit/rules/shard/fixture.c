/* SPDX-License-Identifier: MIT */
#include "tests/unit/rules/shard/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "rules/eval/measure/motion_limits.h"

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
        assert_int_equal(rule_set_builder_add_rule(builder, &rule, &index), 0);
        strcpy(rule.id, "fall");
        rule.condition = (struct rule_condition){.type = CONDITION_MOTION};
        rule.condition.motion.happening.kind = KIND_ACCELERATION;
        rule.condition.motion.positions = 1u << RULE_WORN_WAIST;
        motion_limits_default(RULE_WORN_WAIST, MOTION_LIMITS_NORMAL,
                              &rule.condition.motion.limits[RULE_WORN_WAIST]);
        assert_int_equal(rule_set_builder_add_rule(builder, &rule, &index), 0);
        strcpy(rule.id, "held");
        rule.condition = (struct rule_condition){
                .type = CONDITION_HAPPENING,
                .happening = {.kind = KIND_FALL, .hold_ms = HOLD_MS},
        };
        rule_kinds_add(&rule.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        rule_kinds_add(&rule.condition.happening.cancel_kinds, KIND_STEPS);
        assert_int_equal(rule_set_builder_add_rule(builder, &rule, &index), 0);
        assert_int_equal(rule_set_builder_finish(builder, "0123456789abcdef", &rules), 0);
        rule_set_builder_free(builder);
        return rules;
}

int32_t fixture_partition_of(const char *elder_id) {
        return murmur2_partition(murmur2(elder_id, strlen(elder_id)), PARTITIONS);
}

int64_t fixture_wall_ms(const struct fixture *f) {
        return NOW_MS + f->now_mono_ms + f->set_ms;
}

int fixture_turn(struct fixture *f) {
        return shard_turn(&f->shard, fixture_wall_ms(f), f->now_mono_ms);
}

void fixture_settle(struct fixture *f) {
        while (fixture_turn(f) == 0)
                ;
}

void fixture_pass(struct fixture *f, int64_t ms) {
        f->now_mono_ms += ms;
        fixture_settle(f);
}

void fixture_control(struct fixture *f, const struct shard_control *item) {
        struct shard_control *place = ring_reserve(&f->shard.control);

        assert_non_null(place);
        *place = *item;
        ring_commit(&f->shard.control);
}

void fixture_put_elder(struct fixture *f, const char *elder_id) {
        struct elder_profile *profile = calloc(1, sizeof(*profile));

        assert_non_null(profile);
        strcpy(profile->elder_id, elder_id);
        profile->elder_hash = murmur2(elder_id, strlen(elder_id));
        profile->partition = fixture_partition_of(elder_id);
        snprintf(profile->devices[0].device_id, EVENT_DEVICE_ID_BYTES, "%s-sos", elder_id);
        profile->devices[0].device_hash =
                murmur2(profile->devices[0].device_id, strlen(profile->devices[0].device_id));
        strcpy(profile->devices[0].wearing_position, "waist");
        profile->device_count = 1;
        fixture_control(
                f, &(struct shard_control){.type = SHARD_CONTROL_ELDER_PUT, .profile = profile});
}

void fixture_open_partition(struct fixture *f, uint32_t generation, uint64_t epoch, int64_t offset,
                            struct bundle *elders) {
        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));

        assert_non_null(restored);
        *restored = (struct checkpoint_restored){.partition = f->partition,
                                                 .generation = generation,
                                                 .epoch = epoch,
                                                 .saved_time_ms = NOW_MS,
                                                 .next_offset = {offset, offset}};
        if (elders) {
                restored->elders = *elders;
                *elders = (struct bundle){0};
        }
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_OPEN,
                                                   .partition = f->partition,
                                                   .generation = generation,
                                                   .restored = restored});
}

void fixture_close_partition(struct fixture *f) {
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                   .partition = f->partition,
                                                   .generation = GENERATION,
                                                   .save = true});
}

struct event fixture_press_of(struct fixture *f, const char *elder_id) {
        struct event event = {.kind = KIND_SOS,
                              .value = 1,
                              .confidence_pct = 100,
                              .device_time_ms = fixture_wall_ms(f),
                              .received_time_ms = fixture_wall_ms(f),
                              .sequence = ++f->sequence};
        char device_id[EVENT_DEVICE_ID_BYTES];

        snprintf(device_id, sizeof(device_id), "%s-sos", elder_id);
        assert_int_equal(event_set_ids(&event, elder_id, device_id), 0);
        return event;
}

void fixture_send(struct fixture *f, enum lane lane, const struct event *event, uint32_t generation,
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

void fixture_press(struct fixture *f, enum lane lane, const char *elder_id, int64_t offset) {
        struct event event = fixture_press_of(f, elder_id);

        fixture_send(f, lane, &event, GENERATION, offset, true);
}

uint32_t fixture_take_owed(struct fixture *f, uint64_t *ret, uint32_t most) {
        uint32_t count = 0;
        void *item;

        while (count < most) {
                if (!ring_peek(&f->shard.outbox.ring, 1, &item)) {
                        fixture_settle(f); /* moves items from the overflow list into the ring */
                        if (!ring_peek(&f->shard.outbox.ring, 1, &item))
                                break;
                }

                struct outbox_owed *owed = item;
                const char *sequence = owed->type == OUTBOX_OWED_ALERT
                                               ? strrchr(owed->alert.event_id, ':') + 1
                                               : "0";

                ret[count++] = strtoull(sequence, NULL, 10);
                outbox_owed_drop(owed);
                ring_release(&f->shard.outbox.ring, 1);
        }
        return count;
}

uint32_t fixture_count_owed(struct fixture *f) {
        uint64_t sequences[1024];

        return fixture_take_owed(f, sequences, 1024);
}

struct checkpoint_part *fixture_part(struct fixture *f) {
        return &f->shard.checkpoint.parts[f->partition];
}

void fixture_give_back(struct fixture *f, enum checkpoint_outcome outcome) {
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        for (uint32_t i = 0; i < f->shard.checkpoint.part_count; i++)
                f->shard.checkpoint.parts[i].outcome = outcome;
        checkpoint_give_back(&f->shard.checkpoint);
}

int fixture_setup(void **state) {
        struct fixture *f = aligned_alloc(alignof(struct fixture), sizeof(*f));

        assert_non_null(f);
        memset(f, 0, sizeof(*f));
        f->rules = make_rules();
        assert_int_equal(doorbell_init(&f->bell), 0);
        assert_int_equal(doorbell_init(&f->space), 0);
        f->partition = fixture_partition_of("E1");
        f->now_mono_ms = 100000;

        struct shard_options options = {
                .shard_count = 1,
                .partition_count = PARTITIONS,
                .lane_slots = {1024, 1024},
                .control_slots = 1024,
                .owed_slots = OWED_SLOTS,
                .checkpoint_interval_ms = INTERVAL_MS,
                .rules = f->rules,
                .consumer_bell = &f->bell,
                .consumer_space_bell = &f->space,
                .emit_bell = &f->bell,
                .state_bell = &f->bell,
        };

        assert_int_equal(shard_init(&f->shard, &options, NOW_MS), 0);
        fixture_put_elder(f, "E1");
        fixture_open_partition(f, GENERATION, EPOCH, 0, NULL);
        fixture_settle(f);
        if (checkpoint_is_owed(&f->shard.checkpoint))
                fixture_give_back(f, CHECKPOINT_SAVED);
        *state = f;
        return 0;
}

int fixture_teardown(void **state) {
        struct fixture *f = *state;

        assert_int_equal(shard_failed(&f->shard), 0);
        shard_fini(&f->shard);
        rule_set_free(f->rules);
        doorbell_fini(&f->bell);
        doorbell_fini(&f->space);
        free(f);
        return 0;
}

void fixture_happen(struct fixture *f, enum event_kind kind, int64_t ms_ago, int64_t offset) {
        struct event event = fixture_press_of(f, "E1");

        event.kind = kind;
        event.device_time_ms -= ms_ago;
        event.received_time_ms -= ms_ago;
        fixture_send(f, kind == KIND_STEPS ? LANE_TELEMETRY : LANE_ALARM, &event, GENERATION,
                     offset, true);
        fixture_settle(f);
}

enum alert_transition fixture_told(struct fixture *f) {
        enum alert_transition transition;
        void *item;

        assert_int_equal(ring_peek(&f->shard.outbox.ring, 1, &item), 1);
        transition = ((struct outbox_owed *)item)->alert.transition;
        ring_release(&f->shard.outbox.ring, 1);
        assert_int_equal(fixture_count_owed(f), 0);
        return transition;
}

void fixture_say_lane_caught_up(struct fixture *f, enum lane lane) {
        struct slot *slot = ring_reserve(&f->shard.lane[lane]);

        assert_non_null(slot);
        *slot = (struct slot){.type = SLOT_CAUGHT_UP,
                              .lane = (uint8_t)lane,
                              .partition = f->partition,
                              .generation = GENERATION};
        ring_commit(&f->shard.lane[lane]);
        fixture_settle(f);
}

void fixture_say_caught_up(struct fixture *f) {
        fixture_say_lane_caught_up(f, LANE_ALARM);
}
