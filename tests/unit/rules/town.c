/* SPDX-License-Identifier: MIT */
#include "tests/unit/rules/town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/murmur2.h"

static void record(void *context, const struct verdict *verdict) {
        struct town *town = context;

        if (town->told_count == town->told_room) {
                town->told_room = town->told_room ? town->told_room * 2 : 64;
                town->told = realloc(town->told, town->told_room * sizeof(*town->told));
                assert_non_null(town->told);
        }

        struct told *told = &town->told[town->told_count];

        *told = (struct told){
                .transition = verdict->transition,
                .severity = verdict->severity,
                .key = verdict->first_event_key,
                .event_time_ms = verdict->event_time_ms,
                .received_time_ms = verdict->received_time_ms,
                .now_ms = verdict->now_ms,
                .late_ms = verdict->late_ms,
                .duration_ms = verdict->duration_ms,
                .value = verdict->value,
                .limit = verdict->limit,
                .samples = verdict->samples,
                .confidence_pct = verdict->confidence_pct,
                .drill = verdict->drill,
                .overridden = verdict->overridden,
                .since_ms = verdict->since_ms,
                .needed_ms = verdict->needed_ms,
                .needed_samples = verdict->needed_samples,
                .history_count = verdict->history_count,
        };
        memcpy(told->history, verdict->history, sizeof(told->history));
        snprintf(told->elder, sizeof(told->elder), "%s", verdict->elder_id);
        snprintf(told->rule, sizeof(told->rule), "%s",
                 rule_set_rule(verdict->rule_set, verdict->rule_index)->id);
        snprintf(told->device, sizeof(told->device), "%s", verdict->device_id);
        snprintf(told->event, sizeof(told->event), "%s", verdict->event_id);
        town->told_count++;
}

static void unknown(void *context, const struct event *event, const unsigned char *samples) {
        ((struct town *)context)->unknown_count++;
}

void town_init(struct town *town) {
        *town = (struct town){.now_ms = NOON, .sequence = 1};
        assert_int_equal(rule_set_builder_new(&town->builder), 0);
}

void town_fini(struct town *town) {
        engine_free(town->engine);
        rule_set_free(town->rules);
        rule_set_builder_free(town->builder);
        free(town->told);
}

uint32_t town_add(struct town *town, const struct rule *rule) {
        uint32_t index;

        assert_int_equal(rule_set_builder_add_rule(town->builder, rule, &index), 0);
        return index;
}

static struct rule rule_named(const char *id) {
        struct rule rule = {.severity = SEVERITY_CRITICAL};

        snprintf(rule.id, sizeof(rule.id), "%s", id);
        return rule;
}

struct rule rule_happening(const char *id, unsigned int kind, enum alert_class class) {
        struct rule rule = rule_named(id);

        rule.class = class;
        rule.latching = class == ALERT_LIFE_SAFETY;
        rule.condition.type = CONDITION_HAPPENING;
        rule.condition.happening.kind = (uint16_t)kind;
        return rule;
}

struct rule rule_above(const char *id, unsigned int kind, double above, int64_t for_ms,
                       uint8_t min_samples) {
        struct rule rule = rule_named(id);

        rule.class = ALERT_VITAL;
        rule.condition.type = CONDITION_VITAL;
        rule.condition.vital = (struct condition_vital){
                .kind = (uint16_t)kind,
                .min_samples = min_samples,
                .above = above,
                .below = -INFINITY,
                .clear_below = NAN,
                .clear_above = NAN,
                .for_ms = for_ms,
        };
        return rule;
}

struct rule rule_quiet(const char *id, unsigned int kind, int64_t longer_than_ms) {
        struct rule rule = rule_named(id);

        rule.class = ALERT_ACTIVITY;
        rule.condition.type = CONDITION_QUIET;
        rule.condition.unless_away = true;
        rule.condition.quiet = (struct condition_quiet){
                .slot_count = 1,
                .slots = {{.longer_than_ms = longer_than_ms}},
        };
        rule_kinds_add(&rule.condition.quiet.signals, kind);
        return rule;
}

struct rule rule_offline(const char *id, double factor) {
        struct rule rule = rule_named(id);

        rule.class = ALERT_TECHNICAL;
        rule.condition.type = CONDITION_OFFLINE;
        rule.condition.offline.factor = factor;
        return rule;
}

struct engine_options town_options(struct town *town) {
        return (struct engine_options){
                .elders_expected = 16, .sink = record, .unknown = unknown, .context = town};
}

static void engine_begin(struct town *town) {
        struct engine_options options = town_options(town);

        assert_int_equal(engine_new(&town->engine, &options, town->rules, town->now_ms), 0);
}

static void rules_finish(struct town *town) {
        assert_int_equal(rule_set_builder_finish(town->builder, "test", &town->rules), 0);
}

void town_start(struct town *town) {
        rules_finish(town);
        engine_begin(town);
        assert_int_equal(engine_partition_open(town->engine, 0, town->now_ms), 0);
}

