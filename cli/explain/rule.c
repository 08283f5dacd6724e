/* SPDX-License-Identifier: MIT */
#include "cli/explain/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/cli.h"
#include "common/base/err.h"
#include "common/language/say.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/consumer/registry_profile.h"

const char *explain_whose(const struct lang_source *layer, const struct language *language,
                          char *ret) {
        if (!layer)
                snprintf(ret, 64, "%s", say(language, "rule"));
        else if (layer->scope == RULE_OVERRIDE_CITY)
                snprintf(ret, 64, "%s", say(language, "city"));
        else if (layer->scope == RULE_OVERRIDE_DISTRICT)
                snprintf(ret, 64, say(language, "district %s"), layer->id);
        else
                snprintf(ret, 64, say(language, "elder %s"), layer->id);
        return ret;
}

int explain_slot_now(const struct explain_rule *explain, const struct day_slot *slots,
                     uint8_t count) {
        const struct day_slot *slot = count ? day_slot_now(slots, count, &explain->calendar,
                                                           explain->world->options->now_ms)
                                            : NULL;

        return slot ? (int)(slot - slots) : -1;
}

/* --- overrides ------------------------------------------------------------------------------------------- */

static const struct lang_source *source_find(const struct explain_rule *explain,
                                             enum rule_override_scope scope, const char *id) {
        const struct lang_origins *origins = &explain->world->origins;

        for (size_t i = 0; i < origins->override_count; i++) {
                const struct lang_source *source = &origins->overrides[i];

                if (source->rule_index == explain->index && source->scope == scope &&
                    strcmp(source->id, id) == 0)
                        return source;
        }
        return NULL;
}

/* Apply one override on top of the previous ones, as the engine does (rules/eval/plans/make.c). */
static void layer_add(struct explain_rule *explain, enum rule_override_scope scope,
                      const char *id) {
        const struct explain_world *world = explain->world;
        const struct lang_source *source = source_find(explain, scope, id);
        const struct rule_override *row =
                rule_set_override(world->rules, scope, id, explain->index, world->options->now_ms);

        if (!row && source)
                explain->ended[explain->ended_count++] = source;
        if (!row || !source)
                return;
        if (explain->layer_count == 0)
                explain->condition = row->condition;
        else
                conditions_layer(&explain->condition, &row->condition, row->set);
        explain->layers[explain->layer_count++] = source;
}

static void layers_add(struct explain_rule *explain) {
        const struct explain_world *world = explain->world;
        const struct lang_source *nearest;

        explain->condition = explain->rule->condition;
        layer_add(explain, RULE_OVERRIDE_CITY, "");
        for (uint8_t i = explain->profile.district_count; i > 0; i--)
                layer_add(explain, RULE_OVERRIDE_DISTRICT, explain->profile.districts[i - 1]);
        if (explain->elder)
                layer_add(explain, RULE_OVERRIDE_ELDER, explain->elder->id);
        if (explain->layer_count < 2 || !conditions_refuse(explain->rule, &explain->condition))
                return;

        nearest = explain->layers[explain->layer_count - 1];
        explain->condition =
                rule_set_override(world->rules, (enum rule_override_scope)nearest->scope,
                                  nearest->id, explain->index, world->options->now_ms)
                        ->condition;
        explain->layers[0] = nearest;
        explain->layer_count = 1;
        explain->contradictory = true;
}

/* --- settings -------------------------------------------------------------------------------------------- */

/* Selectors and texts are not settings; they are printed separately. */
static bool is_setting(const char *key) {
        static const char *const others[] = {"id", "unless", "applies_to.", "title.", "advice."};

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                size_t bytes = strlen(others[i]);

                if (others[i][bytes - 1] == '.' ? strncmp(key, others[i], bytes) == 0
                                                : strcmp(key, others[i]) == 0)
                        return false;
        }
        return true;
}

/* Whether two keys set the same limit, by the same or by another word: the value of the nearer layer then replaces
 * the other. */
