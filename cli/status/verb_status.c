/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/status/scrape.h"
#include "cli/term/table.h"
#include "common/base/err.h"
#include "common/language/say.h"

enum { OPTION_WATCH = 256, TIMEOUT_MS = 2000, FIGURES_MAX = 16 };

enum figure_type {
        FIGURE_COUNT,
        FIGURE_TIMES, /* p50 / p99 of a histogram */
        FIGURE_AGE,   /* a Unix time, displayed as an age */
};

struct figure {
        const char *label;
        const char *key; /* name in JSON */
        enum figure_type type;
        const char *metric;
        const char *labels;
};

static const struct figure ingest_figures[] = {
        {N_("MQTT sessions connected"), "mqtt_connected", FIGURE_COUNT,
         "vigil_ingest_mqtt_connected", ""},
        {N_("devices registered"), "devices", FIGURE_COUNT, "vigil_ingest_registry_devices", ""},
        {N_("events, alarm lane"), "events_alarm", FIGURE_COUNT, "vigil_ingest_events_total",
         "lane=\"alarm\""},
        {N_("events, telemetry lane"), "events_telemetry", FIGURE_COUNT,
         "vigil_ingest_events_total", "lane=\"telemetry\""},
        {N_("messages in quarantine"), "quarantined", FIGURE_COUNT,
         "vigil_ingest_quarantined_total", ""},
        {N_("records waiting for Kafka"), "outstanding", FIGURE_COUNT,
         "vigil_ingest_kafka_outstanding", ""},
        {N_("received to Kafka, alarm lane"), "received_to_kafka", FIGURE_TIMES,
         "vigil_ingest_received_to_kafka_seconds", "lane=\"alarm\""},
        {NULL, NULL, FIGURE_COUNT, NULL, NULL},
};

static const struct figure rules_figures[] = {
        {N_("elders"), "elders", FIGURE_COUNT, "vigil_rules_elders", ""},
        {N_("rules in force"), "rules", FIGURE_COUNT, "vigil_rules_rules", ""},
        {N_("rule files last taken"), "reload", FIGURE_AGE,
         "vigil_rules_last_reload_success_timestamp_seconds", ""},
        {N_("lag, alarm lane (records)"), "lag_alarm", FIGURE_COUNT,
         "vigil_rules_consumer_lag_records", "events.alarm"},
        {N_("lag, telemetry lane (records)"), "lag_telemetry", FIGURE_COUNT,
         "vigil_rules_consumer_lag_records", "events.telemetry"},
        {N_("events judged"), "events", FIGURE_COUNT, "vigil_rules_events_total", ""},
        {N_("alert records in Kafka"), "alerts", FIGURE_COUNT,
         "vigil_rules_alerts_acknowledged_total", ""},
        {N_("deaf partitions (no MQTT)"), "deaf_partitions", FIGURE_COUNT,
         "vigil_rules_deaf_partitions", ""},
        {N_("degraded (without Redis)"), "degraded", FIGURE_COUNT, "vigil_rules_degraded", ""},
        {N_("received to judged"), "received_to_judged", FIGURE_TIMES,
         "vigil_rules_received_to_judged_seconds", ""},
        {NULL, NULL, FIGURE_COUNT, NULL, NULL},
};

static const struct figure alerting_figures[] = {
        {N_("open alerts nobody holds"), "open_unacked", FIGURE_COUNT, "vigil_alerting_alerts_open",
         "state=\"unacked\""},
        {N_("open alerts in somebody's hands"), "open_held", FIGURE_COUNT,
         "vigil_alerting_alerts_open", "state=\"held\""},
        {N_("oldest that nobody holds"), "oldest_unacked", FIGURE_AGE,
         "vigil_alerting_oldest_unacked_alert_timestamp_seconds", ""},
        {N_("alerts without a next action"), "unowned", FIGURE_COUNT,
         "vigil_alerting_unowned_alerts", ""},
        {N_("pagers connected"), "connected", FIGURE_COUNT, "vigil_alerting_connected_endpoints",
         ""},
        {N_("pages sent"), "pages_sent", FIGURE_COUNT, "vigil_alerting_pages_total",
         "result=\"sent\""},
        {N_("pages accepted"), "pages_accepted", FIGURE_COUNT, "vigil_alerting_pages_total",
         "result=\"accepted\""},
        {N_("event to page"), "event_to_page", FIGURE_TIMES, "vigil_alerting_event_to_page_seconds",
         ""},
        {N_("alert to first accept"), "time_to_ack", FIGURE_TIMES,
         "vigil_alerting_time_to_ack_seconds", ""},
        {NULL, NULL, FIGURE_COUNT, NULL, NULL},
};

