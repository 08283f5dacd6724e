/* SPDX-License-Identifier: MIT
 *
 * What a printf format takes: whether a translation may stand in for the text it translates.
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_CONVERSIONS_H
#define VIGIL_COMMON_LANGUAGE_CONVERSIONS_H

#include <stdbool.h>

/* Does @translation take what @english is given? The same types in the same places; it may leave out arguments at
 * the end, and name them by number: "%2$s". A text that is no format agrees with one that has as little. */
bool conversions_agree(const char *english, const char *translation);

#endif
