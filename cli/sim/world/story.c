/* SPDX-License-Identifier: MIT */
#include "cli/sim/world/story.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/err.h"
#include "common/files/yaml.h"
#include "common/files/yaml_read.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
        AT_MAX_MS = 3600000,
        AGE_MAX_MS = 7 * 24 * 3600000,
        OVERRIDE_DAYS = 30,
};

static const char *const roles[] = {"family", "team", "desk", NULL};
static const char *const doings[] = {"accept", "decline", "ignore", NULL};

struct reading {
        struct stories *stories;
        const struct neighbourhood *hood;
        struct diag *diag;
};

static void complain(struct reading *reading, const struct yaml_node *node, const char *code,
                     const char *help, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

static void complain(struct reading *reading, const struct yaml_node *node, const char *code,
                     const char *help, const char *format, ...) {
        char text[256];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), diag_word(reading->diag, format), args);
        va_end(args);
        diag_add(reading->diag, DIAG_ERROR, code, node->file, node->mark, help, "%s", text);
}

/* --- small pieces --------------------------------------------------------------------------------- */

/* Missing nodes have been reported by yaml_read_check_keys(). */
static void text_read(struct reading *reading, const struct yaml_node *node, char *ret,
                      size_t ret_bytes) {
        if (!node)
                return;
        if (node->type != YAML_TEXT || !node->text[0] || strlen(node->text) >= ret_bytes) {
                complain(reading, node, "S010", NULL,
                         "expected a text, not empty and not too long");
                return;
        }
        memcpy(ret, node->text, strlen(node->text) + 1);
}

static void words_read(struct reading *reading, const struct yaml_node *node, const char *what,
                       char *ret_zh, char *ret_en) {
        static const struct yaml_read_key keys[] = {{"zh", true}, {"en", true}};

        if (!node || !yaml_read_check_keys(node, what, keys, COUNT(keys), "S001", reading->diag))
                return;
        text_read(reading, yaml_get(node, "zh"), ret_zh, STORY_TEXT_BYTES);
        text_read(reading, yaml_get(node, "en"), ret_en, STORY_TEXT_BYTES);
}

static void duration_read(struct reading *reading, const struct yaml_node *node, int64_t max_ms,
                          int64_t *ret) {
        if (node)
                yaml_read_duration_ms(node, 0, max_ms, ret, "S011", reading->diag);
}

static void flag_read(struct reading *reading, const struct yaml_node *node, bool *ret) {
        if (node)
                yaml_read_bool(node, ret, "S012", reading->diag);
}

/* "team" or [ family, team ] -> bits; "none" -> 0. */
static bool roles_read(struct reading *reading, const struct yaml_node *node, int *ret) {
        int bits = 0;
        int role;

        if (node->type == YAML_TEXT && strcmp(node->text, "none") == 0) {
                *ret = 0;
                return true;
        }
        if (node->type == YAML_TEXT) {
                if (!yaml_read_word(node, roles, &role, "S013", reading->diag))
                        return false;
                *ret = 1 << role;
                return true;
        }
        for (const struct yaml_node *item = node->type == YAML_LIST ? node->child : NULL; item;
             item = item->next) {
                if (!yaml_read_word(item, roles, &role, "S013", reading->diag))
                        return false;
                bits |= 1 << role;
        }
        if (!bits) {
                complain(reading, node, "S013", "page: [ family, team ], or page: none",
                         "missing: who must be paged");
                return false;
        }
        *ret = bits;
        return true;
}

/* --- a step ---------------------------------------------------------------------------------------------- */

static void device_read(struct reading *reading, const struct yaml_node *node,
                        const struct story *story, char *ret) {
        const struct registry_device *device;

        if (!node)
                return;
        device = node->type == YAML_TEXT ? neighbourhood_device(reading->hood, node->text) : NULL;
        if (!device || strcmp(device->elder_id, story->elder_id) != 0) {
                complain(reading, node, "S020",
                         "vigil sim --registry DIR writes who has which device",
                         "the story's elder has no device \"%s\"",
                         node->type == YAML_TEXT ? node->text : "…");
                return;
        }
        memcpy(ret, device->id, sizeof(device->id));
}

