/* SPDX-License-Identifier: MIT
 *
 * Read back: where to start reading Kafka when states are unknown because Redis does not answer or the
 * stored states cannot be read. Reading starts far enough back to rebuild what was in progress. Alerts that were
 * raised before are raised again with the same ids.
 *
 * Thread: the consumer thread. Blocks: on Kafka, at most @timeout_ms.
 */
#ifndef VIGIL_RULES_CONSUMER_READ_BACK_H
#define VIGIL_RULES_CONSUMER_READ_BACK_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

/* Lower *start to the first record written at @from_ms (wall clock) or later, or to @end if there is none. @end: the
 * end offset of the partition. Return: false if Kafka does not answer, and *start is unchanged. */
bool read_back_start(rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t from_ms,
                     int64_t end, int64_t *start, int timeout_ms);

#endif
