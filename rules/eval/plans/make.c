/* SPDX-License-Identifier: MIT */
#include "rules/eval/plans/make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"
#include "rules/eval/memory/shelf.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/eval/rule/rule_set_tables.h"

/* --- making a plan ------------------------------------------------------------------------------ */

/* The attributes of a cohort's elders, as selectors look at them. */
static struct rule_subject subject_of(const struct plan_cohort_key *key, int64_t now_ms) {
        int year = zone_year(zone_local(NULL, now_ms).day);

        return (struct rule_subject){
                .care_level = key->care_level,
                .districts = key->districts,
                .district_count = key->district_count,
                .conditions = key->conditions,
                .condition_count = key->condition_count,
                .tags = key->tags,
                .tag_count = key->tag_count,
                .age = key->birth_year ? year - key->birth_year : 0,
                .lives_alone = key->lives_alone,
        };
}

/* The overrides that may concern one elder, from the outermost layer to the innermost: the city's, those of the
 * districts, larger ones first, the elder's own. */
struct layers {
        struct {
                uint32_t first, count; /* indices in rule_set.overrides, in rule order */
        } of[2 + RULE_DISTRICT_DEPTH_MAX];
        uint32_t count;
        uint32_t overrides;
};

static void layer_add(struct layers *layers, const struct rule_set *rules,
                      enum rule_override_scope scope, const char *id, uint32_t hash) {
        uint32_t count;
        uint32_t first = rule_set_overrides_of(rules, scope, id, hash, &count);

        if (count == 0)
                return;
        layers->of[layers->count].first = first;
        layers->of[layers->count++].count = count;
        layers->overrides += count;
}

/* @elder_id NULL: for the whole cohort. */
static struct layers layers_of(const struct rule_set *rules, const struct plan_cohort_key *key,
                               const char *elder_id, uint32_t elder_hash) {
        struct layers layers = {.count = 0};

        if (rules->override_count == 0)
                return layers;
        layer_add(&layers, rules, RULE_OVERRIDE_CITY, "", murmur2("", 0));
        for (uint8_t i = key->district_count; i > 0; i--)
                layer_add(&layers, rules, RULE_OVERRIDE_DISTRICT, key->districts[i - 1],
                          murmur2(key->districts[i - 1], strlen(key->districts[i - 1])));
        if (elder_id)
                layer_add(&layers, rules, RULE_OVERRIDE_ELDER, elder_id, elder_hash);
        return layers;
}

/* A plan under construction. */
struct draft {
        struct plans *plans;
        const struct rule_set *rules;
        struct rule_calendar calendar;
        struct plan_slot *slots; /* with room for all rules */
        uint16_t slot_count;
        struct rule_condition *merged; /* with room for all overrides in question */
        uint32_t merged_count;
        uint32_t generation;
        int64_t now_ms;
};

static const struct rule_condition *draft_condition(const struct draft *draft, uint32_t index) {
        return index < draft->rules->condition_count
                       ? &draft->rules->conditions[index]
                       : &draft->merged[index - draft->rules->condition_count];
}

/* The override of @rule in one layer, if it is still in force; NULL: none. */
static const struct rule_override *
layer_find(const struct draft *draft, const struct layers *layers, uint32_t layer, uint32_t rule) {
        for (uint32_t i = 0; i < layers->of[layer].count; i++) {
                const struct rule_override *row =
                        &draft->rules->overrides[layers->of[layer].first + i];

                if (row->rule_index == rule)
                        return row->until_time_ms == 0 || row->until_time_ms > draft->now_ms ? row
                                                                                             : NULL;
        }
        return NULL;
}

/* With one override, its condition was merged when the set was built. With several, merge them here. If the result
 * contradicts itself (a district's clear limit above an elder's own limit), only the innermost override applies,
 * which was checked by itself. */
