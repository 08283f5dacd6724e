/* SPDX-License-Identifier: MIT
 *
 * The JSON schema of rule files (draft 07), for editors, made from the tables that the reader uses.
 *
 * A schema cannot express the range of a duration or a dependency between two places; only the reader checks those.
 */
#include "rules/lang/schema.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "rules/lang/documents/file.h"
#include "rules/lang/documents/override.h"
#include "rules/lang/documents/rule.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/limits.h"
#include "rules/lang/when/rows.h"
#include "rules/lang/when/when.h"

#define ID_PATTERN "^[a-z0-9-]{1,47}$"
#define DURATION_PATTERN "[0-9]{1,18}(ms|s|m|h|d)"

typedef yyjson_mut_doc schema;
typedef yyjson_mut_val value;

/* Every call below may run out of memory and then adds nothing. This is detected once, at the end,
 * because the document cannot be written then. */

static value *text_schema(schema *doc, const char *pattern, const char *message) {
        value *ret = yyjson_mut_obj(doc);

        yyjson_mut_obj_add_str(doc, ret, "type", "string");
        if (pattern)
                yyjson_mut_obj_add_strcpy(doc, ret, "pattern", pattern);
        if (message)
                yyjson_mut_obj_add_strcpy(doc, ret, "patternErrorMessage", message);
        return ret;
}

static value *words_schema(schema *doc, const struct lang_word *words) {
        value *ret = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);

        for (; words->word; words++)
                yyjson_mut_arr_add_str(doc, list, words->word);
        yyjson_mut_obj_add_val(doc, ret, "enum", list);
        return ret;
}

static value *number_schema(schema *doc, const char *type, double least, double most) {
        value *ret = yyjson_mut_obj(doc);

        yyjson_mut_obj_add_str(doc, ret, "type", type);
        if (isfinite(least))
                yyjson_mut_obj_add_val(doc, ret, "minimum",
                                       least == floor(least) ? yyjson_mut_sint(doc, (int64_t)least)
                                                             : yyjson_mut_real(doc, least));
        if (isfinite(most))
                yyjson_mut_obj_add_val(doc, ret, "maximum",
                                       most == floor(most) ? yyjson_mut_sint(doc, (int64_t)most)
                                                           : yyjson_mut_real(doc, most));
        return ret;
}

static value *list_schema(schema *doc, value *item, double least, double most) {
        value *ret = yyjson_mut_obj(doc);

        yyjson_mut_obj_add_str(doc, ret, "type", "array");
        yyjson_mut_obj_add_val(doc, ret, "items", item);
        if (least > 0)
                yyjson_mut_obj_add_int(doc, ret, "minItems", (int64_t)least);
        if (most > 0)
                yyjson_mut_obj_add_int(doc, ret, "maxItems", (int64_t)most);
        return ret;
}

static value *either(schema *doc, value *first, value *second) {
        value *ret = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);

        yyjson_mut_arr_append(list, first);
        yyjson_mut_arr_append(list, second);
        yyjson_mut_obj_add_val(doc, ret, "anyOf", list);
        return ret;
}

static value *constant(schema *doc, const char *word) {
        value *ret = yyjson_mut_obj(doc);

        yyjson_mut_obj_add_str(doc, ret, "const", word);
        return ret;
}

/* --- one value --------------------------------------------------------------------------------------- */

static value *map_schema(schema *doc, const struct lang_map *map);

/* A name of at most @most bytes; 0: RULE_WORD_BYTES - 1. */
static value *name_schema(schema *doc, double most) {
        char pattern[48];

        snprintf(pattern, sizeof(pattern), "^[A-Za-z0-9_.-]{1,%d}$",
                 most > 0 ? (int)most : RULE_WORD_BYTES - 1);
        return text_schema(doc, pattern, "letters, digits, _ . and -");
}

static value *duration_schema(schema *doc, const struct lang_key *key) {
        char pattern[64];

        if (key->or_word)
                snprintf(pattern, sizeof(pattern), "^(%s|" DURATION_PATTERN ")$", key->or_word);
        else
                snprintf(pattern, sizeof(pattern), "^" DURATION_PATTERN "$");
        return text_schema(doc, pattern, "a whole number and s, m, h or d, for example 20s");
}

