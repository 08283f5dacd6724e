/* SPDX-License-Identifier: MIT
 *
 * Known: warns about names in rules that are not in the registry, and about rules that apply to no elder.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_KNOWN_H
#define VIGIL_RULES_LANG_KNOWN_H

#include "rules/lang/reading/reading.h"

/* options->registry must not be NULL. Return: 0 or -ENOMEM. */
int lang_known_check(struct lang_reading *reading);

#endif