static void override_apply(struct draft *draft, const struct layers *layers,
                           struct plan_slot *slot) {
        const struct rule_set *rules = draft->rules;
        struct rule_condition *merged = &draft->merged[draft->merged_count];
        const struct rule_override *nearest = NULL;
        uint32_t found = 0;

        for (uint32_t i = 0; i < layers->count; i++) {
                const struct rule_override *row = layer_find(draft, layers, i, slot->rule);

                if (!row)
                        continue;
                if (found++ == 0)
                        *merged = row->condition;
                else
                        conditions_layer(merged, &row->condition, row->set);
                nearest = row;
        }
        if (found == 0)
                return;
        slot->overridden = 1;
        slot->condition = rules->rule_count + (uint32_t)(nearest - rules->overrides);
        if (found == 1 || conditions_refuse(&rules->rules[slot->rule], merged))
                return;
        conditions_normalise(merged);
        slot->condition = rules->condition_count + draft->merged_count++;
}

static void slot_describe(struct plan_slot *slot, const struct rule_condition *condition,
                          const struct rule_subject *subject, struct condition_ops_beside *beside) {
        conditions_ops(slot->type)->describe(slot, condition, subject, beside);
        /* Also if nothing can hold the rule back any more: an alert that was held back before must still be raised. */
        slot->episodes |= 1u << RULE_FORM_GATE;
}

/* The only room whose devices @condition reads; "": any. */
static const char *room_of(const struct rule_condition *condition) {
        const struct condition_ops *ops = conditions_ops((uint8_t)condition->type);

        return ops->room ? ops->room(condition) : "";
}

/* A slot for each rule that applies to @key, with the overrides of @layers. Return: 0, -ENOMEM, -ENOSPC. */
static int slots_make(struct draft *draft, const struct plan_cohort_key *key,
                      const struct layers *layers) {
        struct rule_subject subject = subject_of(key, draft->now_ms);
        struct condition_ops_beside beside = {0};

        for (uint32_t i = 0; i < draft->rules->rule_count; i++) {
                const struct rule *rule = &draft->rules->rules[i];
                struct plan_slot *slot = &draft->slots[draft->slot_count];

                if (!rule_applies(rule, &subject))
                        continue;
                *slot = (struct plan_slot){
                        .id_hash = rule->id_hash,
                        .condition = i,
                        .rule = (uint16_t)i,
                        .type = (uint8_t)rule->condition.type,
                        .life = rule->class == ALERT_LIFE_SAFETY,
                };
                override_apply(draft, layers, slot);

                const struct rule_condition *condition = draft_condition(draft, slot->condition);

                slot_describe(slot, condition, &subject, &beside);
                if (*room_of(condition)) {
                        int r = intern_word(&draft->plans->words, room_of(condition), &slot->room);

                        if (r < 0)
                                return r;
                }
                draft->slot_count++;
        }
        return 0;
}

static uint32_t lay_out(struct plan_slot *slots, uint16_t count) {
        uint32_t offset = 0;

        for (uint16_t i = 0; i < count; i++) {
                if (slots[i].block == RULE_FORM_NONE)
                        continue;
                slots[i].offset = offset;
                offset += (uint32_t)align8(conditions_form(slots[i].block)->bytes);
        }
        return offset;
}

static bool crosses_line(const struct plan_slot *slot) {
        return slot->offset % ARENA_UNIT_BYTES + conditions_form(slot->block)->bytes >
               ARENA_UNIT_BYTES;
}

/* Walk the rules and their kinds. @entries NULL: only count the entries of each kind in @next; else fill in
 * entries[next[kind]++]. Return: how many there are. */
