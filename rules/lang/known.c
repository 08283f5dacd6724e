/* SPDX-License-Identifier: MIT
 *
 * Checks against the registry: do the names in rules exist, and does each rule apply to at least one elder? These are
 * warnings only, because the registry changes by the hour and rules may be written before it changes.
 */
#include "rules/lang/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/language/say.h"
#include "common/registry/registry.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/reading.h"

enum { SUGGEST_FROM_MAX = 20000 }; /* with more names, none is suggested: it would take minutes */

/* The distinct names of one type. */
struct names {
        const char **list; /* NULL-terminated; the registry owns the names */
        size_t count;
        struct lang_index index;
};

struct known {
        struct names districts, conditions, tags, rooms, classes;
        struct names elders;
};

static int names_init(struct names *names, size_t most) {
        names->list = calloc(most + 1, sizeof(*names->list));
        return names->list ? lang_index_init(&names->index, most) : err_raise(-ENOMEM);
}

static void names_fini(struct names *names) {
        free(names->list);
        lang_index_fini(&names->index);
}

static void names_add(struct names *names, const char *name) {
        if (*name && lang_index_put(&names->index, name, 0, (uint32_t)names->count) == names->count)
                names->list[names->count++] = name;
}

static void words_add(struct names *names, const struct registry_words *words) {
        for (uint8_t i = 0; i < words->count; i++)
                names_add(names, words->word[i]);
}

static void known_fini(struct known *known) {
        struct names *const all[] = {&known->districts, &known->conditions, &known->tags,
                                     &known->rooms,     &known->classes,    &known->elders};

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                names_fini(all[i]);
}

static int known_init(struct known *known, const struct registry *registry) {
        size_t elders = registry_count(registry, REGISTRY_ELDER);
        size_t devices = registry_count(registry, REGISTRY_DEVICE);
        int r = names_init(&known->districts, registry_count(registry, REGISTRY_DISTRICT));

        r = r ? r : names_init(&known->conditions, elders * REGISTRY_WORDS_MAX);
        r = r ? r : names_init(&known->tags, elders * REGISTRY_WORDS_MAX);
        r = r ? r : names_init(&known->elders, elders);
        r = r ? r : names_init(&known->rooms, devices);
        r = r ? r : names_init(&known->classes, devices);
        if (r < 0)
                return r;
        for (size_t i = 0; i < registry_count(registry, REGISTRY_DISTRICT); i++) {
                const struct registry_district *row = registry_at(registry, REGISTRY_DISTRICT, i);

                names_add(&known->districts, row->id);
        }
        for (size_t i = 0; i < elders; i++) {
                const struct registry_elder *elder = registry_at(registry, REGISTRY_ELDER, i);

                names_add(&known->elders, elder->id);
                words_add(&known->conditions, &elder->conditions);
                words_add(&known->tags, &elder->tags);
        }
        for (size_t i = 0; i < devices; i++) {
                const struct registry_device *device = registry_at(registry, REGISTRY_DEVICE, i);

                names_add(&known->rooms, device->room);
                names_add(&known->classes, device->device_class);
        }
        return 0;
}

/* --- names ------------------------------------------------------------------------------------------- */

static void name_check(struct lang_reading *reading, const struct names *names,
                       const struct yaml_node *item, const char *what) {
        const char *nearest;

        if (item->type != YAML_TEXT || lang_index_find(&names->index, item->text, 0) != UINT32_MAX)
                return;
        nearest = names->count <= SUGGEST_FROM_MAX ? diag_nearest(item->text, names->list) : NULL;
        if (nearest)
                diag_hint(reading->diag, "did you mean \"%s\"?", nearest);
        LANG_WARN(reading, "W014", item, NULL, "the registry has no %s \"%s\"",
                  diag_word(reading->diag, what), item->text);
}

static void list_check(struct lang_reading *reading, const struct names *names,
                       const struct yaml_node *list, const char *what) {
        for (const struct yaml_node *item = list && list->type == YAML_LIST ? list->child : NULL;
             item; item = item->next)
                name_check(reading, names, item, what);
}

