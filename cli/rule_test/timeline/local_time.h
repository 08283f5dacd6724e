/* SPDX-License-Identifier: MIT
 *
 * Parses the times of a rule test, in local time, into wall clock milliseconds.
 *
 *      90s                      so long after the start of the test, whatever clocks do meanwhile
 *      "22:10"  "22:10:30"      the first such time at or after the start
 *      "2026-11-25 03:00"       on that day; with seconds too
 *      "2026-10-25 01:30+00:00" with the offset, for an hour that occurs twice
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
        LOCAL_TIME_SKIPPED = 2,    /* does not exist: clocks are set forward over it */
        LOCAL_TIME_TWICE = 3,      /* occurs twice, and no offset is given */
        LOCAL_TIME_WRONG_OFFSET = 4,
};

/* @start_ms: base of durations and times of day; INT64_MIN: only dates are accepted. @zone NULL: UTC. Return: 0 and
 * *ret, or one of the above. */
int local_time_read(const char *text, const struct zone *zone, int64_t start_ms, int64_t *ret);

enum { LOCAL_TIME_BYTES = 40 };

/* Write "Tue 2026-11-24 21:50:00+08:00" to @ret[LOCAL_TIME_BYTES], with a fraction of a second only if there is
 * one. Return: @ret. */
const char *local_time_text(int64_t time_ms, const struct zone *zone, char *ret);

#endif
