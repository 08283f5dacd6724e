/* SPDX-License-Identifier: MIT
 *
 * Step 3 of 12: kafka. Events -> frames in Kafka, and the word that Kafka has them.
 *
 *      [mqtt] -> [decode] -> KAFKA -> vigil.events.alarm, vigil.events.telemetry, vigil.quarantine
 *
 * Alarm lane: each event is produced at once, one a record, keyed by its elder. Telemetry: events
 * of one partition share a frame until sink_flush(). Whoever calls acknowledges to the MQTT broker
 * only when sink_outstanding() is 0 and sink_failed() is 0: that is the promise of this program.
 *
 * Thread: one session's. Blocks: only where said.
 */
#ifndef VIGIL_INGEST_KAFKA_SINK_H
#define VIGIL_INGEST_KAFKA_SINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "ingest/decode/decoded.h"

struct sink;

/* @client_id: of the Kafka client. @stop: when it turns true, waiting for a full queue ends and counts
 * as a failure. Return: 0, -EINVAL, -ENOMEM. */
int sink_new(struct sink **ret, const struct conf *conf, enum lane lane, const char *client_id,
             const atomic_bool *stop);
/* Blocks: never. What Kafka has not acknowledged is dropped: nobody was told that it is safe. */
struct sink *sink_free(struct sink *sink);

/* One record there and back, and where the partitions live, so that the first alarm finds
 * everything warm. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT, -EINVAL. */
int sink_warm(struct sink *sink, const struct conf *conf, int timeout_ms);

/* Blocks: while the client's own queue is full (it holds far more than a group). */
void sink_event(struct sink *sink, const struct decoded_event *event, int64_t received_us);

/* Keep a message that was refused: bytes, topic and reason (docs/wire/quarantine.md), as far as the budget of its
 * sender goes. Return: true once a minute and sender when it does not go all the way, for the log. */
bool sink_quarantine(struct sink *sink, const struct decode_message *message, enum reject reject,
                     const char *detail);

/* Tell the desk of an alarm that became no event. */
void sink_alarm(struct sink *sink, const struct alarm *alarm, int64_t received_us);

/* Say to every partition whether ingest shard @shard listens (event_listening()). Nobody waits for it and nothing
 * is acknowledged by it, so it is no part of sink_outstanding() and sink_failed(). While Kafka still owes
 * for anything it is left out: said late it would be worth nothing. Telemetry lane only. */
void sink_listening(struct sink *sink, uint32_t shard, bool listens, int64_t now_ms);

/* Produce the frames that are open. */
void sink_flush(struct sink *sink);

/* Take delivery reports. Blocks: until one comes, at most @timeout_ms. */
void sink_poll(struct sink *sink, int timeout_ms);

int sink_outstanding(const struct sink *sink);
/* Records that Kafka refused or that could not be handed over, since sink_reset(). */
int sink_failed(const struct sink *sink);
/* Why the latest one failed, for the log. */
const char *sink_why(const struct sink *sink);
void sink_reset(struct sink *sink);

/* True when the client can never produce again: only a new process helps. */
bool sink_is_broken(const struct sink *sink);

#endif
