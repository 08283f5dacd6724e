/* SPDX-License-Identifier: MIT
 *
 * The one configuration file of a site (configs/vigil.yaml), read by every program. Relative
 * paths are taken from the file's own folder and are absolute once loaded. Everything has a
 * default but the addresses; docs/vigil.yaml.5.scd lists all keys.
 *
 * Thread: read once by main() before other threads start; constant afterwards.
 */
#ifndef VIGIL_COMMON_FILES_CONF_H
#define VIGIL_COMMON_FILES_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"

struct conf_shard {
        char **districts; /* NULL-terminated; "+" alone: every district */
        size_t district_count;
};

/* One alerting process, as recipients reach it. */
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
                int partitions; /* of the event, alert, page topics; fixed for a site's life */
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
                int group_messages_max; /* MQTT messages acknowledged together, at most */
                int64_t frame_wait_ms;  /* telemetry frames are filled for at most this long */
                int message_bytes_max;  /* larger MQTT payloads are quarantined */
                char *desk_key; /* ID.key of role ingest, beside server.pub; NULL: no word to the desk */
                int device_events_per_s; /* of telemetry, over ten minutes; 0: no limit */
        } ingest;

        struct {
                char *http;
                char *files;    /* folder of rule files */
                char *kept;     /* folder in which the last good set is kept */
                char *group;    /* Kafka consumer group */
                char *instance; /* static member id, unique per running process */
                int shards;     /* engine threads; 0: one per core but one, at least 1 */
                int64_t checkpoint_interval_ms;
                int64_t settle_ms; /* nobody is called overdue this long after a start */
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
                char *channels; /* folder: NAME.yaml of each channel beside the pager */
                struct conf_instance *instances; /* all of the site; at least one */
                size_t instance_count;
        } alerting;
};

/* Return: 0; 1 when the diag holds errors; -errno. */
enum { CONF_REFUSED = 1 };
int conf_load(struct conf **ret, const char *path, struct diag *diag);
struct conf *conf_free(struct conf *conf);

/* "vigil." + name, into @ret. */
void conf_topic(const struct conf *conf, const char *name, char *ret, size_t ret_bytes);

#endif
