/* SPDX-License-Identifier: MIT
 *
 * Diagnostics: P001 shape, P002 unknown key, P003 version, P004 topic pattern, P005 kind,
 * P006 value or number, P007 a reading without meaning, P008 outside the kind's possible
 * range, P009 a name twice, P010 unit.
 */
#include "ingest/decode/profile.h"

#include <dirent.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "ingest/decode/topic.h"

/* Source units in profiles and their conversion to the unit of the kind (UCUM codes). */
static const struct unit {
        const char *from;
        const char *to;
        double scale;
        double offset;
} units[] = {
        {"[degF]", "Cel", 5.0 / 9.0, -160.0 / 9.0},
        {"K", "Cel", 1, -273.15},
        {"mg/dL", "mmol/L", 1 / 18.016, 0}, /* blood glucose */
        {"[lb_av]", "kg", 0.45359237, 0},
        {"g", "kg", 0.001, 0},
        {"kPa", "mm[Hg]", 7.50061683, 0},
        {"Hz", "/min", 60, 0},
        {"1", "%", 100, 0},
};

#define PROFILE_ERROR(node, code, help, ...)                                                       \
        diag_add(diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)

static struct profile *profile_free(struct profile *profile) {
        if (!profile)
                return NULL;
        for (size_t t = 0; t < profile->topic_count; t++) {
                struct profile_topic *topic = &profile->topics[t];

                for (size_t i = 0; i < topic->reading_count; i++) {
                        struct profile_reading *reading = &topic->readings[i];

                        for (size_t c = 0; c < reading->case_count; c++) {
                                free(reading->cases[c].values);
                                free(reading->cases[c].classes);
                        }
                        free(reading->cases);
                }
                free(topic->readings);
        }
        free(profile->topics);
        free(profile->subscribe);
        yaml_doc_free(profile->doc);
        free(profile);
        return NULL;
}

/* Allocate an item for each child of a list, or one if @node is a single text. Return: NULL if out of memory. */
static void *room_for(const struct yaml_node *node, size_t item_bytes) {
        size_t count = node->type == YAML_LIST ? node->count : 1;

        return calloc(count ? count : 1, item_bytes);
}

/* For iterating over "a" and "[a, b]" in the same way. */
static const struct yaml_node *first_of(const struct yaml_node *node) {
        return node->type == YAML_LIST ? node->child : node;
}

static const struct yaml_node *next_of(const struct yaml_node *list, const struct yaml_node *item) {
        return list->type == YAML_LIST ? item->next : NULL;
}

static const char *text_of(const struct yaml_node *node, const char *what, struct diag *diag) {
        if (!node)
                return NULL;
        if (node->type == YAML_TEXT && node->text[0])
                return node->text;
        PROFILE_ERROR(node, "P001", NULL, "%s must be a text", what);
        return NULL;
}

static int texts_of(const struct yaml_node *node, const char *what, const char ***ret,
                    size_t *ret_count, struct diag *diag) {
        if (!node)
                return 0;
        if (node->type == YAML_MAP) {
                PROFILE_ERROR(node, "P001", NULL, "%s must be a text or a list of texts", what);
                return 0;
        }

        *ret = room_for(node, sizeof(**ret));
        if (!*ret)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = first_of(node); item; item = next_of(node, item)) {
                const char *text = text_of(item, what, diag);

                if (text)
                        (*ret)[(*ret_count)++] = text;
        }
        return 0;
}

static const struct event_kind_info *kind_of(const struct yaml_node *node, struct diag *diag) {
        const char *text = text_of(node, "kind", diag);
        const char *names[KIND_LIMIT + 1];
        size_t count = 0;

        if (!text)
                return NULL;

        const struct event_kind_info *info = event_kind_by_name(text, strlen(text));

        if (info && (info->shape == KIND_SHAPE_WAVEFORM || info->kind == KIND_LOCATION)) {
                PROFILE_ERROR(node, "P005", "send it in the native form (docs/wire/mqtt.md)",
                              "a profile cannot make \"%s\": it is more than one number", text);
                return NULL;
        }
        if (info)
                return info;

        while ((info = event_kind_at(count)))
                names[count++] = info->name;
        names[count] = NULL;

        const char *near = diag_nearest(text, names);

        if (near)
                diag_hint(diag, "did you mean \"%s\"?", near);
        PROFILE_ERROR(node, "P005", NULL, "no kind is called \"%s\"", text);
        return NULL;
}

