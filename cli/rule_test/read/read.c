/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/read/read.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/rule_test/read/read_expect.h"
#include "cli/rule_test/read/read_input.h"
#include "cli/rule_test/read/read_world.h"
#include "cli/rule_test/read/reading.h"
#include "cli/rule_test/timeline/local_time.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/eval/rule/condition.h"
#include "rules/lang/documents/files.h"
#include "rules/lang/lang.h"

enum {
        RULE_PATHS_MAX = 32,
        LADDERS_SEARCHED = 3, /* folders upward from the rules */
        FILE_BYTES_MAX = 16 * 1024 * 1024,
};

static const char DEFAULT_ZONE[] = "Asia/Shanghai";     /* the default of vigil.yaml */
static const char DEFAULT_START[] = "2026-01-05 08:00"; /* an ordinary Monday */

/* The folder of @path, malloc'd: "a/b" for "a/b/c", ".." for ".", "../.." for "..". Return: NULL when out of
 * memory. */
static char *folder_of(const char *path) {
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        char *ret;

        if (strcmp(name, "..") == 0 || strcmp(path, "/") == 0)
                return asprintf(&ret, "%s/..", path) < 0 ? NULL : ret;
        if (strcmp(path, ".") == 0)
                return strdup("..");
        return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

/* --- rules and ladders of a file ---------------------------------------------------------------- */

static int rules_load(struct rule_test_reading *reading, const struct yaml_node *node,
                      const char *const *paths, size_t count) {
        struct test_file *file = reading->file;
        const struct lang_options options = {
                .paths = paths,
                .path_count = count,
                .time_zone = file->time_zone,
                .now_ms = clock_wall_ms(), /* for overrides; the engine uses the test's clock */
        };

        int r = lang_load(&file->rules, &options, reading->diag, NULL);

        if (r == 0)
                r = lang_files(&file->rule_paths, &options, reading->diag);
        if (r != 0 && r != -ENOMEM) {
                diag_add(reading->diag, DIAG_ERROR, "T010", file->path,
                         node ? node->mark : (struct diag_mark){.line = 0}, NULL,
                         "the rules of these tests cannot be loaded");
                r = TEST_FILE_REFUSED;
        }
        return r;
}

static int rules_read(struct rule_test_reading *reading, const struct yaml_node *root) {
        const struct yaml_node *list = rule_test_reading_list(reading, root, "rules");
        char *paths[RULE_PATHS_MAX];
        size_t count = 0;
        int r;

        for (const struct yaml_node *item = list ? list->child : NULL; item; item = item->next) {
                if (item->type != YAML_TEXT || count == RULE_PATHS_MAX) {
                        RULE_TEST_ERROR(reading, "T011", item, "as in  rules: [ 30-vitals.yaml ]",
                                        "at most %d paths of files or folders are expected here",
                                        RULE_PATHS_MAX);
                        break;
                }
                paths[count++] = rule_test_reading_path_beside(reading->file, item->text);
        }
        if (count == 0)
                paths[count++] = folder_of(reading->file->path);
        for (size_t i = 0; i < count; i++) {
                if (!paths[i])
                        return err_raise(-ENOMEM);
        }
        r = rules_load(reading, list, (const char *const *)paths, count);
        while (count > 0)
                free(paths[--count]);
        return r;
}

/* Search escalation.yaml in the folder of the test file, then one and two folders up: configs/rules/ has its
 * ladders in configs/. */
static int ladders_seek(struct test_file *file) {
        char *folder = folder_of(file->path), *path, *above;

        for (int up = 0; folder && !file->ladders_path && up < LADDERS_SEARCHED; up++) {
                if (asprintf(&path, "%s/escalation.yaml", folder) < 0)
                        path = NULL;
                if (path && access(path, R_OK) == 0)
                        file->ladders_path = path;
                else
                        free(path);
                above = path ? folder_of(folder) : NULL;
                free(folder);
                folder = above;
        }
        if (!folder)
                return err_raise(-ENOMEM);
        free(folder);
        return 0;
}

static int ladders_read(struct rule_test_reading *reading, const struct yaml_node *root) {
        static const char desk_only[] = "version: 1\n"
                                        "desk: desk\n"
                                        "ladders:\n"
                                        "  - id: desk-only\n"
                                        "    arrive_within: 60m\n"
                                        "    steps: [ { page: [desk], answer_within: 60s } ]\n";
        const struct yaml_node *node = yaml_get(root, "ladders");
        struct test_file *file = reading->file;
        char path[PATH_MAX];
        int r = 0;

        if (node && rule_test_reading_text(reading, node, path, sizeof(path))) {
                file->ladders_path = rule_test_reading_path_beside(file, path);
                if (!file->ladders_path)
                        return err_raise(-ENOMEM);
        } else if (!node) {
                r = ladders_seek(file);
                if (r < 0)
                        return r;
        }
        if (file->ladders_path)
                r = ladders_load(&file->ladders, file->ladders_path, reading->diag);
        else
                r = ladders_parse(&file->ladders, "(no escalation.yaml)", desk_only,
                                  strlen(desk_only), reading->diag);
        if (r == -ENOMEM)
                return r;
        return r == 0 ? 0 : TEST_FILE_REFUSED;
}

/* --- one test ----------------------------------------------------------------------------------- */

static const struct yaml_read_key test_keys[] = {
        {"name", true},      {"at", false},     {"elder", false},
        {"registry", false}, {"events", false}, {"changes", false},
        {"answers", false},  {"expect", true},  {"until", false},
};

static void start_read(struct rule_test_reading *reading, const struct yaml_node *root,
                       const struct yaml_node *node) {
        const struct yaml_node *at = yaml_get(node, "at");
        struct rule_test_case *test = reading->test;

        if (!at)
                at = yaml_get(root, "at");
        (void)local_time_read(DEFAULT_START, reading->file->zone, INT64_MIN, &test->start_ms);
        if (!at)
                return;

        int64_t default_ms = test->start_ms;

        test->start_ms = INT64_MIN; /* a start must be a date and a time */
        if (!rule_test_reading_moment(reading, at, &test->start_ms))
                test->start_ms = default_ms;
}

static void name_read(struct rule_test_reading *reading, const struct yaml_node *node) {
        const struct yaml_node *name = yaml_get(node, "name");
        const struct test_file *file = reading->file;

        reading->test->name = name && name->type == YAML_TEXT ? name->text : "";
        if (!name)
                return;
        if (!reading->test->name[0]) {
                RULE_TEST_ERROR(reading, "T009", name, "say in a sentence what it shows",
                                "a test needs a name");
                return;
        }
        for (size_t i = 0; i < file->test_count; i++) {
                if (strcmp(file->tests[i].name, reading->test->name) == 0)
                        RULE_TEST_ERROR(reading, "T009", name, NULL,
                                        "another test has this name (line %d)",
                                        file->tests[i].node->mark.line);
        }
}

static void end_at(struct rule_test_case *test, int64_t time_ms) {
        if (time_ms + RULE_TEST_SECOND_MS > test->end_ms)
                test->end_ms = time_ms + RULE_TEST_SECOND_MS;
}

static bool is_commissioned(const struct rule_test_case *test, const char *device) {
        bool found = registry_device(test->registry, device) != NULL;

        for (size_t i = 0; !found && i < test->change_count; i++)
                found = test->changes[i].type == RULE_TEST_RECORD &&
                        test->changes[i].record_type == REGISTRY_DEVICE &&
                        strcmp(test->changes[i].id, device) == 0;
        return found;
}

/* Report an unknown device id: a misspelt id would become an unlisted device, and the test would test something
 * else. */
static void devices_check(struct rule_test_reading *reading) {
        const struct rule_test_case *test = reading->test;

        for (size_t i = 0; i < test->source_count; i++) {
                const struct rule_test_source *source = &test->sources[i];
                const struct yaml_node *device = yaml_get(source->node, "device");

                if (device && !source->unlisted && device->type == YAML_TEXT &&
                    !is_commissioned(test, device->text))
                        RULE_TEST_ERROR(reading, "T006", device,
                                        "list it under devices, or say  unlisted: true",
                                        "no device has the id \"%s\"", device->text);
        }
}

/* How long after the last event @rule may still raise an alert because of it. The wait of a sequence, often hours,
 * counts only in a test that names the rule, because rules about silence may raise alerts in that time. */
static int64_t rule_waits_ms(const struct rule *rule, bool named) {
        const struct rule_condition *condition = &rule->condition;
        int64_t waits_ms = 0;

        switch (condition->type) {
        case CONDITION_HAPPENING:
                return condition->happening.confirm_ms + condition->happening.hold_ms;
        case CONDITION_MOTION:
                return RULE_MOTION_STILL_MAX_MS + condition->motion.happening.confirm_ms +
                       condition->motion.happening.hold_ms;
        case CONDITION_SEQUENCE:
                for (uint8_t i = 0; named && i < condition->sequence.step_count; i++)
                        waits_ms += condition->sequence.steps[i].within_ms;
                return waits_ms;
        default:
                return 0; /* readings and silence: no longer than the test states */
        }
}

static bool is_named(const struct rule_test_expect *expect, const char *rule_id) {
        bool found = false;

        for (size_t i = 0; !found && i < expect->name_count; i++)
                found = strcmp(expect->names[i], rule_id) == 0;
        return found;
}

/* How long after the last event a test that expects no alert must run: a hold or confirmation begun by that event
 * has to be over, otherwise none could mean not yet. */
static int64_t none_waits_ms(const struct rule_test_case *test,
                             const struct rule_test_expect *expect) {
        const struct rule_set *rules = test->file->rules;
        int64_t longest_ms = 0;

        if (expect->to_ms != INT64_MAX ||
            !(expect->type == RULE_TEST_EXPECT_NONE ||
              (expect->type == RULE_TEST_EXPECT_PAGES && expect->count == 0)))
                return 0;
        for (uint32_t i = 0; i < rule_set_count(rules); i++) {
                const struct rule *rule = rule_set_rule(rules, i);
                bool named = is_named(expect, rule->id);
                bool asked = named || expect->any || expect->type == RULE_TEST_EXPECT_PAGES;
                int64_t waits_ms = asked ? rule_waits_ms(rule, named) : 0;

                if (waits_ms > longest_ms)
                        longest_ms = waits_ms;
        }
        return longest_ms;
}

/* Find the end of a test: one second after the last time it mentions; if it expects no alert, after everything that
 * its events may still cause. */
static void end_find(struct rule_test_reading *reading, const struct yaml_node *until) {
        struct rule_test_case *test = reading->test;
        int64_t until_ms;

        test->end_ms = test->start_ms;
        if (until && rule_test_reading_moment(reading, until, &until_ms))
                end_at(test, until_ms);
        for (size_t i = 0; i < test->source_count; i++) {
                const struct rule_test_source *source = &test->sources[i];
                int64_t last_ms = source->at_ms + (int64_t)(source->count - 1) * source->every_ms +
                                  source->late_ms;

                end_at(test, source->arrives_ms ? source->arrives_ms : last_ms);
        }
        for (size_t i = 0; i < test->change_count; i++)
                end_at(test, test->changes[i].at_ms + test->changes[i].down_ms);
        for (size_t i = 0; i < test->answer_count; i++)
                end_at(test, test->answers[i].at_ms);
        for (size_t i = 0; i < test->expect_count; i++) {
                if (test->expects[i].to_ms != INT64_MAX)
                        end_at(test, test->expects[i].to_ms);
                else if (test->expects[i].from_ms != INT64_MIN)
                        end_at(test, test->expects[i].from_ms);
        }

        int64_t longest_ms = 0;

        for (size_t i = 0; test->file->rules && i < test->expect_count; i++) {
                int64_t waits_ms = none_waits_ms(test, &test->expects[i]);

                if (waits_ms > longest_ms)
                        longest_ms = waits_ms;
        }
        test->end_ms += longest_ms;
}

static int test_read(struct rule_test_reading *reading, const struct yaml_node *root,
                     const struct yaml_node *node) {
        int r;

        yaml_read_check_keys(node, "a test", test_keys, sizeof(test_keys) / sizeof(test_keys[0]),
                             "T001", reading->diag);
        if (node->type != YAML_MAP)
                return 0;
        reading->test->node = node;
        reading->test->file = reading->file;
        name_read(reading, node);
        start_read(reading, root, node);
        r = rule_test_world_read(reading, root, node);
        if (r == 0)
                r = rule_test_events_read(reading, rule_test_reading_list(reading, node, "events"));
        if (r == 0)
                r = rule_test_changes_read(reading,
                                           rule_test_reading_list(reading, node, "changes"));
        if (r == 0)
                r = rule_test_answers_read(reading,
                                           rule_test_reading_list(reading, node, "answers"));
        if (r == 0)
                r = rule_test_expects_read(reading,
                                           rule_test_reading_list(reading, node, "expect"));
        if (r != 0)
                return r;
        devices_check(reading);
        end_find(reading, yaml_get(node, "until"));
        return 0;
}

/* --- the file ----------------------------------------------------------------------------------- */

static const struct yaml_read_key file_keys[] = {
        {"version", false}, {"rules", false}, {"ladders", false},  {"time_zone", false},
        {"at", false},      {"elder", false}, {"registry", false}, {"tests", true},
};

static int head_read(struct rule_test_reading *reading, const struct yaml_node *root) {
        const struct yaml_node *version = yaml_get(root, "version");
        const struct yaml_node *zone = yaml_get(root, "time_zone");
        struct test_file *file = reading->file;
        int r;

        yaml_read_check_keys(root, "a test file", file_keys,
                             sizeof(file_keys) / sizeof(file_keys[0]), "T001", reading->diag);
        if (version && (version->type != YAML_TEXT || strcmp(version->text, "1") != 0))
                RULE_TEST_ERROR(reading, "R013", version, "write  version: 1",
                                "only version 1 of test files is known here");
        file->time_zone = strdup(zone && zone->type == YAML_TEXT ? zone->text : DEFAULT_ZONE);
        if (!file->time_zone)
                return err_raise(-ENOMEM);
        r = zone_open(&file->zone, file->time_zone);
        if (r < 0 && r != -ENOMEM) {
                diag_add(reading->diag, DIAG_ERROR, "T008", file->path,
                         zone ? zone->mark : (struct diag_mark){.line = 0},
                         "a name of the time zone database, as in Asia/Shanghai",
                         "the time zone \"%s\" cannot be read", file->time_zone);
                return TEST_FILE_REFUSED;
        }
        return r;
}

static int tests_read(struct rule_test_reading *reading, const struct yaml_node *root) {
        const struct yaml_node *list = rule_test_reading_list(reading, root, "tests");
        struct test_file *file = reading->file;
        int r = 0;

        if (!list || !list->child) {
                if (yaml_get(root, "tests"))
                        RULE_TEST_ERROR(reading, "T009", yaml_get(root, "tests"), NULL,
                                        "there is not a single test here");
                return 0;
        }
        file->tests = calloc(list->count, sizeof(*file->tests));
        if (!file->tests)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; r == 0 && item; item = item->next) {
                reading->test = &file->tests[file->test_count];
                r = test_read(reading, root, item);
                file->test_count++;
        }
        return r;
}

