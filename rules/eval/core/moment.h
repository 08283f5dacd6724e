/* SPDX-License-Identifier: MIT
 *
 * What is being evaluated: an event at a moment, or a deadline.
 *
 * Thread: the engine's owner. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_MOMENT_H
#define VIGIL_RULES_EVAL_CORE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"

struct elder;
struct engine;

enum {
        MOMENT_LATE_MS = 2 * 60 * 1000, /* an older event is late */
        /* Two clocks may differ by this: that of a cancel, those of two programs. */
        MOMENT_CANCEL_SKEW_MS = 5000,
        /* A deadline missed by less than this before the partition was opened counts as watched. */
        MOMENT_WATCHED_MS = 1000,
        MOMENT_BATCH_MS = 10 * 1000, /* events that a device has stored arrive within this */
};

#define MOMENT_NEVER INT64_MAX

/* One event being evaluated. */
struct moment {
        struct engine *engine;
        struct elder *elder;
        uint32_t handle;
        const struct event *event;
        const unsigned char *samples; /* sample block of @event, or NULL; not aligned */
        int64_t now_ms;
        int64_t time_ms;     /* event time; a future one counts as now */
        int64_t received_ms; /* on our clock; at most MOMENT_CANCEL_SKEW_MS in the future */
        int64_t late_ms;     /* age when evaluated, if above MOMENT_LATE_MS; else 0 */
        uint8_t device;      /* index or ELDER_DEVICE_UNLISTED */
        bool buffered;  /* it arrived long after it happened: completes and clears nothing live */
        bool may_clear; /* the sender is authenticated and the event is not buffered */
};

/* A deadline being checked, or a transition without an event. */
struct moment_due {
        struct engine *engine;
        struct elder *elder;
        int64_t now_ms;
        bool changed; /* set by the condition: something must be saved */
};

/* The event that began an episode: enough to compute its id and its text again. */
struct moment_cause {
        uint64_t sequence; /* event_serial() */
        uint32_t boot;
        uint8_t device; /* index, or ELDER_DEVICE_UNLISTED */
};

static inline struct moment_cause moment_cause_of(const struct moment *moment) {
        return (struct moment_cause){
                .sequence = event_serial(moment->event),
                .boot = moment->event->boot_id,
                .device = moment->device,
        };
}

/* When ingest received @event, on our clock: see engine_set_clock(). At most MOMENT_CANCEL_SKEW_MS after @now_ms. */
int64_t moment_received_ms(const struct engine *engine, const struct event *event, int64_t now_ms);

#endif
