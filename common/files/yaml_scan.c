/* SPDX-License-Identifier: MIT */
#include "common/files/yaml_scan.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/language/say.h"

enum { REFUSED_MAX = 10 };

/* --- before parsing -------------------------------------------------------------------------- */

static void complain_encoding(const char *file, const char *text, size_t bytes,
                              struct diag_mark mark, struct diag *diag) {
        if (bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
                diag_add(diag, DIAG_ERROR, "R001", file, mark,
                         "save as UTF-8, or run: iconv -f UTF-16 -t UTF-8",
                         "this is not UTF-8 text (UTF-16?)");
        else if (utf8_looks_like_gbk(text, bytes))
                diag_add(diag, DIAG_ERROR, "R001", file, mark,
                         "save as UTF-8, or run: iconv -f GB18030 -t UTF-8",
                         "this is not UTF-8 text (GBK/GB18030?)");
        else
                diag_add(diag, DIAG_ERROR, "R001", file, mark, "save as UTF-8",
                         "this is not UTF-8 text");
}

/* libyaml treats some of these as line ends, which would make every later position wrong. */
static bool char_is_refused(uint32_t character, const char *next, size_t left) {
        if (character == '\r')
                return left == 0 || *next != '\n';
        if (character == '\t' || character == '\n')
                return false;
        return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
               character == 0x2029 || character == 0xfeff || character == 0xfffe ||
               character == 0xffff;
}

static void complain_tabs(const char *file, struct diag_mark first, int lines, struct diag *diag) {
        const char *help = N_("use spaces: most editors can turn tabs into them");

        first.columns = 1;
        if (lines > 1)
                diag_add(diag, DIAG_ERROR, "R003", file, first, help,
                         "tab used for indentation (further lines: %d)", lines - 1);
        else
                diag_add(diag, DIAG_ERROR, "R003", file, first, help, "tab used for indentation");
}

bool yaml_scan_text(const char *file, const char *text, size_t text_bytes, struct diag *diag) {
        struct diag_mark mark = {.line = 1, .column = 1, .columns = 1}, first_tab = {.line = 0};
        bool indent = true, tab_here = false;
        int tab_lines = 0, refused = 0;

        for (size_t at = 0; at < text_bytes; mark.column++) {
                uint32_t character;
                size_t length;

                /* Fast path: printable ASCII, most of any file. */
                if (text[at] >= ' ' && text[at] <= '~') {
                        indent = indent && text[at] == ' ';
                        at++;
                        continue;
                }
                length = utf8_read(text + at, text_bytes - at, &character);
                if (length == 0) {
                        /* Positions after an invalid byte are meaningless, so this is the only error. */
                        complain_encoding(file, text, text_bytes, mark, diag);
                        return false;
                }
                at += length;
                if (char_is_refused(character, text + at, text_bytes - at)) {
                        diag_add(diag, DIAG_ERROR, "R007", file, mark, "remove it",
                                 "control character U+%04X in the text", (unsigned int)character);
                        if (++refused == REFUSED_MAX) /* not a text file */
                                return false;
                }
                if (character == '\n') {
                        mark.line++;
                        mark.column = 0;
                        indent = true;
                        tab_here = false;
                } else if (indent && character == '\t') {
                        if (!tab_here && tab_lines++ == 0)
                                first_tab = mark;
                        tab_here = true;
                } else if (character != ' ') {
                        indent = false;
                }
        }
        if (first_tab.line)
                complain_tabs(file, first_tab, tab_lines, diag);
        return !first_tab.line && !refused;
}

/* --- full-width punctuation -------------------------------------------------------------------- */

static const struct {
        uint32_t character;
        const char *name;
} fullwidth_names[] = {
        {0xff1a, N_("colon")},       {0xff0c, N_("comma")},      {0x3001, N_("comma")},
        {0x201c, N_("quote")},       {0x201d, N_("quote")},      {0x2018, N_("quote")},
        {0x2019, N_("quote")},       {0x3000, N_("space")},      {0xff08, N_("parenthesis")},
        {0xff09, N_("parenthesis")}, {0xff3b, N_("bracket")},    {0xff3d, N_("bracket")},
        {0x3010, N_("bracket")},     {0x3011, N_("bracket")},    {0xff5b, N_("brace")},
        {0xff5d, N_("brace")},       {0xff0d, N_("hyphen")},     {0xff03, N_("number sign")},
        {0xff02, N_("quote")},       {0x3002, N_("full stop")},  {0xff0e, N_("full stop")},
        {0xff05, N_("per cent")},    {0xff3f, N_("underscore")},
};

static const char *fullwidth_name(uint32_t character) {
        for (size_t i = 0; i < sizeof(fullwidth_names) / sizeof(fullwidth_names[0]); i++)
                if (fullwidth_names[i].character == character)
                        return fullwidth_names[i].name;
        if (character >= 0xff10 && character <= 0xff19)
                return N_("digit");
        if (character >= 0xff01 && character <= 0xff5e)
                return N_("character");
        return NULL;
}

static void complain_fullwidth(const char *file, const char *at, size_t bytes, uint32_t character,
                               struct diag_mark mark, struct diag *diag) {
        mark.columns = 1;
        diag_add(diag, DIAG_ERROR, "R002", file, mark,
                 "switch the input method to English punctuation and type it again",
                 "full-width %s \"%.*s\" (U+%04X)", diag_word(diag, fullwidth_name(character)),
                 (int)bytes, at, (unsigned int)character);
}

bool yaml_scan_fullwidth(const char *file, const char *word, struct diag_mark mark,
                         struct diag *diag) {
        size_t left = strlen(word);
        uint32_t character;
        unsigned char any = 0;

        /* Fast path: nearly every word is ASCII, which has no full-width characters. */
        for (size_t i = 0; i < left; i++)
                any |= (unsigned char)word[i];
        if (any < 0x80)
                return false;
        for (size_t length; (length = utf8_read(word, left, &character)); mark.column++) {
                if (fullwidth_name(character)) {
                        complain_fullwidth(file, word, length, character, mark, diag);
                        return true;
                }
                word += length;
                left -= length;
        }
        return false;
}

static const char *line_at(const char *text, size_t text_bytes, int line, size_t *ret_bytes) {
        const char *at = text, *end = text + text_bytes;

        for (int n = 1; n < line; n++) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));

                if (!newline)
                        return NULL;
                at = newline + 1;
        }

        const char *stop = memchr(at, '\n', (size_t)(end - at));

        *ret_bytes = (size_t)((stop ? stop : end) - at);
        return at;
}

