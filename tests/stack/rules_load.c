/* SPDX-License-Identifier: MIT
 *
 * rules-load: writes event frames to Kafka as ingest does, at a steady rate. With --measure it also measures how long
 * each alert takes to appear in vigil.alerts. For the flow tests of vigil-rules and its latency bench.
 *
 *      rules-load --config FILE --rate N --seconds S [--alarm-every K] [--elders N] [--boot B] [--measure]
 *
 * The elders are L0000 …, each with a band (telemetry: heart rate 70) and a help button (alarms). Every K-th event is a
 * press. Prints one line of JSON: the counts written, and with --measure the latencies.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/wire/alert.h"
#include "common/base/clock.h"
#include "common/files/conf.h"
#include "common/base/err.h"
#include "common/wire/event.h"
#include "common/kafka/kafka.h"
#include "common/base/murmur2.h"

enum {
        TOPIC_BYTES = 128,
        LATENCIES_MAX = 1 << 20,
        SETTLE_S = 10, /* how long to wait for Kafka, and for the last alert */
        POLL_MS = 100,
};

struct load {
        const char *config;
        int rate;
        int seconds;
        int alarm_every;
        int elders;
        uint32_t boot_id;
        bool measure;

        struct conf *conf;
        rd_kafka_t *producer;
        char topics[LANE_COUNT][TOPIC_BYTES];
        rd_kafka_topic_t *handles[LANE_COUNT];
        _Atomic long presses;  /* presses written; final once done is set (J1 -> J2) */
        _Atomic bool done;     /* J1: set (release) when all is written; J2: read (acquire) */
        _Atomic bool watching; /* the meter is at the end of the topic; orders nothing else */
        _Atomic long failed;
        int64_t *latencies_us;
        long seen;
};

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        struct load *load = context;

        if (message->err)
                atomic_fetch_add(&load->failed, 1);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_event(struct load *load, long number) {
        unsigned char bytes[FRAME_HEADER_BYTES + EVENT_BYTES];
        bool press = load->alarm_every && number % load->alarm_every == 0;
        enum lane lane = press ? LANE_ALARM : LANE_TELEMETRY;
        int64_t now_us = clock_wall_us();
        struct event event = {
                .device_time_ms = now_us / 1000,
                .received_time_ms = now_us / 1000,
                .received_sub_us = (uint16_t)(now_us % 1000),
                .sequence = (uint64_t)number,
                .boot_id = load->boot_id,
                .kind = press ? KIND_SOS : KIND_HEART_RATE,
                .value = press ? 1 : 70,
                .confidence_pct = 100,
        };
        char elder_id[EVENT_ELDER_ID_BYTES], device_id[EVENT_DEVICE_ID_BYTES];
        struct frame_writer writer;
        long elder = press ? number / load->alarm_every : number;

        snprintf(elder_id, sizeof(elder_id), "L%04ld", elder % load->elders);
        snprintf(device_id, sizeof(device_id), "%s-%s", elder_id, press ? "sos" : "band");
        if (event_set_ids(&event, elder_id, device_id) < 0)
                return;
        frame_begin(&writer, lane, bytes, sizeof(bytes));
        frame_append(&writer, &event, NULL);

        size_t used = frame_end(&writer);
        int32_t partition =
                murmur2_partition(event.elder_hash, (int32_t)load->conf->kafka.partitions);

        while (rd_kafka_producev(load->producer, RD_KAFKA_V_TOPIC(load->topics[lane]),
                                 RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(bytes, used),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
                rd_kafka_poll(load->producer, POLL_MS);
        if (press)
                atomic_fetch_add_explicit(&load->presses, 1, memory_order_relaxed);
}

static void write_all(struct load *load) {
        int64_t begun_us = clock_mono_us();
        long count = (long)load->rate * load->seconds;

        for (long number = 0; number < count; number++) {
                int64_t due_us = begun_us + number * 1000000 / load->rate;
                int64_t early_us = due_us - clock_mono_us();

                if (early_us > 0)
                        nanosleep(&(struct timespec){.tv_sec = early_us / 1000000,
                                                     .tv_nsec = early_us % 1000000 * 1000},
                                  NULL);
                write_event(load, number);
                rd_kafka_poll(load->producer, 0);
        }
        rd_kafka_flush(load->producer, SETTLE_S * 1000);
}

/* --- measuring -------------------------------------------------------------------------------- */

static void note_alert(struct load *load, const rd_kafka_message_t *message) {
        int64_t now_us = clock_wall_us();
        struct alert alert;
        char boot[EVENT_ID_TEXT_BYTES];

        if (alert_decode(&alert, message->payload, message->len) != 0)
                return;
        snprintf(boot, sizeof(boot), "-sos:%u:", load->boot_id);
        if (alert.transition != ALERT_RAISED || !strstr(alert.event_id, boot) ||
            load->seen == LATENCIES_MAX)
                return;
        load->latencies_us[load->seen++] = now_us - alert.received_us;
}

static rd_kafka_t *open_meter(struct load *load) {
        char topic[TOPIC_BYTES];
        rd_kafka_t *consumer = NULL;
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(load->conf->kafka.partitions);

        conf_topic(load->conf, KAFKA_ALERTS_TOPIC, topic, sizeof(topic));
        for (int i = 0; i < load->conf->kafka.partitions; i++)
                rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_END;
        if (kafka_consumer_new(&consumer, load->conf, "rules-load", NULL, NULL, NULL, NULL) == 0)
                rd_kafka_assign(consumer, list);
        rd_kafka_topic_partition_list_destroy(list);
        return consumer;
}

static void *measure(void *context) {
        struct load *load = context;
        rd_kafka_t *consumer = open_meter(load);
        int ends = 0;
        int64_t stop_mono_ms = 0;

        if (!consumer) {
                atomic_fetch_add(&load->failed, 1);
                atomic_store_explicit(&load->watching, true, memory_order_relaxed);
                return NULL;
        }
        for (;;) {
                rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);

                if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
                        ends++;
                else if (message && !message->err)
                        note_alert(load, message);
                if (message)
                        rd_kafka_message_destroy(message);
                if (ends >= load->conf->kafka.partitions)
                        atomic_store_explicit(&load->watching, true, memory_order_relaxed);
                if (!atomic_load_explicit(&load->done, memory_order_acquire)) /* J2 <- J1 */
                        continue;
                if (stop_mono_ms == 0)
                        stop_mono_ms = clock_mono_ms() + SETTLE_S * 1000;
                if (load->seen >= atomic_load_explicit(&load->presses, memory_order_relaxed) ||
                    clock_mono_ms() > stop_mono_ms)
                        break;
        }
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return NULL;
}

static int by_size(const void *left, const void *right) {
        int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

        return (a > b) - (a < b);
}

static double quantile_ms(const struct load *load, double quantile) {
        long at = (long)(quantile * (double)load->seen);

        if (load->seen == 0)
                return -1;
        if (at >= load->seen)
                at = load->seen - 1;
        return (double)load->latencies_us[at] / 1000;
}

/* --- main ------------------------------------------------------------------------------------- */

static int read_options(struct load *load, int argc, char **argv) {
        enum { CONFIG = 1, RATE, SECONDS, EVERY, ELDERS, BOOT, MEASURE };
        static const struct option known[] = {
                {"config", required_argument, NULL, CONFIG},
                {"rate", required_argument, NULL, RATE},
                {"seconds", required_argument, NULL, SECONDS},
                {"alarm-every", required_argument, NULL, EVERY},
                {"elders", required_argument, NULL, ELDERS},
                {"boot", required_argument, NULL, BOOT},
                {"measure", no_argument, NULL, MEASURE},
                {0},
        };
        int *numbers[] = {[RATE] = &load->rate,
                          [SECONDS] = &load->seconds,
                          [EVERY] = &load->alarm_every,
                          [ELDERS] = &load->elders};
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                if (option == CONFIG)
                        load->config = optarg;
                else if (option == BOOT)
                        load->boot_id = (uint32_t)strtoul(optarg, NULL, 10);
                else if (option == MEASURE)
                        load->measure = true;
                else if (option >= RATE && option <= ELDERS)
                        *numbers[option] = (int)strtol(optarg, NULL, 10);
                else
                        return -1;
        }
        return load->config && load->rate > 0 && load->seconds > 0 && load->elders > 0 ? 0 : -1;
}

