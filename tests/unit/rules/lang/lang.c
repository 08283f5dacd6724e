/* SPDX-License-Identifier: MIT */
#include "rules/lang/lang.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire/event_kind.h"
#include "rules/lang/check.h"
#include "rules/lang/documents/files.h"
#include "rules/lang/ladders.h"
#include "tests/unit/common/unit.h"

static const int64_t today_ms = INT64_C(1795496400000); /* 2026-11-24 13:00 in Shanghai */

#define RULE(id, rest)                                                                             \
        "  - id: " id                                                                              \
        "\n    title: { zh: 标题, en: Title }\n    severity: minor\n    page: technical\n" rest

static struct rule_set *parsed(const char *text) {
        const struct lang_options options = {.time_zone = "Asia/Shanghai", .now_ms = today_ms};
        struct rule_set *rules = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        if (lang_parse(&rules, "a.yaml", text, strlen(text), &options, diag) != 0) {
                diag_print(diag, stderr, false);
                fail();
        }
        diag_free(diag);
        return rules;
}

/* --- compiled rules ------------------------------------------------------------------------------ */

static void test_an_event_rule_is_compiled(void **state) {
        struct rule_set *rules = parsed(
                "version: 1\nrules:\n"
                "  - id: fall\n    title: { zh: 疑似跌倒, en: Possible fall }\n"
                "    when: { event: fall, confidence_at_least: 0.7 }\n"
                "    hold: 20s\n    cancel_on: [ button_cancel, steps ]\n    severity: critical\n"
                "    page: fall-now\n    advice: { zh: 先呼叫, en: Call }\n"
                "    applies_to: { care_levels: [ partial, full ], districts: [ grid-1 ] }\n"
                "    unless: [ hospital ]\n    shadow: true\n");
        const struct rule *rule = rule_set_rule(rules, 0);
        const struct condition_happening *happening = &rule->condition.happening;

        assert_int_equal(rule_set_find(rules, "fall"), 0);
        assert_string_equal(rule->title_zh, "疑似跌倒");
        assert_string_equal(rule->advice_en, "Call");
        assert_string_equal(rule->ladder, "fall-now");
        assert_int_equal(rule->severity, SEVERITY_CRITICAL);
        assert_int_equal(rule->class, ALERT_LIFE_SAFETY);
        assert_true(rule->latching && rule->shadow);
        assert_int_equal(rule->condition.type, CONDITION_HAPPENING);
        assert_int_equal(happening->kind, KIND_FALL);
        assert_int_equal(happening->confidence_at_least_pct, 70);
        assert_int_equal(happening->hold_ms, 20000);
        assert_true(rule_kinds_has(&happening->cancel_kinds, KIND_BUTTON_CANCEL));
        assert_true(rule_kinds_has(&happening->cancel_kinds, KIND_STEPS));
        assert_int_equal(rule->applies_to.care_levels.count, 2);
        assert_string_equal(rule->applies_to.districts.word[0], "grid-1");
        assert_string_equal(rule->applies_to.not_tags.word[0], "hospital");
        rule_set_free(rules);
}

static void test_a_technical_event_knows_what_ends_it(void **state) {
        struct rule_set *rules =
                parsed("version: 1\nrules:\n" RULE(
                        "mains", "    when: { event: mains_lost }\n    cooldown: 30m\n")
                               RULE("door", "    when:\n      event: door_open\n      during: [ { "
                                            "from: \"22:00\", to: \"05:30\" } ]\n"));
        const struct rule *mains = rule_set_rule(rules, 0), *door = rule_set_rule(rules, 1);

        assert_int_equal(mains->class, ALERT_TECHNICAL);
        assert_false(mains->latching);
        assert_int_equal(mains->condition.happening.cooldown_ms, 1800000);
        assert_true(rule_kinds_has(&mains->condition.happening.clear_kinds, KIND_MAINS_RESTORED));
        assert_int_equal(door->class, ALERT_ACTIVITY);
        assert_true(rule_kinds_has(&door->condition.happening.clear_kinds, KIND_DOOR_CLOSED));
        assert_int_equal(door->condition.during_count, 1);
        assert_int_equal(door->condition.during[0].from_minute, 1320);
        assert_int_equal(door->condition.during[0].to_minute, 330);
        rule_set_free(rules);
}

