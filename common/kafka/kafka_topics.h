/* SPDX-License-Identifier: MIT
 *
 * Our topics as Kafka has them. kafka_watch.h looks with it again and again, kafka_topics_ensure() once, at start.
 *
 * Thread: one at a time. A struct kafka_topics keeps what it needs of the configuration.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_TOPICS_H
#define VIGIL_COMMON_KAFKA_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/files/conf.h"

/* From bad to worse. */
enum kafka_topic_fault {
        KAFKA_TOPIC_FINE,
        KAFKA_TOPIC_LEADERLESS, /* a partition has no leader */
        KAFKA_TOPIC_GONE,       /* it does not exist */
        KAFKA_TOPIC_MISCOUNTED, /* it has another number of partitions than the configuration */
};

struct kafka_topics;

/* Opens a client of its own. Return: 0, -ENOMEM, -EINVAL with err_why(). */
int kafka_topics_new(struct kafka_topics **ret, const struct conf *conf);
void kafka_topics_free(struct kafka_topics *topics);

/* Ask Kafka for all our topics. With @create, create the missing ones unless one is miscounted; the
 * answer is what was there before. Several programs may do so at once. *ret_topic is the topic with the worst fault.
 * Blocks: at most @timeout_ms, and as long and 2 s more to create.
 * Return: an enum kafka_topic_fault, -ETIMEDOUT (no broker answers), -EINVAL (cannot be created). */
int kafka_topics_look(struct kafka_topics *topics, int timeout_ms, bool create, size_t *ret_topic);

const char *kafka_topics_name(const struct kafka_topics *topics, size_t topic);

/* Topics are numbered. @name: one of TOPIC_… of common/kafka/kafka.h (required), without the configuration's prefix. */
enum { KAFKA_TOPICS = 9 };

/* So long a topic is gone before it is created again where others of ours exist: meanwhile every program that runs
 * sees that it is gone, and knows that the next one of that name is another. */
enum { KAFKA_TOPIC_GONE_MS = 3000 };
size_t kafka_topics_find(const char *name);

/* Did the last look find that @topic does not exist? All of them, on a broker that is new. */
bool kafka_topics_is_gone(const struct kafka_topics *topics, size_t topic);

/* Create what is missing of all our topics with conf->kafka partitions and replication, and
 * check the partition counts of those that exist. Blocks: until the broker answers and every
 * partition has a leader, at most @timeout_ms. Any number of programs may do so at once. A topic that is gone while
 * others of ours exist is created after KAFKA_TOPIC_GONE_MS: @timeout_ms must be longer.
 * Return: 0, -ETIMEDOUT (no broker), -EINVAL (a topic has another partition count, or cannot be
 * created; err_why()). */
int kafka_topics_ensure(const struct conf *conf, int timeout_ms);

#endif
