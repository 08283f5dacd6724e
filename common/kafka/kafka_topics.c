/* SPDX-License-Identifier: MIT */
#include "common/kafka/kafka_topics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"

enum {
        METADATA_TRY_MS = 2000,
        LEADER_WAIT_MS = 20,
        TOPIC_NAME_BYTES = 128,
        RESPONSE_REASON_BYTES = 512
};

struct topic_plan {
        const char *name;
        bool by_elder; /* it has conf->kafka.partitions partitions, else 1 */
        const char *cleanup;
        const char *retention_ms;
        const char *
                segment_ms; /* NULL: default of the broker. Only closed segments are compacted or deleted. */
};

static const struct topic_plan plans[] = {
        {KAFKA_EVENTS_ALARM_TOPIC, true, "delete", "604800000", NULL},
        {KAFKA_EVENTS_TELEMETRY_TOPIC, true, "delete", "604800000", NULL},
        {KAFKA_ALERTS_TOPIC, true, "delete", "2592000000", NULL},
        {KAFKA_LEDGER_TOPIC, true, "delete", "-1", NULL},
        {KAFKA_ACKS_TOPIC, true, "delete", "-1", NULL},
        {KAFKA_PAGES_TOPIC, true, "compact", "-1", "3600000"},
        {KAFKA_REGISTRY_TOPIC, false, "compact", "-1", "3600000"},
        {KAFKA_QUARANTINE_TOPIC, false, "delete", "604800000", NULL},
        {KAFKA_HEALTH_TOPIC, false, "delete", "3600000", "600000"},
};
enum { PLAN_COUNT = sizeof(plans) / sizeof(plans[0]) };
_Static_assert(PLAN_COUNT == (int)KAFKA_TOPICS, "as kafka_topics.h says");

struct kafka_topics {
        rd_kafka_t *client;
        rd_kafka_topic_t *handles[PLAN_COUNT]; /* limit the metadata request to our topics */
        char names[PLAN_COUNT][TOPIC_NAME_BYTES];
        char *brokers;
        int partitions;
        int replication;
        int64_t deadline_mono_ms;
        bool gone[PLAN_COUNT]; /* missing at the last look */
};

static int left_ms(const struct kafka_topics *topics) {
        int64_t left = topics->deadline_mono_ms - clock_mono_ms();

        return left > 0 ? (int)left : 0;
}

static int partitions_wanted(const struct kafka_topics *topics, size_t plan) {
        return plans[plan].by_elder ? topics->partitions : 1;
}

/* Blocks: until a broker answers or the deadline. */
static int metadata_get(struct kafka_topics *topics, const rd_kafka_metadata_t **ret) {
        rd_kafka_resp_err_t error;

        do {
                int left = left_ms(topics);

                error = rd_kafka_metadata(topics->client, 0, NULL, ret,
                                          left < METADATA_TRY_MS ? left : METADATA_TRY_MS);
                if (!error)
                        return 0;
                rd_kafka_poll(topics->client, 50);
        } while (left_ms(topics) > 0);
        return err_raise_why(-ETIMEDOUT, "kafka: no broker answers at %s: %s", topics->brokers,
                             rd_kafka_err2str(error));
}

static const rd_kafka_metadata_topic_t *
topic_find(const struct kafka_topics *topics, const rd_kafka_metadata_t *metadata, size_t plan) {
        for (int i = 0; i < metadata->topic_cnt; i++)
                if (strcmp(metadata->topics[i].topic, topics->names[plan]) == 0)
                        return metadata->topics[i].partition_cnt > 0 ? &metadata->topics[i] : NULL;
        return NULL;
}