/* Is a full-width character where YAML punctuation is expected? Chinese texts legitimately contain
 * ， and ：, so only positions with a syntactic meaning count. @before: the ASCII character before
 * it; 0 if there is none or it is not ASCII. */
static bool stands_for_syntax(uint32_t character, char before, bool in_flow, bool indent) {
        switch (character) {
        case 0x3000:
                return indent;
        case 0xff1a:
                return isalnum((unsigned char)before) || before == '_' || before == '"';
        case 0xff0c:
        case 0x3001:
        case 0xff3d:
        case 0xff5d:
                return in_flow;
        case 0x201c:
        case 0x201d:
        case 0xff3b:
        case 0xff5b:
        case 0xff0d:
                return before == ' ' || before == '[' || before == '{' || before == ',' || indent;
        default:
                return false;
        }
}

static bool line_fullwidth(const char *file, const char *line, size_t bytes, int number,
                           struct diag *diag) {
        struct diag_mark mark = {.line = number, .column = 1, .columns = 1};
        bool in_flow = memchr(line, '[', bytes) || memchr(line, '{', bytes);
        bool indent = true;
        char before = 0;
        uint32_t character;

        for (size_t at = 0, length;
             at < bytes && (length = utf8_read(line + at, bytes - at, &character));
             at += length, mark.column++) {
                if (character == '#' && (before == ' ' || at == 0))
                        return false;
                if (fullwidth_name(character) &&
                    stands_for_syntax(character, before, in_flow, indent)) {
                        complain_fullwidth(file, line + at, length, character, mark, diag);
                        return true;
                }
                indent = indent && character == ' ';
                before = character < 0x80 ? (char)character : 0;
        }
        return false;
}

