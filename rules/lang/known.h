/* SPDX-License-Identifier: MIT
 *
 * What rules name and the registry has not.
 */
#ifndef VIGIL_RULES_LANG_KNOWN_H
#define VIGIL_RULES_LANG_KNOWN_H

#include "rules/lang/reading/reading.h"

/* Against options->registry, which is there. Return: 0, -ENOMEM. */
int lang_known_check(struct lang_reading *reading);

#endif
