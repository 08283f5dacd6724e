/* SPDX-License-Identifier: MIT
 *
 * Records that failed because their topic was deleted are sent again unchanged and in order. On librdkafka's mock
 * broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/base/clock.h"
#include "common/files/conf.h"
#include "common/kafka/kafka.h"
#include "rules/emit/again.h"

enum { RECORDS = 3, LIMIT_MS = 20000 };

static struct again again;
static int reports;
static char second_time[512]; /* "key=value partition header opaque;" of each later report */

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        rd_kafka_headers_t *headers = NULL;
        const void *reason = "-";
        size_t reason_bytes = 1, used = strlen(second_time);

        (void)producer;
        (void)context;
        if (reports++ < RECORDS) {
                assert_int_equal(again_keep(&again, message), 0);
                return;
        }
        if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
                rd_kafka_header_get_last(headers, "reason", &reason, &reason_bytes);
        snprintf(second_time + used, sizeof(second_time) - used, "%.*s=%.*s %d %.*s %d;",
                 (int)message->key_len, message->key ? (const char *)message->key : "",
                 (int)message->len, (const char *)message->payload, (int)message->partition,
                 (int)reason_bytes, (const char *)reason, (int)(intptr_t)message->_private);
}

static void wait_for_reports(rd_kafka_t *producer, int count) {
        int64_t begun_ms = clock_mono_ms();

        while (reports < count) {
                assert_true(clock_mono_ms() - begun_ms < LIMIT_MS);
                rd_kafka_poll(producer, 20);
        }
}

static void test_what_came_back_is_sent_again_as_it_was(void **state) {
        char why[256];
        rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
        rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(host, 1);
        struct conf conf = {0};
        rd_kafka_t *producer = NULL;

        (void)state;
        conf.kafka.brokers = strdup(rd_kafka_mock_cluster_bootstraps(cluster));
        assert_int_equal(rd_kafka_mock_topic_create(cluster, "alerts", 4, 1),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
        assert_int_equal(kafka_producer_new(&producer, &conf, "test", on_delivered, NULL), 0);
        for (int i = 1; i <= RECORDS; i++) {
                const char *reason = i == RECORDS ? "broken" : "-";
                size_t key_bytes = i == RECORDS ? 0 : 2;
                char value[8];

                snprintf(value, sizeof(value), "v%d", i);
                rd_kafka_resp_err_t error = rd_kafka_producev(
                        producer, RD_KAFKA_V_TOPIC("alerts"), RD_KAFKA_V_PARTITION(2),
                        RD_KAFKA_V_KEY("E1", key_bytes), RD_KAFKA_V_VALUE(value, 2),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_HEADER("reason", reason, -1),
                        RD_KAFKA_V_OPAQUE((void *)(intptr_t)(10 + i)), RD_KAFKA_V_END);

                assert_true(error == RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        wait_for_reports(producer, RECORDS);
        assert_non_null(again.first);
        assert_true(again_send(&again, producer));
        assert_null(again.first);
        wait_for_reports(producer, 2 * RECORDS);
        assert_string_equal(second_time, "E1=v1 2 - 11;E1=v2 2 - 12;=v3 2 broken 13;");
        rd_kafka_destroy(producer);
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
        free(conf.kafka.brokers);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_came_back_is_sent_again_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
