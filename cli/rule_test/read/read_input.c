/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/read/read_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rule_test/read/read_world.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/lang.h"

enum {
        REPEAT_MAX = 100 * 1000 * 1000,
        RATE_MAX_HZ = 400,
        COORDINATE_MG_MAX = 32767,
};

static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t EVERY_MAX_MS = INT64_C(366) * DAY_MS;

/* --- values ------------------------------------------------------------------------------------- */

static int values_take(struct rule_test_reading *reading, struct rule_test_source *source,
                       const struct yaml_node *first, size_t count,
                       const struct event_kind_info *info) {
        source->values = calloc(count, sizeof(*source->values));
        if (!source->values)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = first; item && source->value_count < count;
             item = item->next)
                yaml_read_number(item, info->possible_min, info->possible_max,
                                 &source->values[source->value_count++], "T008", reading->diag);
        return 0;
}

static int values_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_source *source, const struct event_kind_info *info) {
        const struct yaml_node *one = yaml_get(node, "value");
        const struct yaml_node *many = rule_test_reading_list(reading, node, "values");

        if (one && many)
                RULE_TEST_ERROR(reading, "T004", many, NULL, "either value or values, not both");
        if (many && many->child)
                return values_take(reading, source, many->child, many->count, info);
        if (one)
                return values_take(reading, source, one, 1, info);
        if (info->shape == KIND_SHAPE_VITAL || info->kind == KIND_BATTERY ||
            info->kind == KIND_LOCATION)
                RULE_TEST_ERROR(reading, "T004", node,
                                "as in  value: 125  or  values: [ 125, 126 ]", "%s needs a value",
                                info->name);
        source->values = calloc(1, sizeof(*source->values));
        if (!source->values)
                return err_raise(-ENOMEM);
        source->values[0] = 1; /* no value is given: 1, true */
        source->value_count = 1;
        return 0;
}

/* --- samples ------------------------------------------------------------------------------------ */

static int sample_row(struct rule_test_reading *reading, struct rule_test_source *source,
                      const char *line, const struct yaml_node *node) {
        int xyz[3], used = 0;

        if (sscanf(line, " %d , %d , %d %n", &xyz[0], &xyz[1], &xyz[2], &used) != 3 || line[used]) {
                RULE_TEST_ERROR(reading, "T012", node, "a line is x,y,z in whole milli-g",
                                "line %zu of the samples is not that", source->sample_rows + 1);
                return TEST_FILE_REFUSED;
        }
        for (int i = 0; i < 3; i++) {
                if (abs(xyz[i]) > COORDINATE_MG_MAX)
                        xyz[i] = xyz[i] < 0 ? -COORDINATE_MG_MAX : COORDINATE_MG_MAX;
                source->samples[source->sample_rows * 3 + (size_t)i] = (int16_t)xyz[i];
        }
        source->sample_rows++;
        return 0;
}

static int sample_lines(struct rule_test_reading *reading, struct rule_test_source *source,
                        FILE *file, const struct yaml_node *node) {
        size_t room = 0, bytes = 0;
        char *line = NULL;
        int r = 0;

        while (r == 0 && getline(&line, &bytes, file) >= 0) {
                if (line[0] == '#' || line[0] == '\n')
                        continue;
                if (source->sample_rows == room) {
                        void *samples;

                        room = room ? 2 * room : 1024;
                        samples = realloc(source->samples, room * 3 * sizeof(int16_t));
                        if (!samples) {
                                r = err_raise(-ENOMEM);
                                break;
                        }
                        source->samples = samples;
                }
                r = sample_row(reading, source, line, node);
        }
        free(line);
        return r == TEST_FILE_REFUSED ? 0 : r;
}

