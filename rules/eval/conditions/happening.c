/* SPDX-License-Identifier: MIT
 *
 * Happening: an event such as SOS, fall, smoke, door, mains lost. Each event raises an alert of its own, because a
 * second real fall must never be taken for the first.
 *
 *      none ── event ──▶ unconfirmed ── confirm passes ──▶ confirmed ─┐
 *        │                  └── sign of life ──▶ dismissed           hold passes ──▶ raised ── all-clear ──▶ none
 *        └── sure, or no confirm: ──▶ pending ────────────────────────┘                │
 *
 *      waiting or raised ── cancel ──▶ cancelled (raised: it was pressed in time but arrived late)
 *
 * Without a hold, an event that is confirmed or needs no confirmation is raised at once. If another event comes while
 * one waits, the waiting one is raised: two falls within the elder's time to cancel are no error of the sensor.
 */
#include "rules/eval/conditions/happening.h"

#include <math.h>

/* Does it wait for its confirmation, or for the end of the elder's time to cancel? */
static bool happening_waits(const struct happening_state *state) {
        return state->phase == HAPPENING_PENDING || state->phase == HAPPENING_UNCONFIRMED ||
               state->phase == HAPPENING_CONFIRMED;
}

/* A fall itself triggers sensors: motion before this time has passed is no sign of life. */
enum { CONFIRM_SETTLE_MS = 2000 };

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 enum alert_transition transition, struct moment_cause cause,
                 uint8_t confidence_pct, bool drill) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];

        judge_emit(moment->engine, moment->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = transition,
                           .cause = cause,
                           .event = moment->event,
                           .event_time_ms = moment->time_ms,
                           .received_time_ms = moment->received_ms,
                           .now_ms = moment->now_ms,
                           .late_ms = moment->late_ms,
                           .kind = moment->event->kind,
                           .value = moment->event->value,
                           .limit = NAN,
                           .samples = 1,
                           .confidence_pct = confidence_pct,
                           .drill = drill,
                   });
}

static struct moment_cause state_cause(const struct happening_state *state) {
        return (struct moment_cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
}

static bool is_same(const struct happening_state *state, const struct moment *moment) {
        return state->phase != HAPPENING_OVER && state->sequence == event_serial(moment->event) &&
               state->boot == moment->event->boot_id && state->device == moment->device;
}

static void note(struct happening_state *state, const struct moment *moment,
                 enum happening_phase phase) {
        *state = (struct happening_state){
                .sequence = event_serial(moment->event),
                .event_time_ms = moment->time_ms,
                .received_time_ms = moment->received_ms,
                .boot = moment->event->boot_id,
                .device = moment->device,
                .phase = (uint8_t)phase,
                .confidence_pct = moment->event->confidence_pct,
                .drill = (moment->event->flags & EVENT_DRILL) != 0,
        };
}

/* Raise an event that has waited; called at its deadline, or when another event comes. */
static void raise_waiting(struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot, struct happening_state *state,
                          const struct condition_happening *happening, int64_t now_ms) {
        int64_t age_ms = now_ms - state->event_time_ms;
        int64_t confirm_ms = state->phase == HAPPENING_PENDING ? 0 : happening->confirm_ms;

        state->phase = HAPPENING_RAISED;
        judge_emit(engine, elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_RAISED,
                           .cause = state_cause(state),
                           .event_time_ms = state->event_time_ms,
                           .received_time_ms = state->received_time_ms,
                           .now_ms = now_ms,
                           .late_ms = age_ms > MOMENT_LATE_MS ? age_ms : 0,
                           .kind = happening->kind,
                           .value = 1,
                           .limit = NAN,
                           .since_ms = state->event_time_ms,
                           .needed_ms = confirm_ms + happening->hold_ms,
                           .duration_ms = age_ms,
                           .samples = 1,
                           .confidence_pct = state->confidence_pct,
                           .drill = state->drill,
                   });
}

/* Is this a repetition: another event of the same device within its cooldown, such as tamper? A cancelled event
 * starts no cooldown. */
static bool is_repetition(const struct happening_state *state, const struct moment *moment,
                          const struct condition_happening *happening) {
        int64_t since_ms = moment->time_ms - state->event_time_ms;

        return state->event_time_ms != 0 && state->phase != HAPPENING_CANCELLED &&
               state->device == moment->device && since_ms >= 0 &&
               since_ms < happening->cooldown_ms;
}

static void tell_raised(const struct moment *moment, const struct plan_entry *entry) {
        tell(moment, entry, ALERT_RAISED, moment_cause_of(moment), moment->event->confidence_pct,
             (moment->event->flags & EVENT_DRILL) != 0);
}

/* When its phase ends. */
static int64_t waits_until(const struct happening_state *state,
                           const struct condition_happening *happening) {
        int64_t confirm_ms = state->phase == HAPPENING_PENDING ? 0 : happening->confirm_ms;
        int64_t hold_ms = state->phase == HAPPENING_UNCONFIRMED ? 0 : happening->hold_ms;

        return state->event_time_ms + confirm_ms + hold_ms;
}

