/* SPDX-License-Identifier: MIT */
#include "rules/eval/rule_set_builder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/conditions/vital/level.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/rule/rule_set_tables.h"

/* The set under construction is a set already: only its sorted indices and the normalised conditions are missing,
 * which rule_set_builder_finish() makes. */
struct rule_set_builder {
        struct rule_set *set;
        uint32_t rule_room;
        uint32_t override_room;
        uint32_t zone_room;
        uint32_t holiday_room;
};

int rule_set_builder_new(struct rule_set_builder **ret) {
        struct rule_set_builder *builder = calloc(1, sizeof(*builder));

        if (!builder)
                return err_raise(-ENOMEM);
        builder->set = calloc(1, sizeof(*builder->set));
        if (!builder->set) {
                free(builder);
                return err_raise(-ENOMEM);
        }
        *ret = builder;
        return 0;
}

struct rule_set_builder *rule_set_builder_free(struct rule_set_builder *builder) {
        if (builder)
                rule_set_free(builder->set);
        free(builder);
        return NULL;
}

/* Make room for one more row in @rows. */
static int reserve_row(void **rows, uint32_t count, uint32_t *room, size_t row_bytes) {
        if (count < *room)
                return 0;

        uint32_t wanted = *room ? *room * 2 : 16;
        void *moved = realloc(*rows, wanted * row_bytes);

        if (!moved)
                return err_raise(-ENOMEM);
        *rows = moved;
        *room = wanted;
        return 0;
}

int rule_set_builder_add_zone(struct rule_set_builder *builder, const char *site,
                              struct zone *zone) {
        struct rule_set *set = builder->set;
        int r;

        if (strlen(site) >= RULE_WORD_BYTES)
                return err_raise(-ENAMETOOLONG);
        for (uint32_t i = 0; i < set->zone_count; i++)
                if (strcmp(set->zones[i].site, site) == 0)
                        return err_raise_why(-EINVAL, "site \"%s\" has a time zone already", site);

        r = reserve_row((void **)&set->zones, set->zone_count, &builder->zone_room,
                        sizeof(*set->zones));
        if (r < 0)
                return r;

        struct rule_site_zone *row = &set->zones[set->zone_count++];

        *row = (struct rule_site_zone){.zone = zone};
        memcpy(row->site, site, strlen(site));
        return 0;
}

int rule_set_builder_add_holiday(struct rule_set_builder *builder, int32_t day) {
        struct rule_set *set = builder->set;
        int r;

        if (set->holiday_count >= RULE_HOLIDAYS_MAX)
                return err_raise_why(-E2BIG, "more than %d holidays", RULE_HOLIDAYS_MAX);
        r = reserve_row((void **)&set->holidays, set->holiday_count, &builder->holiday_room,
                        sizeof(*set->holidays));
        if (r < 0)
                return r;
        set->holidays[set->holiday_count++] = day;
        return 0;
}

/* --- what is refused ---------------------------------------------------------------------------- */

static int refuse(const struct rule *rule, const char *why) {
        return err_raise_why(-EINVAL, "rule \"%s\": %s", rule->id, why);
}

static int check_condition(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_ops *ops = conditions_ops(condition->type);

        if (!ops)
                return refuse(rule, "no such condition");
        if (condition->during_count > RULE_SLOTS_MAX)
                return refuse(rule, "too many times of day");
        for (uint8_t i = 0; i < condition->during_count; i++)
                if (!day_slot_is_sound(&condition->during[i]))
                        return refuse(rule, "a time of day lies within 00:00 and 24:00");

        const char *why = ops->refuse(rule, condition);

        return why ? refuse(rule, why) : 0;
}

static int check_quieting(const struct rule *rule) {
        bool quieted = rule->flap_times || rule->inhibitor_count;

        if (rule->class == ALERT_LIFE_SAFETY && quieted)
                return refuse(rule,
                              "a life-safety alert is never held back: each may be another one");
        if (rule->flap_times && rule->flap_within_ms <= 0)
                return refuse(rule, "flapping needs a time");
        if (rule->flap_times == 1 || rule->flap_times > RULE_FLAPS_MAX)
                return refuse(rule, "flapping is two to eight raises within a time");
        if (rule->inhibitor_count > RULE_INHIBITORS_MAX)
                return refuse(rule, "too many inhibitors");
        for (uint8_t i = 0; i < rule->inhibitor_count; i++)
                if (strcmp(rule->inhibitors[i], rule->id) == 0)
                        return refuse(rule, "a rule cannot hold itself back");
        return 0;
}