static bool is_instead(const char *key, const char *of) {
        static const char *const limits[] = {"by_time", "longer_than", "seen_within", "heartbeats"};
        bool one = false, other = false;

        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                one |= strcmp(key, limits[i]) == 0;
                other |= strcmp(of, limits[i]) == 0;
        }
        return strcmp(key, of) == 0 || (one && other);
}

static void setting_put(struct explain_rule *explain, const struct lang_source *layer,
                        const struct lang_origin *origin) {
        struct explain_setting *setting = NULL;

        for (size_t i = 0; layer && !setting && i < explain->setting_count; i++)
                if (is_instead(origin->key, explain->settings[i].origin->key))
                        setting = &explain->settings[i];
        if (setting)
                setting->former = setting->origin;
        else
                setting = &explain->settings[explain->setting_count++];
        setting->origin = origin;
        setting->layer = layer;
}

static int settings_add(struct explain_rule *explain) {
        size_t room = explain->source->value_count;

        for (size_t i = 0; i < explain->layer_count; i++)
                room += explain->layers[i]->value_count;
        explain->settings = calloc(room + 1, sizeof(*explain->settings));
        if (!explain->settings)
                return err_raise(-ENOMEM);
        for (size_t i = 0; i < explain->source->value_count; i++)
                if (is_setting(explain->source->values[i].key))
                        setting_put(explain, NULL, &explain->source->values[i]);
        for (size_t i = 0; i < explain->layer_count; i++)
                for (size_t k = 0; k < explain->layers[i]->value_count; k++)
                        setting_put(explain, explain->layers[i], &explain->layers[i]->values[k]);
        return 0;
}

/* --- who is watched ------------------------------------------------------------------------------------- */

static struct rule_subject subject_of(const struct explain_rule *explain) {
        const struct elder_profile *profile = &explain->profile;
        int64_t year = zone_year(zone_local(NULL, explain->world->options->now_ms).day);

        return (struct rule_subject){
                .care_level = profile->care_level,
                .districts = profile->districts,
                .district_count = profile->district_count,
                .conditions = profile->conditions,
                .condition_count = profile->condition_count,
                .tags = profile->tags,
                .tag_count = profile->tag_count,
                .age = profile->birth_year ? (int)year - profile->birth_year : 0,
                .lives_alone = profile->lives_alone,
        };
}

static void words_write(char *ret, size_t ret_bytes, const char (*words)[RULE_WORD_BYTES],
                        uint8_t count) {
        *ret = '\0';
        for (uint8_t i = 0; i < count; i++)
                snprintf(ret + strlen(ret), ret_bytes - strlen(ret), "%s%s", i ? ", " : "",
                         words[i]);
}

/* Test one selector by itself: a probe rule has only this selector, and the engine's rule_applies() evaluates it. */
static void selector_add(struct explain_rule *explain, const char *key,
                         struct rule_selector question, const char *has) {
        const struct lang_origin *origin = lang_origin_find(explain->source, key);
        const struct rule probe = {.applies_to = question};
        struct rule_subject subject = subject_of(explain);
        struct explain_selector *selector = &explain->selectors[explain->selector_count];

        if (!origin)
                return;
        selector->origin = origin;
        selector->passes = rule_applies(&probe, &subject);
        snprintf(selector->has, sizeof(selector->has), "%s", has);
        explain->selector_count++;
}