/* The confirmation has passed: the hold begins, as of the moment at which it passed. */
static void confirm_passed(struct happening_state *state,
                           const struct condition_happening *happening, int64_t now_ms) {
        if (state->phase == HAPPENING_UNCONFIRMED && waits_until(state, happening) <= now_ms)
                state->phase = HAPPENING_CONFIRMED;
}

static void judge_new(const struct moment *moment, const struct plan_entry *entry,
                      const struct condition_happening *happening, struct happening_state *state) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        uint8_t confidence_pct = moment->event->confidence_pct;
        bool sure = happening->confirm_ms == 0 ||
                    (happening->sure_pct > 0 && confidence_pct >= happening->sure_pct);

        if (is_same(state, moment) || is_repetition(state, moment, happening))
                return;
        if (happening_waits(state))
                raise_waiting(moment->engine, moment->elder, slot, state, happening,
                              moment->now_ms);

        note(state, moment, sure ? HAPPENING_PENDING : HAPPENING_UNCONFIRMED);
        confirm_passed(state, happening, moment->now_ms);

        /* Wait also if the time is over already; the next check finds that. When past events are read again, the one
         * that ends the wait in time may be the next. Without a registered device the id could not be computed again
         * later, so raise now. */
        if (waits_until(state, happening) > moment->time_ms &&
            moment->device != ELDER_DEVICE_UNLISTED) {
                moment_arm(moment, entry, waits_until(state, happening));
        } else {
                state->phase = HAPPENING_RAISED;
                tell_raised(moment, entry);
        }
}

void happening_begins(const struct moment *moment, const struct plan_entry *entry,
                      const struct condition_happening *happening) {
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_HAPPENING);

        if (moment->event->confidence_pct < happening->confidence_at_least_pct)
                return;
        if (!episode && entry->form == RULE_FORM_HAPPENING)
                episode = episode_begin(moment->engine, moment->elder, entry->id_hash,
                                        (enum rule_condition_type)entry->type, RULE_FORM_HAPPENING);
        if (episode)
                judge_new(moment, entry, happening, episode_happening(episode));
        else
                tell_raised(moment, entry); /* no state is kept, or there is no memory for it */
}

/* Only the device that sent the event may clear it, and only once it is raised: an elder who was helped up has fallen
 * all the same. */
static void judge_clear(const struct moment *moment, const struct plan_entry *entry,
                        const struct condition_happening *happening, struct episode *episode) {
        struct happening_state *state = episode_happening(episode);

        if (!moment->may_clear || state->phase != HAPPENING_RAISED ||
            state->device != moment->device)
                return;
        tell(moment, entry, ALERT_CLEARED, state_cause(state), state->confidence_pct, state->drill);
        if (happening->cooldown_ms > 0)
                state->phase = HAPPENING_OVER; /* it is kept for the rest of the cooldown */
        else
                episode_end(moment->engine, moment->elder, episode);
}

static void judge_cancel(const struct moment *moment, const struct plan_entry *entry,
                         const struct condition_happening *happening,
                         struct happening_state *state) {
        int64_t after_ms = moment->time_ms - state->event_time_ms;

        if (moment->event->flags & EVENT_UNAUTHENTICATED)
                return;
        if (!happening_waits(state) && state->phase != HAPPENING_RAISED)
                return;
        if (after_ms < -MOMENT_CANCEL_SKEW_MS ||
            after_ms > happening->confirm_ms + happening->hold_ms)
                return;
        tell(moment, entry, ALERT_CANCELLED, state_cause(state), state->confidence_pct,
             state->drill);
        state->phase = HAPPENING_CANCELLED;
}

/* A sign of life within the confirmation: no fall, or a harmless one. It may arrive late, but not after the alert,
 * which a person then closes. */
static void judge_sign(const struct moment *moment, const struct condition_happening *happening,
                       struct happening_state *state) {
        int64_t after_ms = moment->time_ms - state->event_time_ms;

        if (state->phase != HAPPENING_UNCONFIRMED && state->phase != HAPPENING_CONFIRMED)
                return;
        if (!moment->may_clear || after_ms < CONFIRM_SETTLE_MS || after_ms >= happening->confirm_ms)
                return;
        state->phase = HAPPENING_CANCELLED; /* nothing was reported */
        judge_dismissed(moment->engine);
}

void happening_answers(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_happening *happening) {
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_HAPPENING);
        bool is_so = moment->event->value != 0;

        if (!episode)
                return;
        if (entry->role == PLAN_ROLE_CAUSE || (entry->role == PLAN_ROLE_CLEAR && is_so))
                judge_clear(moment, entry, happening, episode);
        else if (entry->role == PLAN_ROLE_CANCEL && is_so)
                judge_cancel(moment, entry, happening, episode_happening(episode));
        else if (entry->role == PLAN_ROLE_CONFIRM && is_so)
                judge_sign(moment, happening, episode_happening(episode));
}