static void test_a_vital_rule_is_compiled(void **state) {
        struct rule_set *rules = parsed(
                "version: 1\nrules:\n" RULE("hr",
                                            "    when: { vital: heart_rate, above: 120, "
                                            "clear_below: 110, for: 60s, min_samples: 3 }\n"
                                            "    if_data_stops: alarm\n    data_stops_after: 5m\n")
                        RULE("battery", "    when: { vital: battery, below: 15 }\n") RULE(
                                "t",
                                "    when: { vital: body_temperature, above: 39, for: 5m }\n"));
        const struct condition_vital *hr = &rule_set_rule(rules, 0)->condition.vital;
        const struct condition_vital *battery = &rule_set_rule(rules, 1)->condition.vital;

        assert_int_equal(rule_set_rule(rules, 0)->class, ALERT_VITAL);
        assert_int_equal(hr->kind, KIND_HEART_RATE);
        assert_true(hr->above == 120 && hr->clear_below == 110 && isinf(hr->below));
        assert_int_equal(hr->for_ms, 60000);
        assert_int_equal(hr->min_samples, 3);
        assert_int_equal(hr->if_data_stops, RULE_DATA_STOPS_ALARM);
        assert_int_equal(hr->data_stops_ms, 300000);
        assert_int_equal(rule_set_rule(rules, 1)->class, ALERT_TECHNICAL);
        assert_true(battery->below == 15 && isinf(battery->above) && isnan(battery->clear_above));
        assert_int_equal(battery->min_samples, 1);
        /* A duration without a sample count requires two samples: a single one may be the last for hours. */
        assert_int_equal(rule_set_rule(rules, 2)->condition.vital.min_samples, 2);
        rule_set_free(rules);
}

static void test_a_quiet_rule_is_compiled(void **state) {
        struct rule_set *rules = parsed("version: 1\nrules:\n" RULE(
                "quiet",
                "    when:\n      quiet: [ motion, door ]\n      by_time:\n"
                "        - { from: \"06:00\", to: \"22:00\", longer_than: 3h }\n"
                "        - { from: \"22:00\", to: \"06:00\", longer_than: never }\n    unless: [ "
                "away ]\n") RULE("always",
                                 "    when: { quiet: [ bed ], longer_than: 8h, room: bedroom }\n"));
        const struct condition_quiet *quiet = &rule_set_rule(rules, 0)->condition.quiet;
        const struct condition_quiet *always = &rule_set_rule(rules, 1)->condition.quiet;

        assert_true(rule_kinds_has(&quiet->signals, KIND_DOOR_OPEN) &&
                    rule_kinds_has(&quiet->signals, KIND_DOOR_CLOSED));
        assert_false(rule_kinds_has(&quiet->signals, KIND_BED_IN));
        assert_true(rule_set_rule(rules, 0)->condition.unless_away);
        assert_int_equal(rule_set_rule(rules, 0)->applies_to.not_tags.count, 0);
        assert_int_equal(quiet->slot_count, 2);
        assert_int_equal(quiet->slots[0].longer_than_ms, 10800000);
        assert_int_equal(quiet->slots[1].longer_than_ms, 0);
        assert_int_equal(always->slot_count, 1);
        assert_int_equal(always->slots[0].from_minute, always->slots[0].to_minute);
        assert_string_equal(always->room, "bedroom");
        rule_set_free(rules);
}

static void test_an_offline_rule_follows_the_devices_own_heartbeat(void **state) {
        struct rule_set *rules =
                parsed("version: 1\nrules:\n" RULE("a", "    when: { offline: any }\n") RULE(
                        "b", "    when: { offline: [ sos_button, smoke ], longer_than: 2h }\n"));
        const struct condition_offline *any = &rule_set_rule(rules, 0)->condition.offline;
        const struct condition_offline *some = &rule_set_rule(rules, 1)->condition.offline;

        assert_true(any->factor == 1 && any->limit_ms == 0 && any->device_classes.count == 0);
        assert_true(some->factor == 0 && some->limit_ms == 7200000 &&
                    some->device_classes.count == 2);
        rule_set_free(rules);
}

#define HEART                                                                                      \
        RULE("hr", "    when: { vital: heart_rate, above: 120, clear_below: 110, for: 60s }\n")
