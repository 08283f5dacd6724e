/* SPDX-License-Identifier: MIT
 *
 * severity_when: the severity follows the measured value, up and down.
 */
#include "rules/lang/values/severities.h"

#include <math.h>

#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

static const struct lang_key vital_step_keys[] = {
        {.name = "above",
         .type = LANG_KEY_NUMBER,
         .least = -INFINITY,
         .most = INFINITY,
         .what = "reached at this or higher"},
        {.name = "below",
         .type = LANG_KEY_NUMBER,
         .least = -INFINITY,
         .most = INFINITY,
         .what = "reached at this or lower"},
        {.name = "severity",
         .type = LANG_KEY_ENUM,
         .words = lang_severity_words,
         .required = true,
         .what = "how urgent it is then"},
        {.name = NULL},
};
static const struct lang_key score_step_keys[] = {
        {.name = "at_least",
         .type = LANG_KEY_NUMBER,
         .least = 1,
         .most = 20,
         .required = true,
         .what = "reached at this score or higher"},
        {.name = "severity",
         .type = LANG_KEY_ENUM,
         .words = lang_severity_words,
         .required = true,
         .what = "how urgent it is then"},
        {.name = NULL},
};
const struct lang_map lang_vital_step_map = {N_("a step of severity_when"), vital_step_keys};
const struct lang_map lang_score_step_map = {N_("a step of severity_when"), score_step_keys};

/* Return: the limit of one step, which must have exactly one of above and below (a score: at_least); NULL after an
 * error. */
static const struct yaml_node *step_limit(struct lang_reading *reading,
                                          const struct yaml_node *item, bool score) {
        const struct yaml_node *above = yaml_get(item, "above"), *below = yaml_get(item, "below");

        if (score)
                return yaml_get(item, "at_least");
        if (!above == !below) {
                LANG_ERROR(reading, "R033", item, "write  { above: 140, severity: critical }",
                           "a step of severity_when needs above or below, one of them");
                return NULL;
        }
        return above ? above : below;
}

static bool step_read(struct lang_reading *reading, const struct yaml_node *item,
                      const struct lang_map *map, struct condition_severities *ret) {
        const struct lang_key *const tables[] = {map->keys, NULL};
        bool score = map == &lang_score_step_map;
        uint8_t severity = 0;
        double at;

        if (!lang_keys_check(reading, item, map->what, "R012", tables, false))
                return false;
        lang_value_read(reading, lang_key_find(map->keys, "severity"), yaml_get(item, "severity"),
                        &severity);

        const struct yaml_node *limit = step_limit(reading, item, score);
        const struct lang_key *key = limit ? lang_key_find(map->keys, limit->key) : NULL;

        if (!key || !severity ||
            !yaml_read_number(limit, score ? key->least : -1000, score ? key->most : 1000, &at,
                              "R020", reading->diag))
                return false;
        ret->step[ret->count].at = at;
        ret->step[ret->count].severity = severity;
        ret->step[ret->count].down = *limit->key == 'b';
        ret->count++;
        return true;
}

void lang_severities_read(struct lang_reading *reading, const struct lang_key *key,
                          const struct yaml_node *list, void *ret) {
        struct condition_severities steps = {.count = 0};

        if (list->type != YAML_LIST || list->count < key->least || list->count > key->most) {
                LANG_ERROR(reading, "R017", list, "write  - { above: 140, severity: critical }",
                           "\"%s\" is a list of one to %d steps", key->name, RULE_STEPS_MAX);
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next)
                if (!step_read(reading, item, key->map, &steps))
                        return;
        *(struct condition_severities *)ret = steps;
}

/* Return: the previous step on the same side (above or below), or -1. */
static int step_before(const struct condition_severities *steps, int index) {
        int before = index - 1;

        while (before >= 0 && steps->step[before].down != steps->step[index].down)
                before--;
        return before;
}

static void step_check(struct lang_reading *reading, const struct lang_place *place,
                       const struct condition_severities *steps, int index,
                       const struct yaml_node *node) {
        int before = step_before(steps, index);
        uint8_t severity = steps->step[index].severity;
        uint8_t milder = before < 0 ? (uint8_t)place->rule->severity : steps->step[before].severity;
        double at = steps->step[index].at;

        /* Severity 1 is the most urgent. */
        if (severity >= milder)
                LANG_ERROR(reading, "R032", node,
                           "from the mildest to the worst; the rule's own severity comes first",
                           "this step is not more severe than what comes before it%s", place->whom);
        if (before >= 0 &&
            (steps->step[index].down ? at >= steps->step[before].at : at <= steps->step[before].at))
                LANG_ERROR(reading, "R032", node, "the further from the limit the later",
                           "this step would never be reached: the one before it lies beyond%s",
                           place->whom);
}

void lang_severities_check(struct lang_reading *reading, const struct lang_place *place,
                           const struct condition_severities *steps, double above, double below) {
        const struct yaml_node *list = yaml_get(place->beside, "severity_when");
        int index = 0;

        if (!list || list->count != steps->count)
                return; /* reported already */
        for (const struct yaml_node *item = list->child; item; item = item->next, index++) {
                double limit = steps->step[index].down ? below : above;
                double at = steps->step[index].at;

                step_check(reading, place, steps, index, item);
                if (isinf(limit))
                        LANG_ERROR(reading, "R032", item, NULL,
                                   "the rule has no limit on this side");
                else if (steps->step[index].down ? at >= limit : at <= limit)
                        LANG_ERROR(reading, "R032", item,
                                   "give the rule this severity, or move the step",
                                   "this step is reached with the limit itself (%g)%s", limit,
                                   place->whom);
        }
}
