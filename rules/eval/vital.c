/* SPDX-License-Identifier: MIT
 *
 * A vital over or under its limit for long enough.
 *
 *      calm ── over ──▶ pending ── `for` of event time and min_samples ──▶ active
 *        ▲                │                                                   │
 *        └── not over ────┴───────────── beyond the clear limit ──────────────┘ (cleared)
 *
 * Time is event time. A sample that reached us long after it was taken says nothing about now: it is
 * counted and left alone. One that is older than the newest judged may still count as over the
 * limit, but it ends nothing: out of order, the careful reading wins.
 */
#include "rules/eval/judge.h"

#include <math.h>

static bool is_over(const struct vital_condition *vital, double value) {
        return value > vital->above || value < vital->below;
}

static bool is_clear(const struct vital_condition *vital, double value) {
        return value < vital->clear_below && value > vital->clear_above;
}

static double limit_of(const struct vital_condition *vital, double value) {
        return value < vital->below || (value <= vital->above && vital->above == INFINITY)
                       ? vital->below
                       : vital->above;
}

static struct cause state_cause(const struct vital_state *state) {
        return (struct cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
}

static void note_newest(struct vital_state *state, int64_t time_ms) {
        if (time_ms > state->newest_ms)
                state->newest_ms = time_ms;
}

/* Return: NULL when there is no memory. */
static struct episode *begin(const struct moment *moment, const struct plan_entry *entry) {
        struct episode *episode =
                engine_begin(moment->engine, moment->elder, entry->id_hash, FORM_VITAL);

        if (episode)
                episode->vital = (struct vital_state){
                        .sequence = moment->event->sequence,
                        .since_ms = moment->time_ms,
                        .newest_ms = moment->time_ms,
                        .boot = moment->event->boot_id,
                        .device = moment->device,
                        .phase = VITAL_PENDING,
                };
        return episode;
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct vital_condition *vital, const struct vital_state *state,
                 enum alert_transition transition) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        const struct event *event = moment->event;

        engine_emit(moment->engine, moment->elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = transition,
                            .cause = state_cause(state),
                            .event = event,
                            .event_time_ms = moment->time_ms,
                            .received_time_ms = event->received_time_ms,
                            .now_ms = moment->now_ms,
                            .late_ms = moment->late_ms,
                            .kind = event->kind,
                            .value = event->value,
                            .limit = limit_of(vital, event->value),
                            .duration_ms = moment->time_ms - state->since_ms,
                            .samples = state->samples,
                            .confidence_pct = event->confidence_pct,
                            .drill = (event->flags & EVENT_DRILL) != 0,
                    });
}

static void judge_over(const struct moment *moment, const struct plan_entry *entry,
                       const struct vital_condition *vital, struct vital_state *state) {
        if (state->samples < RULE_SAMPLES_MAX)
                state->samples++;
        note_newest(state, moment->time_ms);
        if (vital->if_data_stops != DATA_STOPS_KEEP)
                engine_arm(moment->engine, moment->handle, state->newest_ms + vital->data_stops_ms);
        if (state->phase != VITAL_PENDING || state->samples < vital->min_samples ||
            moment->time_ms - state->since_ms < vital->for_ms)
                return;
        state->phase = VITAL_ACTIVE;
        tell(moment, entry, vital, state, ALERT_RAISED);
}

/* Return: whether the episode is over. */
static bool judge_under(const struct moment *moment, const struct plan_entry *entry,
                        const struct vital_condition *vital, struct vital_state *state) {
        if (!moment->may_clear || moment->time_ms < state->newest_ms)
                return false;
        if (state->phase == VITAL_PENDING)
                return true;
        note_newest(state, moment->time_ms);
        if (!is_clear(vital, moment->event->value))
                return false;
        tell(moment, entry, vital, state, ALERT_CLEARED);
        return true;
}

void vital_judge(const struct moment *moment, const struct plan_entry *entry,
                 const struct vital_condition *vital) {
        const struct event *event = moment->event;
        struct episode *episode = engine_episode(moment->engine, moment->elder, entry->id_hash);
        bool over = is_over(vital, event->value);

        if (event->validity != VALIDITY_VALID || moment->buffered || (!episode && !over))
                return;
        if (!over) {
                if (judge_under(moment, entry, vital, &episode->vital))
                        engine_end(moment->engine, moment->elder, episode);
                return;
        }
        if (!episode)
                episode = begin(moment, entry);
        if (episode)
                judge_over(moment, entry, vital, &episode->vital);
}

static void tell_stopped(struct due *due, const struct plan_slot *slot,
                         const struct vital_condition *vital, const struct vital_state *state,
                         enum alert_transition transition) {
        engine_emit(due->engine, due->elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = transition,
                            .cause = state_cause(state),
                            .event_time_ms = state->newest_ms + vital->data_stops_ms,
                            .now_ms = due->now_ms,
                            .kind = vital->kind,
                            .value = NAN,
                            .limit = vital->above < INFINITY ? vital->above : vital->below,
                            .duration_ms = due->now_ms - state->since_ms,
                            .samples = state->samples,
                            .confidence_pct = 100,
                    });
}

int64_t vital_due(struct due *due, const struct plan_slot *slot,
                  const struct vital_condition *vital) {
        struct episode *episode = engine_episode(due->engine, due->elder, slot->id_hash);
        int64_t settled_ms = engine_settled_ms(due->engine, due->elder);

        if (!episode || vital->if_data_stops == DATA_STOPS_KEEP)
                return DEADLINE_NONE;

        struct vital_state *state = &episode->vital;
        int64_t stopped_ms = state->newest_ms + vital->data_stops_ms;

        if (state->phase == VITAL_ACTIVE && vital->if_data_stops == DATA_STOPS_ALARM)
                return DEADLINE_NONE;
        if (stopped_ms < settled_ms)
                stopped_ms = settled_ms;
        if (stopped_ms > due->now_ms)
                return stopped_ms;
        due->changed = true;
        if (vital->if_data_stops == DATA_STOPS_ALARM) {
                state->phase = VITAL_ACTIVE;
                tell_stopped(due, slot, vital, state, ALERT_RAISED);
                return DEADLINE_NONE;
        }
        if (state->phase == VITAL_ACTIVE)
                tell_stopped(due, slot, vital, state, ALERT_CLEARED);
        engine_end(due->engine, due->elder, episode);
        return DEADLINE_NONE;
}