void town_swap(struct town *town) {
        struct rule_set *former = town->rules;

        rules_finish(town);
        assert_null(engine_swap(town->engine, town->rules));
        engine_tick(town->engine, town->now_ms);
        assert_ptr_equal(engine_rules_in_force(town->engine), town->rules);
        rule_set_free(former);
}

struct elder_profile town_profile(const char *id, int device_count) {
        struct elder_profile profile = {.device_count = (uint8_t)device_count};

        snprintf(profile.elder_id, sizeof(profile.elder_id), "%s", id);
        profile.elder_hash = murmur2(id, strlen(id));
        for (int i = 0; i < device_count; i++) {
                char *device_id = profile.devices[i].device_id;

                snprintf(device_id, EVENT_DEVICE_ID_BYTES, "%s-%c", id, 'a' + i);
                profile.devices[i].device_hash = murmur2(device_id, strlen(device_id));
        }
        return profile;
}

void town_put(struct town *town, const struct elder_profile *profile) {
        assert_int_equal(engine_elder_put(town->engine, profile, town->now_ms), 0);
}

struct event town_event(struct town *town, const char *id, unsigned int kind, double value) {
        struct event event = {
                .device_time_ms = town->now_ms,
                .received_time_ms = town->now_ms,
                .sequence = town->sequence++,
                .boot_id = 1,
                .kind = (uint16_t)kind,
                .value = value,
                .confidence_pct = 100,
        };
        char device_id[EVENT_DEVICE_ID_BYTES];

        snprintf(device_id, sizeof(device_id), "%s-a", id);
        assert_int_equal(event_set_ids(&event, id, device_id), 0);
        return event;
}

void town_send(struct town *town, const struct event *event) {
        engine_events(town->engine, event, NULL, 1, town->now_ms);
}

void town_say(struct town *town, const char *id, unsigned int kind, double value) {
        struct event event = town_event(town, id, kind, value);

        town_send(town, &event);
}

void town_say_all(struct town *town, const char *id, unsigned int kind, const double *values,
                  int count, int64_t every_ms) {
        for (int i = 0; i < count; i++) {
                if (i > 0)
                        town_pass(town, every_ms);
                town_say(town, id, kind, values[i]);
        }
}

void town_say_old(struct town *town, const char *id, unsigned int kind, double value,
                  int64_t age_ms) {
        struct event event = town_event(town, id, kind, value);

        event.device_time_ms -= age_ms;
        town_send(town, &event);
}

void town_say_unauthenticated(struct town *town, const char *id, unsigned int kind, double value) {
        struct event event = town_event(town, id, kind, value);

        event.flags |= EVENT_UNAUTHENTICATED;
        town_send(town, &event);
}

void town_pass(struct town *town, int64_t ms) {
        int64_t until_ms = town->now_ms + ms;

        for (;;) {
                int64_t next_ms = engine_next_due_ms(town->engine, town->now_ms);

                if (next_ms < 0 || town->now_ms + next_ms > until_ms)
                        break;
                /* Stop at every deadline: a live shard does not sleep past one either. */
                town->now_ms += next_ms;
                engine_tick(town->engine, town->now_ms);
        }
        town->now_ms = until_ms;
        engine_tick(town->engine, town->now_ms);
}

struct saved {
        struct {
                char elder_id[EVENT_ELDER_ID_BYTES];
                unsigned char blob[4096];
                size_t bytes;
        } states[64];
        uint32_t count;
};

static void save(void *context, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes) {
        struct saved *saved = context;

        assert_true(saved->count < 64 && blob_bytes <= sizeof(saved->states[0].blob));
        snprintf(saved->states[saved->count].elder_id, EVENT_ELDER_ID_BYTES, "%s", elder_id);
        memcpy(saved->states[saved->count].blob, blob, blob_bytes);
        saved->states[saved->count++].bytes = blob_bytes;
}

void town_restart(struct town *town, const struct elder_profile *profiles, int count,
                  int64_t away_ms) {
        struct saved *saved = calloc(1, sizeof(*saved));

        assert_non_null(saved);
        engine_partition_mark_dirty(town->engine, 0);
        blobs_save_dirty(town->engine, save, saved);
        engine_free(town->engine);
        town->now_ms += away_ms;
        engine_begin(town);
        for (uint32_t i = 0; i < saved->count; i++)
                assert_int_equal(blob_restore(town->engine, 0, saved->states[i].elder_id,
                                              saved->states[i].blob, saved->states[i].bytes),
                                 0);
        for (int i = 0; i < count; i++)
                town_put(town, &profiles[i]);
        assert_int_equal(engine_partition_open(town->engine, 0, town->now_ms), 0);
        free(saved);
}

const struct told *town_last(const struct town *town) {
        assert_true(town->told_count > 0);
        return &town->told[town->told_count - 1];
}
