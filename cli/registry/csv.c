/* SPDX-License-Identifier: MIT */
#include "cli/registry/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/utf8.h"
#include "common/language/say.h"

struct csv {
        const char *file;
        const char *at, *end;
        struct diag *diag;
        struct diag_mark mark; /* position of @at */
        size_t columns;        /* of the header; 0: not read yet */

        struct csv_cell *cells;
        size_t cell_count, cell_room;
        char *text; /* text of the cells, unquoted */
        size_t text_used, text_room;
};

/* --- the file as a whole --------------------------------------------------------------------- */

static void complain_encoding(struct csv *csv, const char *text, size_t bytes) {
        const char *help = N_("save it as UTF-8");
        const char *guess = "";

        if (bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
                help = N_("in the spreadsheet choose \"CSV UTF-8\", or run: iconv -f UTF-16 -t "
                          "UTF-8");
                guess = " (UTF-16?)";
        } else if (utf8_looks_like_gbk(text, bytes)) {
                help = N_("in the spreadsheet choose \"CSV UTF-8\", or run: iconv -f GB18030 -t "
                          "UTF-8");
                guess = " (GBK/GB18030?)";
        }
        diag_add(csv->diag, DIAG_ERROR, "G001", csv->file, csv->mark, help,
                 "this is not UTF-8 text%s", guess);
}

/* Reject invalid UTF-8 and control characters: after them no position in the file is reliable. */
static bool text_is_readable(struct csv *csv) {
        const char *text = csv->at;
        size_t bytes = (size_t)(csv->end - csv->at);

        csv->mark = (struct diag_mark){.line = 1, .column = 1, .columns = 1};
        for (size_t at = 0; at < bytes; csv->mark.column++) {
                uint32_t character;
                size_t length = utf8_read(text + at, bytes - at, &character);

                if (length == 0) {
                        complain_encoding(csv, text, bytes);
                        return false;
                }
                at += length;
                if (character == '\n') {
                        csv->mark.line++;
                        csv->mark.column = 0;
                } else if ((character < 0x20 && character != '\t' && character != '\r') ||
                           character == 0x7f) {
                        diag_add(csv->diag, DIAG_ERROR, "G002", csv->file, csv->mark, "remove it",
                                 "control character U+%04X in the text", (unsigned int)character);
                        return false;
                }
        }
        return true;
}

int csv_open(struct csv **ret, const char *file, const char *text, size_t text_bytes,
             struct diag *diag) {
        struct csv *csv = calloc(1, sizeof(*csv));

        if (!csv)
                return err_raise(-ENOMEM);
        if (text_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                text_bytes -= 3;
        }
        csv->file = file;
        csv->at = text;
        csv->end = text + text_bytes;
        csv->diag = diag;
        if (!text_is_readable(csv)) {
                csv_close(csv);
                return CSV_REFUSED;
        }
        csv->mark = (struct diag_mark){.line = 1, .column = 1};
        *ret = csv;
        return 0;
}

struct csv *csv_close(struct csv *csv) {
        if (!csv)
                return NULL;
        free(csv->cells);
        free(csv->text);
        free(csv);
        return NULL;
}

/* --- cells ------------------------------------------------------------------------------------- */

static int cell_begin(struct csv *csv) {
        if (csv->cell_count == csv->cell_room) {
                size_t room = csv->cell_room ? 2 * csv->cell_room : 16;
                struct csv_cell *cells = realloc(csv->cells, room * sizeof(*cells));

                if (!cells)
                        return err_raise(-ENOMEM);
                csv->cells = cells;
                csv->cell_room = room;
        }
        /* The buffer may move while it grows: a cell gets its pointer when the row is complete, and holds only its
         * length until then. */
        csv->cells[csv->cell_count++] = (struct csv_cell){.mark = csv->mark};
        return 0;
}

static int text_add(struct csv *csv, const char *from, size_t bytes) {
        size_t need = csv->text_used + bytes + 1;

        if (need > csv->text_room) {
                size_t room = csv->text_room ? csv->text_room : 256;

                while (room < need)
                        room *= 2;

                char *text = realloc(csv->text, room);

                if (!text)
                        return err_raise(-ENOMEM);
                csv->text = text;
                csv->text_room = room;
        }
        memcpy(csv->text + csv->text_used, from, bytes);
        csv->text_used += bytes;
        csv->text[csv->text_used] = '\0';
        csv->cells[csv->cell_count - 1].bytes += bytes;
        return 0;
}

static int cell_end(struct csv *csv) {
        struct csv_cell *cell = &csv->cells[csv->cell_count - 1];

        cell->mark.columns =
                csv->mark.line == cell->mark.line ? csv->mark.column - cell->mark.column : 0;

        int r = text_add(csv, "", 0);

        csv->text_used++; /* its NUL */
        return r;
}

