/* SPDX-License-Identifier: MIT
 *
 * Two uses of recorded events: compare two rule sets on them (cli/backtest/), or replay them into Kafka
 * (cli/replay/replay_send.c).
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backtest/backtest.h"
#include "cli/command/cli.h"
#include "cli/command/time_text.h"
#include "cli/command/verbs.h"
#include "cli/replay/replay_send.h"
#include "common/language/say.h"

enum {
        OPTION_EVENTS = 256,
        OPTION_FROM,
        OPTION_TO,
        OPTION_REGISTRY,
        OPTION_TIME_ZONE,
        OPTION_OPERATORS,
        OPTION_VERDICTS,
        OPTION_VERDICT_WINDOW,
        OPTION_BUDGET,
        OPTION_WINDOW,
        OPTION_TOP,
        OPTION_REPORT,
        OPTION_KEEP,
        OPTION_SORT,
        OPTION_LANG,
        OPTION_DRY_RUN,
        OPTION_TIMEOUT,

        TIMEOUT_DEFAULT_S = 30,
        TOP_DEFAULT = 20,
        MINUTE_MS = 60 * 1000,
        /* Longer than the hold of a rule, shorter than the time between two events that a person would tell apart. */
        WINDOW_DEFAULT_MIN = 30,
        /* A person asked by phone remembers the time to within a few minutes. */
        VERDICT_WINDOW_DEFAULT_MIN = 10,
};

struct asked {
        struct backtest_options backtest;
        const char *from, *to;
        bool dry_run;
        long long timeout_s;
};

/* --- options ---------------------------------------------------------------------------------------- */

static bool minutes_read(struct cli *cli, const char *what, int64_t *ret_ms) {
        long long minutes;

        if (!cli_number(cli, what, optarg, 0, 7 * 24 * 60, &minutes))
                return false;
        *ret_ms = minutes * MINUTE_MS;
        return true;
}

static bool whole_read(struct cli *cli, const char *what, long long min, uint32_t *ret) {
        long long number;

        if (!cli_number(cli, what, optarg, min, 100000000, &number))
                return false;
        *ret = (uint32_t)number;
        return true;
}

static bool budget_read(struct cli *cli, double *ret) {
        char *end;
        double budget = strtod(optarg, &end);

        if (*end || end == optarg || strspn(optarg, "0123456789.") != strlen(optarg)) {
                cli_usage(cli,
                          "--budget must be false fall alerts per person and week, as in 0.2, not "
                          "\"%s\"",
                          optarg);
                return false;
        }
        *ret = budget;
        return true;
}

static bool form_read(struct cli *cli) {
        if (strcmp(optarg, "json") != 0 && strcmp(optarg, "table") != 0) {
                cli_usage(cli, "-o must be table or json, not \"%s\"", optarg);
                return false;
        }
        cli->json = optarg[0] == 'j';
        return true;
}

/* Options whose text is stored unparsed. Return: where to store it, or NULL. */
static const char **text_option(struct asked *asked, int id) {
        switch (id) {
        case OPTION_EVENTS:
                return &asked->backtest.events;
        case OPTION_FROM:
                return &asked->from;
        case OPTION_TO:
                return &asked->to;
        case OPTION_REGISTRY:
                return &asked->backtest.registry;
        case OPTION_TIME_ZONE:
                return &asked->backtest.time_zone;
        case OPTION_VERDICTS:
                return &asked->backtest.verdicts;
        case OPTION_REPORT:
                return &asked->backtest.report;
        case OPTION_KEEP:
                return &asked->backtest.keep;
        default:
                return NULL;
        }
}

static bool option_take(struct cli *cli, struct asked *asked, int id) {
        const char **text = text_option(asked, id);

        if (text) {
                *text = optarg;
                return true;
        }
        switch (id) {
        case 'o':
                return form_read(cli);
        case OPTION_OPERATORS:
                return whole_read(cli, "--operators", 1, &asked->backtest.operators);
        case OPTION_TOP:
                return whole_read(cli, "--top", 0, &asked->backtest.top);
        case OPTION_WINDOW:
                return minutes_read(cli, "--window", &asked->backtest.window_ms);
        case OPTION_VERDICT_WINDOW:
                return minutes_read(cli, "--verdict-window", &asked->backtest.verdict_window_ms);
        case OPTION_BUDGET:
                return budget_read(cli, &asked->backtest.budget_per_week);
        case OPTION_LANG:
                if (!cli_language_read(cli, optarg))
                        return false;
                asked->backtest.language = cli->language;
                return true;
        case OPTION_SORT:
                asked->backtest.sort = true;
                return true;
        case OPTION_DRY_RUN:
                asked->dry_run = true;
                return true;
        default:
                return cli_number(cli, "--timeout", optarg, 1, 3600, &asked->timeout_s);
        }
}

