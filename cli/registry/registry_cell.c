/* SPDX-License-Identifier: MIT */
#include "cli/registry/registry_cell.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/time_text.h"
#include "common/language/say.h"
#include "common/registry/registry.h"
#include "common/base/utf8.h"
#include "common/base/zone.h"

enum {
        YEAR_MIN = 1880,
        YEAR_MAX = 2100,
        ORDER_MAX = 1000,
        PHONE_DIGITS_MIN = 3, /* 120 */
        PHONE_DIGITS_MAX = 15,
        DAYS_A_WEEK = 7,
};

static bool fault(struct registry_cell_fault *ret, const char *code, const char *help,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Remove a partial character at the end of a truncated message, so that it is valid UTF-8. */
static void message_mend(char *message) {
        size_t bytes = strlen(message), kept = 0;

        for (size_t at = 0; at < bytes;) {
                uint32_t character;
                size_t length = utf8_read(message + at, bytes - at, &character);

                memmove(message + kept, message + at, length);
                kept += length;
                at += length ? length : 1;
        }
        message[kept] = '\0';
}

/* Set the fault. Return: always false, as the result of the caller. */
static bool fault(struct registry_cell_fault *ret, const char *code, const char *help,
                  const char *format, ...) {
        va_list args;

        ret->code = code;
        ret->help = help;
        va_start(args, format);
        vsnprintf(ret->message, sizeof(ret->message), say(ret->language, format), args);
        va_end(args);
        message_mend(ret->message);
        return false;
}

static bool id_read(const struct registry_cell_column *column, const char *text, void *at,
                    struct registry_cell_fault *ret_fault) {
        if (!registry_id_is_valid(text, strlen(text), column->bytes))
                return fault(ret_fault, "G021", "letters, digits and _ . - without spaces",
                             "%s \"%.40s\" must be 1 to %zu of A-Z a-z 0-9 _ . -", column->name,
                             text, column->bytes - 1);
        memcpy(at, text, strlen(text) + 1);
        return true;
}

static bool text_read(const struct registry_cell_column *column, const char *text, void *at,
                      struct registry_cell_fault *ret_fault) {
        size_t bytes = strlen(text);

        if (bytes >= column->bytes)
                return fault(ret_fault, "G024", "a Chinese character takes 3 bytes",
                             "%s takes %zu bytes, at most %zu fit", column->name, bytes,
                             column->bytes - 1);
        if (strpbrk(text, "\n\r\t"))
                return fault(ret_fault, "G024", NULL, "%s has a line end or a tab in it",
                             column->name);
        memcpy(at, text, bytes + 1);
        return true;
}

static bool words_read(const struct registry_cell_column *column, const char *text, void *at,
                       struct registry_cell_fault *ret_fault) {
        struct registry_words words = {0};

        while (*text) {
                size_t bytes = strcspn(text, ";");
                size_t spaces = strspn(text, " ");
                size_t word_bytes = spaces < bytes ? bytes - spaces : 0;

                while (word_bytes && text[spaces + word_bytes - 1] == ' ')
                        word_bytes--;
                if (word_bytes && words.count == REGISTRY_WORDS_MAX)
                        return fault(ret_fault, "G031", NULL, "%s has more than %d words",
                                     column->name, REGISTRY_WORDS_MAX);
                if (word_bytes &&
                    !registry_id_is_valid(text + spaces, word_bytes, REGISTRY_ID_BYTES))
                        return fault(ret_fault, "G031", "separate the words with ; as in: copd;af",
                                     "\"%.*s\" in %s must be 1 to %d of A-Z a-z 0-9 _ . -",
                                     (int)(word_bytes < 40 ? word_bytes : 40), text + spaces,
                                     column->name, REGISTRY_ID_BYTES - 1);
                if (word_bytes)
                        memcpy(words.word[words.count++], text + spaces, word_bytes);
                text += bytes + (text[bytes] == ';');
        }
        memcpy(at, &words, sizeof(words));
        return true;
}

/* A word in English or Chinese, and the value it stands for. */
struct synonym {
        const char *text;
        const char *word;
};

static const char *synonym_find(const struct synonym *synonyms, const char *text) {
        for (; synonyms->text; synonyms++)
                if (strcmp(synonyms->text, text) == 0)
                        return synonyms->word;
        return NULL;
}

static bool care_level_read(const struct registry_cell_column *column, const char *text, void *at,
                            struct registry_cell_fault *ret_fault) {
        static const struct synonym levels[] = {
                {"self_reliant", "self_reliant"},
                {"partial", "partial"},
                {"full", "full"},
                {"自理", "self_reliant"},
                {"半失能", "partial"},
                {"失能", "full"},
                {NULL, NULL},
        };
        const char *level = synonym_find(levels, text);

        if (!level)
                return fault(ret_fault, "G028", "one of: self_reliant, partial, full",
                             "%s \"%.40s\" is not known", column->name, text);
        memcpy(at, level, strlen(level) + 1);
        return true;
}

static bool yes_no_read(const struct registry_cell_column *column, const char *text, void *at,
                        struct registry_cell_fault *ret_fault) {
        static const struct synonym answers[] = {
                {"yes", "y"},   {"true", "y"}, {"1", "y"},  {"是", "y"},  {"no", "n"},
                {"false", "n"}, {"0", "n"},    {"否", "n"}, {NULL, NULL},
        };
        const char *answer = synonym_find(answers, text);

        if (!answer)
                return fault(ret_fault, "G028", "write yes or no",
                             "%s \"%.40s\" is neither yes nor no", column->name, text);
        *(bool *)at = answer[0] == 'y';
        return true;
}

static bool whole_read(const struct registry_cell_column *column, const char *text, long min,
                       long max, int *ret, struct registry_cell_fault *ret_fault) {
        char *end;
        long number = strtol(text, &end, 10);

        if (*end || end == text || strspn(text, "0123456789") != strlen(text) || number < min ||
            number > max)
                return fault(ret_fault, "G025", NULL,
                             "%s must be a whole number from %ld to %ld, not \"%.40s\"",
                             column->name, min, max, text);
        *ret = (int)number;
        return true;
}

static bool degrees_read(const struct registry_cell_column *column, const char *text, double most,
                         void *at, struct registry_cell_fault *ret_fault) {
        char *end;
        double degrees = strtod(text, &end);

        /* Digits only: strtod() would also take "nan", "inf" and "0x1p3". */
        if (*end || end == text || strspn(text, "+-.0123456789") != strlen(text))
                return fault(ret_fault, "G026", "decimal degrees as in 39.9042, WGS-84",
                             "%s \"%.40s\" is not a number of degrees", column->name, text);
        if (!(fabs(degrees) <= most))
                return fault(ret_fault, "G026",
                             most < 100 && fabs(degrees) <= 180 ? "are lat and lon swapped?" : NULL,
                             "%s %.40s is beyond %g degrees", column->name, text, most);
        *(double *)at = degrees;
        return true;
}

static bool phone_read(const struct registry_cell_column *column, const char *text, void *at,
                       struct registry_cell_fault *ret_fault) {
        size_t digits = 0;
        bool other = false;

        for (const char *c = text; *c; c++) {
                if (*c >= '0' && *c <= '9')
                        digits++;
                else if (!(*c == '+' && c == text) && !strchr(" -()", *c))
                        other = true;
        }
        if (other || digits < PHONE_DIGITS_MIN || digits > PHONE_DIGITS_MAX)
                return fault(
                        ret_fault, "G027", "as in +86 139 0000 0000 or 010-5555 0117",
                        "%s must be %d to %d digits, with + in front and spaces, - or () between",
                        column->name, PHONE_DIGITS_MIN, PHONE_DIGITS_MAX);
        return text_read(column, text, at, ret_fault);
}

static bool duration_read(const struct registry_cell_column *column, const char *text, void *at,
                          struct registry_cell_fault *ret_fault) {
        static const struct {
                const char *unit;
                int64_t ms;
        } units[] = {{"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
        size_t digits = strspn(text, "0123456789");

        for (size_t i = 0; digits && digits < 8 && i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(text + digits, units[i].unit) != 0)
                        continue;
                *(int64_t *)at = strtoll(text, NULL, 10) * units[i].ms;
                return true;
        }
        return fault(ret_fault, "G032", "a whole number and s, m, h or d, as in 15m",
                     "%s \"%.40s\" is not a duration", column->name, text);
}

static bool time_read(const struct registry_cell_column *column, const char *text, void *at,
                      struct registry_cell_fault *ret_fault) {
        int64_t time_ms;

        if (!time_text_parse(text, &time_ms) || time_ms < 0)
                return fault(ret_fault, "G032", "as in 2026-11-01 or 2026-11-01T08:30:00+08:00",
                             "%s \"%.40s\" is not a date or time", column->name, text);
        *(int64_t *)at = time_ms;
        return true;
}

static bool minute_read(const struct registry_cell_column *column, const char *text, void *at,
                        struct registry_cell_fault *ret_fault) {
        if (!registry_minute_parse(text, strlen(text), at))
                return fault(ret_fault, "G030", "as in 08:00, up to 24:00",
                             "%s \"%.40s\" is not a time of day", column->name, text);
        return true;
}

/* "mon;tue" and "mon-fri"; a range may cross the end of the week, as in "sat-mon". */
static bool days_read(const struct registry_cell_column *column, const char *text, void *at,
                      struct registry_cell_fault *ret_fault) {
        bool days[DAYS_A_WEEK] = {false};

        while (*text) {
                size_t bytes = strcspn(text, ";");
                size_t first_bytes = strcspn(text, "-;");
                int first = registry_day_parse(text, first_bytes), last = first;

                if (first_bytes < bytes)
                        last = registry_day_parse(text + first_bytes + 1, bytes - first_bytes - 1);
                if (first < 0 || last < 0)
                        return fault(ret_fault, "G030", "as in mon;wed;sat or mon-fri",
                                     "\"%.*s\" in %s is not a day", (int)(bytes < 40 ? bytes : 40),
                                     text, column->name);
                for (int day = first;; day = (day + 1) % DAYS_A_WEEK) {
                        days[day] = true;
                        if (day == last)
                                break;
                }
                text += bytes + (text[bytes] == ';');
        }
        memcpy(at, days, sizeof(days));
        return true;
}

static bool zone_read(const struct registry_cell_column *column, const char *text, void *at,
                      struct registry_cell_fault *ret_fault) {
        struct zone *zone = NULL;

        if (zone_open(&zone, text) < 0)
                return fault(ret_fault, "G029",
                             "a name of the time zone database, as in Asia/Shanghai",
                             "%s \"%.40s\" is not known", column->name, text);
        zone_close(zone);
        return text_read(column, text, at, ret_fault);
}

bool registry_cell_read(const struct registry_cell_column *column, const char *text, void *record,
                        struct registry_cell_fault *ret_fault) {
        void *at = (char *)record + column->offset;

        switch (column->kind) {
        case REGISTRY_CELL_ID:
        case REGISTRY_CELL_DISTRICT:
        case REGISTRY_CELL_ELDER:
        case REGISTRY_CELL_WORD:
                return id_read(column, text, at, ret_fault);
        case REGISTRY_CELL_TEXT:
                return text_read(column, text, at, ret_fault);
        case REGISTRY_CELL_WORDS:
                return words_read(column, text, at, ret_fault);
        case REGISTRY_CELL_CARE_LEVEL:
                return care_level_read(column, text, at, ret_fault);
        case REGISTRY_CELL_YES_NO:
                return yes_no_read(column, text, at, ret_fault);
        case REGISTRY_CELL_YEAR:
                return whole_read(column, text, YEAR_MIN, YEAR_MAX, at, ret_fault);
        case REGISTRY_CELL_ORDER:
                return whole_read(column, text, 1, ORDER_MAX, at, ret_fault);
        case REGISTRY_CELL_PHONE:
                return phone_read(column, text, at, ret_fault);
        case REGISTRY_CELL_LATITUDE:
                return degrees_read(column, text, 90, at, ret_fault);
        case REGISTRY_CELL_LONGITUDE:
                return degrees_read(column, text, 180, at, ret_fault);
        case REGISTRY_CELL_DURATION:
                return duration_read(column, text, at, ret_fault);
        case REGISTRY_CELL_TIME:
                return time_read(column, text, at, ret_fault);
        case REGISTRY_CELL_MINUTE:
                return minute_read(column, text, at, ret_fault);
        case REGISTRY_CELL_DAYS:
                return days_read(column, text, at, ret_fault);
        case REGISTRY_CELL_ZONE:
                return zone_read(column, text, at, ret_fault);
        }
        return true;
}
