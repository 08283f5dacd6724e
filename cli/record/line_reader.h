/* SPDX-License-Identifier: MIT
 *
 * Lines of a file or a pipe, without ever waiting longer than asked: stdio cannot say "nothing yet".
 *
 * Thread: one. Blocks: up to the timeout of a call; a file never does.
 */
#ifndef VIGIL_CLI_RECORD_LINE_READER_H
#define VIGIL_CLI_RECORD_LINE_READER_H

#include <stddef.h>

enum { LINE_READER_BYTES_MAX = 1024 * 1024 };

enum {
        LINE_READER_END = 1,      /* no further line */
        LINE_READER_NONE_YET = 2, /* none came in time */
        LINE_READER_TOO_LONG = 3, /* skipped as a whole */
};

struct line_reader;

/* @fd stays the caller's. Return: 0 or -ENOMEM. */
int line_reader_new(struct line_reader **ret, int fd);
struct line_reader *line_reader_free(struct line_reader *reader);

/* *ret is valid until the next call, NUL-terminated, without its line end; @ret_bytes counts NULs within.
 * Return: 0, LINE_READER_END, LINE_READER_NONE_YET, LINE_READER_TOO_LONG, -EINTR, -errno. */
int line_reader_next(struct line_reader *reader, int timeout_ms, const char **ret,
                     size_t *ret_bytes);

#endif