struct program {
        const char *name;
        const char *address; /* NULL: not configured */
        const struct figure *figures;
        /* Metric: 1 while the program uses the files on disk, 0 while it rejects them; or NULL. */
        const char *taken;
};

/* Result for one program. */
struct finding {
        bool reached, ready;
        char why[256];
        char refused[512]; /* why the files on disk are rejected; "": they are in use */
        char *metrics;     /* owned; NULL when not reached */
};

/* --- asking ---------------------------------------------------------------------------------------------- */

/* Detect a program that is ready but rejects the files on disk. @note: second line of its readiness response, or
 * "". */
static void refused_find(const struct cli *cli, const struct program *program, const char *note,
                         struct finding *ret) {
        double value;

        if (!program->taken || !ret->metrics ||
            !scrape_sum(ret->metrics, program->taken, "", &value) || value != 0)
                return;
        snprintf(ret->refused, sizeof(ret->refused), "%s",
                 note[0] ? note
                         : say(cli->language, "its files are refused; the previous ones stay in "
                                              "force; see its log"));
}

static void ask(const struct cli *cli, const struct program *program, struct finding *ret) {
        char *body = NULL;
        int status = 0;

        *ret = (struct finding){0};
        if (!program->address) {
                snprintf(ret->why, sizeof(ret->why),
                         say(cli->language, "%s.http is not configured"), program->name);
                return;
        }
        if (scrape_get(program->address, "/-/ready", TIMEOUT_MS, &status, &body) < 0) {
                snprintf(ret->why, sizeof(ret->why), "%s", err_why());
                return;
        }
        ret->reached = true;
        ret->ready = status == 200;
        snprintf(ret->why, sizeof(ret->why), "%.*s", (int)strcspn(body, "\r\n"), body);

        char *note = strchr(body, '\n'), *metrics = NULL;

        note = note ? note + 1 : body + strlen(body);
        note[strcspn(note, "\r\n")] = '\0';
        if (scrape_get(program->address, "/metrics", TIMEOUT_MS, &status, &metrics) == 0)
                ret->metrics = metrics;
        refused_find(cli, program, note, ret);
        free(body);
}

/* --- showing --------------------------------------------------------------------------------------------- */

enum { TIME_BYTES = 32 };

static const char *time_text(int64_t us, char ret[TIME_BYTES]) {
        if (us >= 1000000)
                snprintf(ret, TIME_BYTES, "%.1f s", (double)us / 1e6);
        else
                snprintf(ret, TIME_BYTES, "%.*f ms", us < 10000 ? 1 : 0, (double)us / 1e3);
        return ret;
}

static const char *age_text(const struct language *language, double unix_s, char ret[TIME_BYTES]) {
        double age_s = difftime(time(NULL), (time_t)unix_s);

        if (unix_s <= 0)
                snprintf(ret, TIME_BYTES, "-");
        else if (age_s < 120)
                snprintf(ret, TIME_BYTES, say(language, "%.0f s ago"), age_s < 0 ? 0 : age_s);
        else if (age_s < 7200)
                snprintf(ret, TIME_BYTES, say(language, "%.0f min ago"), age_s / 60);
        else
                snprintf(ret, TIME_BYTES, say(language, "%.1f h ago"), age_s / 3600);
        return ret;
}

static void figure_row(const struct language *language, struct term_table *table,
                       const struct figure *figure, const char *metrics) {
        char text[TIME_BYTES], other[TIME_BYTES];
        int64_t p50_us, p99_us;
        double value;

        if (figure->type == FIGURE_TIMES) {
                if (!scrape_quantiles(metrics, figure->metric, figure->labels, &p50_us, &p99_us))
                        return;
                term_table_row(table);
                term_table_cell(table, "%s", say(language, figure->label));
                term_table_cell(table, say(language, "p50 %s, p99 %s"), time_text(p50_us, text),
                                time_text(p99_us, other));
                return;
        }
        if (!scrape_sum(metrics, figure->metric, figure->labels, &value))
                return;
        term_table_row(table);
        term_table_cell(table, "%s", say(language, figure->label));
        if (figure->type == FIGURE_AGE)
                term_table_cell(table, "%s", age_text(language, value, text));
        else if (value < 0) /* docs/metrics.md: an unknown lag is negative */
                term_table_cell(table, "-");
        else
                term_table_cell(table, "%.0f", value);
}

static int figures_print(const struct language *language, const struct figure *figure,
                         const char *metrics) {
        static const struct term_table_column columns[] = {{NULL, 34, false}, {NULL, 0, false}};
        struct term_table *table =
                term_table_new("  ", columns, sizeof(columns) / sizeof(columns[0]));
        int r;

        for (; figure->label; figure++)
                figure_row(language, table, figure, metrics);
        r = term_table_print(table, stdout);
        term_table_free(table);
        return r;
}

