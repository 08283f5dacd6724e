/* SPDX-License-Identifier: MIT */
#include "common/files/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/common/unit.h"

#define NEEDED                                                                                     \
        "mqtt: { host: 127.0.0.1 }\nkafka: { brokers: 127.0.0.1:9092 }\nredis: { host: 127.0.0.1 " \
        "}\n"                                                                                      \
        "alerting: { pages: \"tcp://127.0.0.1:5551\", feed: \"tcp://127.0.0.1:5552\", "            \
        "snapshot: \"tcp://127.0.0.1:5553\" }\n"

#define WITH_INSTANCES(list)                                                                       \
        "mqtt: { host: h }\nkafka: { brokers: b }\nredis: { host: r }\n"                           \
        "alerting: { pages: p, feed: f, snapshot: s, instances: " list " }\n"

static char folder[] = "/tmp/vigil-conf-XXXXXX";
static char path[sizeof(folder) + sizeof("/vigil.yaml")];

static int folder_make(void **state) {
        if (!mkdtemp(folder))
                return -1;
        snprintf(path, sizeof(path), "%s/vigil.yaml", folder);
        return 0;
}

static int folder_remove(void **state) {
        unlink(path);
        return rmdir(folder);
}

static int load(struct conf **ret, const char *text, struct diag **ret_diag) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(diag_new(ret_diag), 0);
        return conf_load(ret, path, *ret_diag);
}

static void test_all_but_the_addresses_has_a_default(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;
        char wanted[PATH_MAX], host[HOST_NAME_MAX + 1];

        assert_int_equal(load(&conf, NEEDED, &diag), 0);
        assert_string_equal(conf->site.time_zone, "Asia/Shanghai");
        assert_int_equal(conf->mqtt.port, 1883);
        assert_null(conf->mqtt.user);
        assert_null(conf->mqtt.ca_file);
        assert_int_equal(conf->mqtt.keepalive_s, 60);
        assert_int_equal(conf->mqtt.session_expiry_ms, INT64_C(7) * 86400000);
        assert_int_equal(conf->kafka.partitions, 12);
        assert_int_equal(conf->kafka.replication, 3);
        assert_string_equal(conf->kafka.topic_prefix, "vigil.");
        assert_int_equal(conf->redis.port, 6379);
        assert_null(conf->ingest.http);
        assert_int_equal(conf->ingest.shard_count, 1);
        assert_string_equal(conf->ingest.shards[0].districts[0], "+");
        assert_null(conf->ingest.shards[0].districts[1]);
        assert_int_equal(conf->ingest.frame_wait_ms, 2);
        assert_int_equal(conf->rules.checkpoint_interval_ms, 1000);
        assert_int_equal(conf->rules.settle_ms, 60000);

        snprintf(wanted, sizeof(wanted), "%s/rules", folder);
        assert_string_equal(conf->rules.files, wanted);
        snprintf(wanted, sizeof(wanted), "%s/escalation.yaml", folder);
        assert_string_equal(conf->alerting.ladders, wanted);
        snprintf(wanted, sizeof(wanted), "%s/channels", folder);
        assert_string_equal(conf->alerting.channels, wanted);

        /* Two hosts with the same file must not use the same static member id of the Kafka group. */
        assert_int_equal(gethostname(host, sizeof(host)), 0);
        snprintf(wanted, sizeof(wanted), "rules-%s", host);
        assert_string_equal(conf->rules.instance, wanted);

        /* Without `instances`, clients connect to the endpoints on which this process listens. */
        assert_int_equal(conf->alerting.instance_count, 1);
        assert_string_equal(conf->alerting.instances[0].pages, conf->alerting.pages);
        assert_string_equal(conf->alerting.instances[0].feed, conf->alerting.feed);
        assert_string_equal(conf->alerting.instances[0].snapshot, conf->alerting.snapshot);

        char topic[64];

        conf_topic(conf, "events.alarm", topic, sizeof(topic));
        assert_string_equal(topic, "vigil.events.alarm");
        conf_free(conf);
        diag_free(diag);
}

