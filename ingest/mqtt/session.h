/* SPDX-License-Identifier: MIT
 *
 * Step 1 of 12: mqtt. Takes the PUBLISH off the wire, and acknowledges it when Kafka has it.
 *
 *      sensor -> MQTT -> [decode] -> [kafka] -> rules
 *
 * A session is one thread, one MQTT client id, one Kafka producer and one copy of the registry; sessions
 * share nothing but counters. It works in groups: read what has come, decode and produce it, wait for
 * Kafka's word on every record, then let all acknowledgements go at once. A group that Kafka
 * refuses is forgotten unacknowledged, and the broker sends it again. So kill -9 at any instant
 * loses nothing and repeats at most one group.
 *
 * Below it, in the order in which they know each other: thread.h (what the session's thread owns), message.h (one message),
 * connection.h (getting and losing one), group.h (messages that are acknowledged together), session.c (a session's life).
 *
 * Thread: start, look and stop from main(); everything else is the session's own thread.
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

/* What the sessions of a program share; all of it outlives them. */
struct session_common {
        const struct conf *conf;
        const struct profile_set *profiles;
        const struct claim *claim; /* whether the sessions are ours */
        struct desk *desk;         /* who hears of alarms while Kafka is away, or NULL */
        const struct kafka_watch *watch;
        const atomic_bool *stop;
};

/* Starts the thread. @beside outlives the session.
 * @beside: for the telemetry lane, the alarm session of the same shard. The new session then says in Kafka, every
 * EVENT_LISTENING_EVERY_MS, whether both listen, so that rules can tell silence from deafness. NULL: it says nothing.
 * Return: 0 or -errno. */
int session_start(struct session **ret, const struct session_common *common, enum lane lane,
                  size_t shard, const struct session *beside);

/* The signal that ends a connect(2) that takes too long. The program gives it a handler that does nothing, without
 * SA_RESTART. */
#define SESSION_INTERRUPT SIGUSR2

/* From main(), several times a second. */
void session_watch(struct session *session);

/* Waits for the thread: @stop must be true, or the phase one of the last two. */
struct session *session_join(struct session *session);

/* Thread: any. */
enum phase session_phase(const struct session *session);
const char *session_name(const struct session *session); /* "alarm-0" */
/* When the session was last seen running; INT64_MAX while it waits for a connection to be made. */
int64_t session_heartbeat_mono_ms(const struct session *session);
/* After PHASE_BROKEN only. */
const char *session_why(const struct session *session);

#endif
