/* SPDX-License-Identifier: MIT
 *
 * What is said to people in Chinese or English, and the words of alerts and pages in both.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_LANGUAGE_SAY_H
#define VIGIL_CLI_LANGUAGE_SAY_H

#include <stdbool.h>

#include "common/wire/alert.h"

/* One of the two; both are checked as formats where it is used as one. */
const char *say(bool english, const char *zh, const char *en)
        __attribute__((format_arg(2), format_arg(3), returns_nonnull));

const char *say_transition(bool english, enum alert_transition transition);

/* Words of the wire, as people read them: a role, a type of the ledger, a state of a response, an answer. One that is
 * newer than this program stays as it is. */
const char *say_role(bool english, const char *role);
const char *say_ledger(bool english, const char *type);
const char *say_state(bool english, const char *state);
const char *say_answer(bool english, const char *answer);

#endif
