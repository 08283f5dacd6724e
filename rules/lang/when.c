/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rules/lang/parts.h"

enum { TEXT_BYTES = 32 };

#define SECONDS(n) (INT64_C(n) * 1000)
#define MINUTES(n) (SECONDS(n) * 60)
#define HOURS(n) (MINUTES(n) * 60)

/* A limit this short for everybody would be a flood. For one elder, with a reason and an end, it
 * is a drill or a demonstration, and somebody has answered for it. */
#define OVERRIDE_MIN_MS SECONDS(10)

/* --- one limit of a vital --------------------------------------------------------------------------- */

/* Where a number came from: from this map, or (node NULL) from the rule below an override. */
struct limit {
        const struct yaml_node *node;
        double value;
};

static void limit_read(struct lang_reading *reading, const struct yaml_node *map, const char *key,
                       enum event_kind kind, double *value, struct limit *ret) {
        const struct event_kind_info *info = event_kind_info(kind);
        const struct yaml_node *node = yaml_get(map, key);
        bool read = node && yaml_number(node, info->possible_min, info->possible_max, value, "R020",
                                        reading->diag);

        *ret = (struct limit){.node = read ? node : NULL, .value = *value};
}

static void plausible_check(struct lang_reading *reading, const char *word,
                            const struct limit *limit, enum event_kind kind) {
        const struct event_kind_info *info = event_kind_info(kind);
        bool above = strcmp(word, "above") == 0;
        struct lang_plausible range;
        char least[TEXT_BYTES], most[TEXT_BYTES];

        if (!limit->node || !lang_plausible_limits(kind, &range))
                return;

        double min = above ? range.above_min : range.below_min;
        double max = above ? range.above_max : range.below_max;

        if (limit->value >= min && limit->value <= max)
                return;
        LANG_WARN(reading, "W007", limit->node, NULL,
                  "%s %s %s would be true almost %s (expected %s to %s)", info->name, word,
                  limit->node->text, above == (limit->value < min) ? "always" : "never",
                  lang_number_text(min, least, sizeof(least)),
                  lang_number_text(max, most, sizeof(most)));
}

/* "130" or, when the number is the rule's and not the override's, "110, of the rule". */
static const char *limit_text(const struct limit *limit, char *ret) {
        snprintf(ret, 2 * TEXT_BYTES, "%g%s", limit->value, limit->node ? "" : ", of the rule");
        return ret;
}

/* Complain unless @low lies below @high; at whichever of the two this map holds. */
static void order_check(struct lang_reading *reading, const char *low_word, const struct limit *low,
                        const char *high_word, const struct limit *high, bool low_first,
                        const char *elder) {
        char low_text[2 * TEXT_BYTES], high_text[2 * TEXT_BYTES];
        const struct yaml_node *at = low_first ? low->node : high->node;

        if (!at)
                at = low_first ? high->node : low->node;
        if (!at || low->value < high->value)
                return;
        limit_text(low, low_text);
        limit_text(high, high_text);
        LANG_ERROR(reading, "R030", at, NULL, "%s (%s) must be %s than %s (%s)%s%s",
                   low_first ? low_word : high_word, low_first ? low_text : high_text,
                   low_first ? "lower" : "higher", low_first ? high_word : low_word,
                   low_first ? high_text : low_text, elder ? " for elder " : "",
                   elder ? elder : "");
}

static void limits_check(struct lang_reading *reading, const struct yaml_node *map,
                         const struct limit *above, const struct limit *below,
                         const struct limit *clear_below, const struct limit *clear_above,
                         const char *elder) {
        if (isfinite(above->value) && isfinite(below->value))
                order_check(reading, "below", below, "above", above, true, elder);
        if (isfinite(above->value) && !isnan(clear_below->value))
                order_check(reading, "clear_below", clear_below, "above", above, true, elder);
        if (isfinite(below->value) && !isnan(clear_above->value))
                order_check(reading, "below", below, "clear_above", clear_above, false, elder);
        if (!isnan(clear_below->value) && !isnan(clear_above->value))
                order_check(reading, "clear_above", clear_above, "clear_below", clear_below, true,
                            elder);

        if (clear_below->node && !isfinite(above->value) && !yaml_get(map, "above"))
                LANG_ERROR_AT_KEY(reading, "R031", clear_below->node, NULL,
                                  "clear_below needs above");
        if (clear_above->node && !isfinite(below->value) && !yaml_get(map, "below"))
                LANG_ERROR_AT_KEY(reading, "R031", clear_above->node, NULL,
                                  "clear_above needs below");
}

/* --- the four conditions ----------------------------------------------------------------------------- */