static void check_possible(const struct yaml_node *node, const struct event_kind_info *info,
                           double value, struct diag *diag) {
        if (info && (value < info->possible_min || value > info->possible_max))
                PROFILE_ERROR(node, "P008", NULL, "%g is outside the possible range %g to %g of %s",
                              value, info->possible_min, info->possible_max, info->name);
}

static struct profile_value value_of(const struct yaml_node *node) {
        struct profile_value value = {.type = PROFILE_TEXT, .text = node->text};
        char *end;

        if (node->quoted)
                return value;
        if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
                value.type = PROFILE_TRUTH;
                value.truth = node->text[0] == 't';
                return value;
        }

        double number = strtod(node->text, &end);

        if (end != node->text && *end == '\0' && isfinite(number)) {
                value.type = PROFILE_NUMBER;
                value.number = number;
        }
        return value;
}

static int values_of(const struct yaml_node *node, struct profile_case *row, struct diag *diag) {
        if (!node)
                return 0;
        if (node->type == YAML_MAP) {
                PROFILE_ERROR(node, "P001", NULL, "is must be a value or a list of values");
                return 0;
        }

        row->values = room_for(node, sizeof(*row->values));
        if (!row->values)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = first_of(node); item; item = next_of(node, item)) {
                if (item->type != YAML_TEXT)
                        PROFILE_ERROR(item, "P006", NULL,
                                      "a value is true, false, a number or a text");
                else
                        row->values[row->value_count++] = value_of(item);
        }
        return 0;
}

static int read_case(const struct yaml_node *node, struct profile_case *ret, struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"is", false},    {"class", false},      {"kind", true},
                {"value", false}, {"confidence", false},
        };
        const struct yaml_node *kind;
        double confidence = 1;
        int r;

        *ret = (struct profile_case){.value = 1};
        if (!yaml_read_check_keys(node, "a case", keys, sizeof(keys) / sizeof(keys[0]), "P002",
                                  diag))
                return 0;
        r = values_of(yaml_get(node, "is"), ret, diag);
        if (r < 0)
                return err_trace(r);
        r = texts_of(yaml_get(node, "class"), "class", &ret->classes, &ret->class_count, diag);
        if (r < 0)
                return err_trace(r);

        kind = yaml_get(node, "kind");
        if (kind->type != YAML_TEXT || strcmp(kind->text, "none") != 0)
                ret->info = kind_of(kind, diag);
        if (yaml_get(node, "value"))
                yaml_read_number(yaml_get(node, "value"), -DBL_MAX, DBL_MAX, &ret->value, "P006",
                                 diag);
        check_possible(node, ret->info, ret->value, diag);
        if (yaml_get(node, "confidence"))
                yaml_read_number(yaml_get(node, "confidence"), 0, 1, &confidence, "P006", diag);
        ret->confidence_pct = (int)lround(confidence * 100);
        return 0;
}

static int read_cases(const struct yaml_node *node, struct profile_reading *reading,
                      struct diag *diag) {
        if (node->type != YAML_LIST || node->count == 0) {
                PROFILE_ERROR(node, "P001", NULL, "cases must be a list of at least one case");
                return 0;
        }

        reading->cases = room_for(node, sizeof(*reading->cases));
        if (!reading->cases)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = node->child; item; item = item->next) {
                int r = read_case(item, &reading->cases[reading->case_count++], diag);

                if (r < 0)
                        return err_trace(r);
        }
        return 0;
}

