/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/kafka.h"

enum { METADATA_TRY_MS = 2000, LEADER_WAIT_MS = 20, TOPIC_NAME_BYTES = 128, REASON_BYTES = 512 };

struct topic_plan {
        const char *name;
        bool by_elder; /* conf->kafka.partitions of them, else 1 */
        const char *cleanup;
        const char *retention_ms;
        /* Alerts and answers are stamped by the broker: a replayed one that carried its old event time
         * could be deleted by retention the moment it is written. */
        bool broker_time;
        const char *
                segment_ms; /* NULL: the broker's. Only a closed segment is compacted or deleted. */
};

static const struct topic_plan plans[] = {
        {TOPIC_EVENTS_ALARM, true, "delete", "604800000", false, NULL},
        {TOPIC_EVENTS_TELEMETRY, true, "delete", "604800000", false, NULL},
        {TOPIC_ALERTS, true, "delete", "2592000000", true, NULL},
        {TOPIC_LEDGER, true, "delete", "-1", true, NULL},
        {TOPIC_ACKS, true, "delete", "-1", true, NULL},
        {TOPIC_PAGES, true, "compact", "-1", false, "3600000"},
        {TOPIC_REGISTRY, false, "compact", "-1", false, "3600000"},
        {TOPIC_QUARANTINE, false, "delete", "604800000", false, NULL},
        {TOPIC_HEALTH, false, "delete", "3600000", false, "600000"},
};
enum { PLAN_COUNT = sizeof(plans) / sizeof(plans[0]) };

struct ensuring {
        const struct conf *conf;
        rd_kafka_t *client;
        int64_t deadline_mono_ms;
};

static int left_ms(const struct ensuring *ensuring) {
        int64_t left = ensuring->deadline_mono_ms - clock_mono_ms();

        return left > 0 ? (int)left : 0;
}

static int partitions_wanted(const struct ensuring *ensuring, const struct topic_plan *plan) {
        return plan->by_elder ? ensuring->conf->kafka.partitions : 1;
}

/* Blocks: until a broker answers or the deadline. */
static int metadata_get(struct ensuring *ensuring, const rd_kafka_metadata_t **ret) {
        rd_kafka_resp_err_t error;

        do {
                int left = left_ms(ensuring);

                error = rd_kafka_metadata(ensuring->client, 1, NULL, ret,
                                          left < METADATA_TRY_MS ? left : METADATA_TRY_MS);
                if (!error)
                        return 0;
                rd_kafka_poll(ensuring->client, 50);
        } while (left_ms(ensuring) > 0);
        return err_raise_why(-ETIMEDOUT, "kafka: no broker answers at %s: %s",
                             ensuring->conf->kafka.brokers, rd_kafka_err2str(error));
}

static const rd_kafka_metadata_topic_t *topic_find(const struct ensuring *ensuring,
                                                   const rd_kafka_metadata_t *metadata,
                                                   const struct topic_plan *plan) {
        char name[TOPIC_NAME_BYTES];

        conf_topic(ensuring->conf, plan->name, name, sizeof(name));
        for (int i = 0; i < metadata->topic_cnt; i++)
                if (strcmp(metadata->topics[i].topic, name) == 0)
                        return metadata->topics[i].partition_cnt > 0 ? &metadata->topics[i] : NULL;
        return NULL;
}

static bool topic_has_leaders(const rd_kafka_metadata_topic_t *topic) {
        for (int i = 0; i < topic->partition_cnt; i++)
                if (topic->partitions[i].leader < 0 || topic->partitions[i].err)
                        return false;
        return topic->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* How many plans are not there yet (or, with @leaders, not usable yet); -EINVAL for a wrong one. */
static int topics_missing(const struct ensuring *ensuring, const rd_kafka_metadata_t *metadata,
                          bool leaders) {
        int missing = 0;

        for (size_t i = 0; i < PLAN_COUNT; i++) {
                const rd_kafka_metadata_topic_t *topic = topic_find(ensuring, metadata, &plans[i]);
                int wanted = partitions_wanted(ensuring, &plans[i]);

                if (!topic || (leaders && !topic_has_leaders(topic)))
                        missing++;
                else if (topic->partition_cnt != wanted)
                        return err_raise_why(-EINVAL,
                                             "kafka: topic %s has %d partitions and the "
                                             "configuration says %d: an elder's "
                                             "partition would change; correct kafka.partitions",
                                             topic->topic, topic->partition_cnt, wanted);
        }
        return missing;
}

static int topic_describe(const struct ensuring *ensuring, const struct topic_plan *plan,
                          rd_kafka_NewTopic_t **ret) {
        const struct {
                const char *name, *value;
        } settings[] = {
                {"cleanup.policy", plan->cleanup},
                {"retention.ms", plan->retention_ms},
                {"message.timestamp.type", plan->broker_time ? "LogAppendTime" : "CreateTime"},
                {"min.insync.replicas", ensuring->conf->kafka.replication >= 3 ? "2" : "1"},
                {"unclean.leader.election.enable", "false"},
                {"segment.ms", plan->segment_ms},
        };
        char name[TOPIC_NAME_BYTES], reason[REASON_BYTES];

        conf_topic(ensuring->conf, plan->name, name, sizeof(name));

        rd_kafka_NewTopic_t *topic =
                rd_kafka_NewTopic_new(name, partitions_wanted(ensuring, plan),
                                      ensuring->conf->kafka.replication, reason, sizeof(reason));

        if (!topic)
                return err_raise_why(-EINVAL, "kafka: topic %s: %s", name, reason);
        for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
                if (settings[i].value &&
                    rd_kafka_NewTopic_set_config(topic, settings[i].name, settings[i].value)) {
                        rd_kafka_NewTopic_destroy(topic);
                        return err_raise_why(-EINVAL, "kafka: topic %s: %s", name,
                                             settings[i].name);
                }
        }
        *ret = topic;
        return 0;
}

