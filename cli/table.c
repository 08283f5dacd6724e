/* SPDX-License-Identifier: MIT */
#include "cli/verbs.h"

const struct cli_verb *const cli_verbs[] = {
        /* Running it. */
        &verb_registry, &verb_topics, &verb_completion, &verb_help, &verb_version, NULL,
};
