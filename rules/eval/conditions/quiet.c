/* SPDX-License-Identifier: MIT
 *
 * Quiet: no sign of life for longer than is usual at this time of day.
 *
 *      blind ── first sign of life ──▶ calm ── the limit passes ──▶ raised ── a sign ──▶ calm (cleared)
 *
 * An elder who has never sent a signal is blind: that is a fault of the sensors, which the offline rules report, and
 * must not be taken as normal. A visit that is due is different: "never" counts, from registration. If it would be
 * overdue at the first check, nobody has watched until now, so it counts from now; otherwise the first start in a
 * city would page everybody.
 *
 * Between two slots. By day the limit is three hours, by night ten, for example. An elder who went to bed at 23:00
 * and still sleeps at 06:00 has been quiet for seven hours when the day begins. By the day's limit alone, half of the
 * town would be overdue at 06:00 sharp. So the limit of a slot counts from the start of the slot, unless the limit
 * before expires first (docs/adr/0010-quiet-between-times-of-day.md):
 *
 *      due = min(begins + limit, max(last sign + limit, due of the slot before))
 *
 * This gives 09:00 here, and 08:05 for an elder last heard at 22:05. Nobody becomes overdue by the border itself, and
 * nobody is watched less than either slot promises.
 *
 * The outer door. An elder who goes out is heard at the door and then no more. One who comes home and lies down is
 * heard at the door and then inside. So after the door has moved, only what is heard inside shows that the elder is
 * in. When an elder comes home, the door may fall shut after they were heard inside: for WAY_MS, the door does not
 * count again for an elder who was out before.
 */
#include "rules/eval/core/judge.h"

#include <math.h>
#include <string.h>

#include "rules/eval/measure/quiet_profile.h"
#include "rules/eval/rule/day_slot.h"

enum {
        BOOT_NEVER_HEARD = -2, /* no boot id of a device; as in offline.c */
        WAY_MS = 60 * 1000,    /* through a door, with shopping */
        DAY_MS = DAY_SLOT_MINUTES_A_DAY * 60 * 1000,
        LOOK_BACK_DAYS = 8,
};

enum quiet_phase {
        QUIET_BLIND,
        QUIET_CALM,
        QUIET_RAISED,
        QUIET_NEVER, /* never heard, and that counts: last_ms is since when */
};

struct quiet_state {
        int64_t last_ms;   /* event time of the last sign of life */
        int64_t door_ms;   /* event time of the last move of the outer door; 0: none yet */
        uint64_t sequence; /* with boot and device: the last sign of life */
        uint32_t boot;
        uint8_t device;
        uint8_t phase;     /* enum quiet_phase */
        uint8_t returning; /* the home was empty when the outer door last moved */
        uint8_t reserved;
};

/* RULE_FORM_QUIET_LEARNED begins as RULE_FORM_QUIET; the shared part is carried over when one becomes the other. */
struct quiet_learned {
        struct quiet_state quiet;
        struct quiet_profile profile;
};

_Static_assert(sizeof(struct quiet_learned) == 56, "every elder of a learned rule has one");

/* The state being evaluated, by an event or a deadline. */
struct quiet_view {
        const struct condition_quiet *quiet;
        const struct rule_condition *condition;
        const struct elder *elder;
        const struct rule_calendar *calendar;
        struct quiet_state *state;
        struct quiet_profile *profile; /* NULL: not learned */
};

static struct quiet_view view_of(const struct elder *elder, const struct rule_condition *condition,
                                 uint8_t block, uint32_t offset) {
        struct quiet_state *state = elder_state(elder, offset);

        return (struct quiet_view){
                .quiet = &condition->quiet,
                .condition = condition,
                .elder = elder,
                .calendar = &elder->plan->calendar,
                .state = state,
                .profile = block == RULE_FORM_QUIET_LEARNED
                                   ? &((struct quiet_learned *)(void *)state)->profile
                                   : NULL,
        };
}

