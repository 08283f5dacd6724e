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
#ifndef VIGIL_RULES_EVAL_RULE_SET_H
#define VIGIL_RULES_EVAL_RULE_SET_H

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

/* A time of day in the elder's local time, from <= t < to, over midnight when to <= from;
 * from == to: the whole day. Minutes after local midnight, 0 to 1439 (to may be 1440). */
struct day_slot {
        int16_t from_minute;
        int16_t to_minute;
        int64_t longer_than_ms; /* QUIET: the limit; 0: never. HAPPENING: not read */
};

enum rule_condition_type {
        CONDITION_HAPPENING = 1,
        CONDITION_VITAL,
        CONDITION_QUIET,
        CONDITION_OFFLINE,
};

/* An event of @kind with value 1 raises an alert of its own; value 0, or an event of a kind in
 * @clear_kinds, from the same device tells that the condition is over. Technical kinds (mains_lost, tamper) too. */
struct happening_condition {
        uint16_t kind;
        uint8_t confidence_at_least_pct; /* 0: any */
        uint8_t slot_count;              /* 0: always; otherwise only inside one of the slots */
        int64_t hold_ms;     /* the elder's time to cancel; 0: none. Never for KIND_SOS */
        int64_t cooldown_ms; /* after a raise, no other for this long; 0: none. Never for life safety */
        struct kind_set cancel_kinds; /* end a hold: button_cancel */
        struct kind_set clear_kinds;  /* mains_restored for mains_lost */
        struct day_slot slots[RULE_SLOTS_MAX];
};

enum if_data_stops {
        DATA_STOPS_KEEP,  /* what was begun stays as it is */
        DATA_STOPS_CLEAR, /* a begun duration is forgotten, an alert cleared */
        DATA_STOPS_ALARM, /* a begun duration raises at once */
};

/* The value lies above @above or below @below for @for_ms of event time, in at least
 * @min_samples valid samples. On a technical kind (battery, per cent) each device has its own
 * level, and there is no duration: it raises and clears at once. */
struct vital_condition {
        uint16_t kind;
        uint8_t if_data_stops; /* enum if_data_stops */
        uint8_t min_samples;   /* 0 counts as 1 */
        double above;          /* +INFINITY: no such limit. Broken when value > above */
        double below;          /* -INFINITY: no such limit. Broken when value < below */
        double clear_below; /* cleared when value < clear_below; NAN: as soon as value <= above */
        double clear_above; /* cleared when value > clear_above; NAN: as soon as value >= below */
        int64_t for_ms;
        int64_t data_stops_ms; /* no valid sample for this long means "stopped"; 0: never looked at */
};

/* No sign of life for longer than the limit of the present time of day. How a limit of one slot
 * meets the next one is told in docs/engine.md. */
struct quiet_condition {
        struct kind_set signals;
        char room[RULE_WORD_BYTES]; /* only devices of this room count; "": all */
        bool unless_away;           /* no deadline while the elder is away */
        uint8_t slot_count;         /* at least 1 */
        struct day_slot slots[RULE_SLOTS_MAX];
};

/* A commissioned device with a heartbeat is not heard for heartbeat x @factor, or for @limit_ms. */
struct offline_condition {
        struct rule_words device_classes;
        double factor;    /* 0: use limit_ms */
        int64_t limit_ms; /* 0: use factor */
};

struct rule_condition {
        enum rule_condition_type type;
        union {
                struct happening_condition happening;
                struct vital_condition vital;
                struct quiet_condition quiet;
                struct offline_condition offline;
        };
};

/* Whom a rule watches: the elder must match every list that is not empty, and none of @not_tags. */
struct rule_selector {
        struct rule_words care_levels;
        struct rule_words conditions;
        struct rule_words tags;
        struct rule_words districts;
        struct rule_words not_tags; /* unless: [hospital, maintenance] */
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
        struct rule_selector applies_to;
        struct rule_condition condition;
};

/* One elder's own values for one rule, until a day. @condition is the whole effective condition: the
 * rule's, with what was changed put in. */
struct rule_override {
        char elder_id[ELDER_ID_BYTES];
        uint32_t elder_hash; /* filled by the builder */
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

/* What an elder's own values are at @now_ms: the override, or NULL when the rule's own hold. */
const struct rule_override *rule_set_override(const struct rule_set *rules, const char *elder_id,
                                              uint32_t rule_index, int64_t now_ms);

/* Walk the overrides, elder by elder: index 0, 1, … until NULL. */
const struct rule_override *rule_set_override_at(const struct rule_set *rules, uint32_t index);

/* The zone of a site; NULL: UTC. */
const struct zone *rule_set_zone(const struct rule_set *rules, const char *site);

/* Does @rule watch an elder of these words? NULL lists are empty. */
struct rule_subject {
        const char *care_level;
        const char *district;
        const char (*conditions)[RULE_WORD_BYTES];
        uint8_t condition_count;
        const char (*tags)[RULE_WORD_BYTES];
        uint8_t tag_count;
};
bool rule_applies(const struct rule *rule, const struct rule_subject *subject);

#endif
