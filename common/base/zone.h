/* SPDX-License-Identifier: MIT
 *
 * Time zones: convert wall clock milliseconds to local day, weekday and minute, for any number of zones at once and
 * independently of the TZ of the process (localtime(3) supports one zone and takes a lock). Reads the zone files of
 * the system (RFC 8536), including the POSIX TZ rule that applies after the last transition of their table.
 *
 * Thread: an open zone is immutable, so any thread may read it. Blocks: zone_open() reads a file.
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

/* @name: "Asia/Shanghai". The caller releases *ret with zone_close(). Return: 0; -ENOENT if there is no such zone;
 * -EINVAL if the name or the file is invalid; -ENOMEM; -EIO or another -errno if the file cannot be read. */
int zone_open(struct zone **ret, const char *name);
struct zone *zone_close(struct zone *zone);

/* The same from a file in memory, for tests and fuzzers. */
int zone_parse(struct zone **ret, const void *file, size_t file_bytes);

/* Return: offset from UTC at @time_ms in seconds, positive to the east. @zone NULL: UTC. */
int32_t zone_offset_s(const struct zone *zone, int64_t time_ms);

/* The local day, weekday and minute at @time_ms. @zone NULL: UTC. */
struct zone_local zone_local(const struct zone *zone, int64_t time_ms);

/* Conversions between a civil date and days since 1970-01-01. @month and @day count from 1. */
int64_t zone_day(int64_t year, int month, int day);
int64_t zone_year(int64_t day);
int zone_weekday(int64_t day); /* 0 Monday … 6 Sunday */

#endif
