/* SPDX-License-Identifier: MIT
 *
 * The hand-overs of vigil-rules between threads: this program has the consumer, emit and state threads around one
 * real shard with a real engine. It checks that every press becomes one alert in order, that no alarm
 * is lost when a ring is full, and that a checkpoint is written only after all its alerts have been acknowledged.
 * Under TSan it also checks the pairs R1/A1, R2/A2, B1/C1, B2/C2, K1/L1, K2/L2, P1/Q1, M1/N1, M2/N2.
 * If any one of K1, K2, L1, L2, P1 and Q1 is made relaxed, TSan reports it here.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/murmur2.h"
#include "rules/eval/rule_set_builder.h"
#include "rules/shard/shard.h"
#include "rules/threads/acks.h"

/* Instead of assert(), because it must check with NDEBUG as well. */
#define CHECK(truth)                                                                               \
        do {                                                                                       \
                if (!(truth)) {                                                                    \
                        printf("not ok 1 - line %d: %s\n", __LINE__, #truth);                      \
                        fflush(stdout);                                                            \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)

enum {
        PARTITIONS = 4,
        PRESSES = 20000,
        OTHERS = 60000,
        REOPENED_EVERY = 5000, /* presses between two assignments */
        WAIT_MS = 50,
};

struct world {
        struct shard shard;
        struct acks acks;
        struct doorbell consumer_bell, space_bell, emit_bell, state_bell, acks_bell;
        int32_t partition;
        _Atomic bool over;         /* V1 main -> V2 emit and state leave their loops */
        bool arrived[PRESSES + 1]; /* not atomic: written before P1, read after Q1 */
        uint64_t owed_seen;
        uint64_t saved;
};

static bool is_over(struct world *world) {
        return atomic_load_explicit(&world->over, memory_order_acquire); /* V2 <- V1 */
}

/* --- feed ----------------------------------------------------------------------------------------- */

static void *reserve(struct world *world, struct ring *ring) {
        void *slot;

        while (!(slot = ring_reserve(ring))) {
                doorbell_arm(&world->space_bell);
                if (ring_reserve(ring))
                        doorbell_disarm(&world->space_bell);
                else
                        doorbell_sleep(&world->space_bell, WAIT_MS);
        }
        return slot;
}

static void send_event(struct world *world, enum lane lane, const struct event *event,
                       uint32_t generation, int64_t offset) {
        struct slot *slot = reserve(world, &world->shard.lane[lane]);

        memset(slot, 0, sizeof(*slot));
        slot->type = SLOT_EVENT;
        slot->lane = (uint8_t)lane;
        slot->last = true;
        slot->partition = world->partition;
        slot->generation = generation;
        slot->offset = offset;
        slot->event = *event;
        ring_commit(&world->shard.lane[lane]);
        doorbell_ring(&world->shard.bell);
}

static void send_control(struct world *world, const struct shard_control *item) {
        struct shard_control *place = reserve(world, &world->shard.control);

        *place = *item;
        ring_commit(&world->shard.control);
        doorbell_ring(&world->shard.bell);
}

static void open_partition(struct world *world, uint32_t generation, int64_t alarm,
                           int64_t others) {
        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));

        CHECK(restored);
        *restored = (struct checkpoint_restored){.partition = world->partition,
                                                 .generation = generation,
                                                 .epoch = generation,
                                                 .next_offset = {alarm, others}};
        send_control(world, &(struct shard_control){.type = SHARD_CONTROL_OPEN,
                                                    .partition = world->partition,
                                                    .generation = generation,
                                                    .restored = restored});
}

static void close_partition(struct world *world, uint32_t generation, uint32_t closes) {
        send_control(world, &(struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                    .partition = world->partition,
                                                    .generation = generation,
                                                    .save = true});
        while (shard_closed(&world->shard) < closes) { /* N1 <- M1 */
                doorbell_arm(&world->consumer_bell);
                if (shard_closed(&world->shard) < closes)
                        doorbell_sleep(&world->consumer_bell, WAIT_MS);
                else
                        doorbell_disarm(&world->consumer_bell);
        }
}

