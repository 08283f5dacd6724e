/* SPDX-License-Identifier: MIT
 *
 * The kinds of events. Codes are wire format (docs/wire/event-frame.md): never renumber them, only
 * add new ones. Topics, profiles and rule files use the names.
 *
 * Thread: any (constant table). Blocks: never.
 */
#ifndef VIGIL_COMMON_WIRE_EVENT_KIND_H
#define VIGIL_COMMON_WIRE_EVENT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
        KIND_NONE = 0,

        /* Alarm class: may need a person at once. value 1: alarm, 0: all-clear. */
        KIND_SOS = 1,
        KIND_FALL = 2, /* confidence_pct: confidence of the device */
        KIND_SMOKE = 3,
        KIND_GAS = 4,
        KIND_CARBON_MONOXIDE = 5,
        KIND_HEAT = 6,
        KIND_WATER_LEAK = 7,
        KIND_DOOR_OPEN = 8,
        KIND_DOOR_CLOSED = 9, /* in the lane of door_open, to keep their order */
        KIND_BUTTON_CANCEL = 10,
        KIND_SEIZURE = 11,

        /* Vitals: value in the unit of the kind. */
        KIND_HEART_RATE = 64,
        KIND_RESPIRATION_RATE = 65,
        KIND_SPO2 = 66,
        KIND_SYSTOLIC_BP = 67,
        KIND_DIASTOLIC_BP = 68,
        KIND_BODY_TEMPERATURE = 69,
        KIND_SKIN_TEMPERATURE = 70,
        KIND_BLOOD_GLUCOSE = 71,
        KIND_BODY_WEIGHT = 72,
        KIND_BODY_WATER = 73,
        KIND_MUSCLE_MASS = 74,
        KIND_CONSCIOUSNESS = 75,     /* 0 alert, 1 new confusion, 2 voice, 3 pain, 4 unresponsive */
        KIND_OXYGEN_SUPPLEMENT = 76, /* 0 air, 1 oxygen */

        /* Activity: a sign of life. value is 1 unless noted otherwise. */
        KIND_MOTION = 128,
        KIND_BED_IN = 129,
        KIND_BED_OUT = 130,
        KIND_CHAIR_IN = 131,
        KIND_CHAIR_OUT = 132,
        KIND_TOILET = 133,
        KIND_APPLIANCE = 134,
        KIND_STEPS = 135, /* steps since the last report */
        KIND_CARE_VISIT = 136,

        /* Place. */
        KIND_HOME = 160,
        KIND_AWAY = 161,
        KIND_LOCATION = 162, /* value = latitude, value2 = longitude, WGS-84 degrees */

        /* Technical: about the device, not the elder. */
        KIND_HEARTBEAT = 192,
        KIND_BATTERY = 193, /* remaining charge in per cent */
        KIND_MAINS_LOST = 194,
        KIND_MAINS_RESTORED = 195,
        KIND_TAMPER = 196,
        KIND_OFF_BODY = 197,
        KIND_WORN = 198,
        KIND_LINK_LOST = 199,
        KIND_LINK_RESTORED = 200,
        KIND_FAULT = 201,

        /* Waveforms: a sample block follows. */
        KIND_ACCELERATION = 224, /* int16 x, y, z in milli-g */

        /* Written by ingest, not by a device: event_listening(). It has no row in the table, so that no device,
         * profile or rule can use it. */
        KIND_LISTENING = 240,

        KIND_LIMIT = 256,
};

enum event_kind_shape {
        KIND_SHAPE_HAPPENING,
        KIND_SHAPE_VITAL,
        KIND_SHAPE_ACTIVITY,
        KIND_SHAPE_PLACE,
        KIND_SHAPE_TECHNICAL,
        KIND_SHAPE_WAVEFORM,
};

enum lane {
        LANE_ALARM = 0,
        LANE_TELEMETRY = 1,
        LANE_COUNT = 2,
};

/* What rules may do with a kind, and the keys for it in rule files: bits of event_kind_info.uses. */
enum kind_use {
        KIND_USE_RAISE = 1 << 0,   /* raises an alert by itself: event: */
        KIND_USE_COUNT = 1 << 1,   /* an occurrence: count:, sequence:, all:, any: */
        KIND_USE_SIGN = 1 << 2,    /* a sign of life: quiet:, confirm: */
        KIND_USE_CANCEL = 1 << 3,  /* only the elder can cause it: cancel_on: */
        KIND_USE_READING = 1 << 4, /* a reading of the elder: invalid:, vital: in all: */
        KIND_USE_LIMIT = 1 << 5,   /* may have limits: vital: */
        KIND_USE_HOME = 1 << 6,    /* shows that somebody is in the home */
        KIND_USE_LIFE = 1 << 7,    /* may mean danger to life */
};

/* Plausible ranges of the limits in rule files. Deliberately wider than any guideline: a limit outside is most likely a
 * typing error. */
struct kind_limits {
        double above_min, above_max; /* range of above: */
        double below_min, below_max; /* range of below: */
};

struct event_kind_info {
        enum event_kind kind;
        const char *name;
        enum event_kind_shape shape;
        enum lane lane;
        const char *unit;    /* UCUM code, "1" for counts and flags */
        double possible_min; /* ingest quarantines values outside as impossible */
        double possible_max;
        uint8_t uses;               /* bits of enum kind_use */
        enum event_kind cleared_by; /* kind that clears it, besides value 0; KIND_NONE: none */
        struct kind_limits limits;  /* only with KIND_USE_LIMIT */
};

/* Return: the row of @kind, or NULL if there is none. */
const struct event_kind_info *event_kind_info(unsigned int kind);

/* Return: the row named @name (@name_bytes long), or NULL. */
const struct event_kind_info *event_kind_by_name(const char *name, size_t name_bytes);

/* Return: row @index, or NULL past the end; for lists in messages and subscriptions. */
const struct event_kind_info *event_kind_at(size_t index);

/* Is it a call for help: a kind of the alarm lane other than doors and cancels? */
bool event_kind_is_cry(const struct event_kind_info *info);

const char *lane_name(enum lane lane); /* "alarm", "telemetry" */

#endif
