/* SPDX-License-Identifier: MIT
 *
 * The inside of a sink, shared by sink.c (events) and quarantine.c: handing a record to the client and
 * counting its report.
 *
 * Thread: one session's.
 */
#ifndef VIGIL_INGEST_KAFKA_PRODUCER_H
#define VIGIL_INGEST_KAFKA_PRODUCER_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/wire/event.h"

enum { PRODUCER_TOPIC_BYTES = 128 };

struct producer {
        rd_kafka_t *rk;
        enum lane lane;
        const atomic_bool *stop;
        int outstanding;
        int failed;
        bool cautious; /* Kafka found a record too large: from now on make none that is */
        char why[160];
};

/* The report of one record: the delivery callback of every sink. */
void producer_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque);

/* A record was handed over. */
void producer_owes(struct producer *producer);

/* The client did not take a record. Return: true: try again (its queue was full and has been
 * given time), false: counted as failed. Blocks: a few milliseconds. */
bool producer_retry(struct producer *producer, rd_kafka_resp_err_t error);

#endif