static bool is_away(const struct quiet_view *view) {
        return view->condition->unless_away && (view->elder->flags & ELDER_AWAY);
}

/* Since when it has been quiet: the last sign of life, or the return home if that was later. */
static int64_t quiet_since_ms(const struct quiet_view *view) {
        int64_t home_ms = elder_cold(view->elder)->place_since_ms;

        if (view->condition->unless_away && !(view->elder->flags & ELDER_AWAY) &&
            home_ms > view->state->last_ms)
                return home_ms;
        return view->state->last_ms;
}

/* --- when it is due ------------------------------------------------------------------------------- */

/* The limit at a moment, and until when it applies. */
struct piece {
        int64_t limit_ms; /* 0: no limit */
        int64_t ends_ms;
};

/* Apply the learned limit, and end the piece with its bin if that ends first. */
static void shorten(const struct quiet_view *view, int64_t time_ms, struct piece *piece) {
        const struct condition_quiet *quiet = view->quiet;
        struct day_slot bin;
        int64_t usual_ms = quiet_profile_usual_ms(view->profile, view->calendar, quiet->learn_ms,
                                                  time_ms, &bin);
        int64_t ends_ms = day_slot_ends_ms(&bin, view->calendar, time_ms);
        int64_t limit_ms = (int64_t)(quiet->learn_times * (double)usual_ms);

        if (usual_ms == 0)
                return;
        if (limit_ms < quiet->learn_least_ms)
                limit_ms = quiet->learn_least_ms;
        if (limit_ms < piece->limit_ms)
                piece->limit_ms = limit_ms;
        if (ends_ms < piece->ends_ms)
                piece->ends_ms = ends_ms;
}

static struct piece piece_at(const struct quiet_view *view, int64_t time_ms) {
        const struct rule_condition *condition = view->condition;
        const struct day_slot *slot =
                day_slot_now(view->quiet->slots, view->quiet->slot_count, view->calendar, time_ms);
        struct piece piece = {.ends_ms = INT64_MAX};

        if (condition->during_count > 0) {
                const struct day_slot *during = day_slot_now(
                        condition->during, condition->during_count, view->calendar, time_ms);

                if (!during) {
                        piece.ends_ms = day_slot_next_ms(condition->during, condition->during_count,
                                                         view->calendar, time_ms);
                        return piece;
                }
                piece.ends_ms = day_slot_ends_ms(during, view->calendar, time_ms);
        }
        int64_t ends_ms = slot ? day_slot_ends_ms(slot, view->calendar, time_ms)
                               : day_slot_next_ms(view->quiet->slots, view->quiet->slot_count,
                                                  view->calendar, time_ms);

        if (ends_ms < piece.ends_ms)
                piece.ends_ms = ends_ms;
        if (slot)
                piece.limit_ms = slot->longer_than_ms;
        if (view->profile && piece.limit_ms > 0)
                shorten(view, time_ms, &piece);
        return piece;
}

/* Walk from the last sign of life to now, limit by limit. Return: when it is due, or when to check again because the
 * limit may change. *ret_limit_ms: the limit by which it is due; 0: none. */
static int64_t longer_than_due_ms(const struct quiet_view *view, int64_t now_ms,
                                  int64_t *ret_limit_ms) {
        int64_t last_ms = quiet_since_ms(view);
        int64_t back_ms = now_ms - LOOK_BACK_DAYS * (int64_t)DAY_MS;
        int64_t at_ms = last_ms > back_ms ? last_ms : back_ms;
        int64_t due_ms = INT64_MIN; /* of the piece before */

        for (;;) {
                struct piece piece = piece_at(view, at_ms);
                int64_t own_ms = last_ms + piece.limit_ms;
                int64_t over_ms = at_ms + piece.limit_ms;

                if (due_ms < own_ms)
                        due_ms = own_ms;
                if (due_ms > over_ms)
                        due_ms = over_ms;
                if (piece.limit_ms == 0)
                        due_ms = INT64_MAX;
                *ret_limit_ms = piece.limit_ms;
                if (due_ms < piece.ends_ms)
                        return due_ms;
                if (piece.ends_ms > now_ms)
                        return piece.ends_ms;
                at_ms = piece.ends_ms;
        }
}

