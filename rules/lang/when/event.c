/* SPDX-License-Identifier: MIT
 *
 * event: an event that a device reports.
 */
#include "rules/lang/when/rows.h"

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/hold_keys.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, happening.member)

static const struct lang_key when_keys[] = {
        {.name = "event",
         .type = LANG_KEY_KIND,
         .uses = KIND_USE_RAISE,
         .required = true,
         .at = AT(kind),
         .what = "a happening that a device tells"},
        {.name = "confidence_at_least",
         .type = LANG_KEY_PERCENT,
         .least = 0,
         .most = 1,
         .at = AT(confidence_at_least_pct),
         .setting = LANG_SET(RULE_SETTING_CONFIDENCE),
         .what = "how sure the device must be, 0 to 1"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        struct condition_happening *happening = &place->condition->happening;
        enum event_kind clears = lang_kind_clears(happening->kind);

        if (!happening->kind)
                return false;
        if (clears)
                rule_kinds_add(&happening->clear_kinds, clears);
        place->rule->class = lang_kind_class(happening->kind);
        lang_hold_check(reading, place, happening);
        return true;
}

const struct lang_condition lang_event = {
        .word = "event",
        .about = "an event",
        .type = CONDITION_HAPPENING,
        .when_keys = when_keys,
        .beside_keys = lang_hold_keys,
        .check = check,
};
