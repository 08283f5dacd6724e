/* SPDX-License-Identifier: MIT */
#include "common/files/yaml_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/files/yaml_scan.h"
#include "common/base/require.h"
#include "common/language/say.h"

enum { WORDS_BYTES = 512, KEYS_MAX = 48 };

/* Report a full-width character in a value. The mark of a quoted value points to its quote. */
static bool fullwidth_in(const struct yaml_node *node, struct diag *diag) {
        struct diag_mark mark = node->mark;

        mark.column += node->quoted;
        return yaml_scan_fullwidth(node->file, node->text, mark, diag);
}

static const char *const type_names[] = {
        [YAML_TEXT] = N_("a single value"),
        [YAML_LIST] = N_("a list"),
        [YAML_MAP] = N_("a map"),
};

/* A list of words as "a, b, c", truncated with "…" if it is long. */
static const char *words_join(const char *const *words, char *ret, size_t ret_bytes) {
        size_t used = 0;

        ret[0] = '\0';
        for (; *words; words++) {
                size_t need = strlen(*words) + 2;

                if (used + need + sizeof("…") > ret_bytes) {
                        snprintf(ret + used, ret_bytes - used, "…");
                        break;
                }
                used += (size_t)snprintf(ret + used, ret_bytes - used, "%s%s", *words,
                                         words[1] ? ", " : "");
        }
        return ret;
}

/* Set the help of the error that is added next. */
static void suggest(const char *word, const char *const *words, struct diag *diag) {
        const char *nearest = diag_nearest(word, words);
        char list[WORDS_BYTES];

        if (nearest)
                diag_hint(diag, "did you mean \"%s\"?", nearest);
        else
                diag_hint(diag, "one of: %s", words_join(words, list, sizeof(list)));
}

/* The expected form of a value, formatted as help only if the value is wrong. */
struct expected {
        enum { A_WHOLE_NUMBER, A_NUMBER, A_FLAG, A_DURATION, A_TIME_OF_DAY, A_WORD } form;
        double min, max;
        const char *const *words;
};

static void expected_hint(const struct expected *expected, struct diag *diag) {
        char list[WORDS_BYTES];

        switch (expected->form) {
        case A_WHOLE_NUMBER:
                diag_hint(diag, "write a whole number from %.0f to %.0f", expected->min,
                          expected->max);
                break;
        case A_NUMBER:
                diag_hint(diag, "write a number from %g to %g", expected->min, expected->max);
                break;
        case A_FLAG:
                diag_hint(diag, "write true or false");
                break;
        case A_DURATION:
                diag_hint(diag, "write a whole number and s, m, h or d, for example 20s");
                break;
        case A_TIME_OF_DAY:
                diag_hint(diag,
                          "write a time of day from \"00:00\" to \"24:00\", with both digits");
                break;
        case A_WORD:
                diag_hint(diag, "one of: %s", words_join(expected->words, list, sizeof(list)));
                break;
        }
}

/* Report a value that is not a scalar, is empty, or contains full-width characters, which no number,
 * time or word of ours does. */
static bool text_expected(const struct yaml_node *node, const char *code,
                          const struct expected *expected, struct diag *diag) {
        if (node->type != YAML_TEXT) {
                expected_hint(expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "%s%s%s one value is expected here, not %s", node->key ? "\"" : "",
                         node->key ? node->key : "", node->key ? "\":" : "",
                         diag_word(diag, type_names[node->type]));
                return false;
        }
        if (!*node->text && !node->quoted) {
                expected_hint(expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file,
                         node->key ? node->key_mark : node->mark, NULL, "\"%s\" has no value",
                         node->key ? node->key : "-");
                return false;
        }
        return !fullwidth_in(node, diag);
}

/* Is a key of @map most likely a misspelt @name? It is already reported as unknown, so @name is not reported
 * missing. */
static bool is_misspelt(const struct yaml_node *map, const char *name, const char *const *names) {
        for (const struct yaml_node *pair = map->child; pair; pair = pair->next) {
                const char *nearest = diag_nearest(pair->key, names);

                if (nearest && strcmp(nearest, name) == 0)
                        return true;
        }
        return false;
}

