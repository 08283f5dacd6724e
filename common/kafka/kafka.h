/* SPDX-License-Identifier: MIT
 *
 * Creation of librdkafka clients for all Vigil programs, so that the settings on which alarms depend
 * (acks, idempotence, back-off, Nagle) are in one place. Reasons: docs/adr/0003-kafka-client.md.
 *
 * The caller releases a client with kafka_drop() or rd_kafka_destroy().
 * Thread: any; librdkafka's handles are thread-safe. Blocks: only where stated.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_H
#define VIGIL_COMMON_KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"

/* Topic names without the prefix; docs/wire/ describes their records. */
#define KAFKA_EVENTS_ALARM_TOPIC "events.alarm"
#define KAFKA_EVENTS_TELEMETRY_TOPIC "events.telemetry"
#define KAFKA_ALERTS_TOPIC "alerts"
#define KAFKA_LEDGER_TOPIC "ledger"
#define KAFKA_PAGES_TOPIC "pages"
#define KAFKA_ACKS_TOPIC "acks"
#define KAFKA_REGISTRY_TOPIC "registry"
#define KAFKA_QUARANTINE_TOPIC "quarantine"
#define KAFKA_HEALTH_TOPIC "health" /* warm-up records and claims of ingest; kept for an hour */

/* An idempotent producer: acks=all, linger 0, murmur2, TCP_NODELAY, back-off 50 to 500 ms, no message timeout (an
 * accepted record is retried until Kafka has it). @delivered: the delivery callback, or NULL; called from
 * rd_kafka_poll() and rd_kafka_flush() with @opaque. Blocks: never. Return: 0, -ENOMEM, or -EINVAL with err_why(). */
int kafka_producer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                       void *opaque);

/* A consumer in group @group as static member @instance: session timeout 6 s; range assignment, so that a partition of
 * both event topics goes to the same member; the client never stores or commits offsets; fetch.wait.max.ms 100;
 * isolation read_committed. @rebalance may be NULL. @group NULL: no group, for assign() from an explicit offset; the
 * end of a partition is then reported (RD_KAFKA_RESP_ERR__PARTITION_EOF). rd_kafka_consumer_poll() also serves the main
 * queue and its callbacks. Blocks: never. Return: 0, -ENOMEM, or -EINVAL with err_why(). */
int kafka_consumer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       const char *group, const char *instance,
                       void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                         rd_kafka_topic_partition_list_t *, void *),
                       void *opaque);

/* A client for metadata and administration only; it never requests a producer id. Return: as kafka_producer_new(). */
int kafka_admin_new(rd_kafka_t **ret, const struct conf *conf);

/* Query the first offset and the end offset of a partition. Use it instead of rd_kafka_query_watermark_offsets(), which
 * was observed to ignore its timeout while Kafka was killed or frozen. @ret_first may be NULL.
 * Blocks: at most @timeout_ms for each of the two. Return: 0, or -ETIMEDOUT (also for an error of Kafka). */
int kafka_query_ends(rd_kafka_t *client, const char *topic, int32_t partition, int timeout_ms,
                     int64_t *ret_first, int64_t *ret_end);

/* Warm up a producer: query the leaders of all topics, then send one record to topic "health" and wait for its report.
 * A new client and an idle broker take up to a second for them, which must not delay an alarm. The delivery callback
 * gets the report with _private NULL. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT, -EINVAL. */
int kafka_producer_warm(rd_kafka_t *producer, const struct conf *conf, int timeout_ms);

/* A warning for the log if the replication factor is below three, else NULL. */
const char *kafka_replication_warning(const struct conf *conf);

#endif
