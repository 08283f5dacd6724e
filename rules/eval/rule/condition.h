/* SPDX-License-Identifier: MIT
 *
 * The parameters of each type of condition, as rules/lang reads them from the rule files, and the lists of all types
 * of condition and of all forms of state. To add a type, start here: add its parameters, a row in RULE_CONDITIONS
 * and, if it keeps state of its own, a row in RULE_FORMS (docs/changing.md).
 *
 * Thread: any (plain data). Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_CONDITION_H
#define VIGIL_RULES_EVAL_RULE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event_kind.h"
#include "rules/eval/rule/day_slot.h"

enum {
        RULE_WORD_BYTES = 24, /* care level, condition, tag, district, device class, room */
        RULE_WORDS_MAX = 8,   /* in one list */
        RULE_SLOTS_MAX = 8,   /* times of day in one rule */
        RULE_REASON_BYTES = 192,
        RULE_MAX = 4096,        /* in one set */
        RULE_OFFLINE_MAX = 8,   /* offline rules in one set */
        RULE_LEVEL_MAX = 2,     /* vital rules on technical kinds in one set */
        RULE_SAMPLES_MAX = 255, /* min_samples */
        RULE_OUT_OF_MAX = 32,   /* k of n: n */
        RULE_STEPS_MAX = 4,     /* steps of a sequence, of severities */
        RULE_PARTS_MAX = 4,     /* parts of all: and any: */
        RULE_COUNT_MAX = 16,    /* at_least of count: */
        RULE_INHIBITORS_MAX = 4,
        RULE_FLAPS_MAX = 8,
        RULE_DISTRICT_DEPTH_MAX = 4, /* grid, street, district, city */
        RULE_HOLIDAYS_MAX = 512,     /* days in one set */
};

/* A list of words. In a selector, an empty list is no restriction. */
struct rule_words {
        char word[RULE_WORDS_MAX][RULE_WORD_BYTES];
        uint8_t count;
};

/* A set of event kinds. */
struct rule_kinds {
        uint64_t bits[KIND_LIMIT / 64];
};

static inline void rule_kinds_add(struct rule_kinds *set, unsigned int kind) {
        set->bits[kind / 64] |= UINT64_C(1) << kind % 64;
}

static inline bool rule_kinds_has(const struct rule_kinds *set, unsigned int kind) {
        return kind < KIND_LIMIT && (set->bits[kind / 64] >> kind % 64 & 1);
}

/* --- the lists -------------------------------------------------------------------------------------- */

/* All types of condition: number, name, and the stem that names the file in conditions/, the parameters in this
 * header and the member of struct rule_condition. In ascending order. Checkpoints contain the numbers: never
 * renumber. */
#define RULE_CONDITIONS(ROW)                                                                       \
        ROW(1, HAPPENING, happening)                                                               \
        ROW(2, VITAL, vital)                                                                       \
        ROW(3, QUIET, quiet)                                                                       \
        ROW(4, OFFLINE, offline)                                                                   \
        ROW(5, VALIDITY, validity)  /* unusable readings of a sensor */                            \
        ROW(6, SCORE, score)        /* NEWS2 */                                                    \
        ROW(7, PARTS, parts)        /* all:, any: */                                               \
        ROW(8, MOTION, motion)      /* fall detection in acceleration */                           \
        ROW(9, COUNT, count)        /* n events within a time */                                   \
        ROW(10, SEQUENCE, sequence) /* a then b, a then not b */                                   \
        ROW(11, GEOFENCE, geofence) /* inside or outside a circle */

enum rule_condition_type {
#define CONDITION_NUMBER(number, NAME, stem) CONDITION_##NAME = (number),
        RULE_CONDITIONS(CONDITION_NUMBER)
#undef CONDITION_NUMBER
                CONDITION_TYPES,
};

/* All forms of state that is kept under a rule: number, name, and the stem of the row, <stem>_form, which is defined
 * in the file that owns the state. The state lies in an episode (rules/eval/core/episode.h), in the elder's block or
 * in the row of a device (rules/eval/memory/elder.h). In ascending order. Checkpoints contain the numbers: never
 * renumber. */
