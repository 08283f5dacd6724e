/* SPDX-License-Identifier: MIT
 *
 * The connection of a session to the MQTT broker: whether it is ours to make, making it, feeling whether it still lives, and
 * leaving it.
 *
 * Thread: the session's.
 */
#ifndef VIGIL_INGEST_MQTT_CONNECTION_H
#define VIGIL_INGEST_MQTT_CONNECTION_H

#include <stdbool.h>

struct session;

/* Have libmosquitto tell us of connecting, subscribing and losing. Before the first connection_open(). */
void connection_listen(struct session *session);

/* Connect, and wait longer each time it does not work. Blocks: for that wait; while Kafka does not say whose the session
 * is, at most 30 s; for CONNECT_MS_MAX of session_watch(). Return: true when there is a connection. */
bool connection_open(struct session *session);

/* Between groups: nothing else is queued that this could let go. Return: a MOSQ_ERR_ code. */
int connection_feel_pulse(struct session *session);

/* Only for a connection whose groups are all settled: this writes whatever is queued. */
void connection_leave(struct session *session);

/* Note that there is none. */
void connection_lost(struct session *session);

#endif