/* --- libyaml's words in ours --------------------------------------------------------------------- */

static const struct {
        const char *problem; /* prefix of libyaml's text */
        const char *message;
        const char *help;
} explanations[] = {
        {"found character that cannot start any token",
         N_("a value cannot start with this character"), N_("put the value in \"quotes\"")},
        {"mapping values are not allowed in this context", N_("a \":\" is not expected here"),
         N_("put the whole text in \"quotes\", or check the indentation of this line")},
        {"could not find expected ':'", N_("this line has no \":\" after its key"),
         N_("write  key: value  with a space after the colon, and check the indentation")},
        {"did not find expected key", N_("this line is indented differently from its neighbours"),
         N_("keys of one map start in the same column")},
        {"did not find expected '-' indicator",
         N_("this line is indented wrongly, or lacks the \"- \" of a list item"),
         N_("items of one list start in the same column, each with \"- \"")},
        {"did not find expected ',' or ']'", N_("a list in [ ] lacks a \",\" or its \"]\""), NULL},
        {"did not find expected ',' or '}'", N_("a map in { } lacks a \",\" or its \"}\""), NULL},
        {"found unexpected end of stream", N_("a quote that was opened here is never closed"),
         NULL},
        {"found unexpected document indicator", N_("a quote that was opened here is never closed"),
         NULL},
        {"block sequence entries are not allowed in this context",
         N_("a list item is not expected here"), N_("start the list on a line of its own")},
        {"block mapping", N_("a key is not expected here"),
         N_("check the indentation of this line")},
        {"did not find expected node content", N_("a value is missing here"), NULL},
        {"did not find expected <document start>",
         N_("there is text after the end of the document"),
         N_("check the indentation of this line")},
        {"found unknown escape character", N_("this \\escape is not known inside \"quotes\""),
         N_("write \\\\ for a backslash, or use 'single quotes'")},
        {"did not find expected hexdecimal number",
         N_("this \\escape lacks its hexadecimal digits"), NULL},
        {"found invalid Unicode character escape code", N_("this \\escape is not a character"),
         NULL},
        {"found a tab character", "tab used for indentation",
         N_("use spaces: most editors can turn tabs into them")},
        {"found undefined tag handle", N_("tags (!) are not allowed in this file"),
         N_("put the value in \"quotes\"")},
        {"did not find expected whitespace or line break", N_("a space is missing here"), NULL},
        {"did not find expected digit or '-'", N_("directives are not allowed in this file"),
         "remove the line"},
};

void yaml_scan_explain(const char *file, const char *text, size_t text_bytes,
                       const struct yaml_scan_error *error, struct diag *diag) {
        struct diag_mark mark = {.line = error->line, .column = error->column, .columns = 1};

        /* libyaml may report a full-width colon only on a later line, so the two lines before are checked too. */
        for (int line = error->line; line > 0 && line >= error->line - 2; line--) {
                size_t bytes;
                const char *at = line_at(text, text_bytes, line, &bytes);

                if (at && line_fullwidth(file, at, bytes, line, diag))
                        return;
        }

        if (strstr(error->context, "quoted scalar")) {
                mark.line = error->context_line;
                mark.column = error->context_column;
        }
        for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++) {
                if (strncmp(error->problem, explanations[i].problem,
                            strlen(explanations[i].problem)) == 0) {
                        diag_add(diag, DIAG_ERROR, "R007", file, mark, explanations[i].help, "%s",
                                 diag_word(diag, explanations[i].message));
                        return;
                }
        }
        diag_add(diag, DIAG_ERROR, "R007", file, mark, NULL, "%s%s%s", error->context,
                 *error->context ? ": " : "",
                 *error->problem ? error->problem : diag_word(diag, "this is not YAML"));
}