static void selectors_add(struct explain_rule *explain) {
        const struct rule_selector *who = &explain->rule->applies_to;
        const struct elder_profile *profile = &explain->profile;
        struct rule_subject subject = subject_of(explain);
        const struct language *language = explain->world->options->language;
        char has[256];

        selector_add(explain, "applies_to.care_levels",
                     (struct rule_selector){.care_levels = who->care_levels}, profile->care_level);
        words_write(has, sizeof(has), profile->conditions, profile->condition_count);
        selector_add(explain, "applies_to.conditions",
                     (struct rule_selector){.conditions = who->conditions}, has);
        words_write(has, sizeof(has), profile->tags, profile->tag_count);
        selector_add(explain, "applies_to.tags", (struct rule_selector){.tags = who->tags}, has);
        selector_add(explain, "unless", (struct rule_selector){.not_tags = who->not_tags}, has);
        words_write(has, sizeof(has), profile->districts, profile->district_count);
        selector_add(explain, "applies_to.districts",
                     (struct rule_selector){.districts = who->districts}, has);
        if (subject.age)
                snprintf(has, sizeof(has), "%d", subject.age);
        else
                snprintf(has, sizeof(has), "%s", say(language, "year of birth not known"));
        selector_add(explain, "applies_to.age_at_least",
                     (struct rule_selector){.age_at_least = who->age_at_least}, has);
        selector_add(explain, "applies_to.lives_alone",
                     (struct rule_selector){.lives_alone = who->lives_alone},
                     profile->lives_alone ? "true" : "false");
        explain->applies = rule_applies(explain->rule, &subject);
}

/* --- who is paged ---------------------------------------------------------------------------------------- */

static int first_add(struct explain_rule *explain) {
        struct explain_world *world = explain->world;

        if (!world->ladders || !explain->rule->ladder[0])
                return 0;
        explain->ladder = ladders_get(world->ladders, explain->rule->ladder);
        if (!explain->elder)
                return 0;
        return first_recipients(world->registry, world->ladders, explain->ladder, world->time_zone,
                                explain->elder, world->options->now_ms, explain->first,
                                &explain->first_count);
}

/* --- all of it --------------------------------------------------------------------------------------------- */

static enum cli_exit no_such_rule(const struct explain_world *world, const char *rule_id) {
        uint32_t count = rule_set_count(world->rules);
        const char **ids = calloc((size_t)count + 1, sizeof(*ids));
        const char *nearest = NULL;

        for (uint32_t i = 0; ids && i < count; i++)
                ids[i] = rule_set_rule(world->rules, i)->id;
        if (ids)
                nearest = diag_nearest(rule_id, ids);
        if (nearest)
                cli_tell(world->cli, "no rule has the id \"%s\"; did you mean \"%s\"?", rule_id,
                         nearest);
        else
                cli_tell(world->cli,
                         "no rule has the id \"%s\", and it is not an alert id (32 hex digits)",
                         rule_id);
        free(ids);
        return CLI_BAD;
}

static enum cli_exit elder_find(struct explain_rule *explain) {
        struct explain_world *world = explain->world;
        const char *id = world->options->elder;

        if (!id)
                return CLI_DONE;
        explain->elder = registry_elder(world->registry, id);
        if (!explain->elder) {
                cli_tell(world->cli,
                         "the registry has no elder \"%s\"; vigil registry shows who is there", id);
                return CLI_BAD;
        }
        registry_profile_make(world->registry, explain->elder, 1, &explain->profile);
        return CLI_DONE;
}

enum cli_exit explain_rule_make(struct explain_rule *ret, struct explain_world *world,
                                const char *rule_id) {
        int index = rule_set_find(world->rules, rule_id);
        enum cli_exit left;
        int r;

        *ret = (struct explain_rule){.world = world};
        if (index < 0)
                return no_such_rule(world, rule_id);
        ret->index = (uint32_t)index;
        ret->rule = rule_set_rule(world->rules, ret->index);
        ret->source = &world->origins.rules[ret->index];
        left = elder_find(ret);
        if (left != CLI_DONE)
                return left;
        ret->zone = rule_set_zone(world->rules, ret->profile.site);
        ret->calendar = rule_set_calendar(world->rules, ret->zone);
        layers_add(ret);
        if (settings_add(ret) < 0)
                return cli_fail(world->cli, -ENOMEM);
        if (ret->elder)
                selectors_add(ret);
        r = first_add(ret);
        return r < 0 ? cli_fail(world->cli, r) : CLI_DONE;
}

void explain_rule_fini(struct explain_rule *explain) {
        free(explain->settings);
}
