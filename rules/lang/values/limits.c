/* SPDX-License-Identifier: MIT
 *
 * The limits of a vital: each within the possible range of its kind, in the right order, and in a usual range.
 */
#include "rules/lang/values/limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/files/yaml_read.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

enum { TEXT_BYTES = 48 };

void lang_limit_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret) {
        const struct event_kind_info *info = event_kind_info(reading->place->condition->vital.kind);

        if (info && !yaml_read_number(node, info->possible_min, info->possible_max, ret, "R020",
                                      reading->diag))
                *(double *)ret = NAN; /* so that no further error is reported about it */
}

/* A limit and its source: a node of this map, or NULL if an override leaves the value of the rule. */
struct limit {
        const char *word;
        const struct yaml_node *node;
        double value;
};

static struct limit limit_of(const struct lang_place *place, const char *word, double value) {
        return (struct limit){word, yaml_get(place->when, word), value};
}

/* Write "130", or "110, of the rule" if the value is not the override's own. */
static const char *limit_text(const struct lang_place *place, const struct limit *limit,
                              char *ret) {
        snprintf(ret, TEXT_BYTES, "%g%s", limit->value, limit->node ? "" : place->below);
        return ret;
}

/* Report an error unless @low is lower than @high. It is reported at a limit that this map contains. @low_first: name
 * @low first in the message. */
static void order_check(struct lang_reading *reading, const struct lang_place *place,
                        const struct limit *low, const struct limit *high, bool low_first) {
        const struct limit *first = low_first ? low : high, *second = low_first ? high : low;
        char first_text[TEXT_BYTES], second_text[TEXT_BYTES];
        const struct yaml_node *at = first->node ? first->node : second->node;

        if (!at || low->value < high->value)
                return;
        limit_text(place, first, first_text);
        limit_text(place, second, second_text);
        if (low_first)
                LANG_ERROR(reading, "R030", at, NULL, "%s (%s) must be lower than %s (%s)%s",
                           first->word, first_text, second->word, second_text, place->whom);
        else
                LANG_ERROR(reading, "R030", at, NULL, "%s (%s) must be higher than %s (%s)%s",
                           first->word, first_text, second->word, second_text, place->whom);
}

static void plausible_check(struct lang_reading *reading, const struct limit *limit, bool above,
                            unsigned int kind) {
        const struct event_kind_info *info = event_kind_info(kind);
        const char *name = info->name;

        if (!limit->node || isnan(limit->value) || !(info->uses & KIND_USE_LIMIT))
                return;

        double min = above ? info->limits.above_min : info->limits.below_min;
        double max = above ? info->limits.above_max : info->limits.below_max;

        if (limit->value >= min && limit->value <= max)
                return;
        if (above == (limit->value < min))
                LANG_WARN(reading, "W007", limit->node, NULL,
                          "%s %s %s would be true almost always (expected %g to %g)", name,
                          limit->word, limit->node->text, min, max);
        else
                LANG_WARN(reading, "W007", limit->node, NULL,
                          "%s %s %s would be true almost never (expected %g to %g)", name,
                          limit->word, limit->node->text, min, max);
}

void lang_limits_check(struct lang_reading *reading, const struct lang_place *place) {
        const struct condition_vital *vital = &place->condition->vital;
        struct limit above = limit_of(place, "above", vital->above);
        struct limit below = limit_of(place, "below", vital->below);
        struct limit clear_below = limit_of(place, "clear_below", vital->clear_below);
        struct limit clear_above = limit_of(place, "clear_above", vital->clear_above);

        if (isfinite(above.value) && isfinite(below.value))
                order_check(reading, place, &below, &above, true);
        if (isfinite(above.value) && !isnan(clear_below.value))
                order_check(reading, place, &clear_below, &above, true);
        if (isfinite(below.value) && !isnan(clear_above.value))
                order_check(reading, place, &below, &clear_above, false);
        if (!isnan(clear_below.value) && !isnan(clear_above.value))
                order_check(reading, place, &clear_above, &clear_below, true);

        if (clear_below.node && !isfinite(above.value) && !above.node)
                LANG_ERROR_AT_KEY(reading, "R031", clear_below.node, NULL,
                                  "clear_below needs above");
        if (clear_above.node && !isfinite(below.value) && !below.node)
                LANG_ERROR_AT_KEY(reading, "R031", clear_above.node, NULL,
                                  "clear_above needs below");
        plausible_check(reading, &above, true, vital->kind);
        plausible_check(reading, &below, false, vital->kind);
}
