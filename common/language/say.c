/* SPDX-License-Identifier: MIT */
#include "common/language/say.h"

#include <string.h>

#include "common/language/conversions.h"
#include "common/language/language.h"
#include "common/language/plural.h"

enum { KEY_BYTES = 512 };

/* For xgettext: the texts of strerrordesc_np() (glibc) for common errors. */
static const char *const errors[] __attribute__((unused)) = {
        N_("Address already in use"),
        N_("Broken pipe"),
        N_("Cannot allocate memory"),
        N_("Cannot assign requested address"),
        N_("Connection refused"),
        N_("Connection reset by peer"),
        N_("Connection timed out"),
        N_("Device or resource busy"),
        N_("Disk quota exceeded"),
        N_("File exists"),
        N_("Input/output error"),
        N_("Invalid argument"),
        N_("Is a directory"),
        N_("Network is unreachable"),
        N_("No route to host"),
        N_("No space left on device"),
        N_("No such file or directory"),
        N_("Not a directory"),
        N_("Operation not permitted"),
        N_("Permission denied"),
        N_("Read-only file system"),
        N_("Resource temporarily unavailable"),
        N_("Too many open files"),
        N_("Transport endpoint is not connected"),
};

const char *say(const struct language *language, const char *english) {
        const char *text;
        size_t bytes;

        if (!language || !*english) /* "" is the key of the header */
                return english;
        text = mo_find(&language->mo, english, strlen(english), &bytes);
        return text && *text && conversions_agree(english, text) ? text : english;
}

const char *say_as(const struct language *language, const char *context, const char *english) {
        size_t context_bytes = strlen(context), english_bytes = strlen(english), bytes;
        char key[KEY_BYTES];
        const char *text;

        if (!language || context_bytes + 1 + english_bytes > sizeof(key))
                return english;
        memcpy(key, context, context_bytes);
        key[context_bytes] = '\4';
        memcpy(key + context_bytes + 1, english, english_bytes);
        text = mo_find(&language->mo, key, context_bytes + 1 + english_bytes, &bytes);
        return text && *text && conversions_agree(english, text) ? text : english;
}

const char *say_count(const struct language *language, const char *one, const char *many,
                      unsigned long n) {
        const char *english = n == 1 ? one : many, *text, *end;
        unsigned long form = n != 1;
        size_t bytes;

        if (!language)
                return english;
        text = mo_find(&language->mo, one, strlen(one), &bytes);
        if (!text || (language->plural && !plural_form(language->plural, n, &form)))
                return english;
        for (end = text + bytes; form > 0; form--) {
                text += strlen(text) + 1;
                if (text > end)
                        return english;
        }
        return *text && conversions_agree(many, text) ? text : english;
}
