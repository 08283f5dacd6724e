/* SPDX-License-Identifier: MIT
 *
 * A session between an MQTT broker that the test controls (peer.h) and librdkafka's in-memory Kafka. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <mosquitto.h>

#include "common/base/clock.h"
#include "ingest/decode/decoder.h"
#include "ingest/mqtt/session.h"
#include "ingest/base/stats.h"
#include "tests/unit/ingest/peer.h"

enum { PRODUCE = 0 /* API key of that request */, WAIT_MS = 20 * 1000, SLOW_MS = 1500 };

#define SOS "vigil/v1/grid-3/sos-17/sos"

struct site {
        rd_kafka_t *kafka;
        rd_kafka_mock_cluster_t *cluster;
        struct conf *conf;
        struct peer peer;
        struct claim *claim;
        struct session *session;
        struct session_common common;
        atomic_bool stop;
};

static void register_one(struct site *site, const char *key, const char *json) {
        assert_int_equal(rd_kafka_producev(site->kafka, RD_KAFKA_V_TOPIC("vigil.registry"),
                                           RD_KAFKA_V_KEY((void *)key, strlen(key)),
                                           RD_KAFKA_V_VALUE((void *)json, strlen(json)),
                                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                           RD_KAFKA_V_END),
                         0);
}

static void open_kafka(struct site *site) {
        static const char *const topics[] = {"vigil.events.alarm", "vigil.events.telemetry",
                                             "vigil.quarantine", "vigil.registry", "vigil.health"};
        rd_kafka_conf_t *settings = rd_kafka_conf_new();
        char why[256];

        /* The client that hosts the mock cluster also writes the registry. */
        rd_kafka_conf_set(settings, "test.mock.num.brokers", "1", why, sizeof(why));
        site->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, settings, why, sizeof(why));
        assert_non_null(site->kafka);
        site->cluster = rd_kafka_handle_mock_cluster(site->kafka);
        for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
                assert_int_equal(rd_kafka_mock_topic_create(site->cluster, topics[i], 1, 1), 0);
        register_one(site, "elder/E0017",
                     "{\"v\":1,\"id\":\"E0017\",\"name\":\"\",\"birth_year\":1940,\"care_level\":"
                     "\"partial\",\"conditions\":[],\"tags\":[],\"lives_alone\":true,\"address\":"
                     "\"\",\"phone\":\"\",\"lat\":31.2,\"lon\":121.4,\"district\":\"grid-3\","
                     "\"site\":\"s\"}");
        register_one(site, "device/sos-17",
                     "{\"v\":1,\"id\":\"sos-17\",\"elder\":\"E0017\",\"class\":\"sos_button\","
                     "\"room\":\"\",\"wearing_position\":\"\",\"profile\":\"\",\"foreign_id\":"
                     "\"\",\"heartbeat_ms\":0,\"commissioned_time_ms\":0}");
        assert_int_equal(rd_kafka_flush(site->kafka, WAIT_MS), 0);
}

static void read_conf(struct site *site) {
        char path[] = "/tmp/vigil-session-XXXXXX";
        int fd = mkstemp(path);
        FILE *file = fdopen(fd, "w");
        struct diag *diag;

        fprintf(file,
                "version: 1\nsite: {name: s, time_zone: UTC}\nmqtt: {host: 127.0.0.1, port: %d}\n"
                "kafka: {brokers: \"%s\", partitions: 1, replication: 1}\n"
                "redis: {host: 127.0.0.1, port: 1}\n"
                "alerting: {pages: \"tcp://127.0.0.1:1\", feed: \"tcp://127.0.0.1:2\", snapshot: "
                "\"tcp://127.0.0.1:3\"}\n",
                site->peer.port, rd_kafka_mock_cluster_bootstraps(site->cluster));
        fclose(file);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(conf_load(&site->conf, path, diag), 0);
        diag_free(diag);
        unlink(path);
}

static void site_open(struct site *site) {
        *site = (struct site){0};
        memset(&stats, 0, sizeof(stats));
        open_kafka(site);
        peer_open(&site->peer);
        read_conf(site);
        assert_int_equal(claim_open(&site->claim, site->conf), 0);
        site->common = (struct session_common){
                .conf = site->conf, .claim = site->claim, .stop = &site->stop};
        assert_int_equal(session_start(&site->session, &site->common, LANE_ALARM, 0, NULL), 0);
}

static void site_close(struct site *site) {
        atomic_store(&site->stop, true);
        session_join(site->session);
        claim_close(site->claim);
        peer_close(&site->peer);
        conf_free(site->conf);
        rd_kafka_destroy(site->kafka);
}

static void wait_for_phase(struct site *site, enum phase wanted) {
        int64_t until_mono_ms = clock_mono_ms() + WAIT_MS;

        while (session_phase(site->session) != wanted) {
                assert_true(clock_mono_ms() < until_mono_ms);
                peer_next(&site->peer, 10);
        }
}

static void test_a_message_is_acknowledged_when_kafka_has_it(void **state) {
        struct site site;

        site_open(&site);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        peer_publish(&site.peer, 7, SOS, "{\"seq\":1}");
        peer_wait(&site.peer, PEER_PUBACK);
        assert_int_equal(site.peer.body[1], 7);
        site_close(&site);
}

