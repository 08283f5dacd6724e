/* SPDX-License-Identifier: MIT
 *
 * Geofence (zone: in rule files): inside or outside a circle for long enough. The circle is around a place, or around
 * the elder's home.
 *
 *      calm ── over the line ──▶ pending ── `for`, and min_samples positions ──▶ active
 *        ▲                          │                                              │
 *        └── back over the line ────┴────────── well behind the line ──────────────┘ (cleared)
 *
 * To clear, the elder must be a tenth of the radius, and at least 20 m, behind the line, so that one who stays near
 * the line does not raise and clear repeatedly.
 *
 * Positions stop where people get lost: in cellars, in trains, with flat batteries. So once there are enough
 * positions, the duration is completed by the clock as well as by the next position, which may never come.
 *
 * A position may be wrong by many kilometres. One that implies an impossible speed since the last believed one is
 * ignored. If the next one does so too, it is believed: then the last believed one was wrong.
 */
#include "rules/eval/core/lasting.h"

#include <math.h>

enum {
        /* After a longer time without a position (or than `for`, if that is longer), a pending duration begins
         * again. */
        HOLE_MS = 60 * 60 * 1000,
        BACK_M = 20,
        SPEED_M_S = 100, /* the fastest possible: a fast train */
        BLUR_M = 200,    /* two positions of one place may differ by this */
};

/* It begins as struct lasting_state, so that durations are evaluated alike. The position is the last believed one. */
struct geofence_state {
        struct lasting_state lasting; /* history: distances in metres */
        int64_t fix_ms;               /* event time of the position */
        float latitude_deg, longitude_deg;
        uint8_t doubted; /* the next position implied an impossible speed; wait for a second one */
        uint8_t reserved[7];
};

_Static_assert(sizeof(struct geofence_state) == 136, "checkpoints hold it as it is");

static inline struct geofence_state *episode_zone(struct episode *episode) {
        return (struct geofence_state *)episode->state;
}

#define RADIUS_MAX_M 20000000.0
#define EARTH_M 6371008.8 /* mean radius, IUGG */
#define RADIANS(deg) ((deg) * (M_PI / 180))

/* Great-circle distance (haversine), accurate to half a per cent. */
static double distance_m(double latitude_deg, double longitude_deg, double to_latitude_deg,
                         double to_longitude_deg) {
        double up = sin(RADIANS(to_latitude_deg - latitude_deg) / 2);
        double across = sin(RADIANS(to_longitude_deg - longitude_deg) / 2);
        double h = up * up +
                   cos(RADIANS(latitude_deg)) * cos(RADIANS(to_latitude_deg)) * across * across;

        return 2 * EARTH_M * asin(sqrt(h > 1 ? 1 : h));
}

/* Distance from the centre. NAN: the rule does not apply to this elder, whose address is not known. */
static double from_middle_m(const struct condition_geofence *fence, const struct elder *elder,
                            double latitude_deg, double longitude_deg) {
        const struct elder_cold *cold = elder_cold(elder);

        if (fence->around_home)
                return distance_m(cold->latitude_deg, cold->longitude_deg, latitude_deg,
                                  longitude_deg);
        return distance_m(fence->latitude_deg, fence->longitude_deg, latitude_deg, longitude_deg);
}

/* A receiver without a position sends 0, 0, where no elder lives. */
static bool is_position(const struct event *event) {
        return event->validity == EVENT_VALIDITY_VALID && fabs(event->value) <= 90 &&
               fabs(event->value2) <= 180 && (event->value != 0 || event->value2 != 0);
}

static bool is_over(const struct condition_geofence *fence, double metres) {
        return fence->outside ? metres > fence->radius_m : metres <= fence->radius_m;
}

static bool is_back(const struct condition_geofence *fence, double metres) {
        double back_m = fence->radius_m / 10 > BACK_M ? fence->radius_m / 10 : BACK_M;

        if (!fence->outside)
                return metres > fence->radius_m + back_m;
        return metres < fmax(fence->radius_m - back_m, fence->radius_m / 2);
}

static struct lasting_need need_of(const struct condition_geofence *fence) {
        return (struct lasting_need){fence->for_ms, fence->min_samples, 0};
}

static void note_fix(struct geofence_state *state, const struct moment *moment) {
        state->fix_ms = moment->time_ms;
        state->latitude_deg = (float)moment->event->value;
        state->longitude_deg = (float)moment->event->value2;
        state->doubted = 0;
}

