/* SPDX-License-Identifier: MIT */
#include "rules/consumer/read_back.h"

bool read_back_start(rd_kafka_t *consumer, const char *topic, int32_t partition, int64_t from_ms,
                     int64_t end, int64_t *start, int timeout_ms) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_t *asked =
                rd_kafka_topic_partition_list_add(list, topic, partition);
        bool answered;

        asked->offset = from_ms;
        answered = rd_kafka_offsets_for_times(consumer, list, timeout_ms) ==
                           RD_KAFKA_RESP_ERR_NO_ERROR &&
                   asked->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (answered) {
                int64_t then = asked->offset < 0 ? end : asked->offset; /* < 0: no record since */

                if (then < *start)
                        *start = then;
        }
        rd_kafka_topic_partition_list_destroy(list);
        return answered;
}
