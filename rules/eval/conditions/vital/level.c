/* SPDX-License-Identifier: MIT
 *
 * The level of a device: battery. Like a vital, but each device has its own, because a full wristband says nothing
 * about an empty smoke detector. There is no duration, because devices report their battery only a few times a day.
 *
 * The only state is the second at which it raised, which identifies the episode together with the device.
 */
#include "rules/eval/conditions/vital/level.h"

#include <math.h>

enum { BOOT_LEVEL = -3 }; /* no boot id of a device: offline.c has the other two */

static void tell(const struct moment *moment, const struct plan_entry *entry, uint32_t level_s,
                 enum alert_transition transition, double limit) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        const struct event *event = moment->event;
        char text[EVENT_ID_TEXT_BYTES];

        event_id_text(event, text);
        judge_emit(moment->engine, moment->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = transition,
                           .cause = {.sequence = level_s,
                                     .boot = (uint32_t)BOOT_LEVEL,
                                     .device = moment->device},
                           .event_text = text,
                           .event = event,
                           .event_time_ms = moment->time_ms,
                           .received_time_ms = moment->received_ms,
                           .now_ms = moment->now_ms,
                           .late_ms = moment->late_ms,
                           .kind = event->kind,
                           .value = event->value,
                           .limit = limit,
                           .duration_ms = moment->time_ms - (int64_t)level_s * 1000,
                           .samples = 1,
                           .confidence_pct = event->confidence_pct,
                           .drill = (event->flags & EVENT_DRILL) != 0,
                           .since_ms = (int64_t)level_s * 1000,
                           .needed_samples = 1,
                           .history_count = 1,
                           .history = {{moment->time_ms, event->value}},
                   });
}

void level_judge(const struct moment *moment, const struct plan_entry *entry,
                 const struct rule_condition *condition) {
        const struct condition_vital *vital = &condition->vital;
        const struct event *event = moment->event;
        double limit =
                event->value < vital->below || isinf(vital->above) ? vital->below : vital->above;

        if (event->validity != EVENT_VALIDITY_VALID || moment->buffered ||
            moment->device == ELDER_DEVICE_UNLISTED)
                return;

        uint32_t *level_s = &elder_rows(moment->elder)[moment->device].level_s[entry->bit];
        bool over = event->value > vital->above || event->value < vital->below;
        bool clear = event->value < vital->clear_below && event->value > vital->clear_above;

        if (over && *level_s == 0 && condition_holds(condition, moment->elder, moment->time_ms)) {
                *level_s = (uint32_t)(moment->time_ms / 1000);
                tell(moment, entry, *level_s, ALERT_RAISED, limit);
        } else if (clear && *level_s != 0 && moment->may_clear) {
                tell(moment, entry, *level_s, ALERT_CLEARED, limit);
                *level_s = 0;
        }
}

bool level_is_active(const struct elder *elder, const struct plan_slot *slot) {
        for (uint8_t i = 0; i < elder->device_count; i++)
                if (elder_rows(elder)[i].level_s[slot->bit])
                        return true;
        return false;
}

bool level_is_meant(const struct condition_vital *vital) {
        const struct event_kind_info *info = event_kind_info(vital->kind);

        return info && info->shape == KIND_SHAPE_TECHNICAL;
}

/* Kept in the device's row: blob.c writes a record for each device that has raised. */
const struct form_ops level_form = {.device_at = FORM_NO_DEVICE};
