/* SPDX-License-Identifier: MIT
 *
 * One message to the MQTT broker as a device sends it: QoS 1, acknowledged, and for alarm-class kinds
 * followed by the application receipt (docs/wire/mqtt.md).
 *
 * Thread: one. Blocks: until answered or the timeout.
 */
#ifndef VIGIL_CLI_RECORD_MQTT_SEND_H
#define VIGIL_CLI_RECORD_MQTT_SEND_H

#include <stdint.h>

#include "common/files/conf.h"

struct mqtt_send_letter {
        const char *topic;
        const char *payload;
        const char *receipt_topic; /* NULL: the broker's acknowledgement is enough */
        const char *event_id;      /* what the receipt must say */
};

struct mqtt_send_answer {
        int64_t puback_us;  /* from publish to the broker's acknowledgement */
        int64_t receipt_us; /* from publish to the receipt; 0: none asked for */
};

/* Return: 0 and *ret; MQTT_SEND_NO_RECEIPT when only that is missing; -ECONNREFUSED, -ETIMEDOUT, -EACCES,
 * -EINTR, -EINVAL with err_why(). */
enum { MQTT_SEND_NO_RECEIPT = 1 };
int mqtt_send(const struct conf *conf, const struct mqtt_send_letter *letter, int timeout_ms,
              struct mqtt_send_answer *ret);

#endif
