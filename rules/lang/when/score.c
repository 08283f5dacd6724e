/* SPDX-License-Identifier: MIT
 *
 * score: NEWS2 of the newest readings.
 */
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <math.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/severities.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, score.member)

/* NEWS2 (Royal College of Physicians, 2017) requires observations at least every 12 hours, so an older one
 * counts as not measured. */
static const int64_t DEFAULT_AGE_MS = LANG_HOURS(12);

static const struct lang_word score_words[] = {{"news2", 1, 0}, {NULL, 0, 0}};

#define AGE_KEY(word, parameter)                                                                   \
        {                                                                                          \
                .name = word, .type = LANG_KEY_DURATION, .least = LANG_MINUTES(1),                 \
                .most = LANG_DAYS(7), .at = (parameter) * sizeof(int64_t),                         \
                .what = "older counts as not measured"                                             \
        }
static const struct lang_key age_keys[] = {
        AGE_KEY("respiration_rate", RULE_NEWS2_RESPIRATION),
        AGE_KEY("spo2", RULE_NEWS2_SPO2),
        AGE_KEY("oxygen_supplement", RULE_NEWS2_OXYGEN),
        AGE_KEY("systolic_bp", RULE_NEWS2_SYSTOLIC),
        AGE_KEY("heart_rate", RULE_NEWS2_PULSE),
        AGE_KEY("consciousness", RULE_NEWS2_CONSCIOUSNESS),
        AGE_KEY("body_temperature", RULE_NEWS2_TEMPERATURE),
        {.name = NULL},
};
static const struct lang_map age_map = {"max_age", age_keys};

/* One age for all parameters, or a map with those that differ from the default. */
static void max_age_read(struct lang_reading *reading, const struct lang_key *key,
                         const struct yaml_node *node, void *ret) {
        int64_t *ages = ret, age;

        if (node->type == YAML_MAP)
                lang_map_read(reading, node, key->map, ages);
        else if (yaml_read_duration_ms(node, (int64_t)key->least, (int64_t)key->most, &age, "R021",
                                       reading->diag))
                for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                        ages[i] = age;
}

/* Checks the word and stores nothing: NEWS2 is the only score so far. */
static void score_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret) {
        const char *names[LANG_WORDS_MAX + 1];
        int index;

        (void)ret;
        lang_key_word_names(key->words, names);
        yaml_read_word(node, names, &index, "R024", reading->diag);
}

static const struct lang_key when_keys[] = {
        {.name = "score",
         .type = LANG_KEY_ENUM,
         .words = score_words,
         .required = true,
         .read = score_read,
         .what = "NEWS2 of the newest valid readings"},
        {.name = "at_least",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = 20,
         .at = AT(at_least),
         .setting = LANG_SET(RULE_SETTING_AT_LEAST),
         .what = "raised at this score or higher"},
        {.name = "single_three",
         .type = LANG_KEY_FLAG,
         .at = AT(single_three),
         .what = "raised, too, when one parameter alone scores 3"},
        {.name = "rises_by",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = 20,
         .at = AT(rises_by),
         .what = "raised, too, when it rose by so much within the time"},
        {.name = "within",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(10),
         .most = LANG_DAYS(7),
         .at = AT(rises_within_ms),
         .setting = LANG_SET(RULE_SETTING_WITHIN),
         .what = "of rises_by: in how long"},
        {.name = "needs",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = RULE_NEWS2_PARAMETERS,
         .at = AT(needs),
         .what = "so many of the seven must be known; with fewer than seven it is a lower bound"},
        {.name = "max_age",
         .type = LANG_KEY_DURATIONS,
         .least = LANG_MINUTES(1),
         .most = LANG_DAYS(7),
         .map = &age_map,
         .at = AT(max_age_ms),
         .setting = LANG_SET(RULE_SETTING_MAX_AGE),
         .read = max_age_read,
         .what = "older counts as not measured; default 12h"},
        {.name = "scale_2_for",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .at = AT(scale_2_conditions),
         .what = "conditions with a prescribed saturation of 88 to 92 %"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static const struct lang_key beside_keys[] = {
        LANG_SEVERITY_WHEN_KEY(lang_score_step_map, AT(severities)),
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->class = ALERT_VITAL;
        rule->condition.score.needs = 1;
        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                rule->condition.score.max_age_ms[i] = DEFAULT_AGE_MS;
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        const struct condition_score *score = &place->condition->score;
        const struct yaml_node *rises_by = yaml_get(place->when, "rises_by");
        const struct yaml_node *within = yaml_get(place->when, "within");

        if (!place->is_override && !yaml_get(place->when, "at_least") && !rises_by &&
            !score->single_three)
                LANG_ERROR(reading, "R033", yaml_get(place->when, "score"),
                           "write  at_least: 5  or  single_three: true  beside it",
                           "a score needs at_least, single_three or rises_by");
        if (rises_by && !within)
                LANG_ERROR_AT_KEY(reading, "R033", rises_by, "write  within: 24h  beside it",
                                  "\"%s\" needs to know within how long", rises_by->key);
        if (within && !score->rises_by && !rises_by)
                LANG_ERROR_AT_KEY(reading, "R031", within, NULL, "within goes with rises_by");
        lang_severities_check(reading, place, &score->severities, score->at_least, INFINITY);
        return true;
}

const struct lang_condition lang_score = {
        .word = "score",
        .about = N_("a score"),
        .type = CONDITION_SCORE,
        .severities_at = offsetof(struct rule_condition, score.severities),
        .when_keys = when_keys,
        .beside_keys = beside_keys,
        .begin = begin,
        .check = check,
};
