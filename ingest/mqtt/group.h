/* SPDX-License-Identifier: MIT
 *
 * A group: messages that are read together, and whose acknowledgements are held back until Kafka has all of them. One that
 * Kafka refuses is forgotten unacknowledged, and the broker sends it again.
 *
 * Thread: the session's.
 */
#ifndef VIGIL_INGEST_MQTT_GROUP_H
#define VIGIL_INGEST_MQTT_GROUP_H

#include <stdbool.h>

struct session;

/* Read what has come, wait for Kafka's word on every record of it, let all acknowledgements go. Blocks: until Kafka has
 * said it, or the program is asked to stop. Return: true when the connection can be used further. */
bool group_run(struct session *session);

#endif
