/* SPDX-License-Identifier: MIT
 *
 * Title and advice with the {placeholders} filled in. What comes out may hold health data: it belongs in the
 * alert and never in a log.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_ALERT_TEXTS_H
#define VIGIL_RULES_ALERT_TEXTS_H

#include <stdbool.h>

#include "rules/eval/engine.h"

/* @text, of the rule of @verdict, into @ret[ALERT_TEXT_BYTES]; what is too long is cut between two
 * characters. What cannot be said (no value, no room) is a dash. */
void alert_texts_expand(const struct verdict *verdict, const char *text, bool chinese, char *ret);

#endif
