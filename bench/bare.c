/* SPDX-License-Identifier: MIT
 *
 * Baseline of bench/e2e.py: the same brokers, hop by hop, without Vigil between them.
 *
 *      publish -MQTT-> subscriber -Kafka-> consumer -Kafka-> consumer -Kafka report-> -ZeroMQ, CURVE-> end
 *
 *      bare --mqtt PORT --kafka PORT --rate PROBES_PER_S --for-s SECONDS --warm-s SECONDS
 *
 * The three Kafka hops stand for the event, the alert and the page record, which must be in Kafka before a
 * page is sent. Prints one line of JSON: latency in total and of each hop, in milliseconds.
 *
 * Thread: each hop runs on its own thread. The stamps of a probe are written by the thread that currently
 * has the probe, and read by main() after all threads were joined, so they need no atomics.
 */
#include <librdkafka/rdkafka.h>
#include <mosquitto.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/clock.h"

enum {
        HOP_PUBLISHED,
        HOP_MQTT,
        HOP_EVENT,
        HOP_ALERT,
        HOP_RECORD,
        HOP_PAGE,
        HOPS,
        PROBES_MAX = 100000,
        PROBE_BYTES = 160, /* about the size of a frame with one event */
};

static const char *const hop_names[HOPS] = {
        [HOP_MQTT] = "mqtt",           [HOP_EVENT] = "kafka_event", [HOP_ALERT] = "kafka_alert",
        [HOP_RECORD] = "kafka_record", [HOP_PAGE] = "zeromq",
};

struct probe {
        uint32_t number;
        char rest[PROBE_BYTES - sizeof(uint32_t)];
};

struct bare {
        int64_t stamps[PROBES_MAX][HOPS]; /* microseconds of the monotonic clock; 0: not reached */
        uint32_t probes;
        int warm_s, for_s, rate;
        _Atomic bool stop; /* written by main(), read by the threads; publishes no other variable */
        char brokers[64];
        int mqtt_port;
        rd_kafka_t *producer;
        void *zmq, *router;
        char page_address[64];
        char server_public[41], server_secret[41];
};

static struct bare bare;

static void die(const char *format, ...) {
        va_list args;

        va_start(args, format);
        fprintf(stderr, "bare: ");
        vfprintf(stderr, format, args);
        fprintf(stderr, "\n");
        va_end(args);
        exit(1);
}

static void stamp(const struct probe *probe, int hop) {
        if (probe->number < PROBES_MAX)
                bare.stamps[probe->number][hop] = clock_mono_us();
}

static void produce(const char *topic, const struct probe *probe) {
        rd_kafka_resp_err_t r =
                rd_kafka_producev(bare.producer, RD_KAFKA_V_TOPIC(topic),
                                  RD_KAFKA_V_VALUE((void *)(uintptr_t)probe, sizeof(*probe)),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);

        if (r)
                die("produce to %s: %s", topic, rd_kafka_err2str(r));
}

/* --- MQTT ---------------------------------------------------------------------------------- */

static void on_message(struct mosquitto *mqtt, void *context,
                       const struct mosquitto_message *message) {
        if (message->payloadlen != (int)sizeof(struct probe))
                return;
        stamp(message->payload, HOP_MQTT);
        produce("bare.event", message->payload);
}

static struct mosquitto *mqtt_open(void) {
        struct mosquitto *mqtt = mosquitto_new(NULL, true, NULL);

        if (!mqtt)
                die("out of memory");
        mosquitto_int_option(mqtt, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_message_callback_set(mqtt, on_message);
        if (mosquitto_connect(mqtt, "127.0.0.1", bare.mqtt_port, 60) != MOSQ_ERR_SUCCESS)
                die("no MQTT broker on port %d", bare.mqtt_port);
        if (mosquitto_loop_start(mqtt) != MOSQ_ERR_SUCCESS)
                die("MQTT thread");
        return mqtt;
}

static void mqtt_close(struct mosquitto *mqtt) {
        mosquitto_disconnect(mqtt);
        mosquitto_loop_stop(mqtt, false);
        mosquitto_destroy(mqtt);
}

/* --- Kafka --------------------------------------------------------------------------------- */

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
        char why[256];

        if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
                die("%s", why);
}

static rd_kafka_t *kafka_open(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
        char why[256];
        rd_kafka_t *kafka;

        set(conf, "bootstrap.servers", bare.brokers);
        set(conf, "socket.nagle.disable", "true");
        kafka = rd_kafka_new(type, conf, why, sizeof(why));
        if (!kafka)
                die("%s", why);
        return kafka;
}

