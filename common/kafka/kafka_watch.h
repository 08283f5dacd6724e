/* SPDX-License-Identifier: MIT
 *
 * Monitors Kafka: does it answer, do all our topics exist, and has each partition a leader? A thread with its own Kafka
 * client checks every 500 ms, so the result does not depend on the traffic of the program's own clients.
 * A deleted topic is created again.
 *
 *      r = kafka_topics_ensure(conf, …);             at start: waits for Kafka
 *      r = kafka_watch_start(&watch, conf, group);   then, before the first http_ready_check that uses it
 *      if (!kafka_watch_is_fine(watch, missing, missing_bytes))
 *              return false;                         in the program's http_ready_check
 *      kafka_watch_stop(watch);                      after http_stop()
 *
 * kafka_watch_is_fine() is false within 7 s after Kafka was killed, stopped (SIGSTOP) or disconnected (packets
 * dropped), or a topic was deleted. It is true again about 2 s after Kafka is back; a deleted topic takes 3 s more,
 * until it is created again. It does not cover the program's own consumers and producers: the program must check their
 * state itself (fenced, no partitions, records outstanding for long).
 *
 * A recreated topic is empty and its offsets start at 0 again. Idempotent producers continue by themselves. A consumer
 * whose position is beyond the new end gets an error from Kafka. If the new topic has already reached that position, it
 * gets none and would skip everything before, because librdkafka identifies topics by name only. Therefore every
 * consumer polls kafka_watch_remade() and checks its position when the number has changed.
 *
 *      K1 kafka_watch_stop() sets stop  ->  K2 the thread ends
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_WATCH_H
#define VIGIL_COMMON_KAFKA_KAFKA_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"

struct kafka_watch;

/* Start the thread. @group: of the program's consumers, copied; NULL: none. Kafka counts as fine until the first answer
 * is overdue (5 s). Thread: main(). Return: 0, -ENOMEM, -errno, -EINVAL with err_why(). */
int kafka_watch_start(struct kafka_watch **ret, const struct conf *conf, const char *group);

/* Takes NULL. Thread: main(). Blocks: at most 100 ms. A thread that still waits for Kafka then ends later by itself; it
 * uses no memory of the caller. */
void kafka_watch_stop(struct kafka_watch *watch);

/* Return: true if Kafka is fine; else false with the reason in @missing: "kafka: no answer", "kafka: topic
 * vigil.events.alarm is gone", … Thread: any. Blocks: never. */
bool kafka_watch_is_fine(const struct kafka_watch *watch, char *missing, size_t missing_bytes);

/* Is it worth joining the group? false from a look that Kafka did not answer until it has loaded the group again, or for
 * 1.5 s after its return if that cannot be found out. librdkafka 2.0.2 waits about 2 s after a refused request to join,
 * and pages wait as long: so a consumer that lost its place during an outage is replaced by a new one, which is
 * created when this is true. @watch NULL: true. Thread: any. Blocks: never. */
bool kafka_watch_lets_join(const struct kafka_watch *watch);

/* How often @topic (KAFKA_…_TOPIC of common/kafka/kafka.h) was missing and has come back since the start of the watch.
 * May include a broker that did not know the topic yet just after its start. @watch NULL: 0. Thread: any. Blocks:
 * never. */
uint32_t kafka_watch_remade(const struct kafka_watch *watch, const char *topic);

#endif
