/* SPDX-License-Identifier: MIT */
#include "rules/lang/lang.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/err.h"
#include "rules/lang/parts.h"

/* --- which files --------------------------------------------------------------------------------------- */

struct path_list {
        char **paths;
        size_t count;
};

static int path_add(struct path_list *list, const char *folder, const char *name) {
        char *path;
        char **paths = realloc(list->paths, (list->count + 1) * sizeof(*paths));

        if (!paths)
                return err_raise(-ENOMEM);
        list->paths = paths;
        if (asprintf(&path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name) < 0)
                return err_raise(-ENOMEM);
        paths[list->count++] = path;
        return 0;
}

static void path_list_free(struct path_list *list) {
        for (size_t i = 0; i < list->count; i++)
                free(list->paths[i]);
        free(list->paths);
}

static bool name_ends(const char *name, const char *end) {
        size_t bytes = strlen(name), end_bytes = strlen(end);

        return bytes > end_bytes && strcmp(name + bytes - end_bytes, end) == 0;
}

/* Editors leave ".30-vitals.yaml.swp" and "30-vitals.yaml~" beside the files: neither ends so. */
static int name_is_rule_file(const struct dirent *entry) {
        return entry->d_name[0] != '.' && name_ends(entry->d_name, ".yaml") &&
               !name_ends(entry->d_name, ".test.yaml");
}

static int name_compare(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name,
                      (*b)->d_name); /* not alphasort(): the order must not follow the locale */
}

static int folder_add(struct path_list *list, const char *folder) {
        struct dirent **entries;
        int count = scandir(folder, &entries, name_is_rule_file, name_compare);
        int r = 0;

        if (count < 0)
                return err_raise(-errno);
        for (int i = 0; i < count; i++) {
                if (r == 0)
                        r = path_add(list, folder, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int paths_expand(const struct lang_options *options, struct path_list *list,
                        struct diag *diag) {
        char overrides[PATH_MAX], why[128];

        for (size_t i = 0; i < options->path_count; i++) {
                const char *path = options->paths[i];
                struct stat status;
                int r;

                if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
                        r = path_add(list, NULL, path); /* yaml_load() says what is wrong with it */
                } else {
                        r = folder_add(list, path);
                        if (r == 0 &&
                            snprintf(overrides, sizeof(overrides), "%s/overrides.d", path) <
                                    (int)sizeof(overrides) &&
                            stat(overrides, &status) == 0 && S_ISDIR(status.st_mode))
                                r = folder_add(list, overrides);
                }
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        diag_add(diag, DIAG_ERROR, "R008", path, (struct diag_mark){.line = 0},
                                 NULL, "cannot read this folder: %s",
                                 strerror_r(-r, why, sizeof(why)));
                        return r;
                }
        }
        return 0;
}

int lang_files(char ***ret, const struct lang_options *options, struct diag *diag) {
        struct path_list list = {NULL, 0};
        int r = paths_expand(options, &list, diag);

        if (r == 0) {
                char **files = realloc(list.paths, (list.count + 1) * sizeof(*files));

                if (!files)
                        r = err_raise(-ENOMEM);
                else
                        list.paths = files;
        }
        if (r < 0) {
                path_list_free(&list);
                return r;
        }
        list.paths[list.count] = NULL;
        *ret = list.paths;
        return 0;
}

char **lang_files_free(char **files) {
        for (size_t i = 0; files && files[i]; i++)
                free(files[i]);
        free(files);
        return NULL;
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static const struct yaml_node *items_of(const struct yaml_doc *doc, const char *key) {
        const struct yaml_node *list = yaml_get(yaml_root(doc), key);

        return list && list->type == YAML_LIST ? list : NULL;
}

/* Keys of the file itself; what their lists hold is read item by item. */
static const struct lang_key file_keys[] = {
        {.name = "version",
         .type = LANG_COUNT,
         .least = 1,
         .most = 1,
         .required = true,
         .what = "of this language: 1"},
        {.name = "holidays",
         .type = LANG_LIST,
         .map = &lang_holiday_map,
         .what = "days that  holidays: only  and  holidays: except  mean"},
        {.name = "rules", .type = LANG_LIST, .map = &lang_rule_map, .what = "what is looked for"},
        {.name = "overrides",
         .type = LANG_LIST,
         .map = &lang_override_map,
         .what = "other values for the city, a district or an elder"},
        {.name = NULL},
};
const struct lang_map lang_file_map = {"a rule file", file_keys};

static void file_check(struct lang_reading *reading, const struct yaml_node *root) {
        const struct lang_key *const tables[] = {file_keys, NULL};
        const struct yaml_node *version = yaml_get(root, "version");

        lang_keys_check(reading, root, lang_file_map.what, "R012", tables, false);
        if (version && (version->type != YAML_TEXT || strcmp(version->text, "1") != 0))
                LANG_ERROR(reading, "R013", version, "write  version: 1",
                           "only version 1 of rule files is known here");
        for (const struct lang_key *key = file_keys; key->name; key++) {
                const struct yaml_node *list = yaml_get(root, key->name);

                if (key->type == LANG_LIST && list && list->type != YAML_LIST)
                        LANG_ERROR(reading, "R017", list, "write  - …  lines below it",
                                   "\"%s\" must be a list", key->name);
        }
}

static int rooms_make(struct lang_reading *reading) {
        size_t rules = 0, overrides = 0;
        int r;

        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], "rules");

                rules += list ? list->count : 0;
                list = items_of(reading->docs[i], "overrides");
                overrides += list ? list->count : 0;
        }
        reading->rules = calloc(rules + 1, sizeof(*reading->rules));
        reading->overrides = calloc(overrides + 1, sizeof(*reading->overrides));
        reading->holidays = calloc(HOLIDAYS_MAX, sizeof(*reading->holidays));
        if (!reading->rules || !reading->overrides || !reading->holidays)
                return err_raise(-ENOMEM);
        r = lang_index_init(&reading->rule_ids, rules);
        return r;
}