void lang_vital_read(struct lang_reading *reading, const struct yaml_node *map,
                     struct vital_condition *condition, const char *elder) {
        const struct yaml_node *duration = yaml_get(map, "for"),
                               *samples = yaml_get(map, "min_samples");
        struct limit above, below, clear_below, clear_above;
        int64_t count;

        limit_read(reading, map, "above", condition->kind, &condition->above, &above);
        limit_read(reading, map, "below", condition->kind, &condition->below, &below);
        limit_read(reading, map, "clear_below", condition->kind, &condition->clear_below,
                   &clear_below);
        limit_read(reading, map, "clear_above", condition->kind, &condition->clear_above,
                   &clear_above);
        limits_check(reading, map, &above, &below, &clear_below, &clear_above, elder);
        plausible_check(reading, "above", &above, condition->kind);
        plausible_check(reading, "below", &below, condition->kind);

        if (duration)
                yaml_duration_ms(duration, SECONDS(1), HOURS(24), &condition->for_ms, "R021",
                                 reading->diag);
        if (samples && yaml_integer(samples, 1, RULE_SAMPLES_MAX, &count, "R020", reading->diag))
                condition->min_samples = (uint8_t)count;

        if (elder)
                return;
        if (!yaml_get(map, "above") && !yaml_get(map, "below"))
                LANG_ERROR(reading, "R033", yaml_get(map, "vital"),
                           "write  above: NUMBER  or  below: NUMBER  beside it",
                           "a vital needs a limit");
        if (condition->for_ms && !samples) {
                /* One sample is not yet a duration: it could be the last one for hours. */
                condition->min_samples = 2;
        }
}

void lang_during_read(struct lang_reading *reading, const struct yaml_node *map,
                      struct rule_condition *condition) {
        const struct yaml_node *during = yaml_get(map, "during");

        if (during)
                condition->during_count =
                        lang_slots_read(reading, during, false, condition->during);
}

void lang_happening_read(struct lang_reading *reading, const struct yaml_node *map,
                         struct happening_condition *condition, const char *elder) {
        const struct yaml_node *confidence = yaml_get(map, "confidence_at_least");
        double least;

        if (confidence && yaml_number(confidence, 0, 1, &least, "R020", reading->diag))
                condition->confidence_at_least_pct = (uint8_t)lround(least * 100);
}

void lang_quiet_read(struct lang_reading *reading, const struct yaml_node *map,
                     struct quiet_condition *condition, const char *elder) {
        const struct yaml_node *by_time = yaml_get(map, "by_time"),
                               *longer_than = yaml_get(map, "longer_than");
        const struct yaml_node *room = yaml_get(map, "room");
        int64_t limit_ms;

        if (by_time && longer_than)
                LANG_ERROR_AT_KEY(reading, "R028", longer_than,
                                  "put a longer_than into every slot of by_time instead",
                                  "longer_than and by_time exclude each other");
        else if (by_time)
                condition->slot_count = lang_slots_read(reading, by_time, true, condition->slots);
        else if (longer_than && yaml_duration_ms(longer_than, elder ? OVERRIDE_MIN_MS : MINUTES(10),
                                                 HOURS(168), &limit_ms, "R021", reading->diag))
                condition->slots[0] = (struct day_slot){.longer_than_ms = limit_ms};
        if (!by_time && longer_than)
                condition->slot_count = 1;

        if (room && room->type == YAML_TEXT && lang_id_is_fine(room->text, RULE_WORD_BYTES))
                memcpy(condition->room, room->text, strlen(room->text) + 1);
        else if (room)
                LANG_ERROR(reading, "R017", room, "letters, digits, _ . and -, at most 23 of them",
                           "this is not a room");

        if (!elder && !by_time && !longer_than)
                LANG_ERROR(reading, "R033", yaml_get(map, "quiet"),
                           "write  longer_than: 4h  or  by_time:  beside it",
                           "quiet needs to know how long");
}

void lang_offline_read(struct lang_reading *reading, const struct yaml_node *map,
                       struct offline_condition *condition, const char *elder) {
        const struct yaml_node *heartbeats = yaml_get(map, "heartbeats"),
                               *longer_than = yaml_get(map, "longer_than");

        if (heartbeats && longer_than) {
                LANG_ERROR_AT_KEY(reading, "R028", longer_than, NULL,
                                  "longer_than and heartbeats exclude each other");
                return;
        }
        if (heartbeats &&
            yaml_number(heartbeats, 1, 100, &condition->factor, "R020", reading->diag))
                condition->limit_ms = 0;
        if (longer_than &&
            yaml_duration_ms(longer_than, elder ? OVERRIDE_MIN_MS : MINUTES(1), HOURS(24 * 31),
                             &condition->limit_ms, "R021", reading->diag))
                condition->factor = 0;
}

/* --- when: ---------------------------------------------------------------------------------------------- */

