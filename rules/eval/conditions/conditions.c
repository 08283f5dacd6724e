/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/condition_ops.h"

#include <math.h>

#include "rules/eval/conditions/vital/vital.h"
#include "rules/eval/core/gate.h"
#include "rules/eval/measure/baseline.h"
#include "rules/eval/measure/trend.h"

static const struct condition_ops *const types[CONDITION_TYPES] = {
        [CONDITION_HAPPENING] = &happening_ops, [CONDITION_VITAL] = &vital_ops,
        [CONDITION_QUIET] = &quiet_ops,         [CONDITION_OFFLINE] = &offline_ops,
        [CONDITION_VALIDITY] = &validity_ops,   [CONDITION_SEQUENCE] = &sequence_ops,
        [CONDITION_MOTION] = &motion_ops,       [CONDITION_SCORE] = &score_ops,
        [CONDITION_PARTS] = &parts_ops,         [CONDITION_COUNT] = &count_ops,
        [CONDITION_ZONE] = &zone_ops,
};

const struct condition_ops *condition_ops(uint8_t type) {
        return type < CONDITION_TYPES ? types[type] : NULL;
}

void condition_layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        const struct condition_ops *ops = condition_ops(onto->type);

        if (set >> SET_DURING & 1) {
                onto->during_count = from->during_count;
                for (uint8_t i = 0; i < from->during_count; i++)
                        onto->during[i] = from->during[i];
        }
        if (ops && ops->layer)
                ops->layer(onto, from, set);
}

const char *condition_refuse(const struct rule *rule, const struct rule_condition *condition) {
        return condition_ops(condition->type)->refuse(rule, condition);
}

/* --- forms ---------------------------------------------------------------------------------------- */

static bool happening_is_sound(const void *state) {
        const struct happening_state *happening = state;

        return happening->phase <= HAPPENING_CONFIRMED && happening->confidence_pct <= 100 &&
               happening->drill <= 1 && is_time(happening->event_time_ms) &&
               is_time(happening->received_time_ms);
}

static bool vital_is_sound(const void *state) {
        const struct vital_state *vital = state;

        return is_time(vital->since_ms) && is_time(vital->newest_ms) && is_time(vital->enough_ms) &&
               is_time(vital->severe_ms) && vital->phase >= VITAL_PENDING &&
               vital->phase <= VITAL_ACTIVE && vital->severity <= SEVERITY_INFO &&
               vital->history_at < VITAL_HISTORY;
}

static bool motion_state_is_sound(const void *state) {
        const struct motion_state *motion = state;

        return motion_is_sound(&motion->detector) && motion->stored <= 1 && motion->off_body <= 1;
}

static bool quiet_is_sound(const void *state) {
        const struct quiet_state *quiet = state;

        return is_time(quiet->last_ms) && is_time(quiet->door_ms) && quiet->phase <= QUIET_NEVER &&
               quiet->returning <= 1;
}

static bool zone_is_sound(const void *state) {
        const struct zone_state *zone = state;

        return vital_is_sound(&zone->lasting) && is_time(zone->fix_ms) &&
               fabsf(zone->latitude_deg) <= 90 && fabsf(zone->longitude_deg) <= 180 &&
               zone->doubted <= 1;
}

static bool tally_is_sound(const void *state) {
        const struct tally_state *tally = state;

        for (uint8_t i = 1; i < RULE_COUNT_MAX; i++)
                if (i < tally->count && tally->ago_ms[i] < tally->ago_ms[i - 1])
                        return false;
        return is_time(tally->newest_ms) && is_time(tally->keep_ms) && tally->count > 0 &&
               tally->count <= RULE_COUNT_MAX && tally->ago_ms[0] == 0 &&
               tally->phase >= TALLY_COUNTING && tally->phase <= TALLY_RAISED && tally->drill <= 1;
}

static bool sequence_is_sound(const void *state) {
        const struct sequence_state *sequence = state;

        for (uint8_t i = 0; i < RULE_STEPS_MAX; i++)
                if (!is_time(sequence->reached_ms[i]))
                        return false;
        return is_time(sequence->again_ms) && is_time(sequence->seen_ms) &&
               is_time(sequence->decide_ms) && sequence->phase >= SEQUENCE_UNDER_WAY &&
               sequence->phase <= SEQUENCE_RAISED && sequence->drill <= 1;
}

static bool score_is_sound(const void *state) {
        return sliding_is_sound(&((const struct score_state *)state)->sliding);
}

static bool parts_is_sound(const void *state) {
        const struct parts_state *parts = state;

        for (uint8_t i = 0; i < RULE_PARTS_MAX; i++)
                if (!is_time(parts->seen_ms[i]))
                        return false;
        return parts->holds < 1u << RULE_PARTS_MAX;
}

#define STATE(type) .bytes = sizeof(struct type), .device_at = offsetof(struct type, device)

static const struct form_ops forms[FORM_LIMIT] = {
        [FORM_HAPPENING] = {STATE(happening_state), .units = 1, .is_sound = happening_is_sound},
        [FORM_VITAL] = {STATE(vital_state), .units = 2, .is_sound = vital_is_sound},
        [FORM_GATE] = {STATE(gate_state), .units = 2, .is_sound = gate_is_sound},
        [FORM_TALLY] = {STATE(tally_state), .units = 2, .is_sound = tally_is_sound},
        [FORM_SEQUENCE] = {STATE(sequence_state), .units = 2, .is_sound = sequence_is_sound},
        [FORM_MOTION] = {STATE(motion_state), .units = 2, .is_sound = motion_state_is_sound},
        [FORM_SCORE] = {.bytes = sizeof(struct score_state),
                        .device_at = FORM_NO_DEVICE,
                        .is_sound = score_is_sound},
        [FORM_LATE] = {STATE(vital_state), .units = 2, .is_sound = vital_is_sound},
        [FORM_TOLD] = {.bytes = sizeof(struct told_state),
                       .units = 1,
                       .device_at = FORM_NO_DEVICE,
                       .is_sound = told_is_sound},
        [FORM_PARTS] = {.bytes = sizeof(struct parts_state),
                        .device_at = FORM_NO_DEVICE,
                        .is_sound = parts_is_sound},
        [FORM_TREND] = {.bytes = sizeof(struct trend_state),
                        .device_at = FORM_NO_DEVICE,
                        .is_sound = trend_is_sound},
        [FORM_BASELINE] = {.bytes = sizeof(struct baseline_state),
                           .device_at = FORM_NO_DEVICE,
                           .is_sound = baseline_is_sound},
        [FORM_ZONE] = {.bytes = sizeof(struct zone_state),
                       .units = 3,
                       .device_at = offsetof(struct vital_state, device),
                       .is_sound = zone_is_sound},
        [FORM_QUIET] = {STATE(quiet_state), .is_sound = quiet_is_sound},
        [FORM_QUIET_LEARNED] = {.bytes = sizeof(struct quiet_learned),
                                .device_at = offsetof(struct quiet_state, device),
                                .is_sound = quiet_is_sound},
};

const struct form_ops *form_ops(uint8_t form) {
        return &forms[form];
}

static bool is_quiet(uint8_t form) {
        return form == FORM_QUIET || form == FORM_QUIET_LEARNED;
}

uint16_t form_shared_bytes(uint8_t a, uint8_t b) {
        if (a == b)
                return forms[a].bytes;
        return is_quiet(a) && is_quiet(b) ? sizeof(struct quiet_state) : 0;
}
