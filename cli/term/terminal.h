/* SPDX-License-Identifier: MIT
 *
 * Terminal: full screen and single keys, given back as it was whatever ends the program: a return, a
 * signal, a stop with Ctrl-Z.
 *
 * Thread: main; one terminal a process. Blocks: never.
 */
#ifndef VIGIL_CLI_TERM_TERMINAL_H
#define VIGIL_CLI_TERM_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum terminal_key {
        TERMINAL_KEY_NONE = 0, /* nothing more to read */
        TERMINAL_KEY_UP = 256,
        TERMINAL_KEY_DOWN,
        TERMINAL_KEY_ESCAPE,
        TERMINAL_KEY_END, /* standard input is closed */
};

/* Raw keys and the second screen. Return: 0 or -errno. */
int terminal_open(void);
void terminal_close(void);

/* The next key: a byte (UTF-8 comes byte by byte), or one of the above. Never blocks. */
int terminal_key(void);

void terminal_size(int *ret_columns, int *ret_rows);

/* Columns to write text in: of the terminal that @stream is, at most 100; 80 when it is none. */
int terminal_columns(FILE *stream);

/* True once after the window changed its size or the program came back from a stop. */
bool terminal_changed(void);

#endif