/* If the recording is missing, perhaps because it is too large for the repository, the test is skipped and says so. */
static int samples_read(struct rule_test_reading *reading, const struct yaml_node *node,
                        struct rule_test_source *source) {
        const struct yaml_node *name = yaml_get(node, "samples"), *rate = yaml_get(node, "rate");
        int64_t rate_hz = 50;
        char *path;
        FILE *file;
        int r = 0;

        if (!name || name->type != YAML_TEXT) {
                RULE_TEST_ERROR(reading, "T004", node, "as in  samples: fall-waist.csv",
                                "acceleration needs samples");
                return 0;
        }
        if (rate)
                yaml_read_integer(rate, 1, RATE_MAX_HZ, &rate_hz, "T008", reading->diag);
        path = rule_test_reading_path_beside(reading->file, name->text);
        if (!path)
                return err_raise(-ENOMEM);
        file = fopen(path, "re");
        if (file) {
                r = sample_lines(reading, source, file, name);
                fclose(file);
        } else if (!reading->test->skipped &&
                   asprintf(&reading->test->skipped, "%s is not there", path) < 0) {
                reading->test->skipped = NULL;
                r = err_raise(-ENOMEM);
        }
        free(path);
        source->block = (uint32_t)rate_hz; /* one second per event, as devices send them */
        source->event.sample_rate_dhz = (uint16_t)(rate_hz * 10);
        source->every_ms = 1000;
        source->count = (source->sample_rows + source->block - 1) / source->block;
        if (source->count == 0)
                source->count = 1;
        return r;
}

/* --- one item of events ------------------------------------------------------------------------- */

static const struct yaml_read_key event_keys[] = {
        {"at", true},          {"vital", false},     {"event", false},
        {"elder", false},      {"device", false},    {"value", false},
        {"values", false},     {"longitude", false}, {"every", false},
        {"repeat", false},     {"until", false},     {"validity", false},
        {"confidence", false}, {"late", false},      {"arrives", false},
        {"clock", false},      {"drill", false},     {"unauthenticated", false},
        {"boot", false},       {"samples", false},   {"rate", false},
        {"unlisted", false},
};

static bool is_vital(const struct event_kind_info *info) {
        return info->shape == KIND_SHAPE_VITAL || info->kind == KIND_BATTERY;
}

static const struct event_kind_info *kind_read(struct rule_test_reading *reading,
                                               const struct yaml_node *node) {
        const struct yaml_node *vital = yaml_get(node, "vital"), *event = yaml_get(node, "event");
        const struct yaml_node *kind = vital ? vital : event;
        const struct event_kind_info *info, *infos[KIND_LIMIT];
        const char *names[KIND_LIMIT + 1] = {NULL};
        size_t count = 0;
        int index;

        if (!kind || (vital && event)) {
                RULE_TEST_ERROR(reading, "T004", node,
                                "as in  { at: 0s, vital: heart_rate, value: 80 }",
                                "exactly one of vital and event says what comes in");
                return NULL;
        }
        for (size_t i = 0; (info = event_kind_at(i)); i++) {
                if (vital && !is_vital(info))
                        continue;
                infos[count] = info;
                names[count++] = info->name;
        }
        return yaml_read_word(kind, names, &index, "T008", reading->diag) ? infos[index] : NULL;
}

/* Number of events, from repeat: or until:. */
static void count_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_source *source) {
        const struct yaml_node *every = yaml_get(node, "every"), *repeat = yaml_get(node, "repeat");
        const struct yaml_node *until = yaml_get(node, "until");
        int64_t times = 1, until_ms;

        if (every)
                yaml_read_duration_ms(every, 1, EVERY_MAX_MS, &source->every_ms, "T008",
                                      reading->diag);
        if (repeat)
                yaml_read_integer(repeat, 1, REPEAT_MAX, &times, "T008", reading->diag);
        if (repeat && until)
                RULE_TEST_ERROR(reading, "T004", until, NULL, "either repeat or until, not both");
        source->count = (uint64_t)times * source->value_count;
        if (until && rule_test_reading_moment(reading, until, &until_ms) && source->every_ms > 0)
                source->count =
                        until_ms < source->at_ms
                                ? 1
                                : (uint64_t)((until_ms - source->at_ms) / source->every_ms) + 1;
        if (source->count > 1 && source->every_ms == 0)
                RULE_TEST_ERROR(reading, "T004", node, "as in  every: 20s",
                                "several readings need to know how far apart they are");
        if (source->count > REPEAT_MAX) {
                RULE_TEST_ERROR(reading, "T004", node, NULL, "more than %d events from one line",
                                REPEAT_MAX);
                source->count = 1;
        }
}

