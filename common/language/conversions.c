/* SPDX-License-Identifier: MIT */
#include "common/language/conversions.h"

#include <ctype.h>
#include <string.h>

enum { ARGUMENTS_MAX = 16, TYPE_BYTES = 4 };

struct arguments {
        char types[ARGUMENTS_MAX][TYPE_BYTES]; /* "s", "zu", "*"; "": not used */
        int count;
        bool numbered, in_order;
};

/* Read "2$" of "%2$s" and advance *@at past it. Return: the index of the argument; -1 for the next one in order. */
static int place_read(const char **at) {
        size_t digits = strspn(*at, "0123456789");
        int place = 0;

        if (digits == 0 || digits > 2 || (*at)[digits] != '$')
                return -1;
        for (size_t i = 0; i < digits; i++)
                place = 10 * place + ((*at)[i] - '0');
        *at += digits + 1;
        return place == 0 ? ARGUMENTS_MAX : place - 1;
}

/* Return: false for an argument past ARGUMENTS_MAX, a type that is too long, or an argument used with two types. */
static bool argument_add(struct arguments *arguments, int place, const char *type, size_t bytes) {
        *(place < 0 ? &arguments->in_order : &arguments->numbered) = true;
        if (place < 0)
                place = arguments->count;
        if (place >= ARGUMENTS_MAX || bytes >= TYPE_BYTES)
                return false;

        char *known = arguments->types[place];

        if (*known && (strncmp(known, type, bytes) != 0 || known[bytes]))
                return false;
        memcpy(known, type, bytes);
        if (place >= arguments->count)
                arguments->count = place + 1;
        return true;
}

static bool star_read(struct arguments *arguments, const char **at) {
        if (**at != '*') {
                *at += strspn(*at, "0123456789");
                return true;
        }
        ++*at;
        return argument_add(arguments, place_read(at), "*", 1);
}

/* Read a conversion; *@at is just after its '%'. */
static bool conversion_read(struct arguments *arguments, const char **at) {
        int place = place_read(at);
        const char *type;

        *at += strspn(*at, "-+ #0'");
        if (!star_read(arguments, at))
                return false;
        if (**at == '.') {
                ++*at;
                if (!star_read(arguments, at))
                        return false;
        }
        type = *at;
        *at += strspn(*at, "hlLjzt");
        if (!**at || !strchr("diouxXeEfFgGaAcsp", **at))
                return false;
        ++*at;
        return argument_add(arguments, place, type, (size_t)(*at - type));
}

/* Return: false if @format is not a format that can be checked. */
static bool arguments_read(struct arguments *arguments, const char *format) {
        memset(arguments, 0, sizeof(*arguments));
        for (const char *at = strchr(format, '%'); at; at = strchr(at, '%')) {
                at++;
                if (*at == '%')
                        at++;
                else if (!conversion_read(arguments, &at))
                        return false;
        }
        for (int i = 0; i < arguments->count; i++)
                if (!arguments->types[i][0])
                        return false; /* printf cannot skip an argument without knowing its type */
        return !(arguments->numbered && arguments->in_order);
}

bool conversions_agree(const char *english, const char *translation) {
        struct arguments given, taken;
        bool given_read = arguments_read(&given, english);

        if (!arguments_read(&taken, translation) || !given_read)
                return !given_read && !strchr(translation, '$'); /* not a format: "100 %" */
        if (taken.count > given.count)
                return false;
        for (int i = 0; i < taken.count; i++)
                if (strcmp(given.types[i], taken.types[i]) != 0)
                        return false;
        return true;
}
