/* SPDX-License-Identifier: MIT */
#include "common/files/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/err.h"
#include "common/base/utf8.h"
#include "common/language/say.h"

enum {
        SHOWN_CELLS_MAX = 160, /* of a longer line only the part around the caret is shown */
        NEAREST_DISTANCE_MAX = 2,
        NEAREST_WORD_BYTES = 64,
};

struct diag_text {
        char *file;
        char *text;
        size_t text_bytes;
};

struct diag_entry {
        enum diag_level level;
        char code[8];
        char *file;
        struct diag_mark mark;
        char *message;
        char *help;
        size_t number; /* order of arrival: decides between two messages at the same position */
};

/* Sorted on first access after a change; diag points to it so that this works on a const diag. */
struct diag_list {
        struct diag_entry *entries;
        size_t count, room;
        bool sorted;
};

struct diag {
        struct diag_text *texts;
        size_t text_count;
        struct diag_list *list;
        char *hint; /* help of the next message */
        int errors, warnings;
        bool out_of_memory;
        const struct language *language;
};

int diag_new(struct diag **ret) {
        struct diag *diag = calloc(1, sizeof(*diag));

        if (diag)
                diag->list = calloc(1, sizeof(*diag->list));
        if (!diag || !diag->list) {
                free(diag);
                return err_raise(-ENOMEM);
        }
        *ret = diag;
        return 0;
}

struct diag *diag_free(struct diag *diag) {
        if (!diag)
                return NULL;
        for (size_t i = 0; i < diag->text_count; i++) {
                free(diag->texts[i].file);
                free(diag->texts[i].text);
        }
        for (size_t i = 0; i < diag->list->count; i++) {
                free(diag->list->entries[i].file);
                free(diag->list->entries[i].message);
                free(diag->list->entries[i].help);
        }
        free(diag->texts);
        free(diag->list->entries);
        free(diag->list);
        free(diag->hint);
        free(diag);
        return NULL;
}

int diag_file(struct diag *diag, const char *file, const char *text, size_t text_bytes) {
        struct diag_text *texts = realloc(diag->texts, (diag->text_count + 1) * sizeof(*texts));

        if (!texts)
                return err_raise(-ENOMEM);
        diag->texts = texts;

        struct diag_text added = {
                .file = strdup(file),
                .text = malloc(text_bytes + 1),
                .text_bytes = text_bytes,
        };

        if (!added.file || !added.text) {
                free(added.file);
                free(added.text);
                return err_raise(-ENOMEM);
        }
        memcpy(added.text, text, text_bytes);
        added.text[text_bytes] = '\0';
        texts[diag->text_count++] = added;
        return 0;
}

void diag_speak(struct diag *diag, const struct language *language) {
        diag->language = language;
}

const struct language *diag_language(const struct diag *diag) {
        return diag->language;
}

const char *diag_word(const struct diag *diag, const char *english) {
        return say(diag->language, english);
}

static int entry_compare(const void *a, const void *b) {
        const struct diag_entry *x = a, *y = b;
        int order = strcmp(x->file, y->file);

        if (order == 0)
                order = (x->mark.line > y->mark.line) - (x->mark.line < y->mark.line);
        if (order == 0)
                order = (x->mark.column > y->mark.column) - (x->mark.column < y->mark.column);
        return order ? order : (x->number > y->number) - (x->number < y->number);
}

static const struct diag_list *list_sorted(const struct diag *diag) {
        struct diag_list *list = diag->list;

        if (!list->sorted && list->count)
                qsort(list->entries, list->count, sizeof(*list->entries), entry_compare);
        list->sorted = true;
        return list;
}

static int entry_append(struct diag_list *list, const struct diag_entry *entry) {
        if (list->count == list->room) {
                size_t room = list->room ? 2 * list->room : 16;
                struct diag_entry *entries = realloc(list->entries, room * sizeof(*entries));

                if (!entries)
                        return -ENOMEM;
                list->entries = entries;
                list->room = room;
        }
        list->entries[list->count] = *entry;
        list->entries[list->count].number = list->count;
        list->count++;
        list->sorted = false;
        return 0;
}

