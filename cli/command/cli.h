/* SPDX-License-Identifier: MIT
 *
 * The command line for people: what every verb is made of and may use.
 *
 * A verb is one file, cli/<room>/verb_<name>.c, that describes itself in a struct cli_verb; cli/table.c lists
 * them. Help, shell completion and the manual page vigil(1) are made from the same descriptions, so
 * they cannot differ. To add a verb: write its file, then one line each in cli/table.c, cli/command/verbs.h
 * and cli/meson.build.
 *
 * Data goes to standard output, messages to standard error.
 *
 * Thread: main only. Blocks: verbs may.
 */
#ifndef VIGIL_CLI_COMMAND_CLI_H
#define VIGIL_CLI_COMMAND_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/diag.h"

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
        CLI_RULES,
        CLI_ALARMS,
        CLI_RUNNING,
        CLI_GROUPS,
};

struct cli_option {
        int id;               /* the short letter, or a number from 256 when there is none */
        const char *name;     /* long name, without dashes */
        const char *argument; /* "FILE", or NULL for a flag */
        const char *help;
};

struct cli;

struct cli_verb {
        const char *name;
        enum cli_group group;
        const char *summary; /* one line, no full stop */
        const char *usage;   /* what follows "vigil": one line a form; a space continues it */
        const char *const
                *words;       /* first arguments that completion offers; NULL-terminated, or NULL */
        const char *examples; /* lines "command  # what it does" */
        const char *details;  /* paragraphs for `vigil help VERB`, or NULL */
        const struct cli_option *options; /* ended by a NULL name, or NULL */
        enum cli_exit (*run)(struct cli *cli, int argc, char **argv); /* argv[0]: the verb */
};

enum { CLI_OPTIONS_MAX = 24 };

struct cli {
        const char *conf_path; /* what --config said, or NULL */
        bool json;             /* --json */
        bool colour;           /* standard output is a terminal that wants colours */
        bool colour_messages;  /* the same of standard error */
        const struct cli_verb *verb;

        struct option long_options[CLI_OPTIONS_MAX + 8]; /* of the verb, made on first use */
        char short_options[2 * CLI_OPTIONS_MAX + 8];
        bool options_made;
        enum cli_exit left; /* what --help or a mistake ends with */
};

/* Every verb there is, in the order help shows them; NULL ends. */
extern const struct cli_verb *const cli_verbs[];

/* The whole program; @argv[0] is its name. */
enum cli_exit cli_main(int argc, char **argv);

/* --- for verbs ------------------------------------------------------------------------------- */

enum {
        CLI_OPTION_END = -1,
        CLI_OPTION_LEFT = -2, /* settled: return cli_option_exit() */
};

/* The next option of the verb: its id, with its argument in optarg; CLI_OPTION_END when only operands
 * are left (from argv[optind] on); CLI_OPTION_LEFT after --help or a mistake (complained about). The
 * options everywhere (--config, --json, --no-color, --verbose, --help) are settled inside. */
int cli_option_next(struct cli *cli, int argc, char **argv);
enum cli_exit cli_option_exit(const struct cli *cli);

/* Complain about usage: "vigil tap: …" and how to get help. Return: CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Say why something failed. Return: the exit code that fits @r (-errno). */
enum cli_exit cli_fail(const struct cli *cli, int r);

/* One line on standard error, "vigil tap: …". */
void cli_say(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Read the configuration: --config, $VIGIL_CONFIG, configs/vigil.yaml, /etc/vigil/vigil.yaml, the first
 * that is there. Complaints are printed. Return: CLI_DONE and *ret, or what to exit with. */
enum cli_exit cli_conf_load(struct cli *cli, struct conf **ret);

/* Is there one to load? For verbs that can do without. */
bool cli_conf_there(const struct cli *cli);

/* Print a diag to standard error. */
void cli_diag_print(const struct cli *cli, const struct diag *diag);

/* Whole number in [min, max] of an option's argument. Return: false, complained about. */
bool cli_number(const struct cli *cli, const char *what, const char *text, long long min,
                long long max, long long *ret);

/* True once SIGINT or SIGTERM came; long-running verbs end with CLI_INTERRUPTED. The handlers are set
 * on the first call. */
bool cli_interrupted(void);

/* --- help (cli/command/help.c) ------------------------------------------------------------------------ */

const struct cli_verb *cli_verb_find(const char *name); /* NULL: no such verb */
void cli_help_all(const struct cli *cli, FILE *stream);
void cli_help_verb(const struct cli *cli, const struct cli_verb *verb, FILE *stream);
void cli_manual(FILE *stream);           /* vigil(1) as scdoc reads it (cli/help/manual.c) */
void cli_verb_unknown(const char *name); /* to standard error, with the nearest one */

#endif