static value *words_list_schema(schema *doc, const struct lang_key *key) {
        struct lang_word room[LANG_WORDS_MAX + 1];
        const struct lang_word *words = lang_key_words(key, room);
        value *item = words ? words_schema(doc, words) : name_schema(doc, 0);
        value *ret = list_schema(doc, item, 1, key->type == LANG_KEY_NAMES ? RULE_WORDS_MAX : 0);

        if (key->or_one)
                ret = either(doc, words_schema(doc, words), ret);
        return key->or_word ? either(doc, constant(doc, key->or_word), ret) : ret;
}

static value *text_value_schema(schema *doc, const struct lang_key *key) {
        value *ret = text_schema(doc, NULL, NULL);

        yyjson_mut_obj_add_int(doc, ret, "minLength", 1);
        if (key->most > 0)
                yyjson_mut_obj_add_int(doc, ret, "maxLength", (int64_t)key->most);
        return ret;
}

static value *form_schema(schema *doc, const struct lang_key *key) {
        struct lang_word room[LANG_WORDS_MAX + 1];
        value *map = key->map ? map_schema(doc, key->map) : NULL;

        switch (key->type) {
        case LANG_KEY_NUMBER:
        case LANG_KEY_PERCENT:
                return number_schema(doc, "number", key->least, key->most);
        case LANG_KEY_COUNT:
        case LANG_KEY_AGE:
                return number_schema(doc, "integer", key->least, key->most);
        case LANG_KEY_DURATION:
                return duration_schema(doc, key);
        case LANG_KEY_DURATIONS:
                return either(doc, duration_schema(doc, key), map);
        case LANG_KEY_FLAG:
                map = yyjson_mut_obj(doc);
                yyjson_mut_obj_add_str(doc, map, "type", "boolean");
                return map;
        case LANG_KEY_ENUM:
        case LANG_KEY_KIND:
                return words_schema(doc, lang_key_words(key, room));
        case LANG_KEY_KINDS:
        case LANG_KEY_BITS:
        case LANG_KEY_NAMES:
                return words_list_schema(doc, key);
        case LANG_KEY_NAME:
                return name_schema(doc, key->most);
        case LANG_KEY_TEXTS:
                return map;
        case LANG_KEY_MAP:
                return key->or_word ? either(doc, constant(doc, key->or_word), map) : map;
        case LANG_KEY_LIST:
                if (key->or_date)
                        map = either(doc, text_schema(doc, LANG_KEY_DATE_PATTERN, NULL), map);
                return list_schema(doc, map, key->least, key->most);
        case LANG_KEY_TEXT:
                return text_value_schema(doc, key);
        case LANG_KEY_MINUTE:
                return text_schema(doc,
                                   key->most < DAY_SLOT_MINUTES_A_DAY
                                           ? "^([01][0-9]|2[0-3]):[0-5][0-9]$"
                                           : "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
                                   "\"HH:MM\" in quotes");
        case LANG_KEY_DATE:
                return text_schema(doc, LANG_KEY_DATE_PATTERN, "year-month-day");
        case LANG_KEY_ID:
                return text_schema(doc, ID_PATTERN, "small letters, digits and -");
        case LANG_KEY_IDS:
                return list_schema(doc, text_schema(doc, ID_PATTERN, NULL), key->least, key->most);
        case LANG_KEY_DISTANCE:
                return text_schema(doc, "^[0-9]{1,7}(m|km)$", "a whole number and m or km");
        }
        return yyjson_mut_obj(doc);
}

/* Add the description of @key. For a duration it includes the range ("1s to 24h"), which a pattern cannot express. */
static void describe(schema *doc, value *form, const struct lang_key *key) {
        char text[256], least[24], most[24];

        if (key->type == LANG_KEY_DURATION)
                snprintf(text, sizeof(text), "%s (%s to %s)", key->what,
                         yaml_read_duration_text((int64_t)key->least, least, sizeof(least)),
                         yaml_read_duration_text((int64_t)key->most, most, sizeof(most)));
        else
                snprintf(text, sizeof(text), "%s", key->what);
        yyjson_mut_obj_add_strcpy(doc, form, "description", text);
}

