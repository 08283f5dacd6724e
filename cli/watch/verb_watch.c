/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <zmq.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/term/text.h"
#include "cli/watch/feed_client.h"
#include "common/base/clock.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum {
        ID_DISTRICT = 'd',
        ID_SEVERITY = 's',
        ID_KEYS = 256,
        ID_AS,
        ID_LANG,
        LOST_MS = 5000, /* five heartbeats missed */
        MARK_CELLS = 4, /* width of "◆ 1 ", before the severity's word */
};

/* The feed of one alerting process. */
struct source {
        struct feed_client *client;
        /* Silence at the time of the last message about it; 0: the feed is not lost. */
        int64_t lost_told_ms;
        bool instances_told;
};

struct watch {
        struct cli *cli;
        struct source sources[CONF_INSTANCES_MAX];
        int source_count;
        const char *district; /* or NULL */
        int severity;         /* this severity and higher */
        bool tty;
        bool lost_shown; /* the last line shows that a feed is lost */
};

/* --- a line ---------------------------------------------------------------------------------------- */

static const struct {
        const char *change, *text;
} changes[] = {
        {"open", NC_("change", "open")},
        {"raised", NC_("change", "raised")},
        {"repeated", NC_("change", "repeated")},
        {"severity_changed", NC_("change", "severity")},
        {"cleared", NC_("change", "cleared")},
        {"cancelled", NC_("change", "cancelled")},
        {"paged", NC_("change", "paged")},
        {"received", NC_("change", "received")},
        {"delivered", NC_("change", "delivered")},
        {"accepted", NC_("change", "accepted")},
        {"declined", NC_("change", "declined")},
        {"no_answer", NC_("change", "no answer")},
        {"arrived", NC_("change", "arrived")},
        {"escalated", NC_("change", "escalated")},
        {"stand_down", NC_("change", "stand-down")},
        {"closed", NC_("change", "closed")},
};

static const char *change_word(const char *change, const struct language *language) {
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
                if (strcmp(changes[i].change, change) == 0)
                        return say_as(language, "change", changes[i].text);
        return change;
}

static const char *response_word(const char *response, const struct language *language) {
        static const char *const words[][2] = {
                {"unacked", NC_("response", "unacked")},
                {"acked", NC_("response", "acked")},
                {"dispatched", NC_("response", "dispatched")},
                {"on_scene", NC_("response", "on scene")},
                {"closed", NC_("response", "closed")},
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i][0], response) == 0)
                        return say_as(language, "response", words[i][1]);
        return response;
}

static void time_write(char *ret, size_t ret_bytes, int64_t time_ms) {
        time_t seconds = (time_t)((time_ms ? time_ms : clock_wall_ms()) / 1000);
        struct tm tm;

        localtime_r(&seconds, &tm);
        strftime(ret, ret_bytes, "%H:%M:%S", &tm);
}

/* The holder of the alert; otherwise those paged. */
static void people_write(const struct watch *watch, const struct feed_book_alert *alert, char *ret,
                         size_t ret_bytes) {
        ret[0] = '\0';
        if (alert->holder[0]) {
                snprintf(ret, ret_bytes, "→ %s", alert->holder);
                return;
        }
        for (int i = 0; i < alert->people_count; i++) {
                size_t used = strlen(ret);

                snprintf(ret + used, ret_bytes - used, "%s%s", i ? " " : "☎ ", alert->people[i]);
        }
        if (alert->reason[0] && alert->people_count == 0)
                snprintf(ret, ret_bytes, "%s", alert->reason);
}

static void marks_write(const struct watch *watch, const struct feed_book_alert *alert, char *ret,
                        size_t ret_bytes) {
        char age[32];
        size_t used = 0;

        ret[0] = '\0';
        if (alert->drill)
                used = (size_t)snprintf(ret, ret_bytes, "TEST ");
        if (alert->late_ms >= 60000) {
                text_age(age, sizeof(age), alert->late_ms, watch->cli->language);
                used += (size_t)snprintf(ret + used, ret_bytes - used,
                                         say(watch->cli->language, "%s old "), age);
        }
        if (alert->repeats > 0)
                snprintf(ret + used, ret_bytes - used, "×%d ", alert->repeats + 1);
}