/* Wait for the leaders of the topics, so that this wait does not count in the latency of the first event. */
static int warm(struct load *load) {
        const struct rd_kafka_metadata *metadata = NULL;

        for (int lane = 0; lane < LANE_COUNT; lane++)
                load->handles[lane] = rd_kafka_topic_new(load->producer, load->topics[lane], NULL);
        if (rd_kafka_metadata(load->producer, 0, NULL, &metadata, SETTLE_S * 1000))
                return -1;
        rd_kafka_metadata_destroy(metadata);
        return kafka_producer_warm(load->producer, load->conf, SETTLE_S * 1000);
}

static int prepare(struct load *load) {
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        if (r == 0)
                r = conf_load(&load->conf, load->config, diag);
        diag_free(diag);
        if (r)
                return -1;
        conf_topic(load->conf, KAFKA_EVENTS_ALARM_TOPIC, load->topics[LANE_ALARM], TOPIC_BYTES);
        conf_topic(load->conf, KAFKA_EVENTS_TELEMETRY_TOPIC, load->topics[LANE_TELEMETRY],
                   TOPIC_BYTES);
        load->latencies_us = calloc(LATENCIES_MAX, sizeof(*load->latencies_us));
        if (!load->latencies_us)
                return -1;
        r = kafka_producer_new(&load->producer, load->conf, "rules-load", on_delivered, load);
        return r < 0 ? r : warm(load);
}

