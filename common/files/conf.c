/* SPDX-License-Identifier: MIT */
#include "common/files/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "common/wire/event.h"
#include "common/files/yaml.h"

/*
 * One row per key: its place in struct conf, its type and its default. The sample file, the
 * manual page and this table list the same keys; tests/unit/common/conf.c compares them.
 */
enum value_type {
        VALUE_TEXT,
        VALUE_ADDRESS, /* "host:port" */
        VALUE_PATH,    /* relative to the file's folder */
        VALUE_ZONE,    /* a name of the time zone database */
        VALUE_INT,
        VALUE_DURATION_S,  /* int, seconds */
        VALUE_DURATION_MS, /* int64_t, milliseconds */
        VALUE_SHARDS,
        VALUE_INSTANCES,
};

struct conf_key {
        const char *name;
        enum value_type type;
        size_t offset;
        bool required;
        const char *otherwise; /* default of texts; NULL: the member stays NULL */
        int64_t min, max;
        int64_t number; /* default of numbers */
};

struct conf_section {
        const char *name;
        const struct conf_key *keys;
        size_t key_count;
};

#define AT(field) offsetof(struct conf, field)
#define SECONDS(n) ((int64_t)(n)*1000)
#define DAYS(n) (SECONDS(n) * 86400)

static const struct conf_key site_keys[] = {
        {"name", VALUE_TEXT, AT(site.name), .otherwise = "vigil"},
        {"time_zone", VALUE_ZONE, AT(site.time_zone), .otherwise = "Asia/Shanghai"},
};

static const struct conf_key mqtt_keys[] = {
        {"host", VALUE_TEXT, AT(mqtt.host), .required = true},
        {"port", VALUE_INT, AT(mqtt.port), .min = 1, .max = 65535, .number = 1883},
        {"user", VALUE_TEXT, AT(mqtt.user), .otherwise = NULL},
        {"password_file", VALUE_PATH, AT(mqtt.password_file), .otherwise = NULL},
        {"ca_file", VALUE_PATH, AT(mqtt.ca_file), .otherwise = NULL},
        {"cert_file", VALUE_PATH, AT(mqtt.cert_file), .otherwise = NULL},
        {"key_file", VALUE_PATH, AT(mqtt.key_file), .otherwise = NULL},
        {"keepalive", VALUE_DURATION_S, AT(mqtt.keepalive_s), .min = SECONDS(5),
         .max = SECONDS(600), .number = 60},
        {"session_expiry", VALUE_DURATION_MS, AT(mqtt.session_expiry_ms), .min = SECONDS(60),
         .max = DAYS(365), .number = DAYS(7)},
};

static const struct conf_key kafka_keys[] = {
        {"brokers", VALUE_TEXT, AT(kafka.brokers), .required = true},
        {"partitions", VALUE_INT, AT(kafka.partitions), .min = 1, .max = 1024, .number = 12},
        {"replication", VALUE_INT, AT(kafka.replication), .min = 1, .max = 9, .number = 3},
        {"topic_prefix", VALUE_TEXT, AT(kafka.topic_prefix), .otherwise = "vigil."},
};

static const struct conf_key redis_keys[] = {
        {"host", VALUE_TEXT, AT(redis.host), .required = true},
        {"port", VALUE_INT, AT(redis.port), .min = 1, .max = 65535, .number = 6379},
        {"user", VALUE_TEXT, AT(redis.user), .otherwise = NULL},
        {"password_file", VALUE_PATH, AT(redis.password_file), .otherwise = NULL},
        {"key_prefix", VALUE_TEXT, AT(redis.key_prefix), .otherwise = "vigil:"},
};