/* A room may be named anywhere in a condition: as its own key, in a step, in a part, in outer_door. */
static void rooms_check(struct lang_reading *reading, const struct names *names,
                        const struct yaml_node *node) {
        for (const struct yaml_node *child = node->child; child; child = child->next) {
                if (child->key &&
                    (strcmp(child->key, "room") == 0 || strcmp(child->key, "elsewhere") == 0))
                        name_check(reading, names, child, N_("room"));
                rooms_check(reading, names, child);
        }
}

static void rule_check(struct lang_reading *reading, const struct known *known,
                       const struct yaml_node *rule) {
        const struct yaml_node *who = yaml_get(rule, "applies_to"), *when = yaml_get(rule, "when");

        list_check(reading, &known->districts, yaml_get(who, "districts"), N_("district"));
        list_check(reading, &known->conditions, yaml_get(who, "conditions"), N_("condition"));
        list_check(reading, &known->tags, yaml_get(who, "tags"), N_("tag"));
        list_check(reading, &known->classes, yaml_get(when, "offline"), N_("device class"));
        if (when)
                rooms_check(reading, &known->rooms, when);
}

/* --- whom a rule watches -------------------------------------------------------------------------------- */

static bool watches(const struct lang_reading *reading, const struct rule *rule,
                    const struct registry_elder *elder) {
        const struct registry *registry = reading->options->registry;
        char districts[RULE_DISTRICT_DEPTH_MAX][RULE_WORD_BYTES] = {""};
        struct rule_subject subject = {
                .care_level = elder->care_level,
                .districts = (const char(*)[RULE_WORD_BYTES])districts,
                .conditions = elder->conditions.word,
                .condition_count = elder->conditions.count,
                .tags = elder->tags.word,
                .tag_count = elder->tags.count,
                .lives_alone = elder->lives_alone,
        };
        const char *district = elder->district;

        while (*district && subject.district_count < RULE_DISTRICT_DEPTH_MAX) {
                const struct registry_district *row = registry_district(registry, district);

                memcpy(districts[subject.district_count++], district, strlen(district) + 1);
                district = row ? row->parent : "";
        }
        if (elder->birth_year)
                subject.age =
                        (int)zone_year(reading->options->now_ms / LANG_DAYS(1)) - elder->birth_year;
        return rule_applies(rule, &subject);
}

static void nobody_check(struct lang_reading *reading, const struct lang_reading_rule *slot) {
        const struct yaml_node *who = yaml_get(slot->node, "applies_to");
        const struct registry *registry = reading->options->registry;
        struct rule rule = slot->rule;
        size_t count = registry_count(registry, REGISTRY_ELDER);

        if (!who || count == 0)
                return;
        rule.applies_to.not_tags.count = 0; /* ignore states of today, for example hospital */
        for (size_t i = 0; i < count; i++)
                if (watches(reading, &rule, registry_at(registry, REGISTRY_ELDER, i)))
                        return;
        LANG_WARN_AT_KEY(reading, "W015", who, "every list must fit the same elder",
                         "this rule watches nobody: none of the %zu elders is like this", count);
}

int lang_known_check(struct lang_reading *reading) {
        struct known known = {.districts = {.list = NULL}};
        int r = known_init(&known, reading->options->registry);

        for (size_t i = 0; r == 0 && i < reading->rule_count; i++) {
                rule_check(reading, &known, reading->rules[i].node);
                nobody_check(reading, &reading->rules[i]);
        }
        for (size_t i = 0; r == 0 && i < reading->override_count; i++) {
                const struct lang_reading_override *override = &reading->overrides[i];

                if (override->scope == RULE_OVERRIDE_ELDER)
                        name_check(reading, &known.elders, yaml_get(override->node, "elder"),
                                   "elder");
                else if (override->scope == RULE_OVERRIDE_DISTRICT)
                        name_check(reading, &known.districts, yaml_get(override->node, "district"),
                                   N_("district"));
        }
        known_fini(&known);
        return r;
}
