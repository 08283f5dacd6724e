/* SPDX-License-Identifier: MIT
 *
 * Step 7 of 12. Emit: writes the alerts and quarantine records of the shards to Kafka.
 *
 * One thread owns the producer. It sleeps until a shard rings or Kafka reports a delivery; an alert never waits for a
 * timer. The numbers that Kafka has acknowledged without a gap are published to the state thread
 * (acks.h), which may then store a position after the events that led to them.
 *
 * What happens to a record that Kafka refuses:
 *
 *   - its topic is gone or a permission is missing: it is sent again (again.h);
 *   - the record itself is the reason (too large): it is left out, counted and logged, because every restart would meet
 *     it again;
 *   - the producer has a fatal error, or there is no memory: the process ends. The position was not stored, so the next
 *     start judges the same events and sends the same ids.
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

/* One per shard. */
struct emit_link {
        struct outbox *outbox;
        struct acks acks;
};

struct emit {
        rd_kafka_t *producer;
        rd_kafka_queue_t *reports;
        rd_kafka_topic_t *topics[2]; /* alerts, quarantine: held so that their leaders stay known */
        struct doorbell bell;
        struct doorbell *acks_bell; /* armed while the state thread waits for acknowledgements */
        struct emit_link *links;
        uint32_t link_count;
        int32_t partition_count;
        char alerts[EMIT_TOPIC_BYTES];
        char quarantine[EMIT_TOPIC_BYTES];
        char lanes[LANE_COUNT][EMIT_TOPIC_BYTES]; /* topics of refused records, by lane */
        struct again again;                       /* records to send again */
        int64_t again_mono_ms;                    /* not before */
        bool again_said;                          /* the log says so; reset when a record arrives */
        bool blocked; /* cannot send: producer queue or window full, or records wait in again */

        _Atomic bool stop;                 /* S1 -> S2 */
        _Atomic int failed;                /* -errno (S3 -> S4) */
        _Atomic int64_t heartbeat_mono_ms; /* orders nothing; for /-/healthy */
        pthread_t thread;
        bool running;
};

/* Thread: main, for all calls but emit_failed(). */

/* @link_count: number of shards, 1 to EMIT_LINKS_MAX. The caller sets emit->acks_bell before emit_start().
 * Return: 0, -EINVAL with err_why(), -ENOMEM, -errno of eventfd(2). */
int emit_init(struct emit *emit, const struct conf *conf, uint32_t link_count);
void emit_fini(struct emit *emit);

/* Before emit_start(), for every index below @link_count. @outbox must outlive the emit thread. */
void emit_connect(struct emit *emit, uint32_t index, struct outbox *outbox);

/* Fetch the partition leaders and send one record that nobody reads; otherwise the first alert would wait for
 * both. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT or -EINVAL with err_why(). */
int emit_warm(struct emit *emit, const struct conf *conf, int timeout_ms);

/* Return: 0 or -errno of pthread_create(3). */
int emit_start(struct emit *emit);

/* Blocks: until the thread has ended. */
void emit_stop(struct emit *emit);

/* Thread: any. Return: 0, or the -errno with which emit stopped. */
int emit_failed(const struct emit *emit);

#endif
