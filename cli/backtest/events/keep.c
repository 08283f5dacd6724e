/* SPDX-License-Identifier: MIT */
#include "cli/backtest/events/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

enum { KEEP_ROOM = 64 * 1024 }; /* the largest event takes 25 KB */

struct keep {
        FILE *file;
        const char *path;
        struct frame_writer frame;
        int16_t samples[EVENT_SAMPLES_MAX * 3]; /* aligned, as frame_append() requires */
        unsigned char bytes[KEEP_ROOM];
};

static int failed(const struct keep *keep) {
        return err_raise_why(-errno, "%s: %s", keep->path, err_text(errno));
}

int keep_open(struct keep **ret, const char *path) {
        struct keep *keep = malloc(sizeof(*keep));
        int r = 0;

        if (!keep)
                return err_raise(-ENOMEM);
        keep->path = path;
        keep->file = fopen(path, "we");
        if (!keep->file)
                r = failed(keep);
        if (r < 0) {
                free(keep);
                return r;
        }
        frame_begin(&keep->frame, LANE_ALARM, keep->bytes, sizeof(keep->bytes));
        *ret = keep;
        return 0;
}

static int frame_write(struct keep *keep) {
        if (keep->frame.event_count == 0)
                return 0;

        size_t bytes = frame_end(&keep->frame);

        return fwrite(keep->bytes, 1, bytes, keep->file) == bytes ? 0 : failed(keep);
}

int keep_put(struct keep *keep, const struct source_event *event) {
        int r = 0;

        if (!keep)
                return 0;
        if (event->samples)
                memcpy(keep->samples, event->samples,
                       (size_t)event->event.sample_count * EVENT_SAMPLE_BYTES);
        if (keep->frame.lane == event->lane &&
            frame_append(&keep->frame, &event->event, keep->samples) == 0)
                return 0;
        r = frame_write(keep);
        frame_begin(&keep->frame, event->lane, keep->bytes, sizeof(keep->bytes));
        frame_append(&keep->frame, &event->event, keep->samples);
        return r;
}

int keep_close(struct keep *keep) {
        if (!keep)
                return 0;

        int r = frame_write(keep);

        if (fclose(keep->file) != 0 && r == 0)
                r = failed(keep);
        free(keep);
        return r;
}
