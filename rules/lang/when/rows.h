/* SPDX-License-Identifier: MIT
 *
 * Rows: the words of when: that name a kind of condition, in the order of messages and of the schema. For each word,
 * a file in this folder defines lang_<word>, which says how such a condition is read; related words share a file.
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
