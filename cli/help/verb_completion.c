/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "common/language/say.h"

static void verbs_print(const struct cli *cli) {
        for (size_t i = 0; cli->verbs[i]; i++)
                printf(" %s", cli->verbs[i]->name);
}

static void verb_case(const struct cli *cli, const struct cli_verb *verb) {
        printf("        %s) words=\"--config --json --no-color --verbose --help", verb->name);
        for (const struct cli_option *option = verb->options; option && option->name; option++)
                printf(" --%s", option->name);
        for (const char *const *word = verb->words; word && *word; word++)
                printf(" %s", *word);
        if (strcmp(verb->name, "help") == 0)
                verbs_print(cli);
        printf("\" ;;\n");
}

static void bash_print(const struct cli *cli) {
        printf("# bash completion of vigil. Made by: vigil completion bash\n"
               "_vigil() {\n"
               "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= "
               "words= i\n"
               "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "        case ${COMP_WORDS[i]} in\n"
               "        --config) ((i++)) ;;\n"
               "        -*) ;;\n"
               "        *) verb=${COMP_WORDS[i]}; break ;;\n"
               "        esac\n"
               "    done\n"
               "    COMPREPLY=()\n"
               "    case $before in\n"
               "    --config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "
               "\"$word\"); return ;;\n"
               "    esac\n"
               "    case $verb in\n"
               "        '') words=\"--config --json --no-color --verbose --version");
        verbs_print(cli);
        printf("\" ;;\n");
        for (size_t i = 0; cli->verbs[i]; i++)
                verb_case(cli, cli->verbs[i]);
        printf("    esac\n"
               "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
               "    if [[ $verb && $word != -* ]]; then\n"
               "        compopt -o filenames\n"
               "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
               "    fi\n"
               "}\n"
               "complete -F _vigil vigil\n");
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        if (cli_option_next(cli, argc, argv) != CLI_OPTION_END)
                return cli_option_exit(cli);
        if (argc - optind != 1 || strcmp(argv[optind], "bash") != 0)
                return cli_usage(cli, "missing argument: shell (bash)");
        bash_print(cli);
        return CLI_DONE;
}

static const char *const words[] = {"bash", NULL};

static const struct cli_example examples[] = {
        {"source <(vigil completion bash)", N_("enable completion in this shell")},
        {NULL, NULL},
};

const struct cli_verb verb_completion = {
        .name = "completion",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("print shell completion for verbs and options"),
        .usage = "completion bash",
        .words = words,
        .examples = examples,
        .run = run,
};