bool yaml_read_check_keys(const struct yaml_node *map, const char *what,
                          const struct yaml_read_key *keys, size_t key_count, const char *code,
                          struct diag *diag) {
        const char *names[KEYS_MAX + 1];
        bool fine = true;

        require(key_count <= KEYS_MAX, "%s may have %zu keys, %d fit", what, key_count, KEYS_MAX);
        if (map->type != YAML_MAP) {
                if (map->type == YAML_TEXT && !map->quoted &&
                    yaml_scan_fullwidth(map->file, map->text, map->mark, diag))
                        return false;
                diag_add(diag, DIAG_ERROR, "R010", map->file, map->mark,
                         "write  key: value  lines, indented below it", "%s must be a map, not %s",
                         diag_word(diag, what), diag_word(diag, type_names[map->type]));
                return false;
        }

        for (size_t i = 0; i < key_count; i++)
                names[i] = keys[i].name;
        names[key_count] = NULL;

        for (const struct yaml_node *pair = map->child; pair; pair = pair->next) {
                size_t i = 0;

                while (i < key_count &&
                       (*keys[i].name != *pair->key || strcmp(keys[i].name, pair->key) != 0))
                        i++;
                if (i == key_count) {
                        suggest(pair->key, names, diag);
                        diag_add(diag, DIAG_ERROR, code, pair->file, pair->key_mark, NULL,
                                 "unknown key \"%s\" in %s", pair->key, diag_word(diag, what));
                        fine = false;
                }
        }
        for (size_t i = 0; i < key_count; i++) {
                if (keys[i].required && !yaml_get(map, keys[i].name) &&
                    !is_misspelt(map, keys[i].name, names)) {
                        diag_add(diag, DIAG_ERROR, "R011", map->file,
                                 map->key ? map->key_mark : map->mark, NULL,
                                 "%s lacks the key \"%s\"", diag_word(diag, what), keys[i].name);
                        fine = false;
                }
        }
        return fine;
}

/* Digits only, no sign. Return: the value, or -1 if there are none or more than 18. */
static int64_t digits(const char *text, const char **ret_end) {
        int64_t value = 0;
        const char *at = text;

        for (; *at >= '0' && *at <= '9'; at++) {
                if (at - text >= 18)
                        return -1;
                value = 10 * value + (*at - '0');
        }
        *ret_end = at;
        return at == text ? -1 : value;
}

/* Report @value if it is outside @expected->min to @expected->max. */
static bool range_expected(const struct yaml_node *node, const char *code,
                           const struct expected *expected, double value, struct diag *diag) {
        if (value >= expected->min && value <= expected->max)
                return true;
        expected_hint(expected, diag);
        if (value < expected->min)
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL, "%s is too small",
                         node->text);
        else
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL, "%s is too large",
                         node->text);
        return false;
}

