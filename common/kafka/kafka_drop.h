/* SPDX-License-Identifier: MIT
 *
 * Non-blocking release of Kafka clients. rd_kafka_destroy() waits for the threads of the client, which may wait for
 * Kafka, for ever if partitions are gone. A main loop must not block like that.
 *
 * Thread: any.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_DROP_H
#define VIGIL_COMMON_KAFKA_KAFKA_DROP_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Destroy @client on a separate thread. A consumer does not leave its group: a static member that returns within the
 * session timeout keeps its partitions. Takes NULL. No callback runs after the call; queues obtained from the client
 * must be destroyed before it. Blocks: never. */
void kafka_drop(rd_kafka_t *client);

/* Wait until all dropped clients are destroyed. Blocks: at most @timeout_ms. Return: false on timeout. */
bool kafka_drop_wait(int timeout_ms);

/* The last call of main(). Waits up to a second for dropped clients. If one is still alive then, the process ends here
 * with _exit(@status), because exit handlers must not run while its threads do. Return: @status. */
int kafka_drop_leave(int status);

#endif
