/* SPDX-License-Identifier: MIT */
#include "rules/eval/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/murmur2.h"
#include "rules/eval/arena.h"
#include "rules/eval/conditions.h"
#include "rules/eval/rule_set_tables.h"
#include "rules/eval/state.h"

enum { BUCKETS = 4096 };

/* --- words -------------------------------------------------------------------------------------- */

int words_init(struct words *words) {
        memset(words, 0, sizeof(*words));

        uint16_t none;

        return words_intern(words, "", &none);
}

void words_fini(struct words *words) {
        free(words->text);
        free(words->slots);
}

static uint32_t words_slot(const struct words *words, const char *text) {
        uint32_t mask = words->slot_count - 1;
        uint32_t at = murmur2(text, strlen(text)) & mask;

        while (words->slots[at] && strcmp(words->text[words->slots[at] - 1], text) != 0)
                at = (at + 1) & mask;
        return at;
}

static int words_grow(struct words *words) {
        uint32_t room = words->room ? words->room * 2 : 32;
        char(*text)[RULE_WORD_BYTES] = realloc(words->text, room * sizeof(*text));

        if (!text)
                return err_raise(-ENOMEM);
        words->text = text;

        uint16_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(words->slots);
        words->slots = slots;
        words->slot_count = room * 2;
        words->room = room;
        for (uint32_t i = 0; i < words->count; i++)
                words->slots[words_slot(words, words->text[i])] = (uint16_t)(i + 1);
        return 0;
}

int words_intern(struct words *words, const char *text, uint16_t *ret) {
        if (words->count == words->room) {
                int r = words_grow(words);

                if (r < 0)
                        return r;
        }

        uint32_t at = words_slot(words, text);

        if (!words->slots[at]) {
                if (words->count >= UINT16_MAX - 1)
                        return err_raise(-ENOSPC);
                memset(words->text[words->count], 0, RULE_WORD_BYTES);
                memcpy(words->text[words->count], text, strnlen(text, RULE_WORD_BYTES - 1));
                words->slots[at] = (uint16_t)++words->count;
        }
        *ret = words->slots[at] - 1;
        return 0;
}

/* --- making a plan ------------------------------------------------------------------------------ */

/* Who the elders of a cohort are, as rules ask it. */
static struct rule_subject subject_of(const struct cohort_key *key, int64_t now_ms) {
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

/* The overrides that may touch one elder, from the farthest to the nearest: the city's, those of the
 * districts, larger ones first, the elder's own. */
struct layers {
        struct {
                uint32_t first, count; /* indices in rule_set.overrides, in rule order */
        } of[2 + DISTRICT_DEPTH_MAX];
        uint32_t count;
        uint32_t overrides;
};

static void layer_add(struct layers *layers, const struct rule_set *rules,
                      enum override_scope scope, const char *id, uint32_t hash) {
        uint32_t count;
        uint32_t first = rule_set_overrides_of(rules, scope, id, hash, &count);

        if (count == 0)
                return;
        layers->of[layers->count].first = first;
        layers->of[layers->count++].count = count;
        layers->overrides += count;
}

/* @elder_id NULL: of everybody in the cohort. */
static struct layers layers_of(const struct rule_set *rules, const struct cohort_key *key,
                               const char *elder_id, uint32_t elder_hash) {
        struct layers layers = {.count = 0};

        if (rules->override_count == 0)
                return layers;
        layer_add(&layers, rules, OVERRIDE_CITY, "", murmur2("", 0));
        for (uint8_t i = key->district_count; i > 0; i--)
                layer_add(&layers, rules, OVERRIDE_DISTRICT, key->districts[i - 1],
                          murmur2(key->districts[i - 1], strlen(key->districts[i - 1])));
        if (elder_id)
                layer_add(&layers, rules, OVERRIDE_ELDER, elder_id, elder_hash);
        return layers;
}

/* A plan under construction. */
struct draft {
        struct plans *plans;
        const struct rule_set *rules;
        struct calendar calendar;
        struct plan_slot *slots; /* room for all rules */
        uint16_t slot_count;
        struct rule_condition *merged; /* room for all overrides in question */
        uint32_t merged_count;
        int64_t now_ms;
};

static const struct rule_condition *draft_condition(const struct draft *draft, uint32_t index) {
        return index < draft->rules->condition_count
                       ? &draft->rules->conditions[index]
                       : &draft->merged[index - draft->rules->condition_count];
}

/* The override of @rule in one layer, still holding; NULL: none. */
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

/* One override: its condition was put together when the set was made. Several: put them together here. A
 * mixture that contradicts itself (a district's clear limit above an elder's own limit) is none: then the
 * nearest alone holds, which somebody has set for this elder and which was checked. */
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
                        condition_layer(merged, &row->condition, row->set);
                nearest = row;
        }
        if (found == 0)
                return;
        slot->overridden = 1;
        slot->condition = rules->rule_count + (uint32_t)(nearest - rules->overrides);
        if (found == 1 || condition_ops(merged->type)->refuse(&rules->rules[slot->rule], merged))
                return;
        rule_set_normalise(merged);
        slot->condition = rules->condition_count + draft->merged_count++;
}

