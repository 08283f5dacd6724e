/* SPDX-License-Identifier: MIT
 *
 * Fixture for rules/shard: a shard without a thread. The test calls shard_turn(), plays the consumer, emit and state
 * threads, and sets the clock. Every call fails the test on an error.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_SHARD_FIXTURE_H
#define VIGIL_TESTS_UNIT_RULES_SHARD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/eval/rule_set_builder.h"
#include "rules/shard/shard.h"

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
        struct doorbell bell;  /* of the consumer, emit and state threads */
        struct doorbell space; /* of a consumer that waits for room in a lane */
        int64_t now_mono_ms;
        int64_t set_ms;    /* by how much the wall clock was set */
        int32_t partition; /* of "E1" */
        uint64_t sequence;
};

int32_t fixture_partition_of(const char *elder_id);
/* The wall clock, including what it was set by. */
int64_t fixture_wall_ms(const struct fixture *f);
/* One shard_turn(). Return: milliseconds until something is due; 0: call again. */
int fixture_turn(struct fixture *f);
/* Turn until nothing is due now. */
void fixture_settle(struct fixture *f);
/* Advance the clock by @ms, then fixture_settle(). */
void fixture_pass(struct fixture *f, int64_t ms);
/* As the consumer: put items into the control ring. */
void fixture_control(struct fixture *f, const struct shard_control *item);
void fixture_put_elder(struct fixture *f, const char *elder_id);
/* @offset: the next of both lanes. Takes *elders over and empties it; NULL: no saved states. */
void fixture_open_partition(struct fixture *f, uint32_t generation, uint64_t epoch, int64_t offset,
                            struct bundle *elders);
void fixture_close_partition(struct fixture *f);
/* An SOS now, from the device of @elder_id, with the next sequence number. */
struct event fixture_press_of(struct fixture *f, const char *elder_id);
/* As the consumer: put an event into a lane. @last: it is the last event of the record at @offset. */
void fixture_send(struct fixture *f, enum lane lane, const struct event *event, uint32_t generation,
                  int64_t offset, bool last);
/* fixture_press_of(), then fixture_send(). */
void fixture_press(struct fixture *f, enum lane lane, const char *elder_id, int64_t offset);
/* As the emit thread: take up to @most items from the outbox, in order. Stores the sequence number of the event that
 * caused each alert in @ret, 0 for a quarantined record. Return: how many. */
uint32_t fixture_take_owed(struct fixture *f, uint64_t *ret, uint32_t most);
/* Take all items. Return: how many. */
uint32_t fixture_count_owed(struct fixture *f);
/* The checkpoint part of f->partition. */
struct checkpoint_part *fixture_part(struct fixture *f);
/* As the state thread: return the checkpoint, with this outcome for every part. */
void fixture_give_back(struct fixture *f, enum checkpoint_outcome outcome);
/* Starts with elder "E1", its partition open at offset 0, and no checkpoint with the state thread. */
int fixture_setup(void **state);
/* Fails the test if the shard has failed. */
int fixture_teardown(void **state);
/* Send an event of E1 that happened and was received @ms_ago, then fixture_settle(). */
void fixture_happen(struct fixture *f, enum event_kind kind, int64_t ms_ago, int64_t offset);
/* Take the only item of the outbox, an alert; fails the test if there is none or more. Return: its transition. */
enum alert_transition fixture_told(struct fixture *f);
/* As the consumer: this lane has been read to its end. */
void fixture_say_lane_caught_up(struct fixture *f, enum lane lane);
/* The same of the alarm lane. */
void fixture_say_caught_up(struct fixture *f);

#define shard_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