static void kind_read(struct reading *reading, const struct yaml_node *node,
                      struct story_step *step) {
        const char *names[96];
        size_t count = 0;
        const char *nearest;

        if (node->type == YAML_TEXT)
                step->kind = event_kind_by_name(node->text, strlen(node->text));
        if (step->kind)
                return;
        for (; count < COUNT(names) - 1 && event_kind_at(count); count++)
                names[count] = event_kind_at(count)->name;
        names[count] = NULL;
        nearest = node->type == YAML_TEXT ? diag_nearest(node->text, names) : NULL;
        complain(reading, node, "S021", nearest, "\"%s\" is not a kind of event",
                 node->type == YAML_TEXT ? node->text : "…");
}

static void values_read(struct reading *reading, const struct yaml_node *node,
                        struct story_step *step) {
        double low = step->kind ? step->kind->possible_min : -1e9;
        double high = step->kind ? step->kind->possible_max : 1e9;

        for (const struct yaml_node *item = node->child; item; item = item->next) {
                if (step->value_count == STORY_VALUES_MAX) {
                        complain(reading, item, "S022", NULL, "too many values");
                        return;
                }
                if (!yaml_read_number(item, low, high, &step->values[step->value_count], "S022",
                                      reading->diag))
                        return;
                step->value_count++;
        }
        if (step->value_count == 0)
                complain(reading, node, "S022", "values: [ 124, 126, 128 ]",
                         "expected a list of numbers");
}

static void step_read(struct reading *reading, const struct yaml_node *node, struct story *story) {
        static const struct yaml_read_key keys[] = {
                {"at", true},        {"device", false},   {"kind", false},       {"value", false},
                {"values", false},   {"every", false},    {"confidence", false}, {"age", false},
                {"buffered", false}, {"retained", false}, {"drill", false},      {"hush", false},
                {"resume", false},
        };
        struct story_step *step;
        const struct yaml_node *value = yaml_get(node, "value"), *values = yaml_get(node, "values");
        const struct yaml_node *kind = yaml_get(node, "kind");

        if (!yaml_read_check_keys(node, "a step", keys, COUNT(keys), "S001", reading->diag))
                return;
        if (story->step_count == STORY_STEPS_MAX) {
                complain(reading, node, "S023", NULL, "too many steps");
                return;
        }
        step = &story->steps[story->step_count++];
        *step = (struct story_step){.confidence = -1, .every_ms = 1000};
        duration_read(reading, yaml_get(node, "at"), AT_MAX_MS, &step->at_ms);
        if (yaml_get(node, "hush") || yaml_get(node, "resume")) {
                step->what = yaml_get(node, "hush") ? STORY_STEP_HUSH : STORY_STEP_RESUME;
                const struct yaml_node *whom =
                        yaml_get(node, step->what == STORY_STEP_HUSH ? "hush" : "resume");

                /* "all": every device of the elder, except heartbeats. */
                if (whom->type != YAML_TEXT || strcmp(whom->text, "all") != 0)
                        device_read(reading, whom, story, step->device);
                return;
        }
        if (!kind || !yaml_get(node, "device")) {
                complain(reading, node, "S024", "{ at: 0s, device: sos-0001, kind: sos }",
                         "a step says device and kind, or hush, or resume");
                return;
        }
        device_read(reading, yaml_get(node, "device"), story, step->device);
        kind_read(reading, kind, step);
        step->values[0] = 1;
        if (values)
                values_read(reading, values, step);
        else if (value)
                yaml_read_number(value, -1e9, 1e9, &step->values[0], "S022", reading->diag);
        if (!values)
                step->value_count = 1;
        if (yaml_get(node, "confidence"))
                yaml_read_number(yaml_get(node, "confidence"), 0, 1, &step->confidence, "S025",
                                 reading->diag);
        duration_read(reading, yaml_get(node, "every"), AT_MAX_MS, &step->every_ms);
        duration_read(reading, yaml_get(node, "age"), AGE_MAX_MS, &step->age_ms);
        flag_read(reading, yaml_get(node, "buffered"), &step->buffered);
        flag_read(reading, yaml_get(node, "retained"), &step->retained);
        flag_read(reading, yaml_get(node, "drill"), &step->drill);
}

