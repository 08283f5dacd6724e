/* SPDX-License-Identifier: MIT
 *
 * Help texts, generated from the descriptions of the verbs.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_COMMAND_HELP_H
#define VIGIL_CLI_COMMAND_HELP_H

#include <stdio.h>

#include "cli/command/verb.h"

/* @verbs: NULL-terminated. Return: the verb, or NULL. */
const struct cli_verb *help_verb_find(const struct cli_verb *const *verbs, const char *name);

/* Report an unknown verb on standard error, with the most similar name. */
void help_verb_unknown(const struct cli *cli, const char *name);

/* The list of verbs; the help of one verb. */
void help_all(const struct cli *cli, FILE *stream);
void help_verb(const struct cli *cli, const struct cli_verb *verb, FILE *stream);

#endif
