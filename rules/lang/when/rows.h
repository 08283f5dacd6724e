/* SPDX-License-Identifier: MIT
 *
 * Every word of when: that names a condition, in the order in which messages and the schema have them. Each is a file
 * here, or shares one, that defines lang_<word>: how a condition of that word is read.
 *
 * Thread: any (constant). Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_WHEN_ROWS_H
#define VIGIL_RULES_LANG_WHEN_ROWS_H

#include "rules/lang/reading/reading.h"

#define LANG_CONDITIONS(ROW)                                                                       \
        ROW(event)                                                                                 \
        ROW(vital)                                                                                 \
        ROW(invalid)                                                                               \
        ROW(score)                                                                                 \
        ROW(fall_motion)                                                                           \
        ROW(quiet)                                                                                 \
        ROW(visit)                                                                                 \
        ROW(offline)                                                                               \
        ROW(count)                                                                                 \
        ROW(sequence)                                                                              \
        ROW(zone)                                                                                  \
        ROW(all)                                                                                   \
        ROW(any)

#define LANG_CONDITION_ROW(word) extern const struct lang_condition lang_##word;
LANG_CONDITIONS(LANG_CONDITION_ROW)
#undef LANG_CONDITION_ROW

#endif
