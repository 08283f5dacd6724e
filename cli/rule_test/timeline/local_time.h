/* SPDX-License-Identifier: MIT
 *
 * The moments of a rule test: what a person writes in local time, into wall clock milliseconds.
 *
 *      90s                      that long after the test's start, whatever clocks do meanwhile
 *      "22:10"  "22:10:30"      the first such time at or after the start
 *      "2026-11-25 03:00"       that day; with seconds too
 *      "2026-10-25 01:30+00:00" with the offset, for an hour that comes twice
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_TIMELINE_LOCAL_TIME_H
#define VIGIL_CLI_RULE_TEST_TIMELINE_LOCAL_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/zone.h"

enum {
        LOCAL_TIME_UNREADABLE = 1, /* none of the forms above */
        LOCAL_TIME_SKIPPED = 2,    /* the clocks go forward over it: it does not exist */
        LOCAL_TIME_TWICE = 3,      /* the clocks go back over it: say which, with the offset */
        LOCAL_TIME_WRONG_OFFSET = 4,
};

/* @start_ms: what durations and times of day count from; INT64_MIN: only dates are taken.
 * @zone NULL: UTC. Return: 0 and *ret, or one of the above. */
int local_time_read(const char *text, const struct zone *zone, int64_t start_ms, int64_t *ret);

enum { LOCAL_TIME_BYTES = 40 };

/* "Tue 2026-11-24 21:50:00+08:00" into @ret[LOCAL_TIME_BYTES]; fractions of a second only when there
 * are any. Return: @ret. */
const char *local_time_text(int64_t time_ms, const struct zone *zone, char *ret);

#endif
