/* SPDX-License-Identifier: MIT
 *
 * The shard, turned by hand: the test is feed, emit and state thread at once, and the clock.
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
        struct doorbell bell;  /* everybody else's */
        struct doorbell space; /* the feed's, for room */
        int64_t now_mono_ms;
        int64_t set_ms;    /* the wall clock of everybody, by so much */
        int32_t partition; /* of "E1" */
        uint64_t sequence;
};

int32_t fixture_partition_of(const char *elder_id);
int64_t fixture_wall_ms(const struct fixture *f);
int fixture_turn(struct fixture *f);
void fixture_settle(struct fixture *f);
void fixture_pass(struct fixture *f, int64_t ms);
void fixture_control(struct fixture *f, const struct shard_control *item);
void fixture_put_elder(struct fixture *f, const char *elder_id);
void fixture_open_partition(struct fixture *f, uint32_t generation, uint64_t epoch, int64_t offset,
                            struct bundle *elders);
void fixture_close_partition(struct fixture *f);
struct event fixture_press_of(struct fixture *f, const char *elder_id);
void fixture_send(struct fixture *f, enum lane lane, const struct event *event, uint32_t generation,
                  int64_t offset, bool last);
void fixture_press(struct fixture *f, enum lane lane, const char *elder_id, int64_t offset);
uint32_t fixture_take_owed(struct fixture *f, uint64_t *ret, uint32_t most);
uint32_t fixture_count_owed(struct fixture *f);
struct checkpoint_part *fixture_part(struct fixture *f);
void fixture_give_back(struct fixture *f, enum checkpoint_outcome outcome);
int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_happen(struct fixture *f, enum event_kind kind, int64_t ms_ago, int64_t offset);
enum alert_transition fixture_told(struct fixture *f);
void fixture_say_lane_caught_up(struct fixture *f, enum lane lane);
void fixture_say_caught_up(struct fixture *f);

#define shard_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
