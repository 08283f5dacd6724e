/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/sim/run.h"
#include "cli/sim/world/neighbourhood_csv.h"
#include "cli/sim/world/setup.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/language/say.h"

enum {
        ID_REGISTRY = 256,
        ID_KEYS,
        ID_OVERRIDES,
        ID_ELDERS,
        ID_GRIDS,
        ID_SEED,
        ID_RATE,
        ID_FOR,
        ID_WARM_UP,
        ID_ALLOW_LATE,
        ID_STORIES,
        ID_STORM,
        ID_STORM_KINDS,
        ID_PEOPLE,
        ID_LEAVE,
        ID_STATE,
        ID_LEDGER,
        ID_CLIENT_ID,
        ID_LANG,
        ID_QUIET,
};

struct sim_args {
        const char *registry, *keys, *overrides, *stories;
        struct neighbourhood_options hood;
        struct sim_options run;
        bool no_stories;
};

static bool duration_read(const struct cli *cli, const char *text, int64_t *ret_ms) {
        static const struct {
                const char *unit;
                int64_t ms;
        } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
        char *end;
        long long number = strtoll(text, &end, 10);

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (end != text && number >= 0 && number <= 1000000000 &&
                    strcmp(end, units[i].unit) == 0) {
                        *ret_ms = number * units[i].ms;
                        return true;
                }
        cli_usage(cli, "\"%s\" is not a duration: write a whole number and ms, s, m or h", text);
        return false;
}

static bool rate_read(const struct cli *cli, const char *what, const char *text, double *ret) {
        char *end;
        double number = strtod(text, &end);

        if (end == text || *end || !(number >= 0) || number > 1e6) {
                cli_usage(cli, "%s must be a number from 0 to 1000000, not \"%s\"", what, text);
                return false;
        }
        *ret = number;
        return true;
}

static bool whole_read(const struct cli *cli, const char *what, long long min, long long max,
                       int *ret) {
        long long number;

        if (!cli_number(cli, what, optarg, min, max, &number))
                return false;
        *ret = (int)number;
        return true;
}

/* Return: false after a usage error, which has been reported. */
static bool number_take(const struct cli *cli, int id, struct sim_args *args) {
        long long seed;

        switch (id) {
        case ID_ELDERS:
                return whole_read(cli, "--elders", NEIGHBOURHOOD_CAST, 1000000, &args->hood.elders);
        case ID_GRIDS:
                return whole_read(cli, "--grids", 1, 2000, &args->hood.grids);
        case ID_PEOPLE:
                return whole_read(cli, "--people", 0, 1000000, &args->run.people);
        case ID_SEED:
                if (!cli_number(cli, "--seed", optarg, 0, LLONG_MAX, &seed))
                        return false;
                args->hood.seed = (uint64_t)seed;
                return true;
        case ID_RATE:
                return rate_read(cli, "--rate", optarg, &args->run.rate);
        case ID_STORM:
                return rate_read(cli, "--storm", optarg, &args->run.storm);
        case ID_FOR:
                return duration_read(cli, optarg, &args->run.for_ms);
        case ID_ALLOW_LATE:
                return duration_read(cli, optarg, &args->run.allow_late_ms);
        default:
                return duration_read(cli, optarg, &args->run.warm_up_ms);
        }
}

static bool option_take(struct cli *cli, int id, struct sim_args *args) {
        const struct {
                int id;
                const char **text;
        } texts[] = {
                {ID_REGISTRY, &args->registry},
                {ID_KEYS, &args->keys},
                {ID_OVERRIDES, &args->overrides},
                {ID_STORIES, &args->stories},
                {ID_STORM_KINDS, &args->run.storm_kinds},
                {ID_LEAVE, &args->run.leave},
                {ID_STATE, &args->run.state},
                {ID_LEDGER, &args->run.ledger},
                {ID_CLIENT_ID, &args->run.client_id},
        };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                if (texts[i].id == id) {
                        *texts[i].text = optarg;
                        return true;
                }
        if (id == ID_QUIET) {
                args->run.quiet = true;
                return true;
        }
        if (id == ID_LANG) {
                if (!cli_language_read(cli, optarg))
                        return false;
                args->run.language = cli->language;
                return true;
        }
        return number_take(cli, id, args);
}

/* --- stories -------------------------------------------------------------------------------------- */

static const char *stories_path(const char *asked) {
        static const char *const places[] = {"configs/stories.yaml", "/etc/vigil/stories.yaml"};

        for (size_t i = 0; !asked && i < sizeof(places) / sizeof(places[0]); i++)
                if (access(places[i], F_OK) == 0)
                        return places[i];
        return asked;
}