static uint32_t index_signals(const struct draft *draft, uint32_t next[KIND_LIMIT],
                              struct plan_entry *entries) {
        const struct plan_slot *slots = draft->slots;
        uint32_t total = 0;

        for (uint16_t i = 0; i < draft->slot_count; i++) {
                const struct rule_condition *condition = draft_condition(draft, slots[i].condition);
                struct condition_ops_kinds kinds = {0};

                conditions_ops(slots[i].type)->kinds(condition, &kinds);
                if (condition->unless_away) {
                        rule_kinds_add(&kinds.of[PLAN_ROLE_PLACE], KIND_HOME);
                        rule_kinds_add(&kinds.of[PLAN_ROLE_PLACE], KIND_AWAY);
                }
                for (int role = 0; role < PLAN_ROLE_COUNT; role++) {
                        for (uint32_t kind = 0; kind < KIND_LIMIT; kind++) {
                                if (kinds.of[role].bits[kind / 64] == 0) {
                                        kind |= 63;
                                        continue;
                                }
                                if (!rule_kinds_has(&kinds.of[role], kind))
                                        continue;
                                total++;
                                if (!entries) {
                                        next[kind]++;
                                        continue;
                                }
                                entries[next[kind]++] = (struct plan_entry){
                                        .condition = slots[i].condition,
                                        .offset = slots[i].offset,
                                        .id_hash = slots[i].id_hash,
                                        .slot = i,
                                        .room = slots[i].room,
                                        .type = slots[i].type,
                                        .role = (uint8_t)role,
                                        .form = slots[i].form,
                                        .block = slots[i].block,
                                        .bit = slots[i].bit,
                                        .crosses = crosses_line(&slots[i]),
                                        .life = slots[i].life,
                                };
                        }
                }
        }
        return total;
}

static uint32_t draft_hash(const struct draft *draft) {
        return murmur2(draft->slots, draft->slot_count * sizeof(*draft->slots)) ^
               murmur2(draft->merged, draft->merged_count * sizeof(*draft->merged)) ^
               (uint32_t)((uintptr_t)draft->calendar.zone >> 4);
}

static uint32_t shape_hash(const struct plan_slot *slots, uint16_t count) {
        uint32_t hash = 0;

        for (uint16_t i = 0; i < count; i++) {
                if (slots[i].block == RULE_FORM_NONE && slots[i].form != RULE_FORM_LEVEL &&
                    slots[i].form != RULE_FORM_OFFLINE)
                        continue;

                uint32_t row[4] = {hash, slots[i].id_hash, slots[i].offset,
                                   (uint32_t)slots[i].form << 16 | (uint32_t)slots[i].block << 8 |
                                           slots[i].bit};

                hash = murmur2(row, sizeof(row));
        }
        return hash;
}

/* Evaluation calls the functions of the rule's type and casts the bytes at an offset to the state of its form, for
 * every event and unchecked. So both are checked here, once. */
static void require_layout(const struct plan *plan) {
        for (uint16_t i = 0; i < plan->slot_count; i++) {
                const struct plan_slot *slot = &plan->slots[i];

                const struct condition_ops *ops = conditions_ops(slot->type);

                require(ops && (!slot->timed || ops->due), "rule %08x is of type %d, timed: %d",
                        slot->id_hash, slot->type, slot->timed);
                require(slot->form < RULE_FORM_LIMIT && slot->block < RULE_FORM_LIMIT,
                        "rule %08x keeps forms %d and %d", slot->id_hash, slot->form, slot->block);
                require(slot->block == RULE_FORM_NONE ||
                                (slot->offset % 8 == 0 &&
                                 slot->offset + conditions_form(slot->block)->bytes <=
                                         plan->state_bytes),
                        "rule %08x keeps form %d at %u, of %u bytes", slot->id_hash, slot->block,
                        slot->offset, plan->state_bytes);
                require(slot->form != RULE_FORM_OFFLINE || slot->bit < RULE_OFFLINE_MAX,
                        "rule %08x has bit %d beside a device", slot->id_hash, slot->bit);
                require(slot->form != RULE_FORM_LEVEL || slot->bit < RULE_LEVEL_MAX,
                        "rule %08x has level %d beside a device", slot->id_hash, slot->bit);
        }
}

static void plan_link(struct plans *plans, struct plan *plan) {
        plan->next = plans->all;
        if (plans->all)
                plans->all->prev = plan;
        plans->all = plan;
        plans->count++;
        plans->bytes += plan->bytes;
}

static struct plan **bucket_of(const struct plans *plans, uint32_t generation, uint32_t hash) {
        return &plans->buckets[generation % 2][hash % PLAN_BUCKETS];
}