bool yaml_read_integer(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret,
                       const char *code, struct diag *diag) {
        const struct expected expected = {
                .form = A_WHOLE_NUMBER, .min = (double)min, .max = (double)max};
        const char *end = "";

        if (!text_expected(node, code, &expected, diag))
                return false;

        bool negative = node->text[0] == '-';
        int64_t value = digits(node->text + negative, &end);

        if (value < 0 || *end) {
                expected_hint(&expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not a whole number", node->text);
                return false;
        }
        value = negative ? -value : value;
        if (!range_expected(node, code, &expected, (double)value, diag))
                return false;
        *ret = value;
        return true;
}

/* Decimal notation only: strtod() depends on the locale and accepts "inf", "0x1p3" and "1e9". */
static bool decimal(const char *text, double *ret) {
        bool negative = *text == '-';
        const char *at = text + negative;
        double mantissa = 0, scale = 1;
        int count = 0, before = 0;
        bool point = false;

        for (; *at; at++) {
                if (*at == '.' && !point && before > 0) {
                        point = true;
                        continue;
                }
                if (*at < '0' || *at > '9' || ++count > 15)
                        return false;
                mantissa = 10 * mantissa + (*at - '0');
                if (point)
                        scale *= 10;
                else
                        before++;
        }
        if (before == 0 || at[-1] == '.')
                return false;
        /* Both are exact up to 15 digits, so one division rounds once, as strtod() would. */
        *ret = (negative ? -mantissa : mantissa) / scale;
        return true;
}

bool yaml_read_number(const struct yaml_node *node, double min, double max, double *ret,
                      const char *code, struct diag *diag) {
        const struct expected expected = {.form = A_NUMBER, .min = min, .max = max};
        double value;

        if (!text_expected(node, code, &expected, diag))
                return false;
        if (!decimal(node->text, &value)) {
                expected_hint(&expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not a number", node->text);
                return false;
        }
        if (!range_expected(node, code, &expected, value, diag))
                return false;
        *ret = value;
        return true;
}

bool yaml_read_bool(const struct yaml_node *node, bool *ret, const char *code, struct diag *diag) {
        const struct expected expected = {.form = A_FLAG};

        if (!text_expected(node, code, &expected, diag))
                return false;
        if (strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0) {
                expected_hint(&expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is neither true nor false", node->text);
                return false;
        }
        *ret = node->text[0] == 't';
        return true;
}

/* --- time ------------------------------------------------------------------------------------- */

static const struct {
        const char *unit;
        int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

const char *yaml_read_duration_text(int64_t ms, char *ret, size_t ret_bytes) {
        size_t i = sizeof(units) / sizeof(units[0]) - 1;

        while (i > 0 && (ms == 0 || ms % units[i].ms != 0))
                i--;
        snprintf(ret, ret_bytes, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
        return ret;
}

static bool duration(const char *text, int64_t *ret) {
        const char *unit = "";
        int64_t count = digits(text, &unit);

        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                if (count >= 0 && strcmp(unit, units[i].unit) == 0 &&
                    count <= INT64_MAX / units[i].ms) {
                        *ret = count * units[i].ms;
                        return true;
                }
        }
        return false;
}

bool yaml_read_duration_ms(const struct yaml_node *node, int64_t min_ms, int64_t max_ms,
                           int64_t *ret, const char *code, struct diag *diag) {
        const struct expected expected = {.form = A_DURATION};
        char limit[32];
        int64_t value;

        if (!text_expected(node, code, &expected, diag))
                return false;
        if (!duration(node->text, &value)) {
                expected_hint(&expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not a duration", node->text);
                return false;
        }
        if (value < min_ms) {
                diag_hint(diag, "write at least %s",
                          yaml_read_duration_text(min_ms, limit, sizeof(limit)));
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL, "%s is too short",
                         node->text);
                return false;
        }
        if (value > max_ms) {
                diag_hint(diag, "write at most %s",
                          yaml_read_duration_text(max_ms, limit, sizeof(limit)));
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL, "%s is too long",
                         node->text);
                return false;
        }
        *ret = value;
        return true;
}

bool yaml_read_minute_of_day(const struct yaml_node *node, int *ret, const char *code,
                             struct diag *diag) {
        const struct expected expected = {.form = A_TIME_OF_DAY};

        if (!text_expected(node, code, &expected, diag))
                return false;

        const char *at = node->text;
        bool fine = strlen(at) == 5 && at[2] == ':';

        for (int i = 0; fine && i < 5; i++)
                if (i != 2 && (at[i] < '0' || at[i] > '9'))
                        fine = false;

        int minute =
                fine ? ((at[0] - '0') * 10 + at[1] - '0') * 60 + (at[3] - '0') * 10 + at[4] - '0'
                     : 0;

        if (!fine || at[3] > '5' || minute > 24 * 60) {
                expected_hint(&expected, diag);
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not a time of day", at);
                return false;
        }
        *ret = minute;
        return true;
}

bool yaml_read_word(const struct yaml_node *node, const char *const *words, int *ret,
                    const char *code, struct diag *diag) {
        const struct expected expected = {.form = A_WORD, .words = words};

        if (!text_expected(node, code, &expected, diag))
                return false;
        for (int i = 0; words[i]; i++) {
                if (strcmp(words[i], node->text) == 0) {
                        *ret = i;
                        return true;
                }
        }
        suggest(node->text, words, diag);
        if (node->key)
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not a valid %s", node->text, node->key);
        else
                diag_add(diag, DIAG_ERROR, code, node->file, node->mark, NULL,
                         "\"%s\" is not known here", node->text);
        return false;
}
