/* SPDX-License-Identifier: MIT
 *
 * What the files of rules/lang share. Nobody else includes this.
 *
 * Reading has two passes over all documents: first every rule, then every override, because an
 * override may stand in any file and names its rule by id.
 */
#ifndef VIGIL_RULES_LANG_PARTS_H
#define VIGIL_RULES_LANG_PARTS_H

#include "common/yaml.h"
#include "common/zone.h"
#include "rules/lang/lang.h"

struct lang_rule {
        struct rule rule;
        const struct yaml_node *node; /* the rule's map */
        bool readable;                /* its condition can be built on by an override */
};

struct lang_override {
        struct rule_override override;
        const struct yaml_node *node;
};

struct lang_reading {
        const struct lang_options *options;
        struct diag *diag;
        struct zone *zone; /* NULL: UTC */
        bool out_of_memory;

        struct yaml_doc **docs;
        size_t doc_count;
        struct lang_rule *rules;
        size_t rule_count;
        struct lang_override *overrides;
        size_t override_count;
};

#define LANG_ERROR(reading, code, node, help, ...)                                                 \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_WARN(reading, code, node, help, ...)                                                  \
        diag_add((reading)->diag, DIAG_WARNING, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_ERROR_AT_KEY(reading, code, pair, help, ...)                                          \
        diag_add((reading)->diag, DIAG_ERROR, code, (pair)->file, (pair)->key_mark, help,          \
                 __VA_ARGS__)

/* rule.c: one item of rules: */
void lang_rule_read(struct lang_reading *reading, const struct yaml_node *node);

/* override.c: one item of overrides: */
void lang_override_read(struct lang_reading *reading, const struct yaml_node *node);

/* override.c: after the last of them, complain about two for one elder and rule. */
void lang_overrides_compare(struct lang_reading *reading);

/* when.c: the condition of a rule. Return: false when an override cannot build on it. */
bool lang_when_read(struct lang_reading *reading, const struct yaml_node *node, struct rule *rule);

/*
 * Values of a condition, from a rule's when: (@elder NULL) or from an override's set:, in which case
 * @condition comes filled with the rule's own values. What is there is read and put in, and
 * then the whole is judged, so that a mixture of both can be found contradictory.
 */
void lang_vital_read(struct lang_reading *reading, const struct yaml_node *map,
                     struct vital_condition *condition, const char *elder);
void lang_during_read(struct lang_reading *reading, const struct yaml_node *map,
                      struct rule_condition *condition);
void lang_happening_read(struct lang_reading *reading, const struct yaml_node *map,
                         struct happening_condition *condition, const char *elder);
void lang_quiet_read(struct lang_reading *reading, const struct yaml_node *map,
                     struct quiet_condition *condition, const char *elder);
void lang_offline_read(struct lang_reading *reading, const struct yaml_node *map,
                       struct offline_condition *condition, const char *elder);

/* hold: and cancel_on:, cooldown: of a rule about an event. */
void lang_hold_read(struct lang_reading *reading, const struct yaml_node *map, struct rule *rule);

/* slots.c: from:/to: lists. @limits: every slot has a longer_than: too. Return: how many are in @ret. */
uint8_t lang_slots_read(struct lang_reading *reading, const struct yaml_node *list, bool limits,
                        struct day_slot *ret);

/* words.c */

/* A list of words like tags or districts into @ret. @known: NULL-terminated, NULL: any word. */
void lang_words_read(struct lang_reading *reading, const struct yaml_node *list,
                     const char *const *known, struct rule_words *ret);

/* An id: letters, digits, _ . and -, shorter than @bytes. */
bool lang_id_is_fine(const char *id, size_t bytes);

/* "2027-02-01": *ret is the first moment after that day in the site's time zone. */
bool lang_date_read(struct lang_reading *reading, const struct yaml_node *node,
                    int64_t *ret_end_ms);

/* What an event: rule may wait for. */
struct lang_happening {
        enum event_kind kind;
        enum alert_class class;
        enum event_kind clear_kind; /* says it is over, besides value 0; KIND_NONE: nothing else */
};
const struct lang_happening *lang_happening_find(struct lang_reading *reading,
                                                 const struct yaml_node *node);

/* A vital, or battery. KIND_NONE after a complaint. */
enum event_kind lang_vital_find(struct lang_reading *reading, const struct yaml_node *node);

/* Signs of life: a list of words, some of which stand for two kinds. */
void lang_signals_read(struct lang_reading *reading, const struct yaml_node *list,
                       struct kind_set *ret);

/* What ends an elder's cancel window. */
void lang_cancels_read(struct lang_reading *reading, const struct yaml_node *list,
                       struct kind_set *ret);

/* Limits that people set for @kind. Return: false when the kind has no row. */
struct lang_plausible {
        double above_min, above_max; /* of above: */
        double below_min, below_max; /* of below: */
};
bool lang_plausible_limits(enum event_kind kind, struct lang_plausible *ret);

/* "a, b": only for messages. */
const char *lang_number_text(double number, char *ret, size_t ret_bytes);

#endif
