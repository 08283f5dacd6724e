/* SPDX-License-Identifier: MIT
 *
 * Receipts: tell a gateway that Kafka has its alarm-class event (docs/wire/mqtt.md). A PUBACK only
 * means that the MQTT broker has it, and the broker is not durable storage.
 *
 * Thread: that of one session. Blocks: never; receipts are sent with the next write of the session.
 */
#ifndef VIGIL_INGEST_MQTT_RECEIPT_H
#define VIGIL_INGEST_MQTT_RECEIPT_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

struct mqtt_receipts_owed {
        char device_id[EVENT_DEVICE_ID_BYTES];
        char event_id[EVENT_ID_TEXT_BYTES];
        bool timed;
        int64_t device_time_ms; /* as sent by the device, if timed */
};

struct mqtt_receipts {
        struct mqtt_receipts_owed *receipts;
        size_t count;
        size_t most;
};

/* @most: capacity; the caller must not exceed it. Return: 0 or -ENOMEM. */
int mqtt_receipts_init(struct mqtt_receipts *receipts, size_t most);
void mqtt_receipts_fini(struct mqtt_receipts *receipts);

/* Note a receipt for @event if it is of alarm class and has a sequence number; otherwise do nothing. */
void mqtt_receipts_owe(struct mqtt_receipts *receipts, const struct event *event);

/* Publish all noted receipts on @mosq and clear the list. */
void mqtt_receipts_publish(struct mqtt_receipts *receipts, struct mosquitto *mosq);

#endif