/* Return: CLI_DONE and *ret (NULL: no file found and none named), or the exit code. */
static enum cli_exit stories_open(const struct cli *cli, const char *asked,
                                  const struct neighbourhood *hood, struct stories **ret) {
        const char *path = stories_path(asked);
        struct diag *diag = NULL;
        int r;

        if (!path || strcmp(path, "none") == 0)
                return CLI_DONE;
        r = cli_diag_new(cli, &diag);
        if (r < 0)
                return cli_fail(cli, r);
        r = story_load(ret, path, hood, diag);
        cli_diag_print(cli, diag);
        if (r < 0 && diag_errors(diag) == 0)
                cli_fail(cli, r);
        diag_free(diag);
        return r == 0 ? CLI_DONE : CLI_BAD;
}

/* --- writing ----------------------------------------------------------------------------------------- */

static enum cli_exit overrides_write(const struct cli *cli, const struct sim_args *args,
                                     const struct neighbourhood *hood) {
        struct stories *stories = NULL;
        enum cli_exit result = stories_open(cli, args->stories, hood, &stories);
        int r;

        if (result != CLI_DONE)
                return result;
        if (!stories) {
                cli_tell(cli, "no stories to write overrides for: give --stories FILE");
                return CLI_USAGE;
        }
        r = story_write_overrides(stories, args->overrides, clock_wall_ms());
        stories_free(stories);
        if (r < 0)
                return cli_fail(cli, r);
        printf(say(cli->language, "wrote %s/stories.yaml\n"), args->overrides);
        return CLI_DONE;
}

static enum cli_exit setup_do(const struct cli *cli, const struct sim_args *args,
                              const struct neighbourhood *hood) {
        int r = 0;

        if (args->registry) {
                r = neighbourhood_csv_write(hood, args->registry);
                if (r < 0)
                        return cli_fail(cli, r);
                printf(say(cli->language, "wrote %zu elders, %zu devices, %zu contacts, %zu teams, "
                                          "%d districts to %s\n"),
                       hood->elder_count, hood->device_count, hood->contact_count, hood->team_count,
                       hood->grids, args->registry);
        }
        if (args->keys) {
                r = setup_write_keys(hood, args->keys);
                if (r < 0)
                        return cli_fail(cli, r);
                printf(say(cli->language, "wrote %d key pairs to %s\n"), r, args->keys);
        }
        return args->overrides ? overrides_write(cli, args, hood) : CLI_DONE;
}

/* --- running ------------------------------------------------------------------------------------------ */

static int password_read(const char *path, char *ret, size_t ret_bytes) {
        FILE *file = fopen(path, "re");
        bool got;

        if (!file)
                return err_raise_why(-errno, "cannot read %s", path);
        got = fgets(ret, (int)ret_bytes, file) != NULL;
        fclose(file);
        if (!got)
                return err_raise_why(-EINVAL, "%s is empty", path);
        ret[strcspn(ret, "\r\n")] = '\0';
        return 0;
}

static enum cli_exit run_with(struct cli *cli, struct sim_args *args, const struct conf *conf) {
        char password[256] = "";
        int r = 0;

        if (conf->mqtt.password_file)
                r = password_read(conf->mqtt.password_file, password, sizeof(password));
        if (r < 0)
                return cli_fail(cli, r);
        args->run.mqtt_host = conf->mqtt.host;
        args->run.mqtt_port = conf->mqtt.port;
        args->run.mqtt_user = conf->mqtt.user;
        args->run.mqtt_password = conf->mqtt.password_file ? password : NULL;
        args->run.pages = args->run.people ? conf : NULL;
        args->run.keys = args->keys ? args->keys : conf->alerting.keys;
        args->run.colour = cli->colour_messages;
        args->run.interrupted = cli_interrupted;

        r = sim_run(&args->run, stdout);
        if (r == -EINTR)
                return CLI_INTERRUPTED;
        return r < 0 ? cli_fail(cli, r) : r == SIM_FAILED ? CLI_BAD : CLI_DONE;
}

