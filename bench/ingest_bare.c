/* SPDX-License-Identifier: MIT
 *
 * Baseline of vigil-ingest: the cost of the two libraries alone, without any handling of messages.
 *
 *      ingest-bare subscribe --mqtt PORT --count N      libmosquitto, QoS 1, an empty callback
 *      ingest-bare produce --kafka PORT --topic T --records N --bytes B    librdkafka, idempotent
 *
 * Prints one line of JSON: CPU seconds of all threads of this process from the first message to the last.
 * The settings are those of vigil-ingest, so that the difference is our own code.
 */
#include <getopt.h>
#include <librdkafka/rdkafka.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/files/conf.h"
#include "common/kafka/kafka.h"

enum { RECORD_BYTES_MAX = 512 * 1024, QUEUE_MAX = 1000 };

static double cpu_s(void) {
        struct rusage usage;

        getrusage(RUSAGE_SELF, &usage);
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct bare {
        int mqtt, kafka;
        long count, records, bytes;
        const char *topic;
        long seen;
        double begin_cpu_s;
        int64_t begin_us;
        long outstanding, failed;
};

static void report(const struct bare *bare, long count) {
        printf("{\"count\":%ld,\"cpu_s\":%.4f,\"seconds\":%.3f}\n", count,
               cpu_s() - bare->begin_cpu_s, (double)(clock_mono_us() - bare->begin_us) / 1e6);
}

/* --- subscribe ------------------------------------------------------------------------------ */

static void on_message(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
        struct bare *bare = opaque;

        if (bare->seen++ == 0) {
                bare->begin_cpu_s = cpu_s();
                bare->begin_us = clock_mono_us();
        }
        if (bare->seen == bare->count)
                mosquitto_disconnect(mosq);
}

static void on_connect(struct mosquitto *mosq, void *opaque, int reason, int flags,
                       const mosquitto_property *properties) {
        if (reason == 0)
                mosquitto_subscribe(mosq, NULL, "vigil/v1/#", 1);
}

static void on_subscribe(struct mosquitto *mosq, void *opaque, int mid, int count,
                         const int *granted, const mosquitto_property *properties) {
        puts("subscribed");
        fflush(stdout);
}

static int subscribe(struct bare *bare) {
        mosquitto_lib_init();

        struct mosquitto *mosq = mosquitto_new("ingest-bare", true, bare);
        mosquitto_property *properties = NULL;

        if (!mosq)
                return 1;
        mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_property_add_int16(&properties, MQTT_PROP_RECEIVE_MAXIMUM, 500);
        mosquitto_connect_v5_callback_set(mosq, on_connect);
        mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
        mosquitto_message_v5_callback_set(mosq, on_message);

        int rc = mosquitto_connect_bind_v5(mosq, "127.0.0.1", bare->mqtt, 60, NULL, properties);

        if (rc == MOSQ_ERR_SUCCESS)
                mosquitto_loop_forever(mosq, -1, 1);
        report(bare, bare->seen);
        mosquitto_property_free_all(&properties);
        mosquitto_destroy(mosq);
        mosquitto_lib_cleanup();
        return bare->seen == bare->count ? 0 : 1;
}

/* --- produce -------------------------------------------------------------------------------- */

static void on_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
        struct bare *bare = opaque;

        if (!message->_private)
                return;
        bare->outstanding--;
        bare->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int produce(struct bare *bare) {
        char brokers[64];
        struct conf conf = {
                .kafka = {.brokers = brokers, .partitions = 1, .topic_prefix = "vigil."}};
        static char record[RECORD_BYTES_MAX];
        rd_kafka_t *rk;

        snprintf(brokers, sizeof(brokers), "127.0.0.1:%d", bare->kafka);
        if (kafka_producer_new(&rk, &conf, "ingest-bare", on_delivered, bare) < 0 ||
            kafka_producer_warm(rk, &conf, 10000) < 0)
                return 1;

        rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, bare->topic, NULL);

        bare->begin_cpu_s = cpu_s();
        bare->begin_us = clock_mono_us();
        for (long i = 0; i < bare->records;) {
                if (bare->outstanding >= QUEUE_MAX) {
                        rd_kafka_poll(rk, 10);
                        continue;
                }
                if (rd_kafka_produce(topic, (int32_t)(i % 4), RD_KAFKA_MSG_F_COPY, record,
                                     (size_t)bare->bytes, NULL, 0, bare) == 0) {
                        bare->outstanding++;
                        i++;
                }
                rd_kafka_poll(rk, 0);
        }
        while (bare->outstanding > 0)
                rd_kafka_poll(rk, 100);
        report(bare, bare->records);
        rd_kafka_topic_destroy(topic);
        rd_kafka_destroy(rk);
        return bare->failed == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
        static const struct option known[] = {
                {"mqtt", required_argument, NULL, 'm'},
                {"kafka", required_argument, NULL, 'k'},
                {"count", required_argument, NULL, 'n'},
                {"topic", required_argument, NULL, 't'},
                {"records", required_argument, NULL, 'r'},
                {"bytes", required_argument, NULL, 'b'},
                {0},
        };
        struct bare bare = {0};
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                switch (option) {
                case 'm':
                        bare.mqtt = atoi(optarg);
                        break;
                case 'k':
                        bare.kafka = atoi(optarg);
                        break;
                case 'n':
                        bare.count = atol(optarg);
                        break;
                case 't':
                        bare.topic = optarg;
                        break;
                case 'r':
                        bare.records = atol(optarg);
                        break;
                case 'b':
                        bare.bytes = atol(optarg);
                        break;
                default:
                        return 2;
                }
        }
        if (optind + 1 == argc && strcmp(argv[optind], "subscribe") == 0 && bare.mqtt &&
            bare.count > 0)
                return subscribe(&bare);
        if (optind + 1 == argc && strcmp(argv[optind], "produce") == 0 && bare.kafka &&
            bare.topic && bare.records > 0 && bare.bytes > 0 && bare.bytes <= RECORD_BYTES_MAX)
                return produce(&bare);
        fputs("ingest-bare subscribe --mqtt PORT --count N\n"
              "ingest-bare produce --kafka PORT --topic T --records N --bytes B\n",
              stderr);
        return 2;
}
