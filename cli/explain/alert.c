/* SPDX-License-Identifier: MIT */
#include "cli/explain/alert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/cli.h"
#include "cli/command/json_field.h"
#include "cli/record/topic_reader.h"
#include "cli/status/scrape.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/wire/json_number.h"

enum { POLL_MS = 100, VERSION_DIGITS = 12, METRICS_TIMEOUT_MS = 2000 };

/* Process the JSON of one record. Return: 0 or -errno. */
typedef int (*record_take)(struct explain_alert *explain, const char *json, size_t json_bytes);

/* --- records --------------------------------------------------------------------------------------------- */

/* Transitions may be in the topic twice, after a replay by vigil-rules. */
static bool is_known(const struct explain_alert *explain, const struct alert *alert) {
        for (size_t i = 0; i < explain->transition_count; i++)
                if (explain->transitions[i].transition == alert->transition &&
                    explain->transitions[i].severity == alert->severity &&
                    explain->transitions[i].event_time_ms == alert->event_time_ms)
                        return true;
        return false;
}

static int alert_take(struct explain_alert *explain, const char *json, size_t json_bytes) {
        struct alert alert;
        int r = alert_decode(&alert, json, json_bytes);

        if (r < 0)
                return r;
        if (r > 0 || strcmp(alert.alert_id, explain->alert_id) != 0 || is_known(explain, &alert) ||
            explain->transition_count == EXPLAIN_TRANSITIONS_MAX)
                return 0;
        explain->transitions[explain->transition_count++] = alert;
        return 0;
}

static int ledger_take(struct explain_alert *explain, const char *json, size_t json_bytes) {
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        const char *alert_id = yyjson_get_str(yyjson_obj_get(root, "alert_id"));

        if (alert_id && strcmp(alert_id, explain->alert_id) == 0 &&
            explain->ledger_count < EXPLAIN_LEDGER_MAX) {
                struct explain_ledger *entry = &explain->ledger[explain->ledger_count++];

                json_field(root, "type", entry->type, sizeof(entry->type));
                json_field(root, "recipient", entry->recipient, sizeof(entry->recipient));
                json_field(root, "role", entry->role, sizeof(entry->role));
                json_field(root, "by", entry->by, sizeof(entry->by));
                json_field(root, "reason", entry->reason, sizeof(entry->reason));
                entry->time_ms = json_time_ms(root, "time_ms");
                entry->step = json_count(root, "step");
                entry->attempt = json_count(root, "attempt");
        }
        yyjson_doc_free(doc);
        return 0;
}

/* --- from files -------------------------------------------------------------------------------------------- */

/* A line is the record itself, or a line of vigil tap with the record under "value". */
static int line_take(struct explain_alert *explain, char *line, size_t bytes, record_take take) {
        yyjson_doc *doc = yyjson_read(line, bytes, 0);
        yyjson_val *value = yyjson_obj_get(yyjson_doc_get_root(doc), "value");
        size_t json_bytes;
        char *json = value ? yyjson_val_write(value, 0, &json_bytes) : NULL;
        int r = json ? take(explain, json, json_bytes) : take(explain, line, bytes);

        free(json);
        yyjson_doc_free(doc);
        return r;
}

static int file_read(struct explain_alert *explain, const char *path, record_take take) {
        bool pipe = strcmp(path, "-") == 0;
        FILE *file = pipe ? stdin : fopen(path, "re");
        size_t room = 0;
        char *line = NULL;
        ssize_t bytes;
        int r = 0;

        if (!file)
                return err_raise_why(-errno, "cannot read %s", path);
        while (r == 0 && (bytes = getline(&line, &room, file)) >= 0)
                if (memmem(line, (size_t)bytes, explain->alert_id, ALERT_ID_BYTES - 1))
                        r = line_take(explain, line, (size_t)bytes, take);
        free(line);
        if (!pipe)
                fclose(file);
        return r;
}

/* --- from Kafka -------------------------------------------------------------------------------------------- */

static int topic_walk(struct explain_alert *explain, struct topic_reader *reader,
                      record_take take) {
        int64_t deadline_mono_ms = clock_mono_ms() + explain->world->options->timeout_ms;
        int r = 0;

        while (r == 0 && !topic_reader_at_end(reader)) {
                rd_kafka_message_t *message = NULL;

                if (cli_interrupted())
                        return -EINTR;
                if (clock_mono_ms() >= deadline_mono_ms)
                        return err_raise_why(
                                -ETIMEDOUT,
                                "kafka: time is up before all records were read; raise --timeout");
                r = topic_reader_next(reader, POLL_MS, &message);
                if (!message)
                        continue;
                if (message->len &&
                    memmem(message->payload, message->len, explain->alert_id, ALERT_ID_BYTES - 1))
                        r = take(explain, message->payload, message->len);
                rd_kafka_message_destroy(message);
        }
        return r;
}

