/* SPDX-License-Identifier: MIT
 *
 * quiet: no sign of life for too long; visit: no care visit for too long.
 */
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <string.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, quiet.member)

/* --- keys -------------------------------------------------------------------------------------------- */

/* by_time, seen_within and longer_than are three forms of the limit. Each replaces what is there: quiet_check()
 * allows only one of them, and an override may use another form than the rule. */
static void limit_slots_read(struct lang_reading *reading, const struct lang_key *key,
                             const struct yaml_node *node, void *ret) {
        struct condition_quiet *quiet = ret;

        quiet->slot_count = lang_slots_read(reading, node, key->map, quiet->slots);
        quiet->mode = *key->name == 's' ? RULE_QUIET_SEEN_WITHIN : RULE_QUIET_LONGER_THAN;
}

static void longer_than_read(struct lang_reading *reading, const struct lang_key *key,
                             const struct yaml_node *node, void *ret) {
        struct condition_quiet *quiet = ret;
        struct lang_key plain = *key;
        struct day_slot slot = {.longer_than_ms = 0};

        plain.read = NULL;
        lang_value_read(reading, &plain, node, &slot.longer_than_ms);
        quiet->slots[0] = slot;
        quiet->slot_count = 1;
        if (quiet->mode == RULE_QUIET_SEEN_WITHIN)
                quiet->mode = RULE_QUIET_LONGER_THAN;
}

static const struct lang_key outer_door_keys[] = {
        {.name = "room",
         .type = LANG_KEY_NAME,
         .required = true,
         .at = AT(outer_room) - AT(signals),
         .what = "the room of the registry whose door leads out"},
        {.name = "settle",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(1),
         .most = LANG_HOURS(2),
         .required = true,
         .at = AT(door_settle_ms) - AT(signals),
         .what = "nothing heard inside for so long after it means gone out"},
        {.name = NULL},
};
static const struct lang_map outer_door_map = {"outer_door", outer_door_keys};

static const struct lang_key learned_keys[] = {
        {.name = "over",
         .type = LANG_KEY_DURATION,
         .least = LANG_DAYS(3),
         .most = LANG_DAYS(90),
         .required = true,
         .at = AT(learn_ms) - AT(signals),
         .what = "learned over so many days"},
        {.name = "times",
         .type = LANG_KEY_NUMBER,
         .least = 1,
         .most = 10,
         .required = true,
         .at = AT(learn_times) - AT(signals),
         .what = "so many times the longest gap that is usual at this time of day"},
        {.name = "at_least",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(10),
         .most = LANG_HOURS(24),
         .required = true,
         .at = AT(learn_least_ms) - AT(signals),
         .what = "but never less than this"},
        {.name = NULL},
};
static const struct lang_map learned_map = {"learned", learned_keys};

static const struct lang_key quiet_keys[] = {
        {.name = "quiet",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_SIGN,
         .required = true,
         .at = AT(signals),
         .what = "the signs of life that count"},
        {.name = "by_time",
         .type = LANG_KEY_LIST,
         .least = 1,
         .most = RULE_SLOTS_MAX,
         .map = &lang_by_time_map,
         .at = AT(signals),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = limit_slots_read,
         .what = "a limit for each time of day"},
        {.name = "seen_within",
         .type = LANG_KEY_LIST,
         .least = 1,
         .most = RULE_SLOTS_MAX,
         .map = &lang_during_map,
         .at = AT(signals),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = limit_slots_read,
         .what = "seen at least once in each of these times; told at its end"},
        {.name = "longer_than",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(10),
         .most = LANG_DAYS(7),
         .least_set_ms = LANG_OWN_MIN_MS,
         .at = AT(signals),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = longer_than_read,
         .what = "one limit for the whole day"},
        {.name = "room",
         .type = LANG_KEY_NAME,
         .at = AT(room),
         .what = "only devices of this room"},
        {.name = "outer_door",
         .type = LANG_KEY_MAP,
         .map = &outer_door_map,
         .at = AT(signals),
         .what = "a door that leads out: silence after it means gone out"},
        {.name = "learned",
         .type = LANG_KEY_MAP,
         .map = &learned_map,
         .at = AT(signals),
         .setting = LANG_SET(RULE_SETTING_LEARNED),
         .what = "the elder's own habit shortens the limit"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static const struct lang_key visit_keys[] = {
        {.name = "visit",
         .type = LANG_KEY_DURATION,
         .least = LANG_HOURS(1),
         .most = LANG_DAYS(62),
         .least_set_ms = LANG_OWN_MIN_MS,
         .required = true,
         .at = AT(signals),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = longer_than_read,
         .what = "no care visit for so long, from registration on"},
        LANG_DURING_KEY,
        {.name = NULL},
};

/* --- what they mean together ----------------------------------------------------------------------------- */

static void quiet_begin(struct rule *rule) {
        rule->class = ALERT_ACTIVITY;
}

static bool quiet_check(struct lang_reading *reading, const struct lang_place *place) {
        static const char *const limits[] = {"by_time", "seen_within", "longer_than"};
        const struct yaml_node *first = NULL, *learned = yaml_get(place->when, "learned");

        for (size_t i = 0; i < 3; i++) {
                const struct yaml_node *node = yaml_get(place->when, limits[i]);

                if (node && first)
                        LANG_ERROR_AT_KEY(reading, "R028", node,
                                          "put a longer_than into every slot of by_time instead",
                                          "%s and %s exclude each other", node->key, first->key);
                first = first ? first : node;
        }
        if (!first && !place->is_override)
                LANG_ERROR(reading, "R033", yaml_get(place->when, "quiet"),
                           "write  longer_than: 4h  or  by_time:  or  seen_within:  beside it",
                           "quiet needs to know how long");
        if (learned && place->condition->quiet.mode == RULE_QUIET_SEEN_WITHIN)
                LANG_ERROR_AT_KEY(reading, "R031", learned, NULL,
                                  "learned goes with longer_than and by_time");
        return true;
}

const struct lang_condition lang_quiet = {
        .word = "quiet",
        .about = N_("quiet"),
        .type = CONDITION_QUIET,
        .when_keys = quiet_keys,
        .begin = quiet_begin,
        .check = quiet_check,
};

static void visit_begin(struct rule *rule) {
        rule->class = ALERT_ACTIVITY;
        rule->condition.quiet.mode = RULE_QUIET_DUE;
        rule_kinds_add(&rule->condition.quiet.signals, KIND_CARE_VISIT);
}

static bool visit_check(struct lang_reading *reading, const struct lang_place *place) {
        (void)reading;
        (void)place;
        return true;
}

const struct lang_condition lang_visit = {
        .word = "visit",
        .about = N_("a visit"),
        .type = CONDITION_QUIET,
        .when_keys = visit_keys,
        .begin = visit_begin,
        .check = visit_check,
};
