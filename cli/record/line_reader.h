/* SPDX-License-Identifier: MIT
 *
 * Reads lines from a file or a pipe with a timeout, which stdio cannot do.
 *
 * Thread: a reader belongs to one thread. Blocks: up to the timeout of a call; on a regular file never.
 */
#ifndef VIGIL_CLI_RECORD_LINE_READER_H
#define VIGIL_CLI_RECORD_LINE_READER_H

#include <stddef.h>

enum { LINE_READER_BYTES_MAX = 1024 * 1024 };

enum {
        LINE_READER_END = 1,      /* no further line */
        LINE_READER_NONE_YET = 2, /* no line within the timeout */
        LINE_READER_TOO_LONG = 3, /* the line is skipped */
};

struct line_reader;

/* @fd is not closed. Return: 0 or -ENOMEM. */
int line_reader_new(struct line_reader **ret, int fd);
struct line_reader *line_reader_free(struct line_reader *reader);

/* Read the next line. *ret: NUL-terminated, without its line end, valid until the next call. *ret_bytes: its
 * length; the line may contain NULs. Return: 0, LINE_READER_END, LINE_READER_NONE_YET, LINE_READER_TOO_LONG,
 * -EINTR, -errno. */
int line_reader_next(struct line_reader *reader, int timeout_ms, const char **ret,
                     size_t *ret_bytes);

#endif
