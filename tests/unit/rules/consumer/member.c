/* SPDX-License-Identifier: MIT
 *
 * A member that is put out of the consumer group: when it joins again. On librdkafka's mock broker, with simulated
 * fatal errors and a simulated clock. */
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
#include "common/kafka/kafka_drop.h"
#include "rules/consumer/member.h"

enum { LIMIT_MS = 20000, LOOK_MS = 5 };

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static struct conf conf;
static struct member member;
static int64_t now_mono_ms;
static int assigned; /* how often partitions were assigned */

static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *partitions, void *context) {
        int *count = context;
        bool gives = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && partitions->cnt > 0;

        *count += gives;
        rd_kafka_assign(consumer, gives ? partitions : NULL);
}

static int setup(void **state) {
        static char brokers[256];
        char why[256];

        (void)state;
        host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
        cluster = rd_kafka_mock_cluster_new(host, 1);
        assert_int_equal(rd_kafka_mock_topic_create(cluster, "events", 4, 1), 0);
        snprintf(brokers, sizeof(brokers), "%s", rd_kafka_mock_cluster_bootstraps(cluster));
        memset(&conf, 0, sizeof(conf));
        conf.kafka.brokers = brokers;
        conf.rules.group = "rules";
        conf.rules.instance = "a";
        assigned = 0;
        assert_int_equal(member_init(&member, &conf, -1, on_rebalance, &assigned), 0);
        now_mono_ms = clock_mono_ms();
        return 0;
}

static int teardown(void **state) {
        (void)state;
        member_fini(&member);
        assert_true(
                kafka_drop_wait(LIMIT_MS)); /* else its thread is running when the program ends */
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
        return 0;
}

static void join(void) {
        static const char *const topics[] = {"events"};
        int64_t begun_ms = clock_mono_ms();
        int before = assigned;

        member_subscribe(&member, topics, 1);
        while (assigned == before) {
                assert_true(clock_mono_ms() - begun_ms < LIMIT_MS);
                if (!member_poll(&member, now_mono_ms))
                        usleep(LOOK_MS * 1000);
        }
}

static void be_put_out(void) {
        int64_t begun_ms = clock_mono_ms();

        rd_kafka_test_fatal_error(member.consumer, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "a test");
        while (!member.out) {
                assert_true(clock_mono_ms() - begun_ms < LIMIT_MS);
                if (!member_poll(&member, now_mono_ms))
                        usleep(LOOK_MS * 1000);
        }
        member_discard(&member, now_mono_ms);
}

static void expect_again_after(int wait_ms) {
        now_mono_ms += wait_ms - 1;
        assert_false(member_reopen(&member, now_mono_ms));
        now_mono_ms += 1;
        assert_true(member_reopen(&member, now_mono_ms));
        assert_false(member_reopen(&member, now_mono_ms));
}

static void test_who_is_put_out_joins_anew_and_is_given_partitions(void **state) {
        (void)state;
        join();
        be_put_out();
        assert_false(member_has_rival(&member));
        expect_again_after(MEMBER_AGAIN_MS);
        join();
        assert_int_equal(assigned, 2);
}

static void test_who_is_put_out_again_and_again_waits_longer_and_longer(void **state) {
        (void)state;
        be_put_out();
        expect_again_after(MEMBER_AGAIN_MS);
        be_put_out();
        assert_true(member_has_rival(&member));
        expect_again_after(4000);
        be_put_out();
        expect_again_after(8000);
        be_put_out();
        expect_again_after(16000);
        be_put_out();
        expect_again_after(30000);
        be_put_out();
        expect_again_after(30000);
        assert_true(member_has_rival(&member));
}

static void test_a_minute_in_the_group_forgets_the_rival(void **state) {
        (void)state;
        be_put_out();
        expect_again_after(MEMBER_AGAIN_MS);
        be_put_out();
        expect_again_after(MEMBER_RIVAL_FIRST_MS);
        now_mono_ms += MEMBER_CALM_MS;
        be_put_out();
        assert_false(member_has_rival(&member));
        expect_again_after(MEMBER_AGAIN_MS);
}

static void test_who_lost_its_place_in_an_outage_joins_at_once_and_suspects_no_rival(void **state) {
        (void)state;
        join();
        be_put_out();
        expect_again_after(MEMBER_AGAIN_MS);
        for (int i = 0; i < 3; i++) {
                member_lose(&member, now_mono_ms);
                assert_true(member.out);
                member_discard(&member, now_mono_ms);
                expect_again_after(0);
                assert_false(member_has_rival(&member));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        test_who_is_put_out_joins_anew_and_is_given_partitions, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_who_is_put_out_again_and_again_waits_longer_and_longer, setup,
                        teardown),
                cmocka_unit_test_setup_teardown(
                        test_who_lost_its_place_in_an_outage_joins_at_once_and_suspects_no_rival,
                        setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_minute_in_the_group_forgets_the_rival, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
