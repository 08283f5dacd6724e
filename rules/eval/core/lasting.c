/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/lasting.h"

#include <math.h>

#include "common/base/require.h"

static uint32_t of_last(uint8_t n) {
        return n < 32 ? (UINT32_C(1) << n) - 1 : UINT32_MAX;
}

void lasting_restart(struct lasting_state *state, const struct moment *moment) {
        *state = (struct lasting_state){
                .sequence = event_serial(moment->event),
                .since_ms = moment->time_ms,
                .newest_ms = moment->time_ms,
                .boot = moment->event->boot_id,
                .device = moment->device,
                .phase = LASTING_PENDING,
        };
        for (uint8_t i = 0; i < LASTING_HISTORY; i++)
                state->history[i].value = NAN;
}

struct episode *lasting_begin(const struct moment *moment, const struct plan_entry *entry,
                              enum rule_form form) {
        struct episode *episode = episode_begin(moment->engine, moment->elder, entry->id_hash,
                                                (enum rule_condition_type)entry->type, form);

        if (episode)
                lasting_restart(episode_vital(episode), moment);
        return episode;
}

static bool is_enough(const struct lasting_state *state, const struct lasting_need *need) {
        return __builtin_popcount(state->last_n & of_last(need->out_of)) >= need->min_samples;
}

static void note_bit(struct lasting_state *state, const struct lasting_need *need, uint32_t bit,
                     int64_t time_ms) {
        if (need->out_of == 0)
                return;
        state->last_n = state->last_n << 1 | bit;
        if (!is_enough(state, need))
                state->enough_ms = 0;
        else if (state->enough_ms == 0)
                state->enough_ms = time_ms;
}

void lasting_broken(struct lasting_state *state, const struct lasting_need *need, int64_t time_ms) {
        if (state->samples < RULE_SAMPLES_MAX)
                state->samples++;
        if (time_ms > state->newest_ms)
                state->newest_ms = time_ms;
        note_bit(state, need, 1, time_ms);
}

bool lasting_kept(struct lasting_state *state, const struct lasting_need *need) {
        note_bit(state, need, 0, state->newest_ms);
        return need->out_of == 0 || (state->last_n & of_last(need->out_of)) == 0;
}

/* The time from which the duration counts. */
static int64_t counts_from(const struct lasting_state *state, const struct lasting_need *need) {
        return need->out_of && state->enough_ms ? state->enough_ms : state->since_ms;
}

bool lasting_long_enough(const struct lasting_state *state, const struct lasting_need *need,
                         int64_t time_ms) {
        bool enough = need->out_of ? is_enough(state, need) : state->samples >= need->min_samples;

        return enough && time_ms - counts_from(state, need) >= need->for_ms;
}

void lasting_keep(struct lasting_state *state, int64_t time_ms, double value) {
        int64_t after_ms = time_ms - state->since_ms;

        require(state->history_at < LASTING_HISTORY, "sample %d of %d", state->history_at,
                LASTING_HISTORY);
        if (after_ms < 0)
                return;
        state->history[state->history_at].after_ms =
                after_ms < UINT32_MAX ? (uint32_t)after_ms : UINT32_MAX;
        state->history[state->history_at].value = (float)value;
        state->history_at = (uint8_t)((state->history_at + 1) % LASTING_HISTORY);
}

/* --- severity ------------------------------------------------------------------------------------- */

const char *lasting_refuse_severities(const struct condition_severities *steps) {
        if (steps->count > RULE_STEPS_MAX)
                return "a severity has at most four steps";
        for (uint8_t i = 0; i < steps->count; i++) {
                if (!isfinite(steps->step[i].at))
                        return "a step of the severity begins at a number";
                if (steps->step[i].severity < SEVERITY_CRITICAL ||
                    steps->step[i].severity > SEVERITY_INFO)
                        return "a step leads to critical, major, minor or info";
        }
        return NULL;
}

uint8_t lasting_severity_of(const struct condition_severities *steps, double measure, uint8_t own) {
        uint8_t severity = own;

        for (uint8_t i = 0; i < steps->count; i++)
                if (steps->step[i].down ? measure <= steps->step[i].at
                                        : measure >= steps->step[i].at)
                        severity = steps->step[i].severity;
        return severity;
}

