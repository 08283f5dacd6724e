/* SPDX-License-Identifier: MIT
 *
 * Count: at least n events within a time, such as four visits to the toilet in two hours at night, or three falls in
 * a week.
 *
 *      none ── one that counts ──▶ counting ── the number is reached ──▶ raised
 *        ▲                            │  ▲                                 │
 *        └── nothing within the time ─┘  └── fewer than half within it ────┘ (cleared)
 *
 * The window is in event time: an event at t is in it from t until t + within. So the order of arrival does not
 * matter, and a late event may complete a number in the past, which is raised as late. The window empties by the
 * clock.
 *
 * Only the newest RULE_COUNT_MAX times are kept, the most that a rule can ask for.
 */
#include "rules/eval/core/judge.h"

#include <math.h>
#include <string.h>

enum tally_phase { TALLY_COUNTING = 1, TALLY_RAISED };

/* The newest events that count, newest first. */
struct tally_state {
        uint64_t sequence; /* with boot and device: the event that completed the number */
        int64_t newest_ms; /* event time of the newest */
        int64_t keep_ms;   /* on our clock: nothing is forgotten earlier; 0: at once */
        uint32_t boot;
        uint8_t device;
        uint8_t phase; /* enum tally_phase */
        uint8_t count;
        uint8_t drill;
        uint32_t ago_ms[RULE_COUNT_MAX]; /* how long before the newest */
        uint8_t mark[RULE_COUNT_MAX];    /* part of its event_key(), to recognise the same event */
};

_Static_assert(sizeof(struct episode) + sizeof(struct tally_state) <= 128,
               "a tally is two cache lines");

static inline struct tally_state *episode_tally(struct episode *episode) {
        return (struct tally_state *)episode->state;
}

enum { NOT_COUNTED = -1 };

/* 40 days: fits into ago_ms with room to spare. */
#define WITHIN_MAX_MS (INT64_C(40) * 24 * 60 * 60 * 1000)

static struct moment_cause state_cause(const struct tally_state *state) {
        return (struct moment_cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
}

/* An event newer than all others: they are older by that much. */
static void shift(struct tally_state *state, int64_t time_ms) {
        int64_t by_ms = time_ms - state->newest_ms;

        for (uint8_t i = 0; i < state->count; i++) {
                if (by_ms + state->ago_ms[i] > UINT32_MAX) {
                        state->count = i;
                        break;
                }
                state->ago_ms[i] += (uint32_t)by_ms;
        }
        state->newest_ms = time_ms;
}

/* Return: its place, 0 for the newest; NOT_COUNTED: it is known already, or older than all that are kept. */
static int insert(struct tally_state *state, int64_t time_ms, uint8_t mark) {
        uint8_t at = 0;

        if (time_ms > state->newest_ms)
                shift(state, time_ms);

        int64_t ago_ms = state->newest_ms - time_ms;

        while (at < state->count && state->ago_ms[at] <= ago_ms) {
                if (state->ago_ms[at] == ago_ms && state->mark[at] == mark)
                        return NOT_COUNTED;
                at++;
        }
        if (at == RULE_COUNT_MAX || ago_ms > UINT32_MAX)
                return NOT_COUNTED;
        if (state->count < RULE_COUNT_MAX)
                state->count++;
        memmove(&state->ago_ms[at + 1], &state->ago_ms[at],
                (state->count - at - 1u) * sizeof(state->ago_ms[0]));
        memmove(&state->mark[at + 1], &state->mark[at], state->count - at - 1u);
        state->ago_ms[at] = (uint32_t)ago_ms;
        state->mark[at] = mark;
        return at;
}

/* How long the number took, in the first full window that contains the event at @place. Return: NOT_COUNTED if none
 * is full. */
static int64_t full_window_ms(const struct tally_state *state, const struct condition_count *count,
                              int place) {
        int first = place - count->at_least + 1;

        for (int i = first < 0 ? 0 : first; i <= place && i + count->at_least <= state->count;
             i++) {
                int64_t took_ms =
                        (int64_t)state->ago_ms[i + count->at_least - 1] - state->ago_ms[i];

                if (took_ms < count->within_ms)
                        return took_ms;
        }
        return NOT_COUNTED;
}

/* When fewer than half of the number are left in the window. */
static int64_t empties_ms(const struct tally_state *state, const struct condition_count *count) {
        uint8_t half = (uint8_t)((count->at_least + 1) / 2);

        if (state->count < half)
                return 0;
        return state->newest_ms - state->ago_ms[half - 1] + count->within_ms;
}

static int64_t next_ms(const struct tally_state *state, const struct condition_count *count) {
        int64_t due_ms = state->phase == TALLY_RAISED ? empties_ms(state, count)
                                                      : state->newest_ms + count->within_ms;

        return due_ms < state->keep_ms ? state->keep_ms : due_ms;
}

static void raise(const struct moment *moment, const struct plan_entry *entry,
                  const struct condition_count *count, struct tally_state *state, int64_t took_ms) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        const struct event *event = moment->event;

        state->phase = TALLY_RAISED;
        state->sequence = event_serial(event);
        state->boot = event->boot_id;
        state->device = moment->device;
        state->drill = (event->flags & EVENT_DRILL) != 0;
        judge_emit(moment->engine, moment->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_RAISED,
                           .cause = state_cause(state),
                           .event = event,
                           .event_time_ms = moment->time_ms,
                           .received_time_ms = moment->received_ms,
                           .now_ms = moment->now_ms,
                           .late_ms = moment->late_ms,
                           .kind = event->kind,
                           .value = count->at_least,
                           .limit = count->at_least,
                           .duration_ms = took_ms,
                           .samples = count->at_least,
                           .confidence_pct = event->confidence_pct,
                           .drill = state->drill,
                           .since_ms = moment->time_ms - took_ms,
                           .needed_ms = count->within_ms,
                           .needed_samples = count->at_least,
                   });
}

