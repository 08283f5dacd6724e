/* SPDX-License-Identifier: MIT
 *
 * Assign: which partitions are ours, and the way there and back.
 *
 *      NONE ──group gives partitions──▶ TAKING ──all taken from Redis──▶ OPENING ──▶ RUNNING
 *        ▲                                 │                                           │
 *        └──── CLOSING ◀── group wants them back, or the program ends ─────────────────┘
 *
 * TAKING   the state thread takes the next epoch of each partition and reads its states and offsets.
 *          What Redis does not tell in time comes as "provisional", without both (rules/state/state.h).
 * OPENING  the ends of the partitions are asked for, and how far to read back (read_back.h), the shards get the states, and Kafka is told
 *          to read from the stored offsets.
 * CLOSING  the shards drop what lies in the rings and write a last checkpoint; the group gets the
 *          partitions when it is in Redis, or after ASSIGN_CLOSE_LIMIT_MS. What was not saved then is judged again by the next
 *          owner, with the same alert ids.
 *
 * A partition that somebody outside the group takes from us (its epoch in Redis moved on) is judged by
 * nobody whom the group knows. Most often the group has given it away and says so soon. If not, all
 * partitions are given back and taken again: after ASSIGN_AGAIN_FIRST_MS, and later and later while it
 * goes on, so that two who fight do not do so all the time.
 *
 * Redis is back and some of ours are provisional: everything is given back and taken as if the group had
 * just assigned it. What is stored then counts; what was judged meanwhile is judged again.
 *
 * Nothing here waits inside librdkafka's callback: it notes what the group wants, and the consumer's loop goes
 * on serving everything else.
 *
 * Thread: the consumer thread.
 */
#ifndef VIGIL_RULES_CONSUMER_ASSIGN_H
#define VIGIL_RULES_CONSUMER_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"
#include "rules/consumer/lane_reader.h"
#include "rules/shard/shard.h"
#include "rules/state/state.h"

enum {
        ASSIGN_CLOSE_LIMIT_MS = 3000,
        ASSIGN_CLOSE_AWAY_LIMIT_MS = 300, /* while Redis is away */
        ASSIGN_TOPIC_BYTES = 128,
        ASSIGN_AGAIN_FIRST_MS = 2000,
        ASSIGN_AGAIN_MAX_MS = 30000, /* doubling up to */
        ASSIGN_CALM_MS = 60000, /* nobody took one for so long: the next is a first time again */
};

enum assign_phase {
        ASSIGN_NONE,
        ASSIGN_TAKING,
        ASSIGN_OPENING,
        ASSIGN_RUNNING,
        ASSIGN_CLOSING,
};

struct assign_partition {
        uint32_t generation; /* 0: not ours */
        bool requested;
        bool opened; /* a shard has it */
        bool fenced;
        bool close_sent;
        bool provisional;
        struct checkpoint_restored *restored; /* read, not handed over yet */
        uint64_t epoch;
        int64_t start[LANE_COUNT];
        int64_t end[LANE_COUNT];            /* of what was there at opening; -1: not known yet */
        int64_t append_time_ms[LANE_COUNT]; /* as in struct checkpoint_restored */
};

struct assign {
        rd_kafka_t *consumer;      /* NULL: there is none at the moment; phase is NONE then */
        struct lane_reader *lanes; /* [LANE_COUNT] */
        struct shard *shards;
        int32_t shard_count;
        int32_t partition_count;
        struct state *state;
        char topics[LANE_COUNT][ASSIGN_TOPIC_BYTES];

        enum assign_phase phase;
        rd_kafka_topic_partition_list_t *wanted; /* by the group, not begun; NULL: none */
        rd_kafka_topic_partition_list_t *given;  /* by the group, begun */
        bool revoked;                            /* the group wants everything back */
        bool redis_back;                         /* since something became provisional */
        uint32_t generation;
        struct assign_partition *partitions;
        uint32_t closes_sent;
        int64_t close_by_mono_ms;
        int64_t retry_mono_ms;
        uint32_t owned;
        uint32_t fenced;       /* partitions the group gives us and somebody else has taken */
        int64_t taken_mono_ms; /* when the last taking began */
        int64_t again_mono_ms; /* while fenced: when everything is taken again */
        int again_wait_ms;
};

/* Return: 0 or -ENOMEM. */
int assign_init(struct assign *assign, const struct conf *conf, struct lane_reader *lanes,
                struct shard *shards, int32_t shard_count, struct state *state);
void assign_fini(struct assign *assign);

/* For librdkafka's rebalance callback. */
void assign_note(struct assign *assign, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t *partitions);

/* Go on as far as possible. Blocks: asking Kafka for ends of partitions, at most one timeout (500 ms).
 * Return: whether anything was done. */
bool assign_step(struct assign *assign, int64_t now_mono_ms);

/* A topic may have been made anew: have everything taken again, which looks at each position. */
void assign_take_again(struct assign *assign);

/* Give everything back, as if the group had asked. Done when assign_is_idle(). */
void assign_leave(struct assign *assign);

/* Nothing is ours, and nothing is under way. */
bool assign_is_idle(const struct assign *assign);

#endif
