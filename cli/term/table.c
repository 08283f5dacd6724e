/* SPDX-License-Identifier: MIT */
#include "cli/term/table.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "cli/term/text.h"
#include "common/base/err.h"

struct between {
        size_t row; /* printed before this row */
        char *text;
};

struct term_table {
        struct libscols_table *rows;
        struct libscols_line *row;
        size_t cell; /* index of the next cell in row */
        bool headings;
        const char *indent;
        struct between *between;
        size_t between_count;
        bool failed; /* no memory */
};

static void column_add(struct term_table *table, const struct term_table_column *column) {
        const char *title = column->title ? column->title : "";
        int flags = column->right ? SCOLS_FL_RIGHT : 0;

        /* Set the requested width only if the title does not need more. */
        if (text_cells(title) < column->cells)
                flags |= SCOLS_FL_STRICTWIDTH;
        table->headings |= column->title != NULL;
        table->failed = !scols_table_new_column(table->rows, title, column->cells, flags);
}

struct term_table *term_table_new(const char *indent, const struct term_table_column *columns,
                                  size_t count) {
        struct term_table *table = calloc(1, sizeof(*table));

        if (!table)
                return NULL;
        table->indent = indent;
        table->rows = scols_new_table();
        table->failed = !table->rows;
        for (size_t i = 0; i < count && !table->failed; i++)
                column_add(table, &columns[i]);
        if (table->failed)
                return term_table_free(table);
        /* Never adapt to the terminal: in a file or a narrow terminal the table is complete as well. */
        scols_table_set_termforce(table->rows, SCOLS_TERMFORCE_NEVER);
        scols_table_enable_noheadings(table->rows, !table->headings);
        return table;
}

struct term_table *term_table_free(struct term_table *table) {
        if (!table)
                return NULL;
        for (size_t i = 0; i < table->between_count; i++)
                free(table->between[i].text);
        free(table->between);
        scols_unref_table(table->rows);
        free(table);
        return NULL;
}

void term_table_row(struct term_table *table) {
        if (!table)
                return;
        table->row = scols_table_new_line(table->rows, NULL);
        table->cell = 0;
        table->failed |= !table->row;
}

void term_table_cell(struct term_table *table, const char *format, ...) {
        char *text = NULL;
        va_list args;

        if (!table || table->failed)
                return;
        va_start(args, format);
        table->failed = vasprintf(&text, format, args) < 0;
        va_end(args);
        if (table->failed)
                return;
        if (scols_line_refer_data(table->row, table->cell++, text) != 0) {
                free(text);
                table->failed = true;
        }
}

void term_table_line(struct term_table *table, const char *text) {
        struct between *between;
        char *copy;

        if (!table)
                return;
        between = realloc(table->between, (table->between_count + 1) * sizeof(*between));
        copy = strdup(text);
        if (between)
                table->between = between;
        if (!between || !copy) {
                free(copy);
                table->failed = true;
                return;
        }
        between[table->between_count++] =
                (struct between){.row = scols_table_get_nlines(table->rows), .text = copy};
}

/* libsmartcols takes the width of characters from the locale, and this program never calls setlocale(): use C.UTF-8
 * here. */
static char *text_make(struct libscols_table *rows) {
        locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
        char *text = NULL;

        if (scols_print_table_to_string(rows, &text) != 0)
                text = NULL;
        if (utf8) {
                uselocale(before);
                freelocale(utf8);
        }
        return text;
}

/* Print one line without trailing spaces. */
static void line_print(const struct term_table *table, const char *line, FILE *stream) {
        size_t bytes = strcspn(line, "\n");

        while (bytes && line[bytes - 1] == ' ')
                bytes--;
        fprintf(stream, "%s%.*s\n", bytes ? table->indent : "", (int)bytes, line);
}

int term_table_print(struct term_table *table, FILE *stream) {
        size_t rows, next = 0;
        char *text = NULL;

        if (!table)
                return err_raise(-ENOMEM);
        rows = scols_table_get_nlines(table->rows);

        /* libsmartcols prints no headings for a table without rows: add an empty row. */
        if (rows == 0)
                term_table_row(table);
        if (!table->failed) {
                text = text_make(table->rows);
                table->failed = !text;
        }
        if (table->failed)
                return err_raise(-ENOMEM);

        const char *line = text;

        if (table->headings) {
                line_print(table, line, stream);
                line += strcspn(line, "\n") + 1;
        }
        for (size_t row = 0; row <= rows; row++) {
                for (; next < table->between_count && table->between[next].row == row; next++)
                        fprintf(stream, "%s\n", table->between[next].text);
                if (row == rows)
                        break;
                line_print(table, line, stream);
                line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
        }
        free(text);
        return 0;
}
