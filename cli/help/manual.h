/* SPDX-License-Identifier: MIT
 *
 * The manual page vigil(1), generated from the descriptions of the verbs.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_HELP_MANUAL_H
#define VIGIL_CLI_HELP_MANUAL_H

#include <stdio.h>

#include "cli/command/verb.h"

/* Print it in the input format of scdoc(1). @verbs: NULL-terminated. */
void manual_print(const struct cli_verb *const *verbs, FILE *stream);

#endif
