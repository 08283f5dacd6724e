/* SPDX-License-Identifier: MIT
 *
 * Sequence: one event and then another, or one event and then not another, each within its time.
 *
 *      none ── step 1 … ──▶ under way ── the last step ──────────▶ raised ── its time passes ──▶ none (cleared)
 *                               │
 *                               └── the missing one has not come ▶ raised ── it comes ──▶ none (cleared)
 *
 * A step counts from the newest event of the step before, so that whatever fits is found. The wait for an absent step
 * is different: it counts from the first event. If an elder is out of bed at 02:00 and not back by 02:20, that is
 * raised at 02:20, however often the mat reports "out" in between; otherwise it would never be raised. Only after the
 * awaited event has come does a later first event begin a new wait.
 *
 * A raised alert stays until the awaited event comes. If that event is lost, the next night must still be raised: an
 * event at least an hour after the end of the wait (or the length of the wait, if that is longer) begins a new wait,
 * and the former alert stays with alerting until a person closes it.
 *
 * Times are event times, so a late event is put where it belongs: an awaited event that came in time ends the wait,
 * however late we learn of it. The wait itself ends by the clock.
 */
#include "rules/eval/core/judge.h"

#include <math.h>
#include <string.h>

enum sequence_phase { SEQUENCE_UNDER_WAY = 1, SEQUENCE_RAISED };

struct sequence_state {
        uint64_t sequence; /* with boot and device: what began the wait, or completed the whole */
        int64_t reached_ms[RULE_STEPS_MAX]; /* event time when step n was reached; 0: not yet */
        int64_t again_ms; /* latest event during the wait that can begin a new one; 0: none */
        uint64_t again_sequence;
        int64_t seen_ms;   /* event time of a last step that came before its predecessor; 0: none */
        int64_t decide_ms; /* on our clock: nothing is decided earlier; 0: at once */
        uint32_t boot;
        uint32_t again_boot;
        uint16_t kind;
        uint8_t device; /* of @sequence and of @again_sequence */
        uint8_t phase;  /* enum sequence_phase */
        uint8_t drill;
        uint8_t reserved[3];
};

_Static_assert(sizeof(struct episode) + sizeof(struct sequence_state) <= 128,
               "a sequence is two cache lines");

static inline struct sequence_state *episode_sequence(struct episode *episode) {
        return (struct sequence_state *)episode->state;
}

enum { ANEW_MS = 60 * 60 * 1000 };

static uint8_t last_step(const struct condition_sequence *sequence) {
        return (uint8_t)(sequence->step_count - 1);
}

static bool waits(const struct condition_sequence *sequence) {
        return sequence->steps[last_step(sequence)].absent;
}

/* Since when the absent step is waited for; 0: it is not. */
static int64_t *wait_of(struct sequence_state *state, const struct condition_sequence *sequence) {
        return &state->reached_ms[last_step(sequence) - 1];
}

static bool is_within(int64_t time_ms, int64_t from_ms, int64_t within_ms) {
        return from_ms != 0 && time_ms >= from_ms && time_ms - from_ms < within_ms;
}

static bool is_step(const struct moment *moment, const struct condition_sequence_step *step) {
        return rule_kinds_has(&step->kinds, moment->event->kind) &&
               moment_in_room(moment, step->room) &&
               (step->elsewhere[0] == '\0' || !moment_in_room(moment, step->elsewhere));
}

static void note_cause(struct sequence_state *state, const struct moment *moment) {
        state->sequence = event_serial(moment->event);
        state->boot = moment->event->boot_id;
        state->device = moment->device;
        state->kind = moment->event->kind;
        state->drill = (moment->event->flags & EVENT_DRILL) != 0;
}

