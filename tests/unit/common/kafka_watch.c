/* SPDX-License-Identifier: MIT
 *
 * common/kafka/kafka_watch on librdkafka's mock broker, which answers, stops answering and answers again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/base/clock.h"
#include "common/files/conf.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_topics.h"
#include "common/kafka/kafka_watch.h"

enum { LIMIT_MS = 10000, LOOK_MS = 20 };

static const char *const topics[] = {KAFKA_EVENTS_ALARM_TOPIC, KAFKA_EVENTS_TELEMETRY_TOPIC,
                                     KAFKA_ALERTS_TOPIC,       KAFKA_LEDGER_TOPIC,
                                     KAFKA_PAGES_TOPIC,        KAFKA_ACKS_TOPIC};
static const char *const lone_topics[] = {KAFKA_REGISTRY_TOPIC, KAFKA_QUARANTINE_TOPIC,
                                          KAFKA_HEALTH_TOPIC};

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static struct conf conf;
static char brokers[256];
static char missing[256];

static void create(const char *name, int partitions) {
        char topic[128];

        conf_topic(&conf, name, topic, sizeof(topic));
        assert_int_equal(rd_kafka_mock_topic_create(cluster, topic, partitions, 1), 0);
}

static int setup(void **state) {
        char why[256];

        (void)state;
        host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
        cluster = rd_kafka_mock_cluster_new(host, 1);
        snprintf(brokers, sizeof(brokers), "%s", rd_kafka_mock_cluster_bootstraps(cluster));
        memset(&conf, 0, sizeof(conf));
        conf.kafka.brokers = brokers;
        conf.kafka.topic_prefix = "vigil.";
        conf.kafka.partitions = 4;
        conf.kafka.replication = 1;
        for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
                create(topics[i], 4);
        return 0;
}

static void create_lone_topics(void) {
        for (size_t i = 0; i < sizeof(lone_topics) / sizeof(lone_topics[0]); i++)
                create(lone_topics[i], 1);
}

static int teardown(void **state) {
        (void)state;
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
        return 0;
}

/* Wait until kafka_watch_is_fine() is @fine. Return: how many milliseconds it took. */
static int64_t wait_until(const struct kafka_watch *watch, bool fine) {
        int64_t begun_ms = clock_mono_ms();

        while (kafka_watch_is_fine(watch, missing, sizeof(missing)) != fine) {
                assert_true(clock_mono_ms() - begun_ms < LIMIT_MS);
                usleep(LOOK_MS * 1000);
        }
        return clock_mono_ms() - begun_ms;
}

static void test_a_broker_that_goes_is_missed_within_ten_seconds(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, NULL), 0);
        assert_true(kafka_watch_is_fine(watch, missing, sizeof(missing)));
        rd_kafka_mock_broker_set_down(cluster, 1);
        wait_until(watch, false);
        assert_string_equal(missing, "kafka: no answer");
        rd_kafka_mock_broker_set_up(cluster, 1);
        wait_until(watch, true);
        kafka_watch_stop(watch);
}

/* The mock broker cannot be asked about groups, so joining is allowed again after the limit. */
static void test_nobody_joins_a_group_from_the_outage_until_the_group_is_loaded(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, "rules"), 0);
        assert_true(kafka_watch_lets_join(watch));
        assert_true(kafka_watch_lets_join(NULL));
        rd_kafka_mock_broker_set_down(cluster, 1);
        wait_until(watch, false);
        assert_false(kafka_watch_lets_join(watch));

        int64_t up_ms = clock_mono_ms(), limit_ms = up_ms + 2 * LIMIT_MS;

        rd_kafka_mock_broker_set_up(cluster, 1);
        wait_until(watch, true);
        while (!kafka_watch_lets_join(watch) && clock_mono_ms() < limit_ms)
                usleep(LOOK_MS * 1000);
        assert_true(kafka_watch_lets_join(watch));
        assert_true(clock_mono_ms() - up_ms >= 1500);
        kafka_watch_stop(watch);
}

