/* SPDX-License-Identifier: MIT */
#include "cli/record/line_reader.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"

struct line_reader {
        int fd;
        bool ended;    /* read(2) returned 0 */
        bool too_long; /* skipping the rest of a line that is too long */
        size_t from, to, searched;
        char bytes[2 * LINE_READER_BYTES_MAX];
};

int line_reader_new(struct line_reader **ret, int fd) {
        struct line_reader *reader = malloc(sizeof(*reader));

        if (!reader)
                return err_raise(-ENOMEM);
        reader->fd = fd;
        reader->ended = reader->too_long = false;
        reader->from = reader->to = reader->searched = 0;
        *ret = reader;
        return 0;
}

struct line_reader *line_reader_free(struct line_reader *reader) {
        free(reader);
        return NULL;
}

/* Read more bytes. Return: 0, LINE_READER_NONE_YET, -errno. */
static int fill(struct line_reader *reader, int timeout_ms) {
        struct pollfd wait = {.fd = reader->fd, .events = POLLIN};

        if (reader->from > 0 && reader->to > LINE_READER_BYTES_MAX) {
                memmove(reader->bytes, reader->bytes + reader->from, reader->to - reader->from);
                reader->searched -= reader->from;
                reader->to -= reader->from;
                reader->from = 0;
        }

        int ready = poll(&wait, 1, timeout_ms);

        if (ready == 0)
                return LINE_READER_NONE_YET;
        if (ready < 0)
                return -errno;

        /* Leave one byte for the NUL. */
        ssize_t got = read(reader->fd, reader->bytes + reader->to,
                           sizeof(reader->bytes) - reader->to - 1);

        if (got < 0)
                return errno == EAGAIN ? LINE_READER_NONE_YET : -errno;
        reader->ended = got == 0;
        reader->to += (size_t)got;
        return 0;
}

/* Return the line [from, end) and move behind it. Return: false when it is the rest of a line that was too long. */
static bool line_cut(struct line_reader *reader, size_t end, const char **ret, size_t *ret_bytes) {
        bool rest = reader->too_long;

        reader->bytes[end] = '\0';
        *ret = reader->bytes + reader->from;
        *ret_bytes = end - reader->from;
        reader->from = reader->searched = end < reader->to ? end + 1 : end;
        reader->too_long = false;
        return !rest;
}

int line_reader_next(struct line_reader *reader, int timeout_ms, const char **ret,
                     size_t *ret_bytes) {
        for (;;) {
                const char *newline = memchr(reader->bytes + reader->searched, '\n',
                                             reader->to - reader->searched);
                int r;

                if (newline) {
                        if (line_cut(reader, (size_t)(newline - reader->bytes), ret, ret_bytes))
                                return 0;
                        continue;
                }
                reader->searched = reader->to;
                if (reader->ended && reader->from == reader->to)
                        return LINE_READER_END;
                if (reader->ended) {
                        if (line_cut(reader, reader->to, ret, ret_bytes))
                                return 0;
                        continue;
                }
                if (reader->to - reader->from > LINE_READER_BYTES_MAX) {
                        bool said = reader->too_long;

                        reader->too_long = true;
                        reader->from = reader->to = reader->searched = 0;
                        if (!said)
                                return LINE_READER_TOO_LONG;
                }
                r = fill(reader, timeout_ms);
                if (r != 0)
                        return r;
        }
}