/* The end of the first slot that began after the last sign of life. */
static int64_t seen_within_due_ms(const struct quiet_view *view, int64_t *ret_limit_ms) {
        const struct condition_quiet *quiet = view->quiet;
        int64_t begins_ms = quiet_since_ms(view);

        for (;;) {
                const struct day_slot *slot;

                begins_ms = day_slot_next_ms(quiet->slots, quiet->slot_count, view->calendar,
                                             begins_ms);
                if (begins_ms == INT64_MAX)
                        return INT64_MAX;
                slot = day_slot_now(quiet->slots, quiet->slot_count, view->calendar, begins_ms);
                if (!slot)
                        continue; /* it lies wholly within the skipped hour */

                int64_t ends_ms = day_slot_ends_ms(slot, view->calendar, begins_ms);

                *ret_limit_ms = ends_ms - begins_ms;
                return ends_ms;
        }
}

/* As LONGER_THAN, but the limit of a slot counts from the last visit, never from the start of the slot. Raised within
 * during:, so that somebody reads it. */
static int64_t visit_due_ms(const struct quiet_view *view, int64_t now_ms, int64_t *ret_limit_ms) {
        const struct day_slot *slot =
                day_slot_now(view->quiet->slots, view->quiet->slot_count, view->calendar, now_ms);

        if (!slot)
                return day_slot_next_ms(view->quiet->slots, view->quiet->slot_count, view->calendar,
                                        now_ms);

        int64_t ends_ms = day_slot_ends_ms(slot, view->calendar, now_ms);
        int64_t due_ms = quiet_since_ms(view) + slot->longer_than_ms;

        if (slot->longer_than_ms == 0)
                return ends_ms;
        *ret_limit_ms = slot->longer_than_ms;
        return due_ms < ends_ms || due_ms <= now_ms ? due_ms : ends_ms;
}

/* When it is due, or when to check again. *ret_limit_ms: the limit by which it is due; 0: it is not due. */
static int64_t next_look_ms(const struct quiet_view *view, int64_t now_ms, int64_t *ret_limit_ms) {
        int64_t due_ms = INT64_MAX;

        *ret_limit_ms = 0;
        switch ((enum rule_quiet_mode)view->quiet->mode) {
        case RULE_QUIET_LONGER_THAN:
                return longer_than_due_ms(view, now_ms, ret_limit_ms);
        case RULE_QUIET_SEEN_WITHIN:
                due_ms = seen_within_due_ms(view, ret_limit_ms);
                break;
        case RULE_QUIET_DUE:
                due_ms = visit_due_ms(view, now_ms, ret_limit_ms);
                break;
        }
        if (due_ms > now_ms || view->condition->during_count == 0 ||
            day_slot_now(view->condition->during, view->condition->during_count, view->calendar,
                         now_ms))
                return due_ms;
        return day_slot_next_ms(view->condition->during, view->condition->during_count,
                                view->calendar, now_ms);
}

/* --- the outer door ------------------------------------------------------------------------------ */

static bool is_door(uint16_t kind) {
        return kind == KIND_DOOR_OPEN || kind == KIND_DOOR_CLOSED;
}

static bool is_outer_door(const struct moment *moment, const struct condition_quiet *quiet) {
        return quiet->outer_room[0] && is_door(moment->event->kind) &&
               moment_in_room(moment, quiet->outer_room);
}

/* Has nothing been heard inside since the outer door moved? */
static bool is_after_door(const struct quiet_view *view) {
        return view->quiet->outer_room[0] && view->state->door_ms != 0 &&
               view->state->door_ms >= view->state->last_ms;
}

/* From when on the silence after the door means that the elder is out. An elder who was out before and was heard only
 * at the door has not come in yet. */
