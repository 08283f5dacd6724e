/* SPDX-License-Identifier: MIT
 *
 * Checks printf formats: may a translation be used instead of the English text?
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_CONVERSIONS_H
#define VIGIL_COMMON_LANGUAGE_CONVERSIONS_H

#include <stdbool.h>

/* Does @translation take the arguments that are passed for @english? The types must be the same in the same places.
 * It may omit arguments at the end and refer to them by number: "%2$s". If @english is not a valid format ("100 %"),
 * any translation without '$' agrees. */
bool conversions_agree(const char *english, const char *translation);

#endif