static void line_print(const struct watch *watch, const char *change, int64_t time_ms,
                       const struct feed_book_alert *alert) {
        const char *title =
                language_reads_chinese(watch->cli->language) ? alert->title_zh : alert->title_en;
        char time[16], severity[64], line[1024] = "", people[256], marks[64], what[320];

        time_write(time, sizeof(time), time_ms);
        snprintf(severity, sizeof(severity), "%s %d %s", text_severity_mark(alert->severity),
                 (int)alert->severity, text_severity_word(alert->severity, watch->cli->language));
        people_write(watch, alert, people, sizeof(people));
        marks_write(watch, alert, marks, sizeof(marks));
        snprintf(what, sizeof(what), "%s%s", marks, title[0] ? title : alert->rule);

        text_column(line, sizeof(line), change_word(change, watch->cli->language), 11, true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), alert->elder_id, 8, true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), what, 28, true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), alert->district, 9, true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), response_word(alert->response, watch->cli->language), 11,
                    true);
        strncat(line, " ", sizeof(line) - strlen(line) - 1);
        text_column(line, sizeof(line), people, 60, false);

        char padded[96] = "";

        text_column(padded, sizeof(padded), severity,
                    MARK_CELLS + text_severity_cells(watch->cli->language), true);
        if (watch->cli->colour)
                printf("%s \033[%sm%s\033[0m %s\n", time, text_severity_colour(alert->severity),
                       padded, line);
        else
                printf("%s %s %s\n", time, padded, line);
}

/* --- the feed ----------------------------------------------------------------------------------------- */

static void lost_line_end(struct watch *watch) {
        if (watch->lost_shown && watch->tty)
                fputs("\r\033[K", stderr);
        watch->lost_shown = false;
}

static void on_change(void *context, const char *change, int64_t time_ms,
                      const struct feed_book_alert *alert, const char *json, size_t json_bytes) {
        struct watch *watch = context;

        if ((watch->district && strcmp(watch->district, alert->district) != 0) ||
            (int)alert->severity > watch->severity)
                return;
        lost_line_end(watch);
        if (!watch->cli->json) {
                line_print(watch, change, time_ms ? time_ms : alert->raised_time_ms, alert);
        } else if (time_ms == 0) { /* from a snapshot: @json is the state only */
                printf("{\"change\":\"open\",\"alert\":%.*s}\n", (int)json_bytes, json);
        } else {
                printf("%.*s\n", (int)json_bytes, json);
        }
        if (watch->tty && alert->severity == SEVERITY_CRITICAL && strcmp(change, "raised") == 0)
                fputc('\a', stdout);
        fflush(stdout);
}

/* Name of the feed; "" when there is only one. */
static const char *source_name(const struct watch *watch, const struct source *source) {
        return watch->source_count > 1 ? feed_client_endpoint(source->client) : "";
}

static void source_check(struct watch *watch, struct source *source, int64_t now_mono_ms) {
        int64_t silent_ms = feed_client_silent_ms(source->client, now_mono_ms);
        const char *name = source_name(watch, source);

        if (silent_ms < LOST_MS) {
                if (source->lost_told_ms) {
                        lost_line_end(watch);
                        fprintf(stderr, "%s%s%s\n", name, name[0] ? " " : "",
                                say(watch->cli->language, "the feed is back"));
                }
                source->lost_told_ms = 0;
        } else if (watch->tty) {
                source->lost_told_ms = silent_ms;
        } else if (silent_ms >= 2 * source->lost_told_ms) {
                /* Not on a terminal: a line after 5, 10, 20, 40 … seconds. */
                fprintf(stderr,
                        say(watch->cli->language, "%s%sfeed lost %lld s ago, reconnecting\n"), name,
                        name[0] ? " " : "", (long long)(silent_ms / 1000));
                source->lost_told_ms = silent_ms;
        }
}