static bool topic_has_leaders(const rd_kafka_metadata_topic_t *topic) {
        for (int i = 0; i < topic->partition_cnt; i++)
                if (topic->partitions[i].leader < 0 || topic->partitions[i].err)
                        return false;
        return topic->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static enum kafka_topic_fault topic_fault(const struct kafka_topics *topics,
                                          const rd_kafka_metadata_t *metadata, size_t plan) {
        const rd_kafka_metadata_topic_t *topic = topic_find(topics, metadata, plan);

        if (!topic)
                return KAFKA_TOPIC_GONE;
        if (topic->partition_cnt != partitions_wanted(topics, plan))
                return KAFKA_TOPIC_MISCOUNTED;
        return topic_has_leaders(topic) ? KAFKA_TOPIC_FINE : KAFKA_TOPIC_LEADERLESS;
}

/* The worst fault of all topics, and the first topic that has it. */
static enum kafka_topic_fault worst_fault(struct kafka_topics *topics,
                                          const rd_kafka_metadata_t *metadata, size_t *ret_plan) {
        enum kafka_topic_fault worst = KAFKA_TOPIC_FINE;

        *ret_plan = 0;
        for (size_t i = 0; i < PLAN_COUNT; i++) {
                enum kafka_topic_fault fault = topic_fault(topics, metadata, i);

                topics->gone[i] = fault == KAFKA_TOPIC_GONE;
                if (fault > worst) {
                        worst = fault;
                        *ret_plan = i;
                }
        }
        return worst;
}

static int topic_describe(const struct kafka_topics *topics, size_t plan,
                          rd_kafka_NewTopic_t **ret) {
        const struct {
                const char *name, *value;
        } settings[] = {
                {"cleanup.policy", plans[plan].cleanup},
                {"retention.ms", plans[plan].retention_ms},
                /* Use the broker's clock, not ours: a broker refuses records more than an hour ahead of its own
                 * clock, and deletes records with an old time as soon as they are written. */
                {"message.timestamp.type", "LogAppendTime"},
                {"min.insync.replicas", topics->replication >= 3 ? "2" : "1"},
                {"unclean.leader.election.enable", "false"},
                {"segment.ms", plans[plan].segment_ms},
        };
        const char *name = topics->names[plan];
        char reason[RESPONSE_REASON_BYTES];
        rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
                name, partitions_wanted(topics, plan), topics->replication, reason, sizeof(reason));

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

/* Check the result for each topic. It is not an error if another program has created one meanwhile. */
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

static int create_send(struct kafka_topics *topics, rd_kafka_NewTopic_t **new_topics,
                       size_t count) {
        char reason[RESPONSE_REASON_BYTES];
        rd_kafka_queue_t *queue = rd_kafka_queue_new(topics->client);
        rd_kafka_AdminOptions_t *options =
                rd_kafka_AdminOptions_new(topics->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_event_t *event = NULL;
        int left = left_ms(topics) > 0 ? left_ms(topics) : 1;
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
        rd_kafka_CreateTopics(topics->client, new_topics, count, options, queue);
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
        return err_trace(r);
}

static int topics_create(struct kafka_topics *topics, const rd_kafka_metadata_t *metadata) {
        rd_kafka_NewTopic_t *missing[PLAN_COUNT];
        size_t count = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < PLAN_COUNT; i++) {
                if (topic_find(topics, metadata, i))
                        continue;
                r = topic_describe(topics, i, &missing[count]);
                if (r == 0)
                        count++;
        }
        if (r == 0 && count)
                r = create_send(topics, missing, count);
        rd_kafka_NewTopic_destroy_array(missing, count);
        return err_trace(r);
}

/* --- looking, for kafka_watch.h -------------------------------------------------------------------- */

int kafka_topics_new(struct kafka_topics **ret, const struct conf *conf) {
        struct kafka_topics *topics = calloc(1, sizeof(*topics));
        int r = topics ? 0 : err_raise(-ENOMEM);

        if (r == 0) {
                topics->partitions = conf->kafka.partitions;
                topics->replication = conf->kafka.replication;
                topics->brokers = strdup(conf->kafka.brokers);
                r = topics->brokers ? kafka_admin_new(&topics->client, conf) : err_raise(-ENOMEM);
        }
        for (size_t i = 0; r == 0 && i < PLAN_COUNT; i++) {
                conf_topic(conf, plans[i].name, topics->names[i], sizeof(topics->names[i]));
                topics->handles[i] = rd_kafka_topic_new(topics->client, topics->names[i], NULL);
                if (!topics->handles[i])
                        r = err_raise_why(-EINVAL, "kafka: topic %s: %s", topics->names[i],
                                          rd_kafka_err2str(rd_kafka_last_error()));
        }
        if (r < 0) {
                kafka_topics_free(topics);
                return err_trace(r);
        }
        *ret = topics;
        return 0;
}

void kafka_topics_free(struct kafka_topics *topics) {
        if (!topics)
                return;
        for (size_t i = 0; i < PLAN_COUNT; i++)
                if (topics->handles[i])
                        rd_kafka_topic_destroy(topics->handles[i]);
        if (topics->client)
                rd_kafka_destroy(topics->client);
        free(topics->brokers);
        free(topics);
}

int kafka_topics_look(struct kafka_topics *topics, int timeout_ms, bool create, size_t *ret_topic) {
        const rd_kafka_metadata_t *metadata;
        int r;

        topics->deadline_mono_ms = clock_mono_ms() + timeout_ms;
        r = metadata_get(topics, &metadata);
        if (r < 0)
                return err_trace(r);
        r = (int)worst_fault(topics, metadata, ret_topic);
        if (create && (r == KAFKA_TOPIC_GONE)) {
                int created = topics_create(topics, metadata);

                r = created < 0 ? created : r;
        }
        rd_kafka_metadata_destroy(metadata);
        return err_trace(r);
}

const char *kafka_topics_name(const struct kafka_topics *topics, size_t topic) {
        require(topic < PLAN_COUNT, "topic %zu of %d", topic, (int)PLAN_COUNT);
        return topics->names[topic];
}

size_t kafka_topics_find(const char *name) {
        size_t i = 0;

        while (i < PLAN_COUNT && strcmp(plans[i].name, name) != 0)
                i++;
        require(i < PLAN_COUNT, "topic %s", name);
        return i;
}

bool kafka_topics_is_gone(const struct kafka_topics *topics, size_t topic) {
        require(topic < PLAN_COUNT, "topic %zu of %d", topic, (int)PLAN_COUNT);
        return topics->gone[topic];
}

bool kafka_topics_group_is_loaded(struct kafka_topics *topics, const char *group, int timeout_ms) {
        const struct rd_kafka_group_list *list = NULL;
        bool is_loaded = rd_kafka_list_groups(topics->client, group, &list, timeout_ms) ==
                                 RD_KAFKA_RESP_ERR_NO_ERROR &&
                         list->group_cnt == 1 && list->groups[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;

        if (list)
                rd_kafka_group_list_destroy(list);
        return is_loaded;
}

/* --- at start ------------------------------------------------------------------------------------- */

static int settle_fault(const struct kafka_topics *topics, enum kafka_topic_fault fault,
                        size_t topic) {
        if (fault != KAFKA_TOPIC_MISCOUNTED)
                return (int)fault;
        return err_raise_why(-EINVAL,
                             "kafka: topic %s has not %d partitions as the configuration says: an "
                             "elder's partition would change; correct kafka.partitions",
                             topics->names[topic], partitions_wanted(topics, topic));
}

/* On a new broker create topics at once. If only some are missing, other programs must notice that first. */
static bool may_create(const struct kafka_topics *topics, int64_t *missing_mono_ms) {
        int64_t now_mono_ms = clock_mono_ms();
        size_t gone = 0;

        for (size_t i = 0; i < PLAN_COUNT; i++)
                gone += topics->gone[i];
        if (*missing_mono_ms == 0)
                *missing_mono_ms = now_mono_ms;
        return gone == PLAN_COUNT || now_mono_ms - *missing_mono_ms >= KAFKA_TOPIC_GONE_MS;
}

int kafka_topics_ensure(const struct conf *conf, int timeout_ms) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;
        struct kafka_topics *topics = NULL;
        size_t which = 0;
        int64_t missing_mono_ms = 0;
        bool create = false;
        int r = kafka_topics_new(&topics, conf);

        if (r < 0)
                return err_trace(r);
        do {
                int64_t left = deadline_mono_ms - clock_mono_ms();

                r = kafka_topics_look(topics, left > 0 ? (int)left : 0, create, &which);
                create = !create && r == KAFKA_TOPIC_GONE && may_create(topics, &missing_mono_ms);
                if (create)
                        continue;
                if (r > 0)
                        r = settle_fault(topics, (enum kafka_topic_fault)r, which);
                if (r > 0)
                        rd_kafka_poll(topics->client, LEADER_WAIT_MS);
        } while (r > 0 && clock_mono_ms() < deadline_mono_ms);
        if (r > 0)
                r = err_raise_why(-ETIMEDOUT, "kafka: topic %s has no leader yet",
                                  topics->names[which]);
        kafka_topics_free(topics);
        return err_trace(r);
}
