/* SPDX-License-Identifier: MIT
 *
 * Publishes one message to the MQTT broker as a device does: QoS 1, acknowledged by the broker, and for kinds of
 * the alarm lane also by the receipt of ingest (docs/wire/mqtt.md).
 *
 * Thread: one. Blocks: until the answers arrive or the timeout.
 */
#ifndef VIGIL_CLI_RECORD_MQTT_SEND_H
#define VIGIL_CLI_RECORD_MQTT_SEND_H

#include <stdint.h>

#include "common/files/conf.h"

struct mqtt_send_letter {
        const char *topic;
        const char *payload;
        const char *receipt_topic; /* NULL: wait for PUBACK only */
        const char *event_id;      /* event id expected in the receipt */
};

struct mqtt_send_answer {
        int64_t puback_us;  /* from publish to PUBACK */
        int64_t receipt_us; /* from publish to the receipt; 0: none expected */
};

/* Return: 0 and *ret; MQTT_SEND_NO_RECEIPT and *ret when PUBACK came but no receipt; -ECONNREFUSED, -ETIMEDOUT,
 * -EACCES, -EINTR, -EINVAL or another -errno, with err_why(). */
enum { MQTT_SEND_NO_RECEIPT = 1 };
int mqtt_send(const struct conf *conf, const struct mqtt_send_letter *letter, int timeout_ms,
              struct mqtt_send_answer *ret);

#endif