/* On a terminal: one line with the number of lost feeds, updated in place. */
static void lost_line(struct watch *watch) {
        int64_t longest_ms = 0;
        int lost = 0;
        char which[48] = "";

        for (int i = 0; i < watch->source_count; i++) {
                lost += watch->sources[i].lost_told_ms > 0;
                if (watch->sources[i].lost_told_ms > longest_ms)
                        longest_ms = watch->sources[i].lost_told_ms;
        }
        if (lost == 0 || !watch->tty)
                return;
        if (watch->source_count > 1)
                snprintf(which, sizeof(which), say(watch->cli->language, "%d of %d: "), lost,
                         watch->source_count);
        fprintf(stderr, "\r\033[K%s", watch->cli->colour_messages ? "\033[1;97;41m" : "");
        fprintf(stderr, say(watch->cli->language, "%sfeed lost %lld s ago, reconnecting"), which,
                (long long)(longest_ms / 1000));
        fputs(watch->cli->colour_messages ? "\033[0m" : "", stderr);
        watch->lost_shown = true;
}

/* Warn once if this configuration lists fewer processes than the site has: the alerts of the others are not shown. */
static void instances_check(struct watch *watch, struct source *source) {
        int instances = feed_book_instances(feed_client_book(source->client));

        if (source->instances_told || instances <= watch->source_count)
                return;
        source->instances_told = true;
        lost_line_end(watch);
        fprintf(stderr,
                say(watch->cli->language,
                    "%d alerting processes are running, but this configuration lists %d: alerts of "
                    "the others are not shown here; see alerting.instances in vigil.yaml(5)\n"),
                instances, watch->source_count);
}

/* A lost feed must not look as if there were no alerts. */
static void lost_check(struct watch *watch, int64_t now_mono_ms) {
        for (int i = 0; i < watch->source_count; i++) {
                source_check(watch, &watch->sources[i], now_mono_ms);
                instances_check(watch, &watch->sources[i]);
        }
        lost_line(watch);
}

static enum cli_exit watch_loop(struct watch *watch) {
        struct pollfd fds[2 * CONF_INSTANCES_MAX];
        int raw[2];

        for (int i = 0; i < watch->source_count; i++) {
                feed_client_fds(watch->sources[i].client, raw);
                for (int j = 0; j < 2; j++)
                        fds[2 * i + j] = (struct pollfd){.fd = raw[j], .events = POLLIN};
        }
        while (!cli_interrupted()) {
                int wait_ms = LOST_MS;

                for (int i = 0; i < watch->source_count; i++) {
                        int due_ms = feed_client_turn(watch->sources[i].client, clock_mono_ms());

                        if (due_ms < 0)
                                return cli_fail(watch->cli, due_ms);
                        wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
                }
                lost_check(watch, clock_mono_ms());
                poll(fds, 2 * (nfds_t)watch->source_count, wait_ms);
        }
        lost_line_end(watch);
        return CLI_INTERRUPTED;
}

static int sources_open(struct watch *watch, struct feed_client_options *options,
                        const struct conf *conf) {
        int r = 0;

        for (size_t i = 0; i < conf->alerting.instance_count && r == 0; i++) {
                options->feed = conf->alerting.instances[i].feed;
                options->snapshot = conf->alerting.instances[i].snapshot;
                r = feed_client_new(&watch->sources[i].client, options, clock_mono_ms());
                watch->source_count += r == 0;
        }
        return r;
}

