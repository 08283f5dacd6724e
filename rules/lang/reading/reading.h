/* SPDX-License-Identifier: MIT
 *
 * What the files of rules/lang share. Nobody else includes this.
 *
 * Reading goes over all documents several times: holidays, then rules, then overrides from the widest
 * scope to the narrowest, because any of them may stand in any file and be needed by the next.
 */
#ifndef VIGIL_RULES_LANG_READING_READING_H
#define VIGIL_RULES_LANG_READING_READING_H

#include "common/yaml.h"
#include "common/zone.h"
#include "rules/lang/lang.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/keys.h"

#define LANG_SECONDS(n) (INT64_C(n) * 1000)
#define LANG_MINUTES(n) (LANG_SECONDS(n) * 60)
#define LANG_HOURS(n) (LANG_MINUTES(n) * 60)
#define LANG_DAYS(n) (LANG_HOURS(n) * 24)

/* A limit this short for everybody would be a flood. For one elder, with a reason and an end, it
 * is a drill or a demonstration, and somebody has answered for it. */
#define LANG_OWN_MIN_MS LANG_SECONDS(10)

struct lang_condition;

struct lang_rule {
        struct rule rule;
        const struct yaml_node *node;           /* the rule's map */
        const struct lang_condition *condition; /* NULL: an override cannot build on it */
        bool shared_id;                         /* another rule had it first */
        bool overridden_city;                   /* then effective is not the rule's own */
        struct rule_condition effective;        /* with what the city overrides */
};

/* Enough to find two of one elder and rule; what it sets is the builder's. */
struct lang_override {
        const struct yaml_node *node;
        const char *whom; /* of the document: the elder's id; "" for the city */
        uint32_t rule_index;
        uint8_t scope; /* enum override_scope */
};

/* What a district sets, for elders who live there and have values of their own. */
struct lang_wider {
        uint32_t set;
        struct rule_condition condition;
};

/* Where the values being read belong: to a rule, or to what overrides it. */
struct lang_place {
        const struct yaml_node *when;   /* the keys of the condition: when:, or set: */
        const struct yaml_node *beside; /* the keys beside when:, or the same set: */
        struct rule *rule;
        struct rule_condition *condition; /* the rule's or the override's */
        const char *whom;                 /* "": the rule itself; otherwise " for elder E42" */
        const char *below;                /* of an override: what it lies upon, ", of the rule" */
        bool is_override;
};

struct lang_reading {
        const struct lang_options *options;
        struct diag *diag;
        struct zone *zone; /* NULL: UTC */
        bool out_of_memory;
        bool refused;                     /* a file could not be read */
        struct rule_set_builder *builder; /* NULL: there was a mistake before the overrides */

        struct yaml_doc **docs;
        size_t doc_count;
        struct lang_rule *rules;
        size_t rule_count;
        struct lang_index rule_ids;
        struct lang_override *overrides;
        size_t override_count;
        struct lang_wider *wider; /* of districts, in the order they were read */
        size_t wider_count;
        struct lang_index wider_index; /* by district and rule */
        int32_t *holidays;
        size_t holiday_count;

        const struct lang_place *place; /* what is being read */
};

#define LANG_ERROR(reading, code, node, help, ...)                                                 \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_WARN(reading, code, node, help, ...)                                                  \
        diag_add((reading)->diag, DIAG_WARNING, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_ERROR_AT_KEY(reading, code, pair, help, ...)                                          \
        diag_add((reading)->diag, DIAG_ERROR, code, (pair)->file, (pair)->key_mark, help,          \
                 __VA_ARGS__)
#define LANG_WARN_AT_KEY(reading, code, pair, help, ...)                                           \
        diag_add((reading)->diag, DIAG_WARNING, code, (pair)->file, (pair)->key_mark, help,        \
                 __VA_ARGS__)

/* --- conditions: one file a kind, when_<word>.c ----------------------------------------------------- */

struct lang_condition {
        const char *word;  /* the key of when: that names it */
        const char *about; /* "an event": what a rule of it is about */
        enum rule_condition_type type;
        const struct lang_key *when_keys;   /* offsets from struct rule_condition */
        const struct lang_key *beside_keys; /* keys of the rule that only this kind has; or NULL */

        /* Defaults, before the keys are read. */
        void (*begin)(struct rule *rule);
        /* After all keys are read, of a rule or of what overrides it: what is missing or contradicts. Sets the
         * class of the alert. Return: false when an override cannot build on it. */
        bool (*check)(struct lang_reading *reading, const struct lang_place *place);
};

extern const struct lang_condition lang_event, lang_vital, lang_invalid, lang_score,
        lang_fall_motion, lang_quiet, lang_visit, lang_offline, lang_count, lang_sequence,
        lang_zone, lang_all, lang_any;

/* All of them, NULL-terminated. */
extern const struct lang_condition *const lang_conditions[];

/* when.c: the kind that @when names, or NULL after a complaint. */
const struct lang_condition *lang_condition_find(struct lang_reading *reading,
                                                 const struct yaml_node *when);
/* Keys of when: and of its kind beside it, and what they mean together. */
bool lang_condition_read(struct lang_reading *reading, const struct lang_condition *condition,
                         struct lang_place *place);

/* hold_keys.c: what event and fall_motion have beside when:. */
extern const struct lang_key lang_hold_keys[], lang_motion_hold_keys[];
void lang_hold_check(struct lang_reading *reading, const struct lang_place *place,
                     const struct happening_condition *happening);

/* limits.c: limits of a vital. */
void lang_limit_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret);
void lang_limits_check(struct lang_reading *reading, const struct lang_place *place);

