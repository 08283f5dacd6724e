/* SPDX-License-Identifier: MIT
 *
 * Parts (all: and any:): enough of two to four parts are true at one time. A part is a limit on a vital, or an event.
 * It is true for a time after the reading or event that satisfies it, or until one that contradicts it.
 *
 *      apart ── enough are true ──▶ pending ── `for` ──▶ active
 *        ▲                             │                    │
 *        └── too few are true any more ┴────────────────────┘ (cleared)
 *
 * Events do not repeat (a door that stays open reports that once), so `for` is completed by the clock as well as by
 * an event, and a part expires by the clock.
 *
 * Late events are not used: what is true at one time is decided by events that arrived in time.
 */
#include "rules/eval/core/lasting.h"

#include <math.h>

/* What the newest reading or event of each part said. */
struct parts_state {
        int64_t seen_ms[RULE_PARTS_MAX]; /* event time; 0: nothing yet */
        uint32_t mark; /* of the kinds of the parts: differs if the rule has other parts */
        uint8_t holds; /* bit n: part n was satisfied */
        uint8_t reserved[3];
};

_Static_assert(sizeof(struct parts_state) == 40, "checkpoints hold it as it is");

static struct lasting_need need_of(const struct condition_parts *parts) {
        return (struct lasting_need){parts->for_ms, parts->needed, 0};
}

static bool is_limit(const struct condition_part *part) {
        return !isnan(part->above) || !isnan(part->below);
}

static bool makes_true(const struct condition_part *part, double value) {
        return is_limit(part) ? value > part->above || value < part->below : value != 0;
}

/* Until when the part is true, as far as is known; 0: it is not. */
static int64_t true_until(const struct condition_parts *parts, const struct parts_state *state,
                          uint8_t part) {
        return state->holds >> part & 1 ? state->seen_ms[part] + parts->within_ms : 0;
}

static uint8_t count_true(const struct condition_parts *parts, const struct parts_state *state,
                          int64_t time_ms) {
        uint8_t count = 0;

        for (uint8_t i = 0; i < parts->part_count; i++)
                count += true_until(parts, state, i) >= time_ms;
        return count;
}

/* Until when enough of them are true: the @needed-th latest of their ends. */
static int64_t enough_until(const struct condition_parts *parts, const struct parts_state *state) {
        int64_t until_ms = 0;

        for (uint8_t i = 0; i < parts->part_count; i++) {
                int64_t end_ms = true_until(parts, state, i);

                if (end_ms > until_ms && count_true(parts, state, end_ms) >= parts->needed)
                        until_ms = end_ms;
        }
        return until_ms;
}

/* The rule has other parts than those remembered: nothing is known of them. */
static void begin_anew(const struct condition_parts *parts, struct parts_state *state) {
        uint32_t mark = 1;

        for (uint8_t i = 0; i < parts->part_count; i++)
                mark = mark * 257 + parts->parts[i].kind;
        if (state->mark != mark)
                *state = (struct parts_state){.mark = mark};
}

/* Return: whether the event concerns a part; *ret_limit: the limit that it is beyond, if any. */
static bool take_event(const struct moment *moment, const struct condition_parts *parts,
                       struct parts_state *state, double *ret_limit) {
        const struct event *event = moment->event;
        bool any = false;

        for (uint8_t i = 0; i < parts->part_count; i++) {
                const struct condition_part *part = &parts->parts[i];
                bool is_true = makes_true(part, event->value);

                if (part->kind != event->kind || moment->time_ms < state->seen_ms[i] ||
                    !moment_in_room(moment, part->room) || (!is_true && !moment->may_clear))
                        continue;
                any = true;
                state->seen_ms[i] = moment->time_ms;
                state->holds &= (uint8_t) ~(1u << i);
                state->holds |= (uint8_t)(is_true << i);
                if (is_true && is_limit(part))
                        *ret_limit = event->value > part->above ? part->above : part->below;
        }
        return any;
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_parts *parts, const struct lasting_state *lasting,
                 uint8_t count, double limit, enum alert_transition transition) {
        const struct lasting_need need = need_of(parts);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               lasting, &need, transition);

        finding.limit = limit;
        finding.samples = count;
        judge_emit(moment->engine, moment->elder, &finding);
}

