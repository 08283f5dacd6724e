/* SPDX-License-Identifier: MIT
 *
 * Does Kafka answer, and are all our topics there, each partition with a leader? A thread with a Kafka
 * client of its own asks every second, so the answer does not depend on whether the program's own
 * clients have anything to send. A topic that was deleted is created again.
 *
 *      r = kafka_topics_ensure(conf, …);             as before: it waits for Kafka at start
 *      r = kafka_watch_start(&watch, conf);          then, before http or at least before the first
 *                                                    program_is_ready() that shall use it
 *      if (!kafka_watch_is_fine(watch, missing, missing_bytes))
 *              return false;                         in the program's http_ready_check
 *      kafka_watch_stop(watch);                      after http_stop()
 *
 * False at most 7 s after Kafka was killed, stopped (SIGSTOP), cut off (packets dropped), or a topic
 * was deleted; true again within about 2 s after it is back (a deleted topic: 3 s later, when it is made
 * anew). It says nothing about the program's own
 * consumers and producers: what those know (fenced, no partitions, records outstanding for long)
 * the program has to add itself.
 *
 * A recreated topic is empty: its offsets begin at 0 again. Idempotent producers go on by
 * themselves. A consumer whose position lies beyond the new end is told so by Kafka; one whose position
 * the new topic has reached again is not, and would never read what came before it: librdkafka knows topics
 * by name alone. So every consumer asks kafka_watch_remade() now and then, and when the number has
 * changed looks at its position.
 *
 *      K1 watch asked to end, by kafka_watch_stop  ->  K2 the thread ends
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_WATCH_H
#define VIGIL_COMMON_KAFKA_KAFKA_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"

struct kafka_watch;

/* Return: 0, -ENOMEM, -errno, -EINVAL with err_why(). It counts as fine until the first answer is overdue. */
int kafka_watch_start(struct kafka_watch **ret, const struct conf *conf);

/* Takes NULL. Blocks: at most 100 ms. A thread that still waits for Kafka then is left to end by itself, and
 * uses nothing of the program's. */
void kafka_watch_stop(struct kafka_watch *watch);

/* "kafka: no answer", "kafka: topic vigil.events.alarm is gone" … in @missing, untouched when fine.
 * Thread: any. Blocks: never. */
bool kafka_watch_is_fine(const struct kafka_watch *watch, char *missing, size_t missing_bytes);

/* How often @topic (TOPIC_… of common/kafka/kafka.h) was gone and is there again, since the watch began. It may count a
 * broker that did not know the topic for a moment after its start. Takes NULL (0). Thread: any. Blocks: never. */
uint32_t kafka_watch_remade(const struct kafka_watch *watch, const char *topic);

#endif
