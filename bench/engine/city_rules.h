/* SPDX-License-Identifier: MIT
 *
 * City rules: rule files as large as a city's, in a folder of their own: the sample rules, rules for
 * everybody, and for each of the town's districts its own, CITY_RULES in all; and overrides of
 * single elders, each elder one.
 *
 * Thread: any one. Blocks: writes files.
 */
#ifndef VIGIL_BENCH_ENGINE_CITY_RULES_H
#define VIGIL_BENCH_ENGINE_CITY_RULES_H

#include <stdint.h>

enum { CITY_RULES = 1000 };

/* What somebody changed since; each differs from the one before. */
enum city_rules_edition {
        CITY_RULES_FIRST,
        CITY_RULES_OTHER_LIMITS, /* of every district rule */
        CITY_RULES_ANOTHER_RULE, /* with a state for everybody, instead of one without */
        CITY_RULES_EDITIONS,
};

/* Write @edition into @folder, which exists, over what is there. @sample: the sample rules, @sample_rules of
 * them. Overrides are written by city_rules_overrides_write(), into overrides.d, and stay.
 * Return: 0 or -errno with err_why(). */
int city_rules_write(const char *folder, const char *sample, uint32_t sample_rules,
                     enum city_rules_edition edition);

/* @count overrides, of every (@elder_count / @count)-th elder of a town, that hold for half a year from
 * @now_ms on. */
int city_rules_overrides_write(const char *folder, uint32_t count, uint32_t elder_count,
                               int64_t now_ms);

/* Remove the folder with all that was written there. */
void city_rules_remove(const char *folder);

#endif
