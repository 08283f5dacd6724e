/* SPDX-License-Identifier: MIT
 *
 * Load generator: numbered readings over MQTT, QoS 1, for bench/ingest.py and the kill tests. Message n has
 * "seq":n, so a reader of Kafka can tell which messages are missing.
 *
 *      load --mqtt PORT --count N [--rate PER_S] [--devices D] [--sos-every K] [--first N]
 *
 * Without --rate it sends as fast as the window of 1,000 unacknowledged messages allows. Devices are band-0 …
 * band-(D-1); every K-th message is an SOS of sos-0 … sos-(D-1). Prints one line of JSON at the end.
 *
 * Thread: libmosquitto's thread calls on_publish(); main() publishes. They share only the atomic counters.
 */
#include <getopt.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"

enum { WINDOW = 1000, QUIET_MS_MAX = 60000 };

struct load {
        int port, rate, devices, sos_every;
        long count, first;
        atomic_long acked;   /* written by libmosquitto's thread, read by main(); only increases */
        atomic_long refused; /* acknowledged with an error code: not delivered */
};

static void on_publish(struct mosquitto *mosq, void *opaque, int mid, int reason,
                       const mosquitto_property *properties) {
        struct load *load = opaque;

        if (reason)
                atomic_fetch_add(&load->refused, 1);
        atomic_fetch_add(&load->acked, 1);
}

static int read_options(struct load *load, int argc, char **argv) {
        static const struct option known[] = {
                {"mqtt", required_argument, NULL, 'm'},
                {"count", required_argument, NULL, 'n'},
                {"rate", required_argument, NULL, 'r'},
                {"devices", required_argument, NULL, 'd'},
                {"sos-every", required_argument, NULL, 's'},
                {"first", required_argument, NULL, 'f'},
                {0},
        };
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                long number = optarg ? atol(optarg) : 0;

                switch (option) {
                case 'm':
                        load->port = (int)number;
                        break;
                case 'n':
                        load->count = number;
                        break;
                case 'r':
                        load->rate = (int)number;
                        break;
                case 'd':
                        load->devices = (int)number;
                        break;
                case 's':
                        load->sos_every = (int)number;
                        break;
                case 'f':
                        load->first = number;
                        break;
                default:
                        return -1;
                }
        }
        return load->port > 0 && load->count > 0 && load->devices > 0 ? 0 : -1;
}

static int publish(struct load *load, struct mosquitto *mosq, long n) {
        long device = n % load->devices;
        char topic[96];
        char payload[96];
        int bytes;

        if (load->sos_every && n % load->sos_every == 0) {
                snprintf(topic, sizeof(topic), "vigil/v1/grid-1/sos-%ld/sos", device);
                bytes = snprintf(payload, sizeof(payload), "{\"seq\":%ld,\"boot\":1,\"t\":%lld}", n,
                                 (long long)clock_wall_ms());
        } else {
                snprintf(topic, sizeof(topic), "vigil/v1/grid-1/band-%ld/heart_rate", device);
                bytes = snprintf(
                        payload, sizeof(payload),
                        "{\"seq\":%ld,\"boot\":1,\"t\":%lld,\"value\":%ld,\"confidence\":0.93}", n,
                        (long long)clock_wall_ms(), 60 + n % 40);
        }
        return mosquitto_publish_v5(mosq, NULL, topic, bytes, payload, 1, false, NULL);
}

static void pause_us(long us) {
        struct timespec wait = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

        nanosleep(&wait, NULL);
}

/* Publish all messages, limited by the window of unacknowledged messages and by the rate. */
static int publish_all(struct load *load, struct mosquitto *mosq) {
        int64_t begin_us = clock_mono_us();

        for (long sent = 0; sent < load->count;) {
                long due = load->count;

                if (load->rate)
                        due = (long)((clock_mono_us() - begin_us) * load->rate / 1000000);
                if (due > load->count)
                        due = load->count;
                if (sent >= due || sent - atomic_load(&load->acked) >= WINDOW) {
                        pause_us(200);
                        continue;
                }
                if (publish(load, mosq, load->first + sent) != MOSQ_ERR_SUCCESS) {
                        fprintf(stderr, "load: not connected\n");
                        return -1;
                }
                sent++;
        }
        return 0;
}

static int wait_acked(struct load *load) {
        long seen = -1;
        int64_t seen_mono_ms = 0;

        for (long acked; (acked = atomic_load(&load->acked)) < load->count; pause_us(1000)) {
                if (acked != seen) {
                        seen = acked;
                        seen_mono_ms = clock_mono_ms();
                } else if (clock_mono_ms() - seen_mono_ms > QUIET_MS_MAX) {
                        fprintf(stderr, "load: the broker stopped acknowledging\n");
                        return -1;
                }
        }
        return 0;
}

int main(int argc, char **argv) {
        struct load load = {.devices = 100};
        char client_id[32];

        if (read_options(&load, argc, argv) < 0) {
                fprintf(stderr,
                        "load --mqtt PORT --count N [--rate PER_S] [--devices D] [--sos-every K] "
                        "[--first N]\n");
                return 2;
        }
        mosquitto_lib_init();
        snprintf(client_id, sizeof(client_id), "load-%d", (int)getpid());

        struct mosquitto *mosq = mosquitto_new(client_id, true, &load);

        if (!mosq)
                return 1;
        mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_int_option(mosq, MOSQ_OPT_SEND_MAXIMUM, WINDOW);
        mosquitto_publish_v5_callback_set(mosq, on_publish);
        if (mosquitto_connect(mosq, "127.0.0.1", load.port, 60) || mosquitto_loop_start(mosq)) {
                fprintf(stderr, "load: no broker on port %d\n", load.port);
                return 1;
        }

        int64_t begin_us = clock_mono_us();
        int r = publish_all(&load, mosq);

        if (r == 0)
                r = wait_acked(&load);

        double seconds = (double)(clock_mono_us() - begin_us) / 1e6;

        mosquitto_disconnect(mosq);
        mosquitto_loop_stop(mosq, false);
        printf("{\"published\":%ld,\"acked\":%ld,\"refused\":%ld,\"seconds\":%.3f}\n", load.count,
               atomic_load(&load.acked), atomic_load(&load.refused), seconds);
        mosquitto_destroy(mosq);
        mosquitto_lib_cleanup();
        return r == 0 && atomic_load(&load.refused) == 0 ? 0 : 1;
}