static struct moment_cause state_cause(const struct sequence_state *state) {
        return (struct moment_cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_sequence *sequence, const struct sequence_state *state,
                 enum alert_transition transition, int64_t duration_ms) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];

        judge_emit(moment->engine, moment->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = transition,
                           .cause = state_cause(state),
                           .event = moment->event,
                           .event_time_ms = moment->time_ms,
                           .received_time_ms = moment->received_ms,
                           .now_ms = moment->now_ms,
                           .late_ms = moment->late_ms,
                           .kind = moment->event->kind,
                           .value = NAN,
                           .limit = NAN,
                           .duration_ms = duration_ms,
                           .since_ms = moment->time_ms - duration_ms,
                           .samples = sequence->step_count,
                           .confidence_pct = moment->event->confidence_pct,
                           .drill = state->drill,
                   });
}

/* The awaited event has not come in time. */
static void raise_missing(struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot, const struct condition_sequence *sequence,
                          struct sequence_state *state, int64_t now_ms) {
        int64_t within_ms = sequence->steps[last_step(sequence)].within_ms;
        int64_t due_ms = *wait_of(state, sequence) + within_ms;

        state->phase = SEQUENCE_RAISED;
        judge_emit(engine, elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_RAISED,
                           .cause = state_cause(state),
                           .event_time_ms = due_ms,
                           .now_ms = now_ms,
                           .late_ms = now_ms - due_ms > MOMENT_LATE_MS ? now_ms - due_ms : 0,
                           .kind = state->kind,
                           .value = NAN,
                           .limit = (double)within_ms / 1000,
                           .duration_ms = now_ms - due_ms + within_ms,
                           .since_ms = due_ms - within_ms,
                           .needed_ms = within_ms,
                           .samples = sequence->step_count - 1u,
                           .confidence_pct = 100,
                           .drill = state->drill,
                   });
}

/* Until when the state may still matter. */
static int64_t ends_ms(const struct condition_sequence *sequence,
                       const struct sequence_state *state) {
        int64_t ends = state->decide_ms;

        for (uint8_t i = 0; i < last_step(sequence); i++) {
                int64_t within_ms = sequence->steps[i + 1].within_ms;

                if (state->reached_ms[i] && state->reached_ms[i] + within_ms > ends)
                        ends = state->reached_ms[i] + within_ms;
        }
        if (state->seen_ms &&
            state->seen_ms + sequence->steps[last_step(sequence)].within_ms > ends)
                ends = state->seen_ms + sequence->steps[last_step(sequence)].within_ms;
        return ends;
}

/* When there is something to decide: the wait ends, or what was raised ends, or nothing is left to wait for. */
static int64_t decides_ms(const struct condition_sequence *sequence, struct sequence_state *state) {
        const struct condition_sequence_step *last = &sequence->steps[last_step(sequence)];

        if (state->phase == SEQUENCE_RAISED)
                return last->absent ? MOMENT_NEVER
                                    : state->reached_ms[last_step(sequence)] + last->within_ms;
        if (last->absent && *wait_of(state, sequence))
                return *wait_of(state, sequence) + last->within_ms;
        return ends_ms(sequence, state);
}

static void begin_wait(const struct moment *moment, const struct condition_sequence *sequence,
                       struct sequence_state *state) {
        int64_t *since_ms = wait_of(state, sequence);
        int64_t within_ms = sequence->steps[last_step(sequence)].within_ms;
        int64_t anew_ms = *since_ms + within_ms + (within_ms > ANEW_MS ? within_ms : ANEW_MS);

        if (is_within(state->seen_ms, moment->time_ms, within_ms))
                return; /* the awaited event overtook this one */
        if (*since_ms && !(state->phase == SEQUENCE_RAISED && moment->time_ms >= anew_ms)) {
                if (moment->time_ms > *since_ms && moment->time_ms > state->again_ms &&
                    moment->device == state->device) {
                        state->again_ms = moment->time_ms;
                        state->again_sequence = event_serial(moment->event);
                        state->again_boot = moment->event->boot_id;
                }
                return;
        }
        state->phase = SEQUENCE_UNDER_WAY;
        state->again_ms = 0;
        *since_ms = moment->time_ms;
        note_cause(state, moment);
}

