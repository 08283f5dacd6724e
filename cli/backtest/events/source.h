/* SPDX-License-Identifier: MIT
 *
 * Source: recorded events in sequence, from JSON lines as printed by `vigil tap`, from frames as in Kafka, one
 * after the other, or from the two event topics.
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
        const unsigned char *samples; /* as from frame_next(); valid until the next call */
        enum lane lane;
};

struct source {
        int (*next)(struct source *source, struct source_event *ret);
        void (*free)(struct source *source);
        uint64_t events; /* returned so far, without KIND_LISTENING */
        /* Lines or frames that could not be read. A file source prints the first few to stderr. */
        uint64_t bad;
};

/* Read the next event. Return: 0, SOURCE_END, -EINTR, -errno. */
static inline int source_next(struct source *source, struct source_event *ret) {
        int r = source->next(source, ret);

        /* A listening record tells the engine whether silence counts; it is not an event of a device. */
        if (r == 0 && ret->event.kind == KIND_LISTENING)
                source->events--;
        return r;
}

/* NULL is allowed. */
void source_free(struct source *source);

#endif
