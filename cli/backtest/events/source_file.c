/* SPDX-License-Identifier: MIT
 *
 * One buffer serves both forms: read(2) fills it, and lines and frames are used in place. A pipe from `xz -dc`
 * therefore works like a file, and the memory does not depend on the number of events.
 */
#include "cli/backtest/events/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/cli.h"
#include "cli/record/event_json.h"
#include "common/base/err.h"

enum {
        LINE_BYTES_LIMIT = 1024 * 1024, /* a line with 4,096 samples takes about 90 KB */
        COMPLAINTS_SHOWN = 5,
        INTERRUPT_EVERY = 4096, /* events */
};

struct file_source {
        struct source source;
        char *name; /* for messages */
        int fd;
        bool standard_input;
        bool ended; /* read(2) returned 0 */
        bool in_frame;
        uint64_t line, offset; /* of the data at from; offset: in the file */
        struct frame_reader frame;
        size_t from, to;
        int16_t samples[EVENT_SAMPLES_MAX * 3];
        char bytes[2 * LINE_BYTES_LIMIT];
};

_Static_assert((int)FRAME_BYTES_MAX <= (int)LINE_BYTES_LIMIT, "the buffer holds two of either");

static void complain(struct file_source *file, size_t column) {
        if (file->source.bad++ >= COMPLAINTS_SHOWN)
                return;
        if (column)
                fprintf(stderr, "%s:%llu:%zu: error: %s\n", file->name,
                        (unsigned long long)file->line, column, err_why());
        else
                fprintf(stderr, "%s:%llu: error: %s\n", file->name, (unsigned long long)file->line,
                        err_why());
}

/* Read more bytes after those in the buffer. */
static int fill(struct file_source *file) {
        if (file->from > 0) {
                memmove(file->bytes, file->bytes + file->from, file->to - file->from);
                file->to -= file->from;
                file->from = 0;
        }

        ssize_t got = read(file->fd, file->bytes + file->to, sizeof(file->bytes) - file->to);

        if (got < 0)
                return err_raise_why(-errno, "%s: %s", file->name, err_text(errno));
        file->ended = got == 0;
        file->to += (size_t)got;
        return 0;
}

/* --- lines -------------------------------------------------------------------------------------- */

/* Return: 0 and the line without its end, SOURCE_END, -errno. */
static int line_take(struct file_source *file, const char **ret, size_t *ret_bytes) {
        size_t searched = 0;

        for (;;) {
                const char *at = file->bytes + file->from;
                size_t there = file->to - file->from;
                const char *newline = memchr(at + searched, '\n', there - searched);

                if (newline || (file->ended && there > 0) || there >= LINE_BYTES_LIMIT) {
                        size_t bytes = newline ? (size_t)(newline - at) : there;

                        *ret = at;
                        *ret_bytes = bytes;
                        file->line++;
                        file->from += bytes + (newline != NULL);
                        return 0;
                }
                if (file->ended)
                        return SOURCE_END;
                searched = there;

                int r = fill(file);

                if (r < 0)
                        return r;
        }
}

static bool is_blank(const char *text, size_t bytes) {
        for (size_t i = 0; i < bytes; i++)
                if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
                        return false;
        return true;
}

static int lines_next(struct file_source *file, struct source_event *ret) {
        for (;;) {
                const char *text = NULL;
                size_t bytes = 0, column = 0;
                int r = line_take(file, &text, &bytes);

                if (r != 0)
                        return r;
                if (is_blank(text, bytes))
                        continue;
                r = event_json_decode(text, bytes, &ret->event, &ret->lane, file->samples, &column);
                if (r < 0)
                        return r;
                if (r == 0) {
                        ret->samples = ret->event.sample_count
                                               ? (const unsigned char *)file->samples
                                               : NULL;
                        return 0;
                }
                complain(file, column);
        }
}

/* --- frames ------------------------------------------------------------------------------------- */

/* The length of a frame is in its header: after a broken frame the next one cannot be found. */
static int frame_broken(struct file_source *file) {
        return err_raise_why(-EBADMSG,
                             "%s: byte %llu: not a frame of a version this vigil reads, or cut off",
                             file->name, (unsigned long long)file->offset);
}

/* Return: 0 and file->frame is before its first event, SOURCE_END, -errno. */
static int frame_take(struct file_source *file) {
        for (;;) {
                struct frame_header header;
                const char *at = file->bytes + file->from;
                size_t there = file->to - file->from;

                if (there >= sizeof(header)) {
                        memcpy(&header, at, sizeof(header));
                        if (header.frame_bytes > FRAME_BYTES_MAX)
                                return frame_broken(file);
                        if (header.frame_bytes <= there) {
                                if (frame_open(&file->frame, at, header.frame_bytes) != 0)
                                        return frame_broken(file);
                                file->from += header.frame_bytes;
                                file->offset += header.frame_bytes;
                                return 0;
                        }
                }
                if (file->ended)
                        return there == 0 ? SOURCE_END : frame_broken(file);

                int r = fill(file);

                if (r < 0)
                        return r;
        }
}

static int frames_next(struct file_source *file, struct source_event *ret) {
        int r = file->in_frame ? frame_next(&file->frame, &ret->event, &ret->samples) : FRAME_END;

        while (r == FRAME_END) {
                r = frame_take(file);
                if (r != 0)
                        return r;
                file->in_frame = true;
                r = frame_next(&file->frame, &ret->event, &ret->samples);
        }
        ret->lane = (enum lane)file->frame.lane;
        return r == 0 ? 0 : frame_broken(file);
}

/* --- both --------------------------------------------------------------------------------------- */

static int next_of(struct source *source, struct source_event *ret,
                   int (*next)(struct file_source *file, struct source_event *ret)) {
        int r = next((struct file_source *)source, ret);

        if (r != 0)
                return r;
        source->events++;
        return source->events % INTERRUPT_EVERY == 0 && cli_interrupted() ? -EINTR : 0;
}

static int next_line(struct source *source, struct source_event *ret) {
        return next_of(source, ret, lines_next);
}

static int next_frame(struct source *source, struct source_event *ret) {
        return next_of(source, ret, frames_next);
}

static void file_free(struct source *source) {
        struct file_source *file = (struct file_source *)source;

        if (file->fd >= 0 && !file->standard_input)
                close(file->fd);
        free(file->name);
        free(file);
}

/* Detect the form by the first bytes. */
static int form_find(struct file_source *file) {
        int r = 0;

        while (r == 0 && !file->ended && file->to < 4)
                r = fill(file);
        if (r < 0)
                return r;
        if (file->to == 0)
                return err_raise_why(-ENODATA, "%s is empty: no events to judge", file->name);
        file->source.next =
                file->to >= 4 && memcmp(file->bytes, "VGEF", 4) == 0 ? next_frame : next_line;
        return 0;
}

int source_file_open(struct source **ret, const char *path) {
        struct file_source *file = calloc(1, sizeof(*file));
        int r = 0;

        if (!file)
                return err_raise(-ENOMEM);
        file->source.free = file_free;
        file->standard_input = strcmp(path, "-") == 0;
        file->name = strdup(file->standard_input ? "standard input" : path);
        file->fd = file->standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
        if (!file->name)
                r = err_raise(-ENOMEM);
        else if (file->fd < 0)
                r = err_raise_why(-errno, "%s: %s", path, err_text(errno));
        if (r == 0)
                r = form_find(file);
        if (r < 0) {
                file_free(&file->source);
                return r;
        }
        *ret = &file->source;
        return 0;
}
