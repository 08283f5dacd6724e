/* SPDX-License-Identifier: MIT */
#include "rules/lang/origins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "rules/lang/reading/reading.h"

static void origin_fini(struct lang_origin *origin) {
        free(origin->key);
        free(origin->text);
        free(origin->file);
}

static void source_fini(struct lang_source *source) {
        for (size_t i = 0; i < source->value_count; i++)
                origin_fini(&source->values[i]);
        free(source->values);
        origin_fini(&source->here);
        origin_fini(&source->reason);
        origin_fini(&source->until);
}

void lang_origins_fini(struct lang_origins *origins) {
        for (size_t i = 0; i < origins->rule_count; i++)
                source_fini(&origins->rules[i]);
        for (size_t i = 0; i < origins->override_count; i++)
                source_fini(&origins->overrides[i]);
        free(origins->rules);
        free(origins->overrides);
        *origins = (struct lang_origins){.rules = NULL};
}

const struct lang_origin *lang_origin_find(const struct lang_source *source, const char *key) {
        for (size_t i = 0; i < source->value_count; i++)
                if (strcmp(source->values[i].key, key) == 0)
                        return &source->values[i];
        return NULL;
}

/* --- from nodes ----------------------------------------------------------------------------------- */

/* Write @node as YAML on one line: 120, [ a, b ], { from: 22:00, to: 06:00 }. */
static void write_flow(FILE *out, const struct yaml_node *node) {
        bool map = node->type == YAML_MAP;

        if (node->type == YAML_TEXT) {
                fputs(node->text, out);
                return;
        }
        fputs(map ? "{ " : "[ ", out);
        for (const struct yaml_node *child = node->child; child; child = child->next) {
                if (map)
                        fprintf(out, "%s: ", child->key);
                write_flow(out, child);
                fputs(child->next ? ", " : "", out);
        }
        fputs(map ? " }" : " ]", out);
}

static char *flow_of(const struct yaml_node *node) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        if (!out)
                return NULL;
        write_flow(out, node);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

/* @prefix: the key of the map that contains @node, or "". @node NULL: do nothing. */
static int origin_make(struct lang_origin *ret, const char *prefix, const struct yaml_node *node) {
        if (!node)
                return 0;
        ret->line = node->mark.line;
        ret->column = node->mark.column;
        ret->text = flow_of(node);
        ret->file = strdup(node->file);
        if (asprintf(&ret->key, "%s%s%s", prefix, *prefix ? "." : "", node->key ? node->key : "") <
            0)
                ret->key = NULL;
        return ret->key && ret->text && ret->file ? 0 : err_raise(-ENOMEM);
}

static int value_add(struct lang_source *source, const char *prefix, const struct yaml_node *node) {
        size_t bytes = (source->value_count + 1) * sizeof(*source->values);
        struct lang_origin *values = realloc(source->values, bytes);

        if (!values)
                return err_raise(-ENOMEM);
        source->values = values;
        values[source->value_count] = (struct lang_origin){.key = NULL};
        return origin_make(&values[source->value_count++], prefix, node);
}

/* Keys inside when: get no prefix, so that they have the same names as in the set: of an override. */
static int values_add(struct lang_source *source, const struct yaml_node *map) {
        int r = 0;

        for (const struct yaml_node *pair = map ? map->child : NULL; r == 0 && pair;
             pair = pair->next) {
                bool inside = pair->type == YAML_MAP;
                const char *prefix = strcmp(pair->key, "when") == 0 ? "" : pair->key;

                if (!inside)
                        r = value_add(source, "", pair);
                for (const struct yaml_node *child = inside ? pair->child : NULL; r == 0 && child;
                     child = child->next)
                        r = value_add(source, prefix, child);
        }
        return r;
}

static int rule_collect(struct lang_source *source, const struct lang_reading_rule *rule,
                        size_t index) {
        int r;

        source->rule_index = (uint32_t)index;
        r = origin_make(&source->here, "", rule->node);
        return r == 0 ? values_add(source, rule->node) : r;
}

static int override_collect(struct lang_source *source,
                            const struct lang_reading_override *override) {
        const struct yaml_node *node = override->node;
        int r;

        source->rule_index = override->rule_index;
        source->scope = override->scope;
        snprintf(source->id, sizeof(source->id), "%s", override->whom);
        r = origin_make(&source->here, "", node);
        if (r == 0)
                r = origin_make(&source->reason, "", yaml_get(node, "reason"));
        if (r == 0)
                r = origin_make(&source->until, "", yaml_get(node, "until"));
        return r == 0 ? values_add(source, yaml_get(node, "set")) : r;
}

int lang_origins_collect(struct lang_origins *ret, const struct lang_reading *reading) {
        int r = 0;

        *ret = (struct lang_origins){.rule_count = reading->rule_count,
                                     .override_count = reading->override_count};
        ret->rules = calloc(ret->rule_count + 1, sizeof(*ret->rules));
        ret->overrides = calloc(ret->override_count + 1, sizeof(*ret->overrides));
        if (!ret->rules || !ret->overrides) {
                ret->rule_count = ret->override_count = 0;
                r = err_raise(-ENOMEM);
        }
        for (size_t i = 0; r == 0 && i < ret->rule_count; i++)
                r = rule_collect(&ret->rules[i], &reading->rules[i], i);
        for (size_t i = 0; r == 0 && i < ret->override_count; i++)
                r = override_collect(&ret->overrides[i], &reading->overrides[i]);
        if (r < 0)
                lang_origins_fini(ret);
        return r;
}
