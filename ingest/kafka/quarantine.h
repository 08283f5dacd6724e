/* SPDX-License-Identifier: MIT
 *
 * Writes refused messages to vigil.quarantine with the reason, as far as the budget of their sender allows
 * (docs/wire/quarantine.md).
 *
 * Thread: that of one session. Blocks: as sink_event().
 */
#ifndef VIGIL_INGEST_KAFKA_QUARANTINE_H
#define VIGIL_INGEST_KAFKA_QUARANTINE_H

#include "ingest/decode/decoded.h"
#include "ingest/guard/budget.h"
#include "ingest/kafka/producer.h"

enum {
        QUARANTINE_BYTES_MAX = 900000, /* with headers within Kafka's default message.max.bytes */
        QUARANTINE_BYTES_KEPT = BUDGET_START_BYTES, /* stored of a longer message */
};

/* @keep: BUDGET_WHOLE or BUDGET_START. A failure is counted in @producer. */
void quarantine_write(struct producer *producer, const char *kafka_topic, enum budget_answer keep,
                      const struct decode_message *message, enum reject reject, const char *detail);

#endif