/* One block: the plan, then its tables, those with the strictest alignment first. */
static struct plan *plan_alloc(const struct draft *draft, uint32_t entry_count) {
        size_t merged_bytes = draft->merged_count * sizeof(*draft->merged);
        size_t slots_bytes = draft->slot_count * sizeof(*draft->slots);
        size_t entries_bytes = entry_count * sizeof(struct plan_entry);
        size_t bytes = sizeof(struct plan) + merged_bytes + slots_bytes + entries_bytes +
                       (KIND_LIMIT + 1) * sizeof(uint16_t);
        struct plan *plan = shelf_take(draft->plans->shelf, bytes);

        if (!plan)
                return NULL;
        plan->bytes = bytes;
        plan->merged = (struct rule_condition *)(plan + 1);
        plan->slots = (struct plan_slot *)(plan->merged + draft->merged_count);
        plan->entries = (struct plan_entry *)(plan->slots + draft->slot_count);
        plan->first = (uint16_t *)(plan->entries + entry_count);
        memcpy(plan->merged, draft->merged, merged_bytes);
        memcpy(plan->slots, draft->slots, slots_bytes);
        return plan;
}

static int plan_make(const struct draft *draft, uint32_t state_bytes, struct plan **ret) {
        uint32_t next[KIND_LIMIT] = {0};
        uint32_t entry_count = index_signals(draft, next, NULL);

        if (entry_count > UINT16_MAX)
                return err_raise(-E2BIG);

        struct plan *plan = plan_alloc(draft, entry_count);

        if (!plan)
                return err_raise(-ENOMEM);
        for (uint32_t kind = 0, at = 0; kind < KIND_LIMIT; kind++) {
                uint32_t count = next[kind];

                plan->first[kind] = (uint16_t)at;
                next[kind] = at;
                at += count;
        }
        plan->first[KIND_LIMIT] = (uint16_t)entry_count;

        uint32_t filled = index_signals(draft, next, plan->entries);

        require(filled == entry_count, "%u entries of a plan, %u were counted", filled,
                entry_count);

        for (uint16_t i = 0; i < draft->slot_count; i++)
                plan->timed |= draft->slots[i].timed;
        plan->calendar = draft->calendar;
        plan->slot_count = draft->slot_count;
        plan->entry_count = entry_count;
        plan->merged_count = draft->merged_count;
        plan->state_bytes = state_bytes;
        plan->generation = draft->generation;
        plan->hash = draft_hash(draft);
        plan->shape = shape_hash(draft->slots, draft->slot_count);
        require_layout(plan);

        struct plan **bucket = bucket_of(draft->plans, plan->generation, plan->hash);

        plan->next_in_bucket = *bucket;
        *bucket = plan;
        plan_link(draft->plans, plan);
        *ret = plan;
        return 0;
}

static bool is_plan_of(const struct plan *plan, const struct draft *draft) {
        return plan->calendar.zone == draft->calendar.zone &&
               plan->slot_count == draft->slot_count && plan->merged_count == draft->merged_count &&
               memcmp(plan->slots, draft->slots, plan->slot_count * sizeof(*plan->slots)) == 0 &&
               memcmp(plan->merged, draft->merged, plan->merged_count * sizeof(*plan->merged)) == 0;
}

static struct plan *plan_find(const struct draft *draft) {
        uint32_t hash = draft_hash(draft);

        for (struct plan *plan = *bucket_of(draft->plans, draft->generation, hash); plan;
             plan = plan->next_in_bucket)
                if (plan->hash == hash && is_plan_of(plan, draft))
                        return plan;
        return NULL;
}

static int draft_begin(struct draft *draft, const struct plan_cohort_key *key, uint32_t slots,
                       uint32_t overrides) {
        draft->calendar = rule_set_calendar(draft->rules, rule_set_zone(draft->rules, key->site));
        draft->calendar.ahead_ms = &draft->plans->ahead_ms;
        draft->slots = shelf_take(draft->plans->shelf, (slots + 1) * sizeof(*draft->slots));
        draft->merged = shelf_take(draft->plans->shelf, (overrides + 1) * sizeof(*draft->merged));
        return draft->slots && draft->merged ? 0 : err_raise(-ENOMEM);
}

