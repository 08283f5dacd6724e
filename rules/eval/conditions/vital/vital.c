/* SPDX-License-Identifier: MIT
 *
 * Vital: a value above or below its limit for long enough.
 *
 *      calm ── over ──▶ pending ── `for` of event time and min_samples ──▶ active
 *        ▲                │                                                   │
 *        └── not over ────┴───────────── beyond the clear limit ──────────────┘ (cleared)
 *
 * Time is event time. A reading that is older than the newest one may still count as beyond the limit, but it ends
 * nothing: out of order, the safer interpretation wins. A late reading says nothing about the present: see late.c.
 *
 * The limits are compared with the reading itself, with its rise or fall (trend.h), or with its deviation from the
 * elder's baseline (baseline.h).
 */
#include "rules/eval/conditions/vital/limits.h"

#include "rules/eval/conditions/vital/late.h"
#include "rules/eval/conditions/vital/level.h"
#include "rules/eval/core/judge.h"
#include "rules/eval/measure/baseline.h"
#include "rules/eval/measure/trend.h"

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_vital *vital, const struct lasting_state *state,
                 double measure, enum alert_transition transition) {
        const struct lasting_need need = vital_need(vital);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               state, &need, transition);

        finding.value = measure;
        finding.limit = vital_limit(vital, measure);
        judge_emit(moment->engine, moment->elder, &finding);
}

/* Return: whether the severity changed. */
static bool judge_severity(const struct moment *moment, const struct plan_entry *entry,
                           const struct condition_vital *vital, struct lasting_state *state,
                           double measure) {
        uint8_t own = judge_own_severity(moment->engine, &moment->elder->plan->slots[entry->slot]);

        return lasting_severity(state, lasting_severity_of(&vital->severities, measure, own),
                                moment->time_ms, vital->for_ms,
                                moment->may_clear && moment->time_ms >= state->newest_ms);
}

static void judge_over(const struct moment *moment, const struct plan_entry *entry,
                       const struct rule_condition *condition, struct lasting_state *state,
                       double measure) {
        const struct condition_vital *vital = &condition->vital;
        const struct lasting_need need = vital_need(vital);
        bool changed;

        if (state->phase == LASTING_PENDING &&
            !lasting_same_slot(condition, moment->elder, state->since_ms, moment->time_ms))
                lasting_restart(state, moment);
        lasting_broken(state, &need, moment->time_ms);
        lasting_keep(state, moment->time_ms, moment->event->value);
        if (vital->if_data_stops != RULE_DATA_STOPS_KEEP)
                moment_arm(moment, entry, state->newest_ms + vital->data_stops_ms);
        if (state->phase == LASTING_PENDING && !lasting_long_enough(state, &need, moment->time_ms))
                return;
        changed = judge_severity(moment, entry, vital, state, measure);
        if (state->phase == LASTING_ACTIVE && !changed)
                return;
        tell(moment, entry, vital, state, measure,
             state->phase == LASTING_ACTIVE ? ALERT_SEVERITY_CHANGED : ALERT_RAISED);
        state->phase = LASTING_ACTIVE;
}

/* Return: whether the episode is over. */
static bool judge_under(const struct moment *moment, const struct plan_entry *entry,
                        const struct condition_vital *vital, struct lasting_state *state,
                        double measure) {
        const struct lasting_need need = vital_need(vital);
        bool over;

        if (!moment->may_clear || moment->time_ms < state->newest_ms)
                return false;
        over = lasting_kept(state, &need);
        if (state->phase == LASTING_PENDING && over)
                return true;
        state->newest_ms = moment->time_ms;
        lasting_keep(state, moment->time_ms, moment->event->value);
        if (state->phase == LASTING_PENDING)
                return false;
        if (over && vital_is_clear(vital, measure)) {
                tell(moment, entry, vital, state, measure, ALERT_CLEARED);
                late_note_told(moment->engine, moment->elder, entry->id_hash, state->since_ms,
                               moment->time_ms);
                return true;
        }
        if (judge_severity(moment, entry, vital, state, measure))
                tell(moment, entry, vital, state, measure, ALERT_SEVERITY_CHANGED);
        return false;
}

/* Beyond the limit while the rule does not hold: what is raised stays, a duration ends. Return: whether the episode
 * is over. */
static bool judge_outside(const struct moment *moment, struct lasting_state *state) {
        if (moment->time_ms < state->newest_ms)
                return false;
        state->newest_ms = moment->time_ms;
        return state->phase == LASTING_PENDING;
}

static void judge_live(const struct moment *moment, const struct plan_entry *entry,
                       const struct rule_condition *condition, double measure) {
        const struct condition_vital *vital = &condition->vital;
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_VITAL);
        bool over = vital_is_over(vital, measure);
        bool ends = false;

        if (!episode && !over)
                return;
        if (!over) {
                ends = judge_under(moment, entry, vital, episode_vital(episode), measure);
        } else if (!condition_holds(condition, moment->elder, moment->time_ms)) {
                ends = episode && judge_outside(moment, episode_vital(episode));
        } else {
                if (!episode)
                        episode = lasting_begin(moment, entry, RULE_FORM_VITAL);
                if (episode)
                        judge_over(moment, entry, condition, episode_vital(episode), measure);
        }
        if (ends)
                episode_end(moment->engine, moment->elder, episode);
}

