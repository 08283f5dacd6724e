/* SPDX-License-Identifier: MIT */
#include "common/wire/event_kind.h"

#include <string.h>

enum {
        CRY = KIND_USE_RAISE | KIND_USE_COUNT | KIND_USE_LIFE,
        VITAL = KIND_USE_READING | KIND_USE_LIMIT,
};

/* The possible ranges refuse what no living person or working device can report (a heart rate
 * of 900, 74 Cel of skin). They are wide on purpose: a reading that is merely alarming must
 * reach the rules. */
static const struct event_kind_info kinds[] = {
        {KIND_SOS, "sos", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_FALL, "fall", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_SMOKE, "smoke", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_GAS, "gas", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_CARBON_MONOXIDE, "carbon_monoxide", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = CRY},
        {KIND_HEAT, "heat", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_WATER_LEAK, "water_leak", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_SEIZURE, "seizure", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_DOOR_OPEN, "door_open", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT | KIND_USE_SIGN, .cleared_by = KIND_DOOR_CLOSED},
        {KIND_DOOR_CLOSED, "door_closed", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_BUTTON_CANCEL, "button_cancel", SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_CANCEL},

        {KIND_HEART_RATE, "heart_rate", SHAPE_VITAL, LANE_TELEMETRY, "/min", 0, 350, .uses = VITAL,
         .limits = {60, 220, 25, 100}},
        {KIND_RESPIRATION_RATE, "respiration_rate", SHAPE_VITAL, LANE_TELEMETRY, "/min", 0, 120,
         .uses = VITAL, .limits = {12, 60, 4, 20}},
        {KIND_SPO2, "spo2", SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100, .uses = VITAL,
         .limits = {90, 100, 70, 97}},
        {KIND_SYSTOLIC_BP, "systolic_bp", SHAPE_VITAL, LANE_TELEMETRY, "mm[Hg]", 20, 350,
         .uses = VITAL, .limits = {110, 250, 60, 130}},
        {KIND_DIASTOLIC_BP, "diastolic_bp", SHAPE_VITAL, LANE_TELEMETRY, "mm[Hg]", 10, 250,
         .uses = VITAL, .limits = {60, 150, 30, 90}},
        {KIND_BODY_TEMPERATURE, "body_temperature", SHAPE_VITAL, LANE_TELEMETRY, "Cel", 20, 46,
         .uses = VITAL, .limits = {37, 42, 32, 36.5}},
        {KIND_SKIN_TEMPERATURE, "skin_temperature", SHAPE_VITAL, LANE_TELEMETRY, "Cel", 0, 60,
         .uses = VITAL, .limits = {34, 45, 15, 35}},
        {KIND_BLOOD_GLUCOSE, "blood_glucose", SHAPE_VITAL, LANE_TELEMETRY, "mmol/L", 0, 60,
         .uses = VITAL, .limits = {5, 35, 2, 7}},
        {KIND_BODY_WEIGHT, "body_weight", SHAPE_VITAL, LANE_TELEMETRY, "kg", 10, 400, .uses = VITAL,
         .limits = {30, 250, 25, 200}},
        {KIND_BODY_WATER, "body_water", SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100, .uses = VITAL,
         .limits = {30, 80, 20, 70}},
        {KIND_MUSCLE_MASS, "muscle_mass", SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100, .uses = VITAL,
         .limits = {15, 70, 10, 60}},
        {KIND_CONSCIOUSNESS, "consciousness", SHAPE_VITAL, LANE_TELEMETRY, "1", 0, 4, .uses = VITAL,
         .limits = {0, 3, 1, 4}},
        {KIND_OXYGEN_SUPPLEMENT, "oxygen_supplement", SHAPE_VITAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = VITAL, .limits = {0, 0.9, 0.1, 1}},

        {KIND_MOTION, "motion", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_BED_IN, "bed_in", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_BED_OUT, "bed_out", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_CHAIR_IN, "chair_in", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_CHAIR_OUT, "chair_out", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_TOILET, "toilet", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_APPLIANCE, "appliance", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_STEPS, "steps", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 100000,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_CANCEL},
        {KIND_CARE_VISIT, "care_visit", SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},

        {KIND_HOME, "home", SHAPE_PLACE, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_AWAY, "away", SHAPE_PLACE, LANE_TELEMETRY, "1", 0, 1, .uses = KIND_USE_COUNT},
        {KIND_LOCATION, "location", SHAPE_PLACE, LANE_TELEMETRY, "deg", -90, 90, .uses = 0},

        {KIND_HEARTBEAT, "heartbeat", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1, .uses = 0},
        {KIND_BATTERY, "battery", SHAPE_TECHNICAL, LANE_TELEMETRY, "%", 0, 100,
         .uses = KIND_USE_LIMIT, .limits = {50, 100, 3, 50}},
        {KIND_MAINS_LOST, "mains_lost", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_MAINS_RESTORED},
        {KIND_MAINS_RESTORED, "mains_restored", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT},
        {KIND_TAMPER, "tamper", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT},
        {KIND_OFF_BODY, "off_body", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_WORN},
        {KIND_WORN, "worn", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1, .uses = KIND_USE_COUNT},
        {KIND_LINK_LOST, "link_lost", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_LINK_RESTORED},
        {KIND_LINK_RESTORED, "link_restored", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT},
        {KIND_FAULT, "fault", SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 65535,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT},

        {KIND_ACCELERATION, "acceleration", SHAPE_WAVEFORM, LANE_TELEMETRY, "1", 0, 0,
         .uses = KIND_USE_LIFE},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

const struct event_kind_info *event_kind_info(unsigned int kind) {
        for (size_t i = 0; i < KIND_COUNT; i++)
                if (kinds[i].kind == kind)
                        return &kinds[i];
        return NULL;
}

const struct event_kind_info *event_kind_by_name(const char *name, size_t name_bytes) {
        for (size_t i = 0; i < KIND_COUNT; i++)
                /* The first letter settles most rows without a call: a replay asks for each event. */
                if (name_bytes && kinds[i].name[0] == name[0] &&
                    strncmp(kinds[i].name, name, name_bytes) == 0 &&
                    kinds[i].name[name_bytes] == '\0')
                        return &kinds[i];
        return NULL;
}

const struct event_kind_info *event_kind_at(size_t index) {
        return index < KIND_COUNT ? &kinds[index] : NULL;
}

bool event_kind_is_cry(const struct event_kind_info *info) {
        return info->lane == LANE_ALARM && info->kind != KIND_DOOR_OPEN &&
               info->kind != KIND_DOOR_CLOSED && info->kind != KIND_BUTTON_CANCEL;
}

const char *lane_name(enum lane lane) {
        return lane == LANE_ALARM ? "alarm" : "telemetry";
}
