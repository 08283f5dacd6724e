/* SPDX-License-Identifier: MIT
 *
 * Handles a message of a group: decodes it, produces its events, notes alarms for the desk, and sends refused
 * messages to quarantine. group.h acknowledges it.
 *
 * Thread: that of the session.
 */
#ifndef VIGIL_INGEST_MQTT_MESSAGE_H
#define VIGIL_INGEST_MQTT_MESSAGE_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

/* The callback of libmosquitto for a PUBLISH; @opaque: the session. Blocks: as sink_event(); for an alarm of an
 * unregistered device also while the registry is read to its end, at most 1 s. */
void mqtt_message_take(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *publish,
                       const mosquitto_property *properties);

#endif
