/* SPDX-License-Identifier: MIT
 *
 * What a rule looks at: the parameters of each type of condition, as rules/lang read them, and the lists of all types
 * and of all forms of state. A new type of condition begins here: its parameters, a row in RULE_CONDITIONS, and a row
 * in RULE_FORMS when it remembers something of its own (docs/changing.md).
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
        RULE_STEPS_MAX = 4,     /* of a sequence, of a severity */
        RULE_PARTS_MAX = 4,     /* of all:, any: */
        RULE_COUNT_MAX = 16,    /* at_least: of count: */
        RULE_INHIBITORS_MAX = 4,
        RULE_FLAPS_MAX = 8,
        RULE_DISTRICT_DEPTH_MAX = 4, /* grid, street, district, city */
        RULE_HOLIDAYS_MAX = 512,     /* days in one set */
};

/* A list of words. Empty: anyone. */
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

/* Every type of condition: its number, its name, and the stem of its file in conditions/, of its parameters here and
 * of its member in struct rule_condition. In ascending order. Numbers are in checkpoints: never renumber. */
#define RULE_CONDITIONS(ROW)                                                                       \
        ROW(1, HAPPENING, happening)                                                               \
        ROW(2, VITAL, vital)                                                                       \
        ROW(3, QUIET, quiet)                                                                       \
        ROW(4, OFFLINE, offline)                                                                   \
        ROW(5, VALIDITY, validity)  /* a sensor that sends what cannot be used */                  \
        ROW(6, SCORE, score)        /* NEWS2 */                                                    \
        ROW(7, PARTS, parts)        /* all:, any: */                                               \
        ROW(8, MOTION, motion)      /* a fall in the acceleration */                               \
        ROW(9, COUNT, count)        /* n in T */                                                   \
        ROW(10, SEQUENCE, sequence) /* a then b, a then not b */                                   \
        ROW(11, GEOFENCE, geofence) /* inside, outside a place */

enum rule_condition_type {
#define CONDITION_NUMBER(number, NAME, stem) CONDITION_##NAME = (number),
        RULE_CONDITIONS(CONDITION_NUMBER)
#undef CONDITION_NUMBER
                CONDITION_TYPES,
};

/* Every form of what is remembered under a rule: its number, its name, and the stem of its row, <stem>_form, which is
 * in the file that owns the state. In ascending order. Numbers are in checkpoints: never renumber. */
#define RULE_FORMS(ROW)                                                                            \
        ROW(1, HAPPENING, happening)          /* an episode */                                     \
        ROW(2, VITAL, lasting)                /* an episode */                                     \
        ROW(3, QUIET, quiet)                  /* in the block */                                   \
        ROW(4, LEVEL, level)                  /* beside the device: elder_device_row.level_s */    \
        ROW(5, OFFLINE, offline)              /* beside the device: elder_device_row.offline */    \
        ROW(6, LATE, late)                    /* an episode: of samples that came late */          \
        ROW(7, GATE, gate)                    /* an episode: what is held back */                  \
        ROW(8, TREND, trend)                  /* in the block */                                   \
        ROW(9, BASELINE, baseline)            /* in the block */                                   \
        ROW(10, SCORE, score)                 /* in the block */                                   \
        ROW(11, PARTS, parts)                 /* in the block */                                   \
        ROW(12, MOTION, motion)               /* an episode */                                     \
        ROW(13, TALLY, tally)                 /* an episode: of count: */                          \
        ROW(14, SEQUENCE, sequence)           /* an episode */                                     \
        ROW(15, GEOFENCE, geofence)           /* an episode */                                     \
        ROW(16, QUIET_LEARNED, quiet_learned) /* in the block: a quiet state and a profile */      \
        ROW(17, TOLD, told)                   /* an episode: of which time an alert has told */

enum rule_form {
        RULE_FORM_NONE,
#define RULE_FORM_NUMBER(number, NAME, stem) RULE_FORM_##NAME = (number),
        RULE_FORMS(RULE_FORM_NUMBER)
#undef RULE_FORM_NUMBER
                RULE_FORM_LIMIT,
};

/* --- parameters ------------------------------------------------------------------------------------- */

/* An event of @kind with value 1 raises an alert of its own; value 0, or an event of a kind in
 * @clear_kinds, from the same device tells that the condition is over. Technical kinds (mains_lost, tamper) too. */