/* --- people and expectations ------------------------------------------------------------------------------ */

static void person_read(struct reading *reading, const struct yaml_node *node,
                        struct story *story) {
        static const struct yaml_read_key keys[] = {
                {"who", true}, {"nth", false}, {"do", true}, {"after", false}};
        struct story_person *person;
        int64_t nth = 0;
        int role = 0, what = 0;

        if (!yaml_read_check_keys(node, "a person", keys, COUNT(keys), "S001", reading->diag))
                return;
        if (story->people_count == STORY_PEOPLE_MAX) {
                complain(reading, node, "S030", NULL, "too many people");
                return;
        }
        person = &story->people[story->people_count++];
        *person = (struct story_person){.after_ms = 1000};
        if (yaml_read_word(yaml_get(node, "who"), roles, &role, "S013", reading->diag))
                person->who = 1 << role;
        if (yaml_get(node, "nth") &&
            yaml_read_integer(yaml_get(node, "nth"), 1, 9, &nth, "S031", reading->diag))
                person->nth = (int)nth;
        if (yaml_read_word(yaml_get(node, "do"), doings, &what, "S032", reading->diag))
                person->what = (enum story_do)what;
        duration_read(reading, yaml_get(node, "after"), AT_MAX_MS, &person->after_ms);
}

static void expect_read(struct reading *reading, const struct yaml_node *node,
                        struct story *story) {
        static const struct yaml_read_key keys[] = {{"rule", true},
                                                    {"page", true},
                                                    {"from", false},
                                                    {"by", false},
                                                    {"accepted_by", false}};
        struct story_expect *expect;

        if (!yaml_read_check_keys(node, "an expectation", keys, COUNT(keys), "S001", reading->diag))
                return;
        if (story->expect_count == STORY_EXPECT_MAX) {
                complain(reading, node, "S040", NULL, "too many expectations");
                return;
        }
        expect = &story->expect[story->expect_count++];
        *expect = (struct story_expect){.by_ms = 5000};
        text_read(reading, yaml_get(node, "rule"), expect->rule, sizeof(expect->rule));
        roles_read(reading, yaml_get(node, "page"), &expect->page);
        if (yaml_get(node, "accepted_by"))
                roles_read(reading, yaml_get(node, "accepted_by"), &expect->accepted_by);
        duration_read(reading, yaml_get(node, "from"), AT_MAX_MS, &expect->from_ms);
        duration_read(reading, yaml_get(node, "by"), AT_MAX_MS, &expect->by_ms);
        if (expect->by_ms <= expect->from_ms && !diag_errors(reading->diag))
                complain(reading, yaml_get(node, "by") ? yaml_get(node, "by") : node, "S041", NULL,
                         "by must be later than from");
}

/* --- a story -------------------------------------------------------------------------------------------------- */

static void elder_read(struct reading *reading, const struct yaml_node *node, char *ret_id,
                       int *ret_index) {
        int index;

        if (!node)
                return;
        index = node->type == YAML_TEXT ? neighbourhood_elder_index(reading->hood, node->text) : -1;
        if (index < 0) {
                complain(reading, node, "S002", NULL, "there is no elder \"%s\"",
                         node->type == YAML_TEXT ? node->text : "…");
                return;
        }
        memcpy(ret_id, reading->hood->elders[index].id, EVENT_ELDER_ID_BYTES);
        if (ret_index)
                *ret_index = index;
}

static void list_read(struct reading *reading, const struct yaml_node *list, struct story *story,
                      void (*read)(struct reading *reading, const struct yaml_node *node,
                                   struct story *story)) {
        if (!list)
                return;
        if (list->type != YAML_LIST) {
                complain(reading, list, "S003", NULL, "expected a list");
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next)
                read(reading, item, story);
}

