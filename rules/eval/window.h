/* SPDX-License-Identifier: MIT
 *
 * Window: has this (device, boot, lane, sequence) been judged before? The highest sequence and the
 * 64 below it are remembered exactly.
 *
 * Redelivery (MQTT, Kafka after a restart) brings events again that are at most a few groups old, but
 * a gateway that resends for hours brings older ones. Below the window nobody knows any more: telemetry
 * is taken for a duplicate, the alarm lane is judged again, because the alert id is the same and
 * whoever has seen it drops it, while a page never made cannot be made up for.
 *
 * The counter of a device that lost its memory starts again without a new boot number. It is believed
 * when its own clock says that this event is newer than anything heard of the device.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_WINDOW_H
#define VIGIL_RULES_EVAL_WINDOW_H

#include "rules/eval/state.h"

enum window_answer {
        WINDOW_NEW = 0,
        WINDOW_RESTARTED, /* new; the counter began again */
        WINDOW_OLD,       /* alarm lane, below the window: judge it, the id protects */
        WINDOW_DUPLICATE,
};

/* Also notes the event as seen. */
static inline enum window_answer window_pass(struct device_row *row, const struct event *event,
                                             enum lane lane) {
        uint64_t *high = &row->high[lane];
        uint64_t *window = &row->window[lane];
        bool fresh = !(row->lanes >> lane & 1) || row->boot[lane] != event->boot_id;

        if (fresh) {
                row->lanes |= (uint8_t)(1u << lane);
                row->boot[lane] = event->boot_id;
                *high = event->sequence;
                *window = 1;
                return WINDOW_NEW;
        }
        if (event->sequence > *high) {
                uint64_t ahead = event->sequence - *high;

                *window = ahead < 64 ? *window << ahead | 1 : 1;
                *high = event->sequence;
                return WINDOW_NEW;
        }

        uint64_t behind = *high - event->sequence;

        if (behind < 64) {
                uint64_t bit = UINT64_C(1) << behind;

                if (*window & bit)
                        return WINDOW_DUPLICATE;
                *window |= bit;
                return WINDOW_NEW;
        }
        if (!(event->flags & (EVENT_TIME_MISSING | EVENT_TIME_IMPLAUSIBLE)) &&
            event->device_time_ms > row->last_seen_ms) {
                *high = event->sequence;
                *window = 1;
                return WINDOW_RESTARTED;
        }
        return lane == LANE_ALARM ? WINDOW_OLD : WINDOW_DUPLICATE;
}

#endif