static int text_load(struct test_file *file, struct diag *diag) {
        FILE *stream = fopen(file->path, "re");
        const char *why = stream ? NULL : err_text(errno);
        FILE *text = open_memstream(&file->text, &file->text_bytes);
        char part[4096];
        size_t bytes;
        bool full;

        while (stream && text && (bytes = fread(part, 1, sizeof(part), stream)) > 0 &&
               (size_t)ftell(text) <= FILE_BYTES_MAX)
                fwrite(part, 1, bytes, text);
        if (stream && ferror(stream))
                why = err_text(errno);
        full = text && fclose(text) == 0;
        if (stream)
                fclose(stream);
        if (!full)
                return err_raise(-ENOMEM);
        if (!why && file->text_bytes > FILE_BYTES_MAX)
                why = N_("it is too large");
        if (why)
                diag_add(diag, DIAG_ERROR, "R008", file->path, (struct diag_mark){.line = 0}, NULL,
                         "cannot read this file: %s", diag_word(diag, why));
        return why ? TEST_FILE_REFUSED : 0;
}

static int text_parse(struct test_file *file, struct diag *diag) {
        struct rule_test_reading reading = {.file = file, .diag = diag};
        const struct yaml_node *root;
        int errors = diag_errors(diag);
        int r = yaml_parse(&file->doc, file->path, file->text, file->text_bytes, diag);

        if (r != 0)
                return r;
        root = yaml_root(file->doc);
        if (!root || root->type != YAML_MAP) {
                diag_add(diag, DIAG_ERROR, "T009", file->path, (struct diag_mark){.line = 0},
                         "see docs/rule-tests.md", "there is not a single test here");
                return TEST_FILE_REFUSED;
        }
        r = head_read(&reading, root);
        if (r == 0)
                r = rules_read(&reading, root);
        if (r == 0)
                r = ladders_read(&reading, root);
        if (r == 0)
                r = tests_read(&reading, root);
        return r == 0 && diag_errors(diag) > errors ? TEST_FILE_REFUSED : r;
}

int rule_test_read_text(struct test_file *file, const char *path, const char *text,
                        size_t text_bytes, struct diag *diag) {
        file->path = strdup(path);
        file->text = malloc(text_bytes + 1);
        if (!file->path || !file->text)
                return err_raise(-ENOMEM);
        memcpy(file->text, text, text_bytes);
        file->text[text_bytes] = '\0';
        file->text_bytes = text_bytes;
        return text_parse(file, diag);
}

int rule_test_read(struct test_file *file, const char *path, struct diag *diag) {
        int r;

        file->path = strdup(path);
        if (!file->path)
                return err_raise(-ENOMEM);
        r = text_load(file, diag);
        return r == 0 ? text_parse(file, diag) : r;
}