static bool is_level_rule(const struct rule *rule) {
        return rule->condition.type == CONDITION_VITAL && level_is_meant(&rule->condition.vital);
}

/* The row of a device has room for a limited number of offline and of level rules. */
static int check_room(const struct rule_set *set, const struct rule *rule) {
        uint32_t offline = rule->condition.type == CONDITION_OFFLINE;
        uint32_t level = is_level_rule(rule);

        for (uint32_t i = 0; i < set->rule_count; i++) {
                offline += set->rules[i].condition.type == CONDITION_OFFLINE;
                level += is_level_rule(&set->rules[i]);
        }
        if (offline > RULE_OFFLINE_MAX)
                return refuse(rule, "too many offline rules");
        if (level > RULE_LEVEL_MAX)
                return refuse(rule, "too many rules on the level of a device");
        return 0;
}

int rule_set_builder_add_rule(struct rule_set_builder *builder, const struct rule *rule,
                              uint32_t *ret_index) {
        struct rule_set *set = builder->set;
        int r;

        if (!memchr(rule->id, '\0', sizeof(rule->id)) || rule->id[0] == '\0')
                return err_raise_why(-EINVAL, "a rule needs an id shorter than %d bytes",
                                     ALERT_RULE_ID_BYTES);
        if (set->rule_count >= RULE_MAX)
                return refuse(rule, "too many rules");

        uint32_t id_hash = murmur2(rule->id, strlen(rule->id));

        for (uint32_t i = 0; i < set->rule_count; i++) {
                if (set->rules[i].id_hash != id_hash)
                        continue;
                if (strcmp(set->rules[i].id, rule->id) == 0)
                        return refuse(rule, "the id is used twice");
                /* Saved states name their rule by this hash. */
                return refuse(rule, "the id has the hash of another one: rename it");
        }
        r = check_condition(rule, &rule->condition);
        if (r < 0)
                return r;
        r = check_quieting(rule);
        if (r < 0)
                return r;
        r = check_room(set, rule);
        if (r < 0)
                return r;
        r = reserve_row((void **)&set->rules, set->rule_count, &builder->rule_room,
                        sizeof(*set->rules));
        if (r < 0)
                return r;

        set->rules[set->rule_count] = *rule;
        set->rules[set->rule_count].id_hash = id_hash;
        *ret_index = set->rule_count++;
        return 0;
}

int rule_set_builder_add_override(struct rule_set_builder *builder,
                                  const struct rule_override *override) {
        struct rule_set *set = builder->set;
        int r;

        if (override->rule_index >= set->rule_count)
                return err_raise_why(-EINVAL, "an override of a rule that is not there");

        const struct rule *rule = &set->rules[override->rule_index];

        if (override->scope > RULE_OVERRIDE_CITY ||
            !memchr(override->elder_id, '\0', EVENT_ELDER_ID_BYTES) ||
            (override->scope == RULE_OVERRIDE_CITY) != (override->elder_id[0] == '\0'))
                return refuse(rule, "an override is for the city, a district or an elder");
        if (override->condition.type != rule->condition.type)
                return refuse(rule, "an override cannot change what is looked at");
        r = check_condition(rule, &override->condition);
        if (r < 0)
                return r;
        r = reserve_row((void **)&set->overrides, set->override_count, &builder->override_room,
                        sizeof(*set->overrides));
        if (r < 0)
                return r;

        struct rule_override *row = &set->overrides[set->override_count++];

        *row = *override;
        row->elder_hash = murmur2(row->elder_id, strlen(row->elder_id));
        return 0;
}

/* --- freezing ----------------------------------------------------------------------------------- */

static int compare_overrides(const void *a, const void *b) {
        const struct rule_override *x = a;
        const struct rule_override *y = b;

        if (x->scope != y->scope)
                return x->scope < y->scope ? -1 : 1;
        if (x->elder_hash != y->elder_hash)
                return x->elder_hash < y->elder_hash ? -1 : 1;

        int order = strcmp(x->elder_id, y->elder_id);

        if (order)
                return order;
        return (x->rule_index > y->rule_index) - (x->rule_index < y->rule_index);
}

