/* SPDX-License-Identifier: MIT
 *
 * Rule set 规则集: the compiled, immutable whole of the rule files, as flat tables.
 *
 * rules/lang compiles YAML into it, tests build it by hand; the engine (rules/eval/engine.h) only
 * reads. Filled through a builder that checks what must hold, frozen by rule_set_finish(), and from
 * then on any number of engines and threads may read it. Its owner frees it once no engine has
 * it in force any more (engine_rules_in_force()).
 *
 * Thread: a builder belongs to one thread; a finished set may be read by any. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_SET_RULE_SET_H
#define VIGIL_RULES_EVAL_SET_RULE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/alert.h"
#include "common/event.h"
#include "common/zone.h"

enum {
        RULE_WORD_BYTES = 24, /* care level, condition, tag, district, device class, room */
        RULE_WORDS_MAX = 8,   /* in one list */
        RULE_SLOTS_MAX = 8,   /* times of day in one rule */
        RULE_REASON_BYTES = 192,
        RULES_MAX = 4096,       /* in one set */
        RULE_OFFLINE_MAX = 8,   /* offline rules in one set */
        RULE_LEVEL_MAX = 2,     /* vital rules on technical kinds in one set */
        RULE_SAMPLES_MAX = 255, /* min_samples */
        RULE_OUT_OF_MAX = 32,   /* k of n: n */
        RULE_STEPS_MAX = 4,     /* of a sequence, of a severity */
        RULE_PARTS_MAX = 4,     /* of all:, any: */
        RULE_COUNT_MAX = 16,    /* at_least: of count: */
        RULE_INHIBITORS_MAX = 4,
        RULE_FLAPS_MAX = 8,
        DISTRICT_DEPTH_MAX = 4, /* grid, street, district, city */
        HOLIDAYS_MAX = 512,     /* days in one set */
        MINUTES_A_DAY = 1440,
};

/* A list of words. Empty: anyone. */
struct rule_words {
        char word[RULE_WORDS_MAX][RULE_WORD_BYTES];
        uint8_t count;
};

/* A set of event kinds. */
struct kind_set {
        uint64_t bits[KIND_LIMIT / 64];
};

static inline void kind_set_add(struct kind_set *set, unsigned int kind) {
        set->bits[kind / 64] |= UINT64_C(1) << kind % 64;
}

static inline bool kind_set_has(const struct kind_set *set, unsigned int kind) {
        return kind < KIND_LIMIT && (set->bits[kind / 64] >> kind % 64 & 1);
}

enum slot_holidays {
        SLOT_ANY_DAY,         /* holiday or not: the days of the week decide */
        SLOT_ONLY_HOLIDAYS,   /* on holidays, whatever the day of the week, and on no other day */
        SLOT_EXCEPT_HOLIDAYS, /* on the days of the week, but never on a holiday */
};

/* A time of day in the elder's local time, from <= t < to, over midnight when to <= from;
 * from == to: the whole day. Minutes after local midnight, 0 to 1439 (to may be 1440). A slot over
 * midnight belongs to the day it begins on. */
struct day_slot {
        int16_t from_minute;
        int16_t to_minute;
        uint8_t days;           /* bit 0 Monday … bit 6 Sunday; 0: every day */
        uint8_t holidays;       /* enum slot_holidays */
        int64_t longer_than_ms; /* QUIET: the limit; 0: never. Otherwise not read */
};

static inline bool day_slot_is_sound(const struct day_slot *slot) {
        return slot->from_minute >= 0 && slot->from_minute < MINUTES_A_DAY &&
               slot->to_minute >= 0 && slot->to_minute <= MINUTES_A_DAY && slot->days < 128 &&
               slot->holidays <= SLOT_EXCEPT_HOLIDAYS && slot->longer_than_ms >= 0;
}