static int64_t out_from_ms(const struct quiet_view *view) {
        if (!is_after_door(view))
                return INT64_MAX;
        return view->state->returning ? view->state->last_ms
                                      : view->state->door_ms + view->quiet->door_settle_ms;
}

static void note_door(const struct quiet_view *view, int64_t time_ms) {
        struct quiet_state *state = view->state;
        bool same_way = time_ms - state->door_ms < WAY_MS;

        if (time_ms <= state->door_ms)
                return;
        if (!same_way)
                state->returning = time_ms > out_from_ms(view);
        if (!same_way || !state->returning || is_after_door(view))
                state->door_ms = time_ms;
}

/* --- a sign of life ------------------------------------------------------------------------------- */

static struct moment_cause state_cause(const struct quiet_state *state) {
        return (struct moment_cause){
                .sequence = state->sequence, .boot = state->boot, .device = state->device};
}

/* If the elder was never heard, there is no event to identify the alert by. */
static const char *state_text(const struct quiet_state *state) {
        return state->boot == (uint32_t)BOOT_NEVER_HEARD && state->device == ELDER_DEVICE_UNLISTED
                       ? "registered"
                       : NULL;
}

static void tell_cleared(const struct moment *moment, const struct plan_entry *entry,
                         const struct quiet_state *state) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];

        judge_emit(moment->engine, moment->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_CLEARED,
                           .cause = state_cause(state),
                           .event_text = state_text(state),
                           .event = moment->event,
                           .event_time_ms = moment->time_ms,
                           .received_time_ms = moment->received_ms,
                           .now_ms = moment->now_ms,
                           .late_ms = moment->late_ms,
                           .kind = moment->event->kind,
                           .value = NAN,
                           .limit = NAN,
                           .duration_ms = moment->time_ms - state->last_ms,
                           .samples = 1,
                           .confidence_pct = 100,
                           .drill = (moment->event->flags & EVENT_DRILL) != 0,
                           .since_ms = state->last_ms,
                   });
}

/* Learn this silence, unless the elder was away or out, or we were deaf, or it was long enough to be raised: such a
 * silence is no habit. Return: whether the limit may have changed. */
static bool learn(const struct moment *moment, const struct quiet_view *view, int64_t time_ms) {
        const struct quiet_state *state = view->state;

        if (!view->profile)
                return false;
        if (state->phase == QUIET_CALM && !(view->elder->flags & ELDER_AWAY) &&
            elder_cold(view->elder)->place_since_ms <= state->last_ms &&
            out_from_ms(view) >= time_ms &&
            partition_unheard_ms(moment->engine, moment->elder, state->last_ms) == 0)
                return quiet_profile_learn(view->profile, view->calendar, view->quiet->learn_ms,
                                           state->last_ms, time_ms);
        quiet_profile_skip(view->profile, view->calendar, time_ms);
        return true;
}

static void judge_sign(const struct moment *moment, const struct plan_entry *entry,
                       const struct quiet_view *view) {
        struct quiet_state *state = view->state;
        const struct event *event = moment->event;
        bool is_known = state->phase == QUIET_CALM || state->phase == QUIET_RAISED;

        if (state->phase == QUIET_RAISED && !moment->may_clear)
                return;
        if (is_known && moment->time_ms <= state->last_ms)
                return;
        if (state->phase == QUIET_RAISED)
                tell_cleared(moment, entry, state);
        if (state->phase == QUIET_BLIND)
                judge_sighted(moment->engine);

        /* The timer is armed for the next check or before, except in these cases. */
        bool arm = learn(moment, view, moment->time_ms) || state->phase != QUIET_CALM ||
                   entry->role == PLAN_ROLE_PLACE || is_after_door(view);

        state->last_ms = moment->time_ms;
        state->device = moment->device;
        state->phase = QUIET_CALM;
        state->sequence = event_serial(event);
        state->boot = event->boot_id;
        if (arm && !is_away(view)) {
                int64_t limit_ms;
                int64_t look_ms = next_look_ms(view, moment->now_ms, &limit_ms);

                if (look_ms != INT64_MAX)
                        moment_arm(moment, entry, look_ms);
        }
}

