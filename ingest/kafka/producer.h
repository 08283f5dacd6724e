/* SPDX-License-Identifier: MIT
 *
 * Internals of a sink, shared by sink.c, quarantine.c and unclaimed.c: counts records passed to the Kafka client
 * and their delivery reports.
 *
 * Thread: that of one session. Blocks: only where stated.
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
        int outstanding; /* records without a delivery report */
        int failed;      /* records refused since sink_reset() */
        bool cautious;   /* Kafka refused a record as too large: make smaller ones from now on */
        char why[160];   /* reason of the last failure */
};

/* The delivery callback of every sink; @opaque: its struct producer. */
void producer_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque);

/* Count a record that the client has accepted. */
void producer_owes(struct producer *producer);

/* Handle a record that the client did not accept. Return: true if the caller must try again, because the queue
 * was full; false if the record was counted as failed. Blocks: for 10 ms if the queue is full. */
bool producer_retry(struct producer *producer, rd_kafka_resp_err_t error);

#endif