static void story_read(struct reading *reading, const struct yaml_node *node) {
        static const struct yaml_read_key keys[] = {
                {"id", true}, {"title", true}, {"shows", true},   {"elder", true},
                {"at", true}, {"steps", true}, {"people", false}, {"expect", true}};
        struct story *story = &reading->stories->rows[reading->stories->count];

        if (!yaml_read_check_keys(node, "a story", keys, COUNT(keys), "S001", reading->diag))
                return;
        reading->stories->count++;
        text_read(reading, yaml_get(node, "id"), story->id, sizeof(story->id));
        words_read(reading, yaml_get(node, "title"), "a title", story->title_zh, story->title_en);
        text_read(reading, yaml_get(node, "shows"), story->shows, sizeof(story->shows));
        elder_read(reading, yaml_get(node, "elder"), story->elder_id, &story->elder);
        duration_read(reading, yaml_get(node, "at"), AT_MAX_MS, &story->at_ms);
        if (!story->elder_id[0])
                return; /* avoid an error for every device as well */
        list_read(reading, yaml_get(node, "steps"), story, step_read);
        list_read(reading, yaml_get(node, "people"), story, person_read);
        list_read(reading, yaml_get(node, "expect"), story, expect_read);
        for (size_t i = 0; i + 1 < reading->stories->count; i++)
                if (strcmp(reading->stories->rows[i].id, story->id) == 0)
                        complain(reading, yaml_get(node, "id"), "S004", NULL,
                                 "there is another story \"%s\"", story->id);
}

/* Copy set: unchecked; the rule reader knows its keys. */
static void set_read(struct reading *reading, const struct yaml_node *node, char *ret) {
        size_t used = 0;

        if (!node)
                return;
        if (node->type != YAML_MAP || !node->child) {
                complain(reading, node, "S050", "set: { longer_than: 15s }", "set is a map");
                return;
        }
        for (const struct yaml_node *pair = node->child; pair; pair = pair->next) {
                int written;

                if (pair->type != YAML_TEXT) {
                        complain(reading, pair, "S050", NULL, "\"%s\" must be one word or number",
                                 pair->key);
                        return;
                }
                written = snprintf(ret + used, STORY_OVERRIDE_SET_BYTES - used, "%s%s: %s",
                                   used ? ", " : "", pair->key, pair->text);
                used += (size_t)written;
                if (used >= STORY_OVERRIDE_SET_BYTES) {
                        complain(reading, node, "S050", NULL, "set is too long");
                        return;
                }
        }
}

static void override_read(struct reading *reading, const struct yaml_node *node) {
        static const struct yaml_read_key keys[] = {
                {"elder", true}, {"rule", true}, {"set", true}, {"stands_for", true}};
        struct story_override *override =
                &reading->stories->overrides[reading->stories->override_count];

        if (!yaml_read_check_keys(node, "an override", keys, COUNT(keys), "S001", reading->diag))
                return;
        reading->stories->override_count++;
        elder_read(reading, yaml_get(node, "elder"), override->elder_id, NULL);
        text_read(reading, yaml_get(node, "rule"), override->rule, sizeof(override->rule));
        set_read(reading, yaml_get(node, "set"), override->set);
        words_read(reading, yaml_get(node, "stands_for"), "stands_for", override->stands_for_zh,
                   override->stands_for_en);
}

/* --- the file --------------------------------------------------------------------------------------------------- */

static int root_read(struct reading *reading, const struct yaml_node *root, const char *file) {
        static const struct yaml_read_key keys[] = {
                {"version", true}, {"overrides", false}, {"stories", true}};
        const struct yaml_node *overrides, *stories;
        int64_t version;

        if (!root) {
                diag_add(reading->diag, DIAG_ERROR, "S000", file, (struct diag_mark){0}, NULL,
                         "the file is empty");
                return 0;
        }
        if (!yaml_read_check_keys(root, "a file of stories", keys, COUNT(keys), "S001",
                                  reading->diag))
                return 0;
        yaml_read_integer(yaml_get(root, "version"), 1, 1, &version, "S005", reading->diag);
        overrides = yaml_get(root, "overrides");
        stories = yaml_get(root, "stories");
        reading->stories->rows = calloc(stories->count + 1, sizeof(struct story));
        reading->stories->overrides =
                calloc(overrides ? overrides->count + 1 : 1, sizeof(struct story_override));
        if (!reading->stories->rows || !reading->stories->overrides)
                return err_raise(-ENOMEM);
        if (stories->type != YAML_LIST)
                complain(reading, stories, "S003", NULL, "expected a list");
        else
                for (const struct yaml_node *node = stories->child; node; node = node->next)
                        story_read(reading, node);
        if (overrides && overrides->type != YAML_LIST)
                complain(reading, overrides, "S003", NULL, "expected a list");
        else if (overrides)
                for (const struct yaml_node *node = overrides->child; node; node = node->next)
                        override_read(reading, node);
        return 0;
}

