/* SPDX-License-Identifier: MIT
 *
 * The connection of a session to the MQTT broker: the decision to connect, connecting, liveness, disconnecting.
 *
 * Thread: that of the session.
 */
#ifndef VIGIL_INGEST_MQTT_CONNECTION_H
#define VIGIL_INGEST_MQTT_CONNECTION_H

#include <stdbool.h>

struct session;

/* Set the callbacks of libmosquitto. Call it before the first connection_open(). */
void connection_listen(struct session *session);

/* Connect, after a delay that doubles with each failure. Blocks: for the delay, at most 1 s; while Kafka does not
 * decide who owns the session, at most 30 s; for connect(2), which session_watch() interrupts after 2 s. Return: true
 * if there is a connection; false if not, also if the session is not ours or the program stops. */
bool connection_open(struct session *session);

/* Probe the broker (pulse.h). Only between groups, because it writes all queued packets. Return: a MOSQ_ERR_ code. */
int connection_feel_pulse(struct session *session);

/* Disconnect; the session stays with the broker. Only between groups, because it writes all queued packets. */
void connection_leave(struct session *session);

/* Mark the session as not connected. */
void connection_lost(struct session *session);

#endif