bool lasting_severity(struct lasting_state *state, uint8_t severity, int64_t time_ms,
                      int64_t calm_ms, bool may_lower) {
        bool lower = severity > state->severity; /* 1 is the most severe */

        if (state->severity == 0) {
                state->severity = severity;
                lower = false;
        }
        if (!lower && time_ms > state->severe_ms)
                state->severe_ms = time_ms;
        if (severity == state->severity ||
            (lower && (!may_lower || time_ms - state->severe_ms < calm_ms)))
                return false;
        state->severity = severity;
        state->severe_ms = time_ms;
        return true;
}

/* --- telling -------------------------------------------------------------------------------------- */

static void put_evidence(struct finding *finding, const struct lasting_state *state,
                         const struct lasting_need *need) {
        finding->cause = (struct moment_cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
        finding->since_ms = counts_from(state, need);
        finding->duration_ms = finding->event_time_ms - finding->since_ms;
        if (finding->duration_ms < 0)
                finding->duration_ms = 0;
        finding->samples = state->samples;
        finding->needed_ms = need->for_ms;
        finding->needed_samples = need->min_samples;
        finding->severity = state->severity;
        for (uint8_t i = 0; i < LASTING_HISTORY; i++) {
                uint8_t at = (uint8_t)((state->history_at + i) % LASTING_HISTORY);

                if (isnan(state->history[at].value))
                        continue;
                finding->history[finding->history_count++] = (struct alert_sample){
                        .time_ms = state->since_ms + state->history[at].after_ms,
                        .value = state->history[at].value,
                };
        }
}

struct finding lasting_found(const struct moment *moment, const struct plan_slot *slot,
                             const struct lasting_state *state, const struct lasting_need *need,
                             enum alert_transition transition) {
        const struct event *event = moment->event;
        struct finding finding = {
                .rule = slot->rule,
                .overridden = slot->overridden,
                .transition = transition,
                .event = event,
                .event_time_ms = moment->time_ms,
                .received_time_ms = moment->received_ms,
                .now_ms = moment->now_ms,
                .late_ms = moment->late_ms,
                .kind = event->kind,
                .value = event->value,
                .limit = NAN,
                .confidence_pct = event->confidence_pct,
                .drill = (event->flags & EVENT_DRILL) != 0,
        };

        put_evidence(&finding, state, need);
        return finding;
}

struct finding lasting_found_due(const struct moment_due *due, const struct plan_slot *slot,
                                 const struct lasting_state *state, const struct lasting_need *need,
                                 int64_t event_time_ms, enum alert_transition transition) {
        struct finding finding = {
                .rule = slot->rule,
                .overridden = slot->overridden,
                .transition = transition,
                .event_time_ms = event_time_ms,
                .now_ms = due->now_ms,
                .late_ms = due->now_ms - event_time_ms > MOMENT_LATE_MS
                                   ? due->now_ms - event_time_ms
                                   : 0,
                .value = NAN,
                .limit = NAN,
                .confidence_pct = 100,
        };

        put_evidence(&finding, state, need);
        finding.duration_ms = due->now_ms - finding.since_ms;
        return finding;
}

/* --- during: -------------------------------------------------------------------------------------- */

bool lasting_same_slot(const struct rule_condition *condition, const struct elder *elder,
                       int64_t since_ms, int64_t time_ms) {
        const struct rule_calendar *calendar = &elder->plan->calendar;

        if (condition->during_count == 0)
                return true;
        /* One slot may follow another without a gap, as 00:00-24:00 does every midnight. */
        while (time_ms > since_ms) {
                const struct day_slot *slot =
                        day_slot_now(condition->during, condition->during_count, calendar, time_ms);

                if (!slot)
                        return false;
                time_ms = day_slot_begins_ms(slot, calendar, time_ms) - 1;
        }
        return true;
}

/* --- the form ------------------------------------------------------------------------------------- */

bool lasting_is_sound(const void *state) {
        const struct lasting_state *vital = state;

        return is_time(vital->since_ms) && is_time(vital->newest_ms) && is_time(vital->enough_ms) &&
               is_time(vital->severe_ms) && vital->phase >= LASTING_PENDING &&
               vital->phase <= LASTING_ACTIVE && vital->severity <= SEVERITY_INFO &&
               vital->history_at < LASTING_HISTORY;
}

void lasting_set_back(void *state, int64_t by_ms) {
        struct lasting_state *vital = state;

        time_set_back(&vital->since_ms, by_ms);
        time_set_back(&vital->newest_ms, by_ms);
        time_set_back(&vital->enough_ms, by_ms);
        time_set_back(&vital->severe_ms, by_ms);
}

const struct form_ops lasting_form = {
        EPISODE_FORM(struct lasting_state),
        .is_sound = lasting_is_sound,
        .set_back = lasting_set_back,
};