static char *format_text(const char *format, va_list args) {
        char *text;

        return vasprintf(&text, format, args) < 0 ? NULL : text;
}

void diag_hint(struct diag *diag, const char *format, ...) {
        va_list args;

        free(diag->hint);
        va_start(args, format);
        diag->hint = format_text(diag_word(diag, format), args);
        va_end(args);
        if (!diag->hint)
                diag->out_of_memory = true;
}

void diag_add(struct diag *diag, enum diag_level level, const char *code, const char *file,
              struct diag_mark mark, const char *help, const char *format, ...) {
        struct diag_entry entry = {.level = level, .mark = mark};
        va_list args;

        snprintf(entry.code, sizeof(entry.code), "%s", code);
        entry.file = strdup(file);
        entry.help = help ? strdup(diag_word(diag, help)) : diag->hint;
        if (help)
                free(diag->hint);
        diag->hint = NULL;
        va_start(args, format);
        entry.message = format_text(diag_word(diag, format), args);
        va_end(args);

        if (!entry.file || !entry.message || (help && !entry.help) ||
            entry_append(diag->list, &entry) < 0) {
                free(entry.file);
                free(entry.message);
                free(entry.help);
                diag->out_of_memory = true;
                return;
        }
        *(level == DIAG_ERROR ? &diag->errors : &diag->warnings) += 1;
}

int diag_merge(struct diag *diag, struct diag *from) {
        struct diag_text *texts =
                realloc(diag->texts, (diag->text_count + from->text_count + 1) * sizeof(*texts));
        int r = 0;

        if (!texts)
                return err_raise(-ENOMEM);
        diag->texts = texts;
        if (from->text_count)
                memcpy(texts + diag->text_count, from->texts, from->text_count * sizeof(*texts));
        diag->text_count += from->text_count;
        from->text_count = 0;

        size_t moved = 0;

        while (r == 0 && moved < from->list->count) {
                r = entry_append(diag->list, &from->list->entries[moved]);
                moved += r == 0;
        }
        from->list->count -= moved;
        if (from->list->count)
                memmove(from->list->entries, from->list->entries + moved,
                        from->list->count * sizeof(*from->list->entries));
        diag->errors += from->errors;
        diag->warnings += from->warnings;
        diag->out_of_memory = diag->out_of_memory || from->out_of_memory || r < 0;
        return r < 0 ? err_raise(r) : 0;
}

int diag_errors(const struct diag *diag) {
        return diag->errors + diag->out_of_memory;
}

int diag_warnings(const struct diag *diag) {
        return diag->warnings;
}

bool diag_at(const struct diag *diag, size_t index, struct diag_item *ret) {
        if (index >= diag->list->count)
                return false;

        const struct diag_entry *entry = &list_sorted(diag)->entries[index];

        *ret = (struct diag_item){
                .level = entry->level,
                .code = entry->code,
                .file = entry->file,
                .mark = entry->mark,
                .message = entry->message,
                .help = entry->help,
        };
        return true;
}

/* --- printing -------------------------------------------------------------------------------- */

/* The last line found: the search for the next one starts here, as it is usually further down in the same file. */
struct line_at {
        const struct diag_text *text;
        int line;
        const char *at;
};

static const struct diag_text *text_find(const struct diag *diag, const char *file) {
        for (size_t i = diag->text_count; i-- > 0;)
                if (strcmp(diag->texts[i].file, file) == 0)
                        return &diag->texts[i];
        return NULL;
}

