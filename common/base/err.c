/* SPDX-License-Identifier: MIT */
#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERR_TEXT_MAX = 512 };

static _Thread_local struct {
        const char *func;
        const char *file;
        int line;
        char why[ERR_TEXT_MAX];
} noted;

int err_raise_at(int r, const char *func, const char *file, int line) {
        noted.func = func;
        noted.file = file;
        noted.line = line;
        noted.why[0] = '\0';
        return r;
}

int err_raise_why_at(int r, const char *func, const char *file, int line, const char *format, ...) {
        va_list args;

        err_raise_at(r, func, file, line);
        va_start(args, format);
        vsnprintf(noted.why, sizeof(noted.why), format, args);
        va_end(args);
        return r;
}

void err_report(const char *program, int r) {
        char text[128];

        fprintf(stderr, "%s: %s", program,
                noted.why[0] ? noted.why : strerror_r(-r, text, sizeof(text)));
        if (noted.file)
                fprintf(stderr, " (%s, %s:%d)", noted.func, noted.file, noted.line);
        fputc('\n', stderr);
        memset(&noted, 0, sizeof(noted));
}

const char *err_why(void) {
        return noted.why;
}
