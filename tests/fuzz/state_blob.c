/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: states from a checkpoint. Input: a blob without its checksum, which is added here because a fuzzer
 * cannot guess it.
 *
 * An accepted state must be usable: events are judged with it, it is saved, and the saved state is accepted again.
 */
#include <math.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "rules/eval/engine.h"
#include "rules/eval/measure/motion_limits.h"
#include "rules/eval/rule_set_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOB_ROOM = 64 * 1024 };

#define NOW_MS INT64_C(1790000000000)

static void demand(bool holds) {
        if (!holds)
                abort();
}

static void add(struct rule_set_builder *builder, struct rule rule, const char *id) {
        uint32_t index;

        snprintf(rule.id, sizeof(rule.id), "%s", id);
        rule.severity = SEVERITY_MAJOR;
        demand(rule_set_builder_add_rule(builder, &rule, &index) == 0);
}

/* Add rules with more state about a vital than a duration. */
static void add_vitals(struct rule_set_builder *builder) {
        struct rule rise = {.condition = {.type = CONDITION_VITAL}};
        struct rule unusual = {.condition = {.type = CONDITION_VITAL}};
        struct rule unusable = {.class = ALERT_TECHNICAL,
                                .condition = {.type = CONDITION_VALIDITY}};
        struct rule score = {.condition = {.type = CONDITION_SCORE}};
        struct rule both = {.condition = {.type = CONDITION_PARTS}};

        rise.condition.vital = (struct condition_vital){.kind = KIND_HEART_RATE,
                                                        .measure = RULE_MEASURE_RISE,
                                                        .within_ms = 3600000,
                                                        .above = 30,
                                                        .below = -INFINITY,
                                                        .clear_below = NAN,
                                                        .clear_above = NAN,
                                                        .min_samples = 2,
                                                        .out_of = 3};
        unusual.condition.vital = rise.condition.vital;
        unusual.condition.vital.measure = RULE_MEASURE_BASELINE;
        unusable.condition.validity.states = 1u << EVENT_VALIDITY_OFF_BODY;
        rule_kinds_add(&unusable.condition.validity.kinds, KIND_HEART_RATE);
        score.condition.score = (struct condition_score){
                .at_least = 3, .rises_by = 2, .rises_within_ms = 3600000, .needs = 1};
        for (size_t i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                score.condition.score.max_age_ms[i] = 3600000;
        both.condition.parts = (struct condition_parts){
                .part_count = 2,
                .needed = 2,
                .within_ms = 600000,
                .for_ms = 1000,
                .parts = {{.kind = KIND_HEART_RATE, .above = NAN, .below = 50},
                          {.kind = KIND_MOTION, .above = NAN, .below = NAN}}};
        add(builder, rise, "rise");
        add(builder, unusual, "unusual");
        add(builder, unusable, "unusable");
        add(builder, score, "news2");
        add(builder, both, "both");
}

static struct rule_set *make_rules(void) {
        struct rule_set_builder *builder;
        struct rule_set *rules;
        struct rule fall = {.condition = {.type = CONDITION_HAPPENING}};
        struct rule band = {.condition = {.type = CONDITION_MOTION}};
        struct rule hr = {.condition = {.type = CONDITION_VITAL}};
        struct rule battery = {.condition = {.type = CONDITION_VITAL}};
        struct rule quiet = {.condition = {.type = CONDITION_QUIET}};
        struct rule offline = {.condition = {.type = CONDITION_OFFLINE}};
        struct rule habit, often = {.condition = {.type = CONDITION_COUNT}};
        struct rule out = {.condition = {.type = CONDITION_SEQUENCE}};
        struct rule astray = {.condition = {.type = CONDITION_GEOFENCE}};

        fall.condition.happening.kind = KIND_FALL;
        fall.condition.happening.hold_ms = 20000;
        fall.condition.happening.confirm_ms = 30000;
        rule_kinds_add(&fall.condition.happening.confirm_kinds, KIND_MOTION);
        band.condition.motion.happening.kind = KIND_ACCELERATION;
        band.condition.motion.positions = 1u << RULE_WORN_WAIST;
        motion_limits_default(RULE_WORN_WAIST, MOTION_LIMITS_HIGH,
                              &band.condition.motion.limits[RULE_WORN_WAIST]);
        hr.condition.vital = (struct condition_vital){.kind = KIND_HEART_RATE,
                                                      .above = 120,
                                                      .below = -INFINITY,
                                                      .clear_below = NAN,
                                                      .clear_above = NAN,
                                                      .for_ms = 60000,
                                                      .if_data_stops = RULE_DATA_STOPS_CLEAR,
                                                      .data_stops_ms = 300000};
        battery.condition.vital = (struct condition_vital){.kind = KIND_BATTERY,
                                                           .above = INFINITY,
                                                           .below = 15,
                                                           .clear_below = NAN,
                                                           .clear_above = NAN};
        quiet.condition.quiet.slot_count = 1;
        quiet.condition.quiet.slots[0].longer_than_ms = 3600000;
        rule_kinds_add(&quiet.condition.quiet.signals, KIND_MOTION);
        offline.condition.offline.factor = 2;
        habit = quiet;
        habit.condition.quiet.learn_ms = INT64_C(2) * 86400000;
        habit.condition.quiet.learn_times = 2;
        habit.condition.quiet.learn_least_ms = 600000;
        rule_kinds_add(&often.condition.count.kinds, KIND_TOILET);
        often.condition.count.at_least = 3;
        often.condition.count.within_ms = 3600000;
        out.condition.sequence.step_count = 2;
        rule_kinds_add(&out.condition.sequence.steps[0].kinds, KIND_BED_OUT);
        rule_kinds_add(&out.condition.sequence.steps[1].kinds, KIND_BED_IN);
        out.condition.sequence.steps[1].absent = true;
        out.condition.sequence.steps[1].within_ms = 1200000;
        astray.condition.geofence = (struct condition_geofence){
                .outside = true, .latitude_deg = 30, .longitude_deg = 120, .radius_m = 500};

        demand(rule_set_builder_new(&builder) == 0);
        add(builder, fall, "fall");
        add(builder, band, "band");
        add(builder, hr, "hr");
        add(builder, battery, "battery");
        add(builder, quiet, "quiet");
        add(builder, offline, "offline");
        add_vitals(builder);
        add(builder, habit, "habit");
        add(builder, often, "often");
        add(builder, out, "out");
        add(builder, astray, "astray");
        demand(rule_set_builder_finish(builder, "fuzz", &rules) == 0);
        rule_set_builder_free(builder);
        return rules;
}

static struct engine *make_engine(void) {
        struct engine_options options = {.settle_ms = -1};
        struct elder_profile profile = {.device_count = 3};
        struct engine *engine;

        demand(engine_new(&engine, &options, make_rules(), NOW_MS) == 0);
        demand(engine_partition_open(engine, 0, NOW_MS) == 0);
        snprintf(profile.elder_id, sizeof(profile.elder_id), "E1");
        profile.elder_hash = murmur2("E1", 2);
        for (int i = 0; i < 3; i++) {
                char *id = profile.devices[i].device_id;

                snprintf(id, EVENT_DEVICE_ID_BYTES, "E1-%c", 'a' + i);
                snprintf(profile.devices[i].wearing_position, 16, "waist");
                profile.devices[i].device_hash = murmur2(id, strlen(id));
                profile.devices[i].heartbeat_ms = 600000;
                profile.devices[i].commissioned_time_ms = NOW_MS;
        }
        demand(engine_elder_put(engine, &profile, NOW_MS) == 0);
        return engine;
}

struct saved {
        unsigned char blob[BLOB_ROOM];
        size_t bytes;
};

static void keep(void *context, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes) {
        struct saved *saved = context;

        demand(blob_bytes <= sizeof(saved->blob));
        memcpy(saved->blob, blob, blob_bytes);
        saved->bytes = blob_bytes;
}

/* Judge a second of acceleration, still or with an impact depending on @now_ms. */
static void judge_block(struct engine *engine, int64_t now_ms) {
        struct event event = {.device_time_ms = now_ms - 1000,
                              .received_time_ms = now_ms,
                              .sequence = (uint64_t)now_ms,
                              .kind = KIND_ACCELERATION,
                              .sample_rate_dhz = 250,
                              .sample_count = 25};
        int16_t mg[25 * 3];

        for (size_t i = 0; i < sizeof(mg) / sizeof(mg[0]); i++)
                mg[i] = (int16_t)(i % 3 ? (int64_t)i : now_ms / 2100 % 3 * 1500 + 100);

        const unsigned char *samples = (const unsigned char *)mg;

        demand(event_set_ids(&event, "E1", "E1-a") == 0);
        engine_events(engine, &event, &samples, 1, now_ms);
}

static void judge_on(struct engine *engine, int64_t now_ms) {
        const int64_t turn = now_ms / 2100;
        static const uint16_t kinds[] = {KIND_MOTION, KIND_HEART_RATE, KIND_BATTERY,  KIND_FALL,
                                         KIND_TOILET, KIND_BED_OUT,    KIND_LOCATION, KIND_BED_IN};

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                struct event event = {.device_time_ms = now_ms,
                                      .received_time_ms = now_ms,
                                      .sequence = (uint64_t)now_ms + i,
                                      .kind = kinds[i],
                                      .value = 1};

                demand(event_set_ids(&event, "E1", "E1-a") == 0);
                engine_events(engine, &event, NULL, 1, now_ms);
                event.sequence += 100;
                event.validity = turn % 3 ? EVENT_VALIDITY_VALID : EVENT_VALIDITY_OFF_BODY;
                event.value = turn % 5 ? 1 : 150;
                event.device_time_ms -= turn % 2 ? 0 : 200000; /* late */
                engine_events(engine, &event, NULL, 1, now_ms);
        }
        judge_block(engine, now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct engine *engine;
        static struct saved sealed, saved;
        static int64_t now_ms = NOW_MS;

        if (!engine)
                engine = make_engine();
        if (size > BLOB_ROOM - 4)
                return 0;

        uint32_t check = murmur2(data, size);

        memcpy(sealed.blob, data, size);
        memcpy(sealed.blob + size, &check, 4);
        if (blob_restore(engine, 0, "E1", sealed.blob, size + 4) != 0)
                return 0;

        engine_partition_mark_dirty(engine, 0);
        demand(blobs_save_dirty(engine, keep, &saved) == 1);
        demand(blob_restore(engine, 0, "E1", saved.blob, saved.bytes) == 0);
        for (int i = 0; i < 3; i++) {
                now_ms += 700;
                engine_tick(engine, now_ms);
        }
        judge_on(engine, now_ms);
        demand(blobs_save_dirty(engine, keep, &saved) == 1);
        demand(blob_restore(engine, 0, "E1", saved.blob, saved.bytes) == 0);
        return 0;
}