static void tell_over(struct moment_due *due, const struct plan_slot *slot,
                      const struct condition_sequence *sequence, const struct sequence_state *state,
                      int64_t over_ms) {
        judge_emit(due->engine, due->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_CLEARED,
                           .cause = state_cause(state),
                           .event_time_ms = over_ms,
                           .now_ms = due->now_ms,
                           .kind = state->kind,
                           .value = NAN,
                           .limit = NAN,
                           .duration_ms = due->now_ms - state->reached_ms[last_step(sequence)],
                           .samples = sequence->step_count,
                           .confidence_pct = 100,
                           .drill = state->drill,
                   });
}

/* What was raised ended before this event came, but no tick has noticed it, because the engine was down or behind.
 * The event must not keep alive what was over. */
static void settle(const struct moment *moment, const struct plan_entry *entry,
                   const struct condition_sequence *sequence, struct sequence_state *state) {
        struct moment_due due = {
                .engine = moment->engine, .elder = moment->elder, .now_ms = moment->now_ms};
        int64_t over_ms = decides_ms(sequence, state);

        if (state->phase != SEQUENCE_RAISED || moment->time_ms < over_ms ||
            moment->now_ms < state->decide_ms)
                return;
        tell_over(&due, &moment->elder->plan->slots[entry->slot], sequence, state, over_ms);
        state->phase = SEQUENCE_UNDER_WAY;
        state->reached_ms[last_step(sequence)] = 0;
}

/* The awaited event came at @time_ms: a later first event counts from now on. */
static void end_wait(struct sequence_state *state, int64_t *since_ms, int64_t time_ms) {
        state->phase = SEQUENCE_UNDER_WAY;
        *since_ms = 0;
        if (state->again_ms > time_ms) {
                *since_ms = state->again_ms;
                state->sequence = state->again_sequence;
                state->boot = state->again_boot;
        }
        state->again_ms = 0;
}

/* The awaited event came, in time or after the alert. */
static void judge_missing(const struct moment *moment, const struct plan_entry *entry,
                          const struct condition_sequence *sequence, struct sequence_state *state) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        int64_t *since_ms = wait_of(state, sequence);
        bool in_time = is_within(moment->time_ms, *since_ms,
                                 sequence->steps[last_step(sequence)].within_ms);

        if (moment->event->flags & EVENT_UNAUTHENTICATED)
                return;
        if (entry->bit && moment->time_ms > state->seen_ms)
                state->seen_ms = moment->time_ms;
        if (*since_ms == 0 || moment->time_ms < *since_ms || !(in_time || moment->may_clear))
                return;
        /* If we are behind, the event was missing when its time ended, and our lag must not hide that. */
        if (!in_time && state->phase == SEQUENCE_UNDER_WAY)
                raise_missing(moment->engine, moment->elder, slot, sequence, state, moment->now_ms);
        if (state->phase == SEQUENCE_RAISED)
                tell(moment, entry, sequence, state, ALERT_CLEARED, moment->time_ms - *since_ms);
        end_wait(state, since_ms, moment->time_ms);
}

/* The sequence is complete, with the last step at @time_ms. */
static void complete(const struct moment *moment, const struct plan_entry *entry,
                     const struct condition_sequence *sequence, struct sequence_state *state,
                     int64_t time_ms) {
        uint8_t last = last_step(sequence);

        if (time_ms > state->reached_ms[last])
                state->reached_ms[last] = time_ms;
        if (state->phase == SEQUENCE_RAISED)
                return;
        state->phase = SEQUENCE_RAISED;
        note_cause(state, moment);
        tell(moment, entry, sequence, state, ALERT_RAISED, time_ms - state->reached_ms[last - 1]);
}