static void read_unit(const struct yaml_node *node, struct profile_reading *reading,
                      struct diag *diag) {
        const char *unit = text_of(node, "unit", diag);

        if (!unit || !reading->info || strcmp(unit, reading->info->unit) == 0)
                return;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(units[i].from, unit) == 0 &&
                    strcmp(units[i].to, reading->info->unit) == 0) {
                        /* Apply the scale of the file first, then the unit: f(x) = (x*s + o)*S + O. */
                        reading->scale *= units[i].scale;
                        reading->offset = reading->offset * units[i].scale + units[i].offset;
                        return;
                }
        }
        PROFILE_ERROR(node, "P010", "write scale: and offset: instead",
                      "%s cannot be made from \"%s\", it is in %s", reading->info->name, unit,
                      reading->info->unit);
}

static int read_reading(const struct yaml_node *node, struct profile_reading *ret,
                        struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"field", true}, {"kind", false},  {"scale", false},     {"offset", false},
                {"unit", false}, {"cases", false}, {"otherwise", false},
        };
        static const char *const answers[] = {"ignore", "quarantine", NULL};
        int answer = 1;

        *ret = (struct profile_reading){.scale = 1};
        if (!yaml_read_check_keys(node, "a reading", keys, sizeof(keys) / sizeof(keys[0]), "P002",
                                  diag))
                return 0;
        ret->field = text_of(yaml_get(node, "field"), "field", diag);

        const struct yaml_node *cases = yaml_get(node, "cases");
        const struct yaml_node *kind = yaml_get(node, "kind");

        if (!cases == !kind) {
                PROFILE_ERROR(node, "P007", "kind: for a number, cases: for words",
                              "a reading has either kind or cases");
                return 0;
        }
        if (yaml_get(node, "otherwise"))
                yaml_read_word(yaml_get(node, "otherwise"), answers, &answer, "P006", diag);
        ret->quarantine_unknown = answer == 1;
        if (cases) {
                if (yaml_get(node, "scale") || yaml_get(node, "offset") || yaml_get(node, "unit"))
                        PROFILE_ERROR(node, "P007", NULL,
                                      "scale, offset and unit go with kind, not with cases");
                return read_cases(cases, ret, diag);
        }

        ret->info = kind_of(kind, diag);
        if (yaml_get(node, "scale"))
                yaml_read_number(yaml_get(node, "scale"), -1e12, 1e12, &ret->scale, "P006", diag);
        if (yaml_get(node, "offset"))
                yaml_read_number(yaml_get(node, "offset"), -1e12, 1e12, &ret->offset, "P006", diag);
        if (yaml_get(node, "unit"))
                read_unit(yaml_get(node, "unit"), ret, diag);
        return 0;
}

static void read_time(const struct yaml_node *node, struct profile_topic *topic,
                      struct diag *diag) {
        static const struct yaml_read_key keys[] = {{"field", true}, {"form", true}};
        static const char *const forms[] = {
                [PROFILE_TIME_EPOCH_MS] = "epoch_ms",
                [PROFILE_TIME_EPOCH_S] = "epoch_s",
                [PROFILE_TIME_ISO8601] = "iso8601",
                [PROFILE_TIME_FORMS] = NULL,
        };

        if (!yaml_read_check_keys(node, "time", keys, sizeof(keys) / sizeof(keys[0]), "P002", diag))
                return;
        topic->time_field = text_of(yaml_get(node, "field"), "field", diag);

        const struct yaml_node *form = yaml_get(node, "form");

        for (const struct yaml_node *item = first_of(form); item; item = next_of(form, item)) {
                int word;

                if (yaml_read_word(item, forms, &word, "P006", diag))
                        topic->time_forms[word] = true;
        }
}

static int read_record(const struct yaml_node *node, struct profile_topic *topic,
                       struct diag *diag) {
        const struct yaml_node *readings = yaml_get(node, "readings");
        int r;

        topic->each = text_of(yaml_get(node, "each"), "each", diag);
        topic->device_field = text_of(yaml_get(node, "device"), "device", diag);
        topic->sequence_field = text_of(yaml_get(node, "sequence"), "sequence", diag);
        if (yaml_get(node, "time"))
                read_time(yaml_get(node, "time"), topic, diag);
        if (yaml_get(node, "otherwise"))
                topic->otherwise = kind_of(yaml_get(node, "otherwise"), diag);
        if (topic->pattern && !strstr(topic->pattern, "{device}") && !topic->device_field &&
            !topic->each)
                PROFILE_ERROR(node, "P007",
                              "put {device} into the topic, or name a field with device:",
                              "nothing says which device a message is from");

        if (!readings || readings->type != YAML_LIST) {
                PROFILE_ERROR(readings ? readings : node, "P007", "or ignore: why",
                              "a topic has a list of readings");
                return 0;
        }
        topic->readings = room_for(readings, sizeof(*topic->readings));
        if (!topic->readings)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = readings->child; item; item = item->next) {
                r = read_reading(item, &topic->readings[topic->reading_count++], diag);
                if (r < 0)
                        return err_trace(r);
        }
        return 0;
}

