/* SPDX-License-Identifier: MIT
 *
 * invalid: readings arrive but cannot be used. This is about the sensor, not about the elder.
 */
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, validity.member)

static const struct lang_word state_words[] = {
        {"off_body", EVENT_VALIDITY_OFF_BODY, 0},
        {"artefact", EVENT_VALIDITY_ARTEFACT, 0},
        {"implausible", EVENT_VALIDITY_IMPLAUSIBLE, 0},
        {"stale", EVENT_VALIDITY_STALE, 0},
        {NULL, 0, 0},
};

static const struct lang_key when_keys[] = {
        {.name = "invalid",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_READING,
         .required = true,
         .at = AT(kinds),
         .what = "readings that cannot be used"},
        {.name = "states",
         .type = LANG_KEY_BITS,
         .least = 1,
         .words = state_words,
         .at = AT(states),
         .what = "why they cannot; default all"},
        {.name = "for",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(1),
         .most = LANG_HOURS(24),
         .at = AT(for_ms),
         .setting = LANG_SET(RULE_SETTING_FOR),
         .what = "for so long"},
        {.name = "min_samples",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = RULE_SAMPLES_MAX,
         .at = AT(min_samples),
         .setting = LANG_SET(RULE_SETTING_MIN_SAMPLES),
         .what = "in at least so many readings"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->class = ALERT_TECHNICAL;
        rule->condition.validity.states =
                1u << EVENT_VALIDITY_OFF_BODY | 1u << EVENT_VALIDITY_ARTEFACT |
                1u << EVENT_VALIDITY_IMPLAUSIBLE | 1u << EVENT_VALIDITY_STALE;
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        if (!place->is_override && place->condition->validity.for_ms &&
            !yaml_get(place->when, "min_samples"))
                place->condition->validity.min_samples = 2;
        return true;
}

const struct lang_condition lang_invalid = {
        .word = "invalid",
        .about = N_("invalid readings"),
        .type = CONDITION_VALIDITY,
        .when_keys = when_keys,
        .begin = begin,
        .check = check,
};
