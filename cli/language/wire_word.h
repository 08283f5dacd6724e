/* SPDX-License-Identifier: MIT
 *
 * Words of the wire as people read them: a transition, a role, a type of the ledger, a state of a response, an
 * answer. One that is newer than this program stays as it is.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_LANGUAGE_WIRE_WORD_H
#define VIGIL_CLI_LANGUAGE_WIRE_WORD_H

#include "common/wire/alert.h"

struct language;

const char *wire_word_transition(const struct language *language, enum alert_transition transition);
const char *wire_word_role(const struct language *language, const char *role);
const char *wire_word_ledger(const struct language *language, const char *type);
const char *wire_word_state(const struct language *language, const char *state);
const char *wire_word_answer(const struct language *language, const char *answer);

#endif