static int read_topic(const struct yaml_node *node, struct profile_topic *ret,
                      const struct profile *profile, struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"topic", true}, {"ignore", false},   {"each", false},      {"device", false},
                {"time", false}, {"sequence", false}, {"otherwise", false}, {"readings", false},
        };

        *ret = (struct profile_topic){.profile = profile};
        if (!yaml_read_check_keys(node, "a topic", keys, sizeof(keys) / sizeof(keys[0]), "P002",
                                  diag))
                return 0;

        ret->pattern = text_of(yaml_get(node, "topic"), "topic", diag);
        if (ret->pattern) {
                const char *fault = topic_pattern_fault(ret->pattern);

                if (fault)
                        PROFILE_ERROR(yaml_get(node, "topic"), "P004", NULL, "%s", fault);
                if (strncmp(ret->pattern, "vigil/", strlen("vigil/")) == 0)
                        PROFILE_ERROR(yaml_get(node, "topic"), "P004", NULL,
                                      "vigil/ topics are native");
        }

        const struct yaml_node *ignore = yaml_get(node, "ignore");

        if (!ignore)
                return read_record(node, ret, diag);
        ret->ignore = text_of(ignore, "ignore (why)", diag);
        if (yaml_get(node, "readings"))
                PROFILE_ERROR(ignore, "P007", NULL, "a topic is either ignored or has readings");
        return 0;
}

static void check_filters(const struct profile *profile, const struct yaml_node *node,
                          struct diag *diag) {
        for (size_t i = 0; i < profile->subscribe_count; i++) {
                const char *filter = profile->subscribe[i];
                const char *fault = topic_pattern_fault(filter);

                if (fault || strchr(filter, '{'))
                        PROFILE_ERROR(node, "P004", "levels with '+' and '#', as MQTT has them",
                                      "\"%s\" is not an MQTT filter", filter);
        }
}

static int read_profile(struct profile *profile, const struct yaml_node *root, const char *file,
                        struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"version", true},       {"profile", true},   {"about", true},
                {"authenticated", true}, {"subscribe", true}, {"topics", true},
        };
        int64_t version;
        int r;

        if (!root) {
                diag_add(diag, DIAG_ERROR, "P001", file, (struct diag_mark){0}, NULL,
                         "the file is empty");
                return 0;
        }
        if (!yaml_read_check_keys(root, "a profile", keys, sizeof(keys) / sizeof(keys[0]), "P002",
                                  diag))
                return 0;
        yaml_read_integer(yaml_get(root, "version"), 1, 1, &version, "P003", diag);
        profile->name = text_of(yaml_get(root, "profile"), "profile", diag);
        yaml_read_bool(yaml_get(root, "authenticated"), &profile->authenticated, "P006", diag);
        r = texts_of(yaml_get(root, "subscribe"), "subscribe", &profile->subscribe,
                     &profile->subscribe_count, diag);
        if (r < 0)
                return err_trace(r);
        check_filters(profile, yaml_get(root, "subscribe"), diag);

        const struct yaml_node *topics = yaml_get(root, "topics");

        if (topics->type != YAML_LIST || topics->count == 0) {
                PROFILE_ERROR(topics, "P001", NULL, "topics must be a list of at least one topic");
                return 0;
        }
        profile->topics = room_for(topics, sizeof(*profile->topics));
        if (!profile->topics)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = topics->child; item; item = item->next) {
                r = read_topic(item, &profile->topics[profile->topic_count++], profile, diag);
                if (r < 0)
                        return err_trace(r);
        }
        return 0;
}

