/* SPDX-License-Identifier: MIT */
#include "common/base/zone.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

enum {
        ZONE_FILE_BYTES_MAX = 256 * 1024,
        ZONE_HEADER_BYTES = 44,
        ZONE_TYPE_BYTES = 6,
        ZONE_NAME_BYTES_MAX = 64,
        SECONDS_A_DAY = 86400,
};

/* Start or end of summer time in a POSIX TZ rule. Kinds: Mm.w.d, Jn (29 February not counted), n (counted). */
struct zone_change {
        char kind; /* 'M', 'J' or 'n' */
        int month, week, day;
        int32_t at_s; /* seconds after local midnight */
};

/* The POSIX TZ rule that applies after the last transition of the table. */
struct zone_rule {
        bool known;
        bool has_summer;
        int32_t standard_s, summer_s;
        struct zone_change begins, ends;
};

struct zone {
        size_t count;
        int64_t *at_s;     /* times of the transitions, ascending */
        int32_t *offset_s; /* offset from UTC after each of them */
        int32_t first_offset_s;
        struct zone_rule rule;
};

/* --- calendar ---------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b) {
        int64_t quotient = a / b;

        return a % b < 0 ? quotient - 1 : quotient;
}

static bool is_leap(int64_t year) {
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The year is counted from 1 March, so that the leap day is its last day. */
int64_t zone_day(int64_t year, int month, int day) {
        int64_t y = month <= 2 ? year - 1 : year;
        int64_t era = floor_div(y, 400);
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
               day_of_year - 719468;
}

int64_t zone_year(int64_t day) {
        int64_t year = 1970 + floor_div(day, 366);

        while (zone_day(year + 1, 1, 1) <= day)
                year++;
        return year;
}

/* 1970-01-01 was a Thursday. */
int zone_weekday(int64_t day) {
        int64_t weekday = (day + 3) % 7;

        return (int)(weekday < 0 ? weekday + 7 : weekday);
}

/* --- the rule after the table ----------------------------------------------------------------- */

static int64_t change_day(const struct zone_change *change, int64_t year) {
        int64_t first;
        int sunday_first, shift, last;

        if (change->kind == 'n')
                return zone_day(year, 1, 1) + change->day;
        if (change->kind == 'J')
                return zone_day(year, 1, 1) + change->day - 1 +
                       (is_leap(year) && change->day >= 60 ? 1 : 0);

        first = zone_day(year, change->month, 1);
        sunday_first = (zone_weekday(first) + 1) % 7;
        shift = (change->day - sunday_first + 7) % 7 + (change->week - 1) * 7;
        last = (int)(zone_day(change->month == 12 ? year + 1 : year, change->month % 12 + 1, 1) -
                     first);
        if (shift >= last)
                shift -= 7; /* week 5 means the last week of the month */
        return first + shift;
}

static int32_t rule_offset_s(const struct zone_rule *rule, int64_t time_s) {
        int64_t year, begins_s, ends_s;

        if (!rule->has_summer)
                return rule->standard_s;

        year = zone_year(floor_div(time_s + rule->standard_s, SECONDS_A_DAY));
        begins_s = change_day(&rule->begins, year) * SECONDS_A_DAY + rule->begins.at_s -
                   rule->standard_s;
        ends_s = change_day(&rule->ends, year) * SECONDS_A_DAY + rule->ends.at_s - rule->summer_s;

        /* In the southern hemisphere summer time spans the new year. */
        if (begins_s < ends_s)
                return time_s >= begins_s && time_s < ends_s ? rule->summer_s : rule->standard_s;
        return time_s >= begins_s || time_s < ends_s ? rule->summer_s : rule->standard_s;
}

struct rule_reader {
        const char *at;
        bool ok;
};

static bool rule_take(struct rule_reader *reader, char c) {
        if (*reader->at != c)
                return false;
        reader->at++;
        return true;
}

static int rule_number(struct rule_reader *reader, int most) {
        int number = 0, digits = 0;

        while (isdigit((unsigned char)*reader->at) && digits < 4) {
                number = number * 10 + (*reader->at++ - '0');
                digits++;
        }
        if (digits == 0 || number > most)
                reader->ok = false;
        return number;
}

