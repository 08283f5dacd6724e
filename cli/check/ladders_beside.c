/* SPDX-License-Identifier: MIT */
#include "cli/check/ladders_beside.h"

#include <stdio.h>
#include <string.h>

char *ladders_beside(const char *rules) {
        size_t bytes = strlen(rules);
        const char *slash;
        char *ret;

        while (bytes > 1 && rules[bytes - 1] == '/')
                bytes--;
        slash = memrchr(rules, '/', bytes);
        if (asprintf(&ret, "%.*sescalation.yaml", slash ? (int)(slash - rules + 1) : 0, rules) < 0)
                return NULL;
        return ret;
}