static void draft_end(struct draft *draft) {
        shelf_give(draft->plans->shelf, draft->slots);
        shelf_give(draft->plans->shelf, draft->merged);
        draft->slots = NULL;
        draft->merged = NULL;
}

/* Find or make the plan. *ret: with a reference for the caller. */
static int plan_intern(struct draft *draft, const struct plan_cohort_key *key,
                       const struct layers *layers, struct plan **ret) {
        struct plan *plan;
        int r = draft_begin(draft, key, draft->rules->rule_count, layers->overrides);

        if (r == 0)
                r = slots_make(draft, key, layers);
        if (r < 0)
                goto out;

        uint32_t state_bytes = lay_out(draft->slots, draft->slot_count);

        plan = plan_find(draft);
        if (!plan)
                r = plan_make(draft, state_bytes, &plan);
        if (r == 0)
                *ret = plan_ref(plan);
out:
        draft_end(draft);
        return r;
}

int plan_of_cohort(struct plans *plans, const struct rule_set *rules,
                   const struct plan_cohort_key *key, uint32_t generation, int64_t now_ms,
                   struct plan **ret) {
        struct draft draft = {
                .plans = plans, .rules = rules, .generation = generation, .now_ms = now_ms};
        struct layers layers = layers_of(rules, key, NULL, 0);

        return plan_intern(&draft, key, &layers, ret);
}

/* --- one elder's plan --------------------------------------------------------------------------- */

/* Return: the index of the slot of @rule, or -1: the rule does not apply. */
static int slot_of(const struct plan *plan, uint32_t rule) {
        uint32_t low = 0, high = plan->slot_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (plan->slots[middle].rule == rule)
                        return (int)middle;
                if (plan->slots[middle].rule < rule)
                        low = middle + 1;
                else
                        high = middle;
        }
        return -1;
}

/* Does @condition read the same events and keep the same states as @former, the condition of @slot? Then it can
 * replace it without another layout. */
static bool fits(const struct plan_slot *slot, const struct rule_condition *former,
                 const struct rule_condition *condition, const struct rule_subject *subject) {
        const struct condition_ops *ops = conditions_ops(slot->type);
        struct condition_ops_beside beside = {.offline = slot->bit, .level = slot->bit};
        struct plan_slot described = {.type = slot->type};
        struct condition_ops_kinds kinds = {0}, former_kinds = {0};

        slot_describe(&described, condition, subject, &beside);
        ops->kinds(condition, &kinds);
        ops->kinds(former, &former_kinds);
        return described.episodes == slot->episodes && described.form == slot->form &&
               described.block == slot->block && described.bit == slot->bit &&
               described.timed == slot->timed && condition->unless_away == former->unless_away &&
               memcmp(&kinds, &former_kinds, sizeof(kinds)) == 0 &&
               strcmp(room_of(condition), room_of(former)) == 0;
}

/* Put the elder's own overrides, the last of @layers, into draft->slots: one for each patch, and the index of its
 * slot in @base into @ret_at. Return: false if one of them does not fit. */
static bool patches_make(struct draft *draft, const struct plan *base,
                         const struct plan_cohort_key *key, const struct layers *layers,
                         uint16_t *ret_at) {
        struct rule_subject subject = subject_of(key, draft->now_ms);
        uint32_t own = layers->count - 1;

        for (uint32_t i = 0; i < layers->of[own].count; i++) {
                uint32_t rule = draft->rules->overrides[layers->of[own].first + i].rule_index;
                int at = slot_of(base, rule);

                if (at < 0 || !layer_find(draft, layers, own, rule))
                        continue;

                struct plan_slot *slot = &draft->slots[draft->slot_count];

                *slot = base->slots[at];
                override_apply(draft, layers, slot);
                if (!fits(slot,
                          plan_condition(base, draft->rules, (uint16_t)at,
                                         base->slots[at].condition),
                          draft_condition(draft, slot->condition), &subject))
                        return false;
                ret_at[draft->slot_count++] = (uint16_t)at;
        }
        return true;
}

