/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/set_back.h"

#include "rules/eval/conditions/vital/vital.h"
#include "rules/eval/core/gate.h"
#include "rules/eval/measure/baseline.h"
#include "rules/eval/memory/elder.h"

static void lasting_set_back(struct vital_state *lasting, int64_t by_ms) {
        time_set_back(&lasting->since_ms, by_ms);
        time_set_back(&lasting->newest_ms, by_ms);
        time_set_back(&lasting->enough_ms, by_ms);
        time_set_back(&lasting->severe_ms, by_ms);
}

static void gate_set_back(struct gate_state *gate, int64_t by_ms) {
        time_set_back(&gate->event_time_ms, by_ms);
        time_set_back(&gate->received_time_ms, by_ms);
        for (uint8_t i = 0; i < RULE_FLAPS_MAX; i++)
                if (gate->raised_s[i] > by_ms / 1000)
                        gate->raised_s[i] -= (uint32_t)(by_ms / 1000);
}

static void sequence_set_back(struct sequence_state *sequence, int64_t by_ms) {
        for (uint8_t i = 0; i < RULE_STEPS_MAX; i++)
                time_set_back(&sequence->reached_ms[i], by_ms);
        time_set_back(&sequence->again_ms, by_ms);
        time_set_back(&sequence->seen_ms, by_ms);
        time_set_back(&sequence->decide_ms, by_ms);
}

static void quiet_set_back(struct quiet_state *quiet, int64_t by_ms) {
        time_set_back(&quiet->last_ms, by_ms);
        time_set_back(&quiet->door_ms, by_ms);
}

static void happening_set_back(struct happening_state *happening, int64_t by_ms) {
        time_set_back(&happening->event_time_ms, by_ms);
        time_set_back(&happening->received_time_ms, by_ms);
}

bool state_set_back(uint8_t form, void *state, int64_t by_ms) {
        switch ((enum plan_form)form) {
        case FORM_HAPPENING:
                happening_set_back(state, by_ms);
                return true;
        case FORM_ZONE:
                time_set_back(&((struct zone_state *)state)->fix_ms, by_ms);
                lasting_set_back(&((struct zone_state *)state)->lasting, by_ms);
                return true;
        case FORM_VITAL:
        case FORM_LATE:
                lasting_set_back(state, by_ms);
                return true;
        case FORM_TOLD:
                time_set_back(&((struct told_state *)state)->from_ms, by_ms);
                time_set_back(&((struct told_state *)state)->to_ms, by_ms);
                return true;
        case FORM_QUIET:
        case FORM_QUIET_LEARNED:
                quiet_set_back(state, by_ms);
                return true;
        case FORM_GATE:
                gate_set_back(state, by_ms);
                return true;
        case FORM_SEQUENCE:
                sequence_set_back(state, by_ms);
                return true;
        case FORM_TALLY:
                time_set_back(&((struct tally_state *)state)->newest_ms, by_ms);
                time_set_back(&((struct tally_state *)state)->keep_ms, by_ms);
                return true;
        case FORM_PARTS:
                for (uint8_t i = 0; i < RULE_PARTS_MAX; i++)
                        time_set_back(&((struct parts_state *)state)->seen_ms[i], by_ms);
                return true;
        case FORM_BASELINE:
                time_set_back(&((struct baseline_state *)state)->newest_ms, by_ms);
                return true;
        case FORM_LEVEL:
        case FORM_OFFLINE:
                return true; /* beside the device: names, no deadlines */
        case FORM_NONE:
        case FORM_TREND:
        case FORM_SCORE:
        case FORM_MOTION:
        case FORM_LIMIT:
                break;
        }
        return false;
}
