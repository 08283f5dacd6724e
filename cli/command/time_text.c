/* SPDX-License-Identifier: MIT */
#include "cli/command/time_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool time_text_parse(const char *text, int64_t *ret_ms) {
        struct tm tm = {0};
        const char *rest = strptime(text, "%Y-%m-%d", &tm);
        struct tm given;

        if (!rest || strlen(text) < 10 || rest != text + 10)
                return false;
        if (*rest) {
                if (*rest != 'T' && *rest != ' ')
                        return false;
                rest = strptime(rest + 1, "%H:%M:%S", &tm);
                if (!rest)
                        return false;
        }
        given = tm;

        int64_t seconds = timegm(&tm);
        int hours, minutes, read = 0;

        /* Reject a date like 30 February, which timegm() moves into March. */
        if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
                return false;
        if (text[10] && strcmp(rest, "Z") != 0) {
                if ((*rest != '+' && *rest != '-') || strlen(rest) != 6 ||
                    sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &read) != 2 || read != 5 ||
                    hours > 14 || minutes > 59)
                        return false;
                seconds -= (*rest == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
        }
        *ret_ms = seconds * 1000;
        return true;
}