static void judge_step(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_sequence *sequence, struct sequence_state *state,
                       uint8_t step) {
        uint8_t last = last_step(sequence);
        int64_t time_ms = moment->time_ms;

        if (step > 0 &&
            !is_within(time_ms, state->reached_ms[step - 1], sequence->steps[step].within_ms)) {
                if (step == last && entry->bit && time_ms > state->seen_ms)
                        state->seen_ms = time_ms;
                return;
        }
        if (step == last) {
                complete(moment, entry, sequence, state, time_ms);
                return;
        }
        if (waits(sequence) && step == last - 1) {
                begin_wait(moment, sequence, state);
                return;
        }
        if (time_ms > state->reached_ms[step])
                state->reached_ms[step] = time_ms;
        if (step == last - 1 && is_within(state->seen_ms, time_ms, sequence->steps[last].within_ms))
                complete(moment, entry, sequence, state, state->seen_ms);
}

/* Is it the first step, or a last one that may have overtaken the one before? */
static bool may_begin(const struct moment *moment, const struct plan_entry *entry,
                      const struct condition_sequence *sequence) {
        return is_step(moment, &sequence->steps[0]) ||
               (entry->bit && is_step(moment, &sequence->steps[last_step(sequence)]));
}

/* From the last step to the first, so that one event is never its own successor. */
static void judge_steps(const struct moment *moment, const struct plan_entry *entry,
                        const struct rule_condition *condition, struct sequence_state *state) {
        const struct condition_sequence *sequence = &condition->sequence;
        bool holds = condition_holds(condition, moment->elder, moment->time_ms);

        for (uint8_t i = sequence->step_count; i-- > 0;) {
                if (!is_step(moment, &sequence->steps[i]))
                        continue;
                if (sequence->steps[i].absent)
                        judge_missing(moment, entry, sequence, state);
                else if (holds)
                        judge_step(moment, entry, sequence, state, i);
        }
}

/* Is nothing left to remember? */
static bool is_over(const struct condition_sequence *sequence, const struct sequence_state *state) {
        for (uint8_t i = 0; i < last_step(sequence); i++)
                if (state->reached_ms[i])
                        return false;
        return state->seen_ms == 0 && state->phase != SEQUENCE_RAISED;
}

/* Stored events of a device arrive together: wait for the rest of them before anything is decided. */
static void look_again(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_sequence *sequence, struct sequence_state *state) {
        int64_t due_ms = decides_ms(sequence, state);

        if (due_ms <= moment->now_ms && moment->buffered)
                due_ms = state->decide_ms = moment->now_ms + MOMENT_BATCH_MS;
        if (due_ms != MOMENT_NEVER)
                moment_arm(moment, entry, due_ms);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_sequence *sequence = &condition->sequence;
        struct episode *episode;

        if (entry->role != PLAN_ROLE_CAUSE || moment->event->value == 0)
                return;
        episode = episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_SEQUENCE);
        if (!episode) {
                if (!may_begin(moment, entry, sequence))
                        return;
                episode = episode_begin(moment->engine, moment->elder, entry->id_hash,
                                        CONDITION_SEQUENCE, RULE_FORM_SEQUENCE);
                if (!episode)
                        return;
                episode_sequence(episode)->phase = SEQUENCE_UNDER_WAY;
        }

        struct sequence_state *state = episode_sequence(episode);

        settle(moment, entry, sequence, state);
        judge_steps(moment, entry, condition, state);
        if (is_over(sequence, state))
                episode_end(moment->engine, moment->elder, episode);
        else
                look_again(moment, entry, sequence, state);
}