/* The rules of @key with what @layers change. Return: 0, -ENOMEM, -ENOSPC. */
static int slots_make(struct draft *draft, const struct cohort_key *key,
                      const struct layers *layers) {
        struct rule_subject subject = subject_of(key, draft->now_ms);
        struct beside beside = {0};

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
                };
                override_apply(draft, layers, slot);

                const struct rule_condition *condition = draft_condition(draft, slot->condition);

                condition_ops(slot->type)->describe(slot, condition, &subject, &beside);
                /* Also where nothing is held back any more: what was held must still come out. */
                slot->episodes |= 1u << FORM_GATE;
                if (condition->type == CONDITION_QUIET && condition->quiet.room[0]) {
                        int r = words_intern(&draft->plans->words, condition->quiet.room,
                                             &slot->room);

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
                if (slots[i].block == FORM_NONE)
                        continue;
                slots[i].offset = offset;
                offset += (uint32_t)align8(form_ops(slots[i].block)->bytes);
        }
        return offset;
}

/* Walk the rules and note their kinds: counts only when @entries is NULL, else fills in at next[kind]. */
static uint32_t index_signals(const struct draft *draft, uint32_t next[KIND_LIMIT],
                              struct plan_entry *entries) {
        const struct plan_slot *slots = draft->slots;
        uint32_t total = 0;

        for (uint16_t i = 0; i < draft->slot_count; i++) {
                const struct rule_condition *condition = draft_condition(draft, slots[i].condition);
                struct kind_roles kinds = {0};

                condition_ops(slots[i].type)->kinds(condition, &kinds);
                if (condition->unless_away) {
                        kind_set_add(&kinds.of[ROLE_PLACE], KIND_HOME);
                        kind_set_add(&kinds.of[ROLE_PLACE], KIND_AWAY);
                }
                for (int role = 0; role < ROLE_COUNT; role++) {
                        for (uint32_t kind = 0; kind < KIND_LIMIT; kind++) {
                                if (kinds.of[role].bits[kind / 64] == 0) {
                                        kind |= 63;
                                        continue;
                                }
                                if (!kind_set_has(&kinds.of[role], kind))
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
                if (slots[i].block == FORM_NONE && slots[i].form != FORM_LEVEL &&
                    slots[i].form != FORM_OFFLINE)
                        continue;

                uint32_t row[4] = {hash, slots[i].id_hash, slots[i].offset,
                                   (uint32_t)slots[i].form << 16 | (uint32_t)slots[i].block << 8 |
                                           slots[i].bit};

                hash = murmur2(row, sizeof(row));
        }
        return hash;
}

static size_t plan_bytes(const struct plan *plan) {
        return sizeof(*plan) + plan->merged_count * sizeof(*plan->merged) +
               plan->slot_count * sizeof(*plan->slots) + plan->entry_count * sizeof(*plan->entries);
}

static void plan_link(struct plans *plans, struct plan *plan) {
        plan->next_in_bucket = plans->buckets[plan->hash % BUCKETS];
        plans->buckets[plan->hash % BUCKETS] = plan;
        plan->next = plans->all;
        if (plans->all)
                plans->all->prev = plan;
        plans->all = plan;
        plans->bytes += plan_bytes(plan);
}

static int plan_make(const struct draft *draft, uint32_t state_bytes, struct plan **ret) {
        uint32_t next[KIND_LIMIT] = {0};
        uint32_t entry_count = index_signals(draft, next, NULL);
        size_t merged_bytes = draft->merged_count * sizeof(*draft->merged);
        size_t slots_bytes = draft->slot_count * sizeof(*draft->slots);

        if (entry_count > UINT16_MAX)
                return err_raise(-E2BIG);

        struct plan *plan = calloc(1, sizeof(*plan) + merged_bytes + slots_bytes +
                                              entry_count * sizeof(struct plan_entry));

        if (!plan)
                return err_raise(-ENOMEM);
        plan->merged = (struct rule_condition *)(plan + 1);
        plan->slots = (struct plan_slot *)(plan->merged + draft->merged_count);
        plan->entries = (struct plan_entry *)(plan->slots + draft->slot_count);
        memcpy(plan->merged, draft->merged, merged_bytes);
        memcpy(plan->slots, draft->slots, slots_bytes);

        for (uint32_t kind = 0, at = 0; kind < KIND_LIMIT; kind++) {
                uint32_t count = next[kind];

                plan->first[kind] = (uint16_t)at;
                next[kind] = at;
                at += count;
        }
        plan->first[KIND_LIMIT] = (uint16_t)entry_count;
        index_signals(draft, next, plan->entries);

        for (uint16_t i = 0; i < draft->slot_count; i++) {
                plan->timed |= draft->slots[i].timed;
                plan->offline_count += draft->slots[i].type == CONDITION_OFFLINE;
        }
        plan->calendar = draft->calendar;
        plan->slot_count = draft->slot_count;
        plan->entry_count = entry_count;
        plan->merged_count = draft->merged_count;
        plan->state_bytes = state_bytes;
        plan->generation = draft->plans->generation;
        plan->hash = draft_hash(draft);
        plan->shape = shape_hash(draft->slots, draft->slot_count);
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

        for (struct plan *plan = draft->plans->buckets[hash % BUCKETS]; plan;
             plan = plan->next_in_bucket)
                if (plan->hash == hash && is_plan_of(plan, draft))
                        return plan;
        return NULL;
}

/* Find or make; referenced once for the caller. */
static int plan_intern(struct plans *plans, const struct rule_set *rules,
                       const struct cohort_key *key, const struct layers *layers, int64_t now_ms,
                       struct plan **ret) {
        struct draft draft = {
                .plans = plans,
                .rules = rules,
                .calendar = {.zone = rule_set_zone(rules, key->site),
                             .holidays = rules->holidays,
                             .holiday_count = rules->holiday_count},
                .slots = calloc(rules->rule_count + 1, sizeof(*draft.slots)),
                .merged = calloc(layers->overrides + 1, sizeof(*draft.merged)),
                .now_ms = now_ms,
        };
        struct plan *plan;
        int r = -ENOMEM;

        if (!draft.slots || !draft.merged) {
                err_raise(r);
                goto out;
        }
        r = slots_make(&draft, key, layers);
        if (r < 0)
                goto out;

        uint32_t state_bytes = lay_out(draft.slots, draft.slot_count);

        plan = plan_find(&draft);
        if (!plan)
                r = plan_make(&draft, state_bytes, &plan);
        if (r < 0)
                goto out;
        *ret = plan_ref(plan);
out:
        free(draft.slots);
        free(draft.merged);
        return r;
}

void plan_unref(struct plans *plans, struct plan *plan) {
        if (!plan || --plan->refs)
                return;

        if (plan->generation == plans->generation) {
                struct plan **at = &plans->buckets[plan->hash % BUCKETS];

                while (*at && *at != plan)
                        at = &(*at)->next_in_bucket;
                if (*at)
                        *at = plan->next_in_bucket;
        }
        if (plan->prev)
                plan->prev->next = plan->next;
        else
                plans->all = plan->next;
        if (plan->next)
                plan->next->prev = plan->prev;
        plans->bytes -= plan_bytes(plan);
        free(plan);
}

/* --- cohorts -------------------------------------------------------------------------------------- */

int plans_init(struct plans *plans) {
        memset(plans, 0, sizeof(*plans));
        plans->generation = 1;

        int r = words_init(&plans->words);

        if (r < 0)
                return r;
        plans->buckets = calloc(BUCKETS, sizeof(struct plan *));
        return plans->buckets ? 0 : err_raise(-ENOMEM);
}

void plans_fini(struct plans *plans) {
        while (plans->all) {
                struct plan *next = plans->all->next;

                free(plans->all);
                plans->all = next;
        }
        free(plans->buckets);
        free(plans->cohorts);
        free(plans->cohort_slots);
        words_fini(&plans->words);
}

static uint32_t cohort_slot(const struct plans *plans, const struct cohort_key *key,
                            uint32_t hash) {
        uint32_t mask = plans->cohort_slot_count - 1;
        uint32_t at = hash & mask;

        while (plans->cohort_slots[at]) {
                const struct cohort *cohort = &plans->cohorts[plans->cohort_slots[at] - 1];

                if (cohort->hash == hash && memcmp(&cohort->key, key, sizeof(*key)) == 0)
                        break;
                at = (at + 1) & mask;
        }
        return at;
}

static int cohorts_grow(struct plans *plans) {
        uint32_t room = plans->cohort_room ? plans->cohort_room * 2 : 16;
        struct cohort *cohorts = realloc(plans->cohorts, room * sizeof(*cohorts));

        if (!cohorts)
                return err_raise(-ENOMEM);
        plans->cohorts = cohorts;

        uint32_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(plans->cohort_slots);
        plans->cohort_slots = slots;
        plans->cohort_slot_count = room * 2;
        plans->bytes += (room - plans->cohort_room) * (sizeof(*cohorts) + 2 * sizeof(*slots));
        plans->cohort_room = room;
        for (uint32_t i = 0; i < plans->cohort_count; i++)
                plans->cohort_slots[cohort_slot(plans, &cohorts[i].key, cohorts[i].hash)] = i + 1;
        return 0;
}

int cohorts_intern(struct plans *plans, const struct rule_set *rules, const struct cohort_key *key,
                   int64_t now_ms, uint32_t *ret) {
        uint32_t hash = murmur2(key, sizeof(*key));
        int r;

        if (plans->cohort_count == plans->cohort_room) {
                r = cohorts_grow(plans);
                if (r < 0)
                        return r;
        }

        uint32_t at = cohort_slot(plans, key, hash);

        if (!plans->cohort_slots[at]) {
                struct cohort *cohort = &plans->cohorts[plans->cohort_count];
                struct layers layers = layers_of(rules, key, NULL, 0);

                *cohort = (struct cohort){.key = *key, .hash = hash};
                r = plan_intern(plans, rules, key, &layers, now_ms, &cohort->plan);
                if (r < 0)
                        return r;
                plans->cohort_slots[at] = ++plans->cohort_count;
        }
        *ret = plans->cohort_slots[at] - 1;
        return 0;
}

int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret) {
        const struct cohort_key *key = &plans->cohorts[cohort].key;
        uint32_t count;

        rule_set_overrides_of(rules, OVERRIDE_ELDER, elder_id, elder_hash, &count);
        if (count == 0) {
                *ret = plan_ref(plans->cohorts[cohort].plan);
                return 0;
        }

        struct layers layers = layers_of(rules, key, elder_id, elder_hash);

        return plan_intern(plans, rules, key, &layers, now_ms, ret);
}

int plans_renew(struct plans *plans, const struct rule_set *rules, int64_t now_ms,
                size_t *ret_units) {
        struct plan **made = NULL;
        struct plan **former = plans->buckets;
        uint32_t count = 0;
        size_t units = 0;
        int r = 0;

        made = calloc(plans->cohort_count + 1, sizeof(struct plan *));
        plans->buckets = calloc(BUCKETS, sizeof(struct plan *));
        plans->generation++;
        if (!made || !plans->buckets) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        for (count = 0; count < plans->cohort_count; count++) {
                const struct cohort *cohort = &plans->cohorts[count];

                struct layers layers = layers_of(rules, &cohort->key, NULL, 0);

                r = plan_intern(plans, rules, &cohort->key, &layers, now_ms, &made[count]);
                if (r < 0)
                        goto out;
                if (made[count]->shape == cohort->plan->shape)
                        continue;
                units += cohort->units;
                if (made[count]->state_bytes > cohort->plan->state_bytes)
                        units += cohort->elders *
                                 ((made[count]->state_bytes - cohort->plan->state_bytes) /
                                          ARENA_UNIT_BYTES +
                                  1);
        }
        for (uint32_t i = 0; i < count; i++) {
                plan_unref(plans, plans->cohorts[i].plan);
                plans->cohorts[i].plan = made[i];
        }
        free(made);
        free(former);
        *ret_units = units;
        return 0;
out:
        for (uint32_t i = 0; made && i < count; i++)
                plan_unref(plans, made[i]);
        free(made);
        free(plans->buckets);
        plans->buckets = former;
        plans->generation--;
        return r;
}
