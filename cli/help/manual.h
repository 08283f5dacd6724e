/* SPDX-License-Identifier: MIT
 *
 * The manual page vigil(1), made from the descriptions of the verbs.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_HELP_MANUAL_H
#define VIGIL_CLI_HELP_MANUAL_H

#include <stdio.h>

#include "cli/command/verb.h"

/* As scdoc(1) reads it. @verbs: NULL ends. */
void manual_print(const struct cli_verb *const *verbs, FILE *stream);

#endif