/* --- maps --------------------------------------------------------------------------------------------- */

/* Add @key to @properties. If two maps have a key of the same name, either form is valid. */
static void property_add(schema *doc, value *properties, const struct lang_key *key) {
        value *form = form_schema(doc, key), *other = yyjson_mut_obj_get(properties, key->name);

        describe(doc, form, key);
        if (!other) {
                yyjson_mut_obj_add_val(doc, properties, key->name, form);
                return;
        }
        if (yyjson_mut_equals(form, other))
                return;

        value *list = yyjson_mut_obj_get(other, "anyOf");
        value *marked = yyjson_mut_obj_get(other, "$comment");

        if (marked) {
                yyjson_mut_arr_append(list, form);
                return;
        }
        yyjson_mut_obj_remove_key(properties, key->name);
        form = either(doc, other, form);
        yyjson_mut_obj_add_str(doc, form, "$comment", "depends on the kind of rule");
        yyjson_mut_obj_add_val(doc, properties, key->name, form);
}

/* @set: add only keys that an override may set. */
static void properties_add(schema *doc, value *properties, value *required,
                           const struct lang_key *keys, bool set) {
        for (; keys && keys->name; keys++) {
                if (set && !keys->setting)
                        continue;
                property_add(doc, properties, keys);
                if (required && keys->required)
                        yyjson_mut_arr_add_str(doc, required, keys->name);
        }
}

static value *object_schema(schema *doc, value *properties, value *required) {
        value *ret = yyjson_mut_obj(doc);

        yyjson_mut_obj_add_str(doc, ret, "type", "object");
        yyjson_mut_obj_add_val(doc, ret, "properties", properties);
        if (required && yyjson_mut_arr_size(required) > 0)
                yyjson_mut_obj_add_val(doc, ret, "required", required);
        yyjson_mut_obj_add_bool(doc, ret, "additionalProperties", false);
        return ret;
}

/* For each kind of vital, restrict the limits to the possible range of that kind. */
static void kind_limits_add(schema *doc, value *object, const struct lang_key *keys) {
        value *all = yyjson_mut_arr(doc);
        struct lang_word room[LANG_WORDS_MAX + 1];

        lang_kind_words(KIND_USE_LIMIT, false, room);
        for (const struct lang_word *word = room; word->word; word++) {
                const struct event_kind_info *info = event_kind_info(word->value);
                value *rule = yyjson_mut_obj(doc), *is = yyjson_mut_obj(doc);
                value *then = yyjson_mut_obj(doc), *limits = yyjson_mut_obj(doc);
                value *kind = yyjson_mut_obj(doc);

                yyjson_mut_obj_add_val(doc, kind, "vital", constant(doc, word->word));
                yyjson_mut_obj_add_val(doc, is, "properties", kind);
                yyjson_mut_obj_add_val(doc, rule, "if", is);
                for (const struct lang_key *key = keys; key->name; key++)
                        if (key->read == lang_limit_read)
                                yyjson_mut_obj_add_val(doc, limits, key->name,
                                                       number_schema(doc, "number",
                                                                     info->possible_min,
                                                                     info->possible_max));
                yyjson_mut_obj_add_val(doc, then, "properties", limits);
                yyjson_mut_obj_add_val(doc, rule, "then", then);
                yyjson_mut_arr_append(all, rule);
        }
        yyjson_mut_obj_add_val(doc, object, "allOf", all);
}

/* The schema of when: any one of the conditions. */
static value *when_schema(schema *doc) {
        value *ret = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);

        for (size_t i = 0; lang_conditions[i]; i++) {
                const struct lang_condition *condition = lang_conditions[i];
                value *properties = yyjson_mut_obj(doc), *required = yyjson_mut_arr(doc);
                value *object;

                properties_add(doc, properties, required, condition->when_keys, false);
                object = object_schema(doc, properties, required);
                yyjson_mut_obj_add_str(doc, object, "title", condition->word);
                if (condition == &lang_vital)
                        kind_limits_add(doc, object, condition->when_keys);
                yyjson_mut_arr_append(list, object);
        }
        yyjson_mut_obj_add_val(doc, ret, "anyOf", list);
        return ret;
}

