/* SPDX-License-Identifier: MIT
 *
 * How every Vigil program opens librdkafka, so that the settings that cost lives when wrong
 * (acks, idempotence, back-off, Nagle) are in one place. Reasons: docs/adr/0003-kafka-client.md.
 *
 * Thread: handles are librdkafka's and thread-safe. Blocks: only where said.
 */
#ifndef VIGIL_COMMON_KAFKA_KAFKA_H
#define VIGIL_COMMON_KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "common/files/conf.h"

/* Topic names without the prefix; docs/wire/ has a page for each. */
#define KAFKA_EVENTS_ALARM_TOPIC "events.alarm"
#define KAFKA_EVENTS_TELEMETRY_TOPIC "events.telemetry"
#define KAFKA_ALERTS_TOPIC "alerts"
#define KAFKA_LEDGER_TOPIC "ledger"
#define KAFKA_PAGES_TOPIC "pages"
#define KAFKA_ACKS_TOPIC "acks"
#define KAFKA_REGISTRY_TOPIC "registry"
#define KAFKA_QUARANTINE_TOPIC "quarantine"
#define KAFKA_HEALTH_TOPIC "health" /* warm-up records; kept for an hour, read by nobody */

/* An idempotent producer, acks=all, linger 0, murmur2, TCP_NODELAY, back-off 50 to 500 ms,
 * no message timeout (what we took over stays owed). @opaque goes to the delivery callback.
 * @delivery_reports_on_events: false: dr_msg_cb is called from rd_kafka_poll().
 * Blocks: never. Return: 0 or -EINVAL with err_why(). */
int kafka_producer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                       void *opaque);

/* A consumer in group @group as static member @instance (session.timeout 6 s, range assignment, so
 * that event topics are co-assigned; offsets never stored by the client). @rebalance may be NULL.
 * @group NULL: no group, for assign() from an explicit offset; the end of a partition is then reported
 * (RD_KAFKA_RESP_ERR__PARTITION_EOF). fetch.wait.max.ms 100, isolation read_committed.
 * Its main queue is the consumer's queue: rd_kafka_consumer_poll() serves everything. */
int kafka_consumer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       const char *group, const char *instance,
                       void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                         rd_kafka_topic_partition_list_t *, void *),
                       void *opaque);

/* A client for metadata and administration only; it never takes a producer id. */
int kafka_admin_new(rd_kafka_t **ret, const struct conf *conf);

/* Where a partition begins and ends as of now. In place of rd_kafka_query_watermark_offsets(), which was seen not to return
 * before Kafka did, whatever its time-out, when asked while Kafka was killed or frozen. @ret_first: or NULL.
 * Blocks: at most @timeout_ms for each of the two. Return: 0, -ETIMEDOUT. */
int kafka_query_ends(rd_kafka_t *client, const char *topic, int32_t partition, int timeout_ms,
                     int64_t *ret_first, int64_t *ret_end);

/* The leaders of all topics, then one record into topic "health" and its report: a cold client asks for
 * the one and a cold broker answers the other late, and that second must not be an alarm's. The producer's delivery callback sees that
 * record too, with a NULL _private. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT, -EINVAL. */
int kafka_producer_warm(rd_kafka_t *producer, const struct conf *conf, int timeout_ms);

/* A sentence for the log when the topics are kept on fewer than three brokers, else NULL. */
const char *kafka_replication_warning(const struct conf *conf);

#endif