static void put_elder(struct world *world) {
        struct elder_profile *profile = calloc(1, sizeof(*profile));

        CHECK(profile);
        strcpy(profile->elder_id, "E1");
        profile->elder_hash = murmur2("E1", 2);
        profile->partition = world->partition;
        send_control(world,
                     &(struct shard_control){.type = SHARD_CONTROL_ELDER_PUT, .profile = profile});
}

static struct event event_of(uint16_t kind, uint64_t sequence) {
        int64_t now_ms = clock_wall_ms();
        struct event event = {.kind = kind,
                              .value = 1,
                              .confidence_pct = 100,
                              .device_time_ms = now_ms,
                              .received_time_ms = now_ms,
                              .sequence = sequence};

        CHECK(event_set_ids(&event, "E1", kind == KIND_SOS ? "sos" : "pir") == 0);
        return event;
}

/* Wait until the alerts of all presses so far have been acknowledged, before the partition is given up. */
static void wait_until_judged(struct world *world, uint64_t presses) {
        while (!acks_reached(&world->acks, presses)) { /* Q1 <- P1 */
                doorbell_arm(&world->consumer_bell);
                if (acks_reached(&world->acks, presses))
                        doorbell_disarm(&world->consumer_bell);
                else
                        doorbell_sleep(&world->consumer_bell, 1);
        }
}

static void feed(struct world *world) {
        uint64_t others = 0;
        uint32_t generation = 0;

        put_elder(world);
        for (uint64_t press = 1; press <= PRESSES; press++) {
                struct event event = event_of(KIND_SOS, press);

                if (press % REOPENED_EVERY == 1) {
                        if (generation) {
                                wait_until_judged(world, press - 1);
                                close_partition(world, generation, generation);
                        }
                        open_partition(world, ++generation, (int64_t)press, (int64_t)others);
                }
                send_event(world, LANE_ALARM, &event, generation, (int64_t)press);
                for (int i = 0; i < OTHERS / PRESSES; i++) {
                        event = event_of(KIND_MOTION, ++others);
                        send_event(world, LANE_TELEMETRY, &event, generation, (int64_t)others);
                }
        }
        wait_until_judged(world, PRESSES);
        close_partition(world, generation, generation);
}

/* --- emit ----------------------------------------------------------------------------------------- */

static void *emit(void *context) {
        struct world *world = context;
        struct outbox *outbox = &world->shard.outbox;

        while (!is_over(world)) {
                void *items;
                uint32_t count = ring_peek(&outbox->ring, 16, &items);

                for (uint32_t i = 0; i < count; i++) {
                        struct outbox_owed *owed = (struct outbox_owed *)items + i;
                        struct acks_trace trace = {.judged_us = owed->alert.judged_us};

                        CHECK(owed->type == OUTBOX_OWED_ALERT);
                        CHECK(owed->number == world->owed_seen + 1);
                        CHECK(strcmp(owed->alert.elder_id, "E1") == 0);
                        world->owed_seen = owed->number;
                        CHECK(acks_take(&world->acks, owed->number, &trace) == 0);
                        world->arrived[owed->number] = true;
                        acks_done(&world->acks, owed->number);
                }
                if (count) {
                        ring_release(&outbox->ring, count);
                        doorbell_ring(&outbox->space_bell);
                        doorbell_ring(&world->acks_bell);
                        continue;
                }
                doorbell_arm(&world->emit_bell);
                if (ring_peek(&outbox->ring, 1, &items) || is_over(world))
                        doorbell_disarm(&world->emit_bell);
                else
                        doorbell_sleep(&world->emit_bell, WAIT_MS);
        }
        return NULL;
}

/* --- state ---------------------------------------------------------------------------------------- */

static void write_checkpoint(struct world *world) {
        struct checkpoint *checkpoint = &world->shard.checkpoint;
        struct checkpoint_part *part = &checkpoint->parts[world->partition];

        CHECK(part->used);
        /* The alert of every press before the stored offset has a number up to owed, and alert number owed has
         * arrived. */
        CHECK(part->next_offset[LANE_ALARM] <= (int64_t)checkpoint->owed + 1);
        CHECK(checkpoint->owed == 0 || world->arrived[checkpoint->owed]);
        part->outcome = CHECKPOINT_SAVED;
        world->saved++;
        checkpoint_give_back(checkpoint);
        doorbell_ring(&world->shard.bell);
}

