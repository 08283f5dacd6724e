/* SPDX-License-Identifier: MIT */
#include "cli/language/language.h"

#include <stdlib.h>
#include <string.h>

bool language_is_english(void) {
        static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                const char *value = getenv(names[i]);

                if (value && value[0])
                        return strncmp(value, "en", 2) == 0 || strncmp(value, "C", 1) == 0 ||
                               strncmp(value, "POSIX", 5) == 0;
        }
        return false;
}

bool language_read(const struct cli *cli, const char *text, bool *ret_english) {
        if (strcmp(text, "zh") != 0 && strcmp(text, "en") != 0) {
                cli_usage(cli, "there is zh and en, not \"%s\"", text);
                return false;
        }
        *ret_english = text[0] == 'e';
        return true;
}
