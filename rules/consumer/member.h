/* SPDX-License-Identifier: MIT
 *
 * Member: our place in the consumer group, and how we come by it again.
 *
 * A consumer that has met a fatal error (another process joined under our rules.instance; or the
 * group took a late request of our own for one) never reads again. It is replaced: the partitions are
 * given back, the consumer is thrown away and a new one joins. The first time at once: most often there
 * is no rival. One that is put out again soon after it joined waits longer and longer, so that two
 * processes with one name do not take the partitions from each other all the time.
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
        MEMBER_RIVAL_MAX_MS = 30000,  /* doubling up to */
        MEMBER_CALM_MS = 60000,       /* in the group for so long: the next is a first time again */
};

struct member {
        const struct conf *conf;
        int bell_fd;
        void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *,
                          void *);
        void *context;

        rd_kafka_t *consumer;     /* NULL: thrown away, its successor is not due yet */
        rd_kafka_queue_t *events; /* its own queue: rebalances and errors */
        bool subscribed;
        bool out; /* the consumer is of no use any more */
        int64_t opened_mono_ms;
        int64_t reopen_mono_ms;
        int wait_ms; /* before the next opening */
};

/* Opens the first consumer. @rebalance: as for kafka_consumer_new(), with @context.
 * Return: 0, -EINVAL with err_why(). */
int member_init(struct member *member, const struct conf *conf, int bell_fd,
                void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                  rd_kafka_topic_partition_list_t *, void *),
                void *context);
void member_fini(struct member *member);

/* Join, unless we have. @topics[@count]. */
void member_subscribe(struct member *member, const char *const *topics, int count);

/* Serve one rebalance or error. Return: whether there was one. @member->out is set by a fatal one. */
bool member_poll(struct member *member, int64_t now_mono_ms);

/* Once a second. The client's main thread waits in wall time: set back by an hour, it would send no heartbeat for an
 * hour. Blocks: never. */
void member_wake(struct member *member);

/* Throw a consumer away that is out; everything read from it was given back. Blocks: never. */
void member_discard(struct member *member, int64_t now_mono_ms);

/* Open the next consumer when it is due. Return: whether there is a new one. */
bool member_reopen(struct member *member, int64_t now_mono_ms);

/* Put out again soon after joining: somebody else has our name. */
bool member_has_rival(const struct member *member);

#endif
