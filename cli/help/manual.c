/* SPDX-License-Identifier: MIT */
#include "cli/help/manual.h"

#include <ctype.h>
#include <string.h>

/* Writes vigil(1) in scdoc's format from the descriptions of the verbs. Always English, whatever the locale: texts
 * are printed untranslated. */

static const char head[] =
        "vigil(1)\n\n"
        "# NAME\n\n"
        "vigil - the command line of Vigil, which watches over elders at home\n\n"
        "# SYNOPSIS\n\n"
        "*vigil* [--config _FILE_] [--json] [--no-color] [--verbose] _VERB_ [...]\n\n"
        "# DESCRIPTION\n\n"
        "One program for the people who run Vigil. Data goes to standard output, messages to "
        "standard\n"
        "error. *vigil help* lists the verbs, *vigil help* _VERB_ shows one of them with its "
        "examples.\n\n"
        "# OPTIONS EVERYWHERE\n\n"
        "*--config* _FILE_\n"
        "\tThe site's configuration, *vigil.yaml*(5). Without it: the file named by "
        "VIGIL\\_CONFIG,\n"
        "\tconfigs/vigil.yaml, /etc/vigil/vigil.yaml, the first that is there.\n\n"
        "*--json*\n"
        "\tOne JSON object (or one a line) in place of text for people.\n\n"
        "*--no-color*\n"
        "\tNo colours. Also when NO\\_COLOR is set or the output is not a terminal.\n\n"
        "*--verbose*\n"
        "\tShow what the client libraries say.\n\n"
        "*--help*, *-h*\n"
        "\tAs *vigil help* _VERB_.\n\n";

static const char tail[] =
        "# EXIT STATUS\n\n"
        "|[ *0*\n"
        ":< done; an empty list is 0\n"
        "|  *1*\n"
        ":  the thing asked about is bad, or the command was refused\n"
        "|  *2*\n"
        ":  wrong usage\n"
        "|  *3*\n"
        ":  warnings only, with --strict\n"
        "|  *4*\n"
        ":  cannot reach the service\n"
        "|  *5*\n"
        ":  conflict: someone else was first\n"
        "|  *6*\n"
        ":  not allowed\n"
        "|  *130*\n"
        ":  interrupted\n\n"
        "# ENVIRONMENT\n\n"
        "*LC\\_ALL*, *LC\\_MESSAGES*, *LANG*, *LANGUAGE*\n"
        "\tThe language of messages, help and tables: the first of the first three that is set, "
        "and before it the\n"
        "\tlist in LANGUAGE unless that is C or POSIX. English when none is set or known.\n\n"
        "*VIGIL\\_LOCALE\\_DIR*\n"
        "\tWhere to look for message catalogues, LANGUAGE/LC\\_MESSAGES/vigil.mo, instead of where "
        "they are installed.\n\n"
        "*VIGIL_CONFIG*\n"
        "\tThe configuration, unless *--config* names another.\n\n"
        "*NO_COLOR*\n"
        "\tWhen not empty: no colours.\n\n"
        "# SEE ALSO\n\n"
        "*vigil.yaml*(5), *vigil-ingest*(8), *vigil-rules*(8), *vigil-alerting*(8)\n";

static const char *const group_names[CLI_GROUPS] = {
        [CLI_GROUP_RULES] = "RULES",
        [CLI_GROUP_ALARMS] = "ALARMS",
        [CLI_GROUP_RUNNING] = "RUNNING IT",
};

/* Escape characters that scdoc would interpret as markup. */
static void text_print(FILE *stream, const char *text, size_t bytes) {
        for (size_t i = 0; i < bytes; i++) {
                if (strchr("\\_*#`<>[|~.+-", text[i]) && text[i] &&
                    (i == 0 || strchr("\\_*`<~", text[i])))
                        fputc('\\', stream);
                fputc(text[i], stream);
        }
}

static void sentence_print(FILE *stream, const char *text) {
        fputc(toupper((unsigned char)text[0]), stream);
        text_print(stream, text + 1, strlen(text + 1));
        fputs(text[strlen(text) - 1] == '.' ? "\n\n" : ".\n\n", stream);
}

/* Print lines verbatim. @before is printed before each line that does not begin with a space (a continuation). */
static void lines_print(FILE *stream, const char *lines, const char *before) {
        fputs("```\n", stream);
        while (*lines) {
                size_t bytes = strcspn(lines, "\n");

                fprintf(stream, "%s%.*s\n", *lines == ' ' ? "     " : before, (int)bytes, lines);
                lines += bytes + (lines[bytes] == '\n');
        }
        fputs("```\n\n", stream);
}

static void examples_print(FILE *stream, const struct cli_example *example) {
        fputs("```\n", stream);
        for (; example->command; example++)
                fprintf(stream, "%s%s%s\n", example->command, example->note ? "  # " : "",
                        example->note ? example->note : "");
        fputs("```\n\n", stream);
}

static void details_print(FILE *stream, const char *details) {
        while (*details) {
                size_t bytes = strcspn(details, "\n");

                text_print(stream, details, bytes);
                fputc('\n', stream);
                details += bytes + (details[bytes] == '\n');
        }
        fputs("\n\n", stream);
}

static void verb_print(FILE *stream, const struct cli_verb *verb) {
        fprintf(stream, "## vigil %s\n\n", verb->name);
        sentence_print(stream, verb->summary);
        lines_print(stream, verb->usage, "vigil ");
        if (verb->details)
                details_print(stream, verb->details);
        for (const struct cli_option *option = verb->options; option && option->name; option++) {
                if (option->id < 256)
                        fprintf(stream, "*-%c*, ", option->id);
                fprintf(stream, "*--%s*", option->name);
                if (option->argument) {
                        fputs(" _", stream);
                        text_print(stream, option->argument, strlen(option->argument));
                        fputc('_', stream);
                }
                fputs("\n\t", stream);
                sentence_print(stream, option->help);
        }
        fputs("Examples:\n\n", stream);
        examples_print(stream, verb->examples);
}

void manual_print(const struct cli_verb *const *verbs, FILE *stream) {
        fputs(head, stream);
        for (int group = 0; group < CLI_GROUPS; group++) {
                bool first = true;

                for (size_t i = 0; verbs[i]; i++) {
                        if ((int)verbs[i]->group != group)
                                continue;
                        if (first)
                                fprintf(stream, "# %s\n\n", group_names[group]);
                        first = false;
                        verb_print(stream, verbs[i]);
                }
        }
        fputs(tail, stream);
}