/* Rules on what is kept beside each device: there is room for so many. */
static void count_one(struct lang_reading *reading, const struct lang_rule *slot, int *count,
                      int most, const char *help, const char *what) {
        if (++*count == most + 1)
                LANG_ERROR(reading, "R039", slot->node, help, "more than %d %s", most,
                           diag_word(reading->diag, what));
}

static void count_check(struct lang_reading *reading) {
        int rules = 0, offline = 0, level = 0;

        for (size_t i = 0; i < reading->rule_count; i++) {
                const struct lang_rule *slot = &reading->rules[i];

                count_one(reading, slot, &rules, RULES_MAX, NULL, "rules");
                if (slot->condition == &lang_offline)
                        count_one(reading, slot, &offline, RULE_OFFLINE_MAX,
                                  "name several device classes in one rule", "offline rules");
                if (slot->condition == &lang_vital &&
                    slot->rule.condition.vital.kind == KIND_BATTERY)
                        count_one(reading, slot, &level, RULE_LEVEL_MAX, NULL, "battery rules");
        }
        if (reading->rule_count == 0 && reading->doc_count > 0 && diag_errors(reading->diag) == 0)
                diag_add(reading->diag, DIAG_ERROR, "R045",
                         reading->options->path_count ? reading->options->paths[0] : "-",
                         (struct diag_mark){.line = 0}, "with no rule nobody would be watched",
                         "there is not a single rule here");
}

/* Every item of the lists called @key, in the order of the files. */
static void items_read(struct lang_reading *reading, const char *key,
                       void (*read)(struct lang_reading *, const struct yaml_node *)) {
        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], key);

                for (const struct yaml_node *item = list ? list->child : NULL; item;
                     item = item->next)
                        read(reading, item);
        }
}

static void overrides_read(struct lang_reading *reading, enum override_scope scope) {
        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], "overrides");

                for (const struct yaml_node *item = list ? list->child : NULL; item;
                     item = item->next)
                        if (lang_override_scope(item) == scope)
                                lang_override_read(reading, item, scope);
        }
}

static int documents_read(struct lang_reading *reading) {
        int r;

        for (size_t i = 0; i < reading->doc_count; i++)
                if (yaml_root(reading->docs[i]))
                        file_check(reading, yaml_root(reading->docs[i]));
        r = rooms_make(reading);
        if (r < 0)
                return r;
        items_read(reading, "holidays", lang_holiday_read);
        items_read(reading, "rules", lang_rule_read);
        lang_dead_check(reading);
        overrides_read(reading, OVERRIDE_CITY);
        overrides_read(reading, OVERRIDE_DISTRICT);
        overrides_read(reading, OVERRIDE_ELDER);
        lang_overrides_compare(reading);
        count_check(reading);
        return reading->out_of_memory ? err_raise(-ENOMEM) : 0;
}

/* --- compiling --------------------------------------------------------------------------------------------- */

static void hash_text(XXH3_state_t *state, const char *text) {
        XXH3_64bits_update(state, text, strlen(text) + 1);
}

/* What the files say, not how: comments, spacing and quotes do not make another version. */
static void hash_nodes(XXH3_state_t *state, const struct yaml_node *node) {
        for (; node; node = node->next) {
                hash_text(state, node->type == YAML_MAP    ? "{"
                                 : node->type == YAML_LIST ? "["
                                                           : "=");
                hash_text(state, node->key ? node->key : "");
                if (node->type == YAML_TEXT)
                        hash_text(state, node->text);
                hash_nodes(state, node->child);
                hash_text(state, "/");
        }
}

static void version_make(const struct lang_reading *reading, char *ret) {
        XXH3_state_t state;

        XXH3_INITSTATE(&state);
        XXH3_64bits_reset(&state);
        for (size_t i = 0; i < reading->doc_count; i++)
                hash_nodes(&state, yaml_root(reading->docs[i]));
        snprintf(ret, RULE_SET_VERSION_BYTES, "%016llx",
                 (unsigned long long)XXH3_64bits_digest(&state));
}