static int doc_read(struct stories **ret, struct yaml_doc *doc, const char *file,
                    const struct neighbourhood *hood, struct diag *diag) {
        struct reading reading = {.hood = hood, .diag = diag};
        int r;

        reading.stories = calloc(1, sizeof(*reading.stories));
        if (!reading.stories)
                return err_raise(-ENOMEM);
        r = root_read(&reading, yaml_root(doc), file);
        if (r == 0 && diag_errors(diag))
                r = STORY_REFUSED;
        if (r != 0) {
                stories_free(reading.stories);
                return r;
        }
        *ret = reading.stories;
        return 0;
}

int story_parse(struct stories **ret, const char *file, const char *text, size_t text_bytes,
                const struct neighbourhood *hood, struct diag *diag) {
        struct yaml_doc *doc = NULL;
        int r = yaml_parse(&doc, file, text, text_bytes, diag);

        if (r == 0)
                r = doc_read(ret, doc, file, hood, diag);
        yaml_doc_free(doc);
        return r;
}

int story_load(struct stories **ret, const char *path, const struct neighbourhood *hood,
               struct diag *diag) {
        struct yaml_doc *doc = NULL;
        int r = yaml_load(&doc, path, diag);

        if (r == 0)
                r = doc_read(ret, doc, path, hood, diag);
        yaml_doc_free(doc);
        return r;
}

struct stories *stories_free(struct stories *stories) {
        if (!stories)
                return NULL;
        free(stories->rows);
        free(stories->overrides);
        free(stories);
        return NULL;
}

int64_t story_end_ms(const struct story *story) {
        int64_t end = 0;

        for (int i = 0; i < story->expect_count; i++)
                if (story->expect[i].by_ms > end)
                        end = story->expect[i].by_ms;
        return story->at_ms + end;
}

/* --- overrides ---------------------------------------------------------------------------------------------------- */

int story_write_overrides(const struct stories *stories, const char *dir, int64_t now_time_ms) {
        char path[PATH_MAX], until[16];
        time_t seconds = (time_t)(now_time_ms / 1000) + OVERRIDE_DAYS * 86400;
        struct tm tm;
        bool broken;
        FILE *file;

        if (mkdir(dir, 0777) < 0 && errno != EEXIST)
                return err_raise_why(-errno, "cannot make the folder %s", dir);
        snprintf(path, sizeof(path), "%s/stories.yaml", dir);
        file = fopen(path, "we");
        if (!file)
                return err_raise_why(-errno, "cannot write %s", path);
        gmtime_r(&seconds, &tm);
        strftime(until, sizeof(until), "%Y-%m-%d", &tm);
        fputs("# Written by vigil sim: time in the demo's stories is pressed together by these "
              "elders'\n"
              "# own limits, the product's own means. There is no fake clock.\n"
              "version: 1\noverrides:\n",
              file);
        for (size_t i = 0; i < stories->override_count; i++) {
                const struct story_override *override = &stories->overrides[i];

                fprintf(file,
                        "  - elder: %s\n    rule: %s\n    set: { %s }\n    reason: \"%s\"\n"
                        "    until: %s\n",
                        override->elder_id, override->rule, override->set, override->stands_for_zh,
                        until);
        }
        broken = ferror(file) != 0;
        broken |= fclose(file) != 0;
        return broken ? err_raise_why(-EIO, "cannot write %s", path) : 0;
}
