/* SPDX-License-Identifier: MIT
 *
 * Tables for terminals, printed by libsmartcols: a column is as wide as its widest cell, a Chinese character counts
 * as two cells, and control characters in received text are made visible. Output without an end (a feed, a screen of
 * cards) does not use tables; its lines are built with text.h.
 *
 * Thread: a table belongs to one thread. Blocks: term_table_print() writes to the stream.
 * Proof: tests/unit/cli/term/table.c
 */
#ifndef VIGIL_CLI_TERM_TABLE_H
#define VIGIL_CLI_TERM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct term_table_column {
        const char *title; /* NULL in all columns: no heading line */
        int cells;         /* minimum width */
        bool right;
};

struct term_table;

/* @indent: printed before each line; kept, not copied. Return: the table; NULL when out of memory, which all calls
 * below accept, and term_table_print() then returns -ENOMEM. */
struct term_table *term_table_new(const char *indent, const struct term_table_column *columns,
                                  size_t count);
struct term_table *term_table_free(struct term_table *table);

/* term_table_row() starts a row; each term_table_cell() fills its next cell from the left. Cells not given stay
 * empty. */
void term_table_row(struct term_table *table);
void term_table_cell(struct term_table *table, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Add a line outside the columns, printed between the previous and the next row. @text is copied. */
void term_table_line(struct term_table *table, const char *text);

/* Print the table. Return: 0, or -ENOMEM and nothing is printed. A write error stays in the stream (ferror()). */
int term_table_print(struct term_table *table, FILE *stream);

#endif
