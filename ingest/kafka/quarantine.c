/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/quarantine.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/require.h"

void quarantine_write(struct producer *producer, const char *kafka_topic, enum budget_answer keep,
                      const struct decode_message *message, enum reject reject,
                      const char *detail) {
        /* If this Kafka accepts only smaller records, the whole message would be refused for ever. */
        size_t most = producer->cautious || keep == BUDGET_START ? QUARANTINE_BYTES_KEPT
                                                                 : QUARANTINE_BYTES_MAX;
        bool truncated = message->payload_bytes > most;
        size_t kept = truncated ? QUARANTINE_BYTES_KEPT : message->payload_bytes;
        /* A NULL value would be a tombstone, so store an empty message with an empty value. */
        const void *value = message->payload ? message->payload : "";
        rd_kafka_resp_err_t error;
        char received[32];
        char bytes[32];

        require(keep != BUDGET_NOTHING, "%zu bytes beyond their budget", message->payload_bytes);
        snprintf(received, sizeof(received), "%" PRId64, message->received_us / 1000);
        snprintf(bytes, sizeof(bytes), "%zu", message->payload_bytes);

        /* An accepted record owns its headers, so each attempt creates new ones. */
        do {
                rd_kafka_headers_t *headers = rd_kafka_headers_new(6);

                rd_kafka_header_add(headers, "reason", -1, reject_name(reject), -1);
                rd_kafka_header_add(headers, "detail", -1, detail, -1);
                rd_kafka_header_add(headers, "topic", -1, message->topic, -1);
                rd_kafka_header_add(headers, "received_time_ms", -1, received, -1);
                rd_kafka_header_add(headers, "payload_bytes", -1, bytes, -1);
                if (truncated)
                        rd_kafka_header_add(headers, "truncated", -1, "1", -1);

                error = rd_kafka_producev(
                        producer->rk, RD_KAFKA_V_TOPIC(kafka_topic),
                        RD_KAFKA_V_VALUE((void *)value, kept), RD_KAFKA_V_HEADERS(headers),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_OPAQUE((void *)(intptr_t)message->received_us), RD_KAFKA_V_END);
                if (!error) {
                        producer_owes(producer);
                        return;
                }
                rd_kafka_headers_destroy(headers);
        } while (producer_retry(producer, error));
}
