/* SPDX-License-Identifier: MIT */
#include "rules/lang/reading/dates.h"

#include <string.h>

#include "rules/lang/reading/reading.h"

static bool date_parse(const char *text, int32_t *ret_day) {
        static const char form[] = "dddd-dd-dd";
        static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        if (strlen(text) != strlen(form))
                return false;
        for (size_t i = 0; form[i]; i++)
                if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
                        return false;

        int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] -
                   '0';
        int month = (text[5] - '0') * 10 + text[6] - '0';
        int day = (text[8] - '0') * 10 + text[9] - '0';
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        if (year < 2000 || month < 1 || month > 12 || day < 1 ||
            day > month_days[month - 1] + (leap && month == 2))
                return false;
        *ret_day = (int32_t)zone_day(year, month, day);
        return true;
}

bool lang_day_read(struct lang_reading *reading, const struct yaml_node *node, int32_t *ret) {
        if (node->type == YAML_TEXT && date_parse(node->text, ret))
                return true;
        LANG_ERROR(reading, "R023", node, "write year-month-day, for example 2027-02-01",
                   "\"%s\" is not a date", node->type == YAML_TEXT ? node->text : "…");
        return false;
}

int64_t lang_day_end_ms(const struct lang_reading *reading, int32_t day) {
        /* The zone offset is needed at local midnight. The offset at midnight UTC gives an estimate of that moment, and
         * the offset there is the right one. */
        int64_t midnight_ms = ((int64_t)day + 1) * LANG_DAYS(1);
        int64_t end_ms = midnight_ms - (int64_t)zone_offset_s(reading->zone, midnight_ms) * 1000;

        return midnight_ms - (int64_t)zone_offset_s(reading->zone, end_ms) * 1000;
}
