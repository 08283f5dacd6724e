/* SPDX-License-Identifier: MIT
 *
 * The command line for people: the program around the verbs, and what every verb may use.
 *
 * Data goes to standard output, messages to standard error.
 *
 * Thread: main only. Blocks: verbs may.
 */
#ifndef VIGIL_CLI_COMMAND_CLI_H
#define VIGIL_CLI_COMMAND_CLI_H

#include <stdbool.h>

#include "cli/command/verb.h"
#include "common/files/conf.h"
#include "common/files/diag.h"

/* The whole program; @argv[0] is its name. @verbs: in the order help shows them; NULL ends. */
enum cli_exit cli_main(const struct cli_verb *const *verbs, int argc, char **argv);

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

/* What the next two are given is English, and said in the reader's language.
 *
 * Complain about usage: "vigil tap: …" and how to get help. Return: CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Say why something failed. Return: the exit code that fits @r (-errno). */
enum cli_exit cli_fail(const struct cli *cli, int r);

/* One line on standard error, "vigil tap: …". */
void cli_tell(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Read the configuration: --config, $VIGIL_CONFIG, configs/vigil.yaml, /etc/vigil/vigil.yaml, the first
 * that is there. Complaints are printed. Return: CLI_DONE and *ret, or what to exit with. */
enum cli_exit cli_conf_load(struct cli *cli, struct conf **ret);

/* Is there one to load? For verbs that can do without. */
bool cli_conf_there(const struct cli *cli);

/* A diag that speaks as the command does. Return: 0 or -ENOMEM. */
int cli_diag_new(const struct cli *cli, struct diag **ret);

/* Print a diag to standard error. */
void cli_diag_print(const struct cli *cli, const struct diag *diag);

/* The argument of --lang: what is said from here on is in it. Return: false, complained about. */
bool cli_language_read(struct cli *cli, const char *text);

/* Whole number in [min, max] of an option's argument. Return: false, complained about. */
bool cli_number(const struct cli *cli, const char *what, const char *text, long long min,
                long long max, long long *ret);

/* True once SIGINT or SIGTERM came; long-running verbs end with CLI_INTERRUPTED. The handlers are set
 * on the first call. */
bool cli_interrupted(void);

#endif
