/* SPDX-License-Identifier: MIT
 *
 * Step 1 of 12: mqtt. Receives PUBLISH packets and acknowledges them when Kafka has their records.
 *
 *      sensor -> MQTT -> [decode] -> [kafka] -> rules
 *
 * A session has its own thread, MQTT client id, Kafka producer and copy of the registry; sessions share
 * only counters and struct session_common. It works in groups: read the available messages, decode and produce them,
 * wait for the delivery reports of all records, then send all acknowledgements at once. A group that Kafka refuses is
 * dropped unacknowledged, and the broker redelivers it. kill -9 at any time loses nothing and repeats at most one
 * group.
 *
 * Its files, each using those before it: thread.h (state of the thread), message.h (one message), connection.h
 * (connecting and disconnecting), group.h (messages acknowledged together), session.c (life cycle).
 *
 * Thread: as stated; the session runs on its own thread.
 */
#ifndef VIGIL_INGEST_MQTT_SESSION_H
#define VIGIL_INGEST_MQTT_SESSION_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/wire/event_kind.h"
#include "common/kafka/kafka_watch.h"
#include "ingest/decode/profile.h"
#include "ingest/kafka/claim.h"
#include "ingest/mqtt/phase.h"

struct session;
struct desk;

/* Shared by the sessions of a program; everything in it must outlive them. */
struct session_common {
        const struct conf *conf;
        const struct profile_set *profiles;
        const struct claim *claim; /* whether this process owns the sessions */
        struct desk *desk;         /* gets notices while Kafka is down; or NULL */
        const struct kafka_watch *watch;
        const atomic_bool *stop;
};

/* Start the thread of a session. @beside: for the telemetry lane the alarm session of the same shard, which must
 * outlive this one; the new session connects after it, and writes a listening record for both to Kafka every
 * EVENT_LISTENING_EVERY_MS. NULL: it does neither. The caller releases *ret with session_join(). Thread: main().
 * Blocks: never. Return: 0 or -errno. */
int session_start(struct session **ret, const struct session_common *common, enum lane lane,
                  size_t shard, const struct session *beside);

/* The signal that interrupts a connect(2) that takes too long. main() must install an empty handler for it, without
 * SA_RESTART. */
#define SESSION_INTERRUPT SIGUSR2

/* Interrupt a connect(2) that takes too long. Thread: main(), several times a second. Blocks: never. */
void session_watch(struct session *session);

/* Wait for the thread and release the session. Takes NULL. Thread: main(). session_common.stop must be true, or the
 * phase PHASE_STOPPED or PHASE_BROKEN. Blocks: until the thread has ended. */
struct session *session_join(struct session *session);

/* Thread: any. */
enum phase session_phase(const struct session *session);
const char *session_name(const struct session *session); /* "alarm-0" */
/* When the session last ran; INT64_MAX while it is in connect(2). */
int64_t session_heartbeat_mono_ms(const struct session *session);
/* Why the session is broken; only valid in PHASE_BROKEN. */
const char *session_why(const struct session *session);

#endif