struct condition_happening {
        uint16_t kind;
        uint8_t confidence_at_least_pct; /* 0: any */
        uint8_t sure_pct;                /* so sure a device needs no confirmation; 0: none is */
        int64_t confirm_ms; /* no sign of @confirm_kinds for so long confirms; 0: not asked for */
        int64_t hold_ms; /* the elder's time to cancel, after that; 0: none. Never for KIND_SOS */
        int64_t cooldown_ms; /* after a raise, no other for this long; 0: none. Never for life safety */
        struct rule_kinds
                confirm_kinds; /* any of them dismisses what waits to be confirmed: motion, steps */
        struct rule_kinds cancel_kinds; /* end a hold: button_cancel */
        struct rule_kinds clear_kinds;  /* mains_restored for mains_lost */
};

enum rule_data_stops {
        RULE_DATA_STOPS_KEEP,  /* what was begun stays as it is */
        RULE_DATA_STOPS_CLEAR, /* a begun duration is forgotten, an alert cleared */
        RULE_DATA_STOPS_ALARM, /* a begun duration raises at once */
};

/* What a vital's limits are held against. */
enum rule_measure {
        RULE_MEASURE_VALUE, /* the reading */
        RULE_MEASURE_RISE, /* the reading less the lowest within @within_ms before it; @above only */
        RULE_MEASURE_FALL,     /* the highest within @within_ms less the reading; @above only */
        RULE_MEASURE_BASELINE, /* the reading less the elder's own slow mean over @within_ms */
};

/* A severity that goes up and down with what is measured: the last step reached counts, none:
 * the rule's own. Ordered as in the file: the further from the limit the later. */
struct condition_severities {
        struct {
                double at; /* reached when measure >= at (going up) or <= at (@down) */
                uint8_t severity;
                uint8_t down;
        } step[RULE_STEPS_MAX];
        uint8_t count;
};

/* The measure lies above @above or below @below for @for_ms of event time, in at least
 * @min_samples valid samples. On a technical kind (battery, per cent) each device has its own
 * level, and there is no duration: it raises and clears at once. */
struct condition_vital {
        uint16_t kind;
        uint8_t if_data_stops; /* enum rule_data_stops */
        uint8_t min_samples;   /* 0 counts as 1 */
        uint8_t out_of;        /* k of n: @min_samples of the last so many; 0: without a break */
        uint8_t measure;       /* enum rule_measure */
        double above;          /* +INFINITY: no such limit. Broken when value > above */
        double below;          /* -INFINITY: no such limit. Broken when value < below */
        double clear_below; /* cleared when value < clear_below; NAN: as soon as value <= above */
        double clear_above; /* cleared when value > clear_above; NAN: as soon as value >= below */
        int64_t for_ms;
        int64_t data_stops_ms; /* no valid sample for this long means "stopped"; 0: never looked at */
        int64_t within_ms;     /* of RISE, FALL: the window; of BASELINE: its time constant */
        struct condition_severities severities;
};

enum rule_quiet_mode {
        RULE_QUIET_LONGER_THAN, /* no sign of life for longer than the slot's limit */
        RULE_QUIET_SEEN_WITHIN, /* no sign of life in the whole slot: told at its end */
        RULE_QUIET_DUE, /* as LONGER_THAN, but counts from registration when never heard: a visit */
};

/* No sign of life for longer than the limit of the present time of day. How a limit of one slot
 * meets the next one is told in docs/engine.md. */
struct condition_quiet {
        struct rule_kinds signals;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t mode;               /* enum rule_quiet_mode */
        uint8_t slot_count;         /* at least 1 */

        /* The outer-door rule: nothing heard inside for @door_settle_ms after a door of @outer_room was
         * opened or closed means gone out, until something is heard inside. "": no such rule. */
        char outer_room[RULE_WORD_BYTES];
        int64_t door_settle_ms;

        /* The elder's own profile: @learn_times the longest gap usual at this time of day, learned over
         * @learn_ms and within @learn_least_ms and the slot's limit. 0: not learned. */
        int64_t learn_ms;
        int64_t learn_least_ms;
        double learn_times;

        struct day_slot slots[RULE_SLOTS_MAX];
};

/* A commissioned device with a heartbeat is not heard for heartbeat x @factor, or for @limit_ms. */
struct condition_offline {
        struct rule_words device_classes;
        double factor;    /* 0: use limit_ms */
        int64_t limit_ms; /* 0: use factor */
};

/* Readings of @kinds come, but not to be used: not worn, artefacts, implausible, stale. About the
 * device: a technical alert, never a vital one. A valid reading clears. */
struct condition_validity {
        struct rule_kinds kinds;
        uint8_t states;      /* bit n: enum event_validity n counts */
        uint8_t min_samples; /* 0 counts as 1 */
        int64_t for_ms;
};