static bool is_of_room(const struct moment *moment, uint16_t room) {
        return moment->device != ELDER_DEVICE_UNLISTED &&
               elder_cold(moment->elder)->devices[moment->device].room == room;
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_quiet *quiet = &condition->quiet;
        const struct quiet_view view =
                view_of(moment->elder, condition, entry->block, entry->offset);
        const struct event *event = moment->event;
        bool outer = is_outer_door(moment, quiet);

        if (event->flags & EVENT_UNAUTHENTICATED)
                return;
        /* A door event arrives under two roles: the outer door is handled only as PLAN_ROLE_PLACE, any other door
         * only as a sign of life. */
        if (is_door(event->kind) && outer != (entry->role == PLAN_ROLE_PLACE))
                return;
        if (outer)
                note_door(&view, moment->time_ms);
        if (outer && !rule_kinds_has(&quiet->signals, event->kind))
                return;
        /* "motion: 0" says that nothing moves, so it is no sign of life. */
        if (event->value == 0 || (entry->room && !outer && entry->role == PLAN_ROLE_CAUSE &&
                                  !is_of_room(moment, entry->room)))
                return;
        judge_sign(moment, entry, &view);
}

/* --- deadlines ------------------------------------------------------------------------------------ */

/* Watch the elder from now on, although nothing was ever heard. */
static void begin_never(struct moment_due *due, const struct quiet_view *view) {
        struct quiet_state *state = view->state;
        int64_t registered_ms = elder_cold(view->elder)->registered_ms;
        int64_t limit_ms;

        if (registered_ms == 0)
                return;
        state->last_ms = registered_ms;
        if (visit_due_ms(view, due->now_ms, &limit_ms) <= due->now_ms)
                state->last_ms = due->now_ms;
        *state = (struct quiet_state){
                .last_ms = state->last_ms,
                .sequence = (uint64_t)state->last_ms,
                .boot = (uint32_t)BOOT_NEVER_HEARD,
                .device = ELDER_DEVICE_UNLISTED,
                .phase = QUIET_NEVER,
        };
        judge_sighted(due->engine);
        due->changed = true;
}