static void judge_enough(const struct moment *moment, const struct plan_entry *entry,
                         const struct rule_condition *condition, struct lasting_state *lasting,
                         uint8_t count, double limit) {
        const struct condition_parts *parts = &condition->parts;

        if (lasting->phase == LASTING_PENDING &&
            !lasting_same_slot(condition, moment->elder, lasting->since_ms, moment->time_ms))
                lasting_restart(lasting, moment);
        if (moment->time_ms > lasting->newest_ms)
                lasting->newest_ms = moment->time_ms;
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == LASTING_ACTIVE ||
            lasting->newest_ms - lasting->since_ms < parts->for_ms)
                return;
        lasting->phase = LASTING_ACTIVE;
        tell(moment, entry, parts, lasting, count, limit, ALERT_RAISED);
}

/* Arm a deadline for what comes first: `for` is completed, or too few parts are left. */
static void arm(const struct moment *moment, const struct plan_entry *entry,
                const struct condition_parts *parts, const struct parts_state *state,
                const struct lasting_state *lasting) {
        int64_t due_ms = enough_until(parts, state) + 1;

        if (lasting->phase == LASTING_PENDING && lasting->since_ms + parts->for_ms < due_ms)
                due_ms = lasting->since_ms + parts->for_ms;
        moment_arm(moment, entry, due_ms);
}

/* Too few parts are true. */
static void judge_apart(const struct moment *moment, const struct plan_entry *entry,
                        const struct condition_parts *parts, struct episode *episode,
                        uint8_t count) {
        struct lasting_state *lasting = episode_vital(episode);

        if (!moment->may_clear)
                return; /* a part that expires has a deadline */
        lasting_keep(lasting, moment->time_ms, moment->event->value);
        if (lasting->phase == LASTING_ACTIVE)
                tell(moment, entry, parts, lasting, count, NAN, ALERT_CLEARED);
        episode_end(moment->engine, moment->elder, episode);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_parts *parts = &condition->parts;
        struct parts_state *state = elder_state(moment->elder, entry->offset);
        double limit = NAN;

        if (entry->role != PLAN_ROLE_CAUSE || moment->buffered ||
            moment->event->validity != EVENT_VALIDITY_VALID || isnan(moment->event->value) ||
            !is_time(moment->time_ms))
                return;
        begin_anew(parts, state);

        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_VITAL);

        /* Too few parts were true in between, and no tick has noticed it. */
        if (episode && enough_until(parts, state) < moment->time_ms) {
                judge_apart(moment, entry, parts, episode,
                            count_true(parts, state, moment->time_ms));
                episode = episode_find(moment->engine, moment->elder, entry->id_hash,
                                       RULE_FORM_VITAL);
        }
        if (!take_event(moment, parts, state, &limit))
                return;

        uint8_t count = count_true(parts, state, moment->time_ms);
        bool holds = condition_holds(condition, moment->elder, moment->time_ms);

        if (count < parts->needed) {
                if (episode)
                        judge_apart(moment, entry, parts, episode, count);
                return;
        }
        if (!holds && episode && episode_vital(episode)->phase == LASTING_PENDING) {
                episode_end(moment->engine, moment->elder, episode);
                return;
        }
        if (holds && !episode)
                episode = lasting_begin(moment, entry, RULE_FORM_VITAL);
        if (!episode)
                return;
        if (holds)
                judge_enough(moment, entry, condition, episode_vital(episode), count, limit);
        arm(moment, entry, parts, state, episode_vital(episode));
}

/* --- deadlines ------------------------------------------------------------------------------------ */

static void tell_due(struct moment_due *due, const struct plan_slot *slot,
                     const struct condition_parts *parts, const struct lasting_state *lasting,
                     int64_t event_time_ms, enum alert_transition transition) {
        const struct parts_state *state = elder_state(due->elder, slot->offset);
        const struct lasting_need need = need_of(parts);
        struct finding finding =
                lasting_found_due(due, slot, lasting, &need, event_time_ms, transition);

        finding.samples = count_true(parts, state, event_time_ms);
        judge_emit(due->engine, due->elder, &finding);
        due->changed = true;
}