/* If severity is critical, advice is required. */
static void advice_add(schema *doc, value *object) {
        value *is = yyjson_mut_obj(doc), *then = yyjson_mut_obj(doc);
        value *properties = yyjson_mut_obj(doc), *required = yyjson_mut_arr(doc);

        yyjson_mut_obj_add_val(doc, properties, "severity", constant(doc, "critical"));
        yyjson_mut_obj_add_val(doc, is, "properties", properties);
        yyjson_mut_arr_add_str(doc, required, "advice");
        yyjson_mut_obj_add_val(doc, then, "required", required);
        yyjson_mut_obj_add_val(doc, object, "if", is);
        yyjson_mut_obj_add_val(doc, object, "then", then);
}

static value *rule_schema(schema *doc) {
        value *properties = yyjson_mut_obj(doc), *required = yyjson_mut_arr(doc), *ret, *when;

        properties_add(doc, properties, required, lang_rule_map.keys, false);
        for (size_t i = 0; lang_conditions[i]; i++)
                properties_add(doc, properties, NULL, lang_conditions[i]->beside_keys, false);
        when = when_schema(doc);
        describe(doc, when, lang_key_find(lang_rule_map.keys, "when"));
        yyjson_mut_obj_put(properties, yyjson_mut_str(doc, "when"), when);
        ret = object_schema(doc, properties, required);
        advice_add(doc, ret);
        return ret;
}

static value *override_schema(schema *doc) {
        static const char *const whom[] = {"elder", "district", "city"};
        value *properties = yyjson_mut_obj(doc), *required = yyjson_mut_arr(doc);
        value *settings = yyjson_mut_obj(doc), *one = yyjson_mut_arr(doc), *set, *ret;

        properties_add(doc, properties, required, lang_override_map.keys, false);
        for (size_t i = 0; lang_conditions[i]; i++) {
                properties_add(doc, settings, NULL, lang_conditions[i]->when_keys, true);
                properties_add(doc, settings, NULL, lang_conditions[i]->beside_keys, true);
        }
        set = object_schema(doc, settings, NULL);
        yyjson_mut_obj_add_int(doc, set, "minProperties", 1);
        describe(doc, set, lang_key_find(lang_override_map.keys, "set"));
        yyjson_mut_obj_put(properties, yyjson_mut_str(doc, "set"), set);
        yyjson_mut_obj_put(yyjson_mut_obj_get(properties, "city"), yyjson_mut_str(doc, "const"),
                           yyjson_mut_true(doc));
        ret = object_schema(doc, properties, required);
        for (size_t i = 0; i < sizeof(whom) / sizeof(whom[0]); i++) {
                value *needs = yyjson_mut_obj(doc), *list = yyjson_mut_arr(doc);

                yyjson_mut_arr_add_str(doc, list, whom[i]);
                yyjson_mut_obj_add_val(doc, needs, "required", list);
                yyjson_mut_arr_append(one, needs);
        }
        yyjson_mut_obj_add_val(doc, ret, "oneOf", one);
        return ret;
}

static value *map_schema(schema *doc, const struct lang_map *map) {
        value *properties, *required;

        if (map == &lang_rule_map)
                return rule_schema(doc);
        if (map == &lang_override_map)
                return override_schema(doc);
        properties = yyjson_mut_obj(doc);
        required = yyjson_mut_arr(doc);
        properties_add(doc, properties, required, map->keys, false);
        return object_schema(doc, properties, required);
}

int lang_schema_print(FILE *out) {
        schema *doc = yyjson_mut_doc_new(NULL);
        value *root = doc ? map_schema(doc, &lang_file_map) : NULL;
        char *text = NULL;

        if (root) {
                yyjson_mut_obj_add_str(doc, root, "$schema",
                                       "http://json-schema.org/draft-07/schema#");
                yyjson_mut_obj_add_str(doc, root, "title", "Vigil rule file, version 1");
                yyjson_mut_doc_set_root(doc, root);
                text = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
        }
        yyjson_mut_doc_free(doc);
        if (!text)
                return err_raise(-ENOMEM);
        fprintf(out, "%s\n", text);
        free(text);
        return 0;
}
