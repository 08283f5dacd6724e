/* SPDX-License-Identifier: MIT
 *
 * Dates: days in rule files.
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_DATES_H
#define VIGIL_RULES_LANG_READING_DATES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/files/yaml.h"

struct lang_reading;

/* Read "2027-02-01" as days since 1970-01-01. Return: false after reporting R023. */
bool lang_day_read(struct lang_reading *reading, const struct yaml_node *node, int32_t *ret);

/* Return: the first millisecond after @day in the site's time zone, since 1970-01-01 UTC. */
int64_t lang_day_end_ms(const struct lang_reading *reading, int32_t day);

#endif
