/* SPDX-License-Identifier: MIT
 *
 * all, any: several parts at the same time.
 */
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <math.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct condition_part, member)
#define PARTS(member) offsetof(struct rule_condition, parts.member)

/* Needs the kind, so the row of vital: comes before those of the limits. */
static void limit_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret) {
        const struct condition_part *part =
                (const struct condition_part *)(const void *)((const char *)ret - key->at);
        const struct event_kind_info *info = event_kind_info(part->kind);

        if (info)
                yaml_read_number(node, info->possible_min, info->possible_max, ret, "R020",
                                 reading->diag);
}

static const struct lang_key part_keys[] = {
        {.name = "vital",
         .type = LANG_KEY_KIND,
         .uses = KIND_USE_READING,
         .at = AT(kind),
         .what = "a reading with a limit beside it"},
        {.name = "event",
         .type = LANG_KEY_KIND,
         .uses = KIND_USE_COUNT,
         .at = AT(kind),
         .what = "or an event"},
        {.name = "above",
         .type = LANG_KEY_NUMBER,
         .least = -INFINITY,
         .most = INFINITY,
         .at = AT(above),
         .read = limit_read,
         .what = "of a vital"},
        {.name = "below",
         .type = LANG_KEY_NUMBER,
         .least = -INFINITY,
         .most = INFINITY,
         .at = AT(below),
         .read = limit_read,
         .what = "of a vital"},
        {.name = "room",
         .type = LANG_KEY_NAME,
         .at = AT(room),
         .what = "only devices of this room"},
        {.name = NULL},
};
static const struct lang_map part_map = {N_("a part"), part_keys};

static void part_check(struct lang_reading *reading, const struct yaml_node *item,
                       const struct condition_part *part) {
        const struct yaml_node *vital = yaml_get(item, "vital"), *event = yaml_get(item, "event");
        const struct yaml_node *above = yaml_get(item, "above"), *below = yaml_get(item, "below");
        const struct yaml_node *limit = above ? above : below;

        if (!vital == !event)
                LANG_ERROR(reading, "R033", item,
                           "write  { vital: spo2, below: 90 }  or  { event: fall }",
                           "a part names a vital or an event, one of them");
        else if (vital && !limit)
                LANG_ERROR(reading, "R033", vital,
                           "write  above: NUMBER  or  below: NUMBER  beside it",
                           "a vital needs a limit");
        else if (event && limit)
                LANG_ERROR_AT_KEY(reading, "R031", limit, NULL, "\"%s\" goes with a vital",
                                  limit->key);
        else if (above && below && part->below >= part->above)
                LANG_ERROR(reading, "R030", below, NULL, "below (%g) must be lower than above (%g)",
                           part->below, part->above);
}

static void parts_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *list, void *ret) {
        struct condition_parts *parts = ret;

        if (list->type != YAML_LIST || list->count < key->least || list->count > key->most) {
                LANG_ERROR(reading, "R017", list,
                           "write  - { vital: spo2, below: 90 }  lines below it",
                           "\"%s\" is a list of two to %d parts", key->name, RULE_PARTS_MAX);
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                struct condition_part *part = &parts->parts[parts->part_count++];

                *part = (struct condition_part){.above = NAN, .below = NAN};
                if (lang_map_read(reading, item, key->map, part))
                        part_check(reading, item, part);
        }
        parts->needed = key->name[1] == 'l' ? parts->part_count : 1;
}

#define PART_KEYS(word, text)                                                                      \
        {.name = word,                                                                             \
         .type = LANG_KEY_LIST,                                                                    \
         .least = 2,                                                                               \
         .most = RULE_PARTS_MAX,                                                                   \
         .map = &part_map,                                                                         \
         .required = true,                                                                         \
         .at = offsetof(struct rule_condition, parts),                                             \
         .read = parts_read,                                                                       \
         .what = text},                                                                            \
                {.name = "within",                                                                 \
                 .type = LANG_KEY_DURATION,                                                        \
                 .least = LANG_SECONDS(10),                                                        \
                 .most = LANG_DAYS(1),                                                             \
                 .required = true,                                                                 \
                 .at = PARTS(within_ms),                                                           \
                 .setting = LANG_SET(RULE_SETTING_WITHIN),                                         \
                 .what = "a part counts for so long after its reading or event"},                  \
                {.name = "for",                                                                    \
                 .type = LANG_KEY_DURATION,                                                        \
                 .least = LANG_SECONDS(1),                                                         \
                 .most = LANG_HOURS(24),                                                           \
                 .at = PARTS(for_ms),                                                              \
                 .setting = LANG_SET(RULE_SETTING_FOR),                                            \
                 .what = "true all that time"},                                                    \
                LANG_DURING_KEY, {                                                                 \
                .name = NULL                                                                       \
        }

static const struct lang_key all_keys[] = {PART_KEYS("all", "all of these at one time")};
static const struct lang_key any_keys[] = {PART_KEYS("any", "any of these")};

/* The class is the most severe one of its parts. */
static bool check(struct lang_reading *reading, const struct lang_place *place) {
        const struct condition_parts *parts = &place->condition->parts;
        struct rule_kinds kinds = {{0}};

        (void)reading;
        for (uint8_t i = 0; i < parts->part_count; i++)
                rule_kinds_add(&kinds, parts->parts[i].kind);
        place->rule->class = lang_kinds_class(&kinds);
        return parts->part_count > 0;
}

const struct lang_condition lang_all = {
        .word = "all",
        .about = N_("several things"),
        .type = CONDITION_PARTS,
        .when_keys = all_keys,
        .check = check,
};

const struct lang_condition lang_any = {
        .word = "any",
        .about = N_("several things"),
        .type = CONDITION_PARTS,
        .when_keys = any_keys,
        .check = check,
};