/* Slots, entries and layout are those of @base. No other elder shares it, because the values are the elder's own. */
static struct plan *plan_patch(const struct draft *draft, struct plan *base, const uint16_t *at) {
        size_t merged_bytes = draft->merged_count * sizeof(*draft->merged);
        size_t bytes = sizeof(*base) + merged_bytes + draft->slot_count * sizeof(struct plan_patch);
        struct plan *plan = shelf_take(draft->plans->shelf, bytes);

        if (!plan)
                return NULL;
        *plan = *base;

        struct rule_condition *merged = (struct rule_condition *)(plan + 1);

        memcpy(merged, draft->merged, merged_bytes);
        plan->patches = (struct plan_patch *)(merged + draft->merged_count);
        for (uint16_t i = 0; i < draft->slot_count; i++) {
                uint32_t index = draft->slots[i].condition;

                plan->patches[i] = (struct plan_patch){
                        .condition = index < draft->rules->condition_count
                                             ? &draft->rules->conditions[index]
                                             : &merged[index - draft->rules->condition_count],
                        .slot = at[i],
                        .rule = draft->slots[i].rule,
                };
        }
        plan->patch_count = draft->slot_count;
        plan->base = plan_ref(base);
        plan->bytes = bytes;
        plan->refs = 0;
        plan->prev = plan->next_in_bucket = NULL;
        plan_link(draft->plans, plan);
        return plan_ref(plan);
}

int plan_of_elder(struct plans *plans, const struct rule_set *rules,
                  const struct plan_cohort_key *key, struct plan *base, const char *elder_id,
                  uint32_t elder_hash, int64_t now_ms, struct plan **ret) {
        struct draft draft = {
                .plans = plans, .rules = rules, .generation = base->generation, .now_ms = now_ms};
        struct layers layers = layers_of(rules, key, elder_id, elder_hash);
        uint32_t count = layers.of[layers.count - 1].count;
        uint16_t *at = shelf_take(plans->shelf, count * sizeof(*at));
        int r = at ? draft_begin(&draft, key, count, count) : err_raise(-ENOMEM);

        if (r < 0)
                goto out;
        if (!patches_make(&draft, base, key, &layers, at)) {
                draft_end(&draft);
                draft.slot_count = draft.merged_count = 0;
                shelf_give(plans->shelf, at);
                return plan_intern(&draft, key, &layers, ret);
        }

        struct plan *plan = draft.slot_count ? plan_patch(&draft, base, at) : plan_ref(base);

        if (plan)
                *ret = plan;
        else
                r = err_raise(-ENOMEM);
out:
        draft_end(&draft);
        shelf_give(plans->shelf, at);
        return r;
}

static void bucket_remove(struct plans *plans, const struct plan *plan) {
        struct plan **at = bucket_of(plans, plan->generation, plan->hash);

        while (*at && *at != plan)
                at = &(*at)->next_in_bucket;
        require(*at == plan, "plan %08x of generation %u is in no bucket", plan->hash,
                plan->generation);
        *at = plan->next_in_bucket;
}

void plan_unref(struct plans *plans, struct plan *plan) {
        if (!plan)
                return;
        require(plan->refs > 0, "plan %08x is let go once too often", plan->hash);
        if (--plan->refs)
                return;

        /* The buckets of earlier generations have been cleared, see plans_renew_begin(). */
        if (!plan->base && plan->generation >= plans->generation)
                bucket_remove(plans, plan);
        if (plan->prev)
                plan->prev->next = plan->next;
        else
                plans->all = plan->next;
        if (plan->next)
                plan->next->prev = plan->prev;
        require(plans->count > 0 && plans->bytes >= plan->bytes, "%u plans of %zu bytes, less %zu",
                plans->count, plans->bytes, plan->bytes);
        plans->count--;
        plans->bytes -= plan->bytes;
        plan_unref(plans, plan->base);
        shelf_give(plans->shelf, plan);
}