/* Is the position possible, or the second impossible one in a row? */
static bool believe(struct geofence_state *state, const struct moment *moment) {
        double seconds = fabs((double)(moment->time_ms - state->fix_ms)) / 1000;
        double metres = distance_m(state->latitude_deg, state->longitude_deg, moment->event->value,
                                   moment->event->value2);

        if (metres <= BLUR_M + SPEED_M_S * seconds || state->doubted)
                return true;
        state->doubted = 1;
        return false;
}

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 const struct condition_geofence *fence, const struct geofence_state *state,
                 double metres, enum alert_transition transition) {
        const struct lasting_need need = need_of(fence);
        struct finding finding = lasting_found(moment, &moment->elder->plan->slots[entry->slot],
                                               &state->lasting, &need, transition);

        finding.value = metres;
        finding.limit = fence->radius_m;
        judge_emit(moment->engine, moment->elder, &finding);
}

/* Return: when the duration is completed by the clock; MOMENT_NEVER: it is not. */
static int64_t runs_out_ms(const struct condition_geofence *fence,
                           const struct geofence_state *state) {
        if (state->lasting.phase != LASTING_PENDING || state->lasting.samples < fence->min_samples)
                return MOMENT_NEVER;
        return state->lasting.since_ms + fence->for_ms;
}

/* Raise by the clock, at the last position. */
static void raise_due(const struct moment_due *due, const struct plan_slot *slot,
                      const struct condition_geofence *fence, struct geofence_state *state) {
        const struct lasting_need need = need_of(fence);
        int64_t due_ms = runs_out_ms(fence, state);
        struct finding finding;

        state->lasting.phase = LASTING_ACTIVE;
        finding = lasting_found_due(due, slot, &state->lasting, &need, due_ms, ALERT_RAISED);
        finding.kind = KIND_LOCATION;
        finding.value = from_middle_m(fence, due->elder, state->latitude_deg, state->longitude_deg);
        finding.limit = fence->radius_m;
        judge_emit(due->engine, due->elder, &finding);
}

/* Does the rule hold from the first position to @time_ms? */
static bool holds_to(const struct rule_condition *condition, const struct elder *elder,
                     const struct geofence_state *state, int64_t time_ms) {
        return condition_holds(condition, elder, time_ms) &&
               lasting_same_slot(condition, elder, state->lasting.since_ms, time_ms);
}

static bool is_hole(const struct condition_geofence *fence, const struct lasting_state *lasting,
                    int64_t time_ms) {
        return time_ms - lasting->newest_ms > (fence->for_ms > HOLE_MS ? fence->for_ms : HOLE_MS);
}

static void judge_over(const struct moment *moment, const struct plan_entry *entry,
                       const struct rule_condition *condition, struct episode *episode,
                       double metres) {
        const struct condition_geofence *fence = &condition->geofence;
        const struct lasting_need need = need_of(fence);

        if (!episode) {
                episode = lasting_begin(moment, entry, RULE_FORM_GEOFENCE);
                if (!episode)
                        return;
                note_fix(episode_zone(episode), moment);
        }

        struct geofence_state *state = episode_zone(episode);
        struct lasting_state *lasting = &state->lasting;

        if (lasting->phase == LASTING_PENDING &&
            (is_hole(fence, lasting, moment->time_ms) ||
             !lasting_same_slot(condition, moment->elder, lasting->since_ms, moment->time_ms)))
                lasting_restart(lasting, moment);
        lasting_broken(lasting, &need, moment->time_ms);
        lasting_keep(lasting, moment->time_ms, metres);
        if (moment->time_ms >= state->fix_ms)
                note_fix(state, moment);
        if (lasting->phase == LASTING_PENDING &&
            lasting_long_enough(lasting, &need, moment->time_ms)) {
                lasting->phase = LASTING_ACTIVE;
                tell(moment, entry, fence, state, metres, ALERT_RAISED);
        } else if (runs_out_ms(fence, state) != MOMENT_NEVER) {
                moment_arm(moment, entry, runs_out_ms(fence, state));
        }
}