/* The seven of NEWS2, in the order of the chart (RCP 2017, docs/rules.md). */
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

/* NEWS2 of the newest valid reading of each parameter that is not older than its limit. With fewer
 * than seven it is a lower bound. Raised at @at_least, or with any one parameter at 3 when
 * @single_three, or when it rose by @rises_by within @rises_within_ms. */
struct condition_score {
        uint8_t at_least; /* 0: not asked */
        uint8_t rises_by; /* 0: not asked */
        uint8_t needs;    /* so many parameters at least; 1 to 7 */
        bool single_three;
        int64_t rises_within_ms;
        int64_t max_age_ms[RULE_NEWS2_PARAMETERS]; /* older counts as not measured */
        struct rule_words
                scale_2_conditions; /* prescribed 88-92 %: who has one of them is on scale 2 */
        struct condition_severities severities;
};

/* One part of all:, any:. A limit on a vital (NAN: none of that side), or (both NAN) an event with
 * value 1. True for @PARTS.within_ms after the reading or event. */
struct condition_part {
        uint16_t kind;
        char room[RULE_WORD_BYTES]; /* "": any */
        double above, below;
};

struct condition_parts {
        uint8_t part_count; /* 2 to RULE_PARTS_MAX */
        uint8_t needed;     /* so many of them: part_count is all, 1 is any */
        int64_t within_ms;
        int64_t for_ms;
        struct condition_part parts[RULE_PARTS_MAX];
};

enum rule_worn { RULE_WORN_WRIST, RULE_WORN_WAIST, RULE_WORN_CHEST, RULE_WORN_POSITIONS };

enum { RULE_MOTION_STILL_MAX_MS = 20000 }; /* the longest still_ms that can come true */

/* What a fall looks like to a sensor at one place on the body; the defaults and where they come
 * from: rules/eval/measure/motion_limits.h. */
struct condition_motion_limits {
        double impact_mg;    /* the greatest acceleration reaches this */
        double free_fall_mg; /* before it, the least goes below this; 0: not asked for */
        double still_mg;     /* afterwards it varies by less than this … */
        int64_t still_ms;    /* … for so long */
        double turn_deg;     /* and lies this far from where it was before; 0: not asked for */
};

/* A fall in samples of acceleration. What comes then (confirm, hold, cancel, cooldown) is as for an
 * event: @happening, with KIND_ACCELERATION. */
struct condition_motion {
        struct condition_happening happening;
        uint8_t positions; /* bit n: enum rule_worn n */
        struct condition_motion_limits limits[RULE_WORN_POSITIONS];
};

/* At least so many of these (value not 0) within a time, whichever devices they come from. Cleared when
 * fewer than half of them are left within it. */
struct condition_count {
        struct rule_kinds kinds;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t at_least;           /* 2 to RULE_COUNT_MAX */
        int64_t within_ms;
};

/* One step: an event of @kinds (value not 0), within @within_ms after the step before. @absent (the last
 * only): none such within that time. */
struct condition_sequence_step {
        struct rule_kinds kinds;
        char room[RULE_WORD_BYTES];      /* "": any */
        char elsewhere[RULE_WORD_BYTES]; /* any room but this one; "": any */
        bool absent;
        int64_t within_ms; /* of the first: 0 */
};

struct condition_sequence {
        uint8_t step_count; /* 2 to RULE_STEPS_MAX */
        struct condition_sequence_step steps[RULE_STEPS_MAX];
};

/* Location inside or outside a circle for long enough. */
struct condition_geofence {
        bool outside;
        bool around_home; /* the elder's address; without one the rule says nothing */
        uint8_t min_samples;
        double latitude_deg, longitude_deg; /* WGS-84; when not @around_home */
        double radius_m;
        int64_t for_ms;
};

/* --- a condition ------------------------------------------------------------------------------------ */

/* @during and @unless_away hold for every type: outside of them nothing begins and nothing is raised;
 * what is under way may still clear. */
struct rule_condition {
        enum rule_condition_type type;
        uint8_t during_count; /* 0: always; otherwise only inside one of the slots */
        bool unless_away;     /* not while the elder is away */
        union {
#define CONDITION_MEMBER(number, NAME, stem) struct condition_##stem stem;
                RULE_CONDITIONS(CONDITION_MEMBER)
#undef CONDITION_MEMBER
        };
        struct day_slot during[RULE_SLOTS_MAX];
};

/* What an override may change, whatever the type: bits of rule_override.set. Layers are put together
 * by conditions_layer(). */
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
