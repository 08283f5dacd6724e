/* SPDX-License-Identifier: MIT
 *
 * The writer of vigil.ledger on librdkafka's mock broker: the next process finds the end of the ledger, and writes
 * nothing before it has found it. */
#include "alerting/journal/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/base/clock.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"

enum { LIMIT_MS = 10000, LOOK_MS = 5, PARTITION = 2, PRODUCE_API = 0 };

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static struct conf conf;
static char brokers[256];

static int fd;
static int ends, kept;
static int64_t end_seq, end_n, kept_seq, kept_n;

static void on_ended(void *context, int32_t partition, int64_t seq, int64_t n) {
        assert_int_equal(partition, PARTITION);
        ends++;
        end_seq = seq;
        end_n = n;
}

static void on_kept(void *context, const char *alert_id, int64_t seq, int64_t n) {
        assert_string_equal(alert_id, "a");
        assert_true(seq > kept_seq || n == kept_n + 1); /* in order */
        kept++;
        kept_seq = seq;
        kept_n = n;
}

static int setup(void **state) {
        char why[256], topic[128];

        host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
        cluster = rd_kafka_mock_cluster_new(host, 1);
        snprintf(brokers, sizeof(brokers), "%s", rd_kafka_mock_cluster_bootstraps(cluster));
        memset(&conf, 0, sizeof(conf));
        conf.kafka.brokers = brokers;
        conf.kafka.topic_prefix = "vigil.";
        conf.kafka.partitions = 4;
        conf.kafka.replication = 1;
        conf_topic(&conf, KAFKA_LEDGER_TOPIC, topic, sizeof(topic));
        assert_int_equal(rd_kafka_mock_topic_create(cluster, topic, 4, 1), 0);
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        assert_true(fd >= 0);
        ends = kept = 0;
        kept_seq = kept_n = -1;
        return 0;
}

static int teardown(void **state) {
        (void)kafka_drop_wait(5000);
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
        close(fd);
        return 0;
}

static struct ledger *open_ledger(void) {
        const struct ledger_handler handler = {.ended = on_ended, .kept = on_kept};
        struct ledger *ledger = NULL;

        assert_int_equal(ledger_open(&ledger, &conf, fd, &handler), 0);
        return ledger;
}

static void wait_until(struct ledger *ledger, const int *count, int wanted) {
        int64_t begun_ms = clock_mono_ms();

        while (*count < wanted) {
                assert_true(clock_mono_ms() - begun_ms < LIMIT_MS);
                assert_int_equal(ledger_poll(ledger, clock_mono_ms()), 0);
                usleep(LOOK_MS * 1000);
        }
}

static bool write_entry(struct ledger *ledger, int64_t seq, int64_t n) {
        char json[128];
        int bytes = snprintf(json, sizeof(json), "{\"ledger_id\":\"a/%lld\",\"seq\":%lld}",
                             (long long)n, (long long)seq);

        return ledger_write(ledger, PARTITION, "E1", "a", seq, n, json, (size_t)bytes);
}

static void test_the_next_process_finds_where_the_ledger_ends(void **state) {
        struct ledger *ledger = open_ledger();
        int64_t seq;

        ledger_resume(ledger, PARTITION, true);
        assert_false(write_entry(ledger, 1, 0)); /* the end of the ledger has not been read yet */
        wait_until(ledger, &ends, 1);
        assert_int_equal(end_seq, -1);
        seq = ledger_next(ledger, PARTITION);
        assert_true(write_entry(ledger, seq, 0));
        assert_true(write_entry(ledger, seq, 1));
        wait_until(ledger, &kept, 2);
        assert_int_equal(ends, 1); /* our own entries are not read back */
        ledger_close(ledger, 1000);

        ledger = open_ledger();
        ledger_resume(ledger, PARTITION, true);
        wait_until(ledger, &ends, 2);
        assert_int_equal(end_seq, seq);
        assert_int_equal(end_n, 1);
        assert_true(ledger_next(ledger, PARTITION) > seq);
        ledger_close(ledger, 1000);
}

static void test_what_others_wrote_to_the_topic_is_passed_over(void **state) {
        struct ledger *ledger = open_ledger();
        static const char garbage[] = "\xff{]";

        ledger_resume(ledger, PARTITION, true);
        wait_until(ledger, &ends, 1);
        assert_true(write_entry(ledger, 7, 3));
        assert_true(ledger_write(ledger, PARTITION, "E1", "a", 8, 4, garbage, sizeof(garbage)));
        wait_until(ledger, &kept, 2);
        ledger_resume(ledger, PARTITION, true);
        wait_until(ledger, &ends, 2);
        assert_int_equal(end_seq, 7);
        assert_int_equal(end_n, 3);
        ledger_close(ledger, 1000);
}

/* No entries are owed from before, so the end of the ledger need not be read. */
static void test_when_nothing_is_owed_it_takes_entries_at_once(void **state) {
        struct ledger *ledger = open_ledger();

        ledger_resume(ledger, PARTITION, false);
        assert_true(write_entry(ledger, 7, 0));
        wait_until(ledger, &kept, 1);
        assert_int_equal(ends, 0);
        ledger_close(ledger, 1000);
}

/* Kafka refuses a record: nothing is written until the end of the ledger has been read again. */
static void test_after_a_refusal_the_end_is_read_again(void **state) {
        struct ledger *ledger = open_ledger();

        ledger_resume(ledger, PARTITION, true);
        wait_until(ledger, &ends, 1);
        assert_true(write_entry(ledger, 7, 0));
        wait_until(ledger, &kept, 1);
        rd_kafka_mock_push_request_errors(cluster, PRODUCE_API, 1,
                                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
        assert_true(write_entry(ledger, 8, 1));
        wait_until(ledger, &ends, 2);
        assert_int_equal(kept, 1);
        assert_int_equal(end_seq, 7);
        assert_true(write_entry(ledger, 8, 1));
        wait_until(ledger, &kept, 2);
        ledger_close(ledger, 1000);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_the_next_process_finds_where_the_ledger_ends),
                TEST(test_what_others_wrote_to_the_topic_is_passed_over),
                TEST(test_when_nothing_is_owed_it_takes_entries_at_once),
                TEST(test_after_a_refusal_the_end_is_read_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
