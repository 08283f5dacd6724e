/* SPDX-License-Identifier: MIT */
#include "cli/command/help.h"

#include <stdlib.h>
#include <string.h>

#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "common/files/diag.h"
#include "common/language/say.h"

enum {
        VERBS_MAX = 64,
        EXAMPLE_COLUMN = 40,
        OPTION_COLUMN = 26,
        VERB_COLUMN = 12,
        WIDTH_MIN = 20,
        PARAGRAPH_BYTES = 4096,
};

static const char *const group_names[CLI_GROUPS] = {
        [CLI_GROUP_RULES] = N_("Rules"),
        [CLI_GROUP_ALARMS] = N_("Alerts"),
        [CLI_GROUP_RUNNING] = N_("Operation"),
};

static const struct cli_example examples[] = {
        {"vigil registry check configs/registry", N_("check the CSV files, report every error")},
        {"vigil tap alerts -o end", N_("alerts as they arrive, as JSON lines")},
        {"vigil help tap", N_("help on one verb, with examples")},
        {NULL, NULL},
};

static const char options_everywhere[] =
        N_("Options of every verb: --config FILE (or VIGIL_CONFIG; else configs/vigil.yaml, "
           "/etc/vigil/vigil.yaml), --json, --no-color (or NO_COLOR), --verbose, --help.\n\n"
           "Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 warnings with --strict, "
           "4 service unreachable, 5 conflict, 6 not allowed, 130 interrupted.");

const struct cli_verb *help_verb_find(const struct cli_verb *const *verbs, const char *name) {
        for (; *verbs; verbs++)
                if (strcmp((*verbs)->name, name) == 0)
                        return *verbs;
        return NULL;
}

void help_verb_unknown(const struct cli *cli, const char *name) {
        const char *names[VERBS_MAX + 1];
        size_t count = 0;

        for (; cli->verbs[count] && count < VERBS_MAX; count++)
                names[count] = cli->verbs[count]->name;
        names[count] = NULL;

        const char *nearest = diag_nearest(name, names);

        fputs("vigil: ", stderr);
        if (nearest)
                fprintf(stderr, say(cli->language, "unknown verb \"%s\"; did you mean \"%s\"?"),
                        name, nearest);
        else
                fprintf(stderr, say(cli->language, "unknown verb \"%s\""), name);
        fputc('\n', stderr);
        fputs(say(cli->language, "Try: vigil help\n"), stderr);
}

static void heading(const struct cli *cli, FILE *stream, const char *english) {
        bool colour = stream == stdout ? cli->colour : cli->colour_messages;

        fprintf(stream, "%s%s%s\n", colour ? "\033[1m" : "", say(cli->language, english),
                colour ? "\033[0m" : "");
}

/* Print @text wrapped to the width of the terminal. @used: cells already taken on the first line; @indent: cells that
 * indent every further line. An empty line in @text stays an empty line. */
static void paragraphs_print(FILE *stream, const char *text, int indent, int used) {
        int width = terminal_columns(stream) - 1;

        do {
                size_t bytes = strcspn(text, "\n");
                char paragraph[PARAGRAPH_BYTES];
                const char *rest = paragraph;

                snprintf(paragraph, sizeof(paragraph), "%.*s", (int)bytes, text);
                do {
                        int cells = width - used > WIDTH_MIN ? width - used : WIDTH_MIN;
                        const char *line = rest;
                        size_t line_bytes = text_wrap(line, cells, &rest);

                        fprintf(stream, "%.*s\n%*s", (int)line_bytes, line, *rest ? indent : 0, "");
                        used = indent;
                } while (*rest);
                text += bytes + (text[bytes] == '\n');
        } while (*text);
}

/* Print each example, its note on the same line if it fits, otherwise on the next one. */
static void examples_print(const struct cli *cli, FILE *stream, const struct cli_example *example) {
        bool colour = stream == stdout ? cli->colour : cli->colour_messages;

        for (; example->command; example++) {
                int cells = text_cells(example->command);
                const char *note = example->note ? say(cli->language, example->note) : NULL;
                bool beside = note && cells < EXAMPLE_COLUMN &&
                              2 + EXAMPLE_COLUMN + 4 + text_cells(note) < terminal_columns(stream);

                fprintf(stream, "  %s", example->command);
                if (!note) {
                        fputc('\n', stream);
                        continue;
                }
                fprintf(stream, "%s%*s%s# ", beside ? "" : "\n",
                        beside ? EXAMPLE_COLUMN - cells : 4, "", colour ? "\033[2m" : "");
                paragraphs_print(stream, note, 6, beside ? EXAMPLE_COLUMN + 4 : 6);
                fputs(colour ? "\033[0m" : "", stream);
        }
}

void help_all(const struct cli *cli, FILE *stream) {
        fprintf(stream, "%s\n\n",
                say(cli->language, "vigil: watches over elders at home. Usage: vigil VERB …"));
        heading(cli, stream, N_("Examples"));
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
                        fprintf(stream, "  %-*s ", VERB_COLUMN, cli->verbs[i]->name);
                        paragraphs_print(stream, say(cli->language, cli->verbs[i]->summary),
                                         VERB_COLUMN + 3, VERB_COLUMN + 3);
                }
        }
        fputc('\n', stream);
        paragraphs_print(stream, say(cli->language, options_everywhere), 0, 0);
}

static void options_print(const struct cli *cli, FILE *stream, const struct cli_option *option) {
        for (; option && option->name; option++) {
                char left[64], letter[8] = "    ";

                if (option->id < 256)
                        snprintf(letter, sizeof(letter), "-%c, ", option->id);
                snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
                         option->argument ? " " : "", option->argument ? option->argument : "");
                if (strlen(left) > OPTION_COLUMN)
                        fprintf(stream, "  %s\n%*s", left, OPTION_COLUMN + 4, "");
                else
                        fprintf(stream, "  %-*s  ", OPTION_COLUMN, left);
                paragraphs_print(stream, say(cli->language, option->help), OPTION_COLUMN + 4,
                                 OPTION_COLUMN + 4);
        }
}

void help_verb(const struct cli *cli, const struct cli_verb *verb, FILE *stream) {
        fprintf(stream, "vigil %s: %s\n\n", verb->name, say(cli->language, verb->summary));
        heading(cli, stream, N_("Examples"));
        examples_print(cli, stream, verb->examples);
        fputc('\n', stream);
        heading(cli, stream, N_("Usage"));
        for (const char *line = verb->usage; *line;) {
                size_t bytes = strcspn(line, "\n");

                /* A usage line that begins with a space continues the line before. */
                fprintf(stream, "  %s %.*s\n", *line == ' ' ? "     " : "vigil", (int)bytes, line);
                line += bytes + (line[bytes] == '\n');
        }
        if (verb->options) {
                fputc('\n', stream);
                heading(cli, stream, N_("Options"));
                options_print(cli, stream, verb->options);
        }
        if (verb->details) {
                fputc('\n', stream);
                paragraphs_print(stream, say(cli->language, verb->details), 0, 0);
        }
        fputc('\n', stream);
        paragraphs_print(stream, say(cli->language, options_everywhere), 0, 0);
}
