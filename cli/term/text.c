/* SPDX-License-Identifier: MIT */
#include "cli/term/text.h"

#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/language/say.h"

/* Read one character. Return: its bytes; *ret_cells its width. A byte that is not UTF-8, and a control character,
 * count as one "?" cell. */
static size_t step(const char *text, size_t left, int *ret_cells, bool *ret_printable) {
        uint32_t character;
        size_t bytes = utf8_read(text, left, &character);

        *ret_printable = bytes && character >= 0x20 && character != 0x7f &&
                         !(character >= 0x80 && character < 0xa0);
        *ret_cells = *ret_printable ? utf8_cells(character) : 1;
        return bytes ? bytes : 1;
}

int text_cells(const char *text) {
        size_t left = strlen(text);
        int cells = 0;

        while (left) {
                bool printable;
                int width;
                size_t bytes = step(text, left, &width, &printable);

                cells += width;
                text += bytes;
                left -= bytes;
        }
        return cells;
}

static void append(char *ret, size_t ret_bytes, const char *bytes, size_t count) {
        size_t used = strlen(ret);

        if (used + count >= ret_bytes)
                return;
        memcpy(ret + used, bytes, count);
        ret[used + count] = '\0';
}

void text_column(char *ret, size_t ret_bytes, const char *text, int cells, bool pad) {
        size_t left = strlen(text);
        bool cut = text_cells(text) > cells;
        int room = cut ? cells - 1 : cells;
        int used = 0;

        while (left) {
                bool printable;
                int width;
                size_t bytes = step(text, left, &width, &printable);

                if (used + width > room)
                        break;
                append(ret, ret_bytes, printable ? text : "?", printable ? bytes : 1);
                used += width;
                text += bytes;
                left -= bytes;
        }
        if (cut && cells > 0) {
                append(ret, ret_bytes, "…", strlen("…"));
                used++;
        }
        for (; pad && used < cells; used++)
                append(ret, ret_bytes, " ", 1);
}

/* Punctuation that must not begin a line. */
static bool is_closing(const char *text) {
        static const char *const marks[] = {"，", "。", "、", "；", "：", "？",
                                            "！", "）", "”",  "》", "】", "…"};

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
                if (strncmp(text, marks[i], strlen(marks[i])) == 0)
                        return true;
        return false;
}

size_t text_wrap(const char *text, int cells, const char **ret_next) {
        size_t left = strlen(text), at = 0, good = 0;
        int used = 0;

        while (left) {
                bool printable;
                int width;
                size_t bytes = step(text + at, left, &width, &printable);

                if (used + width > cells)
                        break;
                used += width;
                at += bytes;
                left -= bytes;
                if ((text[at - 1] == ' ' || width == 2) && !is_closing(text + at))
                        good = at;
        }
        if (left && good)
                at = good;
        *ret_next = text + at;
        while (at && text[at - 1] == ' ')
                at--;
        return at;
}

void text_age(char *ret, size_t ret_bytes, int64_t ms, const struct language *language) {
        static const struct {
                int64_t ms;
                const char *format;
        } units[] = {{86400000, N_("%lld d")},
                     {3600000, N_("%lld h")},
                     {60000, N_("%lld min")},
                     {1000, N_("%lld s")}};
        size_t i = 0;

        if (ms < 0)
                ms = 0;
        while (i < 3 && ms < units[i].ms)
                i++;
        snprintf(ret, ret_bytes, say(language, units[i].format), (long long)(ms / units[i].ms));
}

static int level(enum severity severity) {
        return severity >= SEVERITY_CRITICAL && severity <= SEVERITY_INFO ? (int)severity : 0;
}

const char *text_severity_mark(enum severity severity) {
        static const char *const marks[] = {"?", "◆", "▲", "●", "■"};

        return marks[level(severity)];
}

/* The colours of the console, nearest in 256. Orange and yellow need black text to be readable. */
const char *text_severity_colour(enum severity severity) {
        static const char *const colours[] = {"0", "1;97;48;5;160", "30;48;5;208", "30;48;5;220",
                                              "97;48;5;26"};

        return colours[level(severity)];
}

const char *text_severity_word(enum severity severity, const struct language *language) {
        /* For xgettext: these are the results of severity_name(). */
        (void)NC_("severity", "critical"), (void)NC_("severity", "major");
        (void)NC_("severity", "minor"), (void)NC_("severity", "info");
        if (!level(severity))
                return "?";
        return say_as(language, "severity", severity_name(severity));
}

int text_severity_cells(const struct language *language) {
        int most = 0;

        for (int severity = SEVERITY_CRITICAL; severity <= SEVERITY_INFO; severity++) {
                int cells = text_cells(text_severity_word((enum severity)severity, language));

                most = cells > most ? cells : most;
        }
        return most;
}
