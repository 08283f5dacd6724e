/* SPDX-License-Identifier: MIT
 *
 * Declarations of the verbs; each is defined in its own file, cli/<room>/verb_<name>.c.
 */
#ifndef VIGIL_CLI_COMMAND_VERBS_H
#define VIGIL_CLI_COMMAND_VERBS_H

#include "cli/command/verb.h"

extern const struct cli_verb verb_check;
extern const struct cli_verb verb_completion;
extern const struct cli_verb verb_explain;
extern const struct cli_verb verb_help;
extern const struct cli_verb verb_keys;
extern const struct cli_verb verb_pager;
extern const struct cli_verb verb_registry;
extern const struct cli_verb verb_replay;
extern const struct cli_verb verb_send;
extern const struct cli_verb verb_sim;
extern const struct cli_verb verb_status;
extern const struct cli_verb verb_tap;
extern const struct cli_verb verb_test;
extern const struct cli_verb verb_topics;
extern const struct cli_verb verb_version;
extern const struct cli_verb verb_watch;

#endif
