/* SPDX-License-Identifier: MIT
 *
 * A rule: whom it watches, what it looks at, what is told; and an override, which gives it other values for some.
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

/* Whom a rule watches: the elder must match every list that is not empty, and none of @not_tags. */
struct rule_selector {
        struct rule_words care_levels;
        struct rule_words conditions;
        struct rule_words tags;
        struct rule_words districts;
        struct rule_words not_tags; /* unless: [hospital, maintenance] */
        int age_at_least;           /* years, by the year of birth; 0: any */
        bool lives_alone;           /* only who lives alone */
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
        bool shadow; /* judged and counted, pages nobody */

        /* More than @flap_times raises within @flap_within_ms: the last one stays, and what follows is
         * counted and not told, until it has been calm for that long. 0: not asked for. */
        uint8_t flap_times;
        int64_t flap_within_ms;
        /* While one of these is raised for the same elder, this one is held back; it is raised when
         * the other clears before it does. Ids, so that the order of files does not matter. */
        uint8_t inhibitor_count;
        char inhibitors[RULE_INHIBITORS_MAX][ALERT_RULE_ID_BYTES];
        uint32_t inhibitor_hashes[RULE_INHIBITORS_MAX]; /* filled by the builder */
        bool inhibits;                                  /* another one; filled by the builder */

        struct rule_selector applies_to;
        struct rule_condition condition;
};

enum rule_override_scope { RULE_OVERRIDE_ELDER, RULE_OVERRIDE_DISTRICT, RULE_OVERRIDE_CITY };

/* Other values for one rule, until a day: for the whole city, for a district with all within it, or for
 * one elder. They lie upon each other in that order, larger districts first; of what is set at
 * several the nearest to the elder counts. @condition is the rule's, with what this one sets put in. */
struct rule_override {
        uint8_t scope; /* enum rule_override_scope */
        uint32_t set;  /* bits of enum rule_setting */
        char elder_id
                [EVENT_ELDER_ID_BYTES]; /* the elder; the district's id for DISTRICT; "" for CITY */
        uint32_t elder_hash;            /* of that; filled by the builder */
        uint32_t rule_index;
        char reason[RULE_REASON_BYTES];
        int64_t until_time_ms; /* from here on the rule's own values hold again; 0: no end */
        struct rule_condition condition;
};

#endif