/* severities.c: severity_when: of a vital and of a score. @above, @below: the rule's limits, or infinite. */
extern const struct lang_map lang_vital_step_map, lang_score_step_map;
lang_read lang_severities_read;
void lang_severities_check(struct lang_reading *reading, const struct lang_place *place,
                           const struct severity_steps *steps, double above, double below);
#define LANG_SEVERITY_WHEN_KEY(steps_map, offset)                                                  \
        {                                                                                          \
                .name = "severity_when", .type = LANG_LIST, .least = 1, .most = RULE_STEPS_MAX,    \
                .map = &(steps_map), .at = (offset), .setting = LANG_SET(SET_SEVERITIES),          \
                .read = lang_severities_read, .what = "more urgent further from the limit"         \
        }

/* --- maps ------------------------------------------------------------------------------------------- */

extern const struct lang_map lang_file_map; /* lang.c */

/* files.c: read @paths into reading->docs, which has room for them. Return: 0, -ENOMEM. */
int lang_documents_load(struct lang_reading *reading, char *const *paths, size_t count);

/* rule.c: one item of rules: */
extern const struct lang_map lang_rule_map;
void lang_rule_read(struct lang_reading *reading, const struct yaml_node *node);

/* override.c: one item of overrides: */
extern const struct lang_map lang_override_map;
void lang_override_read(struct lang_reading *reading, const struct yaml_node *node,
                        enum override_scope scope);
/* Which scope it is about. */
enum override_scope lang_override_scope(const struct yaml_node *node);
/* After the last of them, complain about two for one elder and rule. */
void lang_overrides_compare(struct lang_reading *reading);

/* Complain that no rule has the id @node says. */
void lang_rule_unknown(struct lang_reading *reading, const struct yaml_node *node);

/* holidays.c: one item of holidays: */
extern const struct lang_map lang_holiday_map;
void lang_holiday_read(struct lang_reading *reading, const struct yaml_node *node);

/* slots.c: lists of times of day. */
extern const struct lang_map lang_during_map, lang_by_time_map;
uint8_t lang_slots_read(struct lang_reading *reading, const struct yaml_node *list,
                        const struct lang_map *map, struct day_slot *ret);

/* The row of during:, the same for every kind. */
#define LANG_DURING_KEY                                                                            \
        {                                                                                          \
                .name = "during", .type = LANG_LIST, .least = 1, .most = RULE_SLOTS_MAX,           \
                .map = &lang_during_map, .setting = LANG_SET(SET_DURING),                          \
                .read = lang_during_read, .what = "only at these local times"                      \
        }
lang_read lang_during_read;

/* who.c: applies_to: and unless: */
extern const struct lang_map lang_applies_to_map;
extern const struct lang_word lang_unless_words[];
lang_read lang_unless_read;

/* texts.c: title: and advice: */
extern const struct lang_map lang_texts_map;
lang_read lang_title_read, lang_advice_read;
/* Placeholders that mean nothing for @condition. @texts: title: or advice:, or NULL. */
void lang_texts_check(struct lang_reading *reading, const struct yaml_node *texts,
                      const struct lang_condition *condition);

/* known.c: against options->registry, which is there. Return: 0, -ENOMEM. */
int lang_known_check(struct lang_reading *reading);

/* dead.c: rules that can never raise, or hold each other back. */
void lang_dead_check(struct lang_reading *reading);

/* --- words (words.c) ------------------------------------------------------------------------------- */

extern const struct lang_word lang_happening_words[], lang_vital_words[], lang_reading_words[],
        lang_signal_words[], lang_cancel_words[], lang_event_words[], lang_single_event_words[],
        lang_severity_words[], lang_care_level_words[], lang_day_words[];

/* The class of an alert about @kind, and what says it is over besides value 0 (KIND_NONE: nothing). */
enum alert_class lang_kind_class(unsigned int kind);
/* The gravest class of @kinds. */
enum alert_class lang_kinds_class(const struct kind_set *kinds);
enum event_kind lang_kind_clears(unsigned int kind);

/* An id: letters, digits, _ . and -, shorter than @bytes. */
bool lang_id_is_fine(const char *id, size_t bytes);

/* Is @list a list of at least one? Otherwise complain, with "write  key: [ @example ]". */
bool lang_list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                        const char *example);

/* Limits that people set for @kind. Return: false when the kind has no row. */
struct lang_plausible {
        double above_min, above_max; /* of above: */
        double below_min, below_max; /* of below: */
};
bool lang_plausible_limits(unsigned int kind, struct lang_plausible *ret);

/* dates.c: "2027-02-01": days since 1970-01-01, or (end) the first moment after it in the site's zone. */
bool lang_day_read(struct lang_reading *reading, const struct yaml_node *node, int32_t *ret);
int64_t lang_day_end_ms(const struct lang_reading *reading, int32_t day);

/* origins.c: what the files say and where. Return: 0, or -ENOMEM and *ret is empty. */
int lang_origins_collect(struct lang_origins *ret, const struct lang_reading *reading);

#endif