/* --- the backtest ----------------------------------------------------------------------------------- */

/* A date without a time is midnight of the site. */
static bool moment_read(struct cli *cli, const char *what, const char *text, const char *zone_name,
                        int64_t *ret_ms) {
        struct zone *zone = NULL;

        if (!time_text_parse(text, ret_ms)) {
                cli_usage(cli,
                          "%s must be as in 2026-11-01 or 2026-11-01T08:00:00+08:00, not \"%s\"",
                          what, text);
                return false;
        }
        if (strlen(text) == strlen("2026-11-01") && zone_name && zone_open(&zone, zone_name) == 0)
                *ret_ms -= (int64_t)zone_offset_s(zone, *ret_ms) * 1000;
        zone_close(zone);
        return true;
}

static enum cli_exit asked_check(struct cli *cli, const struct asked *asked) {
        const struct backtest_options *options = &asked->backtest;

        if (asked->dry_run)
                return cli_usage(cli, "--dry-run only applies to replaying a file into Kafka");
        if (!options->events && !(asked->from && asked->to))
                return cli_usage(cli, "missing events: --events FILE, or --from T --to T for what "
                                      "Kafka still has");
        if (!isnan(options->budget_per_week) && !options->verdicts)
                return cli_usage(
                        cli,
                        "--budget requires --verdicts FILE, which says which alerts were false");
        return CLI_DONE;
}

static enum cli_exit backtest(struct cli *cli, struct asked *asked, char **operands) {
        struct backtest_options *options = &asked->backtest;
        struct conf *conf = NULL;
        enum cli_exit result = asked_check(cli, asked);

        /* With an events file the configuration is optional; if there is one, its time zone is the default. */
        if (result == CLI_DONE && (!options->events || cli_conf_there(cli)))
                result = cli_conf_load(cli, &conf);
        if (result != CLI_DONE)
                return result;
        options->conf = conf;
        options->timeout_ms = (int)asked->timeout_s * 1000;
        for (int side = 0; operands && side < TWIN_SIDES; side++)
                options->rules[side] = operands[side];
        if (!options->time_zone && conf)
                options->time_zone = conf->site.time_zone;
        if ((asked->from &&
             !moment_read(cli, "--from", asked->from, options->time_zone, &options->from_ms)) ||
            (asked->to &&
             !moment_read(cli, "--to", asked->to, options->time_zone, &options->to_ms)))
                result = CLI_USAGE;
        else if (options->from_ms >= options->to_ms)
                result = cli_usage(cli, "--to must be after --from");
        else if (operands)
                result = backtest_run(cli, options);
        else
                result = backtest_save(cli, options);
        conf_free(conf);
        return result;
}

/* --- the verb ----------------------------------------------------------------------------------------- */

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct asked asked = {
                .backtest =
                        {
                                .from_ms = INT64_MIN,
                                .to_ms = INT64_MAX,
                                .window_ms = WINDOW_DEFAULT_MIN * MINUTE_MS,
                                .verdict_window_ms = VERDICT_WINDOW_DEFAULT_MIN * MINUTE_MS,
                                .top = TOP_DEFAULT,
                                .budget_per_week = NAN,
                                .language = cli->language,
                        },
                .timeout_s = TIMEOUT_DEFAULT_S,
        };
        bool from_where;
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (!option_take(cli, &asked, id))
                        return CLI_USAGE;
        }
        from_where = asked.backtest.events || asked.from || asked.to;
        switch (argc - optind) {
        case 0:
                if (asked.backtest.keep && from_where)
                        return backtest(cli, &asked, NULL);
                break;
        case 1:
                if (!from_where)
                        return replay_send(cli, argv[optind], asked.dry_run, asked.timeout_s);
                break;
        case 2:
                return backtest(cli, &asked, argv + optind);
        default:
                break;
        }
        return cli_usage(
                cli, from_where ? "expected two rule sets: the old and the new one"
                                : "expected a file to replay (or -), or two rule sets to compare");
}