static const struct conf_key ingest_keys[] = {
        {"http", VALUE_ADDRESS, AT(ingest.http), .otherwise = NULL},
        {"client_id", VALUE_TEXT, AT(ingest.client_id), .otherwise = "vigil-ingest"},
        {"profiles", VALUE_PATH, AT(ingest.profiles), .otherwise = "profiles"},
        {"shards", VALUE_SHARDS, AT(ingest.shards), .otherwise = NULL},
        {"group_messages_max", VALUE_INT, AT(ingest.group_messages_max), .min = 1, .max = 10000,
         .number = 500},
        {"frame_wait", VALUE_DURATION_MS, AT(ingest.frame_wait_ms), .min = 0, .max = 1000,
         .number = 2},
        {"message_bytes_max", VALUE_INT, AT(ingest.message_bytes_max), .min = 256, .max = 900000,
         .number = 262144},
        {"desk_key", VALUE_PATH, AT(ingest.desk_key), .otherwise = NULL},
        {"device_events_per_s", VALUE_INT, AT(ingest.device_events_per_s), .min = 0, .max = 100000,
         .number = 20},
};

static const struct conf_key rules_keys[] = {
        {"http", VALUE_ADDRESS, AT(rules.http), .otherwise = NULL},
        {"files", VALUE_PATH, AT(rules.files), .otherwise = "rules"},
        {"kept", VALUE_PATH, AT(rules.kept), .otherwise = "kept-rules"},
        {"group", VALUE_TEXT, AT(rules.group), .otherwise = "vigil-rules"},
        {"instance", VALUE_TEXT, AT(rules.instance), .otherwise = "rules-%h"},
        {"shards", VALUE_INT, AT(rules.shards), .min = 0, .max = 256, .number = 0},
        {"checkpoint_interval", VALUE_DURATION_MS, AT(rules.checkpoint_interval_ms), .min = 50,
         .max = SECONDS(60), .number = SECONDS(1)},
        {"settle", VALUE_DURATION_MS, AT(rules.settle_ms), .min = 0, .max = SECONDS(900),
         .number = SECONDS(60)},
};

static const struct conf_key alerting_keys[] = {
        {"http", VALUE_ADDRESS, AT(alerting.http), .otherwise = NULL},
        {"group", VALUE_TEXT, AT(alerting.group), .otherwise = "vigil-alerting"},
        {"instance", VALUE_TEXT, AT(alerting.instance), .otherwise = "alerting-%h"},
        {"pages", VALUE_TEXT, AT(alerting.pages), .required = true},
        {"feed", VALUE_TEXT, AT(alerting.feed), .required = true},
        {"snapshot", VALUE_TEXT, AT(alerting.snapshot), .required = true},
        {"keys", VALUE_PATH, AT(alerting.keys), .otherwise = "keys"},
        {"ladders", VALUE_PATH, AT(alerting.ladders), .otherwise = "escalation.yaml"},
        {"channels", VALUE_PATH, AT(alerting.channels), .otherwise = "channels"},
        {"instances", VALUE_INSTANCES, AT(alerting.instances), .otherwise = NULL},
};

