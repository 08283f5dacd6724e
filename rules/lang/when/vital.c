/* SPDX-License-Identifier: MIT
 *
 * vital: a reading beyond a limit, rising or falling fast, or far from the elder's own baseline.
 */
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <math.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/limits.h"
#include "rules/lang/values/severities.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, vital.member)

/* Read the limit of a difference. Files give its size; for below_baseline it is stored as a negative number. */
static void delta_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret) {
        struct condition_vital *vital = &reading->place->condition->vital;
        const struct event_kind_info *info = event_kind_info(vital->kind);
        double delta;

        if (!info || !yaml_read_number(node, key->least, info->possible_max - info->possible_min,
                                       &delta, "R020", reading->diag))
                return;
        *(double *)ret = key->at == AT(below) ? -delta : delta;
}

static const struct lang_word data_stops_words[] = {
        {"keep", RULE_DATA_STOPS_KEEP, 0},
        {"clear", RULE_DATA_STOPS_CLEAR, 0},
        {"alarm", RULE_DATA_STOPS_ALARM, 0},
        {NULL, 0, 0},
};

#define LIMIT_KEY(word, member, set, text)                                                         \
        {                                                                                          \
                .name = word, .type = LANG_KEY_NUMBER, .least = -INFINITY, .most = INFINITY,       \
                .at = AT(member), .setting = LANG_SET(set), .read = lang_limit_read, .what = text  \
        }
#define DELTA_KEY(word, member, set, text)                                                         \
        {                                                                                          \
                .name = word, .type = LANG_KEY_NUMBER, .least = 0.1, .most = INFINITY,             \
                .at = AT(member), .setting = LANG_SET(set), .read = delta_read, .what = text       \
        }