#define OVERRIDE                                                                                   \
        "overrides:\n  - elder: E42\n    rule: hr\n    set: { above: 135, clear_below: 125 }\n"    \
        "    reason: 房颤，医嘱\n    until: 2027-02-01\n"

static void test_an_override_keeps_what_it_does_not_set(void **state) {
        struct rule_set *rules = parsed("version: 1\nrules:\n" HEART OVERRIDE);
        const struct rule_override *override =
                rule_set_override(rules, RULE_OVERRIDE_ELDER, "E42", 0, today_ms);

        assert_non_null(override);
        assert_true(override->condition.vital.above == 135 &&
                    override->condition.vital.clear_below == 125);
        assert_int_equal(override->condition.vital.for_ms, 60000);
        assert_string_equal(override->reason, "房颤，医嘱");
        /* Until the end of its last day in the time zone of the site: 2027-02-02 00:00 +08:00. */
        assert_int_equal(override->until_time_ms, INT64_C(1801497600000));
        assert_null(rule_set_override(rules, RULE_OVERRIDE_ELDER, "E43", 0, today_ms));
        rule_set_free(rules);
}

/* The rule set of the file @path, which must have no errors. */
static struct rule_set *loaded(const char *path) {
        const struct lang_options options = {
                .paths = &path, .path_count = 1, .time_zone = "Asia/Shanghai", .now_ms = today_ms};
        struct rule_set *rules = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(lang_load(&rules, &options, diag, NULL), 0);
        diag_free(diag);
        return rules;
}

static void test_days_and_holidays_are_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-times.yaml");
        const struct rule_condition *door = &rule_set_rule(rules, 0)->condition;
        const struct rule *quiet = rule_set_rule(rules, 1);

        assert_true(door->unless_away);
        assert_int_equal(door->during_count, 2);
        assert_int_equal(door->during[0].days, 0x1f);
        assert_int_equal(door->during[0].holidays, DAY_SLOT_EXCEPT_HOLIDAYS);
        assert_int_equal(door->during[1].days, 0);
        assert_int_equal(door->during[1].holidays, DAY_SLOT_ONLY_HOLIDAYS);
        assert_int_equal(quiet->condition.quiet.slots[1].days, 0x60);
        assert_int_equal(quiet->applies_to.age_at_least, 80);
        assert_true(quiet->applies_to.lives_alone);
        rule_set_free(rules);
}

static void test_what_quietens_a_rule_is_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-times.yaml");
        const struct rule *hr = rule_set_rule(rules, 2);

        assert_true(hr->latching && hr->condition.unless_away);
        assert_int_equal(hr->flap_times, 4);
        assert_int_equal(hr->flap_within_ms, 3600000);
        assert_int_equal(hr->inhibitor_count, 1);
        assert_string_equal(hr->inhibitors[0], "door");
        rule_set_free(rules);
}

static void test_overrides_of_each_scope_say_what_they_set(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-times.yaml");
        const struct rule_override *city =
                rule_set_override(rules, RULE_OVERRIDE_CITY, "", 2, today_ms);
        const struct rule_override *district =
                rule_set_override(rules, RULE_OVERRIDE_DISTRICT, "grid-1", 2, today_ms);
        const struct rule_override *elder =
                rule_set_override(rules, RULE_OVERRIDE_ELDER, "E1", 1, today_ms);

        assert_int_equal(city->set, 1 << RULE_SETTING_ABOVE);
        assert_true(city->condition.vital.above == 125 && city->condition.vital.clear_below == 110);
        assert_int_equal(district->set, 1 << RULE_SETTING_ABOVE | 1 << RULE_SETTING_DURING);
        assert_int_equal(district->condition.during_count, 1);
        assert_int_equal(elder->set, 1 << RULE_SETTING_LIMIT);
        assert_int_equal(elder->condition.quiet.slots[0].longer_than_ms, 20000);
        assert_int_equal(elder->condition.quiet.slot_count, 1);
        rule_set_free(rules);
}

static const struct rule_condition *condition_of(const struct rule_set *rules, const char *id) {
        return &rule_set_rule(rules, (uint32_t)rule_set_find(rules, id))->condition;
}