static enum cli_exit run_do(struct cli *cli, struct sim_args *args,
                            const struct neighbourhood *hood) {
        struct conf *conf = NULL;
        struct stories *stories = NULL;
        enum cli_exit result = cli_conf_load(cli, &conf);

        if (result == CLI_DONE)
                result = stories_open(cli, args->stories, hood, &stories);
        args->run.hood = hood;
        args->run.stories = stories;
        args->run.seed = args->hood.seed;
        if (result == CLI_DONE)
                result = run_with(cli, args, conf);
        stories_free(stories);
        conf_free(conf);
        return result;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct sim_args args = {
                .hood = {NEIGHBOURHOOD_SEED, NEIGHBOURHOOD_ELDERS, NEIGHBOURHOOD_GRIDS},
                .run = {.rate = 200,
                        .people = NEIGHBOURHOOD_ELDERS,
                        .storm_kinds = "sos,smoke,gas",
                        .client_id = "vigil-sim",
                        .language = cli->language},
        };
        struct neighbourhood *hood = NULL;
        enum cli_exit result;
        int id, r;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (!option_take(cli, id, &args))
                        return CLI_USAGE;
        }
        if (optind < argc)
                return cli_usage(cli, "unexpected argument \"%s\"", argv[optind]);

        r = neighbourhood_new(&hood, &args.hood);
        if (r < 0)
                return cli_fail(cli, r);
        if (args.registry || args.overrides)
                result = setup_do(cli, &args, hood);
        else
                result = run_do(cli, &args, hood);
        neighbourhood_free(hood);
        return result;
}

static const struct cli_option options[] = {
        {ID_REGISTRY, "registry", "DIR",
         N_("write the neighbourhood's CSV files to DIR, then exit")},
        {ID_OVERRIDES, "overrides", "DIR",
         N_("write the stories' rule overrides to DIR, then exit")},
        {ID_KEYS, "keys", "DIR",
         N_("with --registry or --overrides: write new keys for everybody; otherwise read them "
            "(default: alerting.keys)")},
        {ID_ELDERS, "elders", "N", N_("number of elders (default: 300)")},
        {ID_GRIDS, "grids", "N", N_("number of districts, each with a gateway (default: 6)")},
        {ID_SEED, "seed", "N", N_("random seed of the neighbourhood")},
        {ID_RATE, "rate", "N", N_("events per second (default: 200)")},
        {ID_FOR, "for", "DURATION",
         N_("stop after this time, wait for outstanding answers, print the result")},
        {ID_WARM_UP, "warm-up", "DURATION", N_("exclude pages of this first period from latency")},
        {ID_ALLOW_LATE, "allow-late", "DURATION",
         N_("allow pages to be this late, for runs in which programs are killed")},
        {ID_STORIES, "stories", "FILE",
         N_("stories to play (default: configs/stories.yaml); none: no stories")},
        {ID_STORM, "storm", "N", N_("random alarms per second")},
        {ID_STORM_KINDS, "storm-kinds", "LIST",
         N_("kinds: sos,smoke,gas,fall (default: sos,smoke,gas)")},
        {ID_PEOPLE, "people", "N",
         N_("families of the first N elders have pagers (default: 300); 0: nobody has one")},
        {ID_LEAVE, "leave", "ID",
         N_("do not simulate this recipient: a person answers with vigil pager")},
        {ID_STATE, "state", "DIR",
         N_("keep unconfirmed alarms in DIR and resend them after a restart")},
        {ID_LEDGER, "ledger", "FILE",
         N_("append each event, receipt and page to FILE as a JSON line")},
        {ID_CLIENT_ID, "client-id", "ID",
         N_("MQTT client id of the gateways (default: vigil-sim)")},
        {ID_LANG, "lang", "LANGUAGE", N_("language, for example en or zh (default: by LANG)")},
        {ID_QUIET, "quiet", NULL, N_("print the result only")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil sim --registry configs/registry", N_("write the sample registry")},
        {"vigil sim --registry r --keys keys --overrides rules/overrides.d",
         N_("everything a demo needs")},
        {"vigil sim --for 30s", N_("play the stories, then judge; exit code 0 if all went well")},
        {"vigil sim --stories none --storm 20 --rate 2000 --for 60s",
         N_("a load test with alarms")},
        {NULL, NULL},
};

const struct cli_verb verb_sim = {
        .name = "sim",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("simulate a neighbourhood: gateways, people with pagers, stories"),
        .usage = "sim --registry DIR [--keys DIR] [--overrides DIR] [--elders N] [--grids N]\n"
                 "sim [--rate N] [--for DURATION] [--stories FILE] [--storm N] [--state DIR] …",
        .examples = examples,
        .details = N_("It publishes through one MQTT session per district, as a home gateway does, "
                      "keeps every alarm until it has the receipt of ingest, and simulates every "
                      "recipient with a real key and connection. It knows which pages each alarm "
                      "must lead to. The last line of standard output is the result as JSON; the "
                      "exit code is 0 only if no page is missing, doubled or unexpected."),
        .options = options,
        .run = run,
};
