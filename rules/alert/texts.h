/* SPDX-License-Identifier: MIT
 *
 * Texts: fills in the {placeholders} of title and advice. The result may contain health data: it belongs in the
 * alert and never in a log.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_ALERT_TEXTS_H
#define VIGIL_RULES_ALERT_TEXTS_H

#include <stdbool.h>

#include "rules/eval/engine.h"

/* Expand @text, which belongs to the rule of @verdict, into @ret[ALERT_TEXT_BYTES]. A text that is too long is cut
 * between two characters. A placeholder without a value (no reading, no room) becomes a dash. */
void alert_texts_expand(const struct verdict *verdict, const char *text, bool chinese, char *ret);

#endif