/* Takes ownership of @doc, also on failure. */
static int add_profile(struct profile_set *set, struct yaml_doc *doc, const char *file,
                       struct diag *diag) {
        struct profile *profile = calloc(1, sizeof(*profile));
        struct profile **grown = realloc(set->profiles, (set->count + 1) * sizeof(*grown));
        int r;

        if (grown)
                set->profiles = grown;
        if (!profile || !grown) {
                free(profile);
                yaml_doc_free(doc);
                return err_raise(-ENOMEM);
        }
        profile->doc = doc;
        r = read_profile(profile, yaml_root(doc), file, diag);
        for (size_t i = 0; r == 0 && profile->name && i < set->count; i++)
                if (set->profiles[i]->name && strcmp(set->profiles[i]->name, profile->name) == 0)
                        PROFILE_ERROR(yaml_get(yaml_root(doc), "profile"), "P009", NULL,
                                      "another file has profile \"%s\" already", profile->name);
        set->profiles[set->count++] = profile;
        return r;
}

static int is_yaml(const struct dirent *entry) {
        size_t bytes = strlen(entry->d_name);

        return bytes > 5 && entry->d_name[0] != '.' &&
               strcmp(entry->d_name + bytes - 5, ".yaml") == 0;
}

static int load_file(struct profile_set *set, const char *folder, const char *name,
                     struct diag *diag) {
        struct yaml_doc *doc;
        char *path;
        int r;

        if (asprintf(&path, "%s/%s", folder, name) < 0)
                return err_raise(-ENOMEM);
        r = yaml_load(&doc, path, diag);
        if (r == 0)
                r = add_profile(set, doc, path, diag);
        else if (r == YAML_REFUSED || diag_errors(diag))
                r = 0; /* reported in the diag; continue with the other files */
        free(path);
        return r;
}

static int finish(struct profile_set **ret, struct profile_set *set, int r,
                  const struct diag *diag) {
        if (r == 0 && diag_errors(diag))
                r = PROFILE_REFUSED;
        if (r == 0)
                *ret = set;
        else
                profile_set_free(set);
        return r;
}

int profile_set_load(struct profile_set **ret, const char *folder, struct diag *diag) {
        struct profile_set *set = calloc(1, sizeof(*set));
        struct dirent **entries;
        int r = 0;

        if (!set)
                return err_raise(-ENOMEM);

        int count = scandir(folder, &entries, is_yaml, alphasort);

        if (count < 0) {
                r = err_raise_why(-errno, "the folder of profiles cannot be read: %s", folder);
                profile_set_free(set);
                return r;
        }
        for (int i = 0; i < count; i++) {
                if (r == 0)
                        r = load_file(set, folder, entries[i]->d_name, diag);
                free(entries[i]);
        }
        free(entries);
        return finish(ret, set, r, diag);
}

int profile_set_parse(struct profile_set **ret, const char *file, const char *text,
                      size_t text_bytes, struct diag *diag) {
        struct profile_set *set = calloc(1, sizeof(*set));
        struct yaml_doc *doc;
        int r;

        if (!set)
                return err_raise(-ENOMEM);
        r = yaml_parse(&doc, file, text, text_bytes, diag);
        if (r == 0)
                r = add_profile(set, doc, file, diag);
        else if (r == YAML_REFUSED)
                r = PROFILE_REFUSED;
        return finish(ret, set, r, diag);
}

struct profile_set *profile_set_free(struct profile_set *set) {
        if (!set)
                return NULL;
        for (size_t i = 0; i < set->count; i++)
                profile_free(set->profiles[i]);
        free(set->profiles);
        free(set);
        return NULL;
}

const struct profile_topic *profile_set_find(const struct profile_set *set, const char *topic,
                                             struct topic_part *ret_device) {
        for (size_t p = 0; set && p < set->count; p++)
                for (size_t t = 0; t < set->profiles[p]->topic_count; t++)
                        if (topic_match(set->profiles[p]->topics[t].pattern, topic, ret_device))
                                return &set->profiles[p]->topics[t];
        return NULL;
}
