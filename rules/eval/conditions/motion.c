/* SPDX-License-Identifier: MIT
 *
 * Fall detection in acceleration (rules/eval/measure/motion.h), for devices that only send samples. A fall that is
 * found is then handled as an event (happening.h): confirmation, hold, cancel.
 *
 * Each device has a detector, and a second one while it sends what it stored: stored blocks are in order among
 * themselves, but arrive between live ones.
 */
#include <string.h>

#include "rules/eval/conditions/happening.h"
#include "rules/eval/measure/motion.h"

/* The detector of one device, for live or for stored acceleration. */
struct motion_state {
        struct motion_detector detector;
        uint32_t heard_s; /* last block, on our clock */
        uint8_t device;
        uint8_t stored;   /* 1: for what the device stored; 0: for what is live */
        uint8_t off_body; /* the device reported off-body and has not been worn since */
        uint8_t reserved;
};

_Static_assert(sizeof(struct episode) + sizeof(struct motion_state) <= 128,
               "a detector is two cache lines");

static inline struct motion_state *episode_motion(struct episode *episode) {
        return (struct motion_state *)episode->state;
}

enum {
        /* A second finding within this time, by another sensor or at a second bump, is the same fall. */
        SAME_FALL_MS = 10 * 1000,
        /* The same after a dismissed or cancelled fall: shorter, because only another sensor's finding is the same
         * fall. */
        TAKEN_BACK_MS = 2000,
        STORED_END_S = 10 * 60, /* no stored block for this long: there are no more */
};

/* Wearing position of the moment's device; RULE_WORN_POSITIONS: not known. */
static uint8_t worn_at(const struct moment *moment) {
        return moment->device == ELDER_DEVICE_UNLISTED
                       ? RULE_WORN_POSITIONS
                       : elder_cold(moment->elder)->devices[moment->device].worn;
}

static bool looks_at(const struct condition_motion *motion, uint8_t worn) {
        return worn < RULE_WORN_POSITIONS && motion->positions >> worn & 1;
}

/* The device's detector, begun if there is none. Detectors that are no longer fed are ended on the way. Return: NULL
 * if there is no memory. */
static struct motion_state *state_of(const struct moment *moment, const struct plan_entry *entry,
                                     bool stored) {
        uint32_t now_s = (uint32_t)(moment->now_ms / 1000);
        struct episode *episode = episode_after(moment->engine, moment->elder, NULL);
        struct motion_state *found = NULL;

        while (episode) {
                struct episode *next = episode_after(moment->engine, moment->elder, episode);
                struct motion_state *state = episode_motion(episode);

                if (episode->id_hash == entry->id_hash && episode->form == RULE_FORM_MOTION) {
                        if (state->device == moment->device && state->stored == stored)
                                found = state;
                        else if (state->device == ELDER_DEVICE_UNLISTED ||
                                 (state->stored && now_s - state->heard_s > STORED_END_S))
                                episode_end(moment->engine, moment->elder, episode);
                }
                episode = next;
        }
        if (found)
                return found;
        episode = episode_begin(moment->engine, moment->elder, entry->id_hash, CONDITION_MOTION,
                                RULE_FORM_MOTION);
        if (!episode)
                return NULL;
        found = episode_motion(episode);
        found->device = moment->device;
        found->stored = stored;
        return found;
}

/* Has this fall been found already, by another sensor or at an earlier bump? An elder who cancelled it need not do so
 * twice, but one who got up and falls again has fallen again. */
static bool is_known(const struct moment *moment, const struct plan_entry *entry, int64_t time_ms) {
        struct episode *episode =
                episode_find(moment->engine, moment->elder, entry->id_hash, RULE_FORM_HAPPENING);

        if (!episode || episode_happening(episode)->phase == HAPPENING_OVER)
                return false;

        const struct happening_state *state = episode_happening(episode);
        int64_t same_ms = state->phase == HAPPENING_CANCELLED ? TAKEN_BACK_MS : SAME_FALL_MS;

        return time_ms - state->event_time_ms < same_ms && state->event_time_ms - time_ms < same_ms;
}

/* Handle the fall as if the device had reported it itself, at the time of the impact. */
static void felt(const struct moment *moment, const struct plan_entry *entry,
                 const struct rule_condition *condition, const struct motion_fall *fall) {
        struct event event = *moment->event;
        struct moment then = *moment;

        event.value = 1;
        event.confidence_pct = (uint8_t)(event.confidence_pct * fall->confidence_pct / 100);
        then.event = &event;
        then.time_ms = fall->time_ms < moment->now_ms ? fall->time_ms : moment->now_ms;
        then.late_ms =
                moment->now_ms - then.time_ms > MOMENT_LATE_MS ? moment->now_ms - then.time_ms : 0;
        if (condition_holds(condition, moment->elder, then.time_ms) &&
            !is_known(moment, entry, then.time_ms))
                happening_begins(&then, entry, &condition->motion.happening);
}