/* Wire format of checkpoints (rules/eval/blob.h): never renumber. */
enum rule_condition_type {
        CONDITION_HAPPENING = 1,
        CONDITION_VITAL,
        CONDITION_QUIET,
        CONDITION_OFFLINE,
        CONDITION_VALIDITY, /* a sensor that sends what cannot be used */
        CONDITION_SCORE,    /* NEWS2 */
        CONDITION_PARTS,    /* all:, any: */
        CONDITION_MOTION,   /* a fall in the acceleration */
        CONDITION_COUNT,    /* n in T */
        CONDITION_SEQUENCE, /* a then b, a then not b */
        CONDITION_ZONE,     /* inside, outside a place */
        CONDITION_TYPES,
};

/* An event of @kind with value 1 raises an alert of its own; value 0, or an event of a kind in
 * @clear_kinds, from the same device tells that the condition is over. Technical kinds (mains_lost, tamper) too. */
struct happening_condition {
        uint16_t kind;
        uint8_t confidence_at_least_pct; /* 0: any */
        uint8_t sure_pct;                /* so sure a device needs no confirmation; 0: none is */
        int64_t confirm_ms; /* no sign of @confirm_kinds for so long confirms; 0: not asked for */
        int64_t hold_ms; /* the elder's time to cancel, after that; 0: none. Never for KIND_SOS */
        int64_t cooldown_ms; /* after a raise, no other for this long; 0: none. Never for life safety */
        struct kind_set
                confirm_kinds; /* any of them dismisses what waits to be confirmed: motion, steps */
        struct kind_set cancel_kinds; /* end a hold: button_cancel */
        struct kind_set clear_kinds;  /* mains_restored for mains_lost */
};

enum if_data_stops {
        DATA_STOPS_KEEP,  /* what was begun stays as it is */
        DATA_STOPS_CLEAR, /* a begun duration is forgotten, an alert cleared */
        DATA_STOPS_ALARM, /* a begun duration raises at once */
};

/* What a vital's limits are held against. */
enum measure {
        MEASURE_VALUE,    /* the reading */
        MEASURE_RISE,     /* the reading less the lowest within @within_ms before it; @above only */
        MEASURE_FALL,     /* the highest within @within_ms less the reading; @above only */
        MEASURE_BASELINE, /* the reading less the elder's own slow mean over @within_ms */
};

/* A severity that goes up and down with what is measured: the last step reached counts, none:
 * the rule's own. Ordered as in the file: the further from the limit the later. */
