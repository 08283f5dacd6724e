/* SPDX-License-Identifier: MIT
 *
 * What is said to people in Chinese or English, and the words of alerts and pages in both.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_LANGUAGE_SAY_H
#define VIGIL_CLI_LANGUAGE_SAY_H

#include <stdbool.h>

#include "alerting/response/answer.h"
#include "common/alert.h"

/* One of the two; both are checked as formats where it is used as one. */
const char *say(bool english, const char *zh, const char *en)
        __attribute__((format_arg(2), format_arg(3), returns_nonnull));

const char *say_transition(bool english, enum alert_transition transition);
const char *say_role(bool english, enum role role);
const char *say_ledger(bool english, enum ledger_type type);
const char *say_state(bool english, enum response_state state);

#endif