/* "-2h": the clock of the device is two hours behind; "none": it sends no time. */
static void clock_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_source *source) {
        struct yaml_node later = *node;
        bool behind = node->type == YAML_TEXT && node->text[0] == '-';

        if (node->type == YAML_TEXT && strcmp(node->text, "none") == 0) {
                source->event.flags |= EVENT_TIME_MISSING;
                return;
        }
        if (behind)
                later.text = node->text + 1;
        if (yaml_read_duration_ms(&later, 1, 400 * DAY_MS, &source->clock_ms, "T008",
                                  reading->diag) &&
            behind)
                source->clock_ms = -source->clock_ms;
}

/* When the readings arrive, and with which device time. */
static void way_read(struct rule_test_reading *reading, const struct yaml_node *node,
                     struct rule_test_source *source) {
        const struct yaml_node *late = yaml_get(node, "late"), *clock = yaml_get(node, "clock");
        const struct yaml_node *arrives = yaml_get(node, "arrives");
        int64_t last_ms = source->at_ms + (int64_t)(source->count - 1) * source->every_ms;

        if (late &&
            yaml_read_duration_ms(late, 1, 400 * DAY_MS, &source->late_ms, "T008", reading->diag))
                source->event.flags |= EVENT_BUFFERED;
        if (arrives && rule_test_reading_moment(reading, arrives, &source->arrives_ms)) {
                source->event.flags |= EVENT_BUFFERED;
                if (late || source->arrives_ms < last_ms)
                        RULE_TEST_ERROR(reading, "T004", arrives, NULL,
                                        late ? "either late or arrives, not both"
                                             : N_("the last reading is taken after that"));
        }
        if (clock)
                clock_read(reading, clock, source);
}

static void flag_read(struct rule_test_reading *reading, const struct yaml_node *node,
                      const char *key, enum event_flag flag, struct event *event) {
        const struct yaml_node *value = yaml_get(node, key);
        bool is_set = false;

        if (value && yaml_read_bool(value, &is_set, "T008", reading->diag) && is_set)
                event->flags |= (uint16_t)flag;
}

static void details_read(struct rule_test_reading *reading, const struct yaml_node *node,
                         struct event *event) {
        static const char *const validities[] = {"valid",       "off_body", "artefact",
                                                 "implausible", "stale",    NULL};
        const struct yaml_node *validity = yaml_get(node, "validity");
        const struct yaml_node *confidence = yaml_get(node, "confidence");
        const struct yaml_node *longitude = yaml_get(node, "longitude");
        const struct yaml_node *boot = yaml_get(node, "boot");
        double share = 1;
        int64_t number = 1;
        int index = 0;

        if (validity)
                yaml_read_word(validity, validities, &index, "T008", reading->diag);
        if (confidence)
                yaml_read_number(confidence, 0, 1, &share, "T008", reading->diag);
        if (longitude)
                yaml_read_number(longitude, -180, 180, &event->value2, "T008", reading->diag);
        if (boot)
                yaml_read_integer(boot, 0, INT32_MAX, &number, "T008", reading->diag);
        event->validity = (uint8_t)index;
        event->confidence_pct = (uint8_t)(share * 100 + 0.5);
        event->boot_id = (uint32_t)number;
        flag_read(reading, node, "drill", EVENT_DRILL, event);
        flag_read(reading, node, "unauthenticated", EVENT_UNAUTHENTICATED, event);
}

/* Registers a default device, of class "test" and without a heartbeat, for events that name none: alarms of an
 * unlisted device are never held for the elder to cancel. */
