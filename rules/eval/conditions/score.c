/* SPDX-License-Identifier: MIT
 *
 * Score: NEWS2 (rules/eval/measure/news2.h) of the newest valid reading of each parameter.
 *
 * Readings go stale. For raising, a reading older than its limit does not exist: the sum is a lower bound. For
 * clearing it is the other way round: a thermometer that falls silent is no recovery, so a stale reading keeps its
 * last value, and no alert is cleared or made less severe by it. A day after fresh readings were last so bad, the
 * episode is dropped without a report: alerting keeps the alert until a person closes it, and the next bad score
 * raises a new one.
 *
 * The age of a reading is measured against the newest reading of any parameter, so that a replay gives the same
 * result.
 *
 * A late reading counts from when it was taken; an alert that it leads to says how late it is.
 */
#include "rules/eval/core/lasting.h"
#include "rules/eval/measure/news2.h"
#include "rules/eval/measure/sliding.h"
#include "rules/eval/rule/rule_set.h"

#include <math.h>

enum { SCORE_STEPS = 8, SCORE_PLACES = SCORE_STEPS + 1 };

/* The newest valid reading of each parameter, and recent scores. */
struct score_state {
        struct sliding sliding;
        uint32_t measured_s[RULE_NEWS2_PARAMETERS]; /* event time; 0: never */
        /* A step of @sliding each: two bits of points per parameter and, from bit SCORE_KNOWN_BIT on, which were
         * known; 0: nothing. */
        uint32_t lately[SCORE_PLACES];
        int16_t charted[RULE_NEWS2_PARAMETERS]; /* see news2_charted() */
        uint8_t reserved[2];
};

_Static_assert(sizeof(struct score_state) == 96, "checkpoints hold it as it is");

enum {
        SCORE_KNOWN_BIT = 2 * RULE_NEWS2_PARAMETERS,
        ALL = (1 << RULE_NEWS2_PARAMETERS) - 1,
};

/* Twice the longest time between two observations (NEWS2: 12 h at a score of 0). */
#define FORGET_MS (INT64_C(24) * 60 * 60 * 1000)

/* The points of a set of parameters (one bit each). */
struct sum {
        uint8_t points[RULE_NEWS2_PARAMETERS];
        uint8_t known; /* bits */
        uint8_t total;
        bool has_three;
};

static uint8_t count_of(uint8_t bits) {
        return (uint8_t)__builtin_popcount(bits);
}

static struct sum sum_up(const struct score_state *state, uint8_t which, bool scale_2) {
        bool on_oxygen = which >> RULE_NEWS2_OXYGEN & 1 && state->charted[RULE_NEWS2_OXYGEN] > 0;
        struct sum sum = {.known = which};

        for (enum rule_news2 i = RULE_NEWS2_RESPIRATION; i < RULE_NEWS2_PARAMETERS; i++) {
                if (!(which >> i & 1))
                        continue;
                sum.points[i] = news2_points(i, state->charted[i], scale_2, on_oxygen);
                sum.total += sum.points[i];
                sum.has_three |= sum.points[i] == 3;
        }
        return sum;
}

/* Which parameters were ever measured. */
static uint8_t measured(const struct score_state *state) {
        uint8_t bits = 0;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                bits |= (uint8_t)((state->measured_s[i] != 0) << i);
        return bits;
}

static uint32_t newest_of(const struct score_state *state) {
        uint32_t newest_s = 0;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                if (state->measured_s[i] > newest_s)
                        newest_s = state->measured_s[i];
        return newest_s;
}

/* Which of these are recent enough, compared with the newest. */
static uint8_t fresh(const struct score_state *state, const struct condition_score *score) {
        uint32_t newest_s = newest_of(state);
        uint8_t bits = 0;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                if (state->measured_s[i] != 0 &&
                    (int64_t)(newest_s - state->measured_s[i]) * 1000 <= score->max_age_ms[i])
                        bits |= (uint8_t)(1u << i);
        return bits;
}

/* --- the trend ------------------------------------------------------------------------------------ */

static uint32_t pack(const struct sum *sum) {
        uint32_t packed = (uint32_t)sum->known << SCORE_KNOWN_BIT;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                packed |= (uint32_t)sum->points[i] << 2 * i;
        return packed;
}

static uint8_t packed_points(uint32_t packed, uint8_t parameter) {
        return packed >> 2 * parameter & 3;
}

static uint8_t packed_known(uint32_t packed) {
        return packed >> SCORE_KNOWN_BIT & ALL;
}

static uint8_t packed_total(uint32_t packed) {
        uint8_t total = 0;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                total += packed_points(packed, i);
        return total;
}

/* The rise since @then. Compare only parameters known at both times; a newly measured one is not a rise. */
static int rise_since(uint32_t then, const struct sum *now) {
        int rise = 0;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                if (packed_known(then) & now->known & 1u << i)
                        rise += now->points[i] - packed_points(then, i);
        return rise;
}