static enum cli_exit watch_with(struct watch *watch, const struct conf *conf, const char *dir,
                                const char *id) {
        struct curve_pair keys;
        char server_public[CURVE_TEXT_BYTES];
        struct feed_client_options options = {
                .keys = &keys,
                .server_public = server_public,
                .change = on_change,
                .context = watch,
        };
        enum cli_exit result;
        int r;

        dir = dir ? dir : conf->alerting.keys;
        r = curve_read(&keys, dir, id);
        if (r == 0)
                r = curve_read_server(server_public, dir);
        if (r < 0)
                return cli_fail(watch->cli, r);
        options.zmq = zmq_ctx_new();
        if (!options.zmq)
                return cli_fail(watch->cli, -zmq_errno());
        r = sources_open(watch, &options, conf);
        result = r < 0 ? cli_fail(watch->cli, r) : watch_loop(watch);
        for (int i = 0; i < watch->source_count; i++)
                feed_client_free(watch->sources[i].client);
        zmq_ctx_term(options.zmq);
        return result;
}

/* --- the verb ------------------------------------------------------------------------------------------- */

static bool severity_read(const struct cli *cli, const char *text, int *ret) {
        for (int severity = SEVERITY_CRITICAL; severity <= SEVERITY_INFO; severity++)
                if (strcmp(text, severity_name((enum severity)severity)) == 0 ||
                    strcmp(text, text_severity_word((enum severity)severity, cli->language)) == 0 ||
                    (text[0] == '0' + severity && !text[1])) {
                        *ret = severity;
                        return true;
                }
        cli_usage(cli, "\"%s\" is not a severity: critical, major, minor, info, or 1 to 4", text);
        return false;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct watch watch = {
                .cli = cli,
                .severity = SEVERITY_INFO,
                .tty = isatty(STDOUT_FILENO),
        };
        const char *dir = NULL, *as = "monitor";
        struct conf *conf = NULL;
        enum cli_exit result;
        bool good = true;
        int id;

        while (good && (id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (id == ID_DISTRICT)
                        watch.district = optarg;
                else if (id == ID_SEVERITY)
                        good = severity_read(cli, optarg, &watch.severity);
                else if (id == ID_KEYS)
                        dir = optarg;
                else if (id == ID_AS)
                        as = optarg;
                else
                        good = cli_language_read(cli, optarg);
        }
        if (!good)
                return CLI_USAGE;
        if (optind < argc)
                return cli_usage(cli, "unexpected argument \"%s\"", argv[optind]);
        result = cli_conf_load(cli, &conf);
        if (result == CLI_DONE)
                result = watch_with(&watch, conf, dir, as);
        conf_free(conf);
        return result;
}

static const struct cli_option options[] = {
        {ID_DISTRICT, "district", "ID", N_("only this district")},
        {ID_SEVERITY, "min-severity", "LEVEL",
         N_("this severity and higher: critical, major, minor, info, or 1 to 4")},
        {ID_AS, "as", "ID", N_("id of the key to use, role monitor or desk (default: monitor)")},
        {ID_KEYS, "keys", "DIR", N_("folder of ID.key and server.pub (default: alerting.keys)")},
        {ID_LANG, "lang", "LANGUAGE", N_("language, for example en or zh (default: by LANG)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil watch", N_("all open alerts, then every change")},
        {"vigil watch -d grid-3 -s critical", N_("one district, critical alerts only")},
        {"vigil watch --json | jq .alert.elder", N_("for scripts")},
        {NULL, NULL},
};

const struct cli_verb verb_watch = {
        .name = "watch",
        .group = CLI_GROUP_ALARMS,
        .summary = N_("follow the live feed, one line for each change"),
        .usage = "watch [--district ID] [--min-severity LEVEL] [--as ID] [--keys DIR] [--lang "
                 "LANGUAGE]",
        .examples = examples,
        .details = N_("Prints the open alerts first, then every change. No change is missed: after "
                      "a gap or a restart it requests what it did not receive. If an alerting "
                      "process (alerting.instances) is silent for 5 s, it says so until the feed "
                      "is back. A new critical alert rings the terminal's bell."),
        .options = options,
        .run = run,
};
