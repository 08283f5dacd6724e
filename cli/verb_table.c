/* SPDX-License-Identifier: MIT */
#include "cli/verb_table.h"

#include <stddef.h>

#include "cli/command/verbs.h"

/* clang-format off: one line a verb */
const struct cli_verb *const verb_table[] = {
        /* Rules. */
        &verb_check,
        &verb_explain,
        &verb_test,
        /* Alarms. */
        &verb_pager,
        &verb_watch,
        /* Running it. */
        &verb_keys,
        &verb_registry,
        &verb_replay,
        &verb_send,
        &verb_sim,
        &verb_status,
        &verb_tap,
        &verb_topics,
        &verb_completion,
        &verb_help,
        &verb_version,
        NULL,
};
