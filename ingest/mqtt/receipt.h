/* SPDX-License-Identifier: MIT
 *
 * Receipts: the word to a gateway that Kafka has its alarm-class event (docs/wire/mqtt.md). PUBACK
 * only says that the MQTT broker has it, and the broker is not a store.
 *
 * Thread: one session's. Blocks: never; what is published leaves with the session's next write.
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
        int64_t device_time_ms; /* as the device said it, when it did */
};

struct mqtt_receipts {
        struct mqtt_receipts_owed *receipts;
        size_t count;
        size_t most;
};

/* Return: 0 or -ENOMEM. */
int mqtt_receipts_init(struct mqtt_receipts *receipts, size_t most);
void mqtt_receipts_fini(struct mqtt_receipts *receipts);

/* Owe a receipt for @event, if it is one that gets one: alarm class with a sequence of its own. */
void mqtt_receipts_owe(struct mqtt_receipts *receipts, const struct event *event);

/* Queue all of them on @mosq and forget them. */
void mqtt_receipts_publish(struct mqtt_receipts *receipts, struct mosquitto *mosq);

#endif