static int finding_print(const struct cli *cli, const struct program *program,
                         const struct finding *finding) {
        bool good = finding->ready && !finding->refused[0];
        const char *colour = !cli->colour ? "" : good ? "\033[32m" : "\033[1;31m";
        const char *word = good               ? N_("ready")
                           : finding->ready   ? N_("FILES REFUSED")
                           : finding->reached ? N_("NOT READY")
                                              : N_("NOT REACHED");

        printf("%s%-9s %s%s", colour, program->name, say(cli->language, word),
               cli->colour ? "\033[0m" : "");
        printf("  %s\n", good             ? program->address
                         : finding->ready ? finding->refused
                                          : finding->why);
        if (!finding->ready && finding->refused[0])
                printf("  %s\n", finding->refused);
        return finding->metrics ? figures_print(cli->language, program->figures, finding->metrics)
                                : 0;
}

static void finding_json(const struct program *program, const struct finding *finding, bool first) {
        printf("%s\"%s\":{\"reached\":%s,\"ready\":%s", first ? "" : ",", program->name,
               finding->reached ? "true" : "false", finding->ready ? "true" : "false");
        if (finding->reached && program->taken)
                printf(",\"files_refused\":%s", finding->refused[0] ? "true" : "false");
        for (const struct figure *figure = program->figures; finding->metrics && figure->label;
             figure++) {
                int64_t p50_us, p99_us;
                double value;

                if (figure->type == FIGURE_TIMES) {
                        if (scrape_quantiles(finding->metrics, figure->metric, figure->labels,
                                             &p50_us, &p99_us))
                                printf(",\"%s_p50_ms\":%.3f,\"%s_p99_ms\":%.3f", figure->key,
                                       (double)p50_us / 1e3, figure->key, (double)p99_us / 1e3);
                } else if (scrape_sum(finding->metrics, figure->metric, figure->labels, &value)) {
                        printf(",\"%s\":%.0f", figure->key, value);
                }
        }
        printf("}");
}

static enum cli_exit screen(const struct cli *cli, const struct conf *conf) {
        const struct program programs[] = {
                {"ingest", conf->ingest.http, ingest_figures, NULL},
                {"rules", conf->rules.http, rules_figures, "vigil_rules_last_reload_successful"},
                {"alerting", conf->alerting.http, alerting_figures,
                 "vigil_alerting_config_last_reload_successful"},
        };
        enum cli_exit result = CLI_DONE;
        int r = 0;

        if (cli->json)
                printf("{");
        for (size_t i = 0; r == 0 && i < sizeof(programs) / sizeof(programs[0]); i++) {
                struct finding finding;

                ask(cli, &programs[i], &finding);
                if (cli->json)
                        finding_json(&programs[i], &finding, i == 0);
                else
                        r = finding_print(cli, &programs[i], &finding);
                if (!finding.reached)
                        result = CLI_UNREACHABLE;
                else if ((!finding.ready || finding.refused[0]) && result == CLI_DONE)
                        result = CLI_BAD;
                free(finding.metrics);
        }
        if (cli->json)
                printf("}\n");
        return r < 0 ? cli_fail(cli, r) : result;
}

/* --- the verb -------------------------------------------------------------------------------------------- */

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct conf *conf = NULL;
        long long watch_s = 0;
        enum cli_exit result;
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (!cli_number(cli, "--watch", optarg, 1, 3600, &watch_s))
                        return CLI_USAGE;
        }
        if (optind != argc)
                return cli_usage(cli, "unexpected argument \"%s\"", argv[optind]);
        result = cli_conf_load(cli, &conf);
        if (result != CLI_DONE)
                return result;
        do {
                if (watch_s && !cli->json)
                        printf(cli->colour ? "\033[H\033[2J" : "\n");
                result = screen(cli, conf);
                fflush(stdout);
                if (watch_s && !cli_interrupted())
                        poll(NULL, 0, (int)watch_s * 1000);
        } while (watch_s && !cli_interrupted());
        conf_free(conf);
        return watch_s ? CLI_INTERRUPTED : result;
}

static const struct cli_option options[] = {
        {OPTION_WATCH, "watch", "SECONDS", N_("repeat every SECONDS until Ctrl-C")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil status", N_("exit code 0 only if all programs are ready")},
        {"vigil status --watch 2", N_("refresh every 2 seconds")},
        {NULL, NULL},
};

const struct cli_verb verb_status = {
        .name = "status",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("show for each program: ready or not, lag, latency"),
        .usage = "status [--watch SECONDS] [--json]",
        .examples = examples,
        .details = N_("Exit code 4 if a program does not answer; 1 if a program is not ready, or "
                      "rejected the files on disk and still uses the previous ones (the first "
                      "error is shown)."),
        .options = options,
        .run = run,
};