static const struct cli_option options[] = {
        {OPTION_EVENTS, "events", "FILE", N_("events: JSON lines or kept frames; - reads a pipe")},
        {OPTION_FROM, "from", "TIME",
         N_("count alerts from this time on; without --events read Kafka")},
        {OPTION_TO, "to", "TIME", N_("count alerts until this time, silence included")},
        {OPTION_SORT, "sort", NULL, N_("sort the file by received time first")},
        {OPTION_REGISTRY, "registry", "FOLDER", N_("registry as CSV files (docs/registry.md)")},
        {OPTION_TIME_ZONE, "time-zone", "NAME",
         N_("time zone of the site (default: of vigil.yaml; UTC)")},
        {OPTION_OPERATORS, "operators", "N",
         N_("operators at the desk (default: one for each 1,000 elders seen)")},
        {OPTION_VERDICTS, "verdicts", "FILE",
         N_("CSV of elder,time,verdict,rule; verdict: real or false")},
        {OPTION_VERDICT_WINDOW, "verdict-window", "MINUTES",
         N_("match a verdict to an alert within this time (default: 10)")},
        {OPTION_BUDGET, "budget", "X",
         N_("allowed false fall alerts per person and week; above it: exit code 1")},
        {OPTION_WINDOW, "window", "MINUTES",
         N_("treat alerts within this time as the same, moved (default: 30)")},
        {OPTION_TOP, "top", "N", N_("rows of the longer tables (default: 20)")},
        {'o', "output", "FORM", N_("table or json (--json)")},
        {OPTION_REPORT, "report", "FILE", N_("also write an HTML report with charts")},
        {OPTION_KEEP, "keep", "FILE",
         N_("also save the events as frames, which are faster to read")},
        {OPTION_LANG, "lang", "LANGUAGE", N_("language, for example en or zh (default: by LANG)")},
        {OPTION_DRY_RUN, "dry-run", NULL,
         N_("when replaying a file: check every line, publish nothing")},
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for Kafka (default: 30)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil replay configs/rules /tmp/rules --from 2026-10-01 --to 2026-11-01",
         N_("a month from Kafka")},
        {"vigil replay old new --events oct.frames --registry configs/registry",
         N_("read from a file")},
        {"vigil replay old new --events night.jsonl --sort", N_("lines printed by vigil tap")},
        {"vigil replay old new --events oct.frames --report oct.html", N_("with an HTML report")},
        {"vigil replay old new --events oct.frames --verdicts v.csv --budget 0.2", N_("for CI")},
        {"vigil replay --from 2026-10-01 --to 2026-11-01 --keep oct.frames",
         N_("save a month of events")},
        {"xz -dc oct.jsonl.xz | vigil replay old new --events -", N_("compressed lines")},
        {"vigil tap events -e > night.jsonl", N_("record events")},
        {"vigil replay night.jsonl", N_("replay them into this site")},
        {"vigil tap quarantine -e | vigil replay -", N_("replay rejected frames after the fix")},
        {NULL, NULL},
};

const struct cli_verb verb_replay = {
        .name = "replay",
        .group = CLI_GROUP_RULES,
        .summary = N_("compare two rule sets on recorded events, or replay events"),
        .usage = "replay OLD NEW --events FILE|- [--registry FOLDER] [--from TIME] [--to TIME]\n"
                 "replay OLD NEW --from TIME --to TIME\n"
                 "replay --keep FILE --events FILE|--from TIME --to TIME\n"
                 "replay FILE|- [--dry-run] [--timeout SECONDS]",
        .examples = examples,
        .details = N_(
                "With two rule sets: a backtest. Both rule sets judge the same events in one pass, "
                "with the live engine and a clock driven by received time. The result lists alerts "
                "gained, lost and moved, by rule and by elder; the load of the desk against "
                "ISA-18.2 and EEMUA 191; with --verdicts, false alerts per person and week. Exit "
                "code 1 if the budget is exceeded, a rule set has errors or a line cannot be read. "
                "Example: docs/backtest.md.\n\nWith one file: its lines become frames as ingest "
                "makes them and go to the same partitions in order. They keep their times, so the "
                "rules judge old events as late. A bad line is reported and skipped, and the exit "
                "code is 1. From vigil tap quarantine it replays the frames that rules rejected; "
                "an MQTT message that ingest rejected contains no event and counts as a bad line."),
        .options = options,
        .run = run,
};
