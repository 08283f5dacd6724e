/* SPDX-License-Identifier: MIT
 *
 * sequence: one event, then within a time another one, or the absence of another one.
 */
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <string.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct condition_sequence_step, member)

static const struct lang_key step_keys[] = {
        {.name = "event",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_COUNT,
         .or_one = true,
         .at = AT(kinds),
         .what = "this comes"},
        {.name = "not",
         .type = LANG_KEY_KINDS,
         .least = 1,
         .uses = KIND_USE_COUNT,
         .or_one = true,
         .at = AT(kinds),
         .what = "this does not come; the last step only"},
        {.name = "within",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(1),
         .most = LANG_DAYS(1),
         .at = AT(within_ms),
         .what = "so long after the step before"},
        {.name = "room",
         .type = LANG_KEY_NAME,
         .at = AT(room),
         .what = "only devices of this room"},
        {.name = "elsewhere",
         .type = LANG_KEY_NAME,
         .at = AT(elsewhere),
         .what = "only devices of any room but this"},
        {.name = NULL},
};
static const struct lang_map step_map = {N_("a step of a sequence"), step_keys};

static void step_check(struct lang_reading *reading, const struct yaml_node *item, bool first) {
        const struct yaml_node *event = yaml_get(item, "event"), *absent = yaml_get(item, "not");
        const struct yaml_node *within = yaml_get(item, "within"), *room = yaml_get(item, "room");
        const struct yaml_node *elsewhere = yaml_get(item, "elsewhere");

        if (!event == !absent)
                LANG_ERROR(reading, "R033", item, "write  { event: door_open }",
                           "a step names an event or, the last one, not an event");
        if (absent && (item->next || first))
                LANG_ERROR_AT_KEY(reading, "R031", absent, NULL,
                                  "only the last step can be one that does not come");
        if (first && within)
                LANG_ERROR_AT_KEY(reading, "R031", within, "remove it",
                                  "the first step comes after nothing: it has no within");
        if (room && elsewhere)
                LANG_ERROR_AT_KEY(reading, "R031", elsewhere, "remove one of the two",
                                  "%s and %s exclude each other", room->key, elsewhere->key);
        if (!first && !within)
                LANG_ERROR(reading, "R033", item, "write  within: 20m  in it",
                           "a step after the first needs to know within how long");
}

static void steps_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *list, void *ret) {
        struct condition_sequence *sequence = ret;

        if (list->type != YAML_LIST || list->count < key->least || list->count > key->most) {
                LANG_ERROR(reading, "R017", list,
                           "write  - { event: door_open }  and  - { not: door_closed, within: 5m }",
                           "\"%s\" is a list of two to %d steps", key->name, RULE_STEPS_MAX);
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                struct condition_sequence_step *step = &sequence->steps[sequence->step_count];

                if (lang_map_read(reading, item, key->map, step))
                        step_check(reading, item, item == list->child);
                step->absent = yaml_get(item, "not") != NULL;
                sequence->step_count++;
        }
}

static const struct lang_key when_keys[] = {
        {.name = "sequence",
         .type = LANG_KEY_LIST,
         .least = 2,
         .most = RULE_STEPS_MAX,
         .map = &step_map,
         .required = true,
         .at = offsetof(struct rule_condition, sequence),
         .read = steps_read,
         .what = "events in this order"},
        LANG_DURING_KEY,
        {.name = NULL},
};

/* The class is the most severe one of the first step. */
static bool check(struct lang_reading *reading, const struct lang_place *place) {
        const struct rule_kinds *kinds = &place->condition->sequence.steps[0].kinds;

        (void)reading;
        place->rule->class = lang_kinds_class(kinds);
        return place->condition->sequence.step_count > 0;
}

const struct lang_condition lang_sequence = {
        .word = "sequence",
        .about = N_("a sequence"),
        .type = CONDITION_SEQUENCE,
        .when_keys = when_keys,
        .check = check,
};
