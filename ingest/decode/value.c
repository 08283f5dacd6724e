/* SPDX-License-Identifier: MIT */
#include "ingest/decode/value.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* 2^53: above it a double cannot represent every whole number. */
static const double exact_max = 9007199254740992.0;

enum value_answer value_whole(const yyjson_val *value, int64_t *ret) {
        yyjson_val *v = (yyjson_val *)value; /* yyjson's getters lack const, but only read */

        if (yyjson_is_sint(v)) {
                *ret = yyjson_get_sint(v);
        } else if (yyjson_is_uint(v)) {
                if (yyjson_get_uint(v) > INT64_MAX)
                        return VALUE_NOT_WHOLE;
                *ret = (int64_t)yyjson_get_uint(v);
        } else if (yyjson_is_real(v)) {
                double real = yyjson_get_real(v);

                if (!(fabs(real) <= exact_max) || real != floor(real))
                        return VALUE_NOT_WHOLE;
                *ret = (int64_t)real;
        } else {
                return VALUE_NOT_A_NUMBER;
        }
        return VALUE_OK;
}

enum value_answer value_whole_unsigned(const yyjson_val *value, uint64_t *ret) {
        yyjson_val *v = (yyjson_val *)value;
        int64_t whole;

        if (yyjson_is_uint(v)) {
                *ret = yyjson_get_uint(v);
                return VALUE_OK;
        }

        enum value_answer answer = value_whole(value, &whole);

        if (answer != VALUE_OK)
                return answer;
        if (whole < 0)
                return VALUE_NOT_WHOLE;
        *ret = (uint64_t)whole;
        return VALUE_OK;
}

/* --- time ------------------------------------------------------------------------------------------ */

/* Two digits at @at, or -1. */
static int two_digits(const char *at) {
        if (!isdigit((unsigned char)at[0]) || !isdigit((unsigned char)at[1]))
                return -1;
        return (at[0] - '0') * 10 + (at[1] - '0');
}

/* "Z", "+08:00" or "+0800" -> minutes east of UTC. */
static bool read_zone(const char *text, int *ret) {
        if (strcmp(text, "Z") == 0) {
                *ret = 0;
                return true;
        }
        if (text[0] != '+' && text[0] != '-')
                return false;

        int hours = two_digits(text + 1);
        const char *rest = hours < 0 ? "" : text + 3;

        if (*rest == ':')
                rest++;

        int minutes = *rest ? two_digits(rest) : -1;

        if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || rest[2] != '\0')
                return false;
        *ret = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
        return true;
}

bool value_iso8601_ms(const char *text, size_t text_bytes, int64_t *ret) {
        enum { DATE_BYTES = 19 }; /* 2026-04-17T23:33:22 */
        char copy[40];
        struct tm tm = {0};
        int zone_minutes;

        if (text_bytes <= DATE_BYTES || text_bytes >= sizeof(copy) ||
            memchr(text, '\0', text_bytes))
                return false;
        memcpy(copy, text, text_bytes);
        copy[text_bytes] = '\0';

        const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);

        /* strptime() also accepts "2026-4-7T1:2:3". */
        if (!end || end != copy + DATE_BYTES)
                return false;

        int64_t ms = 0;

        if (*end == '.') {
                int weight = 100;

                if (!isdigit((unsigned char)*++end))
                        return false;
                for (; isdigit((unsigned char)*end); end++, weight /= 10)
                        ms += (*end - '0') * weight;
        }
        if (!read_zone(end, &zone_minutes))
                return false;
        *ret = ((int64_t)timegm(&tm) - (int64_t)zone_minutes * 60) * 1000 + ms;
        return true;
}