#define SECTION(name)                                                                              \
        { #name, name##_keys, sizeof(name##_keys) / sizeof(name##_keys[0]) }
static const struct conf_section sections[] = {
        SECTION(site),   SECTION(mqtt),  SECTION(kafka),    SECTION(redis),
        SECTION(ingest), SECTION(rules), SECTION(alerting),
};
enum { SECTION_COUNT = sizeof(sections) / sizeof(sections[0]), SECTION_KEYS_MAX = 16 };

struct loading {
        struct conf *conf;
        struct diag *diag;
        char *folder; /* absolute, of the file */
        int r;        /* 0 or -errno */
};

static void *place(struct loading *loading, const struct conf_key *key) {
        return (char *)loading->conf + key->offset;
}

static void keep(struct loading *loading, char **place_at, char *text) {
        if (!text)
                loading->r = err_raise(-ENOMEM);
        free(*place_at);
        *place_at = text;
}

static char *path_absolute(const struct loading *loading, const char *path) {
        char *text;

        if (path[0] == '/')
                return strdup(path);
        return asprintf(&text, "%s/%s", loading->folder, path) < 0 ? NULL : text;
}

/* --- defaults --------------------------------------------------------------------------------- */

/* Replace "%h" by the host name, so that two hosts with the same file get different static member ids. */
static char *text_expanded(const char *text) {
        const char *mark = strstr(text, "%h");
        char host[HOST_NAME_MAX + 1] = "localhost", *expanded;

        if (!mark)
                return strdup(text);
        if (gethostname(host, sizeof(host)) < 0)
                strcpy(host, "localhost");
        host[HOST_NAME_MAX] = '\0';
        return asprintf(&expanded, "%.*s%s%s", (int)(mark - text), text, host, mark + 2) < 0
                       ? NULL
                       : expanded;
}

static void default_set(struct loading *loading, const struct conf_key *key) {
        switch (key->type) {
        case VALUE_INT:
        case VALUE_DURATION_S:
                *(int *)place(loading, key) = (int)key->number;
                break;
        case VALUE_DURATION_MS:
                *(int64_t *)place(loading, key) = key->number;
                break;
        case VALUE_PATH:
                if (key->otherwise)
                        keep(loading, place(loading, key), path_absolute(loading, key->otherwise));
                break;
        case VALUE_SHARDS:
        case VALUE_INSTANCES:
                break; /* after the file is read, if it has none: shards_default(), instances_default() */
        default:
                if (key->otherwise)
                        keep(loading, place(loading, key), text_expanded(key->otherwise));
        }
}

static void shards_default(struct loading *loading) {
        struct conf_shard *shard = calloc(1, sizeof(*shard));
        char **districts = calloc(2, sizeof(*districts));
        char *every = strdup("+");

        if (!shard || !districts || !every) {
                free(shard);
                free(districts);
                free(every);
                loading->r = err_raise(-ENOMEM);
                return;
        }
        districts[0] = every;
        *shard = (struct conf_shard){.districts = districts, .district_count = 1};
        loading->conf->ingest.shards = shard;
        loading->conf->ingest.shard_count = 1;
}

/* Without a list this is the only process: recipients connect to the endpoints on which it listens. */
static void instances_default(struct loading *loading) {
        struct conf *conf = loading->conf;

        if (!conf->alerting.pages || !conf->alerting.feed || !conf->alerting.snapshot)
                return; /* already reported */
        conf->alerting.instances = calloc(1, sizeof(*conf->alerting.instances));
        if (!conf->alerting.instances) {
                loading->r = err_raise(-ENOMEM);
                return;
        }
        conf->alerting.instance_count = 1;
        keep(loading, &conf->alerting.instances->pages, strdup(conf->alerting.pages));
        keep(loading, &conf->alerting.instances->feed, strdup(conf->alerting.feed));
        keep(loading, &conf->alerting.instances->snapshot, strdup(conf->alerting.snapshot));
}

/* --- values ------------------------------------------------------------------------------------ */

#define COMPLAIN(loading, code, node, help, ...)                                                   \
        diag_add((loading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)

static bool text_read(struct loading *loading, const struct yaml_node *node, const char *example) {
        if (node->type != YAML_TEXT) {
                COMPLAIN(loading, "C003", node, example, "\"%s\" must be a single value",
                         node->key ? node->key : "-");
                return false;
        }
        if (!*node->text) {
                diag_add(loading->diag, DIAG_ERROR, "C003", node->file,
                         node->key ? node->key_mark : node->mark,
                         "remove the line to get the default", "\"%s\" has no value",
                         node->key ? node->key : "-");
                return false;
        }
        return true;
}

static bool address_is_fine(const char *text) {
        const char *colon = strrchr(text, ':');
        char *end;
        long port;

        if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
                return false;
        port = strtol(colon + 1, &end, 10);
        return !*end && port <= 65535;
}

static bool zone_is_known(const char *zone) {
        char path[PATH_MAX];

        if (strcmp(zone, "UTC") == 0)
                return true;
        if (strstr(zone, "..") || zone[0] == '/')
                return false;
        if (snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone) >= (int)sizeof(path))
                return false;
        return access(path, R_OK) == 0;
}

static void text_set(struct loading *loading, const struct conf_key *key,
                     const struct yaml_node *node) {
        if (!text_read(loading, node, "write one value after the colon"))
                return;
        if (key->type == VALUE_ADDRESS && !address_is_fine(node->text)) {
                COMPLAIN(loading, "C004", node, "write HOST:PORT, for example 127.0.0.1:9101",
                         "\"%s\" is not an address", node->text);
                return;
        }
        if (key->type == VALUE_ZONE && !zone_is_known(node->text)) {
                COMPLAIN(loading, "C005", node,
                         "names are those of /usr/share/zoneinfo, for example Asia/Shanghai",
                         "the time zone \"%s\" is not known on this machine", node->text);
                return;
        }
        keep(loading, place(loading, key),
             key->type == VALUE_PATH ? path_absolute(loading, node->text)
                                     : text_expanded(node->text));
}

static void number_set(struct loading *loading, const struct conf_key *key,
                       const struct yaml_node *node) {
        int64_t number;

        if (key->type == VALUE_INT) {
                if (yaml_read_integer(node, key->min, key->max, &number, "C001", loading->diag))
                        *(int *)place(loading, key) = (int)number;
                return;
        }
        if (!yaml_read_duration_ms(node, key->min, key->max, &number, "C002", loading->diag))
                return;
        if (key->type == VALUE_DURATION_MS)
                *(int64_t *)place(loading, key) = number;
        else if (number % 1000)
                COMPLAIN(loading, "C002", node, "write a whole number of seconds",
                         "%s is not a whole number of seconds", node->text);
        else
                *(int *)place(loading, key) = (int)(number / 1000);
}

static bool district_is_fine(const char *text) {
        if (strcmp(text, "+") == 0)
                return true;
        return text[strspn(text,
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] ==
               '\0';
}

static void shard_read(struct loading *loading, const struct yaml_node *node,
                       struct conf_shard *shard) {
        static const struct yaml_read_key keys[] = {{"districts", true}};
        const struct yaml_node *list;

        if (!yaml_read_check_keys(node, "a shard", keys, 1, "C010", loading->diag))
                return;
        list = yaml_get(node, "districts");
        if (list->type != YAML_LIST || !list->child) {
                COMPLAIN(loading, "C006", list,
                         "write  districts: [ grid-1, grid-2 ]  or  districts: [ \"+\" ]",
                         "\"districts\" must be a list of at least one district");
                return;
        }

        shard->districts = calloc(list->count + 1, sizeof(*shard->districts));
        if (!shard->districts) {
                loading->r = err_raise(-ENOMEM);
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                if (!text_read(loading, item, "write one district id"))
                        continue;
                if (!district_is_fine(item->text) ||
                    (strcmp(item->text, "+") == 0 && list->count > 1)) {
                        COMPLAIN(loading, "C006", item,
                                 "ids are letters, digits, _ . and -; \"+\" stands alone",
                                 "\"%s\" is not a district here", item->text);
                        continue;
                }
                keep(loading, &shard->districts[shard->district_count], strdup(item->text));
                shard->district_count++;
        }
}

/* Two shards with the same district would both read and publish all its events. */
static void shards_compare(struct loading *loading, const struct yaml_node *node) {
        const struct conf *conf = loading->conf;

        for (size_t a = 0; a < conf->ingest.shard_count; a++)
                for (size_t b = a + 1; b < conf->ingest.shard_count; b++)
                        for (char **left = conf->ingest.shards[a].districts; left && *left; left++)
                                for (char **right = conf->ingest.shards[b].districts;
                                     right && *right; right++)
                                        if (strcmp(*left, *right) == 0 || **left == '+' ||
                                            **right == '+')
                                                COMPLAIN(loading, "C007", node,
                                                         "every district belongs to one shard",
                                                         "shards %zu and %zu both read district "
                                                         "\"%s\"",
                                                         a + 1, b + 1,
                                                         **left == '+' ? *right : *left);
}

static void shards_set(struct loading *loading, const struct yaml_node *node) {
        if (node->type != YAML_LIST || !node->child) {
                COMPLAIN(loading, "C006", node,
                         "write  - districts: [ grid-1, grid-2 ]  lines below it",
                         "\"shards\" must be a list of at least one shard");
                return;
        }

        if (node->count > EVENT_LISTENING_SHARDS_MAX) {
                COMPLAIN(loading, "C006", node, "let a shard read several districts",
                         "\"shards\" has at most %d shards, this one has %zu",
                         EVENT_LISTENING_SHARDS_MAX, node->count);
                return;
        }

        struct conf_shard *shards = calloc(node->count, sizeof(*shards));

        if (!shards) {
                loading->r = err_raise(-ENOMEM);
                return;
        }
        loading->conf->ingest.shards = shards;
        for (const struct yaml_node *item = node->child; item; item = item->next)
                shard_read(loading, item, &shards[loading->conf->ingest.shard_count++]);
        shards_compare(loading, node);
}

/* Is @text an address to connect to? "*" and 0.0.0.0 can only be listened on. */
static bool endpoint_is_fine(const char *text) {
        const char *host = strncmp(text, "tcp://", 6) == 0 ? text + 6 : NULL;

        if (!host)
                return strncmp(text, "ipc://", 6) == 0 && text[6];
        return address_is_fine(host) && host[0] != '*' && strncmp(host, "0.0.0.0:", 8) != 0 &&
               strncmp(host, "[::]:", 5) != 0;
}

static void instance_read(struct loading *loading, const struct yaml_node *node,
                          struct conf_instance *instance) {
        static const struct yaml_read_key keys[] = {
                {"pages", true}, {"feed", true}, {"snapshot", true}};
        char **const places[] = {&instance->pages, &instance->feed, &instance->snapshot};

        if (!yaml_read_check_keys(node, "an instance", keys, 3, "C010", loading->diag))
                return;
        for (size_t i = 0; i < 3; i++) {
                const struct yaml_node *value = yaml_get(node, keys[i].name);

                if (!text_read(loading, value, "write one endpoint"))
                        continue;
                if (!endpoint_is_fine(value->text)) {
                        COMPLAIN(loading, "C012", value,
                                 "write where recipients reach it, for example "
                                 "tcp://10.0.0.1:5551",
                                 "\"%s\" is not an endpoint one can connect to", value->text);
                        continue;
                }
                keep(loading, places[i], strdup(value->text));
        }
}

/* With a duplicate endpoint, a pager would connect to one process twice and to the other never, and report no fault. */
static void instances_compare(struct loading *loading, const struct yaml_node *node) {
        const struct conf *conf = loading->conf;
        const char *seen[CONF_INSTANCES_MAX * 3];
        size_t count = 0;

        for (size_t i = 0; i < conf->alerting.instance_count; i++) {
                const struct conf_instance *instance = &conf->alerting.instances[i];
                const char *const texts[] = {instance->pages, instance->feed, instance->snapshot};

                for (size_t j = 0; j < 3; j++) {
                        for (size_t k = 0; texts[j] && k < count; k++)
                                if (strcmp(seen[k], texts[j]) == 0)
                                        COMPLAIN(loading, "C012", node,
                                                 "every endpoint belongs to one instance",
                                                 "\"instances\" names %s twice", texts[j]);
                        if (texts[j])
                                seen[count++] = texts[j];
                }
        }
}

/* Clients never reach a process that the list does not contain. Only ports are compared: hosts may differ, because a
 * process may listen on "*". */
static void instances_find_own(struct loading *loading, const struct yaml_node *node) {
        const struct conf *conf = loading->conf;
        const char *port = conf->alerting.pages ? strrchr(conf->alerting.pages, ':') : NULL;

        for (size_t i = 0; port && i < conf->alerting.instance_count; i++) {
                const char *pages = conf->alerting.instances[i].pages;

                if (!pages || strcmp(strrchr(pages, ':'), port) == 0)
                        return;
        }
        if (port)
                diag_add(loading->diag, DIAG_WARNING, "C013", node->file, node->mark,
                         "add where recipients reach this process",
                         "no instance has the port of \"pages\" (%s)", conf->alerting.pages);
}

static void instances_set(struct loading *loading, const struct yaml_node *node) {
        struct conf *conf = loading->conf;

        if (node->type != YAML_LIST || !node->child || node->count > CONF_INSTANCES_MAX) {
                COMPLAIN(loading, "C012", node,
                         "write  - { pages: tcp://10.0.0.1:5551, feed: ..., snapshot: ... }  "
                         "lines below it, one a process",
                         "\"instances\" must be a list of 1 to %d instances", CONF_INSTANCES_MAX);
                return;
        }
        conf->alerting.instances = calloc(node->count, sizeof(*conf->alerting.instances));
        if (!conf->alerting.instances) {
                loading->r = err_raise(-ENOMEM);
                return;
        }
        for (const struct yaml_node *item = node->child; item; item = item->next)
                instance_read(loading, item,
                              &conf->alerting.instances[conf->alerting.instance_count++]);
        instances_compare(loading, node);
        instances_find_own(loading, node);
}

static void value_set(struct loading *loading, const struct conf_key *key,
                      const struct yaml_node *node) {
        switch (key->type) {
        case VALUE_INT:
        case VALUE_DURATION_S:
        case VALUE_DURATION_MS:
                number_set(loading, key, node);
                break;
        case VALUE_SHARDS:
                shards_set(loading, node);
                break;
        case VALUE_INSTANCES:
                instances_set(loading, node);
                break;
        default:
                text_set(loading, key, node);
        }
}

/* --- the file ---------------------------------------------------------------------------------- */

static void section_read(struct loading *loading, const struct conf_section *section,
                         const struct yaml_node *node) {
        struct yaml_read_key keys[SECTION_KEYS_MAX];

        for (size_t i = 0; i < section->key_count; i++)
                keys[i] = (struct yaml_read_key){section->keys[i].name, section->keys[i].required};
        yaml_read_check_keys(node, section->name, keys, section->key_count, "C010", loading->diag);
        for (size_t i = 0; i < section->key_count; i++) {
                const struct yaml_node *value = yaml_get(node, section->keys[i].name);

                if (value)
                        value_set(loading, &section->keys[i], value);
        }
}

static bool section_is_required(const struct conf_section *section) {
        for (size_t i = 0; i < section->key_count; i++)
                if (section->keys[i].required)
                        return true;
        return false;
}

static void root_read(struct loading *loading, const struct yaml_node *root) {
        struct yaml_read_key keys[SECTION_COUNT + 1];
        const struct yaml_node *version = yaml_get(root, "version");

        for (size_t i = 0; i < SECTION_COUNT; i++)
                keys[i] =
                        (struct yaml_read_key){sections[i].name, section_is_required(&sections[i])};
        keys[SECTION_COUNT] = (struct yaml_read_key){"version", false};
        yaml_read_check_keys(root, "the configuration", keys, SECTION_COUNT + 1, "C010",
                             loading->diag);
        if (version && (version->type != YAML_TEXT || strcmp(version->text, "1") != 0))
                COMPLAIN(loading, "C011", version, "write  version: 1",
                         "only version 1 of this file is known here");
        for (size_t i = 0; i < SECTION_COUNT; i++) {
                const struct yaml_node *node = yaml_get(root, sections[i].name);

                if (node)
                        section_read(loading, &sections[i], node);
        }
}

/* Incomplete TLS settings or credentials would otherwise fail only when connecting to the broker. */
static void pairs_check(struct loading *loading, const struct yaml_node *root) {
        const struct conf *conf = loading->conf;
        const struct yaml_node *mqtt = yaml_get(root, "mqtt");

        if (!conf->mqtt.cert_file != !conf->mqtt.key_file)
                COMPLAIN(loading, "C008", mqtt, NULL, "\"cert_file\" and \"key_file\" go together");
        if (conf->mqtt.cert_file && !conf->mqtt.ca_file)
                COMPLAIN(loading, "C008", mqtt, NULL, "\"cert_file\" needs \"ca_file\" too");
        if (conf->mqtt.password_file && !conf->mqtt.user)
                COMPLAIN(loading, "C008", mqtt, NULL, "\"password_file\" needs \"user\" too");
}

static int folder_of(const char *path, char **ret) {
        char *whole = realpath(path, NULL);

        if (!whole)
                return err_raise(-errno);
        *strrchr(whole, '/') = '\0';
        *ret = whole;
        return 0;
}

int conf_load(struct conf **ret, const char *path, struct diag *diag) {
        struct loading loading = {.diag = diag};
        struct yaml_doc *doc = NULL;
        int r;

        r = yaml_load(&doc, path, diag);
        if (r != 0)
                return r > 0 ? CONF_REFUSED : err_trace(r);
        if (!yaml_root(doc)) {
                diag_add(diag, DIAG_ERROR, "C009", path, (struct diag_mark){.line = 1},
                         "start from configs/vigil.yaml", "the configuration is empty");
                r = CONF_REFUSED;
                goto out;
        }

        r = folder_of(path, &loading.folder);
        if (r < 0)
                goto out;
        loading.conf = calloc(1, sizeof(*loading.conf));
        if (!loading.conf) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        keep(&loading, &loading.conf->path, realpath(path, NULL));
        for (size_t i = 0; i < SECTION_COUNT; i++)
                for (size_t j = 0; j < sections[i].key_count; j++)
                        default_set(&loading, &sections[i].keys[j]);

        root_read(&loading, yaml_root(doc));
        pairs_check(&loading, yaml_root(doc));
        if (!loading.conf->ingest.shards)
                shards_default(&loading);
        if (!loading.conf->alerting.instances)
                instances_default(&loading);

        r = loading.r;
        if (r == 0 && diag_errors(diag))
                r = CONF_REFUSED;
        if (r == 0) {
                *ret = loading.conf;
                loading.conf = NULL;
        }
out:
        conf_free(loading.conf);
        free(loading.folder);
        yaml_doc_free(doc);
        return err_trace(r);
}

struct conf *conf_free(struct conf *conf) {
        if (!conf)
                return NULL;
        for (size_t i = 0; i < SECTION_COUNT; i++) {
                for (size_t j = 0; j < sections[i].key_count; j++) {
                        const struct conf_key *key = &sections[i].keys[j];

                        if (key->type == VALUE_TEXT || key->type == VALUE_ADDRESS ||
                            key->type == VALUE_PATH || key->type == VALUE_ZONE)
                                free(*(char **)(void *)((char *)conf + key->offset));
                }
        }
        for (size_t i = 0; i < conf->ingest.shard_count; i++) {
                for (size_t j = 0; j < conf->ingest.shards[i].district_count; j++)
                        free(conf->ingest.shards[i].districts[j]);
                free(conf->ingest.shards[i].districts);
        }
        free(conf->ingest.shards);
        for (size_t i = 0; i < conf->alerting.instance_count; i++) {
                free(conf->alerting.instances[i].pages);
                free(conf->alerting.instances[i].feed);
                free(conf->alerting.instances[i].snapshot);
        }
        free(conf->alerting.instances);
        free(conf->path);
        free(conf);
        return NULL;
}

void conf_topic(const struct conf *conf, const char *name, char *ret, size_t ret_bytes) {
        snprintf(ret, ret_bytes, "%s%s", conf->kafka.topic_prefix, name);
}
