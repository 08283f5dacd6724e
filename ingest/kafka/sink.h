/* SPDX-License-Identifier: MIT
 *
 * Step 3 of 12: kafka. Events -> frames in Kafka, and their delivery reports.
 *
 *      [mqtt] -> [decode] -> KAFKA -> vigil.events.alarm, vigil.events.telemetry, vigil.quarantine
 *
 * Alarm lane: each event is produced at once as a record of its own, keyed by its elder. Telemetry: events of
 * one partition are collected in a frame until it is full or sink_flush() is called. The caller acknowledges
 * messages to the MQTT broker only if sink_outstanding() and sink_failed() are 0: so no message is lost.
 *
 * Thread: that of one session. Blocks: only where stated.
 */
#ifndef VIGIL_INGEST_KAFKA_SINK_H
#define VIGIL_INGEST_KAFKA_SINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "ingest/decode/decoded.h"

struct sink;

/* @client_id: of the Kafka client. @stop must outlive the sink: when it turns true, waiting for a full queue ends and
 * the record counts as failed. The caller releases *ret with sink_free(). Return: 0, -EINVAL, -ENOMEM. */
int sink_new(struct sink **ret, const struct conf *conf, enum lane lane, const char *client_id,
             const atomic_bool *stop);
/* Drop records that Kafka has not acknowledged; their messages were not acknowledged either. Takes NULL. Blocks: until
 * the threads of the Kafka client end. */
struct sink *sink_free(struct sink *sink);

/* Send a warm-up record and query the leaders of the partitions, so that the first alarm is not delayed.
 * Blocks: at most three times @timeout_ms. Return: 0, -ETIMEDOUT, -EINVAL. */
int sink_warm(struct sink *sink, const struct conf *conf, int timeout_ms);

/* Write an event, or add it to a frame. A failure is counted. Blocks: while the queue of the client is full, which
 * holds far more than a group. */
void sink_event(struct sink *sink, const struct decoded_event *event, int64_t received_us);

/* Write a refused message to quarantine (docs/wire/quarantine.md), as far as the budget of its sender allows. Blocks:
 * as sink_event(). Return: true if the caller must log that messages of the sender are not stored whole. */
bool sink_quarantine(struct sink *sink, const struct decode_message *message, enum reject reject,
                     const char *detail);

/* Write an alert to the desk about an alarm without an event. Blocks: as sink_event(). */
void sink_alarm(struct sink *sink, const struct alarm *alarm, int64_t received_us);

/* Write a listening record of ingest shard @shard to every partition (event_listening()). No message depends on it, so
 * sink_outstanding() and sink_failed() do not count it. Nothing is written while other records are outstanding, because
 * a late listening record would be useless. Telemetry lane only. Blocks: never. */
void sink_listening(struct sink *sink, uint32_t shard, bool listens, int64_t now_ms);

/* Produce all open frames. Blocks: as sink_event(). */
void sink_flush(struct sink *sink);

/* Handle delivery reports. Blocks: until one arrives, at most @timeout_ms. */
void sink_poll(struct sink *sink, int timeout_ms);

/* Number of records without a delivery report. */
int sink_outstanding(const struct sink *sink);
/* Number of records since sink_reset() that Kafka refused or that the client did not accept. */
int sink_failed(const struct sink *sink);
/* Why the last of them failed, for the log. Valid until the next call. */
const char *sink_why(const struct sink *sink);
void sink_reset(struct sink *sink);

/* True if the client can never produce again, so that the process must restart. */
bool sink_is_broken(const struct sink *sink);

#endif