/* The builder has checks of its own. Whatever passes here and not there is said with its words. */
static int builder_fill(struct lang_reading *reading, struct rule_set_builder *builder) {
        uint32_t index;
        int r = 0;

        for (size_t i = 0; r == 0 && i < reading->rule_count; i++) {
                r = rule_set_add_rule(builder, &reading->rules[i].rule, &index);
                if (r == -EINVAL)
                        LANG_ERROR(reading, "R046", reading->rules[i].node, NULL, "%s", err_why());
        }
        for (size_t i = 0; r == 0 && i < reading->holiday_count; i++)
                r = rule_set_add_holiday(builder, reading->holidays[i]);
        for (size_t i = 0; r == 0 && i < reading->override_count; i++) {
                r = rule_set_add_override(builder, &reading->overrides[i].override);
                if (r == -EINVAL)
                        LANG_ERROR(reading, "R046", reading->overrides[i].node, NULL, "%s",
                                   err_why());
        }
        return r == -EINVAL ? LANG_REFUSED : r;
}

static int compile(struct lang_reading *reading, struct rule_set **ret) {
        struct rule_set_builder *builder;
        char version[RULE_SET_VERSION_BYTES];
        int r;

        r = rule_set_builder_new(&builder);
        if (r < 0)
                return r;
        r = builder_fill(reading, builder);
        if (r != 0)
                goto out;
        if (reading->zone) {
                r = rule_set_add_zone(builder, "", reading->zone);
                if (r < 0)
                        goto out;
                reading->zone = NULL; /* the builder's now */
        }
        version_make(reading, version);
        r = rule_set_finish(builder, version, ret);
out:
        rule_set_builder_free(builder);
        return r;
}

static void reading_fini(struct lang_reading *reading) {
        for (size_t i = 0; i < reading->doc_count; i++)
                yaml_doc_free(reading->docs[i]);
        free(reading->docs);
        free(reading->rules);
        free(reading->overrides);
        free(reading->holidays);
        lang_index_fini(&reading->rule_ids);
        zone_close(reading->zone);
}

/* From documents to the rule set. */
static int reading_finish(struct lang_reading *reading, struct rule_set **ret, bool refused) {
        int r = documents_read(reading);

        if (r == 0 && (refused || diag_errors(reading->diag)))
                r = LANG_REFUSED;
        if (r != 0)
                return r;

        struct rule_set *rules;

        r = compile(reading, &rules);
        if (r == 0 && reading->options->origins) {
                r = lang_origins_collect(reading->options->origins, reading);
                if (r < 0)
                        rule_set_free(rules);
        }
        if (r == 0)
                *ret = rules;
        return r;
}

static int reading_init(struct lang_reading *reading, const struct lang_options *options,
                        struct diag *diag, size_t docs) {
        *reading = (struct lang_reading){.options = options, .diag = diag};
        reading->docs = calloc(docs + 1, sizeof(struct yaml_doc *));
        if (!reading->docs)
                return err_raise(-ENOMEM);
        if (!options->time_zone)
                return 0;

        int r = zone_open(&reading->zone, options->time_zone);

        if (r < 0)
                return err_raise_why(r, "the time zone \"%s\" cannot be read", options->time_zone);
        return 0;
}

int lang_load(struct rule_set **ret, const struct lang_options *options, struct diag *diag,
              struct lang_counts *ret_counts) {
        struct path_list list = {NULL, 0};
        struct lang_reading reading = {.options = options, .diag = diag};
        bool refused = false;
        int r;

        r = paths_expand(options, &list, diag);
        if (r < 0)
                goto out;
        r = reading_init(&reading, options, diag, list.count);
        if (r < 0)
                goto out;
        for (size_t i = 0; i < list.count; i++) {
                r = yaml_load(&reading.docs[reading.doc_count], list.paths[i], diag);
                if (r == -ENOMEM)
                        goto out;
                if (r == 0)
                        reading.doc_count++;
                else
                        refused = true; /* the others are read all the same, for their mistakes */
        }
        if (list.count == 0)
                diag_add(diag, DIAG_ERROR, "R045", options->path_count ? options->paths[0] : "-",
                         (struct diag_mark){.line = 0}, "with no rule nobody would be watched",
                         "there is no .yaml file here");
        r = reading_finish(&reading, ret, refused);
out:
        if (ret_counts)
                *ret_counts = (struct lang_counts){list.count, reading.rule_count,
                                                   reading.override_count};
        reading_fini(&reading);
        path_list_free(&list);
        return r;
}

int lang_parse(struct rule_set **ret, const char *file, const char *text, size_t text_bytes,
               const struct lang_options *options, struct diag *diag) {
        struct lang_reading reading;
        bool refused;
        int r;

        r = reading_init(&reading, options, diag, 1);
        if (r < 0)
                goto out;
        r = yaml_parse(&reading.docs[0], file, text, text_bytes, diag);
        if (r < 0)
                goto out;
        refused = r != 0;
        reading.doc_count = !refused;
        r = reading_finish(&reading, ret, refused);
out:
        reading_fini(&reading);
        return r;
}
