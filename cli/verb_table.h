/* SPDX-License-Identifier: MIT
 *
 * The table of verbs.
 */
#ifndef VIGIL_CLI_VERB_TABLE_H
#define VIGIL_CLI_VERB_TABLE_H

#include "cli/command/verb.h"

/* All verbs, in the order of the help; NULL-terminated. */
extern const struct cli_verb *const verb_table[];

#endif
