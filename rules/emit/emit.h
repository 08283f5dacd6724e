/* SPDX-License-Identifier: MIT
 *
 * Step 7 of 12. Emit: what the shards found, as records in Kafka, at once and durably.
 *
 * One thread owns the producer. It sleeps until a shard rings or Kafka reports; nothing on the way of an
 * alert waits for a timer. What Kafka has acknowledged without a gap is told to the state thread
 * (acks.h), which may then move the position past the events that led to it.
 *
 * When Kafka refuses everything for good (a topic is gone) the process ends: the position was not
 * moved, so the next start judges the same events and sends the same ids. A single record that is
 * refused for what it is (too large) is left out, counted and told: the next start would meet it again.
 *
 *      S1 main  asked to stop          ->  S2 emit leaves its loop
 *      S3 emit  cannot deliver for good ->  S4 main ends the program
 */
#ifndef VIGIL_RULES_EMIT_EMIT_H
#define VIGIL_RULES_EMIT_EMIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"
#include "rules/emit/again.h"
#include "rules/shard/outbox.h"
#include "rules/threads/acks.h"
#include "rules/threads/doorbell.h"

enum { EMIT_LINKS_MAX = 256, EMIT_TOPIC_BYTES = 128 };

/* One a shard. */
struct emit_link {
        struct outbox *outbox;
        struct acks acks;
};

struct emit {
        rd_kafka_t *producer;
        rd_kafka_queue_t *reports;
        rd_kafka_topic_t *topics[2]; /* alerts, quarantine: held so that their leaders stay known */
        struct doorbell bell;
        struct doorbell *acks_bell; /* of the state thread, when it waits */
        struct emit_link *links;
        uint32_t link_count;
        int32_t partition_count;
        char alerts[EMIT_TOPIC_BYTES];
        char quarantine[EMIT_TOPIC_BYTES];
        char lanes[LANE_COUNT][EMIT_TOPIC_BYTES]; /* where refused records were read */
        struct again again;                       /* what came back */
        int64_t again_mono_ms;
        bool again_said; /* in the log, since the last record that arrived */
        bool blocked;    /* the producer's queue or a window is full */

        _Atomic bool stop;                 /* S1 -> S2 */
        _Atomic int failed;                /* S3 -> S4 */
        _Atomic int64_t heartbeat_mono_ms; /* stands alone */
        pthread_t thread;
        bool running;
};

/* Return: 0, -EINVAL with err_why(), -ENOMEM, -errno. @link_count: at most EMIT_LINKS_MAX. */
int emit_init(struct emit *emit, const struct conf *conf, uint32_t link_count);
void emit_fini(struct emit *emit);

/* Before emit_start(): whom to serve. */
void emit_connect(struct emit *emit, uint32_t index, struct outbox *outbox);

/* Learn where the partitions are and send one record nobody reads: else the first alert would wait for
 * both. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT or -EINVAL with err_why(). */
int emit_warm(struct emit *emit, const struct conf *conf, int timeout_ms);

int emit_start(struct emit *emit);
void emit_stop(struct emit *emit); /* Thread: main. Blocks: until the thread has ended. */

/* Thread: any. 0, or the -errno it gave up with. */
int emit_failed(const struct emit *emit);

#endif
