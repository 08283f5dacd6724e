/* SPDX-License-Identifier: MIT */
#include "common/wire/event_kind.h"

#include <string.h>

enum {
        CRY = KIND_USE_RAISE | KIND_USE_COUNT | KIND_USE_LIFE,
        VITAL = KIND_USE_READING | KIND_USE_LIMIT,
};

/* Values outside the possible range cannot come from a living person or a working device (a heart rate
 * of 900, a skin temperature of 74 Cel). The ranges are deliberately wide: a reading that is only
 * alarming must reach the rules. */
static const struct event_kind_info kinds[] = {
        {KIND_SOS, "sos", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_FALL, "fall", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_SMOKE, "smoke", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_GAS, "gas", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_CARBON_MONOXIDE, "carbon_monoxide", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = CRY},
        {KIND_HEAT, "heat", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_WATER_LEAK, "water_leak", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_SEIZURE, "seizure", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1, .uses = CRY},
        {KIND_DOOR_OPEN, "door_open", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT | KIND_USE_SIGN, .cleared_by = KIND_DOOR_CLOSED},
        {KIND_DOOR_CLOSED, "door_closed", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_BUTTON_CANCEL, "button_cancel", KIND_SHAPE_HAPPENING, LANE_ALARM, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_CANCEL},

        {KIND_HEART_RATE, "heart_rate", KIND_SHAPE_VITAL, LANE_TELEMETRY, "/min", 0, 350,
         .uses = VITAL, .limits = {60, 220, 25, 100}},
        {KIND_RESPIRATION_RATE, "respiration_rate", KIND_SHAPE_VITAL, LANE_TELEMETRY, "/min", 0,
         120, .uses = VITAL, .limits = {12, 60, 4, 20}},
        {KIND_SPO2, "spo2", KIND_SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100, .uses = VITAL,
         .limits = {90, 100, 70, 97}},
        {KIND_SYSTOLIC_BP, "systolic_bp", KIND_SHAPE_VITAL, LANE_TELEMETRY, "mm[Hg]", 20, 350,
         .uses = VITAL, .limits = {110, 250, 60, 130}},
        {KIND_DIASTOLIC_BP, "diastolic_bp", KIND_SHAPE_VITAL, LANE_TELEMETRY, "mm[Hg]", 10, 250,
         .uses = VITAL, .limits = {60, 150, 30, 90}},
        {KIND_BODY_TEMPERATURE, "body_temperature", KIND_SHAPE_VITAL, LANE_TELEMETRY, "Cel", 20, 46,
         .uses = VITAL, .limits = {37, 42, 32, 36.5}},
        {KIND_SKIN_TEMPERATURE, "skin_temperature", KIND_SHAPE_VITAL, LANE_TELEMETRY, "Cel", 0, 60,
         .uses = VITAL, .limits = {34, 45, 15, 35}},
        {KIND_BLOOD_GLUCOSE, "blood_glucose", KIND_SHAPE_VITAL, LANE_TELEMETRY, "mmol/L", 0, 60,
         .uses = VITAL, .limits = {5, 35, 2, 7}},
        {KIND_BODY_WEIGHT, "body_weight", KIND_SHAPE_VITAL, LANE_TELEMETRY, "kg", 10, 400,
         .uses = VITAL, .limits = {30, 250, 25, 200}},
        {KIND_BODY_WATER, "body_water", KIND_SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100,
         .uses = VITAL, .limits = {30, 80, 20, 70}},
        {KIND_MUSCLE_MASS, "muscle_mass", KIND_SHAPE_VITAL, LANE_TELEMETRY, "%", 0, 100,
         .uses = VITAL, .limits = {15, 70, 10, 60}},
        {KIND_CONSCIOUSNESS, "consciousness", KIND_SHAPE_VITAL, LANE_TELEMETRY, "1", 0, 4,
         .uses = VITAL, .limits = {0, 3, 1, 4}},
        {KIND_OXYGEN_SUPPLEMENT, "oxygen_supplement", KIND_SHAPE_VITAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = VITAL, .limits = {0, 0.9, 0.1, 1}},

        {KIND_MOTION, "motion", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_BED_IN, "bed_in", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_BED_OUT, "bed_out", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_CHAIR_IN, "chair_in", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_CHAIR_OUT, "chair_out", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_TOILET, "toilet", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_APPLIANCE, "appliance", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_HOME},
        {KIND_STEPS, "steps", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 100000,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN | KIND_USE_CANCEL},
        {KIND_CARE_VISIT, "care_visit", KIND_SHAPE_ACTIVITY, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},

        {KIND_HOME, "home", KIND_SHAPE_PLACE, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT | KIND_USE_SIGN},
        {KIND_AWAY, "away", KIND_SHAPE_PLACE, LANE_TELEMETRY, "1", 0, 1, .uses = KIND_USE_COUNT},
        {KIND_LOCATION, "location", KIND_SHAPE_PLACE, LANE_TELEMETRY, "deg", -90, 90, .uses = 0},

        {KIND_HEARTBEAT, "heartbeat", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1, .uses = 0},
        {KIND_BATTERY, "battery", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "%", 0, 100,
         .uses = KIND_USE_LIMIT, .limits = {50, 100, 3, 50}},
        {KIND_MAINS_LOST, "mains_lost", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_MAINS_RESTORED},
        {KIND_MAINS_RESTORED, "mains_restored", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT},
        {KIND_TAMPER, "tamper", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT},
        {KIND_OFF_BODY, "off_body", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_WORN},
        {KIND_WORN, "worn", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT},
        {KIND_LINK_LOST, "link_lost", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT, .cleared_by = KIND_LINK_RESTORED},
        {KIND_LINK_RESTORED, "link_restored", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 1,
         .uses = KIND_USE_COUNT},
        {KIND_FAULT, "fault", KIND_SHAPE_TECHNICAL, LANE_TELEMETRY, "1", 0, 65535,
         .uses = KIND_USE_RAISE | KIND_USE_COUNT},

        {KIND_ACCELERATION, "acceleration", KIND_SHAPE_WAVEFORM, LANE_TELEMETRY, "1", 0, 0,
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
                /* Compare the first letter before calling strncmp(): a replay does this for each event. */
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