static void report(struct load *load, long count) {
        qsort(load->latencies_us, (size_t)load->seen, sizeof(*load->latencies_us), by_size);
        printf("{\"events\":%ld,\"presses\":%ld,\"failed\":%ld", count, atomic_load(&load->presses),
               atomic_load(&load->failed));
        if (load->measure)
                printf(",\"alerts\":%ld,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
                       "\"p999_ms\":%.3f,\"max_ms\":%.3f",
                       load->seen, quantile_ms(load, 0.5), quantile_ms(load, 0.9),
                       quantile_ms(load, 0.99), quantile_ms(load, 0.999), quantile_ms(load, 1));
        puts("}");
}

int main(int argc, char **argv) {
        static struct load load = {.elders = 100, .alarm_every = 20};
        pthread_t meter;

        if (read_options(&load, argc, argv) < 0) {
                fputs("Usage: rules-load --config FILE --rate N --seconds S [--alarm-every K] "
                      "[--elders N] [--boot B] [--measure]\n",
                      stderr);
                return 2;
        }
        if (prepare(&load) < 0) {
                err_report("rules-load", -1);
                return 1;
        }
        if (load.measure && pthread_create(&meter, NULL, measure, &load) != 0)
                return 1;
        while (load.measure && !atomic_load_explicit(&load.watching, memory_order_relaxed))
                nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        write_all(&load);
        atomic_store_explicit(&load.done, true, memory_order_release); /* J1 -> J2 */
        if (load.measure)
                pthread_join(meter, NULL);
        report(&load, (long)load.rate * load.seconds);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                rd_kafka_topic_destroy(load.handles[lane]);
        rd_kafka_destroy(load.producer);
        conf_free(load.conf);
        free(load.latencies_us);
        return atomic_load(&load.failed) ? 1 : 0;
}
