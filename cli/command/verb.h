/* SPDX-License-Identifier: MIT
 *
 * Verb: the description of one command of `vigil`, and the context it runs with.
 *
 * A verb is one file, cli/<room>/verb_<name>.c, that defines a struct cli_verb; cli/verb_table.c lists them. Help,
 * shell completion and the manual page vigil(1) are generated from these descriptions, so they always agree. To add a
 * verb: write its file, then add one line each to cli/verb_table.c, cli/command/verbs.h and cli/meson.build.
 */
#ifndef VIGIL_CLI_COMMAND_VERB_H
#define VIGIL_CLI_COMMAND_VERB_H

#include <getopt.h>
#include <stdbool.h>

/* Exit codes, the same for every verb. */
enum cli_exit {
        CLI_DONE = 0,
        CLI_BAD = 1,         /* the check failed, or the command was refused */
        CLI_USAGE = 2,       /* wrong usage */
        CLI_WARNINGS = 3,    /* warnings only, with --strict */
        CLI_UNREACHABLE = 4, /* cannot reach the service */
        CLI_CONFLICT = 5,    /* another command or person was first */
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
        int id;               /* short option letter; from 256 on: long option only */
        const char *name;     /* long name, without dashes */
        const char *argument; /* "FILE", or NULL for a flag */
        const char *help;
};

struct cli_example {
        const char *command;
        const char *note; /* what it does, or NULL */
};

struct cli;

/* Summary, help texts, notes and details are English, marked N_(); they are printed in the reader's language. */
struct cli_verb {
        const char *name;
        enum cli_group group;
        const char *summary;      /* one line, no full stop */
        const char *usage;        /* after "vigil"; one form a line, a leading space continues it */
        const char *const *words; /* first operands for completion; NULL-terminated, or NULL */
        const struct cli_example *examples; /* ended by a NULL command */
        const char *details; /* for `vigil help VERB`; empty line between paragraphs; or NULL */
        const struct cli_option *options; /* ended by a NULL name, or NULL */
        enum cli_exit (*run)(struct cli *cli, int argc, char **argv); /* argv[0]: the verb */
};

enum { CLI_OPTIONS_MAX = 24 };

struct cli {
        const char *conf_path;               /* path of --config, or NULL */
        struct language *language;           /* language of messages; NULL: English */
        bool json;                           /* --json */
        bool colour;                         /* colours on standard output */
        bool colour_messages;                /* colours on standard error */
        const struct cli_verb *const *verbs; /* all verbs, NULL-terminated */
        const struct cli_verb *verb;         /* the running verb */

        struct option long_options[CLI_OPTIONS_MAX + 8]; /* verb's and global, built on first use */
        char short_options[2 * CLI_OPTIONS_MAX + 8];
        bool options_made;
        enum cli_exit left; /* exit code after CLI_OPTION_LEFT */
};

#endif