static void test_scores_parts_and_counts_are_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-kinds.yaml");
        const struct condition_score *score = &condition_of(rules, "score")->score;
        const struct condition_parts *all = &condition_of(rules, "together")->parts;
        const struct condition_count *count = &condition_of(rules, "toilet")->count;
        const struct condition_validity *invalid = &condition_of(rules, "invalid")->validity;

        assert_true(score->single_three);
        assert_int_equal(score->at_least, 5);
        assert_int_equal(score->needs, 3);
        assert_int_equal(score->max_age_ms[RULE_NEWS2_PULSE], 3600000);
        assert_int_equal(score->max_age_ms[RULE_NEWS2_TEMPERATURE], 86400000);
        assert_int_equal(score->max_age_ms[RULE_NEWS2_SPO2], 43200000);
        assert_string_equal(score->scale_2_conditions.word[0], "copd");
        assert_int_equal(score->severities.count, 1);
        assert_true(score->severities.step[0].at == 7);
        assert_int_equal(all->part_count, 2);
        assert_int_equal(all->needed, 2);
        assert_true(all->parts[1].below == 92 && isnan(all->parts[1].above));
        assert_int_equal(condition_of(rules, "either")->parts.needed, 1);
        assert_int_equal(count->at_least, 6);
        assert_true(rule_kinds_has(&count->kinds, KIND_TOILET));
        assert_int_equal(invalid->states,
                         1 << EVENT_VALIDITY_OFF_BODY | 1 << EVENT_VALIDITY_ARTEFACT);
        assert_int_equal(invalid->min_samples, 2);
        rule_set_free(rules);
}

static void test_motion_sequences_and_silences_are_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-kinds.yaml");
        const struct rule *fall = rule_set_rule(rules, (uint32_t)rule_set_find(rules, "motion"));
        const struct condition_motion *motion = &fall->condition.motion;
        const struct condition_sequence *bed = &condition_of(rules, "bed")->sequence;
        const struct condition_quiet *habit = &condition_of(rules, "habit")->quiet;

        assert_true(fall->latching && fall->class == ALERT_LIFE_SAFETY);
        assert_int_equal(motion->positions, 1 << RULE_WORN_WRIST | 1 << RULE_WORN_WAIST);
        assert_true(motion->limits[RULE_WORN_WRIST].impact_mg == 2500);
        assert_int_equal(motion->limits[RULE_WORN_WAIST].still_ms, 10000);
        assert_int_equal(motion->happening.hold_ms, 20000);
        assert_int_equal(bed->step_count, 2);
        assert_true(bed->steps[1].absent && rule_kinds_has(&bed->steps[1].kinds, KIND_BED_IN));
        assert_int_equal(condition_of(rules, "morning")->quiet.mode, RULE_QUIET_SEEN_WITHIN);
        assert_string_equal(habit->outer_room, "hall");
        assert_int_equal(habit->learn_ms, INT64_C(14) * 86400000);
        assert_true(habit->learn_times == 2);
        assert_int_equal(condition_of(rules, "visit")->quiet.mode, RULE_QUIET_DUE);
        rule_set_free(rules);
}

static void test_zones_are_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-kinds.yaml");
        const struct condition_geofence *strayed = &condition_of(rules, "strayed")->geofence;
        const struct condition_geofence *park = &condition_of(rules, "park")->geofence;
        const struct rule_override *own =
                rule_set_override(rules, RULE_OVERRIDE_ELDER, "E1",
                                  (uint32_t)rule_set_find(rules, "strayed"), today_ms);

        assert_true(strayed->outside && strayed->around_home && strayed->radius_m == 500);
        assert_int_equal(strayed->min_samples, 2);
        assert_true(!park->outside && !park->around_home && park->radius_m == 1000);
        assert_true(park->latitude_deg == 30.25 && park->longitude_deg == 120.15);
        assert_true(own->condition.geofence.radius_m == 2000);
        assert_int_equal(own->set, 1 << RULE_SETTING_RADIUS | 1 << RULE_SETTING_FOR);
        rule_set_free(rules);
}

static void test_rates_and_baselines_are_compiled(void **state) {
        struct rule_set *rules = loaded("tests/rules/fine-kinds.yaml");
        const struct condition_vital *rising = &condition_of(rules, "rising")->vital;
        const struct condition_vital *unusual = &condition_of(rules, "unusual")->vital;
        const struct rule_override *own =
                rule_set_override(rules, RULE_OVERRIDE_ELDER, "E1",
                                  (uint32_t)rule_set_find(rules, "unusual"), today_ms);

        assert_int_equal(rising->measure, RULE_MEASURE_RISE);
        assert_true(rising->above == 2 && rising->within_ms == INT64_C(3) * 86400000);
        assert_int_equal(unusual->measure, RULE_MEASURE_BASELINE);
        assert_true(unusual->above == 25 && unusual->below == -20);
        assert_int_equal(unusual->out_of, 6);
        assert_true(own->condition.vital.below == -30 && own->condition.vital.above == 25);
        assert_int_equal(own->set, 1 << RULE_SETTING_BELOW);
        rule_set_free(rules);
}