int64_t happening_due(struct moment_due *due, const struct plan_slot *slot,
                      const struct condition_happening *happening) {
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_HAPPENING);

        if (!episode || !happening_waits(episode_happening(episode)))
                return MOMENT_NEVER;

        struct happening_state *state = episode_happening(episode);
        uint8_t phase = state->phase;

        confirm_passed(state, happening, due->now_ms);
        due->changed |= state->phase != phase;

        int64_t ends_ms = partition_ends_ms(due->engine, due->elder, waits_until(state, happening));

        if (ends_ms > due->now_ms)
                return ends_ms;
        due->changed = true;
        raise_waiting(due->engine, due->elder, slot, state, happening, due->now_ms);
        return MOMENT_NEVER;
}

bool happening_is_active(const struct engine *engine, const struct elder *elder,
                         const struct plan_slot *slot) {
        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_HAPPENING);

        return episode && episode_happening(episode)->phase == HAPPENING_RAISED;
}

const char *happening_refuse(const struct rule *rule, const struct condition_happening *happening) {
        if (happening->kind == KIND_NONE || happening->kind >= KIND_LIMIT)
                return "an event needs a kind";
        if (happening->confidence_at_least_pct > 100 || happening->sure_pct > 100)
                return "a confidence is at most 100 per cent";
        if (happening->hold_ms < 0 || happening->cooldown_ms < 0 || happening->confirm_ms < 0)
                return "a duration cannot be negative";
        if (happening->kind == KIND_SOS && (happening->hold_ms > 0 || happening->confirm_ms > 0))
                return "an SOS is never held back";
        if (happening->confirm_ms > 0 && happening->confirm_ms <= CONFIRM_SETTLE_MS)
                return "a confirmation takes longer than the two seconds in which a fall still "
                       "moves";
        if (rule->class == ALERT_LIFE_SAFETY && happening->cooldown_ms > 0)
                return "a life-safety alert has no cooldown: each may be another one";
        if (rule_kinds_has(&happening->cancel_kinds, happening->kind) ||
            rule_kinds_has(&happening->confirm_kinds, happening->kind) ||
            rule_kinds_has(&happening->clear_kinds, happening->kind))
                return "an event cannot end what it raises";
        return NULL;
}

void happening_layer(struct condition_happening *onto, const struct condition_happening *from,
                     uint32_t set) {
        if (set >> RULE_SETTING_CONFIDENCE & 1)
                onto->confidence_at_least_pct = from->confidence_at_least_pct;
        if (set >> RULE_SETTING_HOLD & 1) {
                onto->hold_ms = from->hold_ms;
                onto->cancel_kinds = from->cancel_kinds;
        }
        if (set >> RULE_SETTING_CONFIRM & 1) {
                onto->confirm_ms = from->confirm_ms;
                onto->confirm_kinds = from->confirm_kinds;
                onto->sure_pct = from->sure_pct;
        }
        if (set >> RULE_SETTING_COOLDOWN & 1)
                onto->cooldown_ms = from->cooldown_ms;
}

void happening_kinds(const struct condition_happening *happening, struct condition_ops_kinds *ret) {
        ret->of[PLAN_ROLE_CLEAR] = happening->clear_kinds;
        if (happening->hold_ms > 0 || happening->confirm_ms > 0)
                ret->of[PLAN_ROLE_CANCEL] = happening->cancel_kinds;
        if (happening->confirm_ms > 0)
                ret->of[PLAN_ROLE_CONFIRM] = happening->confirm_kinds;
}

/* --- an event of the rule's kind ---------------------------------------------------------------- */

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        if (entry->role != PLAN_ROLE_CAUSE || moment->event->value == 0)
                happening_answers(moment, entry, &condition->happening);
        else if (condition_holds(condition, moment->elder, moment->time_ms))
                happening_begins(moment, entry, &condition->happening);
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        return happening_due(due, slot, &condition->happening);
}

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        return happening_refuse(rule, &condition->happening);
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        happening_layer(&onto->happening, &from->happening, set);
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], condition->happening.kind);
        happening_kinds(&condition->happening, ret);
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        /* Nobody can cancel an SOS, so no state is needed. */
        if (condition->happening.kind == KIND_SOS && condition->happening.cooldown_ms == 0)
                return;
        slot->form = RULE_FORM_HAPPENING;
        slot->episodes = 1u << RULE_FORM_HAPPENING;
        /* Without a hold too: an event that waited under the former rule set must still be raised. */
        slot->timed = 1;
}

static bool is_sound(const void *state) {
        const struct happening_state *happening = state;

        return happening->phase <= HAPPENING_CONFIRMED && happening->confidence_pct <= 100 &&
               happening->drill <= 1 && is_time(happening->event_time_ms) &&
               is_time(happening->received_time_ms);
}

static void set_back(void *state, int64_t by_ms) {
        struct happening_state *happening = state;

        time_set_back(&happening->event_time_ms, by_ms);
        time_set_back(&happening->received_time_ms, by_ms);
}

static bool waits(const void *state) {
        return happening_waits(state);
}

const struct form_ops happening_form = {
        EPISODE_FORM(struct happening_state),
        .is_sound = is_sound,
        .set_back = set_back,
        .waits = waits,
};

const struct condition_ops happening_ops = {
        .placeholders = PLACEHOLDER_BIT(ROOM) | PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE) |
                        PLACEHOLDER_BIT(CONFIDENCE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = happening_is_active,
};