/* The broker's answer about each topic. Somebody else having created one meanwhile is fine. */
static int create_answer(rd_kafka_event_t *event) {
        size_t count = 0;
        const rd_kafka_topic_result_t **results;

        if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
                return err_raise_why(
                        -EINVAL,
                        "kafka: this broker cannot create topics (%s); create them by hand",
                        rd_kafka_event_error_string(event));
        if (rd_kafka_event_error(event))
                return err_raise_why(-ETIMEDOUT, "kafka: creating topics: %s",
                                     rd_kafka_event_error_string(event));

        results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
                                                      &count);
        for (size_t i = 0; i < count; i++) {
                rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);

                if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
                        return err_raise_why(-EINVAL, "kafka: cannot create topic %s: %s",
                                             rd_kafka_topic_result_name(results[i]),
                                             rd_kafka_topic_result_error_string(results[i]));
        }
        return 0;
}

static int create_send(struct ensuring *ensuring, rd_kafka_NewTopic_t **topics, size_t count) {
        char reason[REASON_BYTES];
        rd_kafka_queue_t *queue = rd_kafka_queue_new(ensuring->client);
        rd_kafka_AdminOptions_t *options =
                rd_kafka_AdminOptions_new(ensuring->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_event_t *event = NULL;
        int left = left_ms(ensuring) > 0 ? left_ms(ensuring) : 1;
        int r;

        if (!queue || !options) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        if (rd_kafka_AdminOptions_set_request_timeout(options, left, reason, sizeof(reason)) ||
            rd_kafka_AdminOptions_set_operation_timeout(options, left, reason, sizeof(reason))) {
                r = err_raise_why(-EINVAL, "kafka: %s", reason);
                goto out;
        }
        rd_kafka_CreateTopics(ensuring->client, topics, count, options, queue);
        event = rd_kafka_queue_poll(queue, left + METADATA_TRY_MS);
        r = event ? create_answer(event)
                  : err_raise_why(-ETIMEDOUT, "kafka: creating topics: no answer");
out:
        if (event)
                rd_kafka_event_destroy(event);
        if (options)
                rd_kafka_AdminOptions_destroy(options);
        if (queue)
                rd_kafka_queue_destroy(queue);
        return r;
}

static int topics_create(struct ensuring *ensuring, const rd_kafka_metadata_t *metadata) {
        rd_kafka_NewTopic_t *topics[PLAN_COUNT];
        size_t count = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < PLAN_COUNT; i++) {
                if (topic_find(ensuring, metadata, &plans[i]))
                        continue;
                r = topic_describe(ensuring, &plans[i], &topics[count]);
                if (r == 0)
                        count++;
        }
        if (r == 0 && count)
                r = create_send(ensuring, topics, count);
        rd_kafka_NewTopic_destroy_array(topics, count);
        return r;
}

static int topics_await(struct ensuring *ensuring) {
        for (;;) {
                const rd_kafka_metadata_t *metadata;
                int r = metadata_get(ensuring, &metadata);

                if (r < 0)
                        return r;
                r = topics_missing(ensuring, metadata, true);
                rd_kafka_metadata_destroy(metadata);
                if (r <= 0)
                        return r;
                if (left_ms(ensuring) == 0)
                        return err_raise_why(-ETIMEDOUT, "kafka: %d topics have no leader yet", r);
                rd_kafka_poll(ensuring->client, LEADER_WAIT_MS);
        }
}

int kafka_topics_ensure(const struct conf *conf, int timeout_ms) {
        struct ensuring ensuring = {.conf = conf, .deadline_mono_ms = clock_mono_ms() + timeout_ms};
        const rd_kafka_metadata_t *metadata;
        int r;

        r = kafka_admin_new(&ensuring.client, conf);
        if (r < 0)
                return r;
        r = metadata_get(&ensuring, &metadata);
        if (r < 0)
                goto out;
        r = topics_missing(&ensuring, metadata, false);
        if (r > 0)
                r = topics_create(&ensuring, metadata);
        rd_kafka_metadata_destroy(metadata);
        if (r == 0)
                r = topics_await(&ensuring);
out:
        rd_kafka_destroy(ensuring.client);
        return r;
}