static void test_what_the_file_says_holds(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;

        assert_int_equal(
                load(&conf,
                     "version: 1\nsite: { name: 幸福里, time_zone: UTC }\n"
                     "mqtt: { host: broker, port: 8883, user: u, password_file: /etc/p, ca_file: "
                     "ca.pem, keepalive: 2m }\n"
                     "kafka: { brokers: \"a:1,b:2\", partitions: 3, topic_prefix: \"\\u0078.\" }\n"
                     "redis: { host: r }\n"
                     "ingest:\n  http: \"[::1]:9101\"\n  shards:\n    - districts: [ grid-1, "
                     "grid-2 ]\n    - districts: [ grid-3 ]\n"
                     "rules: { instance: \"a-%h-b\", shards: 2, files: /srv/rules }\n"
                     "alerting: { pages: p, feed: f, snapshot: s }\n",
                     &diag),
                0);
        assert_string_equal(conf->site.name, "幸福里");
        assert_int_equal(conf->mqtt.port, 8883);
        assert_string_equal(conf->mqtt.password_file, "/etc/p");
        assert_int_equal(conf->mqtt.keepalive_s, 120);
        assert_string_equal(conf->kafka.topic_prefix, "x.");
        assert_int_equal(conf->ingest.shard_count, 2);
        assert_int_equal(conf->ingest.shards[0].district_count, 2);
        assert_string_equal(conf->ingest.shards[1].districts[0], "grid-3");
        assert_string_equal(conf->rules.files, "/srv/rules");
        assert_true(strncmp(conf->rules.instance, "a-", 2) == 0 &&
                    strstr(conf->rules.instance, "-b"));
        conf_free(conf);
        diag_free(diag);
}

#define EIGHT "{},{},{},{},{},{},{},{},"

static const struct {
        const char *name;
        const char *text; /* appended to NEEDED; a text that starts with "mqtt" replaces it */
        const char *code;
        const char *message;
} mistakes[] = {
        {"a section missing",
         "mqtt: { host: h }\nredis: { host: r }\nalerting: { pages: p, feed: f, snapshot: s }\n",
         "R011", "the configuration lacks the key \"kafka\""},
        {"a key missing",
         "mqtt: { port: 1 }\nkafka: { brokers: b }\nredis: { host: r }\nalerting: { pages: p, "
         "feed: f, snapshot: s }\n",
         "R011", "mqtt lacks the key \"host\""},
        {"an unknown key", "rules: { shard: 2 }\n", "C010", "unknown key \"shard\" in rules"},
        {"an unknown section", "rule: { shards: 2 }\n", "C010",
         "unknown key \"rule\" in the configuration"},
        {"a number out of range", "rules: { shards: 999 }\n", "C001", "999 is too large"},
        {"no number", "rules: { shards: many }\n", "C001", "\"many\" is not a whole number"},
        {"a duration without a unit", "ingest: { frame_wait: 2 }\n", "C002",
         "\"2\" is not a duration"},
        {"a list for a text", "site: { name: [ a ] }\n", "C003", "\"name\" must be a single value"},
        {"an empty value", "site: { name: \"\" }\n", "C003", "\"name\" has no value"},
        {"an address without a port", "ingest: { http: localhost }\n", "C004",
         "\"localhost\" is not an address"},
        {"a port that is none", "ingest: { http: \"localhost:http\" }\n", "C004",
         "\"localhost:http\" is not an address"},
        {"an unknown time zone", "site: { time_zone: Asia/Shangai }\n", "C005",
         "the time zone \"Asia/Shangai\" is not known on this machine"},
        {"a time zone that leaves its folder", "site: { time_zone: ../../../etc/passwd }\n", "C005",
         "the time zone \"../../../etc/passwd\" is not known on this machine"},
        {"shards that are no list", "ingest: { shards: 2 }\n", "C006",
         "\"shards\" must be a list of at least one shard"},
        {"a shard without districts", "ingest: { shards: [ { districts: [] } ] }\n", "C006",
         "\"districts\" must be a list of at least one district"},
        {"a district beside all", "ingest: { shards: [ { districts: [ \"+\", grid-1 ] } ] }\n",
         "C006", "\"+\" is not a district here"},
        {"a topic wildcard as a district", "ingest: { shards: [ { districts: [ \"a/#\" ] } ] }\n",
         "C006", "\"a/#\" is not a district here"},
        {"more shards than rules can tell apart",
         "ingest: { shards: [" EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "{}] }\n", "C006",
         "\"shards\" has at most 64 shards, this one has 65"},
        {"one district in two shards",
         "ingest: { shards: [ { districts: [ a ] }, { districts: [ b, a ] } ] }\n", "C007",
         "shards 1 and 2 both read district \"a\""},
        {"all districts and one of them",
         "ingest: { shards: [ { districts: [ \"+\" ] }, { districts: [ a ] } ] }\n", "C007",
         "shards 1 and 2 both read district \"a\""},
        {"half a key pair",
         "mqtt: { host: h, ca_file: c, cert_file: c }\nkafka: { brokers: b }\nredis: { host: r }\n"
         "alerting: { pages: p, feed: f, snapshot: s }\n",
         "C008", "\"cert_file\" and \"key_file\" go together"},
        {"instances that are no list", WITH_INSTANCES("tcp://127.0.0.1:5551"), "C012",
         "\"instances\" must be a list of 1 to 8 instances"},
        {"an instance without a feed",
         WITH_INSTANCES("[ { pages: \"tcp://a:1\", snapshot: \"tcp://a:3\" } ]"), "R011",
         "an instance lacks the key \"feed\""},
        {"an instance nobody can connect to",
         WITH_INSTANCES(
                 "[ { pages: \"tcp://*:1\", feed: \"tcp://a:2\", snapshot: \"tcp://a:3\" } ]"),
         "C012", "\"tcp://*:1\" is not an endpoint one can connect to"},
        {"one process named twice",
         WITH_INSTANCES("[ { pages: \"tcp://a:1\", feed: \"tcp://a:2\", snapshot: \"tcp://a:3\" }, "
                        "{ pages: \"tcp://a:1\", feed: \"tcp://b:2\", snapshot: \"tcp://b:3\" } ]"),
         "C012", "\"instances\" names tcp://a:1 twice"},
        {"a later version", "version: 2\n", "C011", "only version 1 of this file is known here"},
};

