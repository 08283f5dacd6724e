/* SPDX-License-Identifier: MIT
 *
 * Holidays: reads one item of holidays:.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_HOLIDAYS_H
#define VIGIL_RULES_LANG_DOCUMENTS_HOLIDAYS_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_holiday_map;
void lang_holiday_read(struct lang_reading *reading, const struct yaml_node *node);

#endif