/* A vital added to common/wire/event_kind.c must be usable in rules. */
static void test_rules_know_every_vital(void **state) {
        const struct event_kind_info *info;

        for (size_t i = 0; (info = event_kind_at(i)); i++) {
                char text[512];

                if (info->shape != KIND_SHAPE_VITAL)
                        continue;
                snprintf(text, sizeof(text),
                         "version: 1\nrules:\n" RULE("r", "    when: { vital: %s, above: %g }\n"),
                         info->name, info->possible_max);
                rule_set_free(parsed(text));
        }
}

static void test_an_ended_override_does_not_keep_the_rules_from_loading(void **state) {
        struct rule_set *rules =
                parsed("version: 1\nrules:\n" HEART
                       "overrides:\n  - elder: E42\n    rule: hr\n    set: { above: 135 }\n"
                       "    reason: x\n    until: 2026-11-23\n");

        assert_null(rule_set_override(rules, RULE_OVERRIDE_ELDER, "E42", 0, today_ms));
        rule_set_free(rules);
}

static void test_the_version_is_of_the_content_alone(void **state) {
        static const char plain[] = "version: 1\nrules:\n" HEART OVERRIDE;
        struct rule_set *a = parsed(plain);
        struct rule_set *same =
                parsed("# a comment\nversion: \"1\"\n\nrules:\n" HEART "# another\n" OVERRIDE);
        struct rule_set *other = parsed("version: 1\nrules:\n" HEART);

        assert_int_equal(strlen(rule_set_version(a)), 16);
        assert_string_equal(rule_set_version(a), rule_set_version(same));
        assert_string_not_equal(rule_set_version(a), rule_set_version(other));
        rule_set_free(a);
        rule_set_free(same);
        rule_set_free(other);
}

/* --- folders --------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/vigil-lang-XXXXXX";

static void write_file(const char *name, const char *text) {
        char path[256];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static int folder_make(void **state) {
        char path[256];

        if (!mkdtemp(folder))
                return -1;
        snprintf(path, sizeof(path), "%s/overrides.d", folder);
        return mkdir(path, 0700);
}

static int folder_remove(void **state) {
        char command[256];

        snprintf(command, sizeof(command), "rm -r '%s'", folder);
        return system(command);
}

static int load_folder(struct rule_set **ret, struct diag **ret_diag,
                       struct lang_counts *ret_counts) {
        static const char *const paths[] = {folder};
        const struct lang_options options = {.paths = paths, .path_count = 1, .now_ms = today_ms};

        assert_int_equal(diag_new(ret_diag), 0);
        return lang_load(ret, &options, *ret_diag, ret_counts);
}

static void test_a_folder_is_read_whole_or_not_at_all(void **state) {
        struct rule_set *rules = NULL;
        struct lang_counts counts;
        struct diag *diag;

        write_file("30-b.yaml", "version: 1\nrules:\n" RULE("b", "    when: { event: tamper }\n"));
        write_file("10-a.yaml", "version: 1\nrules:\n" HEART);
        write_file("overrides.d/e42.yaml", "version: 1\n" OVERRIDE);
        write_file(".20-hidden.yaml", "not: [ even yaml");
        write_file("20-b.yaml~", "not: [ even yaml");
        write_file("10-a.test.yaml", "tests: []"); /* a rule test, not a rule file */
        assert_int_equal(load_folder(&rules, &diag, &counts), 0);
        assert_int_equal(counts.files, 3);
        assert_int_equal(counts.rules, 2);
        assert_int_equal(counts.overrides, 1);
        assert_int_equal(rule_set_find(rules, "hr"), 0); /* files in order of names */
        assert_int_equal(rule_set_find(rules, "b"), 1);
        rules = rule_set_free(rules);
        diag_free(diag);

        /* Errors in two files: no rule set, and both are reported. */
        write_file("10-a.yaml", "version: 1\nrules:\n" RULE(
                                        "hr", "    when: { vital: heart_rate, abov: 120 }\n"));
        write_file("30-b.yaml", "version: 1\nrules: [ ");
        assert_int_equal(load_folder(&rules, &diag, &counts), LANG_REFUSED);
        assert_null(rules);
        assert_true(diag_errors(diag) >= 2);
        diag_free(diag);
}

