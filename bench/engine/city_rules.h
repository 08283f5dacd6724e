/* SPDX-License-Identifier: MIT
 *
 * City rules: writes rule files of the size of a city to a folder: the sample rules, rules for everybody, and
 * rules for each district, CITY_RULES in total; and overrides of single elders, at most one for each.
 *
 * Thread: one owner. Blocks: writes files.
 */
#ifndef VIGIL_BENCH_ENGINE_CITY_RULES_H
#define VIGIL_BENCH_ENGINE_CITY_RULES_H

#include <stdint.h>

enum { CITY_RULES = 1000 };

/* Editions of the files, as somebody would change them. */
enum city_rules_edition {
        CITY_RULES_FIRST,
        CITY_RULES_OTHER_LIMITS, /* other limits in every district rule */
        CITY_RULES_ANOTHER_RULE, /* a rule with state for everybody replaces one without */
        CITY_RULES_EDITIONS,
};

/* Write @edition to the existing @folder, replacing the previous edition. @sample: the folder of the sample rules,
 * which are @sample_rules. Does not touch overrides. Return: 0 or -errno with err_why(). */
int city_rules_write(const char *folder, const char *sample, uint32_t sample_rules,
                     enum city_rules_edition edition);

/* Write @count overrides to overrides.d of @folder, for every (@elder_count / @count)-th elder, valid for half a year
 * from @now_ms. Return: 0 or -errno with err_why(). */
int city_rules_overrides_write(const char *folder, uint32_t count, uint32_t elder_count,
                               int64_t now_ms);

/* Remove the folder with all its files. */
void city_rules_remove(const char *folder);

#endif
