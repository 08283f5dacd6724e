/* SPDX-License-Identifier: MIT
 *
 * An alarm that became no event, as a record of vigil.alerts: the desk of its district is told (docs/wire/alerts.md).
 *
 * Thread: one session's. Blocks: while the client's own queue is full.
 */
#ifndef VIGIL_INGEST_KAFKA_UNCLAIMED_H
#define VIGIL_INGEST_KAFKA_UNCLAIMED_H

#include "ingest/decode/decoded.h"
#include "ingest/kafka/producer.h"

void unclaimed_write(struct producer *producer, const char *kafka_topic, int partitions,
                     const struct alarm *alarm, int64_t received_us);

#endif
