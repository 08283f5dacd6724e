/* SPDX-License-Identifier: MIT
 *
 * The data of an explanation: rules with their origins, registry and ladders, from files or from this site.
 *
 * Thread: main. Blocks: reads files; explain_world_registry() may read Kafka, up to the timeout.
 */
#ifndef VIGIL_CLI_EXPLAIN_WORLD_H
#define VIGIL_CLI_EXPLAIN_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "alerting/route/ladder.h"
#include "cli/command/verb.h"
#include "common/registry/registry.h"
#include "common/base/zone.h"
#include "rules/lang/lang.h"
#include "rules/lang/origins.h"

struct language;

enum { EXPLAIN_TIME_BYTES = 40 };

struct explain_options {
        const char *rules;     /* file or folder; NULL: rules.files of the configuration */
        const char *registry;  /* folder of CSV files; NULL: vigil.registry */
        const char *ladders;   /* NULL: of the configuration, or beside the rules */
        const char *time_zone; /* NULL: of the configuration, or UTC */
        const char *elder;     /* NULL: no elder */
        const char *alerts;    /* JSON lines of vigil.alerts; NULL: Kafka */
        const char *ledger;    /* JSON lines; NULL: Kafka, or none if alerts is set */
        int64_t now_ms;
        int timeout_ms;
        const struct language *language;
        bool json;
};

struct explain_world {
        const struct explain_options *options;
        struct cli *cli;
        struct conf *conf; /* NULL: not needed and not found */
        struct rule_set *rules;
        struct lang_origins origins;
        struct registry *registry; /* NULL: not loaded */
        struct ladders *ladders;   /* NULL: none found */
        const char *time_zone;     /* of the site */
        struct zone *site;         /* zone of time_zone */
        struct zone *place;        /* last zone of explain_world_zone(), or NULL */
        char *ladders_beside;
};

/* Load the configuration, unless files make it unnecessary and none is found, and open the site's time zone. An alert
 * needs other files than a rule: @of_alert. Errors are reported. @options must outlive @world. Return: CLI_DONE, or the exit code. Call explain_world_close() in
 * either case. */
enum cli_exit explain_world_open(struct explain_world *world, struct cli *cli,
                                 const struct explain_options *options, bool of_alert);
void explain_world_close(struct explain_world *world);

/* Load the rules with their ladders; load the registry. Errors are reported. Return: CLI_DONE, or the exit code. */
enum cli_exit explain_world_rules(struct explain_world *world);
enum cli_exit explain_world_registry(struct explain_world *world);

/* The time zone of @district, or the site's. Valid until the next call. */
const struct zone *explain_world_zone(struct explain_world *world, const char *district);

/* Write "2026-11-24 03:12:07.120 +08:00" to @ret[EXPLAIN_TIME_BYTES]. Return: @ret. */
const char *explain_time(const struct zone *zone, int64_t time_ms, char *ret);

#endif