/* Find line @line of @file. Return: false if its text was not given to diag_file() or has fewer lines. */
static bool line_find(const struct diag *diag, const char *file, int line, struct line_at *last,
                      const char **ret, size_t *ret_bytes) {
        if (!last->text || strcmp(last->text->file, file) != 0 || last->line > line) {
                last->text = text_find(diag, file);
                last->line = 1;
                last->at = last->text ? last->text->text : NULL;
        }
        if (!last->text)
                return false;

        const char *end = last->text->text + last->text->text_bytes;

        for (; last->line < line; last->line++) {
                const char *newline = memchr(last->at, '\n', (size_t)(end - last->at));

                if (!newline)
                        return false;
                last->at = newline + 1;
        }

        const char *stop = memchr(last->at, '\n', (size_t)(end - last->at));

        if (!stop)
                stop = end;
        if (stop > last->at && stop[-1] == '\r')
                stop--;
        *ret = last->at;
        *ret_bytes = (size_t)(stop - last->at);
        return true;
}

/* Print one character (@stream NULL: only measure it). A control character of a foreign file must not reach the
 * terminal: it is replaced. Return: its length in bytes. */
static size_t char_show(const char *at, size_t left, FILE *stream, int *ret_cells) {
        uint32_t character;
        size_t length = utf8_read(at, left, &character);

        if (length && character == '\t') {
                if (stream)
                        fputs("    ", stream);
                *ret_cells = 4;
        } else if (length == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0)) {
                if (stream)
                        fputs("\xef\xbf\xbd", stream);
                *ret_cells = 1;
                length = length ? length : 1;
        } else {
                if (stream)
                        fwrite(at, 1, length, stream);
                *ret_cells = utf8_cells(character);
        }
        return length;
}

static void caret_print(const char *line, size_t line_bytes, size_t start,
                        const struct diag_mark *mark, FILE *stream) {
        int column = 1, drawn = 0, most = mark->columns > 0 ? mark->columns : 1;

        for (size_t at = 0; at < line_bytes && column < mark->column + most; column++) {
                int cells;
                size_t from = at;

                at += char_show(line + at, line_bytes - at, NULL, &cells);
                if (from < start)
                        continue;
                if (column < mark->column) {
                        fprintf(stream, "%*s", cells, "");
                        continue;
                }
                for (; cells > 0; cells--, drawn++)
                        fputc('^', stream);
        }
        if (!drawn) /* the position is past the end of the line */
                fputc('^', stream);
}

static void line_print(const struct diag *diag, const struct diag_entry *entry,
                       struct line_at *last, FILE *stream) {
        const char *line;
        size_t line_bytes, start = 0;
        int cells, total = 0;

        if (entry->mark.line < 1 ||
            !line_find(diag, entry->file, entry->mark.line, last, &line, &line_bytes))
                return;

        /* Skip characters until the caret is within the part that is shown. */
        for (int column = 1;
             column < entry->mark.column - SHOWN_CELLS_MAX / 2 && start < line_bytes; column++)
                start += char_show(line + start, line_bytes - start, NULL, &cells);

        fprintf(stream, "%5d | ", entry->mark.line);
        for (size_t at = start; at < line_bytes && total < SHOWN_CELLS_MAX; total += cells)
                at += char_show(line + at, line_bytes - at, stream, &cells);
        fputc('\n', stream);

        if (entry->mark.column < 1)
                return;
        fputs("      | ", stream);
        caret_print(line, line_bytes, start, &entry->mark, stream);
        fputc('\n', stream);
}

static void entry_print(const struct diag *diag, const struct diag_entry *entry,
                        struct line_at *last, FILE *stream, bool colour) {
        const char *level = entry->level == DIAG_ERROR ? N_("error") : N_("warning");
        const char *on = "", *off = "";

        if (colour) {
                on = entry->level == DIAG_ERROR ? "\033[1;31m" : "\033[1;33m";
                off = "\033[0m";
        }

        fputs(entry->file, stream);
        if (entry->mark.line > 0)
                fprintf(stream, ":%d", entry->mark.line);
        if (entry->mark.line > 0 && entry->mark.column > 0)
                fprintf(stream, ":%d", entry->mark.column);
        fprintf(stream, ": %s%s[%s]%s: %s\n", on, diag_word(diag, level), entry->code, off,
                entry->message);
        line_print(diag, entry, last, stream);
        if (entry->help)
                fprintf(stream, "      = %s: %s\n", diag_word(diag, "help"), entry->help);
}

