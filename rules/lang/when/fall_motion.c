/* SPDX-License-Identifier: MIT
 *
 * fall_motion: a fall in the samples of a body-worn accelerometer.
 */
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include "rules/eval/measure/motion_limits.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/hold_keys.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, motion.member)

static const struct lang_word position_words[] = {
        {"wrist", RULE_WORN_WRIST, 0},
        {"waist", RULE_WORN_WAIST, 0},
        {"chest", RULE_WORN_CHEST, 0},
        {NULL, 0, 0},
};

static const struct lang_word sensitivity_words[] = {
        {"low", MOTION_LIMITS_LOW, 0},
        {"normal", MOTION_LIMITS_NORMAL, 0},
        {"high", MOTION_LIMITS_HIGH, 0},
        {NULL, 0, 0},
};

static void defaults_put(struct condition_motion *motion,
                         enum motion_limits_sensitivity sensitivity) {
        for (int position = 0; position < RULE_WORN_POSITIONS; position++)
                motion_limits_default((enum rule_worn)position, sensitivity,
                                      &motion->limits[position]);
}

/* Sets the defaults of all limits. Its row comes before those of the limits, which replace single defaults. */
static void sensitivity_read(struct lang_reading *reading, const struct lang_key *key,
                             const struct yaml_node *node, void *ret) {
        struct lang_key plain = *key;
        uint8_t sensitivity = MOTION_LIMITS_SENSITIVITIES;

        plain.read = NULL;
        lang_value_read(reading, &plain, node, &sensitivity);
        if (sensitivity < MOTION_LIMITS_SENSITIVITIES)
                defaults_put(ret, (enum motion_limits_sensitivity)sensitivity);
}

/* Read one limit and set it for every wearing position. Accelerations are in g in the file and in milli-g in @ret. */
static void limit_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret) {
        struct condition_motion *motion = ret;
        size_t at = *key->name == 'i'   ? offsetof(struct condition_motion_limits, impact_mg)
                    : *key->name == 'f' ? offsetof(struct condition_motion_limits, free_fall_mg)
                    : key->type == LANG_KEY_DURATION
                            ? offsetof(struct condition_motion_limits, still_ms)
                    : *key->name == 's' ? offsetof(struct condition_motion_limits, still_mg)
                                        : offsetof(struct condition_motion_limits, turn_deg);
        double number;
        int64_t duration = -1;
        struct lang_key plain = *key;

        plain.read = NULL;
        if (key->type == LANG_KEY_DURATION)
                lang_value_read(reading, &plain, node, &duration);
        else if (!yaml_read_number(node, key->least, key->most, &number, "R020", reading->diag))
                return;
        for (int position = 0; position < RULE_WORN_POSITIONS; position++) {
                char *limits = (char *)&motion->limits[position];

                if (key->type != LANG_KEY_DURATION)
                        *(double *)(limits + at) = *key->name == 't' ? number : number * 1000;
                else if (duration >= 0)
                        *(int64_t *)(limits + at) = duration;
        }
}

static void positions_read(struct lang_reading *reading, const struct lang_key *key,
                           const struct yaml_node *node, void *ret) {
        struct lang_key plain = *key;

        plain.read = NULL;
        plain.at = 0;
        *(uint8_t *)ret = (1u << RULE_WORN_POSITIONS) - 1;
        lang_value_read(reading, &plain, node, ret);
}

#define LIMIT_KEY(word, low, high, text)                                                           \
        {                                                                                          \
                .name = word, .type = LANG_KEY_NUMBER, .least = low, .most = high,                 \
                .at = offsetof(struct rule_condition, motion),                                     \
                .setting = LANG_SET(RULE_SETTING_MOTION), .read = limit_read, .what = text         \
        }

static const struct lang_key when_keys[] = {
        {.name = "fall_motion",
         .type = LANG_KEY_BITS,
         .least = 1,
         .words = position_words,
         .or_word = "any",
         .required = true,
         .at = AT(positions),
         .read = positions_read,
         .what = "where the sensor is worn, or any"},
        {.name = "sensitivity",
         .type = LANG_KEY_ENUM,
         .words = sensitivity_words,
         .at = offsetof(struct rule_condition, motion),
         .setting = LANG_SET(RULE_SETTING_MOTION),
         .read = sensitivity_read,
         .what = "how readily a fall is seen; default normal"},
        LIMIT_KEY("impact", 1.2, 16, "the greatest acceleration reaches this, in g"),
        LIMIT_KEY("free_fall", 0, 0.9, "before it, the least goes below this, in g; 0: not asked"),
        LIMIT_KEY("still", 0.01, 1, "afterwards it varies by less than this, in g"),
        {.name = "still_for",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(1),
         .most = LANG_SECONDS(60),
         .at = offsetof(struct rule_condition, motion),
         .setting = LANG_SET(RULE_SETTING_MOTION),
         .read = limit_read,
         .what = "… for so long"},
        LIMIT_KEY("turn", 0, 180, "and lies so many degrees from where it was; 0: not asked"),
        LANG_DURING_KEY,
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->class = ALERT_LIFE_SAFETY;
        rule->condition.motion.happening.kind = KIND_ACCELERATION;
        rule->condition.motion.positions = (1u << RULE_WORN_POSITIONS) - 1;
        defaults_put(&rule->condition.motion, MOTION_LIMITS_NORMAL);
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        lang_hold_check(reading, place, &place->condition->motion.happening);
        return true;
}

const struct lang_condition lang_fall_motion = {
        .word = "fall_motion",
        .about = N_("a fall in the motion"),
        .type = CONDITION_MOTION,
        .when_keys = when_keys,
        .beside_keys = lang_motion_hold_keys,
        .begin = begin,
        .check = check,
};
