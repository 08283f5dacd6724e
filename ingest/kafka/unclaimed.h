/* SPDX-License-Identifier: MIT
 *
 * Writes an alarm without an event as an alert to vigil.alerts, for the desk of its district (docs/wire/alerts.md).
 *
 * Thread: that of one session. Blocks: while the queue of the Kafka client is full.
 */
#ifndef VIGIL_INGEST_KAFKA_UNCLAIMED_H
#define VIGIL_INGEST_KAFKA_UNCLAIMED_H

#include "ingest/decode/decoded.h"
#include "ingest/kafka/producer.h"

/* A failure is counted in @producer. */
void unclaimed_write(struct producer *producer, const char *kafka_topic, int partitions,
                     const struct alarm *alarm, int64_t received_us);

#endif