void diag_print(const struct diag *diag, FILE *stream, bool colour) {
        const struct diag_list *list = list_sorted(diag);
        struct line_at last = {.text = NULL};

        for (size_t i = 0; i < list->count; i++)
                entry_print(diag, &list->entries[i], &last, stream, colour);
        if (diag->out_of_memory)
                fprintf(stream, "%s\n",
                        diag_word(
                                diag,
                                "out of memory: further messages were lost, nothing was accepted"));
}

static bool json_add(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct diag_entry *entry) {
        yyjson_mut_val *item = yyjson_mut_obj(doc);
        const char *level = entry->level == DIAG_ERROR ? "error" : "warning";

        return item && yyjson_mut_obj_add_str(doc, item, "file", entry->file) &&
               yyjson_mut_obj_add_int(doc, item, "line", entry->mark.line) &&
               yyjson_mut_obj_add_int(doc, item, "column", entry->mark.column) &&
               yyjson_mut_obj_add_int(doc, item, "columns", entry->mark.columns) &&
               yyjson_mut_obj_add_str(doc, item, "level", level) &&
               yyjson_mut_obj_add_str(doc, item, "code", entry->code) &&
               yyjson_mut_obj_add_str(doc, item, "message", entry->message) &&
               (!entry->help || yyjson_mut_obj_add_str(doc, item, "help", entry->help)) &&
               yyjson_mut_arr_append(list, item);
}

int diag_print_json(const struct diag *diag, FILE *stream) {
        const struct diag_list *entries = list_sorted(diag);
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *list = doc ? yyjson_mut_arr(doc) : NULL;
        bool fine = list && !diag->out_of_memory;
        char *text = NULL;

        if (list)
                yyjson_mut_doc_set_root(doc, list);
        for (size_t i = 0; fine && i < entries->count; i++)
                fine = json_add(doc, list, &entries->entries[i]);
        /* A message may quote a word of a file that is not UTF-8. */
        if (fine)
                text = yyjson_mut_write(doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, NULL);
        yyjson_mut_doc_free(doc);
        if (!text)
                return err_raise(-ENOMEM);
        fputs(text, stream);
        fputc('\n', stream);
        free(text);
        return 0;
}

/* --- did you mean ------------------------------------------------------------------------------ */

static int min3(int a, int b, int c) {
        int least = a < b ? a : b;

        return least < c ? least : c;
}

/* Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
static int distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
        int rows[3][NEAREST_WORD_BYTES + 1];

        for (size_t j = 0; j <= b_bytes; j++)
                rows[0][j] = (int)j;
        for (size_t i = 1; i <= a_bytes; i++) {
                int *now = rows[i % 3];
                const int *last = rows[(i + 2) % 3];
                const int *before = rows[(i + 1) % 3];

                now[0] = (int)i;
                for (size_t j = 1; j <= b_bytes; j++) {
                        now[j] = min3(last[j] + 1, now[j - 1] + 1,
                                      last[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                            before[j - 2] + 1 < now[j])
                                now[j] = before[j - 2] + 1;
                }
        }
        return rows[a_bytes % 3][b_bytes];
}

const char *diag_nearest(const char *word, const char *const *candidates) {
        size_t word_bytes = strlen(word);
        int best = NEAREST_DISTANCE_MAX + 1;
        const char *nearest = NULL;

        if (word_bytes > NEAREST_WORD_BYTES)
                return NULL;
        for (; *candidates; candidates++) {
                size_t bytes = strlen(*candidates);

                if (bytes > NEAREST_WORD_BYTES)
                        continue;

                int d = distance(word, word_bytes, *candidates, bytes);

                /* Two errors in a word of two letters leave none of them: such a match is not a suggestion. */
                if (d < best && (size_t)d < word_bytes) {
                        best = d;
                        nearest = *candidates;
                }
        }
        return nearest;
}