/* Of each step, keep the sum with the most parameters, and of those the lowest. */
static bool is_better(uint32_t packed, uint32_t kept) {
        uint8_t count = count_of(packed_known(packed)), kept_count = count_of(packed_known(kept));

        return count > kept_count ||
               (count == kept_count && packed_total(packed) < packed_total(kept));
}

/* Note the sum as of the newest reading. Return: the greatest rise within the window up to it. */
static int note_trend(struct score_state *state, const struct condition_score *score,
                      const struct sum *now) {
        int64_t time_ms = (int64_t)newest_of(state) * 1000;
        struct sliding *sliding = &state->sliding;
        uint32_t packed = pack(now);
        int greatest = 0;
        uint32_t back;

        if (score->rises_by == 0)
                return 0;
        back = sliding_move(sliding, score->rises_within_ms, SCORE_PLACES, time_ms);
        while (back-- > 0)
                state->lately[sliding_place(sliding, SCORE_PLACES, back)] = 0;

        uint32_t *kept = &state->lately[sliding_place(sliding, SCORE_PLACES, 0)];

        if (*kept == 0 || is_better(packed, *kept))
                *kept = packed;
        for (back = 0; back < SCORE_PLACES; back++) {
                uint32_t then = state->lately[sliding_place(sliding, SCORE_PLACES, back)];
                int rise = rise_since(then, now);

                greatest = rise > greatest ? rise : greatest;
        }
        return greatest;
}

/* An alert that fresh readings have not confirmed for so long is forgotten. */
static bool is_forgotten(const struct condition_score *score, const struct lasting_state *raised,
                         int64_t time_ms) {
        int64_t after_ms = FORGET_MS;

        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                if (score->max_age_ms[i] > after_ms)
                        after_ms = score->max_age_ms[i];
        return time_ms - raised->newest_ms > after_ms;
}

/* --- judging -------------------------------------------------------------------------------------- */

/* Take in the reading. Return: whether it is new. */
static bool take_reading(const struct moment *moment, const struct condition_score *score,
                         struct score_state *state, bool scale_2) {
        const struct event *event = moment->event;
        enum rule_news2 parameter = news2_parameter_of(event->kind);
        uint32_t time_s = (uint32_t)(moment->time_ms / 1000);
        struct score_state with = *state;

        if (parameter == RULE_NEWS2_PARAMETERS || moment->time_ms < 1000 ||
            time_s < state->measured_s[parameter])
                return false;
        with.charted[parameter] = news2_charted(parameter, event->value);
        with.measured_s[parameter] = time_s;
        /* An unauthenticated reading must not lower the score. */
        if (event->flags & EVENT_UNAUTHENTICATED && fresh(state, score) >> parameter & 1 &&
            sum_up(&with, fresh(&with, score), scale_2).total <
                    sum_up(state, fresh(state, score), scale_2).total)
                return false;
        *state = with;
        return true;
}

static bool is_bad(const struct condition_score *score, const struct sum *sum, int rise) {
        return (score->at_least && sum->total >= score->at_least) ||
               (score->single_three && sum->has_three) ||
               (score->rises_by && rise >= score->rises_by);
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_score *score, const struct score_state *state,
                 const struct lasting_state *raised, const struct sum *sum,
                 enum alert_transition transition) {
        const struct lasting_need need = {.min_samples = score->needs};
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               raised, &need, transition);

        finding.kind = KIND_NONE; /* a score is not a reading of one kind */
        finding.value = sum->total;
        finding.limit = score->at_least ? score->at_least : NAN;
        finding.samples = count_of(sum->known);
        finding.history_count = RULE_NEWS2_PARAMETERS;
        for (enum rule_news2 i = RULE_NEWS2_RESPIRATION; i < RULE_NEWS2_PARAMETERS; i++) {
                bool known = sum->known >> i & 1;

                finding.history[i] = (struct alert_sample){
                        .time_ms = known ? (int64_t)state->measured_s[i] * 1000 : 0,
                        .value = known ? news2_uncharted(i, state->charted[i]) : NAN,
                };
        }
        judge_emit(moment->engine, moment->elder, &finding);
}

/* The severity by fresh readings, or as reported if it is lower only because readings went stale. */
static uint8_t severity_now(const struct condition_score *score, const struct score_state *state,
                            bool scale_2, uint8_t told, uint8_t own, const struct sum *now) {
        uint8_t by_fresh = lasting_severity_of(&score->severities, now->total, own);

        if (told == 0 || by_fresh <= told)
                return by_fresh;

        const struct sum ever = sum_up(state, measured(state), scale_2);
        uint8_t by_all = lasting_severity_of(&score->severities, ever.total, own);

        return by_all < told ? told : by_all;
}