static bool mistake_is_named(size_t i) {
        struct conf *conf = NULL;
        struct diag *diag;
        struct diag_item item = {.code = "-", .message = "accepted"};
        char text[1024];
        bool whole = strncmp(mistakes[i].text, "mqtt", 4) == 0, named;

        snprintf(text, sizeof(text), "%s%s", whole ? "" : NEEDED, mistakes[i].text);
        named = load(&conf, text, &diag) == CONF_REFUSED && diag_errors(diag) == 1 &&
                diag_at(diag, 0, &item) && strcmp(item.code, mistakes[i].code) == 0 &&
                strcmp(item.message, mistakes[i].message) == 0;
        if (!named)
                print_message("%s: %s %s (%d errors)\n", mistakes[i].name, item.code, item.message,
                              diag_errors(diag));
        conf_free(conf);
        diag_free(diag);
        return named;
}

static void test_each_mistake_is_named(void **state) {
        int missed = 0;

        for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
                missed += !mistake_is_named(i);
        assert_int_equal(missed, 0);
}

static void test_every_instance_is_known_by_its_own_addresses(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;

        assert_int_equal(load(&conf,
                              WITH_INSTANCES("[ { pages: \"tcp://a:1\", feed: \"tcp://a:2\", "
                                             "snapshot: \"tcp://a:3\" }, "
                                             "{ pages: \"tcp://b:1\", feed: \"tcp://b:2\", "
                                             "snapshot: \"tcp://b:3\" } ]"),
                              &diag),
                         0);
        assert_string_equal(conf->alerting.pages, "p");
        assert_int_equal(conf->alerting.instance_count, 2);
        assert_string_equal(conf->alerting.instances[1].pages, "tcp://b:1");
        assert_string_equal(conf->alerting.instances[1].feed, "tcp://b:2");
        assert_string_equal(conf->alerting.instances[1].snapshot, "tcp://b:3");
        conf_free(conf);
        diag_free(diag);
}

