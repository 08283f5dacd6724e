/* SPDX-License-Identifier: MIT */
#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
        ERR_TEXT_MAX = 512,
        ERR_LEVELS_MAX = 16, /* later levels are dropped: those near the origin matter most */
};

struct level {
        const char *func;
        const char *file;
        int line;
};

static _Thread_local struct {
        int r;
        struct level levels[ERR_LEVELS_MAX];
        size_t level_count;
        char why[ERR_TEXT_MAX];
} noted;

static const char *(*spoken)(const char *format) __attribute__((format_arg(1)));

static void level_add(const char *func, const char *file, int line) {
        if (noted.level_count < ERR_LEVELS_MAX)
                noted.levels[noted.level_count++] =
                        (struct level){.func = func, .file = file, .line = line};
}

int err_raise_at(int r, const char *func, const char *file, int line) {
        noted.r = r;
        noted.level_count = 0;
        noted.why[0] = '\0';
        level_add(func, file, line);
        return r;
}

int err_trace_at(int r, const char *func, const char *file, int line) {
        if (r >= 0)
                return r;
        if (noted.r != r)
                return err_raise_at(r, func, file, line);
        level_add(func, file, line);
        return r;
}

int err_raise_why_at(int r, const char *func, const char *file, int line, const char *format, ...) {
        va_list args;

        err_raise_at(r, func, file, line);
        va_start(args, format);
        vsnprintf(noted.why, sizeof(noted.why), spoken ? spoken(format) : format, args);
        va_end(args);
        return r;
}

void err_speak(const char *(*translate)(const char *format)) {
        spoken = translate;
}

const char *err_text(int number) {
        const char *text = strerrordesc_np(number < 0 ? -number : number);

        if (!text)
                return "?";
        return spoken ? spoken(text) : text;
}

void err_report(const char *program, int r) {
        char text[128];

        fprintf(stderr, "%s: %s\n", program,
                noted.why[0] ? noted.why : strerror_r(-r, text, sizeof(text)));
        for (size_t i = 0; i < noted.level_count; i++)
                fprintf(stderr, "        %s %s (%s:%d)\n", i == 0 ? "at" : "from",
                        noted.levels[i].func, noted.levels[i].file, noted.levels[i].line);
        memset(&noted, 0, sizeof(noted));
}

const char *err_why(void) {
        return noted.why;
}
