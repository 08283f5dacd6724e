/* SPDX-License-Identifier: MIT
 *
 * Translates words of the wire formats for display: transitions, roles, ledger record types, states of a response,
 * answers. A word that this program does not know, as from a newer version, is returned unchanged.
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