static int device_default(struct rule_test_reading *reading, const char *elder_id, char *ret) {
        struct registry_device device = {.device_class = "test",
                                         .commissioned_time_ms = reading->test->start_ms};

        if (strcmp(elder_id, reading->test->elder) == 0)
                snprintf(ret, EVENT_DEVICE_ID_BYTES, "test");
        else
                snprintf(ret, EVENT_DEVICE_ID_BYTES, "test-%s", elder_id);
        if (registry_device(reading->test->registry, ret))
                return 0;
        memcpy(device.id, ret, sizeof(device.id));
        snprintf(device.elder_id, sizeof(device.elder_id), "%s", elder_id);
        return registry_put(reading->test->registry, REGISTRY_DEVICE, &device);
}

static int ids_read(struct rule_test_reading *reading, const struct yaml_node *node,
                    struct event *event) {
        const struct yaml_node *elder = yaml_get(node, "elder"), *device = yaml_get(node, "device");
        char elder_id[EVENT_ELDER_ID_BYTES], device_id[EVENT_DEVICE_ID_BYTES] = "";
        int r = 0;

        memcpy(elder_id, reading->test->elder, sizeof(elder_id));
        if (elder)
                rule_test_reading_elder(reading, elder, elder_id);
        if (device)
                rule_test_reading_text(reading, device, device_id, sizeof(device_id));
        else
                r = device_default(reading, elder_id, device_id);
        event_set_ids(event, elder_id, device_id);
        return r;
}

static int event_read(struct rule_test_reading *reading, const struct yaml_node *node,
                      struct rule_test_source *source) {
        const struct yaml_node *at = yaml_get(node, "at");
        const struct event_kind_info *info;
        int r = 0;

        *source = (struct rule_test_source){
                .node = node, .count = 1, .at_ms = reading->test->start_ms};
        if (!yaml_read_check_keys(node, "an event", event_keys,
                                  sizeof(event_keys) / sizeof(event_keys[0]), "T001",
                                  reading->diag))
                return 0;
        info = kind_read(reading, node);
        if (!info || !at)
                return 0;
        rule_test_reading_moment(reading, at, &source->at_ms);
        source->event.kind = (uint16_t)info->kind;
        details_read(reading, node, &source->event);
        if (yaml_get(node, "unlisted"))
                yaml_read_bool(yaml_get(node, "unlisted"), &source->unlisted, "T008",
                               reading->diag);
        r = ids_read(reading, node, &source->event);
        if (r == 0 && info->shape == KIND_SHAPE_WAVEFORM) {
                r = samples_read(reading, node, source);
        } else if (r == 0) {
                r = values_read(reading, node, source, info);
                count_read(reading, node, source);
        }
        way_read(reading, node, source);
        return r;
}

int rule_test_events_read(struct rule_test_reading *reading, const struct yaml_node *list) {
        struct rule_test_case *test = reading->test;
        int r = 0;

        if (!list || !list->child)
                return 0;
        test->sources = calloc(list->count, sizeof(*test->sources));
        if (!test->sources)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; r == 0 && item; item = item->next)
                r = event_read(reading, item, &test->sources[test->source_count++]);
        return r;
}

/* --- changes ------------------------------------------------------------------------------------ */

static int reload_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_change *change) {
        char *path;
        int r;

        change->type = RULE_TEST_RELOAD;
        if (node->type != YAML_TEXT) {
                RULE_TEST_ERROR(reading, "T008", node, "as in  reload: other-rules",
                                "a path is expected");
                return 0;
        }
        path = rule_test_reading_path_beside(reading->file, node->text);
        if (!path)
                return err_raise(-ENOMEM);

        const struct lang_options options = {.paths = (const char *const *)&path,
                                             .path_count = 1,
                                             .time_zone = reading->file->time_zone,
                                             .now_ms = clock_wall_ms()};

        r = lang_load(&change->rules, &options, reading->diag, NULL);
        free(path);
        if (r != 0 && r != -ENOMEM)
                RULE_TEST_ERROR(reading, "T010", node, NULL,
                                "the rules to reload cannot be loaded");
        return r == -ENOMEM ? r : 0;
}