/* The mock broker cannot create topics. */
static void test_a_topic_that_cannot_be_created_keeps_nobody_from_joining(void **state) {
        struct kafka_watch *watch;
        int64_t limit_ms = clock_mono_ms() + 2 * LIMIT_MS;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, "rules"), 0);
        rd_kafka_mock_topic_set_error(cluster, "vigil.alerts",
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        wait_until(watch, false);
        while (strcmp(missing, "kafka: no answer") != 0 && clock_mono_ms() < limit_ms) {
                usleep(LOOK_MS * 1000);
                (void)kafka_watch_is_fine(watch, missing, sizeof(missing));
        }
        assert_string_equal(missing, "kafka: no answer");
        assert_true(kafka_watch_lets_join(watch));
        kafka_watch_stop(watch);
}

static void test_a_broker_that_accepts_and_says_nothing_is_missed_too(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, NULL), 0);
        rd_kafka_mock_broker_set_rtt(cluster, 1, 60000);
        wait_until(watch, false);
        assert_string_equal(missing, "kafka: no answer");

        /* The watch must stop at once, also while it waits for an answer. */
        int64_t begun_ms = clock_mono_ms();

        kafka_watch_stop(watch);
        assert_true(clock_mono_ms() - begun_ms < 1000);
}

static void test_a_topic_with_other_partitions_is_named(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        conf.kafka.partitions = 5;
        assert_int_equal(kafka_watch_start(&watch, &conf, NULL), 0);
        wait_until(watch, false);
        assert_string_equal(missing, "kafka: topic vigil.events.alarm has another number of "
                                     "partitions than kafka.partitions");
        kafka_watch_stop(watch);
}

static void test_a_partition_without_leader_is_no_topic_to_rely_on(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, NULL), 0);
        assert_int_equal(rd_kafka_mock_partition_set_leader(cluster, "vigil.events.alarm", 2, -1),
                         0);
        wait_until(watch, false);
        assert_string_equal(missing, "kafka: topic vigil.events.alarm has no leader");
        assert_int_equal(rd_kafka_mock_partition_set_leader(cluster, "vigil.events.alarm", 2, 1),
                         0);
        wait_until(watch, true);
        kafka_watch_stop(watch);
}

/* Consumers know a topic only by name and do not notice that it was deleted and created again; the watch counts it. */
static void test_a_topic_that_was_gone_is_counted_as_made_anew(void **state) {
        struct kafka_watch *watch;

        (void)state;
        create_lone_topics();
        assert_int_equal(kafka_watch_start(&watch, &conf, NULL), 0);
        rd_kafka_mock_topic_set_error(cluster, "vigil.alerts",
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        wait_until(watch, false);
        assert_string_equal(missing, "kafka: topic vigil.alerts is gone");
        assert_int_equal(kafka_watch_remade(watch, KAFKA_ALERTS_TOPIC), 0);
        rd_kafka_mock_topic_set_error(cluster, "vigil.alerts", RD_KAFKA_RESP_ERR_NO_ERROR);
        wait_until(watch, true);
        assert_int_equal(kafka_watch_remade(watch, KAFKA_ALERTS_TOPIC), 1);
        assert_int_equal(kafka_watch_remade(watch, KAFKA_PAGES_TOPIC), 0);
        assert_int_equal(kafka_watch_remade(NULL, KAFKA_ALERTS_TOPIC), 0);
        kafka_watch_stop(watch);
}

static void test_a_topic_with_other_partitions_is_refused_at_start(void **state) {
        (void)state;
        create(KAFKA_REGISTRY_TOPIC, 2);
        create(KAFKA_QUARANTINE_TOPIC, 1);
        create(KAFKA_HEALTH_TOPIC, 1);
        assert_int_equal(kafka_topics_ensure(&conf, 5000), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        test_a_broker_that_goes_is_missed_within_ten_seconds, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_a_broker_that_accepts_and_says_nothing_is_missed_too, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_nobody_joins_a_group_from_the_outage_until_the_group_is_loaded, setup,
                        teardown),
                cmocka_unit_test_setup_teardown(
                        test_a_topic_that_cannot_be_created_keeps_nobody_from_joining, setup,
                        teardown),
                cmocka_unit_test_setup_teardown(test_a_topic_with_other_partitions_is_named, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(
                        test_a_partition_without_leader_is_no_topic_to_rely_on, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_topic_that_was_gone_is_counted_as_made_anew,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_a_topic_with_other_partitions_is_refused_at_start, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
