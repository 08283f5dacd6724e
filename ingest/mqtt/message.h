/* SPDX-License-Identifier: MIT
 *
 * One message of a session's group: decoded, its events given to Kafka and to the desk's list, what is refused to
 * quarantine. Its acknowledgement is the group's to give (group.h).
 *
 * Thread: the session's.
 */
#ifndef VIGIL_INGEST_MQTT_MESSAGE_H
#define VIGIL_INGEST_MQTT_MESSAGE_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

/* libmosquitto's callback for a PUBLISH; @opaque: the session. Blocks: as sink_event(); for an alarm of a device that the
 * registry does not have, also while the registry is read to its end. */
void mqtt_message_take(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *publish,
                       const mosquitto_property *properties);

#endif
