/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/producer.h"

#include <stdint.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/require.h"
#include "ingest/base/stats.h"

enum { QUEUE_FULL_WAIT_MS = 10 };

static void note_failure(struct producer *producer, rd_kafka_resp_err_t error) {
        producer->failed++;
        if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
                producer->cautious = true;
        snprintf(producer->why, sizeof(producer->why), "%s", rd_kafka_err2str(error));
}

void producer_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
        struct producer *producer = opaque;
        int64_t received_us = (int64_t)(intptr_t)message->_private;

        if (received_us == 0)
                return; /* a record of the warm-up or of sink_listening(): not counted */
        require(producer->outstanding > 0, "lane %d: a report more than there were records",
                (int)producer->lane);
        producer->outstanding--;
        metric_add(&stats.kafka_outstanding[producer->lane], -1);
        if (message->err)
                note_failure(producer, message->err);
        else
                histogram_record_us(&stats.received_to_kafka[producer->lane],
                                    clock_wall_us() - received_us);
}

void producer_owes(struct producer *producer) {
        producer->outstanding++;
        metric_add(&stats.kafka_outstanding[producer->lane], 1);
}

bool producer_retry(struct producer *producer, rd_kafka_resp_err_t error) {
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
            !atomic_load_explicit(producer->stop, memory_order_relaxed)) {
                rd_kafka_poll(producer->rk, QUEUE_FULL_WAIT_MS);
                return true;
        }
        note_failure(producer, error);
        return false;
}