static rd_kafka_t *consumer_open(const char *topic) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        rd_kafka_topic_partition_list_t *where = rd_kafka_topic_partition_list_new(1);

        set(conf, "group.id", "bare");
        set(conf, "enable.auto.commit", "false");
        set(conf, "fetch.wait.max.ms", "10");

        rd_kafka_t *consumer = kafka_open(RD_KAFKA_CONSUMER, conf);
        rd_kafka_topic_partition_list_add(where, topic, 0)->offset = RD_KAFKA_OFFSET_END;
        rd_kafka_poll_set_consumer(consumer);
        if (rd_kafka_assign(consumer, where))
                die("assign %s", topic);
        rd_kafka_topic_partition_list_destroy(where);
        return consumer;
}

struct relay {
        const char *from, *to;
        int hop;
};

static void *relay_run(void *context) {
        const struct relay *relay = context;
        rd_kafka_t *consumer = consumer_open(relay->from);

        while (!atomic_load_explicit(&bare.stop, memory_order_relaxed)) {
                rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);

                if (message && !message->err && message->len == sizeof(struct probe)) {
                        stamp(message->payload, relay->hop);
                        produce(relay->to, message->payload);
                }
                if (message)
                        rd_kafka_message_destroy(message);
        }

        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return NULL;
}

/* --- the page: sent when its record is in Kafka --------------------------------------------- */

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        if (message->err)
                die("delivery: %s", rd_kafka_message_errstr(message));
        if (strcmp(rd_kafka_topic_name(message->rkt), "bare.record") != 0)
                return;
        stamp(message->payload, HOP_RECORD);
        zmq_send(*(void **)context, message->payload, message->len, ZMQ_DONTWAIT);
}

static void curve_client(void *socket) {
        char public_key[41], secret_key[41];

        zmq_curve_keypair(public_key, secret_key);
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, bare.server_public, 40);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, 40);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, 40);
}

static void *dealer; /* used only by report_run(), which also calls on_delivered() */

static void *report_run(void *context) {
        int none = 0;

        dealer = zmq_socket(bare.zmq, ZMQ_DEALER);
        curve_client(dealer);
        zmq_setsockopt(dealer, ZMQ_LINGER, &none, sizeof(none));
        if (zmq_connect(dealer, bare.page_address) != 0)
                die("ZeroMQ connect");
        while (!atomic_load_explicit(&bare.stop, memory_order_relaxed))
                rd_kafka_poll(bare.producer, 100);
        zmq_close(dealer);
        return NULL;
}

static void router_open(void) {
        size_t bytes = sizeof(bare.page_address);
        int one = 1, wait_ms = 100;

        bare.zmq = zmq_ctx_new();
        bare.router = zmq_socket(bare.zmq, ZMQ_ROUTER);
        zmq_curve_keypair(bare.server_public, bare.server_secret);
        zmq_setsockopt(bare.router, ZMQ_CURVE_SERVER, &one, sizeof(one));
        zmq_setsockopt(bare.router, ZMQ_CURVE_SECRETKEY, bare.server_secret, 40);
        zmq_setsockopt(bare.router, ZMQ_RCVTIMEO, &wait_ms, sizeof(wait_ms));
        if (zmq_bind(bare.router, "tcp://127.0.0.1:*") != 0)
                die("ZeroMQ bind");
        zmq_getsockopt(bare.router, ZMQ_LAST_ENDPOINT, bare.page_address, &bytes);
}

static void *router_run(void *context) {
        char identity[256];
        struct probe probe;

        while (!atomic_load_explicit(&bare.stop, memory_order_relaxed)) {
                if (zmq_recv(bare.router, identity, sizeof(identity), 0) < 0)
                        continue;
                if (zmq_recv(bare.router, &probe, sizeof(probe), 0) == (int)sizeof(probe))
                        stamp(&probe, HOP_PAGE);
        }
        zmq_close(bare.router);
        return NULL;
}

/* --- the figures --------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static double quantile_ms(const int64_t *sorted, uint32_t count, double quantile) {
        return count ? (double)sorted[(uint32_t)(quantile * (count - 1))] / 1000.0 : 0;
}

/* Collect the times from hop @from to hop @to, sorted, of all probes after the warm-up that reached the last hop. */
static uint32_t collect(int from, int to, int64_t *ret) {
        uint32_t count = 0;

        for (uint32_t i = (uint32_t)(bare.warm_s * bare.rate); i < bare.probes; i++)
                if (bare.stamps[i][HOP_PAGE])
                        ret[count++] = bare.stamps[i][to] - bare.stamps[i][from];
        qsort(ret, count, sizeof(*ret), by_value);
        return count;
}

