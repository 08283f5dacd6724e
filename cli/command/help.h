/* SPDX-License-Identifier: MIT
 *
 * Help for people, made from the descriptions of the verbs.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_COMMAND_HELP_H
#define VIGIL_CLI_COMMAND_HELP_H

#include <stdio.h>

#include "cli/command/verb.h"

/* NULL: no such verb. */
const struct cli_verb *help_verb_find(const struct cli_verb *const *verbs, const char *name);

/* To standard error, with the nearest one. */
void help_verb_unknown(const struct cli *cli, const char *name);

void help_all(const struct cli *cli, FILE *stream);
void help_verb(const struct cli *cli, const struct cli_verb *verb, FILE *stream);

#endif
