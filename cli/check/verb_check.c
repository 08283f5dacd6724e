/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/check/ladders_beside.h"
#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/registry/registry_csv.h"
#include "common/base/clock.h"
#include "common/language/say.h"
#include "rules/lang/check.h"
#include "rules/lang/lang.h"
#include "rules/lang/schema.h"

enum { OPTION_LADDERS = 256, OPTION_REGISTRY, OPTION_SCHEMA, OPTION_STRICT };

struct check {
        const char **paths;
        size_t path_count;
        const char *ladders_path;
        char *ladders_beside;      /* default path, owned; or NULL */
        const char *registry_path; /* folder of CSV files, or NULL */
        struct registry *registry;
        bool strict;
        struct conf *conf; /* or NULL */
};

/* Use configs/escalation.yaml for configs/rules if that file exists: a working copy is then checked with the ladders
 * it will be used with, without a configuration. Return: 0, or -1 when out of memory. */
static int ladders_find(struct check *check) {
        check->ladders_beside = ladders_beside(check->paths[0]);
        if (!check->ladders_beside)
                return -1;
        if (access(check->ladders_beside, F_OK) == 0)
                check->ladders_path = check->ladders_beside;
        return 0;
}

static enum cli_exit what_to_check(struct cli *cli, struct check *check) {
        if (check->path_count == 0 || cli->conf_path) {
                enum cli_exit left = cli_conf_load(cli, &check->conf);

                if (left != CLI_DONE)
                        return left;
        }
        if (check->path_count == 0) {
                check->paths[0] = check->conf->rules.files;
                check->path_count = 1;
        }
        if (!check->ladders_path && check->conf)
                check->ladders_path = check->conf->alerting.ladders;
        if (!check->ladders_path && ladders_find(check) < 0)
                return CLI_BAD;
        return CLI_DONE;
}

/* If the registry itself has errors, report only those: names in rules cannot be checked against it. */
static enum cli_exit registry_read(struct cli *cli, struct check *check) {
        struct registry_csv_result result;
        struct diag *diag = NULL;
        int r = cli_diag_new(cli, &diag);

        if (r == 0)
                r = registry_new(&check->registry);
        if (r == 0)
                r = registry_csv_load(check->registry_path, check->registry, diag, &result);
        if (r == REGISTRY_CSV_REFUSED)
                cli_diag_print(cli, diag);
        diag_free(diag);
        return r == 0 ? CLI_DONE : r < 0 ? cli_fail(cli, r) : CLI_BAD;
}

static enum cli_exit check_run(struct cli *cli, struct check *check) {
        enum cli_exit left = what_to_check(cli, check);

        if (left == CLI_DONE && check->registry_path)
                left = registry_read(cli, check);
        if (left != CLI_DONE)
                return left;

        const struct lang_check_options options = {
                .load =
                        {
                                .paths = check->paths,
                                .path_count = check->path_count,
                                .registry = check->registry,
                                .time_zone = check->conf ? check->conf->site.time_zone : NULL,
                                .now_ms = clock_wall_ms(),
                        },
                .ladders_path = check->ladders_path,
                .strict = check->strict,
                .colour = cli->colour,
                .json = cli->json,
                .language = cli->language,
        };

        return (enum cli_exit)lang_check(&options, stdout);
}

_Static_assert((int)LANG_CHECK_FINE == (int)CLI_DONE && (int)LANG_CHECK_BAD == (int)CLI_BAD &&
                       (int)LANG_CHECK_WARNED == (int)CLI_WARNINGS,
               "lang_check() answers with exit codes");

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct check check = {.paths = NULL};
        enum cli_exit left;
        int option;

        while ((option = cli_option_next(cli, argc, argv)) >= 0) {
                if (option == OPTION_LADDERS)
                        check.ladders_path = optarg;
                else if (option == OPTION_REGISTRY)
                        check.registry_path = optarg;
                else if (option == OPTION_STRICT)
                        check.strict = true;
                else if (option == OPTION_SCHEMA)
                        return lang_schema_print(stdout) == 0 ? CLI_DONE : CLI_BAD;
        }
        if (option == CLI_OPTION_LEFT)
                return cli_option_exit(cli);

        check.paths = calloc((size_t)(argc - optind) + 1, sizeof(*check.paths));
        if (!check.paths) {
                cli_tell(cli, "out of memory");
                return CLI_BAD;
        }
        for (; optind < argc; optind++)
                check.paths[check.path_count++] =
                        strcmp(argv[optind], "-") == 0 ? "/dev/stdin" : argv[optind];

        left = check_run(cli, &check);
        free(check.paths);
        free(check.ladders_beside);
        registry_free(check.registry);
        conf_free(check.conf);
        return left;
}

static const struct cli_option options[] = {
        {OPTION_LADDERS, "ladders", "FILE", N_("escalation.yaml, for the ladder names of page:")},
        {OPTION_REGISTRY, "registry", "FOLDER",
         N_("warn about districts, conditions, tags, rooms, devices and elders missing from its "
            "CSV files")},
        {OPTION_SCHEMA, "schema", NULL,
         N_("print the JSON schema of rule files for editors, then exit")},
        {OPTION_STRICT, "strict", NULL, N_("fail on warnings too (exit code 3)")},
        {0, NULL, NULL, NULL},
};

static const struct cli_example examples[] = {
        {"vigil check", N_("the rules of this site")},
        {"vigil check configs/rules", N_("a working copy, with its overrides.d")},
        {"vigil check - < 30-vitals.yaml", N_("from an editor")},
        {"vigil check --json configs/rules", N_("for editors: a list of {file, line, column, …}")},
        {NULL, NULL},
};

const struct cli_verb verb_check = {
        .name = "check",
        .group = CLI_GROUP_RULES,
        .summary = N_("check rule files and report every error in them"),
        .usage = "check [--strict] [--ladders FILE] [--registry FOLDER] [FILE|FOLDER|-]...\ncheck "
                 "--schema",
        .examples = examples,
        .details = N_("Reads all files and reports all errors; needs no server and changes "
                      "nothing. Without a path it checks the rules and ladders of the "
                      "configuration. Without --ladders and --config it uses the escalation.yaml "
                      "beside the first path; if there is none, any ladder name is "
                      "accepted.\n\nEvery message has a code: vigil help R012 explains it."),
        .options = options,
        .run = run,
};