/* The record as left by the changes before this one. */
static const void *record_before(const struct rule_test_case *test, enum registry_type type,
                                 const char *id) {
        for (size_t i = test->change_count; i-- > 0;) {
                const struct rule_test_change *change = &test->changes[i];

                if (change->type != RULE_TEST_RECORD || change->record_type != type ||
                    strcmp(change->id, id) != 0)
                        continue;
                if (change->removed)
                        return NULL;
                return type == REGISTRY_ELDER ? (const void *)&change->elder
                                              : (const void *)&change->device;
        }
        return type == REGISTRY_ELDER ? (const void *)registry_elder(test->registry, id)
                                      : (const void *)registry_device(test->registry, id);
}

static void record_change(struct rule_test_reading *reading, const struct yaml_node *node,
                          enum registry_type type, struct rule_test_change *change) {
        static const char *const elder_others[] = {"at", "elder", "remove", NULL};
        static const char *const device_others[] = {"at", "device", "remove", NULL};
        bool is_elder = type == REGISTRY_ELDER;
        const struct yaml_node *remove = yaml_get(node, "remove");
        const struct yaml_node *id = yaml_get(node, is_elder ? "elder" : "device");
        const void *before;

        change->type = RULE_TEST_RECORD;
        change->record_type = type;
        if (!rule_test_reading_text(reading, id, change->id, sizeof(change->id)))
                return;
        if (remove)
                yaml_read_bool(remove, &change->removed, "T008", reading->diag);
        before = record_before(reading->test, type, change->id);
        if (is_elder && !before) {
                RULE_TEST_ERROR(reading, "T006", id,
                                "elders of a test stand under elder: or registry:",
                                "no elder has the id \"%s\"", change->id);
                return;
        }
        if (is_elder) {
                change->elder = *(const struct registry_elder *)before;
        } else if (before) {
                change->device = *(const struct registry_device *)before;
        } else {
                memcpy(change->device.id, change->id, sizeof(change->device.id));
                memcpy(change->device.elder_id, reading->test->elder,
                       sizeof(change->device.elder_id));
                change->device.commissioned_time_ms = change->at_ms;
        }
        if (is_elder)
                rule_test_record_read(reading, type, node, elder_others, &change->elder);
        else
                rule_test_record_read(reading, type, node, device_others, &change->device);
}

static void person_read(struct rule_test_reading *reading, const struct yaml_node *node,
                        struct rule_test_change *change) {
        static const struct yaml_read_key keys[] = {{"at", false}, {"person", true}, {"is", true}};
        static const char *const reaches[] = {"connected", "silent", "away",
                                              "no_key",    "busy",   NULL};
        const struct yaml_node *is = yaml_get(node, "is");
        int index = 0;

        change->type = RULE_TEST_PERSON;
        yaml_read_check_keys(node, "a change", keys, 3, "T001", reading->diag);
        rule_test_reading_recipient(reading, yaml_get(node, "person"), change->id);
        if (is && yaml_read_word(is, reaches, &index, "T008", reading->diag))
                change->reach = (enum rehearsal_reach)index;
}

