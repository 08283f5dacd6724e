/* SPDX-License-Identifier: MIT */
#include "cli/verbs.h"

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        if (cli_option_next(cli, argc, argv) != CLI_OPTION_END)
                return cli_option_exit(cli);
        if (argc - optind > 1)
                return cli_usage(cli, "one verb at a time");
        if (argc == optind) {
                cli_help_all(cli, stdout);
                return CLI_DONE;
        }

        const struct cli_verb *verb = cli_verb_find(argv[optind]);

        if (!verb) {
                cli_verb_unknown(argv[optind]);
                return CLI_USAGE;
        }
        cli_help_verb(cli, verb, stdout);
        return CLI_DONE;
}

const struct cli_verb verb_help = {
        .name = "help",
        .group = CLI_RUNNING,
        .summary = "what there is, or all about one verb",
        .usage = "help [VERB]",
        .examples = "vigil help registry  # usage, options and examples of one verb\n",
        .run = run,
};
