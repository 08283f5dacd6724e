/* SPDX-License-Identifier: MIT */
#include "common/kafka/kafka.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/err.h"
#include "common/base/log.h"

enum {
        REPLICATION_ADVISED = 3,
        RESPONSE_REASON_BYTES = 512,
        TOPIC_NAME_BYTES = 128,
        LINE_DEAD_S = 3
};

/* Values of syslog(3). <syslog.h> cannot be included together with common/base/log.h: both define LOG_DEBUG. */
enum { SYSLOG_ERR = 3, SYSLOG_WARNING = 4 };

struct setting {
        const char *name;
        const char *value;
};

/* Measured with the defaults: a short failure of the broker stalls the client for up to 10 s (back-off),
 * a new topic is found after 5 minutes, and Nagle's algorithm adds 40 ms to a single record. */
static const struct setting common_settings[] = {
        {"socket.nagle.disable", "true"},
        {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "500"},
        {"socket.connection.setup.timeout.ms", "1500"},
        {"socket.timeout.ms", "6000"},
        {"topic.metadata.refresh.interval.ms", "5000"},
        {"topic.metadata.refresh.fast.interval.ms", "50"},
        {"allow.auto.create.topics", "false"},
        /* A missing topic is reported at once. With the default, a client hides it for the first 30 s. */
        {"topic.metadata.propagation.max.ms", "1000"},
        {"statistics.interval.ms", "0"},
        {NULL, NULL},
};

/* Without a message timeout a record either reaches Kafka, or the process ends before it has
 * acknowledged the message to the MQTT broker. */
static const struct setting producer_settings[] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"linger.ms", "0"},
        {"message.timeout.ms", "0"},
        {"request.timeout.ms", "5000"}, /* below socket.timeout.ms: the broker gives up first */
        {"retry.backoff.ms", "50"},
        {"partitioner", "murmur2_random"}, /* as Java clients compute it */
        {NULL, NULL},
};

/* Only the program advances offsets, after the effect of a record is durable. */
static const struct setting consumer_settings[] = {
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"partition.assignment.strategy", "range"},
        {"session.timeout.ms", "6000"},
        {"heartbeat.interval.ms", "1000"},
        {"max.poll.interval.ms", "10000"}, /* also the timeout of a join request */
        {"fetch.wait.max.ms", "100"},
        /* A broker that has just started refuses the first requests. */
        {"fetch.error.backoff.ms", "50"},
        {"isolation.level", "read_committed"},
        {NULL, NULL},
};

/* Let the kernel detect a broken link (dropped packets, a dead host), whether a request is pending or the connection is
 * idle. A broker that is only slow or stopped still acknowledges packets, so it keeps its connection. An option
 * that the kernel does not support is ignored. */
static int open_socket(int domain, int type, int protocol, void *opaque) {
        static const struct {
                int name, value;
        } options[] = {
                {TCP_USER_TIMEOUT, LINE_DEAD_S * 1000},
                {TCP_KEEPIDLE, 1},
                {TCP_KEEPINTVL, 1},
                {TCP_KEEPCNT, LINE_DEAD_S},
        };
        int fd = socket(domain, type | SOCK_CLOEXEC, protocol);

        (void)opaque;
        for (size_t i = 0; fd >= 0 && i < sizeof(options) / sizeof(options[0]); i++)
                (void)setsockopt(fd, IPPROTO_TCP, options[i].name, &options[i].value,
                                 sizeof(options[i].value));
        return fd;
}

/* Write librdkafka's messages as our log lines; by default it prints them to standard error in its own format. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
        enum log_level ours = level <= SYSLOG_ERR       ? LOG_ERROR
                              : level <= SYSLOG_WARNING ? LOG_WARN
                                                        : LOG_DEBUG;

        log_event(ours, "V0101", "kafka client", "client", rk ? rd_kafka_name(rk) : "", "facility",
                  facility, "detail", text, NULL);
}

static int settings_apply(rd_kafka_conf_t *settings, const struct setting *rows) {
        char reason[RESPONSE_REASON_BYTES];

        for (; rows->name; rows++)
                if (rd_kafka_conf_set(settings, rows->name, rows->value, reason, sizeof(reason)) !=
                    RD_KAFKA_CONF_OK)
                        return err_raise_why(-EINVAL, "kafka: %s=%s: %s", rows->name, rows->value,
                                             reason);
        return 0;
}

/* @role: additional settings of a producer or a consumer. Return: 0, -EINVAL, -ENOMEM. */
static int settings_new(rd_kafka_conf_t **ret, const struct conf *conf, const char *client_id,
                        const struct setting *role, void *opaque) {
        const struct setting own[] = {
                {"bootstrap.servers", conf->kafka.brokers},
                {"client.id", client_id},
                {NULL, NULL},
        };
        rd_kafka_conf_t *settings = rd_kafka_conf_new();
        int r;

        if (!settings)
                return err_raise(-ENOMEM);
        rd_kafka_conf_set_log_cb(settings, on_log);
        rd_kafka_conf_set_socket_cb(settings, open_socket);
        rd_kafka_conf_set_opaque(settings, opaque);
        r = settings_apply(settings, common_settings);
        if (r == 0)
                r = settings_apply(settings, own);
        if (r == 0)
                r = settings_apply(settings, role);
        if (r < 0) {
                rd_kafka_conf_destroy(settings);
                return err_trace(r);
        }
        *ret = settings;
        return 0;
}

