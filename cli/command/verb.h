/* SPDX-License-Identifier: MIT
 *
 * Verb: what a command of `vigil` is made of, and what it is given when it runs.
 *
 * A verb is one file, cli/<room>/verb_<name>.c, that describes itself in a struct cli_verb; cli/verb_table.c lists
 * them. Help, shell completion and the manual page vigil(1) are made from the same descriptions, so
 * they cannot differ. To add a verb: write its file, then one line each in cli/verb_table.c, cli/command/verbs.h
 * and cli/meson.build.
 */
#ifndef VIGIL_CLI_COMMAND_VERB_H
#define VIGIL_CLI_COMMAND_VERB_H

#include <getopt.h>
#include <stdbool.h>

/* Exit codes, the same for every verb. */
enum cli_exit {
        CLI_DONE = 0,
        CLI_BAD = 1,         /* the thing asked about is bad, or the command was refused */
        CLI_USAGE = 2,       /* wrong usage */
        CLI_WARNINGS = 3,    /* warnings only, with --strict */
        CLI_UNREACHABLE = 4, /* cannot reach the service */
        CLI_CONFLICT = 5,    /* someone else was first */
        CLI_FORBIDDEN = 6,   /* not allowed */
        CLI_INTERRUPTED = 130,
};

enum cli_group {
        CLI_GROUP_RULES,
        CLI_GROUP_ALARMS,
        CLI_GROUP_RUNNING,
        CLI_GROUPS,
};

struct cli_option {
        int id;               /* the short letter, or a number from 256 when there is none */
        const char *name;     /* long name, without dashes */
        const char *argument; /* "FILE", or NULL for a flag */
        const char *help;
};

struct cli_example {
        const char *command;
        const char *note; /* what it does, or NULL */
};

struct cli;

/* Summary, helps, notes and details are English and marked N_(): help says them in the reader's language. */
struct cli_verb {
        const char *name;
        enum cli_group group;
        const char *summary; /* one line, no full stop */
        const char *usage;   /* what follows "vigil": one line a form; a space continues it */
        const char *const
                *words; /* first arguments that completion offers; NULL-terminated, or NULL */
        const struct cli_example *examples; /* ended by a NULL command */
        const char
                *details; /* paragraphs for `vigil help VERB`, an empty line between two, or NULL */
        const struct cli_option *options; /* ended by a NULL name, or NULL */
        enum cli_exit (*run)(struct cli *cli, int argc, char **argv); /* argv[0]: the verb */
};

enum { CLI_OPTIONS_MAX = 24 };

struct cli {
        const char *conf_path;               /* what --config said, or NULL */
        struct language *language;           /* what the reader is told in; NULL: English */
        bool json;                           /* --json */
        bool colour;                         /* standard output is a terminal that wants colours */
        bool colour_messages;                /* the same of standard error */
        const struct cli_verb *const *verbs; /* every one there is; NULL ends */
        const struct cli_verb *verb;         /* the one that runs */

        struct option long_options[CLI_OPTIONS_MAX + 8]; /* of the verb, made on first use */
        char short_options[2 * CLI_OPTIONS_MAX + 8];
        bool options_made;
        enum cli_exit left; /* what --help or a mistake ends with */
};

#endif
