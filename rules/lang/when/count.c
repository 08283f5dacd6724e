/* SPDX-License-Identifier: MIT
 *
 * count: a number of events within a time.
 */
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, count.member)

static const struct lang_key when_keys[] = {
        {.name = "count",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_COUNT,
         .or_one = true,
         .required = true,
         .at = AT(kinds),
         .what = "the events that are counted"},
        {.name = "at_least",
         .type = LANG_KEY_COUNT,
         .least = 2,
         .most = RULE_COUNT_MAX,
         .required = true,
         .at = AT(at_least),
         .setting = LANG_SET(RULE_SETTING_AT_LEAST),
         .what = "raised at so many …"},
        {.name = "within",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(1),
         .most = LANG_DAYS(31),
         .required = true,
         .at = AT(within_ms),
         .setting = LANG_SET(RULE_SETTING_WITHIN),
         .what = "… within so long"},
        {.name = "room",
         .type = LANG_KEY_NAME,
         .at = AT(room),
         .what = "only devices of this room"},
        LANG_DURING_KEY,
        {.name = NULL},
};

/* The single events have rules of their own. A high count is about the elder's activity, or technical if all its kinds
 * are. */
static bool check(struct lang_reading *reading, const struct lang_place *place) {
        const struct rule_kinds *kinds = &place->condition->count.kinds;
        bool technical = true;

        (void)reading;
        for (unsigned int kind = 0; kind < KIND_LIMIT; kind++)
                if (rule_kinds_has(kinds, kind) && lang_kind_class(kind) != ALERT_TECHNICAL)
                        technical = false;
        place->rule->class = technical ? ALERT_TECHNICAL : ALERT_ACTIVITY;
        return true;
}

const struct lang_condition lang_count = {
        .word = "count",
        .about = N_("a count"),
        .type = CONDITION_COUNT,
        .when_keys = when_keys,
        .check = check,
};
