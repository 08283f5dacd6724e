/* SPDX-License-Identifier: MIT
 *
 * Source: recorded events, one after the other, wherever they were kept: JSON lines as `vigil tap`
 * prints them, frames one behind the other as they are in Kafka, or the two event topics themselves.
 *
 * Thread: one. Blocks: while reading.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_H

#include <stdint.h>

#include "common/wire/event.h"

enum { SOURCE_END = 1 };

struct source_event {
        struct event event;
        const unsigned char *samples; /* as frame_next() gives them; valid until the next call */
        enum lane lane;
};

struct source {
        int (*next)(struct source *source, struct source_event *ret);
        void (*free)(struct source *source);
        uint64_t events; /* given out, without KIND_LISTENING */
        uint64_t
                bad; /* lines or frames that could not be read; the first few were named on stderr */
};

/* Return: 0, SOURCE_END, -EINTR, -errno. */
static inline int source_next(struct source *source, struct source_event *ret) {
        int r = source->next(source, ret);

        /* It says how to take the silence between events, and is none of them. */
        if (r == 0 && ret->event.kind == KIND_LISTENING)
                source->events--;
        return r;
}

/* Takes NULL. */
void source_free(struct source *source);

#endif