/* Step over one character. */
static void step(struct csv *csv) {
        unsigned char byte = (unsigned char)*csv->at++;

        if (byte == '\n') {
                csv->mark.line++;
                csv->mark.column = 1;
                return;
        }
        csv->mark.column++;
        while (csv->at < csv->end && ((unsigned char)*csv->at & 0xc0) == 0x80)
                csv->at++;
}

static bool at_line_end(const struct csv *csv) {
        return csv->at == csv->end || *csv->at == '\n' ||
               (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

enum { ROW_BROKEN = 1 };

static int quoted_read(struct csv *csv) {
        const char *opened = csv->at;
        struct diag_mark opened_mark = csv->mark;
        int r = 0;

        step(csv);
        while (csv->at < csv->end) {
                const char *from = csv->at;

                if (*csv->at == '"') {
                        step(csv);
                        if (csv->at == csv->end || *csv->at != '"')
                                return 0;
                }
                step(csv);
                r = text_add(csv, *from == '"' ? "\"" : from,
                             *from == '"' ? 1 : (size_t)(csv->at - from));
                if (r < 0)
                        return r;
        }
        /* Return to the opening quote: only its own line is skipped, not the rest of the file. */
        csv->at = opened;
        csv->mark = opened_mark;
        opened_mark.columns = 1;
        diag_add(csv->diag, DIAG_ERROR, "G003", csv->file, opened_mark,
                 "close it with another \", and write a quote within quotes twice",
                 "this quote is never closed");
        return ROW_BROKEN;
}

static int plain_read(struct csv *csv) {
        const char *from = csv->at;

        while (!at_line_end(csv) && *csv->at != ',' && *csv->at != '"')
                step(csv);
        if (!at_line_end(csv) && *csv->at == '"') {
                struct diag_mark mark = csv->mark;

                mark.columns = 1;
                diag_add(csv->diag, DIAG_ERROR, "G004", csv->file, mark,
                         "put the whole cell into quotes and write this quote twice",
                         "a quote in the middle of a cell");
                return ROW_BROKEN;
        }
        return text_add(csv, from, (size_t)(csv->at - from));
}

static int registry_cell_read(struct csv *csv) {
        int r = cell_begin(csv);

        if (r != 0)
                return r;
        if (csv->at == csv->end || *csv->at != '"') {
                r = plain_read(csv);
        } else {
                r = quoted_read(csv);
                if (r == 0 && !at_line_end(csv) && *csv->at != ',') {
                        struct diag_mark mark = csv->mark;

                        mark.columns = 1;
                        diag_add(csv->diag, DIAG_ERROR, "G005", csv->file, mark,
                                 "a cell ends with its closing quote; only a comma may follow",
                                 "text after the closing quote");
                        r = ROW_BROKEN;
                }
        }
        return r == 0 ? cell_end(csv) : r;
}

/* --- rows -------------------------------------------------------------------------------------- */

static void line_end_skip(struct csv *csv) {
        while (!at_line_end(csv))
                step(csv);
        if (csv->at < csv->end && *csv->at == '\r')
                step(csv);
        if (csv->at < csv->end)
                step(csv);
}

static int row_read(struct csv *csv) {
        csv->cell_count = 0;
        csv->text_used = 0;
        for (;;) {
                int r = registry_cell_read(csv);

                if (r != 0 || at_line_end(csv)) {
                        line_end_skip(csv);
                        return r;
                }
                step(csv); /* the comma */
        }
}

static bool row_fits(struct csv *csv, int line) {
        if (csv->columns == 0)
                csv->columns = csv->cell_count;
        if (csv->cell_count == csv->columns)
                return true;
        diag_add(csv->diag, DIAG_ERROR, "G006", csv->file, (struct diag_mark){.line = line},
                 "a comma within a cell needs quotes around the cell; an empty cell still needs "
                 "its comma",
                 "this row has %zu cells, the header has %zu", csv->cell_count, csv->columns);
        return false;
}

int csv_next(struct csv *csv, struct csv_row *ret) {
        while (csv->at < csv->end) {
                int line = csv->mark.line;

                if (at_line_end(csv)) {
                        line_end_skip(csv);
                        continue;
                }

                int r = row_read(csv);

                if (r < 0)
                        return r;
                if (r == ROW_BROKEN || !row_fits(csv, line))
                        continue;

                char *text = csv->text;

                for (size_t i = 0; i < csv->cell_count; i++) {
                        csv->cells[i].text = text;
                        text += csv->cells[i].bytes + 1;
                }
                *ret = (struct csv_row){line, csv->cells, csv->cell_count};
                return 0;
        }
        return CSV_END;
}
