/* SPDX-License-Identifier: MIT
 *
 * Window: has this event of a device been judged before?
 *
 * Redelivery (MQTT, Kafka after a restart) brings events again that are at most a few groups old, but a
 * gateway that resends for hours brings older ones; and a device that lost its memory, or that never
 * counts, sends a new event under an old count.
 *
 * Alarm lane: the last few events of the device are remembered, each by its key (event_key()), so that only
 * the same event is dropped and never another one with its count. One that is older than those is
 * judged again: the alert id is the same and whoever has seen it drops it, while a page never made cannot
 * be made up for.
 *
 * Telemetry: the highest sequence and the 64 below it are remembered exactly. One of those again, or one
 * below them, is taken for a duplicate unless it must be news: by its own clock, or by when we received it when it
 * has none, it is newer than anything heard of the device, and by more than a redelivery or a clock that is ahead
 * may explain (EVENT_AGAIN_MS).
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_WINDOW_H
#define VIGIL_RULES_EVAL_MEMORY_WINDOW_H

#include "rules/eval/memory/elder.h"

enum window_answer {
        WINDOW_NEW = 0,
        WINDOW_RESTARTED, /* new; the counter began again */
        WINDOW_DUPLICATE,
};

/* Nonzero; two keys have the same with a chance of one to four thousand million. */
static inline uint32_t window_print(const struct event *event) {
        return (uint32_t)(event_key(event) >> 32) | 1;
}

static inline bool window_has_print(const struct elder_device_row *row, uint32_t print) {
        for (size_t i = 0; i < ELDER_DEVICE_ALARMS; i++)
                if (row->alarms[i] == print)
                        return true;
        return false;
}

static inline enum window_answer window_pass_alarm(struct elder_device_row *row,
                                                   const struct event *event) {
        uint32_t print = window_print(event);
        struct event beside = *event;

        if (window_has_print(row, print))
                return WINDOW_DUPLICATE;
        /* Named by when we received it: the first time may lie in the step before, or, read by another
         * ingest whose clock is ahead, in the one after. */
        if (!event_is_timed(event)) {
                beside.received_time_ms = event->received_time_ms - EVENT_AGAIN_MS;
                if (window_has_print(row, window_print(&beside)))
                        return WINDOW_DUPLICATE;
                beside.received_time_ms = event->received_time_ms + EVENT_AGAIN_MS;
                if (window_has_print(row, window_print(&beside)))
                        return WINDOW_DUPLICATE;
        }
        memmove(row->alarms + 1, row->alarms, sizeof(row->alarms) - sizeof(row->alarms[0]));
        row->alarms[0] = print;
        return WINDOW_NEW;
}

/* @known: its count was seen, so that it may be the very same one, of a device whose clock is a little ahead. */
static inline bool window_is_news(const struct elder_device_row *row, const struct event *event,
                                  bool known) {
        bool timed = !(event->flags & (EVENT_TIME_MISSING | EVENT_TIME_IMPLAUSIBLE));
        int64_t time_ms = timed ? event->device_time_ms : event->received_time_ms;

        return time_ms - row->last_seen_ms >= (timed && !known ? 1 : EVENT_AGAIN_MS);
}

static inline enum window_answer window_pass_telemetry(struct elder_device_row *row,
                                                       const struct event *event) {
        bool fresh = !(row->lanes >> LANE_TELEMETRY & 1) || row->boot != event->boot_id;

        if (fresh) {
                row->lanes |= (uint8_t)(1u << LANE_TELEMETRY);
                row->boot = event->boot_id;
                row->high = event->sequence;
                row->window = 1;
                return WINDOW_NEW;
        }
        if (event->sequence > row->high) {
                uint64_t ahead = event->sequence - row->high;

                row->window = ahead < 64 ? row->window << ahead | 1 : 1;
                row->high = event->sequence;
                return WINDOW_NEW;
        }

        uint64_t behind = row->high - event->sequence;

        bool known = behind < 64 && (row->window >> behind & 1);

        if (behind < 64 && !known) {
                row->window |= UINT64_C(1) << behind;
                return WINDOW_NEW;
        }
        if (!window_is_news(row, event, known))
                return WINDOW_DUPLICATE;
        row->high = event->sequence;
        row->window = 1;
        return WINDOW_RESTARTED;
}

/* Also notes the event as seen. Before last_seen_ms of @row is set to it. */
static inline enum window_answer window_pass(struct elder_device_row *row,
                                             const struct event *event, enum lane lane) {
        if (lane == LANE_ALARM)
                return window_pass_alarm(row, event);
        /* A hash has no order and no neighbours. */
        if (event->flags & EVENT_SEQUENCE_DERIVED)
                return WINDOW_NEW;
        return window_pass_telemetry(row, event);
}

#endif