static void test_a_session_with_a_refused_subscription_never_looks_alive(void **state) {
        struct site site;

        site_open(&site);
        for (int round = 0; round < 2; round++) {
                peer_accept(&site.peer);
                peer_wait(&site.peer, PEER_SUBSCRIBE);
                peer_grant(&site.peer, PEER_SUBACK_REFUSED);
                /* The session tries again with a new connection, and is not live meanwhile. */
                while (!peer_is_called(&site.peer, 10)) {
                        assert_int_not_equal(session_phase(site.session), PHASE_LIVE);
                        (void)peer_next(&site.peer, 0);
                }
        }
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        site_close(&site);
}

/* The broker disconnects while a group is being written to Kafka. Return: how often the session counted that another
 * client took it over. */
static int64_t thrown_out_after(unsigned char reason) {
        struct site site;
        int64_t thrown_out;

        site_open(&site);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        rd_kafka_mock_broker_set_rtt(site.cluster, 1, SLOW_MS);
        peer_publish(&site.peer, 1, SOS, "{\"seq\":1}");
        peer_publish(&site.peer, 2, SOS, "{\"seq\":2}");
        while (stats.kafka_outstanding[LANE_ALARM].value == 0)
                (void)peer_next(&site.peer, 1);
        peer_leave(&site.peer, reason);
        peer_wait(&site.peer, PEER_CLOSED); /* the session has read DISCONNECT */
        rd_kafka_mock_broker_set_rtt(site.cluster, 1, 0);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        thrown_out = stats.thrown_out.value;
        site_close(&site);
        return thrown_out;
}

static void test_the_last_words_of_a_broker_are_read_before_anything_is_written(void **state) {
        assert_int_equal(thrown_out_after(PEER_SESSION_TAKEN_OVER), 1);
}

static void test_a_broker_that_only_restarts_throws_nobody_out(void **state) {
        assert_int_equal(thrown_out_after(0x8B /* server shutting down */), 0);
}

static void test_a_group_after_a_refused_one_is_acknowledged(void **state) {
        struct site site;

        site_open(&site);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        rd_kafka_mock_push_request_errors(site.cluster, PRODUCE, 1,
                                          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
        peer_publish(&site.peer, 1, SOS, "{\"seq\":1}");
        peer_wait(&site.peer, PEER_CLOSED); /* refused: the session connects again */
        peer_serve(&site.peer);
        peer_publish(&site.peer, 1, SOS, "{\"seq\":1}");
        peer_wait(&site.peer, PEER_PUBACK);
        wait_for_phase(&site, PHASE_LIVE);
        assert_int_equal(stats.groups_refused[LANE_ALARM].value, 1);
        site_close(&site);
}

/* A payload with as many presses as one message may have. The caller frees it. */
static char *full_message(int first) {
        char *text = malloc(DECODE_EVENTS_MAX * 32);
        size_t used = 0;

        for (int i = 0; i < DECODE_EVENTS_MAX; i++)
                used += (size_t)sprintf(text + used, "%c{\"seq\":%d}", i ? ',' : '[', first + i);
        strcpy(text + used, "]");
        return text;
}

static void
test_a_group_ends_while_there_is_room_for_the_receipts_of_one_more_message(void **state) {
        enum { MESSAGES = 9 };
        struct site site;

        site_open(&site);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        /* While the session waits for Kafka's acknowledgement of the first message, all others arrive. */
        rd_kafka_mock_broker_set_rtt(site.cluster, 1, SLOW_MS);
        peer_publish(&site.peer, 1, SOS, "{\"seq\":1}");
        while (stats.kafka_outstanding[LANE_ALARM].value == 0)
                (void)peer_next(&site.peer, 1);
        for (int i = 0; i < MESSAGES; i++) {
                char *text = full_message(100 + i * DECODE_EVENTS_MAX);

                peer_publish(&site.peer, (unsigned)(2 + i), SOS, text);
                free(text);
        }
        rd_kafka_mock_broker_set_rtt(site.cluster, 1, 0);
        for (int i = 0; i < 1 + MESSAGES; i++)
                peer_wait(&site.peer, PEER_PUBACK);
        wait_for_phase(&site, PHASE_LIVE);
        assert_int_equal(stats.receipts.value, 1 + MESSAGES * DECODE_EVENTS_MAX);
        site_close(&site);
}

static void test_a_mute_broker_makes_the_session_unready_and_is_called_again(void **state) {
        struct site site;
        int64_t since_mono_ms;

        site_open(&site);
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        since_mono_ms = clock_mono_ms();
        site.peer.mute = true;
        while (session_phase(site.session) == PHASE_LIVE)
                (void)peer_next(&site.peer, 10);
        assert_in_range(clock_mono_ms() - since_mono_ms, 0, 10 * 1000);
        site.peer.mute = false;
        peer_serve(&site.peer);
        wait_for_phase(&site, PHASE_LIVE);
        site_close(&site);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_message_is_acknowledged_when_kafka_has_it),
                cmocka_unit_test(test_a_session_with_a_refused_subscription_never_looks_alive),
                cmocka_unit_test(
                        test_the_last_words_of_a_broker_are_read_before_anything_is_written),
                cmocka_unit_test(test_a_broker_that_only_restarts_throws_nobody_out),
                cmocka_unit_test(test_a_group_after_a_refused_one_is_acknowledged),
                cmocka_unit_test(
                        test_a_group_ends_while_there_is_room_for_the_receipts_of_one_more_message),
                cmocka_unit_test(test_a_mute_broker_makes_the_session_unready_and_is_called_again),
        };

        mosquitto_lib_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
