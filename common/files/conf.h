/* SPDX-License-Identifier: MIT
 *
 * The configuration file of a site (configs/vigil.yaml), read by every program. Relative paths start at
 * the folder of the file and are absolute once loaded. Every key except the addresses has a default;
 * docs/vigil.yaml.5.scd lists all keys.
 *
 * Thread: loaded once by main() before other threads start; immutable afterwards. Blocks: conf_load() reads the file.
 */
#ifndef VIGIL_COMMON_FILES_CONF_H
#define VIGIL_COMMON_FILES_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"

struct conf_shard {
        char **districts; /* ids, NULL-terminated; or only "+": every district */
        size_t district_count;
};

/* The endpoints at which recipients reach one alerting process. */
struct conf_instance {
        char *pages, *feed, *snapshot;
};
enum { CONF_INSTANCES_MAX = 8 };

struct conf {
        char *path; /* the file itself */

        struct {
                char *name;
                char *time_zone; /* "Asia/Shanghai" */
        } site;

        struct {
                char *host;
                int port;
                char *user;          /* or NULL */
                char *password_file; /* or NULL */
                char *ca_file;       /* or NULL: no TLS */
                char *cert_file;     /* or NULL */
                char *key_file;      /* or NULL */
                int keepalive_s;
                int64_t session_expiry_ms;
        } mqtt;

        struct {
                char *brokers;  /* "host:port,host:port" */
                int partitions; /* of the event, alert and page topics; cannot be changed later */
                int replication;
                char *topic_prefix; /* "vigil." */
        } kafka;

        struct {
                char *host;
                int port;
                char *user;          /* or NULL */
                char *password_file; /* or NULL */
                char *key_prefix;    /* "vigil:" */
        } redis;

        struct {
                char *http; /* "127.0.0.1:9101", or NULL: none */
                char *client_id;
                char *profiles; /* folder */
                struct conf_shard *shards;
                size_t shard_count;
                int group_messages_max; /* maximum of MQTT messages acknowledged together */
                int64_t frame_wait_ms;  /* how long a telemetry frame collects events */
                int message_bytes_max;  /* larger MQTT payloads are quarantined */
                char *desk_key; /* ID.key of role ingest, beside server.pub; NULL: the desk gets no notices */
                int device_events_per_s; /* readings per device, averaged over ten minutes; 0: no limit */
        } ingest;

        struct {
                char *http;
                char *files;    /* folder of rule files */
                char *kept;     /* folder for a copy of the rule files in force */
                char *group;    /* Kafka consumer group */
                char *instance; /* static member id, unique per running process */
                int shards;     /* engine threads; 0: number of cores minus one, at least 1 */
                int64_t checkpoint_interval_ms;
                int64_t settle_ms; /* no quiet or offline alerts for this long after a start */
        } rules;

        struct {
                char *http;
                char *group;
                char *instance;
                char *pages;    /* ZeroMQ ROUTER, "tcp://127.0.0.1:5551" */
                char *feed;     /* ZeroMQ XPUB */
                char *snapshot; /* ZeroMQ ROUTER */
                char *keys;     /* folder: server.key, allowed.yaml (docs/wire/pages.md) */
                char *ladders;  /* escalation.yaml */
                char *channels; /* folder: NAME.yaml of each channel other than the pager */
                struct conf_instance
                        *instances; /* all alerting processes of the site; at least one */
                size_t instance_count;
        } alerting;
};

/* Errors are added to @diag. The caller releases *ret with conf_free(). Return: 0; CONF_REFUSED if @diag has errors;
 * -errno. */
enum { CONF_REFUSED = 1 };
int conf_load(struct conf **ret, const char *path, struct diag *diag);
struct conf *conf_free(struct conf *conf);

/* Write the full name of a Kafka topic to @ret: kafka.topic_prefix followed by @name. */
void conf_topic(const struct conf *conf, const char *name, char *ret, size_t ret_bytes);

#endif
