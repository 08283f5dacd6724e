/* SPDX-License-Identifier: MIT
 *
 * Dead: finds rules that can never raise an alert, and rules that inhibit each other.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_DEAD_H
#define VIGIL_RULES_LANG_DEAD_H

#include "rules/lang/reading/reading.h"

/* After all rules have been read. Reports R040, R048, W013 and W016; sets out_of_memory. */
void lang_dead_check(struct lang_reading *reading);

#endif
