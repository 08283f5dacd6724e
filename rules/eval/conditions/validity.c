/* SPDX-License-Identifier: MIT
 *
 * Validity: readings arrive but are unusable (not worn, artefact, implausible, stale). That concerns the device and
 * raises a technical alert, one per device: vitals are never evaluated by such readings, and their silence would look
 * normal.
 *
 *      usable ── unusable ──▶ pending ── `for` and min_samples ──▶ active
 *        ▲                       │                                   │
 *        └────────── a valid reading of the same device ─────────────┘ (cleared)
 *
 * A device that sends nothing is a matter of offline; an unregistered one is ignored.
 */
#include "rules/eval/core/lasting.h"

#include <math.h>

static struct lasting_need need_of(const struct condition_validity *validity) {
        return (struct lasting_need){validity->for_ms, validity->min_samples, 0};
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_validity *validity, const struct lasting_state *state,
                 enum alert_transition transition) {
        const struct lasting_need need = need_of(validity);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               state, &need, transition);

        finding.value = NAN; /* unusable, so it must not be shown as the elder's either */
        judge_emit(moment->engine, moment->elder, &finding);
}

static void judge_unusable(const struct moment *moment, const struct plan_entry *entry,
                           const struct rule_condition *condition, struct episode *episode) {
        const struct lasting_need need = need_of(&condition->validity);

        if (!condition_holds(condition, moment->elder, moment->time_ms)) {
                if (episode && episode_vital(episode)->phase == LASTING_PENDING)
                        episode_end(moment->engine, moment->elder, episode);
                return;
        }
        if (!episode)
                episode = lasting_begin(moment, entry, RULE_FORM_VITAL);
        if (!episode)
                return;

        struct lasting_state *state = episode_vital(episode);

        if (state->phase == LASTING_PENDING &&
            !lasting_same_slot(condition, moment->elder, state->since_ms, moment->time_ms))
                lasting_restart(state, moment);
        lasting_broken(state, &need, moment->time_ms);
        lasting_keep(state, moment->time_ms, moment->event->value);
        if (state->phase == LASTING_ACTIVE || !lasting_long_enough(state, &need, moment->time_ms))
                return;
        state->phase = LASTING_ACTIVE;
        tell(moment, entry, &condition->validity, state, ALERT_RAISED);
}

static void judge_usable(const struct moment *moment, const struct plan_entry *entry,
                         const struct rule_condition *condition, struct episode *episode) {
        struct lasting_state *state = episode_vital(episode);

        if (!moment->may_clear || moment->time_ms < state->newest_ms)
                return;
        lasting_keep(state, moment->time_ms, moment->event->value);
        if (state->phase == LASTING_ACTIVE)
                tell(moment, entry, &condition->validity, state, ALERT_CLEARED);
        episode_end(moment->engine, moment->elder, episode);
}

/* End the episode of a device that was taken from the elder: it will never clear. Alerting keeps the alert. */
static void forget_unlisted(const struct moment *moment, const struct plan_entry *entry) {
        struct episode *episode = episode_find_of(moment->engine, moment->elder, entry->id_hash,
                                                  RULE_FORM_VITAL, ELDER_DEVICE_UNLISTED);

        if (episode)
                episode_end(moment->engine, moment->elder, episode);
}

static void judge(const struct moment *event_moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_validity *validity = &condition->validity;
        const struct event *event = event_moment->event;
        struct moment moment = *event_moment;

        if (entry->role != PLAN_ROLE_CAUSE || moment.device == ELDER_DEVICE_UNLISTED)
                return;
        /* A stale reading is old by its nature, but it was sent now. */
        if (event->validity == EVENT_VALIDITY_STALE && !(event->flags & EVENT_BUFFERED)) {
                moment.buffered = false;
                if (moment.received_ms <= moment.now_ms)
                        moment.time_ms = moment.received_ms;
                moment.late_ms = moment.now_ms - moment.time_ms > MOMENT_LATE_MS
                                         ? moment.now_ms - moment.time_ms
                                         : 0;
        }
        if (moment.buffered)
                return;
        forget_unlisted(&moment, entry);

        struct episode *episode = episode_find_of(moment.engine, moment.elder, entry->id_hash,
                                                  RULE_FORM_VITAL, moment.device);

        if (event->validity < 8 && validity->states >> event->validity & 1)
                judge_unusable(&moment, entry, condition, episode);
        else if (episode && event->validity == EVENT_VALIDITY_VALID)
                judge_usable(&moment, entry, condition, episode);
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        for (uint8_t i = 0; i < elder->device_count; i++) {
                struct episode *episode =
                        episode_find_of(engine, elder, slot->id_hash, RULE_FORM_VITAL, i);

                if (episode && episode_vital(episode)->phase == LASTING_ACTIVE)
                        return true;
        }
        return false;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_validity *validity = &condition->validity;
        const uint8_t unusable = 1u << EVENT_VALIDITY_OFF_BODY | 1u << EVENT_VALIDITY_ARTEFACT |
                                 1u << EVENT_VALIDITY_IMPLAUSIBLE | 1u << EVENT_VALIDITY_STALE;
        uint64_t kinds = 0;

        for (size_t i = 0; i < KIND_LIMIT / 64; i++)
                kinds |= validity->kinds.bits[i];
        if (!kinds)
                return "validity needs kinds of reading";
        if (validity->states == 0 || validity->states & ~unusable)
                return "validity is about off_body, artefact, implausible or stale readings";
        if (validity->for_ms < 0)
                return "a duration cannot be negative";
        if (rule->class != ALERT_TECHNICAL)
                return "readings that cannot be used are a technical matter, whatever they measure";
        return NULL;
}

static void normalise(struct rule_condition *condition) {
        if (condition->validity.min_samples == 0)
                condition->validity.min_samples = 1;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (set >> RULE_SETTING_FOR & 1)
                onto->validity.for_ms = from->validity.for_ms;
        if (set >> RULE_SETTING_MIN_SAMPLES & 1)
                onto->validity.min_samples = from->validity.min_samples;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        ret->of[PLAN_ROLE_CAUSE] = condition->validity.kinds;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_VITAL;
        slot->episodes = 1u << RULE_FORM_VITAL;
}

const struct condition_ops validity_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(SAMPLES) |
                        PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .normalise = normalise,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .is_active = is_active,
};
