/* SPDX-License-Identifier: MIT
 *
 * `vigil explain`. For a rule: the values that apply to one elder, and where each comes from. For an alert: what
 * led to it, and its pages and answers. It changes nothing.
 *
 *      world.c         loads rules with their origins, registry and ladders, from files or from this site
 *      rule.c          explains a rule; rule_table.c and rule_json.c print it
 *      alert.c         reads the records of an alert; alert_table.c and alert_json.c print them
 */
#include <string.h>

#include "cli/command/cli.h"
#include "cli/command/time_text.h"
#include "cli/command/verbs.h"
#include "cli/explain/alert.h"
#include "cli/explain/alert_json.h"
#include "cli/explain/alert_table.h"
#include "cli/explain/rule.h"
#include "cli/explain/rule_json.h"
#include "cli/explain/rule_table.h"
#include "common/base/clock.h"
#include "common/language/say.h"

enum {
        OPTION_ELDER = 256,
        OPTION_RULES,
        OPTION_REGISTRY,
        OPTION_LADDERS,
        OPTION_TIME_ZONE,
        OPTION_AT,
        OPTION_ALERTS,
        OPTION_LEDGER,
        OPTION_LANG,
        OPTION_TIMEOUT,
        TIMEOUT_DEFAULT_S = 30,
};

static bool at_read(struct cli *cli, int64_t *ret_ms) {
        if (time_text_parse(optarg, ret_ms))
                return true;
        cli_usage(cli, "\"%s\" is not a time; write for example 2026-11-24T03:00:00+08:00", optarg);
        return false;
}

static bool output_read(struct cli *cli, bool *ret_json) {
        *ret_json = strcmp(optarg, "json") == 0;
        if (*ret_json || strcmp(optarg, "table") == 0)
                return true;
        cli_usage(cli, "unknown output \"%s\"; one of: table, json", optarg);
        return false;
}

/* Return: false after a usage error, which has been reported. */
static bool option_read(struct cli *cli, int option, struct explain_options *ret) {
        long long seconds;

        switch (option) {
        case OPTION_ELDER:
                ret->elder = optarg;
                return true;
        case OPTION_RULES:
                ret->rules = optarg;
                return true;
        case OPTION_REGISTRY:
                ret->registry = optarg;
                return true;
        case OPTION_LADDERS:
                ret->ladders = optarg;
                return true;
        case OPTION_TIME_ZONE:
                ret->time_zone = optarg;
                return true;
        case OPTION_ALERTS:
                ret->alerts = optarg;
                return true;
        case OPTION_LEDGER:
                ret->ledger = optarg;
                return true;
        case OPTION_AT:
                return at_read(cli, &ret->now_ms);
        case OPTION_LANG:
                if (!cli_language_read(cli, optarg))
                        return false;
                ret->language = cli->language;
                return true;
        case 'o':
                return output_read(cli, &ret->json);
        default:
                if (!cli_number(cli, "--timeout", optarg, 1, 3600, &seconds))
                        return false;
                ret->timeout_ms = (int)seconds * 1000;
                return true;
        }
}

static bool is_alert_id(const char *text) {
        return strlen(text) == ALERT_ID_BYTES - 1 &&
               strspn(text, "0123456789abcdef") == ALERT_ID_BYTES - 1;
}

static enum cli_exit rule_run(struct explain_world *world, const char *rule_id) {
        struct explain_rule explain;
        enum cli_exit left = explain_world_rules(world);

        if (left == CLI_DONE && world->options->elder)
                left = explain_world_registry(world);
        if (left != CLI_DONE)
                return left;
        left = explain_rule_make(&explain, world, rule_id);
        if (left == CLI_DONE && !world->options->json)
                explain_rule_table(&explain, stdout);
        else if (left == CLI_DONE && explain_rule_json(&explain, stdout) < 0)
                left = CLI_BAD;
        explain_rule_fini(&explain);
        return left;
}

static enum cli_exit alert_run(struct explain_world *world, const char *alert_id) {
        struct explain_alert explain;
        enum cli_exit left = explain_alert_make(&explain, world, alert_id);

