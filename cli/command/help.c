/* SPDX-License-Identifier: MIT */
#include "cli/command/help.h"

#include <stdlib.h>
#include <string.h>

#include "common/files/diag.h"

enum { VERBS_MAX = 64, EXAMPLE_COLUMN = 46, OPTION_COLUMN = 26, VERB_COLUMN = 12 };

static const char *const group_names[CLI_GROUPS] = {
        [CLI_RULES] = "Rules",
        [CLI_ALARMS] = "Alarms",
        [CLI_RUNNING] = "Running it",
};

static const char examples[] =
        "vigil registry check configs/registry  # read the CSV files, name every mistake\n"
        "vigil tap alerts -o end  # alerts as they come, as JSON lines\n"
        "vigil help tap  # one verb, with its examples\n";

static const char options_everywhere[] =
        "Everywhere: --config FILE (or VIGIL_CONFIG; else configs/vigil.yaml, "
        "/etc/vigil/vigil.yaml),\n"
        "--json, --no-color (or NO_COLOR), --verbose, --help. Exit codes: 0 done, 1 bad, 2 usage,\n"
        "3 warnings with --strict, 4 cannot reach the service, 5 conflict, 6 not allowed,\n"
        "130 interrupted.\n";

const struct cli_verb *help_verb_find(const struct cli_verb *const *verbs, const char *name) {
        for (; *verbs; verbs++)
                if (strcmp((*verbs)->name, name) == 0)
                        return *verbs;
        return NULL;
}

void help_verb_unknown(const struct cli_verb *const *verbs, const char *name) {
        const char *names[VERBS_MAX + 1];
        size_t count = 0;

        for (; verbs[count] && count < VERBS_MAX; count++)
                names[count] = verbs[count]->name;
        names[count] = NULL;

        const char *nearest = diag_nearest(name, names);

        fprintf(stderr, "vigil: there is no verb \"%s\"", name);
        if (nearest)
                fprintf(stderr, "; did you mean \"%s\"?", nearest);
        fputs("\nTry: vigil help\n", stderr);
}

static void heading(const struct cli *cli, FILE *stream, const char *text) {
        bool colour = stream == stdout ? cli->colour : cli->colour_messages;

        fprintf(stream, "%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

/* Lines "command  # what it does", the second half in a column of its own. */
static void examples_print(const struct cli *cli, FILE *stream, const char *lines) {
        bool colour = stream == stdout ? cli->colour : cli->colour_messages;

        while (*lines) {
                size_t bytes = strcspn(lines, "\n");
                const char *note = memmem(lines, bytes, "  # ", 4);
                int command_bytes = (int)(note ? (size_t)(note - lines) : bytes);

                fprintf(stream, "  %-*.*s", note ? EXAMPLE_COLUMN : 0, command_bytes, lines);
                if (note)
                        fprintf(stream, "%s  %.*s%s", colour ? "\033[2m" : "",
                                (int)(bytes - (size_t)command_bytes - 2), note + 2,
                                colour ? "\033[0m" : "");
                fputc('\n', stream);
                lines += bytes + (lines[bytes] == '\n');
        }
}

void help_all(const struct cli *cli, FILE *stream) {
        fputs("vigil 守望: watches over elders at home. Usage: vigil VERB …\n\n", stream);
        heading(cli, stream, "Examples");
        examples_print(cli, stream, examples);
        for (int group = 0; group < CLI_GROUPS; group++) {
                bool first = true;

                for (size_t i = 0; cli->verbs[i]; i++) {
                        if ((int)cli->verbs[i]->group != group)
                                continue;
                        if (first) {
                                fputc('\n', stream);
                                heading(cli, stream, group_names[group]);
                        }
                        first = false;
                        fprintf(stream, "  %-*s %s\n", VERB_COLUMN, cli->verbs[i]->name,
                                cli->verbs[i]->summary);
                }
        }
        fprintf(stream, "\n%s", options_everywhere);
}

static void options_print(FILE *stream, const struct cli_option *option) {
        for (; option && option->name; option++) {
                char left[64], letter[8] = "    ";

                if (option->id < 256)
                        snprintf(letter, sizeof(letter), "-%c, ", option->id);
                snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
                         option->argument ? " " : "", option->argument ? option->argument : "");
                fprintf(stream, "  %-*s  %s\n", OPTION_COLUMN, left, option->help);
        }
}

void help_verb(const struct cli *cli, const struct cli_verb *verb, FILE *stream) {
        fprintf(stream, "vigil %s: %s\n\n", verb->name, verb->summary);
        heading(cli, stream, "Examples");
        examples_print(cli, stream, verb->examples);
        fputc('\n', stream);
        heading(cli, stream, "Usage");
        for (const char *line = verb->usage; *line;) {
                size_t bytes = strcspn(line, "\n");

                /* A line that begins with a space goes on with the one before. */
                fprintf(stream, "  %s %.*s\n", *line == ' ' ? "     " : "vigil", (int)bytes, line);
                line += bytes + (line[bytes] == '\n');
        }
        if (verb->options) {
                fputc('\n', stream);
                heading(cli, stream, "Options");
                options_print(stream, verb->options);
        }
        if (verb->details)
                fprintf(stream, "\n%s", verb->details);
        fprintf(stream, "\n%s", options_everywhere);
}