static int compare_ends(const void *a, const void *b, void *context) {
        const struct rule_override *overrides = context;
        const struct rule_override *x = &overrides[*(const uint32_t *)a];
        const struct rule_override *y = &overrides[*(const uint32_t *)b];

        return (x->until_time_ms > y->until_time_ms) - (x->until_time_ms < y->until_time_ms);
}

static int compare_ids(const void *a, const void *b, void *context) {
        const struct rule *rules = context;

        return strcmp(rules[*(const uint32_t *)a].id, rules[*(const uint32_t *)b].id);
}

static void normalised(struct rule_condition *ret, const struct rule_condition *condition) {
        *ret = *condition;
        conditions_normalise(ret);
}

static int compare_days(const void *a, const void *b) {
        const int32_t *x = a;
        const int32_t *y = b;

        return (*x > *y) - (*x < *y);
}

static int make_tables(struct rule_set *set) {
        set->condition_count = set->rule_count + set->override_count;

        size_t bytes =
                ((size_t)set->condition_count * sizeof(*set->conditions) + 127) & ~(size_t)63;

        set->conditions = aligned_alloc(64, bytes);
        set->by_id = calloc(set->rule_count + 1, sizeof(*set->by_id));
        set->ending = calloc(set->override_count + 1, sizeof(*set->ending));
        set->override_keys = calloc(set->override_count + 1, sizeof(*set->override_keys));
        if (!set->conditions || !set->by_id || !set->ending || !set->override_keys)
                return err_raise(-ENOMEM);

        for (uint32_t i = 0; i < set->rule_count; i++) {
                normalised(&set->conditions[i], &set->rules[i].condition);
                set->by_id[i] = i;
        }
        for (uint32_t i = 0; i < set->override_count; i++) {
                normalised(&set->conditions[set->rule_count + i], &set->overrides[i].condition);
                set->override_keys[i] = rule_set_override_key(set->overrides[i].scope,
                                                              set->overrides[i].elder_hash);
                if (set->overrides[i].until_time_ms)
                        set->ending[set->ending_count++] = i;
        }
        if (set->rule_count)
                qsort_r(set->by_id, set->rule_count, sizeof(*set->by_id), compare_ids, set->rules);
        if (set->holiday_count)
                qsort(set->holidays, set->holiday_count, sizeof(*set->holidays), compare_days);
        if (set->ending_count)
                qsort_r(set->ending, set->ending_count, sizeof(*set->ending), compare_ends,
                        set->overrides);
        return 0;
}

/* Look up the inhibitors, once all rules are there. */
static int find_inhibitors(struct rule_set *set) {
        for (uint32_t i = 0; i < set->rule_count; i++) {
                struct rule *rule = &set->rules[i];

                for (uint8_t k = 0; k < rule->inhibitor_count; k++) {
                        int index = rule_set_find(set, rule->inhibitors[k]);

                        if (index < 0)
                                return refuse(rule, "it is inhibited by a rule that is not there");
                        rule->inhibitor_hashes[k] = set->rules[index].id_hash;
                        set->rules[index].inhibits = true;
                }
        }
        return 0;
}

int rule_set_builder_finish(struct rule_set_builder *builder, const char *version,
                            struct rule_set **ret) {
        struct rule_set *set = builder->set;
        struct rule_set *empty;
        int r;

        if (strlen(version) >= ALERT_RULE_SET_BYTES)
                return err_raise_why(-EINVAL, "a version has at most %d characters",
                                     ALERT_RULE_SET_BYTES - 1);

        if (set->override_count)
                qsort(set->overrides, set->override_count, sizeof(*set->overrides),
                      compare_overrides);
        for (uint32_t i = 1; i < set->override_count; i++) {
                const struct rule_override *row = &set->overrides[i];

                if (compare_overrides(row - 1, row) == 0)
                        return refuse(&set->rules[row->rule_index],
                                      "two overrides for the same one");
        }

        empty = calloc(1, sizeof(*empty));
        if (!empty)
                return err_raise(-ENOMEM);
        *builder = (struct rule_set_builder){.set = empty};
        memcpy(set->version, version, strlen(version) + 1);
        r = make_tables(set);
        if (r < 0)
                goto out;
        r = find_inhibitors(set);
        if (r < 0)
                goto out;

        *ret = set;
        set = NULL;
out:
        rule_set_free(set);
        return r;
}
