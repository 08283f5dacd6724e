/* SPDX-License-Identifier: MIT
 *
 * Tables for people, printed by libsmartcols: columns as wide as what is in them, Chinese counted as two cells,
 * control characters of foreign text made visible. What has no end (a feed, a screen of cards) is no table:
 * its lines are made with text.h.
 *
 * Thread: one. Blocks: writes to the stream.
 * Proof: tests/unit/cli/term/table.c
 */
#ifndef VIGIL_CLI_TERM_TABLE_H
#define VIGIL_CLI_TERM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct term_table_column {
        const char *title; /* of all columns NULL: the table has no headings */
        int cells;         /* at least so wide */
        bool right;
};

struct term_table;

/* @indent: in front of each line. NULL when there is no memory: the calls below take it, and term_table_print() tells. */
struct term_table *term_table_new(const char *indent, const struct term_table_column *columns,
                                  size_t count);
struct term_table *term_table_free(struct term_table *table);

/* A row begins; its cells follow from left to right, and those left out at its end are empty. */
void term_table_row(struct term_table *table);
void term_table_cell(struct term_table *table, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* A line of its own between the rows, which takes part in no column. */
void term_table_line(struct term_table *table, const char *text);

/* Return: 0, -ENOMEM and nothing is printed. Errors of writing stay in the stream. */
int term_table_print(struct term_table *table, FILE *stream);

#endif
