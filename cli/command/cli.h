/* SPDX-License-Identifier: MIT
 *
 * The command line: runs one verb, and provides what all verbs use.
 *
 * Verbs write data to standard output and messages to standard error.
 *
 * Thread: main only. Blocks: the calls below do not; a verb may.
 */
#ifndef VIGIL_CLI_COMMAND_CLI_H
#define VIGIL_CLI_COMMAND_CLI_H

#include <stdbool.h>

#include "cli/command/verb.h"
#include "common/files/conf.h"
#include "common/files/diag.h"

/* Run the verb that @argv names; @argv[0] is the name of the program. @verbs: in the order of the help,
 * NULL-terminated. Return: the exit code. */
enum cli_exit cli_main(const struct cli_verb *const *verbs, int argc, char **argv);

/* --- for verbs ------------------------------------------------------------------------------- */

enum {
        CLI_OPTION_END = -1,
        CLI_OPTION_LEFT = -2, /* handled: the verb returns cli_option_exit() */
};

/* Read the next option of the verb. Options that every verb accepts (--config, --json, --no-color, --verbose, --help)
 * are handled inside. Return: the option's id, with its argument in optarg; CLI_OPTION_END when only operands are
 * left, from argv[optind] on; CLI_OPTION_LEFT after --help or after a usage error, which has been reported. */
int cli_option_next(struct cli *cli, int argc, char **argv);
/* The exit code after CLI_OPTION_LEFT. */
enum cli_exit cli_option_exit(const struct cli *cli);

/* @format of cli_usage() and cli_tell() is English; the message is printed in the reader's language, on standard
 * error, after "vigil VERB: ".
 *
 * Report a usage error, followed by a hint to the help. Return: CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Report the failure @r (-errno): err_why(), or the text of the errno. Return: the exit code for @r. */
enum cli_exit cli_fail(const struct cli *cli, int r);

/* Print one message line. */
void cli_tell(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Load the configuration from the first of: --config, $VIGIL_CONFIG, configs/vigil.yaml, /etc/vigil/vigil.yaml (the
 * last two if they exist). Errors are reported. Return: CLI_DONE and *ret (the caller frees it with conf_free()), or
 * the exit code. */
enum cli_exit cli_conf_load(struct cli *cli, struct conf **ret);

/* Whether cli_conf_load() would find a path. For verbs that also work without a configuration. */
bool cli_conf_there(const struct cli *cli);

/* New diag whose messages are in the language of the command; the caller frees it. Return: 0 or -ENOMEM. */
int cli_diag_new(const struct cli *cli, struct diag **ret);

/* Print a diag to standard error. */
void cli_diag_print(const struct cli *cli, const struct diag *diag);

/* Apply the argument of --lang: later messages are in that language. Return: false after a usage error, which has
 * been reported. */
bool cli_language_read(struct cli *cli, const char *text);

/* Parse an option's argument as a whole number in [@min, @max]. @what: the option's name, for the message. Return:
 * false after a usage error, which has been reported. */
bool cli_number(const struct cli *cli, const char *what, const char *text, long long min,
                long long max, long long *ret);

/* True after SIGINT or SIGTERM; a long-running verb then ends with CLI_INTERRUPTED. The first call installs the
 * signal handlers, so call it before the first wait. */
bool cli_interrupted(void);

#endif