static void test_the_files_of_a_folder_are_told_in_the_order_they_are_read(void **state) {
        static const char *const paths[] = {folder};
        const struct lang_options options = {.paths = paths, .path_count = 1};
        struct diag *diag = NULL;
        char **files = NULL;

        write_file("30-b.yaml", "");
        write_file("10-a.yaml", "");
        write_file("10-a.test.yaml", "");
        write_file("overrides.d/e42.yaml", "");
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(lang_files(&files, &options, diag), 0);
        assert_string_equal(strrchr(files[0], '/'), "/10-a.yaml");
        assert_string_equal(strrchr(files[1], '/'), "/30-b.yaml");
        assert_string_equal(strrchr(files[2], '/'), "/e42.yaml");
        assert_null(files[3]);
        lang_files_free(files);
        diag_free(diag);
}

static void test_ids_are_unique_over_all_files(void **state) {
        struct rule_set *rules = NULL;
        struct diag_item item;
        struct diag *diag;

        write_file("10-a.yaml", "version: 1\nrules:\n" HEART);
        write_file("30-b.yaml", "version: 1\nrules:\n" HEART);
        assert_int_equal(load_folder(&rules, &diag, NULL), LANG_REFUSED);
        assert_int_equal(diag_errors(diag), 1);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R015");
        assert_non_null(strstr(item.file, "30-b.yaml"));
        assert_non_null(strstr(item.message, "10-a.yaml:3"));
        diag_free(diag);
}

/* Make a rule file of an example in a page: a whole file is used as it is, a condition gets the rest of a rule around
 * it. Return: the text; the caller frees it. */
static char *example_text(const char *block, size_t bytes) {
        char *text = NULL;
        size_t text_bytes;
        FILE *out = open_memstream(&text, &text_bytes);

        assert_non_null(out);
        if (strncmp(block, "version:", 8) == 0) {
                fwrite(block, 1, bytes, out);
        } else {
                fputs("version: 1\nholidays: [ 2026-10-01 ]\nrules:\n"
                      "  - id: example\n    title: { zh: 例, en: Example }\n"
                      "    advice: { zh: 做什么, en: What to do }\n"
                      "    severity: major\n    page: vital-now\n",
                      out);
                for (const char *at = block; at < block + bytes;) {
                        const char *end = memchr(at, '\n', (size_t)(block + bytes - at));

                        fprintf(out, "    %.*s\n", (int)(end - at), at);
                        at = end + 1;
                }
        }
        assert_int_equal(fclose(out), 0);
        return text;
}

static int examples_of(const char *page) {
        FILE *file = fopen(page, "r");
        char *text = NULL;
        size_t room = 0;
        int count = 0;

        assert_non_null(file);
        assert_true(getdelim(&text, &room, '\0', file) > 0);
        fclose(file);
        for (char *at = text; (at = strstr(at, "```yaml\n")); count++) {
                char *block = at + strlen("```yaml\n"), *end = strstr(block, "```"), *example;

                assert_non_null(end);
                example = example_text(block, (size_t)(end - block));
                rule_set_free(parsed(example));
                free(example);
                at = end;
        }
        free(text);
        return count;
}

static void test_an_error_of_another_file_refuses_no_rule_set(void **state) {
        static const char text[] = "version: 1\nrules:\n  - { id: a, title: { zh: a, en: a }, "
                                   "when: { event: tamper }, "
                                   "severity: info, page: none }\n";
        const struct lang_options options = {.time_zone = "Asia/Shanghai", .now_ms = today_ms};
        struct rule_set *rules = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        diag_add(diag, DIAG_ERROR, "R007", "b.yaml", (struct diag_mark){.line = 0}, NULL, "b");
        assert_int_equal(lang_parse(&rules, "a.yaml", text, sizeof(text) - 1, &options, diag), 0);
        assert_int_equal(diag_errors(diag), 1);
        rule_set_free(rules);
        diag_free(diag);
}