static void raise(struct moment_due *due, const struct plan_slot *slot, struct quiet_state *state,
                  int64_t due_ms, int64_t limit_ms) {
        due->changed = true;
        state->phase = QUIET_RAISED;
        judge_emit(due->engine, due->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_RAISED,
                           .cause = state_cause(state),
                           .event_text = state_text(state),
                           .event_time_ms = due_ms,
                           .now_ms = due->now_ms,
                           .value = NAN,
                           .limit = (double)limit_ms / 1000,
                           .duration_ms = due->now_ms - state->last_ms,
                           .confidence_pct = 100,
                           .since_ms = state->last_ms,
                           .needed_ms = limit_ms,
                   });
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct quiet_view view = view_of(due->elder, condition, slot->block, slot->offset);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);
        bool is_visit = condition->quiet.mode == RULE_QUIET_DUE;
        int64_t limit_ms;

        if (view.state->phase == QUIET_BLIND && is_visit)
                begin_never(due, &view);
        if ((view.state->phase != QUIET_CALM && !(view.state->phase == QUIET_NEVER && is_visit)) ||
            is_away(&view))
                return MOMENT_NEVER;

        int64_t look_ms = next_look_ms(&view, due->now_ms, &limit_ms);

        if (look_ms > out_from_ms(&view))
                return MOMENT_NEVER;
        if (look_ms > due->now_ms)
                return look_ms;
        if (hears_ms > due->now_ms)
                return hears_ms;
        raise(due, slot, view.state, look_ms, limit_ms);
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        const struct quiet_state *state = elder_state(elder, slot->offset);

        (void)engine;
        return state->phase == QUIET_RAISED;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse_learned(const struct condition_quiet *quiet) {
        if (quiet->learn_ms == 0)
                return NULL;
        if (quiet->mode != RULE_QUIET_LONGER_THAN)
                return "only a limit can be learned";
        if (quiet->learn_ms < 2 * (int64_t)DAY_MS)
                return "a habit takes two days at least to learn";
        if (!(quiet->learn_times >= 1) || !isfinite(quiet->learn_times))
                return "a learned limit is at least once what is usual";
        if (quiet->learn_least_ms <= 0)
                return "a learned limit needs a least";
        return NULL;
}

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        static const struct rule_kinds none;
        const struct condition_quiet *quiet = &condition->quiet;

        if (memcmp(&quiet->signals, &none, sizeof(none)) == 0)
                return "quiet needs at least one sign of life";
        if (quiet->slot_count == 0 || quiet->slot_count > RULE_SLOTS_MAX)
                return "quiet needs one to eight times of day";
        if (!memchr(quiet->room, '\0', sizeof(quiet->room)))
                return "a room's name is too long";
        if (quiet->mode > RULE_QUIET_DUE)
                return "quiet is longer_than, seen_within or a visit";
        for (uint8_t i = 0; i < quiet->slot_count; i++)
                if (!day_slot_is_sound(&quiet->slots[i]))
                        return "a time of day lies within 00:00 and 24:00";
        if (!memchr(quiet->outer_room, '\0', sizeof(quiet->outer_room)))
                return "a room's name is too long";
        if (quiet->outer_room[0] && quiet->door_settle_ms <= 0)
                return "an outer door needs to know after how long silence means gone out";
        return refuse_learned(quiet);
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        struct condition_quiet *to = &onto->quiet;

        if (set >> RULE_SETTING_LIMIT & 1) {
                to->mode = from->quiet.mode;
                to->slot_count = from->quiet.slot_count;
                memcpy(to->slots, from->quiet.slots, sizeof(to->slots));
        }
        if (set >> RULE_SETTING_LEARNED & 1) {
                to->learn_ms = from->quiet.learn_ms;
                to->learn_least_ms = from->quiet.learn_least_ms;
                to->learn_times = from->quiet.learn_times;
        }
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        ret->of[PLAN_ROLE_CAUSE] = condition->quiet.signals;
        if (condition->quiet.outer_room[0]) {
                rule_kinds_add(&ret->of[PLAN_ROLE_PLACE], KIND_DOOR_OPEN);
                rule_kinds_add(&ret->of[PLAN_ROLE_PLACE], KIND_DOOR_CLOSED);
        }
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->block = condition->quiet.learn_ms > 0 ? RULE_FORM_QUIET_LEARNED : RULE_FORM_QUIET;
        slot->timed = 1;
}

static const char *room(const struct rule_condition *condition) {
        return condition->quiet.room;
}

static bool is_blind(const void *state) {
        return ((const struct quiet_state *)state)->phase == QUIET_BLIND;
}

static bool is_sound(const void *state) {
        const struct quiet_state *quiet = state;

        return is_time(quiet->last_ms) && is_time(quiet->door_ms) && quiet->phase <= QUIET_NEVER &&
               quiet->returning <= 1;
}

/* For a profile too: what it has learned is in days and bins, and the next bin begins anew. */
static void set_back(void *state, int64_t by_ms) {
        struct quiet_state *quiet = state;

        time_set_back(&quiet->last_ms, by_ms);
        time_set_back(&quiet->door_ms, by_ms);
}

const struct form_ops quiet_form = {
        .bytes = FORM_BYTES(struct quiet_state),
        .kin = RULE_FORM_QUIET,
        .device_at = offsetof(struct quiet_state, device),
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct form_ops quiet_learned_form = {
        .bytes = FORM_BYTES(struct quiet_learned),
        .kin = RULE_FORM_QUIET,
        .device_at = offsetof(struct quiet_learned, quiet.device),
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct condition_ops quiet_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(LIMIT),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .room = room,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
        .is_blind = is_blind,
};