#define RULE_FORMS(ROW)                                                                            \
        ROW(1, HAPPENING, happening)          /* an episode */                                     \
        ROW(2, VITAL, lasting)                /* an episode */                                     \
        ROW(3, QUIET, quiet)                  /* in the block */                                   \
        ROW(4, LEVEL, level)                  /* in the device's row: elder_device_row.level_s */  \
        ROW(5, OFFLINE, offline)              /* in the device's row: elder_device_row.offline */  \
        ROW(6, LATE, late)                    /* an episode, of late samples */                    \
        ROW(7, GATE, gate)                    /* an episode, of an alert held back */              \
        ROW(8, TREND, trend)                  /* in the block */                                   \
        ROW(9, BASELINE, baseline)            /* in the block */                                   \
        ROW(10, SCORE, score)                 /* in the block */                                   \
        ROW(11, PARTS, parts)                 /* in the block */                                   \
        ROW(12, MOTION, motion)               /* an episode */                                     \
        ROW(13, TALLY, tally)                 /* an episode, of count: */                          \
        ROW(14, SEQUENCE, sequence)           /* an episode */                                     \
        ROW(15, GEOFENCE, geofence)           /* an episode */                                     \
        ROW(16, QUIET_LEARNED, quiet_learned) /* in the block: a quiet state and a profile */      \
        ROW(17, TOLD, told)                   /* an episode: the time covered by an alert */

enum rule_form {
        RULE_FORM_NONE,
#define RULE_FORM_NUMBER(number, NAME, stem) RULE_FORM_##NAME = (number),
        RULE_FORMS(RULE_FORM_NUMBER)
#undef RULE_FORM_NUMBER
                RULE_FORM_LIMIT,
};

/* --- parameters ------------------------------------------------------------------------------------- */

/* An event of @kind with a value other than 0 raises an alert of its own. Value 0, or an event of @clear_kinds with a
 * value other than 0, from the same device clears it. Also for technical kinds (mains_lost, tamper). */
struct condition_happening {
        uint16_t kind;
        uint8_t confidence_at_least_pct; /* 0: any */
        uint8_t sure_pct; /* from this confidence on, no confirmation is needed; 0: always needed */
        /* Confirmed when no event of @confirm_kinds follows within this time; 0: no confirmation. Then @hold_ms is
         * the elder's time to cancel; 0: none, and always for KIND_SOS. After an event, further ones of the same
         * device are ignored for @cooldown_ms; 0: never, and always for life safety. */
        int64_t confirm_ms;
        int64_t hold_ms;
        int64_t cooldown_ms;
        struct rule_kinds confirm_kinds; /* these dismiss an unconfirmed event: motion, steps */
        struct rule_kinds cancel_kinds;  /* these cancel it: button_cancel */
        struct rule_kinds clear_kinds;   /* all-clear: mains_restored for mains_lost */
};

enum rule_data_stops {
        RULE_DATA_STOPS_KEEP,  /* a pending duration and an alert stay as they are */
        RULE_DATA_STOPS_CLEAR, /* a pending duration is dropped, an alert is cleared */
        RULE_DATA_STOPS_ALARM, /* a pending duration is raised at once */
};

/* What the limits of a vital are compared with. */
enum rule_measure {
        RULE_MEASURE_VALUE, /* the reading */
        RULE_MEASURE_RISE,  /* reading minus the lowest within @within_ms before it; @above only */
        RULE_MEASURE_FALL,  /* highest within @within_ms minus the reading; @above only */
        RULE_MEASURE_BASELINE, /* reading minus the elder's baseline over @within_ms */
};

/* Severity by measure: the last step that is reached determines the severity; if none is, the rule's own applies. In
 * the order of the file: a step further from the limit comes later. */
struct condition_severities {
        struct {
                double at; /* reached when measure >= at (going up) or <= at (@down) */
                uint8_t severity;
                uint8_t down;
        } step[RULE_STEPS_MAX];
        uint8_t count;
};

/* The measure is above @above or below @below for @for_ms of event time, in at least @min_samples valid samples. On a
 * technical kind (battery, per cent) each device has its own level and there is no duration: the alert is raised and
 * cleared at once. */