/* --- deadlines ---------------------------------------------------------------------------------- */

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_sequence *sequence = &condition->sequence;
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_SEQUENCE);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);

        if (!episode)
                return MOMENT_NEVER;

        struct sequence_state *state = episode_sequence(episode);
        int64_t due_ms = decides_ms(sequence, state);
        int64_t look_ms = due_ms < hears_ms ? hears_ms : due_ms;

        look_ms = look_ms < state->decide_ms ? state->decide_ms : look_ms;
        if (look_ms > due->now_ms)
                return look_ms;
        due->changed = true;
        if (state->phase == SEQUENCE_RAISED)
                tell_over(due, slot, sequence, state, due_ms);
        else if (waits(sequence) && *wait_of(state, sequence) &&
                 condition_holds(condition, due->elder, due_ms)) {
                raise_missing(due->engine, due->elder, slot, sequence, state, due->now_ms);
                return MOMENT_NEVER;
        }
        episode_end(due->engine, due->elder, episode);
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_SEQUENCE);

        return episode && episode_sequence(episode)->phase == SEQUENCE_RAISED;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        static const struct rule_kinds none;
        const struct condition_sequence *sequence = &condition->sequence;

        if (sequence->step_count < 2 || sequence->step_count > RULE_STEPS_MAX)
                return "a sequence has two to four steps";
        for (uint8_t i = 0; i < sequence->step_count; i++) {
                const struct condition_sequence_step *step = &sequence->steps[i];

                if (memcmp(&step->kinds, &none, sizeof(none)) == 0)
                        return "each step of a sequence needs an event";
                if (!memchr(step->room, '\0', sizeof(step->room)) ||
                    !memchr(step->elsewhere, '\0', sizeof(step->elsewhere)))
                        return "a room's name is too long";
                if (i > 0 && step->within_ms <= 0)
                        return "each step after the first needs a time within which it comes";
                if (step->absent && i != last_step(sequence))
                        return "only the last step of a sequence can be one that does not come";
        }
        return NULL;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (!(set >> RULE_SETTING_WITHIN & 1))
                return;
        for (uint8_t i = 0; i < onto->sequence.step_count; i++)
                onto->sequence.steps[i].within_ms = from->sequence.steps[i].within_ms;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        for (uint8_t i = 0; i < condition->sequence.step_count; i++)
                for (size_t k = 0; k < KIND_LIMIT / 64; k++)
                        ret->of[PLAN_ROLE_CAUSE].bits[k] |=
                                condition->sequence.steps[i].kinds.bits[k];
}

static bool is_of_lane(const struct rule_kinds *set, enum lane lane) {
        for (uint32_t kind = 0; kind < KIND_LIMIT; kind++) {
                const struct event_kind_info *info =
                        rule_kinds_has(set, kind) ? event_kind_info(kind) : NULL;

                if (info && info->lane == lane)
                        return true;
        }
        return false;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        const struct condition_sequence *sequence = &condition->sequence;
        uint8_t last = last_step(sequence);

        slot->form = RULE_FORM_SEQUENCE;
        slot->episodes = 1u << RULE_FORM_SEQUENCE;
        slot->timed = 1;
        /* The alarm lane is the faster one: a last step in it may arrive before the step before it. */
        slot->bit = is_of_lane(&sequence->steps[last].kinds, LANE_ALARM) &&
                    is_of_lane(&sequence->steps[last - 1].kinds, LANE_TELEMETRY);
}

static bool is_sound(const void *state) {
        const struct sequence_state *sequence = state;

        for (uint8_t i = 0; i < RULE_STEPS_MAX; i++)
                if (!is_time(sequence->reached_ms[i]))
                        return false;
        return is_time(sequence->again_ms) && is_time(sequence->seen_ms) &&
               is_time(sequence->decide_ms) && sequence->phase >= SEQUENCE_UNDER_WAY &&
               sequence->phase <= SEQUENCE_RAISED && sequence->drill <= 1;
}

static void set_back(void *state, int64_t by_ms) {
        struct sequence_state *sequence = state;

        for (uint8_t i = 0; i < RULE_STEPS_MAX; i++)
                time_set_back(&sequence->reached_ms[i], by_ms);
        time_set_back(&sequence->again_ms, by_ms);
        time_set_back(&sequence->seen_ms, by_ms);
        time_set_back(&sequence->decide_ms, by_ms);
}

const struct form_ops sequence_form = {
        EPISODE_FORM(struct sequence_state),
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct condition_ops sequence_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(ROOM) |
                        PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
