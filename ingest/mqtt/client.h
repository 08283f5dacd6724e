/* SPDX-License-Identifier: MIT
 *
 * How ingest opens libmosquitto, so that the settings that lose or delay messages when wrong are in
 * one place: persistent MQTT 5 session, no Nagle, acknowledgements held back (docs/adr/0006-mqtt-acknowledgements.md).
 *
 * Thread: one session's. Blocks: client_connect() until TCP and TLS are up or refused.
 */
#ifndef VIGIL_INGEST_MQTT_CLIENT_H
#define VIGIL_INGEST_MQTT_CLIENT_H

#include <mosquitto.h>
#include <stdbool.h>

#include "common/files/conf.h"

/* @opaque goes to the callbacks that the caller sets. Return: 0, -ENOMEM, -EINVAL or -errno of the
 * password file, with err_why(). */
int client_new(struct mosquitto **ret, const struct conf *conf, const char *client_id,
               void *opaque);

/* Connect, or connect again: whatever was queued on the old connection is forgotten unsent.
 * Return: 0, or a MOSQ_ERR_ for mosquitto_strerror(). */
int client_connect(struct mosquitto *mosq, const struct conf *conf);

/* True when the broker has closed its end: what we write now would reach nobody. */
bool client_peer_closed(struct mosquitto *mosq);

#endif
