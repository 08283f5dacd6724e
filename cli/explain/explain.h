/* SPDX-License-Identifier: MIT
 *
 * `vigil explain`: why is it so? Of a rule: what holds for one elder and where each value comes from. Of an
 * alert: what led to it and what became of it. Nothing is changed.
 *
 *      world.c         rules with their origins, registry, ladders: from files or of this site
 *      rule.c          what holds; rule_table.c and rule_json.c print it
 *      alert.c         what is recorded; alert_table.c and alert_json.c print it
 *
 * Thread: main. Blocks: reads files; asks Kafka when told to.
 */
#ifndef VIGIL_CLI_EXPLAIN_EXPLAIN_H
#define VIGIL_CLI_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "alerting/route/route.h"
#include "cli/command/cli.h"
#include "common/alert.h"
#include "common/registry.h"
#include "rules/eval/engine.h"
#include "rules/eval/set/day_slot.h"
#include "rules/lang/lang.h"
#include "rules/lang/origins.h"

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
        bool english;
        bool json;
};

/* --- the world --------------------------------------------------------------------------------------- */

struct explain_world {
        const struct explain_options *options;
        struct cli *cli;
        struct conf *conf; /* NULL: none is needed or there is none */
        struct rule_set *rules;
        struct lang_origins origins;
        struct registry *registry; /* NULL: not asked for */
        struct ladders *ladders;   /* NULL: there are none */
        struct zones *zones;
        char *ladders_beside;
};

/* The configuration, where there is one, and the site's time zone. Complaints are printed.
 * Return: CLI_DONE, or what to exit with. */
enum cli_exit world_open(struct explain_world *world, struct cli *cli,
                         const struct explain_options *options);
void world_close(struct explain_world *world);

/* The same of the rules with their ladders, and of the registry. */
enum cli_exit world_rules(struct explain_world *world);
enum cli_exit world_registry(struct explain_world *world);

/* The zone of a district, or the site's. */
const struct zone *world_zone(struct explain_world *world, const char *district);

/* "2026-11-24 03:12:07.120 +08:00" into @ret[EXPLAIN_TIME_BYTES]. */
const char *explain_time(const struct zone *zone, int64_t time_ms, char *ret);

/* One of the two; both are checked as formats where it is used as one. */
const char *explain_say(bool english, const char *zh, const char *en)
        __attribute__((format_arg(2), format_arg(3)));

/* --- a rule ------------------------------------------------------------------------------------------ */

enum { EXPLAIN_LAYERS_MAX = 2 + DISTRICT_DEPTH_MAX, EXPLAIN_SELECTORS_MAX = 8 };

/* One value that holds. */
struct explain_setting {
        const struct lang_origin *origin;
        const struct lang_source *layer;  /* the override it comes from; NULL: the rule */
        const struct lang_origin *former; /* what it replaces; NULL: nothing */
};

/* One question a rule asks of an elder. */
struct explain_selector {
        const struct lang_origin *origin;
        char has[256]; /* what the elder is */
        bool passes;
};

struct explain_rule {
        struct explain_world *world;
        const struct rule *rule;
        uint32_t index;
        const struct lang_source *source;

        const struct registry_elder *elder; /* NULL: for nobody in particular */
        struct elder_profile profile;
        const struct zone *zone;
        struct calendar calendar;

        /* Overrides that hold, farthest first; then those that ended or give way. */
        const struct lang_source *layers[EXPLAIN_LAYERS_MAX];
        size_t layer_count;
        const struct lang_source *ended[EXPLAIN_LAYERS_MAX];
        size_t ended_count;
        bool contradictory; /* together they made no sense: the nearest alone holds */

        struct explain_setting *settings;
        size_t setting_count;
        struct rule_condition condition; /* all of it, as the engine judges */

        struct explain_selector selectors[EXPLAIN_SELECTORS_MAX];
        size_t selector_count;
        bool applies;

        const struct ladder *ladder; /* NULL: pages nobody, or no ladders are known */
        struct recipient first[ROUTE_RECIPIENTS_MAX];
        size_t first_count;
};

/* Return: CLI_DONE and *ret (explain_rule_fini()), or what to exit with; complained about. */
enum cli_exit explain_rule_make(struct explain_rule *ret, struct explain_world *world,
                                const char *rule_id);
void explain_rule_fini(struct explain_rule *explain);

/* The slot of @slots in force now, or -1. */
int explain_slot_now(const struct explain_rule *explain, const struct day_slot *slots,
                     uint8_t count);

/* "city", "district gongshu", "elder E0042" into @ret[64]; the rule for NULL. */
const char *explain_whose(const struct lang_source *layer, bool english, char *ret);

void explain_rule_table(const struct explain_rule *explain, FILE *out);
int explain_rule_json(const struct explain_rule *explain, FILE *out);

/* --- an alert ------------------------------------------------------------------------------------------ */

/* More of one alert than that are not shown. */
enum { EXPLAIN_TRANSITIONS_MAX = 64, EXPLAIN_LEDGER_MAX = 512 };

struct explain_ledger {
        char type[24];
        char recipient[REGISTRY_ID_BYTES];
        char role[24];
        char by[REGISTRY_ID_BYTES];
        char reason[48];
        int64_t time_ms;
        int step, attempt;
};

struct explain_alert {
        struct explain_world *world;
        const char *alert_id;
        struct alert *transitions; /* in the order they were told, each once */
        size_t transition_count;
        struct explain_ledger *ledger; /* in the order it was written */
        size_t ledger_count;
        bool ledger_read;
        const struct zone *zone;
        char loaded
                [RULE_SET_VERSION_BYTES]; /* of the rules there are now, or its begin; "": not known */
};

/* Did the rules there are now judge it? */
bool explain_same_rules(const struct explain_alert *explain);

enum cli_exit explain_alert_make(struct explain_alert *ret, struct explain_world *world,
                                 const char *alert_id);
void explain_alert_fini(struct explain_alert *explain);

void explain_alert_table(const struct explain_alert *explain, FILE *out);
int explain_alert_json(const struct explain_alert *explain, FILE *out);

#endif
