/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/receipt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "ingest/base/stats.h"

int mqtt_receipts_init(struct mqtt_receipts *receipts, size_t most) {
        *receipts = (struct mqtt_receipts){
                .receipts = calloc(most, sizeof(struct mqtt_receipts_owed)), .most = most};
        return receipts->receipts ? 0 : err_raise(-ENOMEM);
}

void mqtt_receipts_fini(struct mqtt_receipts *receipts) {
        free(receipts->receipts);
        *receipts = (struct mqtt_receipts){0};
}

void mqtt_receipts_owe(struct mqtt_receipts *receipts, const struct event *event) {
        const struct event_kind_info *info = event_kind_info(event->kind);

        if (info->lane != LANE_ALARM || (event->flags & EVENT_SEQUENCE_DERIVED))
                return;
        /* group_is_full() ends a group before the list is full. */
        require(receipts->count < receipts->most, "%zu receipts, room for %zu", receipts->count,
                receipts->most);

        struct mqtt_receipts_owed *receipt = &receipts->receipts[receipts->count++];

        memcpy(receipt->device_id, event->device_id, sizeof(receipt->device_id));
        event_id_text(event, receipt->event_id);
        receipt->timed = !(event->flags & EVENT_TIME_MISSING);
        receipt->device_time_ms = event->device_time_ms;
}

void mqtt_receipts_publish(struct mqtt_receipts *receipts, struct mosquitto *mosq) {
        char topic[sizeof("vigil/receipts/") + EVENT_DEVICE_ID_BYTES];
        char payload[sizeof("{\"event_id\":\"\",\"t\":}") + EVENT_ID_TEXT_BYTES + 20];

        for (size_t i = 0; i < receipts->count; i++) {
                const struct mqtt_receipts_owed *receipt = &receipts->receipts[i];
                char time[32] = "";
                int bytes;

                /* The time distinguishes two presses with the same sequence number. */
                if (receipt->timed)
                        snprintf(time, sizeof(time), ",\"t\":%" PRId64, receipt->device_time_ms);
                /* Registry ids need no JSON escapes. QoS 0 is enough: without a receipt the gateway resends. */
                snprintf(topic, sizeof(topic), "vigil/receipts/%s", receipt->device_id);
                bytes = snprintf(payload, sizeof(payload), "{\"event_id\":\"%s\"%s}",
                                 receipt->event_id, time);
                if (mosquitto_publish_v5(mosq, NULL, topic, bytes, payload, 0, false, NULL) ==
                    MOSQ_ERR_SUCCESS)
                        metric_add(&stats.receipts, 1);
        }
        receipts->count = 0;
}