struct severity_steps {
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
struct vital_condition {
        uint16_t kind;
        uint8_t if_data_stops; /* enum if_data_stops */
        uint8_t min_samples;   /* 0 counts as 1 */
        uint8_t out_of;        /* k of n: @min_samples of the last so many; 0: without a break */
        uint8_t measure;       /* enum measure */
        double above;          /* +INFINITY: no such limit. Broken when value > above */
        double below;          /* -INFINITY: no such limit. Broken when value < below */
        double clear_below; /* cleared when value < clear_below; NAN: as soon as value <= above */
        double clear_above; /* cleared when value > clear_above; NAN: as soon as value >= below */
        int64_t for_ms;
        int64_t data_stops_ms; /* no valid sample for this long means "stopped"; 0: never looked at */
        int64_t within_ms;     /* of RISE, FALL: the window; of BASELINE: its time constant */
        struct severity_steps severities;
};

enum quiet_mode {
        QUIET_LONGER_THAN, /* no sign of life for longer than the slot's limit */
        QUIET_SEEN_WITHIN, /* no sign of life in the whole slot: told at its end */
        QUIET_DUE, /* as LONGER_THAN, but counts from registration when never heard: a visit */
};

/* No sign of life for longer than the limit of the present time of day. How a limit of one slot
 * meets the next one is told in docs/engine.md. */
struct quiet_condition {
        struct kind_set signals;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t mode;               /* enum quiet_mode */
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
struct offline_condition {
        struct rule_words device_classes;
        double factor;    /* 0: use limit_ms */
        int64_t limit_ms; /* 0: use factor */
};

/* Readings of @kinds come, but not to be used: not worn, artefacts, implausible, stale. About the
 * device: a technical alert, never a vital one. A valid reading clears. */
struct validity_condition {
        struct kind_set kinds;
        uint8_t states;      /* bit n: enum event_validity n counts */
        uint8_t min_samples; /* 0 counts as 1 */
        int64_t for_ms;
};

/* The seven of NEWS2, in the order of the chart (RCP 2017, docs/rules.md). */
enum news2_parameter {
        NEWS2_RESPIRATION,
        NEWS2_SPO2,
        NEWS2_OXYGEN, /* air or oxygen */
        NEWS2_SYSTOLIC,
        NEWS2_PULSE,
        NEWS2_CONSCIOUSNESS,
        NEWS2_TEMPERATURE,
        NEWS2_PARAMETERS,
};

/* NEWS2 of the newest valid reading of each parameter that is not older than its limit. With fewer
 * than seven it is a lower bound. Raised at @at_least, or with any one parameter at 3 when
 * @single_three, or when it rose by @rises_by within @rises_within_ms. */
struct score_condition {
        uint8_t at_least; /* 0: not asked */
        uint8_t rises_by; /* 0: not asked */
        uint8_t needs;    /* so many parameters at least; 1 to 7 */
        bool single_three;
        int64_t rises_within_ms;
        int64_t max_age_ms[NEWS2_PARAMETERS]; /* older counts as not measured */
        struct rule_words
                scale_2_conditions; /* prescribed 88-92 %: who has one of them is on scale 2 */
        struct severity_steps severities;
};

/* One part of all:, any:. A limit on a vital (NAN: none of that side), or (both NAN) an event with
 * value 1. True for @PARTS.within_ms after the reading or event. */
struct condition_part {
        uint16_t kind;
        char room[RULE_WORD_BYTES]; /* "": any */
        double above, below;
};

struct parts_condition {
        uint8_t part_count; /* 2 to RULE_PARTS_MAX */
        uint8_t needed;     /* so many of them: part_count is all, 1 is any */
        int64_t within_ms;
        int64_t for_ms;
        struct condition_part parts[RULE_PARTS_MAX];
};

enum wearing_position { WORN_WRIST, WORN_WAIST, WORN_CHEST, WORN_POSITIONS };

/* What a fall looks like to a sensor at one place on the body; the defaults and where they come
 * from: rules/eval/measure/motion_limits.h. */
struct motion_limits {
        double impact_mg;    /* the greatest acceleration reaches this */
        double free_fall_mg; /* before it, the least goes below this; 0: not asked for */
        double still_mg;     /* afterwards it varies by less than this … */
        int64_t still_ms;    /* … for so long */
        double turn_deg;     /* and lies this far from where it was before; 0: not asked for */
};

/* A fall in samples of acceleration. What comes then (confirm, hold, cancel, cooldown) is as for an
 * event: @happening, with KIND_ACCELERATION. */
struct motion_condition {
        struct happening_condition happening;
        uint8_t positions; /* bit n: enum wearing_position n */
        struct motion_limits limits[WORN_POSITIONS];
};

/* At least so many of these (value not 0) within a time, whichever devices they come from. Cleared when
 * fewer than half of them are left within it. */
struct count_condition {
        struct kind_set kinds;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        uint8_t at_least;           /* 2 to RULE_COUNT_MAX */
        int64_t within_ms;
};

/* One step: an event of @kinds (value not 0), within @within_ms after the step before. @absent (the last
 * only): none such within that time. */
struct sequence_step {
        struct kind_set kinds;
        char room[RULE_WORD_BYTES];      /* "": any */
        char elsewhere[RULE_WORD_BYTES]; /* any room but this one; "": any */
        bool absent;
        int64_t within_ms; /* of the first: 0 */
};

struct sequence_condition {
        uint8_t step_count; /* 2 to RULE_STEPS_MAX */
        struct sequence_step steps[RULE_STEPS_MAX];
};

/* Location inside or outside a circle for long enough. */
struct zone_condition {
        bool outside;
        bool around_home; /* the elder's address; without one the rule says nothing */
        uint8_t min_samples;
        double latitude_deg, longitude_deg; /* WGS-84; when not @around_home */
        double radius_m;
        int64_t for_ms;
};

/* @during and @unless_away hold for every type: outside of them nothing begins and nothing is raised;
 * what is under way may still clear. */
struct rule_condition {
        enum rule_condition_type type;
        uint8_t during_count; /* 0: always; otherwise only inside one of the slots */
        bool unless_away;     /* not while the elder is away */
        union {
                struct happening_condition happening;
                struct vital_condition vital;
                struct quiet_condition quiet;
                struct offline_condition offline;
                struct validity_condition validity;
                struct score_condition score;
                struct parts_condition parts;
                struct motion_condition motion;
                struct count_condition count;
                struct sequence_condition sequence;
                struct zone_condition zone;
        };
        struct day_slot during[RULE_SLOTS_MAX];
};

/* What an override may change, whatever the type: bits of rule_override.set. Layers are put together
 * by condition_layer(). */
enum rule_setting {
        SET_ABOVE,
        SET_BELOW,
        SET_CLEAR_BELOW,
        SET_CLEAR_ABOVE,
        SET_FOR,
        SET_MIN_SAMPLES, /* and out_of */
        SET_WITHIN,
        SET_CONFIDENCE,
        SET_HOLD,    /* hold, cancel_on */
        SET_CONFIRM, /* confirm */
        SET_COOLDOWN,
        SET_DURING,
        SET_LIMIT, /* by_time, longer_than, heartbeats, visit */
        SET_LEARNED,
        SET_AT_LEAST, /* of score, count */
        SET_MAX_AGE,
        SET_MOTION, /* sensitivity of fall_motion */
        SET_RADIUS,
        SET_SEVERITIES,
        RULE_SETTINGS,
};

/* Put those settings of @from that are in @set (bits of enum rule_setting) onto @onto; both of one
 * type. */
void condition_layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

/* What no condition of @rule may be; layers put together can contradict each other. Return: why, or
 * NULL when it is sound. */
struct rule;
const char *condition_refuse(const struct rule *rule, const struct rule_condition *condition);

/* Whom a rule watches: the elder must match every list that is not empty, and none of @not_tags. */
struct rule_selector {
        struct rule_words care_levels;
        struct rule_words conditions;
        struct rule_words tags;
        struct rule_words districts;
        struct rule_words not_tags; /* unless: [hospital, maintenance] */
        int age_at_least;           /* years, by the year of birth; 0: any */
        bool lives_alone;           /* only who lives alone */
};

struct rule {
        char id[RULE_ID_BYTES];
        uint32_t id_hash; /* murmur2(id), filled by the builder; unique in the set */
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        char advice_zh[ALERT_TEXT_BYTES], advice_en[ALERT_TEXT_BYTES];
        char ladder[LADDER_ID_BYTES]; /* "": pages nobody */
        enum severity severity;
        enum alert_class class;
        bool latching;
        bool shadow; /* judged and counted, pages nobody */