static bool happening_when(struct lang_reading *reading, const struct yaml_node *map,
                           struct rule *rule) {
        const struct lang_happening *happening =
                lang_happening_find(reading, yaml_get(map, "event"));
        struct happening_condition *condition = &rule->condition.happening;

        lang_happening_read(reading, map, condition, NULL);
        if (!happening)
                return false;
        condition->kind = (uint16_t)happening->kind;
        if (happening->clear_kind)
                kind_set_add(&condition->clear_kinds, happening->clear_kind);
        rule->class = happening->class;
        return true;
}

static bool vital_when(struct lang_reading *reading, const struct yaml_node *map,
                       struct rule *rule) {
        struct vital_condition *condition = &rule->condition.vital;

        *condition = (struct vital_condition){
                .kind = (uint16_t)lang_vital_find(reading, yaml_get(map, "vital")),
                .min_samples = 1,
                .above = INFINITY,
                .below = -INFINITY,
                .clear_below = NAN,
                .clear_above = NAN,
        };
        if (!condition->kind)
                return false;
        rule->class = condition->kind == KIND_BATTERY ? ALERT_TECHNICAL : ALERT_VITAL;
        lang_vital_read(reading, map, condition, NULL);
        return true;
}

static bool quiet_when(struct lang_reading *reading, const struct yaml_node *map,
                       struct rule *rule) {
        rule->class = ALERT_ACTIVITY;
        lang_signals_read(reading, yaml_get(map, "quiet"), &rule->condition.quiet.signals);
        lang_quiet_read(reading, map, &rule->condition.quiet, NULL);
        return true;
}

static bool offline_when(struct lang_reading *reading, const struct yaml_node *map,
                         struct rule *rule) {
        const struct yaml_node *node = yaml_get(map, "offline");
        struct offline_condition *condition = &rule->condition.offline;

        rule->class = ALERT_TECHNICAL;
        condition->factor = 1;
        if (node->type == YAML_LIST)
                lang_words_read(reading, node, NULL, &condition->device_classes);
        else if (node->type != YAML_TEXT || strcmp(node->text, "any") != 0)
                LANG_ERROR(reading, "R017", node,
                           "write  offline: any  or  offline: [ sos_button, smoke ]",
                           "offline needs a list of device classes");
        lang_offline_read(reading, map, condition, NULL);
        return true;
}

static const struct {
        const char *word;
        enum rule_condition_type type;
        bool (*read)(struct lang_reading *reading, const struct yaml_node *map, struct rule *rule);
        struct yaml_key keys[8];
        size_t key_count;
} condition_kinds[] = {
        {"event",
         CONDITION_HAPPENING,
         happening_when,
         {{"event", true}, {"confidence_at_least", false}, {"during", false}},
         3},
        {"vital",
         CONDITION_VITAL,
         vital_when,
         {{"vital", true},
          {"above", false},
          {"below", false},
          {"clear_below", false},
          {"clear_above", false},
          {"for", false},
          {"min_samples", false}},
         7},
        {"quiet",
         CONDITION_QUIET,
         quiet_when,
         {{"quiet", true}, {"by_time", false}, {"longer_than", false}, {"room", false}},
         4},
        {"offline",
         CONDITION_OFFLINE,
         offline_when,
         {{"offline", true}, {"heartbeats", false}, {"longer_than", false}},
         3},
};
enum { CONDITION_KINDS = sizeof(condition_kinds) / sizeof(condition_kinds[0]) };

bool lang_when_read(struct lang_reading *reading, const struct yaml_node *node, struct rule *rule) {
        const struct yaml_node *first = NULL;
        size_t found = CONDITION_KINDS;

        if (node->type != YAML_MAP)
                return yaml_check_keys(node, "when", condition_kinds[0].keys, 1, "R012",
                                       reading->diag);
        for (size_t i = 0; i < CONDITION_KINDS; i++) {
                const struct yaml_node *pair = yaml_get(node, condition_kinds[i].word);

                if (pair && first) {
                        LANG_ERROR_AT_KEY(reading, "R028", pair, "make two rules of it",
                                          "when has both \"%s\" and \"%s\"", first->key, pair->key);
                        return false;
                }
                if (pair) {
                        first = pair;
                        found = i;
                }
        }
        if (found == CONDITION_KINDS) {
                static const char *const words[] = {"event", "vital", "quiet", "offline", NULL};
                const char *nearest = node->child ? diag_nearest(node->child->key, words) : NULL;
                char help[64];

                snprintf(help, sizeof(help), "did you mean \"%s\"?", nearest ? nearest : "");
                diag_add(reading->diag, DIAG_ERROR, "R028", node->file,
                         node->child ? node->child->key_mark : node->mark, nearest ? help : NULL,
                         "when needs one of: event, vital, quiet, offline");
                return false;
        }

        rule->condition.type = condition_kinds[found].type;
        yaml_check_keys(node, "when", condition_kinds[found].keys, condition_kinds[found].key_count,
                        "R012", reading->diag);
        lang_during_read(reading, node, &rule->condition);
        return condition_kinds[found].read(reading, node, rule);
}
