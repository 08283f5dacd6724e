/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "common/language/say.h"

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        if (cli_option_next(cli, argc, argv) != CLI_OPTION_END)
                return cli_option_exit(cli);
        if (cli->json)
                printf("{\"program\":\"vigil\",\"version\":\"%s\"}\n", VIGIL_VERSION);
        else
                printf("vigil %s\n", VIGIL_VERSION);
        return CLI_DONE;
}

static const struct cli_example examples[] = {
        {"vigil version --json", N_("for scripts")},
        {NULL, NULL},
};

const struct cli_verb verb_version = {
        .name = "version",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("print the version"),
        .usage = "version [--json]",
        .examples = examples,
        .run = run,
};
