/* SPDX-License-Identifier: MIT */
#include "rules/lang/lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/err.h"
#include "common/language/say.h"
#include "rules/eval/rule_set_builder.h"
#include "rules/lang/dead.h"
#include "rules/lang/documents/file.h"
#include "rules/lang/documents/files.h"
#include "rules/lang/documents/holidays.h"
#include "rules/lang/documents/override.h"
#include "rules/lang/documents/rule.h"
#include "rules/lang/known.h"
#include "rules/lang/origins.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/options.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/when/rows.h"

/* --- reading ---------------------------------------------------------------------------------------------- */

static const struct yaml_node *items_of(const struct yaml_doc *doc, const char *key) {
        const struct yaml_node *list = yaml_get(yaml_root(doc), key);

        return list && list->type == YAML_LIST ? list : NULL;
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
        reading->holidays = calloc(RULE_HOLIDAYS_MAX, sizeof(*reading->holidays));
        if (!reading->rules || !reading->overrides || !reading->holidays)
                return err_raise(-ENOMEM);
        r = lang_index_init(&reading->rule_ids, rules);
        return r;
}

/* Report the first rule beyond @most. Offline and battery rules keep state in each device, with room for a fixed
 * number. */
static void count_one(struct lang_reading *reading, const struct lang_reading_rule *slot,
                      int *count, int most, const char *help, const char *what) {
        if (++*count == most + 1)
                LANG_ERROR(reading, "R039", slot->node, help, "more than %d %s", most,
                           diag_word(reading->diag, what));
}

static void count_check(struct lang_reading *reading) {
        int rules = 0, offline = 0, level = 0;

        for (size_t i = 0; i < reading->rule_count; i++) {
                const struct lang_reading_rule *slot = &reading->rules[i];

                count_one(reading, slot, &rules, RULE_MAX, NULL, "rules");
                if (slot->condition == &lang_offline)
                        count_one(reading, slot, &offline, RULE_OFFLINE_MAX,
                                  N_("name several device classes in one rule"),
                                  N_("offline rules"));
                if (slot->condition == &lang_vital &&
                    slot->rule.condition.vital.kind == KIND_BATTERY)
                        count_one(reading, slot, &level, RULE_LEVEL_MAX, NULL, N_("battery rules"));
        }
}

static void none_check(struct lang_reading *reading) {
        if (reading->rule_count == 0 && reading->doc_count > 0 && !lang_has_errors(reading))
                diag_add(reading->diag, DIAG_ERROR, "R045",
                         reading->options->path_count ? reading->options->paths[0] : "-",
                         (struct diag_mark){.line = 0}, "with no rule nobody would be watched",
                         "there is not a single rule here");
}

/* Read every item of the lists named @key, in the order of the files. */
static void items_read(struct lang_reading *reading, const char *key,
                       void (*read)(struct lang_reading *, const struct yaml_node *)) {
        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], key);

                for (const struct yaml_node *item = list ? list->child : NULL; item;
                     item = item->next)
                        read(reading, item);
        }
}

static size_t overrides_of(const struct lang_reading *reading, enum rule_override_scope scope) {
        size_t count = 0;

        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], "overrides");

                for (const struct yaml_node *item = list ? list->child : NULL; item;
                     item = item->next)
                        count += lang_override_scope(item) == scope;
        }
        return count;
}

/* Make room for the values of district overrides, if there is a registry, which tells the district of an elder. */
static int wider_make(struct lang_reading *reading) {
        size_t count =
                reading->options->registry ? overrides_of(reading, RULE_OVERRIDE_DISTRICT) : 0;

        if (count == 0)
                return 0;
        reading->wider = calloc(count, sizeof(*reading->wider));
        return reading->wider ? lang_index_init(&reading->wider_index, count) : err_raise(-ENOMEM);
}

static void overrides_read(struct lang_reading *reading, enum rule_override_scope scope) {
        for (size_t i = 0; i < reading->doc_count; i++) {
                const struct yaml_node *list = items_of(reading->docs[i], "overrides");

                for (const struct yaml_node *item = list ? list->child : NULL; item;
                     item = item->next)
                        if (lang_override_scope(item) == scope)
                                lang_override_read(reading, item, scope);
        }
}

/* --- compiling --------------------------------------------------------------------------------------------- */

/* Collects short texts and hashes them a block at a time. */
struct hasher {
        XXH3_state_t state;
        size_t used;
        char block[4096];
};

static void hash_text(struct hasher *hasher, const char *text) {
        size_t bytes = strlen(text) + 1;

        if (hasher->used + bytes > sizeof(hasher->block)) {
                XXH3_64bits_update(&hasher->state, hasher->block, hasher->used);
                hasher->used = 0;
        }
        if (bytes > sizeof(hasher->block)) {
                XXH3_64bits_update(&hasher->state, text, bytes);
                return;
        }
        memcpy(hasher->block + hasher->used, text, bytes);
        hasher->used += bytes;
}

/* Hash the content of the files only: comments, spacing and quotes do not change the version. */
static void hash_nodes(struct hasher *hasher, const struct yaml_node *node) {
        for (; node; node = node->next) {
                hash_text(hasher, node->type == YAML_MAP    ? "{"
                                  : node->type == YAML_LIST ? "["
                                                            : "=");
                hash_text(hasher, node->key ? node->key : "");
                if (node->type == YAML_TEXT)
                        hash_text(hasher, node->text);
                hash_nodes(hasher, node->child);
                hash_text(hasher, "/");
        }
}