/* What the limits are compared with. Return: false if there is nothing yet to compare the reading with. */
static bool measure_of(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_vital *vital, double *ret) {
        void *block = elder_state(moment->elder, entry->offset);
        double value = moment->event->value;

        switch ((enum rule_measure)vital->measure) {
        case RULE_MEASURE_VALUE:
                break;
        case RULE_MEASURE_RISE:
        case RULE_MEASURE_FALL:
                value = trend_measure(block, vital->measure, vital->within_ms, moment->time_ms,
                                      value);
                break;
        case RULE_MEASURE_BASELINE:
                if (!baseline_is_learned(block, vital->within_ms))
                        return false;
                value -= ((const struct baseline_state *)block)->mean;
                break;
        }
        *ret = value;
        return !isnan(value);
}

/* The baseline is learned from live, authenticated readings, and not during an episode: an illness must not become
 * the baseline. One that lasts longer than the time constant does. */
static void learn(const struct moment *moment, const struct plan_entry *entry,
                  const struct condition_vital *vital) {
        struct baseline_state *baseline = elder_state(moment->elder, entry->offset);
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_VITAL);

        if (!moment->may_clear)
                return;
        if (episode && moment->time_ms - episode_vital(episode)->since_ms <= vital->within_ms)
                baseline_skip(baseline, moment->time_ms);
        else
                baseline_follow(baseline, vital->within_ms, vital->below, vital->above,
                                moment->time_ms, moment->event->value);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_vital *vital = &condition->vital;
        double measure;

        if (entry->role != PLAN_ROLE_CAUSE)
                return;
        if (entry->form == RULE_FORM_LEVEL) {
                level_judge(moment, entry, condition);
                return;
        }
        if (moment->event->validity != EVENT_VALIDITY_VALID || !isfinite(moment->event->value))
                return;
        if (measure_of(moment, entry, vital, &measure)) {
                if (moment->buffered)
                        late_judge(moment, entry, condition, measure);
                else
                        judge_live(moment, entry, condition, measure);
                if (!moment->buffered && moment->elder->episodes)
                        late_see_live(moment, entry, vital, measure);
        }
        if (vital->measure == RULE_MEASURE_BASELINE)
                learn(moment, entry, vital);
}

static void tell_stopped(struct moment_due *due, const struct plan_slot *slot,
                         const struct condition_vital *vital, const struct lasting_state *state,
                         enum alert_transition transition) {
        const struct lasting_need need = vital_need(vital);
        struct finding finding = lasting_found_due(
                due, slot, state, &need, state->newest_ms + vital->data_stops_ms, transition);

        finding.kind = vital->kind;
        finding.limit = vital->above < INFINITY ? vital->above : vital->below;
        judge_emit(due->engine, due->elder, &finding);
        due->changed = true;
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_vital *vital = &condition->vital;
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_VITAL);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);

        if (!episode || vital->if_data_stops == RULE_DATA_STOPS_KEEP)
                return MOMENT_NEVER;

        struct lasting_state *state = episode_vital(episode);
        int64_t stopped_ms = state->newest_ms + vital->data_stops_ms;

        if (state->phase == LASTING_ACTIVE && vital->if_data_stops == RULE_DATA_STOPS_ALARM)
                return MOMENT_NEVER;
        if (stopped_ms < hears_ms)
                stopped_ms = hears_ms;
        if (stopped_ms > due->now_ms)
                return stopped_ms;
        if (vital->if_data_stops == RULE_DATA_STOPS_ALARM &&
            condition_holds(condition, due->elder, due->now_ms)) {
                state->phase = LASTING_ACTIVE;
                state->severity = judge_own_severity(due->engine, slot);
                tell_stopped(due, slot, vital, state, ALERT_RAISED);
                return MOMENT_NEVER;
        }
        if (state->phase == LASTING_ACTIVE) {
                tell_stopped(due, slot, vital, state, ALERT_CLEARED);
                late_note_told(due->engine, due->elder, slot->id_hash, state->since_ms,
                               state->newest_ms);
        }
        episode_end(due->engine, due->elder, episode);
        due->changed = true;
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        if (slot->form == RULE_FORM_LEVEL)
                return level_is_active(elder, slot);

        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_VITAL);

        return episode && episode_vital(episode)->phase == LASTING_ACTIVE;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_vital *vital = &condition->vital;

        if (vital->kind == KIND_NONE || vital->kind >= KIND_LIMIT)
                return "a vital needs a kind";
        if (isnan(vital->above) || isnan(vital->below))
                return "a limit must be a number";
        if (!isfinite(vital->above) && !isfinite(vital->below))
                return "a vital needs above or below";
        if (vital->below >= vital->above)
                return "below must be lower than above";
        if (vital->clear_below > vital->above)
                return "clear_below must not be higher than above";
        if (vital->clear_above < vital->below)
                return "clear_above must not be lower than below";
        if (vital->clear_above >= vital->clear_below)
                return "no value is both above clear_above and below clear_below";
        if (vital->for_ms < 0 || vital->data_stops_ms < 0)
                return "a duration cannot be negative";
        if (vital->if_data_stops > RULE_DATA_STOPS_ALARM)
                return "if_data_stops is keep, clear or alarm";
        if (vital->if_data_stops != RULE_DATA_STOPS_KEEP && vital->data_stops_ms == 0)
                return "if_data_stops needs to know after how long data has stopped";
        if (vital->measure > RULE_MEASURE_BASELINE)
                return "a limit is on the value, its rise, its fall or its baseline";
        if (vital->measure != RULE_MEASURE_VALUE &&
            (vital->within_ms <= 0 || vital->within_ms > SLIDING_WITHIN_MAX_MS))
                return "a rise, a fall or a baseline needs a time within which, at most 366 days";
        if ((vital->measure == RULE_MEASURE_RISE || vital->measure == RULE_MEASURE_FALL) &&
            (isfinite(vital->below) || vital->above < 0))
                return "a rise or a fall has a limit above which it is one, 0 or more";
        if (vital->out_of > RULE_OUT_OF_MAX)
                return "out_of is at most 32 samples";
        if (vital->out_of && vital->min_samples > vital->out_of)
                return "min_samples cannot be more than out_of";
        if (level_is_meant(vital) &&
            (vital->for_ms > 0 || vital->min_samples > 1 || vital->out_of ||
             vital->if_data_stops != RULE_DATA_STOPS_KEEP || vital->severities.count ||
             vital->measure != RULE_MEASURE_VALUE))
                return "a device's level has no duration, samples, stopping data, severities or "
                       "rise";
        return lasting_refuse_severities(&vital->severities);
}

