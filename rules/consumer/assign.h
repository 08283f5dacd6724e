/* SPDX-License-Identifier: MIT
 *
 * Assign: which partitions we own, and how they are taken and given back.
 *
 *      NONE ──group assigns partitions──▶ TAKING ──all taken from Redis──▶ OPENING ──▶ RUNNING
 *        ▲                                   │                                           │
 *        └──── CLOSING ◀── group revokes them, or the program ends ──────────────────────┘
 *
 * TAKING   The state thread takes the next epoch of each partition and reads its states and offsets.
 *          If Redis does not answer in time, the partition is "provisional", without epoch, states and offsets
 *          (rules/state/state.h).
 * OPENING  Kafka is asked for the ends of the partitions and for where to read back from (read_back.h). The
 *          shards get the states, and Kafka is read from the stored offsets.
 * CLOSING  The shards drop what is in the rings and write a last checkpoint. The partitions go back to the group
 *          when it is in Redis, or after ASSIGN_CLOSE_LIMIT_MS. The next owner judges again what was not saved,
 *          with the same alert ids.
 *
 * Another process may take a partition that the group assigns to us: its epoch in Redis is higher then (fencing). Most
 * often the group has given the partition away already and tells us soon. If it does not, all partitions are given back
 * and taken again: the first time after ASSIGN_AGAIN_FIRST_MS, then with a back-off up to ASSIGN_AGAIN_MAX_MS, so
 * that two processes do not take a partition from each other all the time.
 *
 * When Redis is back and some partitions are provisional, all are given back and taken as if the group had
 * just assigned them. Then the stored states count, and what was judged since they were stored is judged again.
 *
 * Nothing blocks inside librdkafka's rebalance callback: it only records what the group wants, and the consumer's loop
 * continues to serve everything else.
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
        ASSIGN_AGAIN_MAX_MS = 30000, /* the wait doubles up to this */
        ASSIGN_CALM_MS = 60000,      /* after this long without fencing the wait starts over */
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
        bool opened; /* handed over to a shard */
        bool fenced; /* another process has taken it */
        bool close_sent;
        bool provisional;
        struct checkpoint_restored *restored; /* read, not handed over yet; owned */
        uint64_t epoch;
        int64_t start[LANE_COUNT];          /* offset to read from */
        int64_t end[LANE_COUNT];            /* end offset at opening; -1: not known yet */
        int64_t append_time_ms[LANE_COUNT]; /* as in struct checkpoint_restored */
};

struct assign {
        rd_kafka_t *consumer;      /* NULL: none at the moment, and phase is NONE */
        struct lane_reader *lanes; /* [LANE_COUNT] */
        struct shard *shards;
        int32_t shard_count;
        int32_t partition_count;
        struct state *state;
        char topics[LANE_COUNT][ASSIGN_TOPIC_BYTES];

        enum assign_phase phase;
        rd_kafka_topic_partition_list_t *wanted; /* assigned, not begun to take; NULL: none */
        rd_kafka_topic_partition_list_t *given;  /* assigned, begun to take */
        bool revoked;                            /* everything must be given back */
        bool redis_back;                         /* STATE_BACK came since taking began */
        uint32_t generation;
        struct assign_partition *partitions;
        uint32_t closes_sent;
        int64_t close_by_mono_ms;
        int64_t retry_mono_ms;
        uint32_t owned;
        uint32_t fenced;       /* partitions assigned to us that another process has taken */
        int64_t taken_mono_ms; /* when taking last began */
        int64_t again_mono_ms; /* while fenced: when everything is taken again */
        int again_wait_ms;
};

/* @lanes, @shards and @state must outlive @assign. Return: 0 or -ENOMEM. */
int assign_init(struct assign *assign, const struct conf *conf, struct lane_reader *lanes,
                struct shard *shards, int32_t shard_count, struct state *state);
void assign_fini(struct assign *assign);

/* For librdkafka's rebalance callback. Blocks: never. Copies @partitions. */
void assign_note(struct assign *assign, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t *partitions);

/* Do the next step towards what the group wants. Blocks: in OPENING, on queries to Kafka about the ends of
 * partitions; each takes at most 500 ms, and the first that times out ends the step. Return: whether anything was
 * done. */
bool assign_step(struct assign *assign, int64_t now_mono_ms);

/* Give everything back and take it again, which checks each position against Kafka: a topic may have been created
 * again. */
void assign_take_again(struct assign *assign);

/* Give everything back, as if the group had revoked it. Complete when assign_is_idle(). */
void assign_leave(struct assign *assign);

/* Do we own nothing, with nothing under way? */
bool assign_is_idle(const struct assign *assign);

#endif