static int topic_read(struct explain_alert *explain, const char *name, record_take take) {
        const struct explain_world *world = explain->world;
        struct topic_reader_from from = {.start = TOPIC_READER_START_BEGINNING};
        struct topic_reader *reader = NULL;
        char topic[128];
        const char *topics[] = {topic, NULL};
        int r;

        conf_topic(world->conf, name, topic, sizeof(topic));
        r = topic_reader_open(&reader, world->conf, topics, -1, &from, world->options->timeout_ms);
        if (r == 0)
                r = topic_walk(explain, reader, take);
        topic_reader_close(reader);
        return r;
}

/* --- around it --------------------------------------------------------------------------------------------- */

/* Version of the rule set in force, from the metrics of vigil-rules, which export its first 48 bits as a number.
 * The rule files may have changed since. Return: false when it is unknown. */
static bool version_in_force(const struct explain_world *world, char *ret) {
        char *body = NULL;
        double number;
        int status;
        bool told;

        if (!world->conf || scrape_get(world->conf->rules.http, "/metrics", METRICS_TIMEOUT_MS,
                                       &status, &body) != 0)
                return false;
        told = scrape_sum(body, "vigil_rules_rule_set_hash", "", &number);
        free(body);
        if (told)
                snprintf(ret, ALERT_RULE_SET_BYTES, "%0*llx", VERSION_DIGITS,
                         (unsigned long long)number);
        return told;
}

/* The version of --rules; without that option, the version in force. */
static void version_find(struct explain_alert *explain) {
        struct explain_world *world = explain->world;

        if (world->options->rules && explain_world_rules(world) == CLI_DONE)
                snprintf(explain->loaded, sizeof(explain->loaded), "%s",
                         rule_set_version(world->rules));
        else if (!world->options->rules)
                (void)version_in_force(world, explain->loaded);
}

bool explain_same_rules(const struct explain_alert *explain) {
        return strncmp(explain->loaded, explain->transitions[0].rule_set, VERSION_DIGITS) == 0;
}

static int alerts_read(struct explain_alert *explain) {
        const struct explain_options *options = explain->world->options;

        return options->alerts ? file_read(explain, options->alerts, alert_take)
                               : topic_read(explain, "alerts", alert_take);
}

static int ledger_read(struct explain_alert *explain) {
        const struct explain_options *options = explain->world->options;

        if (!options->ledger && options->alerts)
                return 0; /* alerts from a file, no ledger named */
        explain->ledger_read = true;
        return options->ledger ? file_read(explain, options->ledger, ledger_take)
                               : topic_read(explain, "ledger", ledger_take);
}

static enum cli_exit not_found(const struct explain_alert *explain) {
        const struct explain_options *options = explain->world->options;

        if (options->alerts)
                cli_tell(explain->world->cli, "%s has no alert %s", options->alerts,
                         explain->alert_id);
        else
                cli_tell(
                        explain->world->cli,
                        "no alert %s in vigil.alerts (never raised, or expired); vigil watch lists "
                        "open alerts, --alerts FILE reads saved ones",
                        explain->alert_id);
        return CLI_BAD;
}

/* Show times in the district's zone if the registry is available, otherwise in the site's. */
static void zone_find(struct explain_alert *explain) {
        struct explain_world *world = explain->world;
        const struct registry_elder *elder = NULL;

        if (world->options->registry && explain_world_registry(world) == CLI_DONE)
                elder = registry_elder(world->registry, explain->transitions[0].elder_id);
        explain->zone = explain_world_zone(world, elder ? elder->district : "");
}

enum cli_exit explain_alert_make(struct explain_alert *ret, struct explain_world *world,
                                 const char *alert_id) {
        int r;

        *ret = (struct explain_alert){.world = world, .alert_id = alert_id};
        ret->transitions = calloc(EXPLAIN_TRANSITIONS_MAX, sizeof(*ret->transitions));
        ret->ledger = calloc(EXPLAIN_LEDGER_MAX, sizeof(*ret->ledger));
        r = ret->transitions && ret->ledger ? alerts_read(ret) : err_raise(-ENOMEM);
        if (r < 0)
                return cli_fail(world->cli, r);
        if (ret->transition_count == 0)
                return not_found(ret);
        r = ledger_read(ret);
        if (r < 0)
                return cli_fail(world->cli, r);
        zone_find(ret);
        version_find(ret);
        return CLI_DONE;
}

void explain_alert_fini(struct explain_alert *explain) {
        free(explain->transitions);
        free(explain->ledger);
}