struct condition_vital {
        uint16_t kind;
        uint8_t if_data_stops; /* enum rule_data_stops */
        uint8_t min_samples;   /* 0 counts as 1 */
        uint8_t out_of;        /* k of n: n, and @min_samples is k; 0: consecutive samples */
        uint8_t measure;       /* enum rule_measure */
        double above;          /* beyond the limit when value > above; +INFINITY: no such limit */
        double below;          /* beyond the limit when value < below; -INFINITY: no such limit */
        double clear_below; /* cleared when value < clear_below; NAN: as soon as value <= above */
        double clear_above; /* cleared when value > clear_above; NAN: as soon as value >= below */
        int64_t for_ms;
        int64_t data_stops_ms; /* stopped after this long without a valid sample; 0: not checked */
        int64_t within_ms;     /* RISE, FALL: the window; BASELINE: the time constant */
        struct condition_severities severities;
};

enum rule_quiet_mode {
        RULE_QUIET_LONGER_THAN, /* no sign of life for longer than the slot's limit */
        RULE_QUIET_SEEN_WITHIN, /* no sign of life in the whole slot; raised at its end */
        RULE_QUIET_DUE, /* a visit: as LONGER_THAN, but if there was none, from registration */
};

/* No sign of life for longer than the limit of the current time of day. docs/adr/0010-quiet-between-times-of-day.md
 * tells how the limits of two consecutive slots combine. */
struct condition_quiet {
        struct rule_kinds signals;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t mode;               /* enum rule_quiet_mode */
        uint8_t slot_count;         /* at least 1 */

        /* Outer door: if nothing is heard inside within @door_settle_ms after a door of @outer_room was opened or
         * closed, the elder has gone out, until something is heard inside. "": no such door. */
        char outer_room[RULE_WORD_BYTES];
        int64_t door_settle_ms;

        /* Learned profile of the elder: the limit is @learn_times the longest silence usual at this time of day,
         * learned over @learn_ms, but at least @learn_least_ms and at most the slot's limit. @learn_ms 0: not
         * learned. */
        int64_t learn_ms;
        int64_t learn_least_ms;
        double learn_times;

        struct day_slot slots[RULE_SLOTS_MAX];
};

/* A commissioned device with a heartbeat has not been heard for heartbeat x @factor, or for @limit_ms. */
struct condition_offline {
        struct rule_words device_classes; /* empty: all */
        double factor;                    /* 0: use limit_ms */
        int64_t limit_ms;                 /* 0: use factor */
};

/* Readings of @kinds arrive but are unusable: not worn, artefact, implausible, stale. Raises a technical alert about
 * the device, never a vital one. A valid reading clears it. */
struct condition_validity {
        struct rule_kinds kinds;
        uint8_t states;      /* bit n: readings of enum event_validity n count */
        uint8_t min_samples; /* 0 counts as 1 */
        int64_t for_ms;
};

/* The seven parameters of NEWS2, in the order of the chart (RCP 2017, docs/rules.md). */
enum rule_news2 {
        RULE_NEWS2_RESPIRATION,
        RULE_NEWS2_SPO2,
        RULE_NEWS2_OXYGEN, /* air or oxygen */
        RULE_NEWS2_SYSTOLIC,
        RULE_NEWS2_PULSE,
        RULE_NEWS2_CONSCIOUSNESS,
        RULE_NEWS2_TEMPERATURE,
        RULE_NEWS2_PARAMETERS,
};

/* NEWS2 of the newest valid reading of each parameter that is not older than its limit. With fewer than seven
 * parameters it is a lower bound. Raised when the score is at least @at_least, or has risen by @rises_by within
 * @rises_within_ms, or, with @single_three, when one parameter alone scores 3. */
struct condition_score {
        uint8_t at_least; /* 0: not used */
        uint8_t rises_by; /* 0: not used */
        uint8_t needs;    /* least number of known parameters, 1 to 7 */
        bool single_three;
        int64_t rises_within_ms;
        int64_t max_age_ms[RULE_NEWS2_PARAMETERS]; /* an older reading counts as not measured */
        /* Elders with one of these conditions are on SpO2 scale 2 (a prescribed target of 88-92 %). Empty: nobody. */
        struct rule_words scale_2_conditions;
        struct condition_severities severities;
};

/* One part of all: or any:. Either a limit on a vital (NAN: no limit on that side) or, if both are NAN, an event with
 * a value other than 0. True for condition_parts.within_ms after the reading or event. */
struct condition_part {
        uint16_t kind;
        char room[RULE_WORD_BYTES]; /* "": any */
        double above, below;
};

struct condition_parts {
        uint8_t part_count; /* 2 to RULE_PARTS_MAX */
        uint8_t needed;     /* number of parts that must be true; all: part_count, any: 1 */
        int64_t within_ms;  /* for how long a part stays true */
        int64_t for_ms;
        struct condition_part parts[RULE_PARTS_MAX];
};

