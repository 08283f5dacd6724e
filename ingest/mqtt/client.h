/* SPDX-License-Identifier: MIT
 *
 * Creation of libmosquitto clients, so that the settings that could lose or delay messages are in one place: persistent
 * MQTT 5 session, no Nagle, acknowledgements held back (docs/adr/0006-mqtt-acknowledgements.md).
 *
 * Thread: that of one session. Blocks: only client_connect(), until TCP and TLS are established or have failed.
 */
#ifndef VIGIL_INGEST_MQTT_CLIENT_H
#define VIGIL_INGEST_MQTT_CLIENT_H

#include <mosquitto.h>
#include <stdbool.h>

#include "common/files/conf.h"

/* @opaque is passed to the callbacks that the caller sets. The caller releases *ret with mosquitto_destroy().
 * Return: 0, -ENOMEM, -EINVAL or -errno of the password file, with err_why(). */
int client_new(struct mosquitto **ret, const struct conf *conf, const char *client_id,
               void *opaque);

/* Connect, or reconnect: packets still queued for the old connection are dropped without being sent.
 * Return: 0, or a MOSQ_ERR_ code for mosquitto_strerror(). */
int client_connect(struct mosquitto *mosq, const struct conf *conf);

/* Return: true if the broker has closed the connection, so that writing would be useless. */
bool client_peer_closed(struct mosquitto *mosq);

#endif