        if (left == CLI_DONE && !world->options->json)
                explain_alert_table(&explain, stdout);
        else if (left == CLI_DONE && explain_alert_json(&explain, stdout) < 0)
                left = CLI_BAD;
        explain_alert_fini(&explain);
        return left;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct explain_options asked = {.now_ms = clock_wall_ms(),
                                        .timeout_ms = TIMEOUT_DEFAULT_S * 1000,
                                        .language = cli->language};
        struct explain_world world;
        enum cli_exit left;
        bool of_alert;
        int option;

        while ((option = cli_option_next(cli, argc, argv)) >= 0)
                if (!option_read(cli, option, &asked))
                        return CLI_USAGE;
        if (option == CLI_OPTION_LEFT)
                return cli_option_exit(cli);
        if (argc - optind != 1)
                return cli_usage(cli, "expected one rule id or one alert id (32 hex digits)");
        asked.json |= cli->json;
        of_alert = is_alert_id(argv[optind]);
        left = explain_world_open(&world, cli, &asked, of_alert);
        if (left == CLI_DONE)
                left = of_alert ? alert_run(&world, argv[optind]) : rule_run(&world, argv[optind]);
        explain_world_close(&world);
        return left;
}

static const struct cli_option options[] = {
        {OPTION_ELDER, "elder", "ID", N_("show what applies to this elder")},
        {OPTION_RULES, "rules", "PATH", N_("rule files (default: rules.files of vigil.yaml)")},
        {OPTION_REGISTRY, "registry", "FOLDER", N_("registry as CSV files (default: Kafka)")},
        {OPTION_LADDERS, "ladders", "FILE",
         N_("escalation.yaml (default: the one beside the rules)")},
        {OPTION_TIME_ZONE, "time-zone", "NAME",
         N_("time zone of the site (default: of vigil.yaml; UTC)")},
        {OPTION_AT, "at", "TIME", N_("evaluate at this time (default: now)")},
        {OPTION_ALERTS, "alerts", "FILE",
         N_("JSON lines of vigil.alerts; - reads a pipe (default: Kafka)")},
        {OPTION_LEDGER, "ledger", "FILE", N_("JSON lines of vigil.ledger (default: Kafka)")},
        {'o', "output", "FORM", N_("table or json (--json)")},
        {OPTION_LANG, "lang", "LANGUAGE", N_("language, for example en or zh (default: by LANG)")},
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for Kafka (default: 30)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil explain heart-rate-high --elder E0042",
         N_("her limits, where they come from, until when")},
        {"vigil explain inactivity --elder E0042 --at 2026-12-01T23:30:00+08:00", NULL},
        {"vigil explain fall --elder E1 --rules configs/rules --registry configs/registry", NULL},
        {"vigil explain 5b8d9c9ae13b689dcc744dc8055322c5",
         N_("why this alert was raised and who was paged")},
        {"vigil tap alerts -e > a.jsonl; vigil explain ID --alerts a.jsonl",
         N_("read from a file")},
        {NULL, NULL},
};

const struct cli_verb verb_explain = {
        .name = "explain",
        .group = CLI_GROUP_RULES,
        .summary = N_("show where a rule's values come from, or what led to an alert"),
        .usage = "explain RULE [--elder ID] [--rules PATH] [--registry FOLDER] [--at TIME]\n"
                 "explain ALERT_ID [--alerts FILE] [--ledger FILE]",
        .examples = examples,
        .details = N_("For a rule: each value that applies to an elder, with the file, line and "
                      "column it comes from; the override it belongs to (city, district or elder), "
                      "its reason and its end; whether the rule applies to the elder, and if not, "
                      "which selector excludes it; the time slot in force; who would be paged now. "
                      "Exit code 1 if the rule or the elder does not exist.\n\nFor an alert: the "
                      "elder, the rule, device time and received time; the samples that led to it; "
                      "the limit in force and where it came from; the version of the rule set that "
                      "judged it, and whether that version is still in force; every transition, "
                      "page and answer. Exit code 1 if the alert is not found."),
        .options = options,
        .run = run,
};
