/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"
#include "cli/command/help.h"
#include "cli/command/verbs.h"
#include "cli/help/diag_code.h"
#include "cli/help/manual.h"
#include "common/language/say.h"

static void code_explain(const struct cli *cli, const struct diag_code *code) {
        printf("%s: %s\n\n    %s\n", code->code, say(cli->language, code->what),
               say(cli->language, code->mend));
}

enum { OPTION_MANUAL = 256 };

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        int id = cli_option_next(cli, argc, argv);

        if (id == OPTION_MANUAL) {
                manual_print(cli->verbs, stdout);
                return CLI_DONE;
        }
        if (id == CLI_OPTION_LEFT)
                return cli_option_exit(cli);
        if (argc - optind > 1)
                return cli_usage(cli, "expected one verb or one code");
        if (argc == optind) {
                help_all(cli, stdout);
                return CLI_DONE;
        }

        const struct diag_code *code = diag_code_find(argv[optind]);

        if (code) {
                code_explain(cli, code);
                return CLI_DONE;
        }

        const struct cli_verb *verb = help_verb_find(cli->verbs, argv[optind]);

        if (!verb) {
                help_verb_unknown(cli, argv[optind]);
                return CLI_USAGE;
        }
        help_verb(cli, verb, stdout);
        return CLI_DONE;
}

static const struct cli_option options[] = {
        {OPTION_MANUAL, "manual", NULL, N_("print the manual page vigil(1), for scdoc(1)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil help registry", N_("usage, options and examples of one verb")},
        {"vigil help R012", N_("what a message code means, and what to do")},
        {"vigil help --manual | scdoc | man -l -", N_("everything, as a manual page")},
        {NULL, NULL},
};

const struct cli_verb verb_help = {
        .name = "help",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("list the verbs, explain one verb or one message code"),
        .usage = "help [VERB|CODE]\nhelp --manual",
        .examples = examples,
        .options = options,
        .run = run,
};
