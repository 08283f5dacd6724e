/* SPDX-License-Identifier: MIT
 *
 * A group: messages that are read together and acknowledged together when Kafka has all of them. If Kafka refuses a
 * record of it, the group is dropped without acknowledgement, and the broker redelivers it on a new connection.
 *
 * Thread: that of the session.
 */
#ifndef VIGIL_INGEST_MQTT_GROUP_H
#define VIGIL_INGEST_MQTT_GROUP_H

#include <stdbool.h>

struct session;

/* Read the available messages, wait for the delivery reports of all their records, then send all acknowledgements.
 * Blocks: for the reports; at most 3 s after the program is asked to stop. Return: true if the connection is usable. */
bool group_run(struct session *session);

#endif
