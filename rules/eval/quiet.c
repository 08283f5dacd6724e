/* SPDX-License-Identifier: MIT
 *
 * Quiet: no sign of life for longer than is usual at this time of day.
 *
 *      blind ── first sign of life ──▶ calm ── the limit passes ──▶ raised ── a sign ──▶ calm (cleared)
 *
 * An elder of whom nothing was ever heard is blind: that is a fault of the sensors, which the offline
 * rules tell, and never peace.
 *
 * Between two times of day. By day three hours, by night ten: who went to bed at 23:00 and still
 * sleeps at 06:00 has been quiet for seven hours when the day begins. Held against the day's
 * limit alone, half of the town would be overdue at 06:00 sharp. So a limit that takes over counts
 * from the moment it takes over, unless the one before runs out earlier:
 *
 *      due = min(slot begins + limit, last sign + max(limit, limit of the slot before))
 *
 * which gives 09:00 here, and 08:05 for who was last heard at 22:05. Nobody becomes overdue by
 * the border itself, and nobody is watched less than either slot promises.
 */
#include "rules/eval/conditions.h"

#include <math.h>
#include <string.h>

#include "rules/eval/day_slot.h"

static struct cause state_cause(const struct quiet_state *state) {
        return (struct cause){
                .sequence = state->sequence, .boot = state->boot, .device = (uint8_t)state->device};
}

/* When it must be looked at again: *ret_overdue tells whether the limit *ret_limit_ms has passed at
 * that time already. */
static int64_t next_look(const struct quiet_condition *quiet, const struct calendar *calendar,
                         int64_t last_ms, int64_t now_ms, int64_t *ret_limit_ms) {
        const struct day_slot *slot =
                day_slot_now(quiet->slots, quiet->slot_count, calendar, now_ms);

        *ret_limit_ms = 0;
        if (!slot)
                return day_slot_next_ms(quiet->slots, quiet->slot_count, calendar, now_ms);

        int64_t ends_ms = day_slot_ends_ms(slot, calendar, now_ms);
        int64_t limit_ms = slot->longer_than_ms;

        if (limit_ms == 0)
                return ends_ms;

        int64_t begins_ms = day_slot_begins_ms(slot, calendar, now_ms);
        int64_t due_ms = last_ms + limit_ms;

        if (last_ms < begins_ms) {
                const struct day_slot *before =
                        day_slot_now(quiet->slots, quiet->slot_count, calendar, begins_ms - 1);
                int64_t before_ms = before ? before->longer_than_ms : 0;
                int64_t longer_ms = before_ms > limit_ms ? before_ms : limit_ms;

                due_ms = begins_ms + limit_ms;
                if (before_ms > 0 && last_ms + longer_ms < due_ms)
                        due_ms = last_ms + longer_ms;
        }
        *ret_limit_ms = limit_ms;
        return due_ms < ends_ms || due_ms <= now_ms ? due_ms : ends_ms;
}

static bool is_away(const struct elder *elder, const struct rule_condition *condition) {
        return condition->unless_away && (elder->flags & ELDER_AWAY);
}

static bool is_of_room(const struct moment *moment, uint16_t room) {
        if (moment->device == DEVICE_UNLISTED)
                return false;
        return elder_cold(moment->elder)->devices[moment->device].room == room;
}