        /* More than @flap_times raises within @flap_within_ms: the last one stays, and what follows is
         * counted and not told, until it has been calm for that long. 0: not asked for. */
        uint8_t flap_times;
        int64_t flap_within_ms;
        /* While one of these is raised for the same elder, this one is held back; it is raised when
         * the other clears before it does. Ids, so that the order of files does not matter. */
        uint8_t inhibitor_count;
        char inhibitors[RULE_INHIBITORS_MAX][RULE_ID_BYTES];
        uint32_t inhibitor_hashes[RULE_INHIBITORS_MAX]; /* filled by the builder */
        bool inhibits;                                  /* another one; filled by the builder */

        struct rule_selector applies_to;
        struct rule_condition condition;
};

enum override_scope { OVERRIDE_ELDER, OVERRIDE_DISTRICT, OVERRIDE_CITY };

/* Other values for one rule, until a day: for the whole city, for a district with all within it, or for
 * one elder. They lie upon each other in that order, larger districts first; of what is set at
 * several the nearest to the elder counts. @condition is the rule's, with what this one sets put in. */
struct rule_override {
        uint8_t scope;                 /* enum override_scope */
        uint32_t set;                  /* bits of enum rule_setting */
        char elder_id[ELDER_ID_BYTES]; /* the elder; the district's id for DISTRICT; "" for CITY */
        uint32_t elder_hash;           /* of that; filled by the builder */
        uint32_t rule_index;
        char reason[RULE_REASON_BYTES];
        int64_t until_time_ms; /* from here on the rule's own values hold again; 0: no end */
        struct rule_condition condition;
};

struct rule_set;

/* --- building ---------------------------------------------------------------------------- */

struct rule_set_builder;

int rule_set_builder_new(struct rule_set_builder **ret);
struct rule_set_builder *rule_set_builder_free(struct rule_set_builder *builder);

/* Local time of the elders of @site; "" for all sites not named. Without any: UTC.
 * @zone (NULL: UTC) belongs to the builder, then to the set; on failure still to the caller.
 * Return: 0, -EINVAL (a site given twice), -ENAMETOOLONG, -ENOMEM. */
int rule_set_add_zone(struct rule_set_builder *builder, const char *site, struct zone *zone);

/* Holidays, as days since 1970-01-01 in local time; for day_slot.holidays. May be called again; a day
 * given twice counts once. Return: 0, -E2BIG, -ENOMEM. */
int rule_set_add_holiday(struct rule_set_builder *builder, int32_t day);

/* Copies @rule. Return: 0 and its index, -EINVAL with err_why() (what no rule may be: a hold on
 * SOS, a cooldown on life safety, a limit that is no number, an id twice …), -ENOMEM. */
int rule_set_add_rule(struct rule_set_builder *builder, const struct rule *rule,
                      uint32_t *ret_index);

/* Copies @override. Return: 0, -EINVAL (another type of condition than the rule's, or given
 * twice for this elder and rule), -ENOMEM. */
int rule_set_add_override(struct rule_set_builder *builder, const struct rule_override *override);

/* Freeze. @version: at most RULE_SET_VERSION_BYTES - 1 characters. The builder is empty afterwards.
 * Return: 0, -EINVAL, -ENOMEM. */
int rule_set_finish(struct rule_set_builder *builder, const char *version, struct rule_set **ret);

struct rule_set *rule_set_free(struct rule_set *rules);

/* --- reading -------------------------------------------------------------------------------- */

const char *rule_set_version(const struct rule_set *rules);
uint32_t rule_set_count(const struct rule_set *rules);
const struct rule *rule_set_rule(const struct rule_set *rules, uint32_t rule_index);

/* Return: index of the rule called @id, or -1. */
int rule_set_find(const struct rule_set *rules, const char *id);

/* The override of one elder, district or city ("") for a rule at @now_ms, or NULL. */
const struct rule_override *rule_set_override(const struct rule_set *rules,
                                              enum override_scope scope, const char *id,
                                              uint32_t rule_index, int64_t now_ms);

/* Walk the overrides, by scope and id: index 0, 1, … until NULL. */
const struct rule_override *rule_set_override_at(const struct rule_set *rules, uint32_t index);

/* The zone of a site; NULL: UTC. */
const struct zone *rule_set_zone(const struct rule_set *rules, const char *site);

/* Does @rule watch an elder of these words? NULL lists are empty. */
struct rule_subject {
        const char *care_level;
        const char (*districts)[RULE_WORD_BYTES]; /* the elder's own first, then what it lies in */
        uint8_t district_count;
        const char (*conditions)[RULE_WORD_BYTES];
        uint8_t condition_count;
        const char (*tags)[RULE_WORD_BYTES];
        uint8_t tag_count;
        int age; /* years; 0: not known, and then no rule with age_at_least applies */
        bool lives_alone;
};
bool rule_applies(const struct rule *rule, const struct rule_subject *subject);

#endif
