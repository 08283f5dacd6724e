/* SPDX-License-Identifier: MIT
 *
 * Late: readings of a vital that arrived long after they were taken. They go through the same logic in event time, in
 * an episode of their own, which the live one never sees and never touches:
 *
 *      - they complete no live duration and clear no live alert;
 *      - if they complete a duration of their own, the alert states its age and has an id of its own;
 *      - a newer reading within the limit, late or live, ends it;
 *      - a time already covered by an alert, live or late, raises nothing again for a day.
 *
 * A late alert passes no gate: it is raised once, as history, and neither flaps nor waits for another one.
 */
#include "rules/eval/conditions/vital/late.h"

#include "rules/eval/conditions/vital/limits.h"
#include "rules/eval/core/judge.h"

#define TOLD_KEPT_MS (INT64_C(24) * 60 * 60 * 1000)

/* Episode of form RULE_FORM_TOLD: the time that an alert of the rule has covered. Kept for a day. */
struct told_state {
        int64_t from_ms; /* event time */
        int64_t to_ms;
};

static struct told_state *told_of(struct episode *episode) {
        return (struct told_state *)episode->state;
}

void late_note_told(struct engine *engine, struct elder *elder, uint32_t id_hash, int64_t from_ms,
                    int64_t to_ms) {
        struct episode *episode = episode_find(engine, elder, id_hash, RULE_FORM_TOLD);
        struct told_state *told;

        if (!episode)
                episode = episode_begin(engine, elder, id_hash, CONDITION_VITAL, RULE_FORM_TOLD);
        if (!episode)
                return;
        told = told_of(episode);

        bool apart = from_ms > told->to_ms || to_ms < told->from_ms;

        if (apart || from_ms < told->from_ms)
                told->from_ms = from_ms;
        if (apart || to_ms > told->to_ms)
                told->to_ms = to_ms;
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_vital *vital, const struct lasting_state *lasting,
                 double measure, enum alert_transition transition) {
        const struct lasting_need need = vital_need(vital);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               lasting, &need, transition);

        finding.value = measure;
        finding.limit = vital_limit(vital, measure);
        /* Our clock may be behind that of ingest, by which the reading is late. */
        if (moment->buffered && finding.late_ms == 0)
                finding.late_ms = moment->received_ms - moment->time_ms;
        finding_tell(moment->engine, moment->elder, &finding);
}

static void judge_under(const struct moment *moment, const struct plan_entry *entry,
                        const struct condition_vital *vital, struct episode *episode,
                        double measure) {
        const struct lasting_need need = vital_need(vital);
        struct lasting_state *lasting = episode_vital(episode);
        bool over;

        if (moment->event->flags & EVENT_UNAUTHENTICATED || moment->time_ms < lasting->newest_ms)
                return;
        over = lasting_kept(lasting, &need);
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == LASTING_ACTIVE && over && vital_is_clear(vital, measure)) {
                tell(moment, entry, vital, lasting, measure, ALERT_CLEARED);
                late_note_told(moment->engine, moment->elder, entry->id_hash, lasting->since_ms,
                               lasting->newest_ms);
                episode_end(moment->engine, moment->elder, episode);
        } else if (lasting->phase == LASTING_PENDING && over) {
                episode_end(moment->engine, moment->elder, episode);
        } else {
                lasting->newest_ms = moment->time_ms;
        }
}

/* Has an alert covered the time of this reading? */
static bool is_told(const struct moment *moment, const struct plan_entry *entry) {
        struct episode *live =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_VITAL);
        struct episode *told =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_TOLD);

        if (live && episode_vital(live)->phase == LASTING_ACTIVE &&
            moment->time_ms >= episode_vital(live)->since_ms)
                return true;
        return told && moment->time_ms >= told_of(told)->from_ms &&
               moment->time_ms <= told_of(told)->to_ms;
}

/* Does a pending duration continue up to this reading? */
static bool goes_on(const struct moment *moment, const struct rule_condition *condition,
                    const struct lasting_state *lasting) {
        const struct condition_vital *vital = &condition->vital;

        if (vital->if_data_stops == RULE_DATA_STOPS_CLEAR &&
            moment->time_ms - lasting->newest_ms > vital->data_stops_ms)
                return false;
        return lasting_same_slot(condition, moment->elder, lasting->since_ms, moment->time_ms);
}

static void judge_over(const struct moment *moment, const struct plan_entry *entry,
                       const struct rule_condition *condition, struct lasting_state *lasting,
                       double measure) {
        const struct condition_vital *vital = &condition->vital;
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        const struct lasting_need need = vital_need(vital);

        if (lasting->phase == LASTING_PENDING && !goes_on(moment, condition, lasting))
                lasting_restart(lasting, moment);
        lasting_broken(lasting, &need, moment->time_ms);
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == LASTING_ACTIVE ||
            !lasting_long_enough(lasting, &need, moment->time_ms))
                return;
        lasting->phase = LASTING_ACTIVE;
        lasting->severity = lasting_severity_of(&vital->severities, measure,
                                                judge_own_severity(moment->engine, slot));
        tell(moment, entry, vital, lasting, measure, ALERT_RAISED);
}

void late_judge(const struct moment *moment, const struct plan_entry *entry,
                const struct rule_condition *condition, double measure) {
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_LATE);

        if (!vital_is_over(&condition->vital, measure)) {
                if (episode)
                        judge_under(moment, entry, &condition->vital, episode, measure);
                return;
        }
        if (is_told(moment, entry) || !condition_holds(condition, moment->elder, moment->time_ms))
                return;
        if (!episode)
                episode = lasting_begin(moment, entry, RULE_FORM_LATE);
        if (episode)
                judge_over(moment, entry, condition, episode_vital(episode), measure);
}

void late_see_live(const struct moment *moment, const struct plan_entry *entry,
                   const struct condition_vital *vital, double measure) {
        struct episode *late =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_LATE);
        struct episode *told =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_TOLD);

        if (late && !vital_is_over(vital, measure))
                judge_under(moment, entry, vital, late, measure);
        else if (told && moment->time_ms - told_of(told)->to_ms > TOLD_KEPT_MS)
                episode_end(moment->engine, moment->elder, told);
}

/* --- the forms ------------------------------------------------------------------------------------ */

const struct form_ops late_form = {
        EPISODE_FORM(struct lasting_state),
        .is_sound = lasting_is_sound,
        .set_back = lasting_set_back,
};

static bool told_is_sound(const void *state) {
        const struct told_state *told = state;

        return is_time(told->from_ms) && is_time(told->to_ms);
}

static void told_set_back(void *state, int64_t by_ms) {
        struct told_state *told = state;

        time_set_back(&told->from_ms, by_ms);
        time_set_back(&told->to_ms, by_ms);
}

const struct form_ops told_form = {
        EPISODE_FORM_BYTES(struct told_state),
        .device_at = FORM_NO_DEVICE,
        .is_sound = told_is_sound,
        .set_back = told_set_back,
};