static void judge_bad(const struct moment *moment, const struct plan_entry *entry,
                      const struct rule_condition *condition, const struct score_state *state,
                      struct episode *episode, const struct sum *now) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        bool raise = !episode;

        if (!condition_holds(condition, moment->elder, moment->time_ms))
                return;
        if (!episode)
                episode = lasting_begin(moment, entry, RULE_FORM_VITAL);
        if (!episode)
                return;

        struct lasting_state *raised = episode_vital(episode);
        uint8_t severity = severity_now(&condition->score, state, slot->bit, raised->severity,
                                        judge_own_severity(moment->engine, slot), now);
        bool in_order = moment->time_ms >= raised->newest_ms;
        bool changed = lasting_severity(raised, severity, moment->time_ms, 0,
                                        moment->may_clear && in_order);

        raised->phase = LASTING_ACTIVE;
        if (in_order)
                raised->newest_ms = moment->time_ms;
        if (raise || changed)
                tell(moment, entry, &condition->score, state, raised, now,
                     raise ? ALERT_RAISED : ALERT_SEVERITY_CHANGED);
}

static void judge_good(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_score *score, const struct score_state *state,
                       struct episode *episode, const struct sum *now, int rise) {
        const struct sum ever = sum_up(state, measured(state), entry->bit);
        const struct lasting_state *raised = episode_vital(episode);
        bool cleared = !is_bad(score, &ever, rise) && moment->may_clear &&
                       moment->time_ms >= raised->newest_ms && count_of(now->known) >= score->needs;

        if (cleared)
                tell(moment, entry, score, state, raised, now, ALERT_CLEARED);
        if (cleared || is_forgotten(score, raised, moment->time_ms))
                episode_end(moment->engine, moment->elder, episode);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_score *score = &condition->score;
        struct score_state *state = elder_state(moment->elder, entry->offset);
        bool scale_2 = entry->bit;

        if (entry->role != PLAN_ROLE_CAUSE || moment->event->validity != EVENT_VALIDITY_VALID ||
            !take_reading(moment, score, state, scale_2))
                return;

        const struct sum now = sum_up(state, fresh(state, score), scale_2);
        int rise = note_trend(state, score, &now);
        bool bad = count_of(now.known) >= score->needs && is_bad(score, &now, rise);
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_VITAL);

        if (episode && bad && is_forgotten(score, episode_vital(episode), moment->time_ms)) {
                episode_end(moment->engine, moment->elder, episode);
                episode = NULL;
        }
        if (bad)
                judge_bad(moment, entry, condition, state, episode, &now);
        else if (episode)
                judge_good(moment, entry, score, state, episode, &now, rise);
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        return episode_find(engine, elder, slot->id_hash, RULE_FORM_VITAL) != NULL;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_score *score = &condition->score;

        if (score->needs < 1 || score->needs > RULE_NEWS2_PARAMETERS)
                return "a score needs 1 to 7 of its parameters";
        if (!score->at_least && !score->single_three && !score->rises_by)
                return "a score needs at_least, single_three or rises_by";
        if (score->at_least > 20 || score->rises_by > 20)
                return "a score is at most 20";
        if (score->rises_by &&
            (score->rises_within_ms <= 0 || score->rises_within_ms > SLIDING_WITHIN_MAX_MS))
                return "a rise needs a time within which, at most 366 days";
        for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                if (score->max_age_ms[i] <= 0)
                        return "a parameter needs an age up to which it counts";
        return lasting_refuse_severities(&score->severities);
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        struct condition_score *to = &onto->score;

        if (set >> RULE_SETTING_AT_LEAST & 1)
                to->at_least = from->score.at_least;
        if (set >> RULE_SETTING_WITHIN & 1)
                to->rises_within_ms = from->score.rises_within_ms;
        if (set >> RULE_SETTING_MAX_AGE & 1)
                for (uint8_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                        to->max_age_ms[i] = from->score.max_age_ms[i];
        if (set >> RULE_SETTING_SEVERITIES & 1)
                to->severities = from->score.severities;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        for (enum rule_news2 i = RULE_NEWS2_RESPIRATION; i < RULE_NEWS2_PARAMETERS; i++)
                rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], news2_kind(i));
}

static bool is_on_scale_2(const struct condition_score *score, const struct rule_subject *subject) {
        for (uint8_t i = 0; i < score->scale_2_conditions.count; i++)
                for (uint8_t k = 0; k < subject->condition_count; k++)
                        if (strcmp(score->scale_2_conditions.word[i], subject->conditions[k]) == 0)
                                return true;
        return false;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_VITAL;
        slot->block = RULE_FORM_SCORE;
        slot->episodes = 1u << RULE_FORM_VITAL;
        slot->bit = is_on_scale_2(&condition->score, subject);
}

static bool is_sound(const void *state) {
        return sliding_is_sound(&((const struct score_state *)state)->sliding);
}

/* No set_back: a window of readings. */
const struct form_ops score_form = {
        .bytes = FORM_BYTES(struct score_state),
        .device_at = FORM_NO_DEVICE,
        .is_sound = is_sound,
};

const struct condition_ops score_ops = {
        .placeholders = PLACEHOLDER_BIT(SCORE) | PLACEHOLDER_BIT(LIMIT) | PLACEHOLDER_BIT(KNOWN) |
                        PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .is_active = is_active,
};
