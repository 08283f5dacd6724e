/* SPDX-License-Identifier: MIT
 *
 * Step 4 of 12. Consumer: moves event records from Kafka into the rings, one ring per shard and lane, in order for each
 * elder.
 *
 * One thread reads both event topics as a member of the consumer group, follows the registry, and
 * takes partitions and gives them back (assign.h). It sleeps in one place: librdkafka's queues, the shards and the
 * state thread all ring the same doorbell.
 *
 *      T1 main      asked to stop       ->  T2 consumer gives everything back
 *      T3 consumer  has left the group  ->  T4 main stops the shards
 *      E1 consumer  failed              ->  E2 main ends the program
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
        uint32_t remade; /* sum of kafka_watch_remade() of the event topics, handled so far */

        /* These order nothing else; for /-/ready and /-/healthy. */
        _Atomic bool registry_told;
        _Atomic bool was_running;
        _Atomic bool has_rival;          /* see member_has_rival() */
        _Atomic int fenced;              /* partitions of ours that another process has taken */
        _Atomic int64_t judging_mono_ms; /* when all assigned partitions were last being judged */
        _Atomic int64_t heartbeat_mono_ms;

        _Atomic bool stop;  /* T1 -> T2 */
        _Atomic bool left;  /* T3 -> T4 */
        _Atomic int failed; /* -errno (E1 -> E2) */
        pthread_t thread;
        bool running;
};

/* Thread: main, for all calls but consumer_failed(). */

/* Create the doorbells only: shards and state thread need them before consumer_open(). Return: 0 or -errno of
 * eventfd(2). */
int consumer_init(struct consumer *consumer);

/* Build everything else and create the Kafka clients. @conf, @shards and @state must outlive the consumer.
 * Return: 0, -EINVAL with err_why(), -ENOMEM. */
int consumer_open(struct consumer *consumer, const struct conf *conf, struct shard *shards,
                  int32_t shard_count, struct state *state);
void consumer_fini(struct consumer *consumer);

/* Before consumer_start(). Topics that @kafka has seen created again are read from their first record. */
void consumer_watch(struct consumer *consumer, const struct kafka_watch *kafka);

/* Return: 0 or -errno of pthread_create(3). */
int consumer_start(struct consumer *consumer);

/* Blocks: until every partition has been given back, at most a little longer than ASSIGN_CLOSE_LIMIT_MS. */
void consumer_stop(struct consumer *consumer);

/* Thread: any. Return: 0, or the -errno with which the consumer stopped. */
int consumer_failed(const struct consumer *consumer);

#endif