static void test_a_process_that_no_client_knows_is_warned_of(void **state) {
        static const struct {
                const char *pages;
                int warnings;
        } rows[] = {{"tcp://*:1", 0}, {"tcp://*:9", 1}};

        for (size_t i = 0; i < 2; i++) {
                struct conf *conf = NULL;
                struct diag *diag;
                struct diag_item item;
                char text[512];

                snprintf(text, sizeof(text),
                         "mqtt: { host: h }\nkafka: { brokers: b }\nredis: { host: r }\n"
                         "alerting: { pages: \"%s\", feed: f, snapshot: s, instances: [ { pages: "
                         "\"tcp://a:1\", feed: \"tcp://a:2\", snapshot: \"tcp://a:3\" } ] }\n",
                         rows[i].pages);
                assert_int_equal(load(&conf, text, &diag), 0);
                assert_int_equal(diag_at(diag, 0, &item), rows[i].warnings);
                if (rows[i].warnings)
                        assert_string_equal(item.code, "C013");
                conf_free(conf);
                diag_free(diag);
        }
}

static void test_an_empty_file_is_no_configuration(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;
        struct diag_item item;

        assert_int_equal(load(&conf, "# nothing\n", &diag), CONF_REFUSED);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "C009");
        assert_null(conf);
        diag_free(diag);
}

static void test_a_missing_file_is_an_error(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(conf_load(&conf, "/nowhere/vigil.yaml", diag), -ENOENT);
        assert_int_equal(diag_errors(diag), 1);
        diag_free(diag);
}

/* Run from the root of the tree. */
static void test_the_sample_is_accepted_and_on_loopback(void **state) {
        struct conf *conf = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(conf_load(&conf, "configs/vigil.yaml", diag), 0);
        assert_string_equal(conf->mqtt.host, "127.0.0.1");
        assert_true(strncmp(conf->ingest.http, "127.0.0.1:", 10) == 0);
        assert_true(strncmp(conf->alerting.pages, "tcp://127.0.0.1:", 16) == 0);
        conf_free(conf);
        diag_free(diag);
}

/* The sample and the manual must name every key that the reader knows. */
static void assert_file_names(const char *file, const char *key) {
        char command[256];

        snprintf(command, sizeof(command), "grep -qwF '%s' %s", key, file);
        if (system(command) != 0)
                fail_msg("%s does not name the key \"%s\"", file, key);
}

static void test_sample_and_manual_name_every_key(void **state) {
        static const char *const sections[] = {"site",   "mqtt",  "kafka",   "redis",
                                               "ingest", "rules", "alerting"};

        for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
                struct conf *conf = NULL;
                struct diag *diag;
                struct diag_item item;
                char text[64], *rest;

                /* The help text of an unknown key lists all known keys. */
                snprintf(text, sizeof(text), "%s: { qqqqqqqqqq: 1 }\n", sections[i]);
                assert_int_equal(load(&conf, text, &diag), CONF_REFUSED);
                for (size_t n = 0; diag_at(diag, n, &item); n++) {
                        if (strcmp(item.code, "C010") != 0)
                                continue;

                        char *keys = strdup(item.help + strlen("one of: "));

                        for (char *key = strtok_r(keys, ", ", &rest); key;
                             key = strtok_r(NULL, ", ", &rest)) {
                                assert_file_names("configs/vigil.yaml", key);
                                assert_file_names("docs/vigil.yaml.5.scd", key);
                        }
                        free(keys);
                }
                diag_free(diag);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_but_the_addresses_has_a_default),
                cmocka_unit_test(test_what_the_file_says_holds),
                cmocka_unit_test(test_each_mistake_is_named),
                cmocka_unit_test(test_every_instance_is_known_by_its_own_addresses),
                cmocka_unit_test(test_a_process_that_no_client_knows_is_warned_of),
                cmocka_unit_test(test_an_empty_file_is_no_configuration),
                cmocka_unit_test(test_a_missing_file_is_an_error),
                cmocka_unit_test(test_the_sample_is_accepted_and_on_loopback),
                cmocka_unit_test(test_sample_and_manual_name_every_key),
        };

        return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