/* Takes ownership of @settings, also on failure. */
static int client_new(rd_kafka_t **ret, rd_kafka_type_t type, rd_kafka_conf_t *settings) {
        char reason[RESPONSE_REASON_BYTES];
        rd_kafka_t *rk = rd_kafka_new(type, settings, reason, sizeof(reason));

        if (!rk) {
                rd_kafka_conf_destroy(settings);
                return err_raise_why(-EINVAL, "kafka: %s", reason);
        }
        *ret = rk;
        return 0;
}

int kafka_producer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                       void *opaque) {
        rd_kafka_conf_t *settings = NULL;
        int r;

        r = settings_new(&settings, conf, client_id, producer_settings, opaque);
        if (r < 0)
                return err_trace(r);
        if (delivered)
                rd_kafka_conf_set_dr_msg_cb(settings, delivered);
        return err_trace(client_new(ret, RD_KAFKA_PRODUCER, settings));
}

int kafka_consumer_new(rd_kafka_t **ret, const struct conf *conf, const char *client_id,
                       const char *group, const char *instance,
                       void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
                                         rd_kafka_topic_partition_list_t *, void *),
                       void *opaque) {
        /* assign() needs a group id too. Without subscribe() and commits the client never joins the group. */
        const struct setting alone[] = {
                {"group.id", "vigil-none"},
                {"enable.partition.eof", "true"},
                {NULL, NULL},
        };
        const struct setting member[] = {
                {"group.id", group},
                {instance ? "group.instance.id" : NULL, instance},
                {NULL, NULL},
        };
        rd_kafka_conf_t *settings = NULL;
        rd_kafka_t *rk = NULL;
        int r;

        r = settings_new(&settings, conf, client_id, consumer_settings, opaque);
        if (r < 0)
                return err_trace(r);
        r = settings_apply(settings, group ? member : alone);
        if (r < 0) {
                rd_kafka_conf_destroy(settings);
                return err_trace(r);
        }
        if (rebalance)
                rd_kafka_conf_set_rebalance_cb(settings, rebalance);

        r = client_new(&rk, RD_KAFKA_CONSUMER, settings);
        if (r < 0)
                return err_trace(r);
        rd_kafka_poll_set_consumer(rk);
        *ret = rk;
        return 0;
}

int kafka_producer_warm(rd_kafka_t *producer, const struct conf *conf, int timeout_ms) {
        static char beat[] = "warm";
        const struct rd_kafka_metadata *metadata = NULL;
        char topic[TOPIC_NAME_BYTES];
        rd_kafka_resp_err_t error;

        /* Query all topics, so that the client knows every leader: otherwise the first record to a topic waits up
         * to a second for the metadata. */
        error = rd_kafka_metadata(producer, 1, NULL, &metadata, timeout_ms);
        if (error)
                return err_raise_why(-ETIMEDOUT, "kafka: no broker answers at %s: %s",
                                     conf->kafka.brokers, rd_kafka_err2str(error));
        rd_kafka_metadata_destroy(metadata);

        conf_topic(conf, KAFKA_HEALTH_TOPIC, topic, sizeof(topic));
        error = rd_kafka_producev(
                producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE(beat, sizeof(beat) - 1),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(NULL), RD_KAFKA_V_END);
        if (error)
                return err_raise_why(-EINVAL, "kafka: %s: %s", topic, rd_kafka_err2str(error));
        if (rd_kafka_flush(producer, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return err_raise_why(-ETIMEDOUT, "kafka: no acknowledgement from %s within %d ms",
                                     conf->kafka.brokers, timeout_ms);
        return 0;
}

int kafka_admin_new(rd_kafka_t **ret, const struct conf *conf) {
        static const struct setting none[] = {{NULL, NULL}};
        rd_kafka_conf_t *settings = NULL;
        int r;

        r = settings_new(&settings, conf, "vigil-topics", none, NULL);
        if (r < 0)
                return err_trace(r);
        return err_trace(client_new(ret, RD_KAFKA_PRODUCER, settings));
}

const char *kafka_replication_warning(const struct conf *conf) {
        if (conf->kafka.replication >= REPLICATION_ADVISED)
                return NULL;
        return "kafka.replication is below 3: a broken disk or broker loses alarms that were "
               "already acknowledged";
}

/* @which: RD_KAFKA_OFFSET_BEGINNING or _END, passed instead of a time. */
static int query_offset(rd_kafka_t *client, const char *topic, int32_t partition, int64_t which,
                        int timeout_ms, int64_t *ret) {
        rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_t *one =
                rd_kafka_topic_partition_list_add(asked, topic, partition);
        int r = -ETIMEDOUT;

        one->offset = which;
        if (rd_kafka_offsets_for_times(client, asked, timeout_ms) == 0 && !one->err &&
            one->offset >= 0) {
                *ret = one->offset;
                r = 0;
        }
        rd_kafka_topic_partition_list_destroy(asked);
        return r < 0 ? err_raise(r) : 0;
}

int kafka_query_ends(rd_kafka_t *client, const char *topic, int32_t partition, int timeout_ms,
                     int64_t *ret_first, int64_t *ret_end) {
        int r = ret_first ? query_offset(client, topic, partition, RD_KAFKA_OFFSET_BEGINNING,
                                         timeout_ms, ret_first)
                          : 0;

        return r < 0 ? r
                     : query_offset(client, topic, partition, RD_KAFKA_OFFSET_END, timeout_ms,
                                    ret_end);
}