static void rule_name(struct rule_reader *reader) {
        const char *from = reader->at;

        if (rule_take(reader, '<')) {
                while (*reader->at && *reader->at != '>')
                        reader->at++;
                if (!rule_take(reader, '>'))
                        reader->ok = false;
                return;
        }
        while (isalpha((unsigned char)*reader->at))
                reader->at++;
        if (reader->at - from < 3)
                reader->ok = false;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t rule_clock(struct rule_reader *reader) {
        int sign = rule_take(reader, '-') ? -1 : 1;
        int32_t seconds;

        if (sign > 0)
                (void)rule_take(reader, '+');
        seconds = rule_number(reader, 167) * 3600;
        if (rule_take(reader, ':')) {
                seconds += rule_number(reader, 59) * 60;
                if (rule_take(reader, ':'))
                        seconds += rule_number(reader, 59);
        }
        return sign * seconds;
}

static void rule_change(struct rule_reader *reader, struct zone_change *ret) {
        ret->at_s = 2 * 3600;
        if (rule_take(reader, 'M')) {
                ret->kind = 'M';
                ret->month = rule_number(reader, 12);
                reader->ok = rule_take(reader, '.') && reader->ok;
                ret->week = rule_number(reader, 5);
                reader->ok = rule_take(reader, '.') && reader->ok;
                ret->day = rule_number(reader, 6);
                if (ret->month < 1 || ret->week < 1)
                        reader->ok = false;
        } else {
                ret->kind = rule_take(reader, 'J') ? 'J' : 'n';
                ret->day = rule_number(reader, 365);
        }
        if (rule_take(reader, '/'))
                ret->at_s = rule_clock(reader);
}

static bool rule_parse(const char *text, struct zone_rule *ret) {
        struct rule_reader reader = {.at = text, .ok = true};
        struct zone_rule rule = {.known = true};

        rule_name(&reader);
        rule.standard_s = -rule_clock(&reader);
        if (reader.ok && *reader.at) {
                rule.has_summer = true;
                rule_name(&reader);
                rule.summer_s = rule.standard_s + 3600;
                if (*reader.at && *reader.at != ',')
                        rule.summer_s = -rule_clock(&reader);
                if (!rule_take(&reader, ','))
                        return false;
                rule_change(&reader, &rule.begins);
                if (!rule_take(&reader, ','))
                        return false;
                rule_change(&reader, &rule.ends);
        }
        if (!reader.ok || *reader.at)
                return false;
        *ret = rule;
        return true;
}

/* --- the file ---------------------------------------------------------------------------------- */

static uint32_t read_be32(const unsigned char *at) {
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_be64(const unsigned char *at) {
        return (int64_t)((uint64_t)read_be32(at) << 32 | read_be32(at + 4));
}

struct zone_counts {
        uint32_t utc, standard, leap, time, type, chars;
};

static bool header_read(const unsigned char *at, size_t left, struct zone_counts *ret) {
        if (left < ZONE_HEADER_BYTES || memcmp(at, "TZif", 4) != 0)
                return false;
        *ret = (struct zone_counts){
                .utc = read_be32(at + 20),
                .standard = read_be32(at + 24),
                .leap = read_be32(at + 28),
                .time = read_be32(at + 32),
                .type = read_be32(at + 36),
                .chars = read_be32(at + 40),
        };
        return ret->utc < 256 && ret->standard < 256 && ret->leap < 1024 && ret->time < 8192 &&
               ret->type > 0 && ret->type < 256 && ret->chars < 1024;
}

static size_t body_bytes(const struct zone_counts *counts, size_t time_bytes) {
        return counts->time * (time_bytes + 1) + counts->type * ZONE_TYPE_BYTES + counts->chars +
               counts->leap * (time_bytes + 4) + counts->standard + counts->utc;
}

static bool table_read(struct zone *zone, const unsigned char *at,
                       const struct zone_counts *counts) {
        const unsigned char *indices = at + counts->time * sizeof(int64_t);
        const unsigned char *types = indices + counts->time;

        zone->count = counts->time;
        zone->first_offset_s = (int32_t)read_be32(types);
        for (size_t i = 0; i < zone->count; i++) {
                if (indices[i] >= counts->type)
                        return false;
                zone->at_s[i] = read_be64(at + i * sizeof(int64_t));
                zone->offset_s[i] =
                        (int32_t)read_be32(types + (size_t)indices[i] * ZONE_TYPE_BYTES);
                if (i > 0 && zone->at_s[i] <= zone->at_s[i - 1])
                        return false;
        }
        return true;
}

/* The footer: "\nTZ string\n". If it is empty there is no rule, and the last offset of the table stays in force. */
static bool footer_read(struct zone *zone, const unsigned char *at, size_t left) {
        const unsigned char *end;
        char text[128];
        size_t text_bytes;

        if (left < 2 || at[0] != '\n')
                return false;
        end = memchr(at + 1, '\n', left - 1);
        if (!end)
                return false;
        text_bytes = (size_t)(end - at) - 1;
        if (text_bytes == 0)
                return true;
        if (text_bytes >= sizeof(text))
                return false;
        memcpy(text, at + 1, text_bytes);
        text[text_bytes] = '\0';
        return rule_parse(text, &zone->rule);
}

int zone_parse(struct zone **ret, const void *file, size_t file_bytes) {
        const unsigned char *at = file;
        const unsigned char *end = at + file_bytes;
        struct zone_counts counts;
        struct zone *zone = NULL;
        int r = -EINVAL;

        /* Skip the first body: it has 32-bit times. Files of version 2 or later repeat it with 64 bits. */
        if (!header_read(at, file_bytes, &counts) || at[4] < '2' ||
            body_bytes(&counts, 4) > file_bytes - ZONE_HEADER_BYTES)
                return err_raise_why(-EINVAL, "not a time zone file of version 2 or later");
        at += ZONE_HEADER_BYTES + body_bytes(&counts, 4);
        if (!header_read(at, (size_t)(end - at), &counts) ||
            body_bytes(&counts, 8) > (size_t)(end - at) - ZONE_HEADER_BYTES)
                return err_raise_why(-EINVAL, "the time zone file is cut short");
        at += ZONE_HEADER_BYTES;

        zone = calloc(1, sizeof(*zone));
        if (!zone)
                return err_raise(-ENOMEM);
        zone->at_s = calloc(counts.time + 1, sizeof(*zone->at_s));
        zone->offset_s = calloc(counts.time + 1, sizeof(*zone->offset_s));
        if (!zone->at_s || !zone->offset_s) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        if (!table_read(zone, at, &counts) ||
            !footer_read(zone, at + body_bytes(&counts, 8),
                         (size_t)(end - at) - body_bytes(&counts, 8))) {
                r = err_raise_why(-EINVAL, "the time zone file does not add up");
                goto out;
        }

        *ret = zone;
        zone = NULL;
        r = 0;
out:
        zone_close(zone);
        return err_trace(r);
}

int zone_open(struct zone **ret, const char *name) {
        char path[256];
        unsigned char *bytes = NULL;
        FILE *file = NULL;
        size_t used;
        int r;

        /* Names come from the configuration and the registry: reject any that points outside the folder. */
        if (!name[0] || strlen(name) > ZONE_NAME_BYTES_MAX || name[0] == '/' || strstr(name, ".."))
                return err_raise_why(-EINVAL, "\"%.64s\" is not the name of a time zone", name);
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);

        file = fopen(path, "rbe");
        if (!file)
                return err_raise_why(
                        -errno, "unknown time zone \"%s\"; write for example Asia/Shanghai", name);
        bytes = malloc(ZONE_FILE_BYTES_MAX);
        if (!bytes) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        used = fread(bytes, 1, ZONE_FILE_BYTES_MAX, file);
        if (ferror(file)) {
                r = err_raise(-EIO);
                goto out;
        }
        r = zone_parse(ret, bytes, used);
out:
        free(bytes);
        fclose(file);
        return err_trace(r);
}

struct zone *zone_close(struct zone *zone) {
        if (zone) {
                free(zone->at_s);
                free(zone->offset_s);
                free(zone);
        }
        return NULL;
}

/* --- questions --------------------------------------------------------------------------------- */

int32_t zone_offset_s(const struct zone *zone, int64_t time_ms) {
        int64_t time_s = floor_div(time_ms, 1000);
        size_t low = 0, high;

        if (!zone)
                return 0;
        high = zone->count;
        if (zone->rule.known && (high == 0 || time_s >= zone->at_s[high - 1]))
                return rule_offset_s(&zone->rule, time_s);

        /* Count the transitions at or before time_s. */
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (zone->at_s[middle] <= time_s)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low == 0 ? zone->first_offset_s : zone->offset_s[low - 1];
}

struct zone_local zone_local(const struct zone *zone, int64_t time_ms) {
        int64_t local_s = floor_div(time_ms, 1000) + zone_offset_s(zone, time_ms);
        int64_t day = floor_div(local_s, SECONDS_A_DAY);

        return (struct zone_local){
                .day = day,
                .weekday = zone_weekday(day),
                .minute_of_day = (int)((local_s - day * SECONDS_A_DAY) / 60),
        };
}
