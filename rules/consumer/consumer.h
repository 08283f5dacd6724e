/* SPDX-License-Identifier: MIT
 *
 * Step 4 of 12. Consumer: the log's records into one ring a shard and lane, order kept per elder.
 *
 * One thread reads both event topics as a member of the consumer group, follows the registry, and
 * moves partitions in and out (assign.h). It sleeps in one place: librdkafka's queues, the shards and the
 * state thread all wake the same doorbell.
 *
 *      T1 main  asked to stop       ->  T2 consumer gives everything back
 *      T3 consumer  has left the group  ->  T4 main stops the shards
 */
#ifndef VIGIL_RULES_CONSUMER_CONSUMER_H
#define VIGIL_RULES_CONSUMER_CONSUMER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"
#include "common/kafka/kafka_watch.h"
#include "rules/consumer/assign.h"
#include "rules/consumer/roster.h"
#include "rules/consumer/lane_reader.h"
#include "rules/consumer/member.h"
#include "rules/shard/shard.h"
#include "rules/state/state.h"
#include "rules/threads/doorbell.h"

struct consumer {
        const struct conf *conf;
        struct doorbell bell;
        struct doorbell space_bell; /* armed while a lane waits for room; same descriptor */
        struct shard *shards;
        int32_t shard_count;
        struct state *state;

        struct member member;
        struct lane_reader lanes[LANE_COUNT];
        struct roster roster;
        struct assign assign;
        int64_t shown_mono_ms;
        const struct kafka_watch *kafka; /* NULL in tests */
        uint32_t remade; /* topics of events, as kafka_watch_remade() counts; seen so far */

        /* Each stands alone, for /-/ready and /-/healthy. */
        _Atomic bool registry_told;
        _Atomic bool was_running;
        _Atomic bool has_rival;          /* see member_has_rival() */
        _Atomic int fenced;              /* partitions that somebody outside the group has taken */
        _Atomic int64_t judging_mono_ms; /* when all that the group gave us was being judged */
        _Atomic int64_t heartbeat_mono_ms;

        _Atomic bool stop; /* T1 -> T2 */
        _Atomic bool left; /* T3 -> T4 */
        _Atomic int failed;
        pthread_t thread;
        bool running;
};

/* Only the doorbells, which shards and state thread are given before the consumer itself exists. */
int consumer_init(struct consumer *consumer);

/* Return: 0, -EINVAL with err_why(), -ENOMEM. */
int consumer_open(struct consumer *consumer, const struct conf *conf, struct shard *shards,
                  int32_t shard_count, struct state *state);
void consumer_fini(struct consumer *consumer);

/* Topics that @kafka has seen made anew are read from their first record. */
void consumer_watch(struct consumer *consumer, const struct kafka_watch *kafka);

int consumer_start(struct consumer *consumer);

/* Thread: main. Blocks: until every partition was given back, or ASSIGN_CLOSE_LIMIT_MS and a little. */
void consumer_stop(struct consumer *consumer);

/* Thread: any. 0, or the -errno it gave up with. */
int consumer_failed(const struct consumer *consumer);

#endif
