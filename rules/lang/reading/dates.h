/* SPDX-License-Identifier: MIT
 *
 * Dates.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_DATES_H
#define VIGIL_RULES_LANG_READING_DATES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/files/yaml.h"

struct lang_reading;

/* "2027-02-01": days since 1970-01-01, or (end) the first moment after it in the site's zone. */
bool lang_day_read(struct lang_reading *reading, const struct yaml_node *node, int32_t *ret);
int64_t lang_day_end_ms(const struct lang_reading *reading, int32_t day);

#endif
