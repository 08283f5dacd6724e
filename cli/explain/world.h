/* SPDX-License-Identifier: MIT
 *
 * What an explanation is about: rules with their origins, registry and ladders, from files or of this site.
 *
 * Thread: main. Blocks: reads files; asks Kafka when told to.
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
        const char *rules;    /* file or folder; NULL: rules.files of the configuration */
        const char *registry; /* folder of CSV files; NULL: vigil.registry */
        const char *ladders;  /* escalation.yaml; NULL: of the configuration, or beside the rules */
        const char *time_zone; /* NULL: of the configuration, or UTC */
        const char *elder;     /* NULL: nobody in particular */
        const char *alerts;    /* JSON lines of vigil.alerts; NULL: Kafka */
        const char *ledger;    /* JSON lines of vigil.ledger; NULL: Kafka, or none beside a file */
        int64_t now_ms;
        int timeout_ms;
        const struct language *language;
        bool json;
};

struct explain_world {
        const struct explain_options *options;
        struct cli *cli;
        struct conf *conf; /* NULL: none is needed or there is none */
        struct rule_set *rules;
        struct lang_origins origins;
        struct registry *registry; /* NULL: not asked for */
        struct ladders *ladders;   /* NULL: there are none */
        const char *time_zone;     /* of the site */
        struct zone *site;         /* its zone */
        struct zone *place;        /* of explain_world_zone(); NULL: it has none of its own */
        char *ladders_beside;
};

/* The configuration, where there is one, and the site's time zone. Complaints are printed.
 * Return: CLI_DONE, or what to exit with. */
enum cli_exit explain_world_open(struct explain_world *world, struct cli *cli,
                                 const struct explain_options *options);
void explain_world_close(struct explain_world *world);

/* The same of the rules with their ladders, and of the registry. */
enum cli_exit explain_world_rules(struct explain_world *world);
enum cli_exit explain_world_registry(struct explain_world *world);

/* The zone of a district, or the site's. Valid until it is asked for another one. */
const struct zone *explain_world_zone(struct explain_world *world, const char *district);

/* "2026-11-24 03:12:07.120 +08:00" into @ret[EXPLAIN_TIME_BYTES]. */
const char *explain_time(const struct zone *zone, int64_t time_ms, char *ret);

#endif
