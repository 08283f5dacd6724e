/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"
#include "cli/command/help.h"
#include "cli/command/verbs.h"
#include "cli/help/diag_code.h"
#include "cli/help/manual.h"

static void code_explain(const struct diag_code *code) {
        printf("%s: %s\n\n    %s\n\n%s：%s\n\n    %s\n", code->code, code->what_en, code->mend_en,
               code->code, code->what_zh, code->mend_zh);
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
                return cli_usage(cli, "one verb or code at a time");
        if (argc == optind) {
                help_all(cli, stdout);
                return CLI_DONE;
        }

        const struct diag_code *code = diag_code_find(argv[optind]);

        if (code) {
                code_explain(code);
                return CLI_DONE;
        }

        const struct cli_verb *verb = help_verb_find(cli->verbs, argv[optind]);

        if (!verb) {
                help_verb_unknown(cli->verbs, argv[optind]);
                return CLI_USAGE;
        }
        help_verb(cli, verb, stdout);
        return CLI_DONE;
}

static const struct cli_option options[] = {
        {OPTION_MANUAL, "manual", NULL, "the manual page vigil(1), for scdoc(1)"},
        {0},
};

const struct cli_verb verb_help = {
        .name = "help",
        .group = CLI_RUNNING,
        .summary = "what there is, all about one verb, or what a code means",
        .usage = "help [VERB|CODE]\nhelp --manual",
        .examples = "vigil help registry  # usage, options and examples of one verb\n"
                    "vigil help R012      # what the code of a message means, in both languages\n"
                    "vigil help --manual | scdoc | man -l -  # everything, as a page\n",
        .options = options,
        .run = run,
};
