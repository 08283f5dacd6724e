/* SPDX-License-Identifier: MIT
 *
 * Member: our membership in the consumer group, and how it is restored when it is lost.
 *
 * A Kafka consumer never reads again after a fatal error: another process joined under our rules.instance, or
 * the group mistook a late request of our own for one. It is replaced: the partitions are
 * given back, the consumer is discarded and a new one joins. The first time this happens almost at once, because most
 * often there is no rival process. If we are expelled again soon after joining, the wait doubles each time, so that
 * two processes with one name do not take the partitions from each other all the time.
 *
 * Thread: the consumer thread.
 */
#ifndef VIGIL_RULES_CONSUMER_MEMBER_H
#define VIGIL_RULES_CONSUMER_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"

enum {
        MEMBER_AGAIN_MS = 200,        /* after the first time */
        MEMBER_RIVAL_FIRST_MS = 4000, /* then */
        MEMBER_RIVAL_MAX_MS = 30000,  /* the wait doubles up to this */
        MEMBER_CALM_MS = 60000,       /* after this long in the group the wait starts over */
};

struct member {
        const struct conf *conf;
        int bell_fd;
        void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *,
                          void *);
        void *context;

        rd_kafka_t *consumer;     /* NULL: discarded, and the next one is not due yet */
        rd_kafka_queue_t *events; /* the consumer's queue: rebalances and errors */
        bool subscribed;
        bool out;  /* expelled, or its place was lost: the consumer must be replaced */
        bool lost; /* out because Kafka was away: nobody has expelled us */
        int64_t opened_mono_ms;
        int64_t reopen_mono_ms;
        int wait_ms; /* before the next opening */
};

/* Open the first consumer. @rebalance and @context: as for kafka_consumer_new(). @bell_fd: librdkafka writes to it when
 * member_poll() has something to serve. Return: 0, -EINVAL with err_why(). */
int member_init(struct member *member, const struct conf *conf, int bell_fd,
                void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                  rd_kafka_topic_partition_list_t *, void *),
                void *context);
void member_fini(struct member *member);

/* Join the group, unless we have joined. @topics[@count]. Blocks: never. */
void member_subscribe(struct member *member, const char *const *topics, int count);

/* Serve one rebalance or error. A fatal error sets member->out. Blocks: never. Return: whether there was one. */
bool member_poll(struct member *member, int64_t now_mono_ms);

/* Our place in the group is lost because Kafka does not answer: sets member->out. Blocks: never. */
void member_lose(struct member *member, int64_t now_mono_ms);

/* Call once a second: wakes the client's main thread. That thread waits by the wall clock, so after the clock is set
 * back by an hour it would send no heartbeat for an hour. Blocks: never. */
void member_wake(struct member *member);

/* Destroy the expelled consumer. Everything read from it must have been given back. Blocks: never. */
void member_discard(struct member *member, int64_t now_mono_ms);

/* Open the next consumer when it is due. Return: whether a new one was opened. */
bool member_reopen(struct member *member, int64_t now_mono_ms);

/* Were we expelled again soon after joining, so that another process probably uses our rules.instance? */
bool member_has_rival(const struct member *member);

#endif
