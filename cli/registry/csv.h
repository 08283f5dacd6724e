/* SPDX-License-Identifier: MIT
 *
 * CSV as RFC 4180 has it, read row by row, with the position of every cell: quoted cells, doubled
 * quotes, line ends within quotes, CRLF or LF, a byte order mark. What is wrong goes to the diag with
 * file:line:col and reading goes on with the next line, so that one run names every mistake.
 *
 * The first row is the header; a later row with another number of cells is complained about and
 * left out, as is a row that cannot be taken apart. Empty lines are skipped.
 *
 * Thread: a reader belongs to one thread. Blocks: never. Memory: one row.
 */
#ifndef VIGIL_CLI_REGISTRY_CSV_H
#define VIGIL_CLI_REGISTRY_CSV_H

#include <stddef.h>

#include "common/files/diag.h"

struct csv_cell {
        const char *text; /* NUL-terminated, quotes undone; valid until the next csv_next() */
        size_t bytes;     /* there is no NUL within */
        struct diag_mark mark;
};

struct csv_row {
        int line; /* where it begins, from 1 */
        const struct csv_cell *cells;
        size_t count;
};

struct csv;

enum {
        CSV_END = 1,     /* no further row */
        CSV_REFUSED = 2, /* not text that can be read at all; the diag says why */
};

/* @file and @text must live as long as the reader. Return: 0, CSV_REFUSED, -ENOMEM. */
int csv_open(struct csv **ret, const char *file, const char *text, size_t text_bytes,
             struct diag *diag);
struct csv *csv_close(struct csv *csv);

/* Return: 0 and *ret, CSV_END, -ENOMEM. */
int csv_next(struct csv *csv, struct csv_row *ret);

#endif