static void judge_block(const struct moment *moment, const struct plan_entry *entry,
                        const struct rule_condition *condition) {
        const struct event *event = moment->event;
        int64_t lasts_ms = (int64_t)(event->sample_count - 1) * 10000 / event->sample_rate_dhz;
        bool as_it_came = event_time_ms(event) >= event->received_time_ms;
        int64_t begin_ms = as_it_came ? moment->received_ms - lasts_ms : moment->time_ms;
        bool stored = moment->received_ms - begin_ms - lasts_ms > MOMENT_LATE_MS;
        uint8_t worn = worn_at(moment);
        struct motion_fall fall;

        if (worn == RULE_WORN_POSITIONS)
                judge_motion_unjudged(moment->engine);
        if (!looks_at(&condition->motion, worn))
                return;

        struct motion_state *state = state_of(moment, entry, stored);

        if (!state)
                return;
        state->heard_s = (uint32_t)(moment->now_ms / 1000);
        if (event->validity != EVENT_VALIDITY_VALID || state->off_body) {
                motion_forget(&state->detector);
                judge_motion_unjudged(moment->engine);
                return;
        }

        struct motion_block block = {
                .samples = moment->samples,
                .count = event->sample_count,
                .rate_dhz = event->sample_rate_dhz,
                .begin_ms = begin_ms,
                .uncounted = event->flags & EVENT_SEQUENCE_DERIVED,
                .as_it_came = as_it_came,
        };

        switch (motion_detect(&state->detector, &condition->motion.limits[worn], &block, &fall)) {
        case MOTION_FALL:
                felt(moment, entry, condition, &fall);
                break;
        case MOTION_STALE:
        case MOTION_UNUSABLE:
                judge_motion_unjudged(moment->engine);
                break;
        }
}

/* A watch that is taken off and thrown onto the table has not fallen with the elder. */
static void judge_worn(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_motion *motion) {
        bool off_body = (moment->event->kind == KIND_OFF_BODY) == (moment->event->value != 0);
        struct motion_state *state;

        if (moment->buffered || (moment->event->flags & EVENT_UNAUTHENTICATED) ||
            !looks_at(motion, worn_at(moment)))
                return;
        state = state_of(moment, entry, false);
        if (!state)
                return;
        state->off_body = off_body;
        motion_forget(&state->detector);
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        if (entry->role == PLAN_ROLE_WORN) {
                judge_worn(moment, entry, &condition->motion);
        } else if (entry->role != PLAN_ROLE_CAUSE) {
                happening_answers(moment, entry, &condition->motion.happening);
        } else if (moment->samples && moment->event->sample_count > 0 &&
                   moment->event->sample_rate_dhz > 0) {
                judge_block(moment, entry, condition);
        }
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        return happening_due(due, slot, &condition->motion.happening);
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_motion *motion = &condition->motion;

        if (motion->happening.kind != KIND_ACCELERATION)
                return "a fall in the motion is sought in acceleration";
        if (motion->positions == 0 || motion->positions >> RULE_WORN_POSITIONS)
                return "a fall in the motion needs a wearing position";
        for (int i = 0; i < RULE_WORN_POSITIONS; i++) {
                const char *why = motion->positions >> i & 1
                                          ? motion_refuse_limits(&motion->limits[i])
                                          : NULL;

                if (why)
                        return why;
        }
        return happening_refuse(rule, &motion->happening);
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (set >> RULE_SETTING_MOTION & 1) {
                onto->motion.positions = from->motion.positions;
                memcpy(onto->motion.limits, from->motion.limits, sizeof(from->motion.limits));
        }
        happening_layer(&onto->motion.happening, &from->motion.happening, set);
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        happening_kinds(&condition->motion.happening, ret);
        rule_kinds_add(&ret->of[PLAN_ROLE_CAUSE], KIND_ACCELERATION);
        rule_kinds_add(&ret->of[PLAN_ROLE_WORN], KIND_OFF_BODY);
        rule_kinds_add(&ret->of[PLAN_ROLE_WORN], KIND_WORN);
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_HAPPENING;
        slot->episodes = 1u << RULE_FORM_HAPPENING | 1u << RULE_FORM_MOTION;
        slot->timed = 1;
}

static bool is_sound(const void *state) {
        const struct motion_state *motion = state;

        return motion_is_sound(&motion->detector) && motion->stored <= 1 && motion->off_body <= 1;
}

/* A detector has no deadline, so it does not move the elder to the wheel of life safety. */
static bool waits(const void *state) {
        (void)state;
        return false;
}

/* No set_back: samples, so the detector begins anew. */
const struct form_ops motion_form = {
        EPISODE_FORM(struct motion_state),
        .is_sound = is_sound,
        .waits = waits,
};

const struct condition_ops motion_ops = {
        .placeholders = PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(LATE),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = happening_is_active,
};
