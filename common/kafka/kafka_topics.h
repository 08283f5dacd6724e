/* SPDX-License-Identifier: MIT
 *
 * State of our topics in Kafka. kafka_watch.h checks it periodically, kafka_topics_ensure() once at start.
 *
 * Thread: one at a time. A struct kafka_topics copies what it needs of the configuration.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_TOPICS_H
#define VIGIL_COMMON_KAFKA_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/files/conf.h"

/* In order of severity. */
enum kafka_topic_fault {
        KAFKA_TOPIC_FINE,
        KAFKA_TOPIC_LEADERLESS, /* a partition has no leader */
        KAFKA_TOPIC_GONE,       /* the topic does not exist */
        KAFKA_TOPIC_MISCOUNTED, /* its number of partitions differs from the configuration */
};

struct kafka_topics;

/* Opens its own Kafka client. The caller releases *ret with kafka_topics_free(). Blocks: never; kafka_topics_free()
 * until the threads of the client end. Return: 0, -ENOMEM, -EINVAL with err_why(). */
int kafka_topics_new(struct kafka_topics **ret, const struct conf *conf);
void kafka_topics_free(struct kafka_topics *topics);

/* Query the state of all our topics. @create: create the missing ones unless one is miscounted; the result is the
 * state before that. Several programs may do so at the same time. *ret_topic: the topic with the worst fault.
 * Blocks: at most @timeout_ms, with @create 2 s more.
 * Return: an enum kafka_topic_fault, -ETIMEDOUT (no answer), -EINVAL (cannot be created), -ENOMEM. */
int kafka_topics_look(struct kafka_topics *topics, int timeout_ms, bool create, size_t *ret_topic);

const char *kafka_topics_name(const struct kafka_topics *topics, size_t topic);

/* Topics are numbered from 0. */
enum { KAFKA_TOPICS = 9 };

/* Delay before a missing topic is recreated while others of our topics exist. Within it every running program
 * notices that the topic is missing, and so knows that the next topic with this name is a new one. */
enum { KAFKA_TOPIC_GONE_MS = 3000 };

/* The number of topic @name, one of KAFKA_…_TOPIC of common/kafka/kafka.h (without prefix). Any other name is a bug. */
size_t kafka_topics_find(const char *name);

/* Was @topic missing at the last look? On a new broker all topics are. */
bool kafka_topics_is_gone(const struct kafka_topics *topics, size_t topic);

/* Can consumers join @group now? A broker that has just started has not loaded its groups yet and refuses them.
 * Blocks: at most @timeout_ms. */
bool kafka_topics_group_is_loaded(struct kafka_topics *topics, const char *group, int timeout_ms);

/* Create missing topics with the partitions and replication of the configuration, and check the partition counts of
 * existing ones. Any number of programs may do so at the same time. A topic that is missing while others of ours exist
 * is created after KAFKA_TOPIC_GONE_MS: @timeout_ms must be longer. Blocks: until the broker answers and every
 * partition has a leader, at most @timeout_ms and 2 s. Return: 0, -ETIMEDOUT (no answer, or no leader),
 * -EINVAL with err_why() (a topic has a different partition count or cannot be created), -ENOMEM. */
int kafka_topics_ensure(const struct conf *conf, int timeout_ms);

#endif
