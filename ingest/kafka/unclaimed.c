/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/unclaimed.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"

void unclaimed_write(struct producer *producer, const char *kafka_topic, int partitions,
                     const struct alarm *alarm, int64_t received_us) {
        rd_kafka_resp_err_t error;
        struct alert alert;
        char *json = NULL;
        size_t bytes;

        alarm_to_alert(alarm, received_us, &alert);
        if (alert_encode(&alert, &json, &bytes) < 0) {
                producer_retry(producer, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE);
                return;
        }

        const char *key = alert.elder_id[0]    ? alert.elder_id
                          : alert.device_id[0] ? alert.device_id
                                               : alert.district;
        int partition = murmur2_partition(murmur2(key, strlen(key)), partitions);

        do {
                error = rd_kafka_producev(
                        producer->rk, RD_KAFKA_V_TOPIC(kafka_topic),
                        RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(key, strlen(key)),
                        RD_KAFKA_V_VALUE(json, bytes), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_OPAQUE((void *)(intptr_t)received_us), RD_KAFKA_V_END);
        } while (error && producer_retry(producer, error));
        if (!error)
                producer_owes(producer);
        free(json);
}