static void judge_not_over(const struct moment *moment, const struct plan_entry *entry,
                           const struct rule_condition *condition, struct episode *episode,
                           double metres) {
        const struct condition_geofence *fence = &condition->geofence;
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        struct geofence_state *state = episode_zone(episode);
        const struct moment_due due = {
                .engine = moment->engine, .elder = moment->elder, .now_ms = moment->now_ms};

        /* If we are behind, the duration was completed before this position came, and our lag must not hide it. */
        if (moment->time_ms > runs_out_ms(fence, state) &&
            holds_to(condition, moment->elder, state, runs_out_ms(fence, state)))
                raise_due(&due, slot, fence, state);
        note_fix(state, moment);
        if (state->lasting.phase == LASTING_ACTIVE) {
                state->lasting.newest_ms = moment->time_ms;
                lasting_keep(&state->lasting, moment->time_ms, metres);
                if (!is_back(fence, metres))
                        return;
                tell(moment, entry, fence, state, metres, ALERT_CLEARED);
        }
        episode_end(moment->engine, moment->elder, episode);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        const struct condition_geofence *fence = &condition->geofence;
        const struct event *event = moment->event;

        if (entry->role != PLAN_ROLE_CAUSE || moment->buffered || !is_position(event))
                return;

        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_GEOFENCE);
        double metres = from_middle_m(fence, moment->elder, event->value, event->value2);

        /* Only the device that began the episode counts: a telephone left at home must not clear the alert of an
         * elder who wears the watch. If that device has been taken from the elder, any device counts. */
        if (isnan(metres) ||
            (episode && episode_zone(episode)->lasting.device != ELDER_DEVICE_UNLISTED &&
             episode_zone(episode)->lasting.device != moment->device))
                return;

        bool over = is_over(fence, metres);

        if (!over &&
            (!episode || !moment->may_clear || moment->time_ms < episode_zone(episode)->fix_ms))
                return;
        if (episode && !believe(episode_zone(episode), moment))
                return;
        if (!over)
                judge_not_over(moment, entry, condition, episode, metres);
        else if (condition_holds(condition, moment->elder, moment->time_ms))
                judge_over(moment, entry, condition, episode, metres);
        else if (episode && episode_zone(episode)->lasting.phase == LASTING_PENDING)
                episode_end(moment->engine, moment->elder, episode);
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_geofence *fence = &condition->geofence;
        struct episode *episode =
                episode_find(due->engine, due->elder, slot->id_hash, RULE_FORM_GEOFENCE);
        int64_t settled_ms = partition_settled_ms(due->engine, due->elder);

        if (!episode)
                return MOMENT_NEVER;

        struct geofence_state *state = episode_zone(episode);
        int64_t due_ms = runs_out_ms(fence, state);
        int64_t look_ms = due_ms < settled_ms ? settled_ms : due_ms;

        if (look_ms > due->now_ms)
                return look_ms;
        due->changed = true;
        if (!holds_to(condition, due->elder, state, due_ms)) {
                episode_end(due->engine, due->elder, episode);
                return MOMENT_NEVER;
        }
        raise_due(due, slot, fence, state);
        return MOMENT_NEVER;
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        struct episode *episode = episode_find(engine, elder, slot->id_hash, RULE_FORM_GEOFENCE);

        return episode && episode_zone(episode)->lasting.phase == LASTING_ACTIVE;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_geofence *fence = &condition->geofence;

        if (!(fence->radius_m > 0) || fence->radius_m > RADIUS_MAX_M)
                return "a zone needs a radius";
        if (!fence->around_home &&
            (!(fabs(fence->latitude_deg) <= 90) || !(fabs(fence->longitude_deg) <= 180)))
                return "a zone lies around home or around a latitude and a longitude";
        if (fence->for_ms < 0)
                return "a duration cannot be negative";
        return NULL;
}

static void normalise(struct rule_condition *condition) {
        if (condition->geofence.min_samples == 0)
                condition->geofence.min_samples = 1;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (set >> RULE_SETTING_RADIUS & 1)
                onto->geofence.radius_m = from->geofence.radius_m;
        if (set >> RULE_SETTING_FOR & 1)
                onto->geofence.for_ms = from->geofence.for_ms;
        if (set >> RULE_SETTING_MIN_SAMPLES & 1)
                onto->geofence.min_samples = from->geofence.min_samples;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], KIND_LOCATION);
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_GEOFENCE;
        slot->episodes = 1u << RULE_FORM_GEOFENCE;
        slot->timed = 1;
}

static bool is_sound(const void *state) {
        const struct geofence_state *fence = state;

        return lasting_is_sound(&fence->lasting) && is_time(fence->fix_ms) &&
               fabsf(fence->latitude_deg) <= 90 && fabsf(fence->longitude_deg) <= 180 &&
               fence->doubted <= 1;
}

static void set_back(void *state, int64_t by_ms) {
        struct geofence_state *fence = state;

        time_set_back(&fence->fix_ms, by_ms);
        lasting_set_back(&fence->lasting, by_ms);
}

const struct form_ops geofence_form = {
        EPISODE_FORM_AT(struct geofence_state, lasting.device),
        .is_sound = is_sound,
        .set_back = set_back,
};

const struct condition_ops geofence_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(SAMPLES) |
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