/* A clear limit of NAN (cleared as soon as the value is within the limit) becomes a number. */
static void normalise(struct rule_condition *condition) {
        struct condition_vital *vital = &condition->vital;

        if (isnan(vital->clear_below))
                vital->clear_below = nextafter(vital->above, INFINITY);
        if (isnan(vital->clear_above))
                vital->clear_above = nextafter(vital->below, -INFINITY);
        if (vital->min_samples == 0)
                vital->min_samples = 1;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        struct condition_vital *to = &onto->vital;

        if (set >> RULE_SETTING_ABOVE & 1)
                to->above = from->vital.above;
        if (set >> RULE_SETTING_BELOW & 1)
                to->below = from->vital.below;
        if (set >> RULE_SETTING_CLEAR_BELOW & 1)
                to->clear_below = from->vital.clear_below;
        if (set >> RULE_SETTING_CLEAR_ABOVE & 1)
                to->clear_above = from->vital.clear_above;
        if (set >> RULE_SETTING_FOR & 1)
                to->for_ms = from->vital.for_ms;
        if (set >> RULE_SETTING_MIN_SAMPLES & 1) {
                to->min_samples = from->vital.min_samples;
                to->out_of = from->vital.out_of;
        }
        if (set >> RULE_SETTING_WITHIN & 1)
                to->within_ms = from->vital.within_ms;
        if (set >> RULE_SETTING_SEVERITIES & 1)
                to->severities = from->vital.severities;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], condition->vital.kind);
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        if (level_is_meant(&condition->vital)) {
                slot->form = RULE_FORM_LEVEL;
                slot->bit = beside->level++;
                return;
        }
        slot->form = RULE_FORM_VITAL;
        slot->episodes = 1u << RULE_FORM_VITAL | 1u << RULE_FORM_LATE | 1u << RULE_FORM_TOLD;
        if (condition->vital.measure == RULE_MEASURE_BASELINE)
                slot->block = RULE_FORM_BASELINE;
        else if (condition->vital.measure != RULE_MEASURE_VALUE)
                slot->block = RULE_FORM_TREND;
        slot->timed = condition->vital.if_data_stops != RULE_DATA_STOPS_KEEP;
}

/* No set_back: a window of readings. */
const struct form_ops trend_form = {
        .bytes = FORM_BYTES(struct trend_state),
        .device_at = FORM_NO_DEVICE,
        .is_sound = trend_is_sound,
};

static void baseline_set_back(void *state, int64_t by_ms) {
        struct baseline_state *baseline = state;

        time_set_back(&baseline->newest_ms, by_ms);
}

const struct form_ops baseline_form = {
        .bytes = FORM_BYTES(struct baseline_state),
        .device_at = FORM_NO_DEVICE,
        .is_sound = baseline_is_sound,
        .set_back = baseline_set_back,
};

const struct condition_ops vital_ops = {
        .placeholders = PLACEHOLDER_BIT(VALUE) | PLACEHOLDER_BIT(LIMIT) | PLACEHOLDER_BIT(UNIT) |
                        PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(SAMPLES) |
                        PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .normalise = normalise,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
