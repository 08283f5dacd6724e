/* SPDX-License-Identifier: MIT
 *
 * Read back: from where Kafka is read when not everything that was judged is known any more, because
 * Redis does not answer or what it holds cannot be read. So far back that what was under way then is found
 * again; what was told before is told again with the same ids.
 *
 * Thread: the consumer thread. Blocks: on Kafka, at most @timeout_ms.
 */
#ifndef VIGIL_RULES_CONSUMER_READ_BACK_H
#define VIGIL_RULES_CONSUMER_READ_BACK_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

/* Move *start back to the first record of @from_ms (wall clock) or later, if it lies behind it. @end: of the
 * partition. Return: false when Kafka does not answer, and *start is as it was. */
bool read_back_start(rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t from_ms,
                     int64_t end, int64_t *start, int timeout_ms);

#endif
