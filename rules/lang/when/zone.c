/* SPDX-License-Identifier: MIT
 *
 * zone: the elder is inside or outside a circle.
 */
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <stdlib.h>
#include <string.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, geofence.member)

static const struct lang_word side_words[] = {{"inside", 0, 0}, {"outside", 1, 0}, {NULL, 0, 0}};

static const struct lang_key place_keys[] = {
        {.name = "lat",
         .type = LANG_KEY_NUMBER,
         .least = -90,
         .most = 90,
         .required = true,
         .at = AT(latitude_deg),
         .what = "WGS-84 degrees"},
        {.name = "lon",
         .type = LANG_KEY_NUMBER,
         .least = -180,
         .most = 180,
         .required = true,
         .at = AT(longitude_deg),
         .what = "WGS-84 degrees"},
        {.name = NULL},
};
static const struct lang_map place_map = {"of", place_keys};

static void of_read(struct lang_reading *reading, const struct lang_key *key,
                    const struct yaml_node *node, void *ret) {
        struct rule_condition *condition = ret;

        if (node->type == YAML_TEXT && strcmp(node->text, key->or_word) == 0)
                condition->geofence.around_home = true;
        else if (node->type == YAML_MAP)
                lang_map_read(reading, node, key->map, condition);
        else
                LANG_ERROR(reading, "R017", node,
                           "write  of: home  or  of: { lat: 30.28580, lon: 120.14928 }",
                           "this is not a place");
}

/* "300m", "2km" */
static void radius_read(struct lang_reading *reading, const struct lang_key *key,
                        const struct yaml_node *node, void *ret) {
        char digits[8] = "";
        size_t bytes = node->type == YAML_TEXT ? strspn(node->text, "0123456789") : 0;
        bool km = node->type == YAML_TEXT && strcmp(node->text + bytes, "km") == 0;
        double radius_m = -1;

        if (bytes > 0 && bytes < sizeof(digits) && (km || strcmp(node->text + bytes, "m") == 0)) {
                memcpy(digits, node->text, bytes);
                radius_m = (double)atol(digits) * (km ? 1000 : 1);
        }
        if (radius_m < key->least || radius_m > key->most)
                LANG_ERROR(reading, "R050", node, "write a whole number and m or km, 50m to 50km",
                           "this is not a radius");
        else
                *(double *)ret = radius_m;
}

static const struct lang_key when_keys[] = {
        {.name = "zone",
         .type = LANG_KEY_ENUM,
         .words = side_words,
         .required = true,
         .at = AT(outside),
         .what = "where the elder is"},
        {.name = "of",
         .type = LANG_KEY_MAP,
         .map = &place_map,
         .or_word = "home",
         .required = true,
         .read = of_read,
         .what = "the middle of the circle: home, or a place"},
        {.name = "radius",
         .type = LANG_KEY_DISTANCE,
         .least = 50,
         .most = 50000,
         .required = true,
         .at = AT(radius_m),
         .setting = LANG_SET(RULE_SETTING_RADIUS),
         .read = radius_read,
         .what = "of the circle"},
        {.name = "for",
         .type = LANG_KEY_DURATION,
         .least = LANG_SECONDS(10),
         .most = LANG_HOURS(24),
         .at = AT(for_ms),
         .setting = LANG_SET(RULE_SETTING_FOR),
         .what = "there all that time"},
        {.name = "min_samples",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = RULE_SAMPLES_MAX,
         .at = AT(min_samples),
         .setting = LANG_SET(RULE_SETTING_MIN_SAMPLES),
         .what = "in at least so many positions"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->class = ALERT_ACTIVITY;
        rule->condition.geofence.min_samples = 1;
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        struct condition_geofence *zone = &place->condition->geofence;

        (void)reading;
        /* By default a duration needs two positions: a single one may be wrong by several streets. */
        if (!place->is_override && zone->for_ms && !yaml_get(place->when, "min_samples"))
                zone->min_samples = 2;
        return true;
}

const struct lang_condition lang_zone = {
        .word = "zone",
        .about = N_("a place"),
        .type = CONDITION_GEOFENCE,
        .when_keys = when_keys,
        .begin = begin,
        .check = check,
};
