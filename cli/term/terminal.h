/* SPDX-License-Identifier: MIT
 *
 * Terminal: full screen and single-key input. The terminal is restored by terminal_close(), on a fatal signal, and
 * while the program is stopped with Ctrl-Z.
 *
 * Thread: main; one terminal per process. Blocks: never; terminal_key() waits at most 20 ms for each further byte of
 * an escape sequence.
 */
#ifndef VIGIL_CLI_TERM_TERMINAL_H
#define VIGIL_CLI_TERM_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum terminal_key {
        TERMINAL_KEY_NONE = 0, /* no input */
        TERMINAL_KEY_UP = 256,
        TERMINAL_KEY_DOWN,
        TERMINAL_KEY_ESCAPE,
        TERMINAL_KEY_END, /* standard input is closed */
};

/* Switch to raw keys and the alternate screen, and install signal handlers. Return: 0 or -errno. */
int terminal_open(void);
void terminal_close(void);

/* The next key: a byte (UTF-8 arrives byte by byte) or one of enum terminal_key. */
int terminal_key(void);

/* Size of standard output's terminal; 80 x 24 when unknown. */
void terminal_size(int *ret_columns, int *ret_rows);

/* Width for text: that of the terminal of @stream, at most 100; 80 when @stream is not a terminal. */
int terminal_columns(FILE *stream);

/* True once after the window changed its size or the program continued after a stop; also after terminal_open(). */
bool terminal_changed(void);

#endif
