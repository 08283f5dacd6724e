/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: CSV files. Input: the first byte selects the type of the column that cells are read as, the rest is the
 * file. Every row has as many cells as the first, every cell ends with its NUL, and line numbers increase.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/registry/csv.h"
#include "cli/registry/registry_cell.h"
#include "common/registry/registry_json.h"
#include "common/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

static bool is_utf8(const char *text) {
        for (size_t left = strlen(text); left;) {
                uint32_t character;
                size_t length = utf8_read(text, left, &character);

                if (!length)
                        return false;
                text += length;
                left -= length;
        }
        return true;
}

/* A record read from a cell can be encoded, and a diagnostic is text. */
static void cell_check(enum registry_cell_kind kind, const struct csv_cell *cell) {
        union {
                char text[64];
                struct registry_words words;
                double degrees;
                int64_t number;
                int minute;
                bool days[7];
        } record;
        const struct registry_cell_column column = {"column", kind, true, 0, 24};
        struct registry_cell_fault fault = {.language = NULL};

        memset(&record, 0, sizeof(record));
        if (!registry_cell_read(&column, cell->text, &record, &fault))
                check(is_utf8(fault.message) && strlen(fault.code) == 4);
        else if (kind <= REGISTRY_CELL_WORD)
                check(strlen(record.text) < column.bytes);
        else if (kind == REGISTRY_CELL_WORDS)
                check(record.words.count <= REGISTRY_WORDS_MAX);
        else if (kind == REGISTRY_CELL_MINUTE)
                check(record.minute >= 0 && record.minute <= 24 * 60);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct diag *diag = NULL;
        struct csv *csv = NULL;
        struct csv_row row;
        size_t columns = 0;
        int line = 0;

        if (size == 0 || diag_new(&diag) < 0)
                return 0;

        enum registry_cell_kind kind = data[0] % (REGISTRY_CELL_ZONE); /* zones need files */

        if (csv_open(&csv, "f", (const char *)data + 1, size - 1, diag) == 0) {
                while (csv_next(csv, &row) == 0) {
                        check(row.count && (!columns || row.count == columns));
                        check(row.line > line);
                        columns = row.count;
                        line = row.line;
                        for (size_t i = 0; i < row.count; i++) {
                                check(strlen(row.cells[i].text) == row.cells[i].bytes);
                                check(row.cells[i].mark.line >= row.line);
                                cell_check(kind, &row.cells[i]);
                        }
                }
        } else {
                check(diag_errors(diag) == 1);
        }
        csv_close(csv);
        diag_free(diag);
        return 0;
}
