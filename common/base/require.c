/* SPDX-License-Identifier: MIT */
#include "common/base/require.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDS_BYTES = 512 };

static void (*tell_failure)(const struct require_failure *failure);

void require_tell_by(void (*tell)(const struct require_failure *failure)) {
        tell_failure = tell;
}

void require_failed(const char *condition, const char *func, const char *file, int line,
                    const char *format, ...) {
        struct require_failure failure = {
                .condition = condition, .func = func, .file = file, .line = line};
        char ids[IDS_BYTES];
        va_list args;

        va_start(args, format);
        vsnprintf(ids, sizeof(ids), format, args);
        va_end(args);
        failure.ids = ids;
        if (tell_failure)
                tell_failure(&failure);
        else
                fprintf(stderr, "%s:%d: %s: required: %s: %s\n", file, line, func, condition, ids);
        abort();
}
