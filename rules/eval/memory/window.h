/* SPDX-License-Identifier: MIT
 *
 * Window: de-duplication. Has this event of a device been evaluated before?
 *
 * Redelivery (MQTT, or Kafka after a restart) repeats events that are at most a few groups old, but a gateway that
 * resends for hours repeats older ones. And a device that lost its counter, or that never counts, sends a new event
 * under an old sequence number.
 *
 * Alarm lane: the last few events of the device are stored by their keys (event_key()), so that only the same event
 * is dropped, never another one with its sequence number. An event older than these is evaluated again: the alert id
 * is the same, so that a receiver that has the alert drops it, whereas a page that was never made could not be made
 * up for.
 *
 * Telemetry lane: the highest sequence number and the 63 below it are stored exactly. One of those again, or one
 * below them, is taken for a duplicate unless the event must be new. It must be if its device time, or its
 * received time if it has none, is EVENT_AGAIN_MS or more after the last time that the device was heard: no redelivery and
 * no fast clock explains that. For a number below the 64 that has a device time, any later time is enough.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_WINDOW_H
#define VIGIL_RULES_EVAL_MEMORY_WINDOW_H

#include "rules/eval/memory/elder.h"

enum window_answer {
        WINDOW_NEW = 0,
        WINDOW_RESTARTED, /* new; the device's counter has restarted */
        WINDOW_DUPLICATE,
};

/* Never 0. Two different keys have the same print with a probability of one in two thousand million (2^31). */
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
        /* The key of such an event contains the received time in steps of EVENT_AGAIN_MS. The first copy may lie in
         * the step before, or in the step after if another ingest read it, whose clock is ahead. */
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

/* Is the event newer than all that was heard of the device? @known: its sequence number was seen before, so that it
 * may be the same event, of a device with a slightly fast clock. */
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

/* Check the event and note it as seen. Call this before last_seen_ms of @row is updated. */
static inline enum window_answer window_pass(struct elder_device_row *row,
                                             const struct event *event, enum lane lane) {
        if (lane == LANE_ALARM)
                return window_pass_alarm(row, event);
        /* A derived sequence number is a hash: it has no order, so that no window can be kept. */
        if (event->flags & EVENT_SEQUENCE_DERIVED)
                return WINDOW_NEW;
        return window_pass_telemetry(row, event);
}

#endif