static void tell_cleared(const struct moment *moment, const struct plan_entry *entry,
                         const struct quiet_state *state) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];

        engine_emit(moment->engine, moment->elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = ALERT_CLEARED,
                            .cause = state_cause(state),
                            .event = moment->event,
                            .event_time_ms = moment->time_ms,
                            .received_time_ms = moment->event->received_time_ms,
                            .now_ms = moment->now_ms,
                            .late_ms = moment->late_ms,
                            .kind = moment->event->kind,
                            .value = NAN,
                            .limit = NAN,
                            .duration_ms = moment->time_ms - state->last_ms,
                            .samples = 1,
                            .confidence_pct = 100,
                            .drill = (moment->event->flags & EVENT_DRILL) != 0,
                    });
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct quiet_condition *quiet = &condition->quiet;
        struct quiet_state *state = elder_state(moment->elder, entry->offset);
        const struct event *event = moment->event;

        /* "motion: 0" is the sensor's word that nothing moves. */
        if (event->value == 0 || (event->flags & EVENT_UNAUTHENTICATED))
                return;
        if (entry->room && entry->role == ROLE_CAUSE && !is_of_room(moment, entry->room))
                return;
        if (state->phase == QUIET_RAISED && !moment->may_clear)
                return;
        if (state->phase != QUIET_BLIND && moment->time_ms <= state->last_ms)
                return;
        if (state->phase == QUIET_RAISED)
                tell_cleared(moment, entry, state);
        if (state->phase == QUIET_BLIND)
                engine_sighted(moment->engine);

        /* A timer already stands at or before the next look, unless there was none to stand for. */
        bool arm = state->phase != QUIET_CALM || entry->role == ROLE_PLACE;

        state->last_ms = moment->time_ms;
        state->device = moment->device;
        state->phase = QUIET_CALM;
        state->sequence = event->sequence;
        state->boot = event->boot_id;
        if (arm && !is_away(moment->elder, condition)) {
                int64_t limit_ms;

                engine_arm(moment->engine, moment->handle,
                           next_look(quiet, &moment->elder->plan->calendar, moment->time_ms,
                                     moment->now_ms, &limit_ms));
        }
}

static int64_t due_at(struct due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct quiet_condition *quiet = &condition->quiet;
        struct quiet_state *state = elder_state(due->elder, slot->offset);
        int64_t settled_ms = engine_settled_ms(due->engine, due->elder);
        int64_t limit_ms;

        if (state->phase != QUIET_CALM || is_away(due->elder, condition))
                return DEADLINE_NONE;

        int64_t look_ms = next_look(quiet, &due->elder->plan->calendar, state->last_ms, due->now_ms,
                                    &limit_ms);

        if (look_ms > due->now_ms)
                return look_ms;
        if (settled_ms > due->now_ms)
                return settled_ms;

        due->changed = true;
        state->phase = QUIET_RAISED;
        engine_emit(due->engine, due->elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = ALERT_RAISED,
                            .cause = state_cause(state),
                            .event_time_ms = look_ms,
                            .now_ms = due->now_ms,
                            .value = NAN,
                            .limit = (double)limit_ms / 1000,
                            .duration_ms = due->now_ms - state->last_ms,
                            .confidence_pct = 100,
                    });
        return DEADLINE_NONE;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        const struct quiet_state *state = elder_state(elder, slot->offset);

        (void)engine;
        return state->phase == QUIET_RAISED;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        static const struct kind_set none;
        const struct quiet_condition *quiet = &condition->quiet;

        if (memcmp(&quiet->signals, &none, sizeof(none)) == 0)
                return "quiet needs at least one sign of life";
        if (quiet->slot_count == 0 || quiet->slot_count > RULE_SLOTS_MAX)
                return "quiet needs one to eight times of day";
        if (!memchr(quiet->room, '\0', sizeof(quiet->room)))
                return "a room's name is too long";
        for (uint8_t i = 0; i < quiet->slot_count; i++)
                if (!day_slot_is_sound(&quiet->slots[i]))
                        return "a time of day lies within 00:00 and 24:00";
        return NULL;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        struct quiet_condition *to = &onto->quiet;

        if (set >> SET_LIMIT & 1) {
                to->slot_count = from->quiet.slot_count;
                memcpy(to->slots, from->quiet.slots, sizeof(to->slots));
        }
        if (set >> SET_LEARNED & 1) {
                to->learn_ms = from->quiet.learn_ms;
                to->learn_least_ms = from->quiet.learn_least_ms;
                to->learn_times = from->quiet.learn_times;
        }
}

static void kinds(const struct rule_condition *condition, struct kind_roles *ret) {
        ret->of[ROLE_CAUSE] = condition->quiet.signals;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct beside *beside) {
        slot->block = FORM_QUIET;
        slot->timed = 1;
}

const struct condition_ops quiet_ops = {
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