static int change_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_change *change) {
        static const struct yaml_read_key keys[] = {
                {"at", true}, {"restart", false}, {"deaf", false}, {"reload", false}};
        const struct yaml_node *at = yaml_get(node, "at");
        const struct yaml_node *restart = yaml_get(node, "restart");
        const struct yaml_node *deaf = yaml_get(node, "deaf");
        const struct yaml_node *reload = yaml_get(node, "reload");
        int r = 0;

        *change = (struct rule_test_change){.node = node, .at_ms = reading->test->start_ms};
        if (at)
                rule_test_reading_moment(reading, at, &change->at_ms);
        if (yaml_get(node, "person")) {
                person_read(reading, node, change);
        } else if (yaml_get(node, "device")) {
                record_change(reading, node, REGISTRY_DEVICE, change);
        } else if (yaml_get(node, "elder")) {
                record_change(reading, node, REGISTRY_ELDER, change);
        } else if (yaml_read_check_keys(node, "a change", keys, 4, "T001", reading->diag)) {
                if (!!restart + !!deaf + !!reload != 1)
                        RULE_TEST_ERROR(
                                reading, "T004", node, NULL,
                                "a change is one of restart, deaf, reload, elder, device, person");
                else if (!reload)
                        yaml_read_duration_ms(deaf ? deaf : restart, 0, 30 * DAY_MS,
                                              &change->down_ms, "T008", reading->diag);
                else
                        r = reload_read(reading, reload, change);
                if (deaf)
                        change->type = RULE_TEST_DEAF;
        }
        return r;
}

int rule_test_changes_read(struct rule_test_reading *reading, const struct yaml_node *list) {
        struct rule_test_case *test = reading->test;
        int r = 0;

        if (!list || !list->child)
                return 0;
        test->changes = calloc(list->count, sizeof(*test->changes));
        if (!test->changes)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; r == 0 && item; item = item->next) {
                struct rule_test_change *change = &test->changes[test->change_count];

                r = change_read(reading, item, change);
                if (test->change_count > 0 && change->at_ms < change[-1].at_ms)
                        RULE_TEST_ERROR(reading, "T004", item, NULL,
                                        "changes stand in the order they happen");
                test->change_count++;
        }
        return r;
}

/* --- answers ------------------------------------------------------------------------------------ */

static void answer_read(struct rule_test_reading *reading, const struct yaml_node *node,
                        struct rule_test_answer *answer) {
        static const struct yaml_read_key keys[] = {
                {"at", true},      {"as", true},     {"accept", false}, {"decline", false},
                {"arrive", false}, {"close", false}, {"reason", false}};
        const struct yaml_node *rule = NULL, *reason = yaml_get(node, "reason");
        int words = 0;

        *answer = (struct rule_test_answer){.node = node, .at_ms = reading->test->start_ms};
        if (!yaml_read_check_keys(node, "an answer", keys, sizeof(keys) / sizeof(keys[0]), "T001",
                                  reading->diag))
                return;
        rule_test_reading_moment(reading, yaml_get(node, "at"), &answer->at_ms);
        rule_test_reading_recipient(reading, yaml_get(node, "as"), answer->who);
        for (const char *const *word = rehearsal_answers(); *word; word++) {
                const struct yaml_node *found = yaml_get(node, *word);

                if (!found)
                        continue;
                words++;
                rule = found;
                answer->answer = *word;
        }
        if (words != 1) {
                RULE_TEST_ERROR(reading, "T004", node, "as in  { at: 30s, as: T1, accept: sos }",
                                "exactly one of accept, decline, arrive and close");
                return;
        }
        rule_test_reading_rule(reading, rule, answer->rule);
        snprintf(answer->reason, sizeof(answer->reason), "%s",
                 strcmp(answer->answer, "close") == 0 ? "real" : "");
        if (reason)
                rule_test_reading_text(reading, reason, answer->reason, sizeof(answer->reason));
}

int rule_test_answers_read(struct rule_test_reading *reading, const struct yaml_node *list) {
        struct rule_test_case *test = reading->test;

        if (!list || !list->child)
                return 0;
        test->answers = calloc(list->count, sizeof(*test->answers));
        if (!test->answers)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                struct rule_test_answer *answer = &test->answers[test->answer_count];

                answer_read(reading, item, answer);
                if (test->answer_count > 0 && answer->at_ms < answer[-1].at_ms)
                        RULE_TEST_ERROR(reading, "T004", item, NULL,
                                        "answers stand in the order they are given");
                test->answer_count++;
        }
        return 0;
}