static int report(void) {
        static int64_t sorted[PROBES_MAX];
        uint32_t sent = bare.probes - (uint32_t)(bare.warm_s * bare.rate);
        uint32_t count = collect(HOP_PUBLISHED, HOP_PAGE, sorted);

        printf("{\"name\":\"bare\",\"probes\":%u,\"lost\":%u,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
               "\"p999_ms\":%.3f,"
               "\"parts\":{",
               sent, sent - count, quantile_ms(sorted, count, 0.5),
               quantile_ms(sorted, count, 0.99), quantile_ms(sorted, count, 0.999));
        for (int hop = HOP_MQTT; hop < HOPS; hop++) {
                count = collect(hop - 1, hop, sorted);
                printf("%s\"%s\":{\"p50_ms\":%.3f,\"p99_ms\":%.3f}", hop == HOP_MQTT ? "" : ",",
                       hop_names[hop], quantile_ms(sorted, count, 0.5),
                       quantile_ms(sorted, count, 0.99));
        }
        printf("}}\n");
        return count == 0;
}

/* Send probes on a fixed schedule: a late probe must not delay the next one, which would hide latency. */
static void publish_all(struct mosquitto *mqtt) {
        int64_t begin_us = clock_mono_us();
        uint32_t total = (uint32_t)((bare.warm_s + bare.for_s) * bare.rate);
        struct probe probe = {0};

        for (; bare.probes < total && bare.probes < PROBES_MAX; bare.probes++) {
                int64_t due_us = begin_us + (int64_t)bare.probes * 1000000 / bare.rate;
                int64_t wait_us = due_us - clock_mono_us();

                if (wait_us > 0)
                        usleep((useconds_t)wait_us);
                probe.number = bare.probes;
                stamp(&probe, HOP_PUBLISHED);
                mosquitto_publish(mqtt, NULL, "bare/probe", sizeof(probe), &probe, 1, false);
        }
        usleep(1000000); /* the last probes are still on their way */
}

static void read_args(int argc, char **argv) {
        int kafka_port = 0;
        const struct {
                const char *name;
                int *ret;
        } flags[] = {{"--mqtt", &bare.mqtt_port},
                     {"--kafka", &kafka_port},
                     {"--rate", &bare.rate},
                     {"--for-s", &bare.for_s},
                     {"--warm-s", &bare.warm_s}};

        for (int i = 1; i + 1 < argc; i += 2)
                for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++)
                        if (strcmp(argv[i], flags[f].name) == 0)
                                *flags[f].ret = atoi(argv[i + 1]);
        if (!bare.mqtt_port || !kafka_port || bare.rate <= 0 || bare.for_s <= 0)
                die("usage: bare --mqtt PORT --kafka PORT --rate N --for-s N [--warm-s N]");
        snprintf(bare.brokers, sizeof(bare.brokers), "127.0.0.1:%d", kafka_port);
}

int main(int argc, char **argv) {
        static const struct relay event = {"bare.event", "bare.alert", HOP_EVENT};
        static const struct relay alert = {"bare.alert", "bare.record", HOP_ALERT};
        pthread_t threads[4];
        rd_kafka_conf_t *conf = rd_kafka_conf_new();

        read_args(argc, argv);
        set(conf, "enable.idempotence", "true");
        set(conf, "linger.ms", "0");
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
        rd_kafka_conf_set_opaque(conf, &dealer);
        bare.producer = kafka_open(RD_KAFKA_PRODUCER, conf);

        router_open();
        mosquitto_lib_init();
        if (pthread_create(&threads[0], NULL, router_run, NULL) ||
            pthread_create(&threads[1], NULL, report_run, NULL) ||
            pthread_create(&threads[2], NULL, relay_run, (void *)(uintptr_t)&alert) ||
            pthread_create(&threads[3], NULL, relay_run, (void *)(uintptr_t)&event))
                die("threads");

        struct mosquitto *subscriber = mqtt_open();
        struct mosquitto *publisher = mqtt_open();
        if (mosquitto_subscribe(subscriber, NULL, "bare/probe", 1) != MOSQ_ERR_SUCCESS)
                die("subscribe");

        publish_all(publisher);

        mqtt_close(publisher);
        mqtt_close(subscriber);
        atomic_store_explicit(&bare.stop, true, memory_order_relaxed);
        for (size_t i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        rd_kafka_destroy(bare.producer);
        zmq_ctx_term(bare.zmq);
        mosquitto_lib_cleanup();
        return report();
}
