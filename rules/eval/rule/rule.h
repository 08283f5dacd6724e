/* SPDX-License-Identifier: MIT
 *
 * A rule: the elders to which it applies, its condition, and the alert that it raises. An override: other values of a
 * rule for some elders.
 *
 * Thread: any (plain data). Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_RULE_H
#define VIGIL_RULES_EVAL_RULE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/wire/event.h"
#include "rules/eval/rule/condition.h"

/* The elders to which a rule applies: an elder must match every list that is not empty, and no word of @not_tags. */
struct rule_selector {
        struct rule_words care_levels;
        struct rule_words conditions;
        struct rule_words tags;
        struct rule_words districts;
        struct rule_words not_tags; /* unless: [hospital, maintenance] */
        int age_at_least;           /* years, from the year of birth; 0: any age */
        bool lives_alone;           /* only elders who live alone */
};

struct rule {
        char id[ALERT_RULE_ID_BYTES];
        uint32_t id_hash; /* murmur2(id), filled by the builder; unique in the set */
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        char advice_zh[ALERT_TEXT_BYTES], advice_en[ALERT_TEXT_BYTES];
        char ladder[ALERT_LADDER_ID_BYTES]; /* "": pages nobody */
        enum severity severity;
        enum alert_class class;
        bool latching;
        bool shadow; /* evaluated and counted, pages nobody */

        /* Flapping: after @flap_times raises within @flap_within_ms the last alert stays open; further raises are
         * counted but not reported until none has occurred for that long. 0: off. */
        uint8_t flap_times;
        int64_t flap_within_ms;
        /* While an alert of one of these rules is raised for the same elder, an alert of this rule is held back; it
         * is raised if the other one clears first. By id, so that the order of files does not matter. */
        uint8_t inhibitor_count;
        char inhibitors[RULE_INHIBITORS_MAX][ALERT_RULE_ID_BYTES];
        uint32_t inhibitor_hashes[RULE_INHIBITORS_MAX]; /* filled by the builder */
        bool inhibits; /* another rule names this one; filled by the builder */

        struct rule_selector applies_to;
        struct rule_condition condition;
};

enum rule_override_scope { RULE_OVERRIDE_ELDER, RULE_OVERRIDE_DISTRICT, RULE_OVERRIDE_CITY };

/* Other values of one rule until a date: for the whole city, for a district with all within it, or for one elder.
 * Layers are merged in that order, larger districts first; where several set the same value, the one nearest to the
 * elder applies. @condition: that of the rule with the values of this override. */
struct rule_override {
        uint8_t scope; /* enum rule_override_scope */
        uint32_t set;  /* bits of enum rule_setting */
        /* The id of the elder or, for DISTRICT, of the district; "" for CITY. */
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint32_t elder_hash; /* murmur2(elder_id); filled by the builder */
        uint32_t rule_index;
        char reason[RULE_REASON_BYTES];
        int64_t until_time_ms; /* from this time on the override no longer applies; 0: no end */
        struct rule_condition condition;
};

#endif
