/* SPDX-License-Identifier: MIT
 *
 * Rules that can never raise, or hold each other back.
 */
#ifndef VIGIL_RULES_LANG_DEAD_H
#define VIGIL_RULES_LANG_DEAD_H

#include "rules/lang/reading/reading.h"

void lang_dead_check(struct lang_reading *reading);

#endif