static void tell_cleared(struct moment_due *due, const struct plan_slot *slot,
                         const struct condition_count *count, const struct tally_state *state) {
        judge_emit(due->engine, due->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_CLEARED,
                           .cause = state_cause(state),
                           .event_time_ms = empties_ms(state, count),
                           .now_ms = due->now_ms,
                           .value = NAN,
                           .limit = count->at_least,
                           .duration_ms = due->now_ms - state->newest_ms,
                           .samples = state->count,
                           .confidence_pct = 100,
                           .drill = state->drill,
                   });
}

/* The window emptied before this event came, but no tick has noticed it, because the engine was down or behind. The
 * event must not keep alive what was over. */
static void settle(const struct moment *moment, const struct plan_entry *entry,
                   const struct condition_count *count, struct tally_state *state) {
        struct moment_due due = {
                .engine = moment->engine, .elder = moment->elder, .now_ms = moment->now_ms};

        if (state->phase != TALLY_RAISED || moment->time_ms < next_ms(state, count))
                return;
        tell_cleared(&due, &moment->elder->plan->slots[entry->slot], count, state);
        state->phase = TALLY_COUNTING;
}

static struct episode *begin(const struct moment *moment, const struct plan_entry *entry) {
        struct episode *episode = episode_begin(moment->engine, moment->elder, entry->id_hash,
                                                CONDITION_COUNT, RULE_FORM_TALLY);

        if (!episode)
                return NULL;
        episode_tally(episode)->phase = TALLY_COUNTING;
        episode_tally(episode)->newest_ms = moment->time_ms;
        return episode;
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_count *count = &condition->count;

        if (entry->role != PLAN_ROLE_CAUSE || moment->event->value == 0 ||
            !moment_in_room(moment, count->room) ||
            !condition_holds(condition, moment->elder, moment->time_ms))
                return;

        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_TALLY);

        if (!episode)
                episode = begin(moment, entry);
        if (!episode)
                return;

        struct tally_state *state = episode_tally(episode);

        settle(moment, entry, count, state);

        int place = insert(state, moment->time_ms, (uint8_t)event_key(moment->event));

        if (place == NOT_COUNTED)
                return;

        int64_t took_ms = full_window_ms(state, count, place);

        if (state->phase == TALLY_COUNTING && took_ms != NOT_COUNTED)
                raise(moment, entry, count, state, took_ms);
        /* Stored events of a device arrive together: the first must not be forgotten before the last has come. */
        if (moment->buffered && moment->time_ms + count->within_ms <= moment->now_ms)
                state->keep_ms = moment->now_ms + MOMENT_BATCH_MS;
        moment_arm(moment, entry, next_ms(state, count));
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_count *count = &condition->count;
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_TALLY);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);

        if (!episode)
                return MOMENT_NEVER;

        struct tally_state *state = episode_tally(episode);

        for (;;) {
                int64_t look_ms = next_ms(state, count);

                look_ms = look_ms < hears_ms ? hears_ms : look_ms;
                if (look_ms > due->now_ms)
                        return look_ms;
                due->changed = true;
                if (state->phase == TALLY_COUNTING)
                        break;
                tell_cleared(due, slot, count, state);
                state->phase = TALLY_COUNTING;
        }
        episode_end(due->engine, due->elder, episode);
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_TALLY);

        return episode && episode_tally(episode)->phase == TALLY_RAISED;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        static const struct rule_kinds none;
        const struct condition_count *count = &condition->count;

        if (memcmp(&count->kinds, &none, sizeof(none)) == 0)
                return "a count needs events";
        if (count->at_least < 2 || count->at_least > RULE_COUNT_MAX)
                return "a count is of two to sixteen events";
        if (count->within_ms <= 0 || count->within_ms > WITHIN_MAX_MS)
                return "a count is within a time of at most 40 days";
        if (!memchr(count->room, '\0', sizeof(count->room)))
                return "a room's name is too long";
        return NULL;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (set >> RULE_SETTING_AT_LEAST & 1)
                onto->count.at_least = from->count.at_least;
        if (set >> RULE_SETTING_WITHIN & 1)
                onto->count.within_ms = from->count.within_ms;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        ret->of[PLAN_ROLE_CAUSE] = condition->count.kinds;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_TALLY;
        slot->episodes = 1u << RULE_FORM_TALLY;
        slot->timed = 1;
}

static bool is_sound(const void *state) {
        const struct tally_state *tally = state;

        for (uint8_t i = 1; i < RULE_COUNT_MAX; i++)
                if (i < tally->count && tally->ago_ms[i] < tally->ago_ms[i - 1])
                        return false;
        return is_time(tally->newest_ms) && is_time(tally->keep_ms) && tally->count > 0 &&
               tally->count <= RULE_COUNT_MAX && tally->ago_ms[0] == 0 &&
               tally->phase >= TALLY_COUNTING && tally->phase <= TALLY_RAISED && tally->drill <= 1;
}

static void set_back(void *state, int64_t by_ms) {
        struct tally_state *tally = state;

        time_set_back(&tally->newest_ms, by_ms);
        time_set_back(&tally->keep_ms, by_ms);
}

const struct form_ops tally_form = {
        EPISODE_FORM(struct tally_state),
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct condition_ops count_ops = {
        .placeholders = PLACEHOLDER_BIT(COUNT) | PLACEHOLDER_BIT(LIMIT) | PLACEHOLDER_BIT(ROOM) |
                        PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
