/* SPDX-License-Identifier: MIT
 *
 * Late: readings of a vital that reached us long after they were taken. They go through the same logic in
 * their own event time, in an episode of their own, which the live one never sees and never touches:
 *
 *      - they complete no live duration and clear no live alert;
 *      - when they complete a duration of their own, the alert says how old it is and has an id of its own;
 *      - a reading that is newer and not over the limit, late or live, ends it;
 *      - of a time that an alert has told of, live or late, nothing is told again for a day.
 *
 * A late alert passes no gate: it is told once, as history, and neither flaps nor waits for another.
 */
#include "rules/eval/conditions.h"
#include "rules/eval/vital.h"

#define TOLD_KEPT_MS (INT64_C(24) * 60 * 60 * 1000)

bool late_is_sound(const void *state) {
        const struct late_state *late = state;
        const struct vital_state *lasting = &late->lasting;

        return is_time(lasting->since_ms) && is_time(lasting->newest_ms) &&
               is_time(lasting->enough_ms) && is_time(lasting->severe_ms) &&
               lasting->phase <= VITAL_ACTIVE && lasting->severity <= SEVERITY_INFO &&
               lasting->history_at < VITAL_HISTORY && is_time(late->told_from_ms) &&
               is_time(late->told_to_ms);
}

static struct late_state *state_of(struct episode *episode) {
        return (struct late_state *)episode->state;
}

static void note_told(struct late_state *late, int64_t from_ms, int64_t to_ms) {
        bool apart = from_ms > late->told_to_ms || to_ms < late->told_from_ms;

        if (apart || from_ms < late->told_from_ms)
                late->told_from_ms = from_ms;
        if (apart || to_ms > late->told_to_ms)
                late->told_to_ms = to_ms;
}

void late_note_told(struct engine *engine, struct elder *elder, uint32_t id_hash, int64_t from_ms,
                    int64_t to_ms) {
        struct episode *episode = engine_episode(engine, elder, id_hash, FORM_LATE);

        if (!episode)
                episode = engine_begin(engine, elder, id_hash, CONDITION_VITAL, FORM_LATE);
        if (episode)
                note_told(state_of(episode), from_ms, to_ms);
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct vital_condition *vital, const struct vital_state *lasting,
                 double measure, enum alert_transition transition) {
        const struct lasting_need need = vital_need(vital);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               lasting, &need, transition);

        finding.value = measure;
        finding.limit = vital_limit(vital, measure);
        /* Ours may be behind the clock of ingest; late it is by that one. */
        if (moment->buffered && finding.late_ms == 0)
                finding.late_ms = moment->event->received_time_ms - moment->time_ms;
        engine_tell(moment->engine, moment->elder, &finding);
}

/* Nothing is under way any more. */
static void settle(const struct moment *moment, struct episode *episode) {
        struct late_state *late = state_of(episode);

        late->lasting.phase = 0;
        if (late->told_to_ms == 0)
                engine_end(moment->engine, moment->elder, episode);
}

static void judge_under(const struct moment *moment, const struct plan_entry *entry,
                        const struct vital_condition *vital, struct episode *episode,
                        double measure) {
        const struct lasting_need need = vital_need(vital);
        struct late_state *late = state_of(episode);
        struct vital_state *lasting = &late->lasting;
        bool over;

        if (lasting->phase == 0 || moment->event->flags & EVENT_UNAUTHENTICATED ||
            moment->time_ms < lasting->newest_ms)
                return;
        over = lasting_kept(lasting, &need);
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == VITAL_ACTIVE && over && vital_is_clear(vital, measure)) {
                note_told(late, lasting->since_ms, lasting->newest_ms);
                tell(moment, entry, vital, lasting, measure, ALERT_CLEARED);
                settle(moment, episode);
        } else if (lasting->phase == VITAL_PENDING && over) {
                settle(moment, episode);
        } else {
                lasting->newest_ms = moment->time_ms;
        }
}

/* Has an alert told of the time of this reading? */
static bool is_told(const struct moment *moment, const struct plan_entry *entry,
                    struct episode *episode) {
        struct episode *live =
                engine_episode(moment->engine, moment->elder, entry->id_hash, FORM_VITAL);

        if (live && episode_vital(live)->phase == VITAL_ACTIVE &&
            moment->time_ms >= episode_vital(live)->since_ms)
                return true;
        return episode && moment->time_ms >= state_of(episode)->told_from_ms &&
               moment->time_ms <= state_of(episode)->told_to_ms;
}

/* Does a duration that had begun reach to this reading? */
static bool goes_on(const struct moment *moment, const struct rule_condition *condition,
                    const struct vital_state *lasting) {
        const struct vital_condition *vital = &condition->vital;

        if (vital->if_data_stops == DATA_STOPS_CLEAR &&
            moment->time_ms - lasting->newest_ms > vital->data_stops_ms)
                return false;
        return lasting_same_slot(condition, moment->elder, lasting->since_ms, moment->time_ms);
}

static void judge_over(const struct moment *moment, const struct plan_entry *entry,
                       const struct rule_condition *condition, struct vital_state *lasting,
                       double measure) {
        const struct vital_condition *vital = &condition->vital;
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        const struct lasting_need need = vital_need(vital);

        if (lasting->phase == 0 ||
            (lasting->phase == VITAL_PENDING && !goes_on(moment, condition, lasting)))
                lasting_restart(lasting, moment);
        lasting_broken(lasting, &need, moment->time_ms);
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == VITAL_ACTIVE || !lasting_long_enough(lasting, &need, moment->time_ms))
                return;
        lasting->phase = VITAL_ACTIVE;
        lasting->severity =
                severity_of(&vital->severities, measure, engine_severity(moment->engine, slot));
        tell(moment, entry, vital, lasting, measure, ALERT_RAISED);
}

void late_judge(const struct moment *moment, const struct plan_entry *entry,
                const struct rule_condition *condition, double measure) {
        struct episode *episode =
                engine_episode(moment->engine, moment->elder, entry->id_hash, FORM_LATE);

        if (!vital_is_over(&condition->vital, measure)) {
                if (episode)
                        judge_under(moment, entry, &condition->vital, episode, measure);
                return;
        }
        if (is_told(moment, entry, episode) ||
            !condition_holds(condition, moment->elder, moment->time_ms))
                return;
        if (!episode)
                episode = engine_begin(moment->engine, moment->elder, entry->id_hash,
                                       CONDITION_VITAL, FORM_LATE);
        if (episode)
                judge_over(moment, entry, condition, &state_of(episode)->lasting, measure);
}

void late_see_live(const struct moment *moment, const struct plan_entry *entry,
                   const struct vital_condition *vital, double measure) {
        struct episode *episode =
                engine_episode(moment->engine, moment->elder, entry->id_hash, FORM_LATE);

        if (!episode)
                return;

        const struct late_state *late = state_of(episode);

        if (late->lasting.phase == 0 && moment->time_ms - late->told_to_ms > TOLD_KEPT_MS)
                engine_end(moment->engine, moment->elder, episode);
        else if (!vital_is_over(vital, measure))
                judge_under(moment, entry, vital, episode, measure);
}