static void test_the_examples_of_the_guide_are_rules(void **state) {
        int english = examples_of("docs/rules.md");

        assert_true(english >= 15);
        assert_int_equal(examples_of("docs/rules.zh.md"), english);
}

static void test_a_missing_folder_is_named(void **state) {
        static const char *const paths[] = {"/nowhere/rules"};
        const struct lang_options options = {.paths = paths, .path_count = 1};
        struct rule_set *rules = NULL;
        struct diag_item item;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(lang_load(&rules, &options, diag, NULL), LANG_REFUSED);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R008");
        assert_string_equal(item.file, "/nowhere/rules");
        diag_free(diag);
}

/* --- ladders and the sample rules -------------------------------------------------------------------- */

static void test_ladders_are_read_by_name(void **state) {
        char **ladders = NULL;
        struct diag *diag;
        struct diag_item item;
        bool found = false;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(lang_ladders_load(&ladders, "configs/escalation.yaml", diag), 0);
        for (size_t i = 0; ladders[i]; i++)
                found = found || strcmp(ladders[i], "fall-now") == 0;
        assert_true(found);
        ladders = lang_ladders_free(ladders);

        assert_int_equal(lang_ladders_load(&ladders, "configs/vigil.yaml", diag), LANG_REFUSED);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R047");
        diag_free(diag);
}

static int check(const char *path, bool strict) {
        struct lang_check_options options = {
                .load = {.paths = &path,
                         .path_count = 1,
                         .time_zone = "Asia/Shanghai",
                         .now_ms = today_ms},
                .ladders_path = "configs/escalation.yaml",
                .strict = strict,
        };
        FILE *out = fopen("/dev/null", "w");
        int r = lang_check(&options, out);

        fclose(out);
        return r;
}

static void test_the_samples_have_not_even_a_warning(void **state) {
        assert_int_equal(check("configs/rules", true), LANG_CHECK_FINE);
}

static void test_exit_codes_tell_errors_from_warnings(void **state) {
        assert_int_equal(check("tests/rules/limit-implausible.yaml", false), LANG_CHECK_FINE);
        assert_int_equal(check("tests/rules/limit-implausible.yaml", true), LANG_CHECK_WARNED);
        assert_int_equal(check("tests/rules/limits-contradict.yaml", false), LANG_CHECK_BAD);
        assert_int_equal(check("/nowhere", false), LANG_CHECK_BAD);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_event_rule_is_compiled),
                cmocka_unit_test(test_a_technical_event_knows_what_ends_it),
                cmocka_unit_test(test_a_vital_rule_is_compiled),
                cmocka_unit_test(test_a_quiet_rule_is_compiled),
                cmocka_unit_test(test_an_offline_rule_follows_the_devices_own_heartbeat),
                cmocka_unit_test(test_an_override_keeps_what_it_does_not_set),
                cmocka_unit_test(test_days_and_holidays_are_compiled),
                cmocka_unit_test(test_what_quietens_a_rule_is_compiled),
                cmocka_unit_test(test_overrides_of_each_scope_say_what_they_set),
                cmocka_unit_test(test_scores_parts_and_counts_are_compiled),
                cmocka_unit_test(test_motion_sequences_and_silences_are_compiled),
                cmocka_unit_test(test_zones_are_compiled),
                cmocka_unit_test(test_rates_and_baselines_are_compiled),
                cmocka_unit_test(test_rules_know_every_vital),
                cmocka_unit_test(test_an_ended_override_does_not_keep_the_rules_from_loading),
                cmocka_unit_test(test_the_version_is_of_the_content_alone),
                cmocka_unit_test(test_a_folder_is_read_whole_or_not_at_all),
                cmocka_unit_test(test_the_files_of_a_folder_are_told_in_the_order_they_are_read),
                cmocka_unit_test(test_ids_are_unique_over_all_files),
                cmocka_unit_test(test_an_error_of_another_file_refuses_no_rule_set),
                cmocka_unit_test(test_the_examples_of_the_guide_are_rules),
                cmocka_unit_test(test_a_missing_folder_is_named),
                cmocka_unit_test(test_ladders_are_read_by_name),
                cmocka_unit_test(test_the_samples_have_not_even_a_warning),
                cmocka_unit_test(test_exit_codes_tell_errors_from_warnings),
        };

        return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
