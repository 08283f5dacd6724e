/* SPDX-License-Identifier: MIT
 *
 * Kafka clients that are needed no more. rd_kafka_destroy() waits for the client's threads, and those may wait for Kafka,
 * for ever when partitions are gone: a loop must not.
 *
 * Thread: any.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_DROP_H
#define VIGIL_COMMON_KAFKA_KAFKA_DROP_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Destroyed on a thread of its own, a consumer without leaving its group: a static member that comes back
 * within the session finds its partitions as they were. Takes NULL. No callback is called any more; queues
 * got from it must have been destroyed. Blocks: never. */
void kafka_drop(rd_kafka_t *client);

/* Whether all of them are gone. Blocks: at most @timeout_ms. */
bool kafka_drop_wait(int timeout_ms);

/* The last thing in main(). A client's threads that still wait for Kafka after a second must not meet the end of the
 * process half way: then it ends here, without exit handlers. Return: @status. */
int kafka_drop_leave(int status);

#endif