/* Has a pending duration been completed by the clock? Return: when it will be; MOMENT_NEVER once it is raised. */
static int64_t complete(struct moment_due *due, const struct plan_slot *slot,
                        const struct rule_condition *condition, struct lasting_state *lasting,
                        int64_t until_ms) {
        int64_t complete_ms = lasting->since_ms + condition->parts.for_ms;
        int64_t settled_ms = partition_settled_ms(due->engine, due->elder);
        int64_t due_ms = complete_ms > settled_ms ? complete_ms : settled_ms;

        if (complete_ms > until_ms)
                return MOMENT_NEVER; /* too few parts are left before that */
        if (due_ms > due->now_ms)
                return due_ms;
        if (condition_holds(condition, due->elder, complete_ms) &&
            lasting_same_slot(condition, due->elder, lasting->since_ms, complete_ms)) {
                lasting->phase = LASTING_ACTIVE;
                tell_due(due, slot, &condition->parts, lasting, complete_ms, ALERT_RAISED);
        }
        return MOMENT_NEVER;
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_parts *parts = &condition->parts;
        struct parts_state *state = elder_state(due->elder, slot->offset);
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_VITAL);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);
        int64_t next_ms = MOMENT_NEVER;

        if (!episode)
                return MOMENT_NEVER;
        begin_anew(parts, state);

        struct lasting_state *lasting = episode_vital(episode);
        int64_t until_ms = enough_until(parts, state);
        int64_t ends_ms = until_ms + 1 > hears_ms ? until_ms + 1 : hears_ms;

        /* A duration that was completed and ended while nobody watched is not raised afterwards. */
        if (lasting->phase == LASTING_PENDING && due->now_ms < until_ms + MOMENT_WATCHED_MS)
                next_ms = complete(due, slot, condition, lasting, until_ms);
        if (ends_ms > due->now_ms)
                return ends_ms < next_ms ? ends_ms : next_ms;
        if (lasting->phase == LASTING_ACTIVE)
                tell_due(due, slot, parts, lasting, until_ms, ALERT_CLEARED);
        episode_end(due->engine, due->elder, episode);
        due->changed = true;
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_VITAL);

        return episode && episode_vital(episode)->phase == LASTING_ACTIVE;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse_part(const struct condition_part *part) {
        const struct event_kind_info *info = event_kind_info(part->kind);

        if (!info)
                return "a part needs a kind";
        if (!isnan(part->above) && !isnan(part->below) && part->below >= part->above)
                return "below must be lower than above";
        if (isinf(part->above) || isinf(part->below))
                return "a limit of a part is a number";
        if (is_limit(part) == (info->shape != KIND_SHAPE_VITAL))
                return "a part on a vital has a limit, one on an event has none";
        return NULL;
}

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_parts *parts = &condition->parts;

        if (parts->part_count < 2 || parts->part_count > RULE_PARTS_MAX)
                return "all: and any: have two to four parts";
        if (parts->needed < 1 || parts->needed > parts->part_count)
                return "at least one of the parts is needed, at most all";
        if (parts->within_ms <= 0)
                return "parts need a time for which they are true";
        if (parts->for_ms < 0)
                return "a duration cannot be negative";
        for (uint8_t i = 0; i < parts->part_count; i++) {
                const char *why = refuse_part(&parts->parts[i]);

                if (why)
                        return why;
        }
        return NULL;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (set >> RULE_SETTING_FOR & 1)
                onto->parts.for_ms = from->parts.for_ms;
        if (set >> RULE_SETTING_WITHIN & 1)
                onto->parts.within_ms = from->parts.within_ms;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        for (uint8_t i = 0; i < condition->parts.part_count; i++)
                rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], condition->parts.parts[i].kind);
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_VITAL;
        slot->block = RULE_FORM_PARTS;
        slot->episodes = 1u << RULE_FORM_VITAL;
        slot->timed = 1;
}

static bool is_sound(const void *state) {
        const struct parts_state *parts = state;

        for (uint8_t i = 0; i < RULE_PARTS_MAX; i++)
                if (!is_time(parts->seen_ms[i]))
                        return false;
        return parts->holds < 1u << RULE_PARTS_MAX;
}

static void set_back(void *state, int64_t by_ms) {
        struct parts_state *parts = state;

        for (uint8_t i = 0; i < RULE_PARTS_MAX; i++)
                time_set_back(&parts->seen_ms[i], by_ms);
}

const struct form_ops parts_form = {
        .bytes = FORM_BYTES(struct parts_state),
        .device_at = FORM_NO_DEVICE,
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct condition_ops parts_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
