/* SPDX-License-Identifier: MIT
 *
 * Time zones: wall clock milliseconds to local day, weekday and minute, for any number of zones at once
 * and without touching the process' TZ (localtime(3) knows one zone and takes a lock). Reads the
 * system's zone files (RFC 8536), the rule that continues their tables included.
 *
 * Thread: a zone is constant once open; any thread may ask it. Blocks: zone_open() reads a file.
 */
#ifndef VIGIL_COMMON_BASE_ZONE_H
#define VIGIL_COMMON_BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct zone;

struct zone_local {
        int64_t day;       /* days since 1970-01-01, local */
        int weekday;       /* 0 Monday … 6 Sunday */
        int minute_of_day; /* 0 … 1439 */
};

/* @name: "Asia/Shanghai". Return: 0; -ENOENT when there is no such zone; -EINVAL when the name or the
 * file is not one; -ENOMEM; -errno of reading. */
int zone_open(struct zone **ret, const char *name);
struct zone *zone_close(struct zone *zone);

/* The same from memory, for tests and fuzzing. */
int zone_parse(struct zone **ret, const void *file, size_t file_bytes);

/* Seconds east of UTC at that moment. @zone NULL: UTC. */
int32_t zone_offset_s(const struct zone *zone, int64_t time_ms);

struct zone_local zone_local(const struct zone *zone, int64_t time_ms);

/* The civil calendar: days since 1970-01-01. @month and @day from 1. */
int64_t zone_day(int64_t year, int month, int day);
int64_t zone_year(int64_t day);
int zone_weekday(int64_t day); /* 0 Monday … 6 Sunday */

#endif
