/* SPDX-License-Identifier: MIT
 *
 * vigil.quarantine: every message ingest refused, with the reason, and as much of it as its sender's budget allows
 * (docs/wire/quarantine.md).
 *
 * Thread: one session's. Blocks: as sink_event().
 */
#ifndef VIGIL_INGEST_KAFKA_QUARANTINE_H
#define VIGIL_INGEST_KAFKA_QUARANTINE_H

#include "ingest/decode/decoded.h"
#include "ingest/guard/budget.h"
#include "ingest/kafka/producer.h"

enum {
        QUARANTINE_BYTES_MAX = 900000, /* fits Kafka's default message.max.bytes with headers */
        QUARANTINE_BYTES_KEPT = BUDGET_START_BYTES, /* of a longer one */
};

/* @keep: BUDGET_WHOLE or BUDGET_START. */
void quarantine_write(struct producer *producer, const char *kafka_topic, enum budget_answer keep,
                      const struct decode_message *message, enum reject reject, const char *detail);

#endif