enum rule_worn { RULE_WORN_WRIST, RULE_WORN_WAIST, RULE_WORN_CHEST, RULE_WORN_POSITIONS };

enum { RULE_MOTION_STILL_MAX_MS = 20000 }; /* longest still_ms that the detector can reach */

/* Limits of a fall for a sensor at one wearing position. Defaults and their source:
 * rules/eval/measure/motion_limits.h. */
struct condition_motion_limits {
        double impact_mg;    /* the peak acceleration reaches this */
        double free_fall_mg; /* before the impact, the minimum is at most this; 0: not required */
        double still_mg;     /* afterwards, the variation is at most this … */
        int64_t still_ms;    /* … for this long */
        double turn_deg;     /* and the posture has turned by at least this; 0: not required */
};

/* A fall in samples of acceleration. Confirmation, hold, cancel and cooldown work as for an event: @happening, with
 * KIND_ACCELERATION. */
struct condition_motion {
        struct condition_happening happening;
        uint8_t positions; /* bit n: enum rule_worn n */
        struct condition_motion_limits limits[RULE_WORN_POSITIONS];
};

/* At least @at_least events of @kinds (value not 0) within @within_ms, from any devices. Cleared when fewer than half
 * of them are left within that time. */
struct condition_count {
        struct rule_kinds kinds;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t at_least;           /* 2 to RULE_COUNT_MAX */
        int64_t within_ms;
};

/* One step: an event of @kinds (value not 0) within @within_ms after the previous step. @absent (last step only): no
 * such event comes within that time. */
struct condition_sequence_step {
        struct rule_kinds kinds;
        char room[RULE_WORD_BYTES];      /* "": any */
        char elsewhere[RULE_WORD_BYTES]; /* any room except this one; "": any */
        bool absent;
        int64_t within_ms; /* 0 for the first step */
};

struct condition_sequence {
        uint8_t step_count; /* 2 to RULE_STEPS_MAX */
        struct condition_sequence_step steps[RULE_STEPS_MAX];
};

/* The elder's position is inside or outside a circle for @for_ms, in at least @min_samples positions. */
struct condition_geofence {
        bool outside;
        bool around_home; /* centre: the elder's home; without an address the rule does not apply */
        uint8_t min_samples;
        double latitude_deg, longitude_deg; /* centre, WGS-84; unused with @around_home */
        double radius_m;
        int64_t for_ms;
};

/* --- a condition ------------------------------------------------------------------------------------ */

/* @during and @unless_away apply to every type: outside them nothing begins and nothing is raised; an open alert may
 * still clear. */
struct rule_condition {
        enum rule_condition_type type;
        uint8_t during_count; /* 0: always; else the rule applies only inside one of the slots */
        bool unless_away;     /* not while the elder is away */
        union {
#define CONDITION_MEMBER(number, NAME, stem) struct condition_##stem stem;
                RULE_CONDITIONS(CONDITION_MEMBER)
#undef CONDITION_MEMBER
        };
        struct day_slot during[RULE_SLOTS_MAX];
};

/* What an override can change, for all types together: bit numbers of rule_override.set. conditions_layer() merges
 * the layers. */
enum rule_setting {
        RULE_SETTING_ABOVE,
        RULE_SETTING_BELOW,
        RULE_SETTING_CLEAR_BELOW,
        RULE_SETTING_CLEAR_ABOVE,
        RULE_SETTING_FOR,
        RULE_SETTING_MIN_SAMPLES, /* and out_of */
        RULE_SETTING_WITHIN,
        RULE_SETTING_CONFIDENCE,
        RULE_SETTING_HOLD,    /* hold, cancel_on */
        RULE_SETTING_CONFIRM, /* confirm */
        RULE_SETTING_COOLDOWN,
        RULE_SETTING_DURING,
        RULE_SETTING_LIMIT, /* by_time, longer_than, heartbeats, visit */
        RULE_SETTING_LEARNED,
        RULE_SETTING_AT_LEAST, /* of score, count */
        RULE_SETTING_MAX_AGE,
        RULE_SETTING_MOTION, /* sensitivity of fall_motion */
        RULE_SETTING_RADIUS,
        RULE_SETTING_SEVERITIES,
        RULE_SETTINGS,
};

#endif