static const struct lang_key when_keys[] = {
        {.name = "vital",
         .type = LANG_KEY_KIND,
         .uses = KIND_USE_LIMIT,
         .required = true,
         .at = AT(kind),
         .what = "a reading, in the unit of its kind"},
        LIMIT_KEY("above", above, RULE_SETTING_ABOVE, "broken when the reading is higher"),
        LIMIT_KEY("below", below, RULE_SETTING_BELOW, "broken when the reading is lower"),
        LIMIT_KEY("clear_below", clear_below, RULE_SETTING_CLEAR_BELOW,
                  "over only when the reading is lower than this"),
        LIMIT_KEY("clear_above", clear_above, RULE_SETTING_CLEAR_ABOVE,
                  "over only when the reading is higher than this"),
        DELTA_KEY("rises_by", above, RULE_SETTING_ABOVE,
                  "broken when it rose by more within the time"),
        DELTA_KEY("falls_by", above, RULE_SETTING_ABOVE,
                  "broken when it fell by more within the time"),
        DELTA_KEY("above_baseline", above, RULE_SETTING_ABOVE,
                  "broken when it lies by more above the elder's own slow mean"),
        DELTA_KEY("below_baseline", below, RULE_SETTING_BELOW,
                  "broken when it lies by more below the elder's own slow mean"),
        {.name = "within",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(10),
         .most = LANG_DAYS(7),
         .at = AT(within_ms),
         .setting = LANG_SET(RULE_SETTING_WITHIN),
         .what = "of rises_by and falls_by: in how long"},
        {.name = "baseline",
         .type = LANG_KEY_DURATION,
         .least = LANG_HOURS(1),
         .most = LANG_DAYS(60),
         .at = AT(within_ms),
         .setting = LANG_SET(RULE_SETTING_WITHIN),
         .what = "how long the slow mean looks back"},
        {.name = "for",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(1),
         .most = LANG_HOURS(24),
         .at = AT(for_ms),
         .setting = LANG_SET(RULE_SETTING_FOR),
         .what = "broken all that time, in the time of the readings"},
        {.name = "min_samples",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = RULE_SAMPLES_MAX,
         .at = AT(min_samples),
         .setting = LANG_SET(RULE_SETTING_MIN_SAMPLES),
         .what = "in at least so many readings"},
        {.name = "out_of",
         .type = LANG_KEY_COUNT,
         .least = 2,
         .most = RULE_OUT_OF_MAX,
         .at = AT(out_of),
         .setting = LANG_SET(RULE_SETTING_MIN_SAMPLES),
         .what = "min_samples of the last so many, not of those without a break"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static const struct lang_key beside_keys[] = {
        {.name = "if_data_stops",
         .type = LANG_KEY_ENUM,
         .words = data_stops_words,
         .at = AT(if_data_stops),
         .what = "what becomes of a begun duration and of an alert"},
        {.name = "data_stops_after",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(10),
         .most = LANG_DAYS(1),
         .at = AT(data_stops_ms),
         .what = "no valid reading for so long"},
        LANG_SEVERITY_WHEN_KEY(lang_vital_step_map, AT(severities)),
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->condition.vital = (struct condition_vital){
                .min_samples = 1,
                .above = INFINITY,
                .below = -INFINITY,
                .clear_below = NAN,
                .clear_above = NAN,
        };
}

/* --- what is measured -------------------------------------------------------------------------------- */

static const struct {
        const char *word;
        enum rule_measure measure;
} measures[] = {
        {"above", RULE_MEASURE_VALUE},
        {"below", RULE_MEASURE_VALUE},
        {"rises_by", RULE_MEASURE_RISE},
        {"falls_by", RULE_MEASURE_FALL},
        {"above_baseline", RULE_MEASURE_BASELINE},
        {"below_baseline", RULE_MEASURE_BASELINE},
};
enum { MEASURE_WORDS = sizeof(measures) / sizeof(measures[0]) };

static void window_check(struct lang_reading *reading, const struct lang_place *place,
                         const struct yaml_node *limit, enum rule_measure measure) {
        const struct yaml_node *within = yaml_get(place->when, "within");
        const struct yaml_node *baseline = yaml_get(place->when, "baseline");
        bool rate = measure == RULE_MEASURE_RISE || measure == RULE_MEASURE_FALL;

        if (within && !rate)
                LANG_ERROR_AT_KEY(reading, "R031", within, NULL,
                                  "within goes with rises_by and falls_by");
        if (baseline && measure != RULE_MEASURE_BASELINE)
                LANG_ERROR_AT_KEY(reading, "R031", baseline, NULL,
                                  "baseline goes with above_baseline and below_baseline");
        if (place->is_override)
                return;
        if (rate && !within)
                LANG_ERROR_AT_KEY(reading, "R033", limit, "write  within: 10m  beside it",
                                  "\"%s\" needs to know within how long", limit->key);
        if (measure == RULE_MEASURE_BASELINE && !baseline)
                LANG_ERROR_AT_KEY(reading, "R033", limit, "write  baseline: 7d  beside it",
                                  "\"%s\" needs to know how far the baseline looks back",
                                  limit->key);
}

/* Find out what the rule measures; it must be one of: the reading, its rise, its fall, its distance from the baseline.
 * Return: false after reporting an error. */
static bool measure_find(struct lang_reading *reading, const struct lang_place *place,
                         const struct yaml_node **ret_first) {
        struct condition_vital *vital = &place->condition->vital;
        const struct yaml_node *first = NULL;

        for (size_t i = 0; i < MEASURE_WORDS; i++) {
                const struct yaml_node *node = yaml_get(place->when, measures[i].word);

                if (!node)
                        continue;
                if (first && vital->measure != measures[i].measure) {
                        LANG_ERROR_AT_KEY(reading, "R028", node, "make two rules of it",
                                          "\"%s\" and \"%s\" exclude each other", first->key,
                                          node->key);
                        return false;
                }
                if (place->is_override && vital->measure != measures[i].measure) {
                        LANG_ERROR_AT_KEY(reading, "R041", node, NULL,
                                          "the rule does not look at \"%s\"", node->key);
                        return false;
                }
                first = first ? first : node;
                vital->measure = (uint8_t)measures[i].measure;
        }
        if (!first && !place->is_override) {
                LANG_ERROR(reading, "R033", yaml_get(place->when, "vital"),
                           "write  above: NUMBER  or  below: NUMBER  beside it",
                           "a vital needs a limit");
                return false;
        }
        *ret_first = first;
        return true;
}

static void measure_check(struct lang_reading *reading, const struct lang_place *place) {
        const struct condition_vital *vital = &place->condition->vital;
        const struct yaml_node *first = NULL, *clear = yaml_get(place->when, "clear_below");

        if (!measure_find(reading, place, &first))
                return;
        window_check(reading, place, first, vital->measure);
        clear = clear ? clear : yaml_get(place->when, "clear_above");
        if (vital->measure == RULE_MEASURE_VALUE)
                lang_limits_check(reading, place);
        else if (clear)
                LANG_ERROR_AT_KEY(reading, "R031", clear, NULL, "\"%s\" goes with above and below",
                                  clear->key);
}

/* --- how often and how long -------------------------------------------------------------------------- */

static void samples_check(struct lang_reading *reading, const struct lang_place *place) {
        struct condition_vital *vital = &place->condition->vital;
        const struct yaml_node *samples = yaml_get(place->when, "min_samples");
        const struct yaml_node *out_of = yaml_get(place->when, "out_of");
        const struct yaml_node *at = out_of ? out_of : samples;

        /* By default a duration needs two samples: a single one could be the last for hours. */
        if (!place->is_override && vital->for_ms && !samples)
                vital->min_samples = 2;
        if (out_of && !place->is_override && !samples)
                LANG_ERROR_AT_KEY(reading, "R033", out_of, "write  min_samples: 3  beside it",
                                  "out_of needs min_samples: so many of them");
        else if (at && vital->out_of && vital->min_samples > vital->out_of)
                LANG_ERROR(reading, "R030", at, NULL,
                           "min_samples (%d) must not be more than out_of (%d)%s",
                           vital->min_samples, vital->out_of, place->whom);
}

/* Battery: the level belongs to one device and raises at once, so keys about durations and trends are errors. */
static void level_check(struct lang_reading *reading, const struct lang_place *place) {
        static const char *const words[] = {"for",           "min_samples", "out_of",
                                            "rises_by",      "falls_by",    "above_baseline",
                                            "below_baseline"};
        static const char *const beside[] = {"if_data_stops", "severity_when"};
        const char *name = event_kind_info(place->condition->vital.kind)->name;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                const struct yaml_node *node = yaml_get(place->when, words[i]);

                if (node)
                        LANG_ERROR_AT_KEY(reading, "R031", node, "remove it",
                                          "\"%s\" of a device is told at once: it has no \"%s\"",
                                          name, node->key);
        }
        for (size_t i = 0; i < 2; i++) {
                const struct yaml_node *node = yaml_get(place->beside, beside[i]);

                if (node)
                        LANG_ERROR_AT_KEY(reading, "R031", node, "remove it",
                                          "\"%s\" of a device is told at once: it has no \"%s\"",
                                          name, node->key);
        }
}

static void data_stops_check(struct lang_reading *reading, const struct lang_place *place) {
        const struct yaml_node *what = yaml_get(place->beside, "if_data_stops");

        if (what && place->condition->vital.if_data_stops != RULE_DATA_STOPS_KEEP &&
            !yaml_get(place->beside, "data_stops_after"))
                LANG_ERROR_AT_KEY(reading, "R036", what, "write  data_stops_after: 10m",
                                  "if_data_stops needs to know after how long data has stopped");
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        struct condition_vital *vital = &place->condition->vital;

        if (!vital->kind)
                return false;
        place->rule->class = vital->kind == KIND_BATTERY ? ALERT_TECHNICAL : ALERT_VITAL;
        if (vital->kind == KIND_BATTERY)
                level_check(reading, place);
        measure_check(reading, place);
        samples_check(reading, place);
        if (!place->is_override)
                data_stops_check(reading, place);
        lang_severities_check(reading, place, &vital->severities, vital->above, vital->below);
        return true;
}

const struct lang_condition lang_vital = {
        .word = "vital",
        .about = N_("a vital"),
        .type = CONDITION_VITAL,
        .severities_at = offsetof(struct rule_condition, vital.severities),
        .when_keys = when_keys,
        .beside_keys = beside_keys,
        .begin = begin,
        .check = check,
};