static void version_make(const struct lang_reading *reading, char *ret) {
        struct hasher hasher;

        hasher.used = 0;
        XXH3_INITSTATE(&hasher.state);
        XXH3_64bits_reset(&hasher.state);
        for (size_t i = 0; i < reading->doc_count; i++)
                hash_nodes(&hasher, yaml_root(reading->docs[i]));
        XXH3_64bits_update(&hasher.state, hasher.block, hasher.used);
        snprintf(ret, ALERT_RULE_SET_BYTES, "%016llx",
                 (unsigned long long)XXH3_64bits_digest(&hasher.state));
}

/* Called after all rules have been read. The builder has checks of its own; what only the builder refuses is reported
 * with its message. After an error nothing is built, and reading continues to report further errors. */
static int builder_begin(struct lang_reading *reading) {
        uint32_t index;
        int r = 0;

        if (reading->refused || lang_has_errors(reading))
                return 0;
        r = rule_set_builder_new(&reading->builder);
        for (size_t i = 0; r == 0 && i < reading->rule_count; i++) {
                r = rule_set_builder_add_rule(reading->builder, &reading->rules[i].rule, &index);
                if (r == -EINVAL) {
                        LANG_ERROR(reading, "R046", reading->rules[i].node, NULL, "%s", err_why());
                        return 0;
                }
        }
        for (size_t i = 0; r == 0 && i < reading->holiday_count; i++)
                r = rule_set_builder_add_holiday(reading->builder, reading->holidays[i]);
        return r;
}

static int compile(struct lang_reading *reading, struct rule_set **ret) {
        char version[ALERT_RULE_SET_BYTES];
        int r;

        if (reading->zone) {
                r = rule_set_builder_add_zone(reading->builder, "", reading->zone);
                if (r < 0)
                        return r;
                reading->zone = NULL; /* owned by the builder now */
        }
        version_make(reading, version);
        return err_trace(rule_set_builder_finish(reading->builder, version, ret));
}

static int documents_read(struct lang_reading *reading) {
        int r;

        for (size_t i = 0; i < reading->doc_count; i++)
                if (yaml_root(reading->docs[i]))
                        lang_file_check(reading, yaml_root(reading->docs[i]));
        r = rooms_make(reading);
        if (r < 0)
                return err_trace(r);
        items_read(reading, "holidays", lang_holiday_read);
        items_read(reading, "rules", lang_rule_read);
        lang_dead_check(reading);
        count_check(reading);
        r = builder_begin(reading);
        if (r < 0)
                return err_trace(r);
        r = wider_make(reading);
        if (r < 0)
                return err_trace(r);
        overrides_read(reading, RULE_OVERRIDE_CITY);
        overrides_read(reading, RULE_OVERRIDE_DISTRICT);
        overrides_read(reading, RULE_OVERRIDE_ELDER);
        lang_overrides_compare(reading);
        none_check(reading);
        if (reading->options->registry) {
                r = lang_known_check(reading);
                if (r < 0)
                        return err_trace(r);
        }
        return reading->out_of_memory ? err_raise(-ENOMEM) : 0;
}

static void reading_fini(struct lang_reading *reading) {
        for (size_t i = 0; i < reading->doc_count; i++)
                yaml_doc_free(reading->docs[i]);
        free(reading->docs);
        free(reading->rules);
        free(reading->overrides);
        free(reading->wider);
        lang_index_fini(&reading->wider_index);
        free(reading->holidays);
        lang_index_fini(&reading->rule_ids);
        rule_set_builder_free(reading->builder);
        zone_close(reading->zone);
}

/* Compile the documents into a rule set. Return: 0 and *ret, LANG_REFUSED, -ENOMEM, -errno. */
static int reading_finish(struct lang_reading *reading, struct rule_set **ret) {
        int r = documents_read(reading);

        if (r == 0 && (reading->refused || lang_has_errors(reading)))
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
        return err_trace(r);
}

static int reading_init(struct lang_reading *reading, const struct lang_options *options,
                        struct diag *diag, size_t docs) {
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
        struct lang_reading reading = {
                .options = options, .diag = diag, .errors_before = diag_errors(diag)};
        char **paths = NULL;
        size_t count = 0;
        int r;

        r = lang_files(&paths, options, diag);
        if (r < 0)
                goto out;
        while (paths[count])
                count++;
        r = reading_init(&reading, options, diag, count);
        if (r < 0)
                goto out;
        r = lang_documents_load(&reading, paths, count);
        if (r < 0)
                goto out;
        if (count == 0)
                diag_add(diag, DIAG_ERROR, "R045", options->path_count ? options->paths[0] : "-",
                         (struct diag_mark){.line = 0}, "with no rule nobody would be watched",
                         "there is no .yaml file here");
        r = reading_finish(&reading, ret);
out:
        if (ret_counts)
                *ret_counts =
                        (struct lang_counts){count, reading.rule_count, reading.override_count};
        reading_fini(&reading);
        lang_files_free(paths);
        return err_trace(r);
}

int lang_parse(struct rule_set **ret, const char *file, const char *text, size_t text_bytes,
               const struct lang_options *options, struct diag *diag) {
        struct lang_reading reading = {
                .options = options, .diag = diag, .errors_before = diag_errors(diag)};
        int r;

        r = reading_init(&reading, options, diag, 1);
        if (r < 0)
                goto out;
        r = yaml_parse(&reading.docs[0], file, text, text_bytes, diag);
        if (r < 0)
                goto out;
        reading.refused = r != 0;
        reading.doc_count = !reading.refused;
        r = reading_finish(&reading, ret);
out:
        reading_fini(&reading);
        return err_trace(r);
}