static void *state(void *context) {
        struct world *world = context;
        struct checkpoint *checkpoint = &world->shard.checkpoint;

        while (!is_over(world)) {
                if (checkpoint_is_owed(checkpoint) &&
                    acks_reached(&world->acks, checkpoint->owed)) {
                        write_checkpoint(world);
                        continue;
                }
                /* Every second checkpoint without doorbells: their exchanges would give the order that the pairs
                 * under test must give. */
                if (world->saved % 2) {
                        sched_yield();
                        continue;
                }
                doorbell_arm(&world->state_bell);
                doorbell_arm(&world->acks_bell);
                if (is_over(world) || (checkpoint_is_owed(checkpoint) &&
                                       acks_reached(&world->acks, checkpoint->owed)))
                        doorbell_disarm(&world->state_bell);
                else
                        doorbell_sleep(&world->state_bell, WAIT_MS);
                doorbell_disarm(&world->acks_bell);
        }
        return NULL;
}

/* --- the test -------------------------------------------------------------------------------------- */

static struct rule_set *make_rules(void) {
        struct rule_set_builder *builder = NULL;
        struct rule_set *rules = NULL;
        uint32_t index;
        struct rule rule = {
                .id = "sos",
                .severity = SEVERITY_CRITICAL,
                .class = ALERT_LIFE_SAFETY,
                .latching = true,
                .condition = {.type = CONDITION_HAPPENING, .happening.kind = KIND_SOS},
        };

        CHECK(rule_set_builder_new(&builder) == 0);
        CHECK(rule_set_builder_add_rule(builder, &rule, &index) == 0);
        CHECK(rule_set_builder_finish(builder, "0123456789abcdef", &rules) == 0);
        rule_set_builder_free(builder);
        return rules;
}

static void open_world(struct world *world, const struct rule_set *rules) {
        struct shard_options options = {
                .shard_count = 1,
                .partition_count = PARTITIONS,
                .lane_slots = {64, 64}, /* small, so that they are full most of the time */
                .control_slots = 4,
                .owed_slots = 4,
                .checkpoint_interval_ms = 5,
                .rules = rules,
                .consumer_bell = &world->consumer_bell,
                .consumer_space_bell = &world->space_bell,
                .emit_bell = &world->emit_bell,
                .state_bell = &world->state_bell,
        };

        memset(world, 0, sizeof(*world));
        acks_init(&world->acks);
        CHECK(doorbell_init(&world->consumer_bell) == 0);
        CHECK(doorbell_init(&world->space_bell) == 0);
        CHECK(doorbell_init(&world->emit_bell) == 0);
        CHECK(doorbell_init(&world->state_bell) == 0);
        world->acks_bell.fd = world->state_bell.fd;
        world->partition = murmur2_partition(murmur2("E1", 2), PARTITIONS);
        CHECK(shard_init(&world->shard, &options, clock_wall_ms()) == 0);
}

int main(void) {
        static struct world world;
        struct rule_set *rules = make_rules();
        pthread_t emit_thread, state_thread;

        puts("1..1");
        open_world(&world, rules);
        CHECK(pthread_create(&emit_thread, NULL, emit, &world) == 0);
        CHECK(pthread_create(&state_thread, NULL, state, &world) == 0);
        CHECK(shard_start(&world.shard) == 0);
        feed(&world);
        shard_stop(&world.shard);
        atomic_store_explicit(&world.over, true, memory_order_release); /* V1 -> V2 */
        doorbell_ring(&world.emit_bell);
        doorbell_ring(&world.state_bell);
        pthread_join(emit_thread, NULL);
        pthread_join(state_thread, NULL);
        CHECK(shard_failed(&world.shard) == 0);
        CHECK(world.owed_seen == PRESSES);
        CHECK(world.saved >= PRESSES / REOPENED_EVERY);
        printf("ok 1 - %d presses among %d others, %llu checkpoints, in order and none lost\n",
               PRESSES, OTHERS, (unsigned long long)world.saved);
        shard_fini(&world.shard);
        rule_set_free(rules);
        doorbell_fini(&world.consumer_bell);
        doorbell_fini(&world.space_bell);
        doorbell_fini(&world.emit_bell);
        doorbell_fini(&world.state_bell);
        return 0;
}
