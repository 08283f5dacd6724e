/* SPDX-License-Identifier: MIT
 *
 * CSV as in RFC 4180, read row by row, with the position of every cell: quoted cells, doubled quotes, line ends
 * within quotes, CRLF or LF, a byte order mark. An error is reported to the diag with file:line:col and reading
 * continues on the next line, so that one run reports all errors.
 *
 * The first row is the header. A later row with a different number of cells is reported and skipped, as is a row
 * that cannot be parsed. Empty lines are skipped.
 *
 * Thread: a reader belongs to one thread. Blocks: never. Memory: one row.
 */
#ifndef VIGIL_CLI_REGISTRY_CSV_H
#define VIGIL_CLI_REGISTRY_CSV_H

#include <stddef.h>

#include "common/files/diag.h"

struct csv_cell {
        const char *text; /* NUL-terminated, unquoted; valid until the next csv_next() */
        size_t bytes;     /* contains no NUL */
        struct diag_mark mark;
};

struct csv_row {
        int line; /* its first line, from 1 */
        const struct csv_cell *cells;
        size_t count;
};

struct csv;

enum {
        CSV_END = 1,     /* no further row */
        CSV_REFUSED = 2, /* no readable text at all; the diag contains the reason */
};

/* @file, @text and @diag must outlive the reader. Return: 0, CSV_REFUSED, -ENOMEM. */
int csv_open(struct csv **ret, const char *file, const char *text, size_t text_bytes,
             struct diag *diag);
struct csv *csv_close(struct csv *csv);

/* Read the next row without errors. Return: 0 and *ret, valid until the next call; CSV_END; -ENOMEM. */
int csv_next(struct csv *csv, struct csv_row *ret);

#endif
