/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/timeline/local_time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS_SEARCHED = 3 }; /* for a time of day: one that is skipped today exists tomorrow */
static const int64_t DAY_MS = 86400000;
static const int64_t HOUR_MS = 3600000;

/* --- text to numbers --------------------------------------------------------------------------- */

/* Whether @text begins with @form, in which d stands for a digit. */
static bool has_form(const char *text, const char *form) {
        for (; *form; text++, form++) {
                if (*form == 'd' ? *text < '0' || *text > '9' : *text != *form)
                        return false;
        }
        return true;
}

static int two(const char *text) {
        return 10 * (text[0] - '0') + (text[1] - '0');
}

static bool duration_read(const char *text, int64_t *ret_ms) {
        static const struct {
                const char *unit;
                int64_t ms;
        } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", HOUR_MS}, {"d", DAY_MS}};
        size_t digits = strspn(text, "0123456789");

        for (size_t i = 0; digits && digits < 10 && i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(text + digits, units[i].unit) != 0)
                        continue;
                *ret_ms = strtoll(text, NULL, 10) * units[i].ms;
                return true;
        }
        return false;
}

/* Parse "22:10" or "22:10:30" into milliseconds since midnight; *ret_rest: the text after it. */
static bool clock_read(const char *text, int64_t *ret_ms, const char **ret_rest) {
        int hour, minute, second = 0;

        if (!has_form(text, "dd:dd"))
                return false;
        hour = two(text);
        minute = two(text + 3);
        *ret_rest = text + 5;
        if (has_form(*ret_rest, ":dd")) {
                second = two(text + 6);
                *ret_rest = text + 8;
        }
        *ret_ms = (hour * 3600 + minute * 60 + second) * INT64_C(1000);
        return hour < 24 && minute < 60 && second < 60;
}

/* Parse "2026-11-25" into Unix milliseconds of its midnight in UTC. */
static bool date_read(const char *text, int64_t *ret_ms) {
        struct tm tm = {0};
        int year, month, day;

        if (!has_form(text, "dddd-dd-dd"))
                return false;
        year = two(text) * 100 + two(text + 2);
        month = two(text + 5);
        day = two(text + 8);
        tm.tm_year = year - 1900;
        tm.tm_mon = month - 1;
        tm.tm_mday = day;
        *ret_ms = (int64_t)timegm(&tm) * 1000;
        /* Reject a date like 30 February, which timegm() moves into March. */
        return year >= 1970 && tm.tm_mon == month - 1 && tm.tm_mday == day;
}

/* --- local to UTC ------------------------------------------------------------------------------- */

/* Find the times at which clocks of @zone show @local_ms; at most two. A zone changes its offset at most once
 * within two days, so only the offsets a day before and a day after are possible. */
static int moments_of(int64_t local_ms, const struct zone *zone, int64_t *ret) {
        int count = 0;

        for (int side = -1; side <= 1; side += 2) {
                int64_t offset_ms = zone_offset_s(zone, local_ms + side * DAY_MS) * INT64_C(1000);
                int64_t time_ms = local_ms - offset_ms;

                if (zone_offset_s(zone, time_ms) * INT64_C(1000) != offset_ms)
                        continue;
                if (count == 0 || ret[0] != time_ms)
                        ret[count++] = time_ms;
        }
        return count;
}

/* Parse "+01:00". */
static bool offset_read(const char *text, int64_t *ret_ms) {
        if ((*text != '+' && *text != '-') || !has_form(text + 1, "dd:dd") || text[6])
                return false;
        *ret_ms = (two(text + 1) * 60 + two(text + 4)) * INT64_C(60000) * (*text == '-' ? -1 : 1);
        return true;
}

static int moment_read(const char *text, const struct zone *zone, int64_t *ret) {
        int64_t date_ms, clock_ms, offset_ms, moments[2];
        const char *rest;
        int count;

        if (!date_read(text, &date_ms) || text[10] != ' ' ||
            !clock_read(text + 11, &clock_ms, &rest))
                return LOCAL_TIME_UNREADABLE;
        count = moments_of(date_ms + clock_ms, zone, moments);
        if (*rest) {
                if (!offset_read(rest, &offset_ms))
                        return LOCAL_TIME_UNREADABLE;
                for (int i = 0; i < count; i++) {
                        if (date_ms + clock_ms - moments[i] != offset_ms)
                                continue;
                        *ret = moments[i];
                        return 0;
                }
                return count == 0 ? LOCAL_TIME_SKIPPED : LOCAL_TIME_WRONG_OFFSET;
        }
        if (count != 1)
                return count == 0 ? LOCAL_TIME_SKIPPED : LOCAL_TIME_TWICE;
        *ret = moments[0];
        return 0;
}

/* The first time at or after @start_ms at which clocks show @clock_ms. */
static int next_clock(int64_t clock_ms, const struct zone *zone, int64_t start_ms, int64_t *ret) {
        int64_t midnight_ms = zone_local(zone, start_ms).day * DAY_MS, moments[2];

        for (int day = 0; day < DAYS_SEARCHED; day++) {
                int count = moments_of(midnight_ms + day * DAY_MS + clock_ms, zone, moments);

                if (count == 2 && moments[1] >= start_ms)
                        return LOCAL_TIME_TWICE;
                if (count == 0 && day == 0)
                        return LOCAL_TIME_SKIPPED;
                if (count > 0 && moments[0] >= start_ms) {
                        *ret = moments[0];
                        return 0;
                }
        }
        return LOCAL_TIME_SKIPPED;
}

int local_time_read(const char *text, const struct zone *zone, int64_t start_ms, int64_t *ret) {
        const char *rest;
        int64_t ms;

        if (start_ms != INT64_MIN && duration_read(text, &ms)) {
                *ret = start_ms + ms;
                return 0;
        }
        if (start_ms != INT64_MIN && clock_read(text, &ms, &rest) && !*rest)
                return next_clock(ms, zone, start_ms, ret);
        return moment_read(text, zone, ret);
}

/* --- back to text ------------------------------------------------------------------------------- */

const char *local_time_text(int64_t time_ms, const struct zone *zone, char *ret) {
        int32_t offset_s = zone_offset_s(zone, time_ms);
        int64_t local_ms = time_ms + offset_s * INT64_C(1000);
        time_t local_s = (time_t)(local_ms / 1000);
        char fraction[8] = "";
        struct tm tm;
        size_t used;

        gmtime_r(&local_s, &tm);
        used = strftime(ret, LOCAL_TIME_BYTES, "%a %F %T", &tm);
        if (local_ms % 1000 != 0)
                snprintf(fraction, sizeof(fraction), ".%03d", (int)(local_ms % 1000));
        snprintf(ret + used, LOCAL_TIME_BYTES - used, "%s%c%02d:%02d", fraction,
                 offset_s < 0 ? '-' : '+', abs(offset_s) / 3600 % 100, abs(offset_s) / 60 % 60);
        return ret;
}
