/* SPDX-License-Identifier: MIT */
#include "rules/lang/reading/keys.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/files/yaml_read.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

const struct lang_key *lang_key_find(const struct lang_key *keys, const char *name) {
        for (; keys && keys->name; keys++)
                if (strcmp(keys->name, name) == 0)
                        return keys;
        return NULL;
}

const struct lang_word *lang_key_words(const struct lang_key *key,
                                       struct lang_word room[LANG_WORDS_MAX + 1]) {
        if (!key->uses)
                return key->words;
        lang_kind_words(key->uses, key->type == LANG_KEY_KINDS, room);
        return room;
}

void lang_key_word_names(const struct lang_word *list, const char *ret[LANG_WORDS_MAX + 1]) {
        size_t count = 0;

        for (; list->word && count < LANG_WORDS_MAX; list++)
                ret[count++] = list->word;
        ret[count] = NULL;
}

/* --- one value --------------------------------------------------------------------------------------- */

/* Find the word of @key that @item names. Return: false after reporting an error. */
static bool word_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *item, struct lang_word *ret) {
        struct lang_word room[LANG_WORDS_MAX + 1];
        const struct lang_word *words = lang_key_words(key, room);
        const char *names[LANG_WORDS_MAX + 1];
        int index;

        lang_key_word_names(words, names);
        if (!yaml_read_word(item, names, &index, key->uses ? "R025" : "R024", reading->diag))
                return false;
        *ret = words[index];
        return true;
}

static bool name_read(struct lang_reading *reading, const struct yaml_node *item) {
        if (item->type == YAML_TEXT && lang_id_is_fine(item->text, RULE_WORD_BYTES))
                return true;
        LANG_ERROR(reading, "R017", item, "letters, digits, _ . and -, at most 23 of them",
                   "\"%s\" is not a word", item->type == YAML_TEXT ? item->text : "…");
        return false;
}

static void names_add(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *item, struct rule_words *ret) {
        struct lang_word word;

        if (key->words ? !word_read(reading, key, item, &word) : !name_read(reading, item))
                return;
        if (ret->count == RULE_WORDS_MAX) {
                LANG_ERROR(reading, "R017", item, "make two rules of it",
                           "more than %d words for \"%s\"", RULE_WORDS_MAX, key->name);
                return;
        }
        memcpy(ret->word[ret->count++], item->text, strlen(item->text) + 1);
}

static void member_read(struct lang_reading *reading, const struct lang_key *key,
                        const struct yaml_node *item, void *ret) {
        struct lang_word word;

        if (key->type == LANG_KEY_NAMES) {
                names_add(reading, key, item, ret);
                return;
        }
        if (!word_read(reading, key, item, &word))
                return;
        if (key->type == LANG_KEY_BITS) {
                *(uint8_t *)ret |= (uint8_t)(1u << word.value);
                return;
        }
        rule_kinds_add(ret, word.value);
        if (word.value2)
                rule_kinds_add(ret, word.value2);
}

static const char *example_of(const struct lang_key *key,
                              struct lang_word room[LANG_WORDS_MAX + 1]) {
        const struct lang_word *words = lang_key_words(key, room);

        return words ? words[0].word : "word";
}

static void members_read(struct lang_reading *reading, const struct lang_key *key,
                         const struct yaml_node *node, void *ret) {
        struct lang_word room[LANG_WORDS_MAX + 1];

        if (key->or_word && node->type == YAML_TEXT && strcmp(node->text, key->or_word) == 0)
                return; /* the same as leaving the key out */
        if (key->type == LANG_KEY_BITS)
                *(uint8_t *)ret = 0;
        else if (key->type == LANG_KEY_NAMES)
                memset(ret, 0, sizeof(struct rule_words));
        else
                memset(ret, 0, sizeof(struct rule_kinds));
        if (key->or_one && node->type == YAML_TEXT) {
                member_read(reading, key, node, ret);
                return;
        }
        if (!lang_list_is_there(reading, node, example_of(key, room)))
                return;
        for (const struct yaml_node *item = node->child; item; item = item->next)
                member_read(reading, key, item, ret);
}

static void percent_read(struct lang_reading *reading, const struct lang_key *key,
                         const struct yaml_node *node, uint8_t *ret) {
        double share;

        if (yaml_read_number(node, key->least, key->most, &share, "R020", reading->diag))
                *ret = (uint8_t)lround(share * 100);
}

static void whole_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret) {
        int64_t count;

        if (!yaml_read_integer(node, (int64_t)key->least, (int64_t)key->most, &count, "R020",
                               reading->diag))
                return;
        if (key->type == LANG_KEY_AGE)
                *(int *)ret = (int)count;
        else
                *(uint8_t *)ret = (uint8_t)count;
}

static void duration_read(struct lang_reading *reading, const struct lang_key *key,
                          const struct yaml_node *node, int64_t *ret) {
        bool own = reading->place && reading->place->is_override && key->least_set_ms;

        if (key->or_word && node->type == YAML_TEXT && strcmp(node->text, key->or_word) == 0)
                *ret = 0;
        else
                yaml_read_duration_ms(node, own ? key->least_set_ms : (int64_t)key->least,
                                      (int64_t)key->most, ret, "R021", reading->diag);
}

void lang_value_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret) {
        struct lang_word word;

        switch (key->type) {
        case LANG_KEY_NUMBER:
                yaml_read_number(node, key->least, key->most, ret, "R020", reading->diag);
                break;
        case LANG_KEY_COUNT:
        case LANG_KEY_AGE:
                whole_read(reading, key, node, ret);
                break;
        case LANG_KEY_PERCENT:
                percent_read(reading, key, node, ret);
                break;
        case LANG_KEY_DURATION:
                duration_read(reading, key, node, ret);
                break;
        case LANG_KEY_FLAG:
                yaml_read_bool(node, ret, "R018", reading->diag);
                break;
        case LANG_KEY_ENUM:
                if (word_read(reading, key, node, &word))
                        *(uint8_t *)ret = (uint8_t)word.value;
                break;
        case LANG_KEY_KIND:
                if (word_read(reading, key, node, &word))
                        *(uint16_t *)ret = word.value;
                break;
        case LANG_KEY_KINDS:
        case LANG_KEY_BITS:
        case LANG_KEY_NAMES:
                members_read(reading, key, node, ret);
                break;
        case LANG_KEY_NAME:
                if (name_read(reading, node))
                        memcpy(ret, node->text, strlen(node->text) + 1);
                break;
        case LANG_KEY_MAP:
                lang_map_read(reading, node, key->map, ret);
                break;
        default:
                break; /* needs a read function */
        }
}

/* --- a map ------------------------------------------------------------------------------------------- */

bool lang_keys_check(struct lang_reading *reading, const struct yaml_node *node, const char *what,
                     const char *code, const struct lang_key *const *tables, bool set) {
        struct yaml_read_key keys[LANG_KEYS_MAX];
        size_t count = 0;

        for (; *tables; tables++)
                for (const struct lang_key *key = *tables; key->name && count < LANG_KEYS_MAX;
                     key++)
                        if (!set || key->setting)
                                keys[count++] =
                                        (struct yaml_read_key){key->name, !set && key->required};
        return yaml_read_check_keys(node, what, keys, count, code, reading->diag);
}

void lang_keys_read(struct lang_reading *reading, const struct yaml_node *node,
                    const struct lang_key *keys, bool set, void *base) {
        for (const struct lang_key *key = keys; key && key->name; key++) {
                const struct yaml_node *value =
                        !set || key->setting ? yaml_get(node, key->name) : NULL;

                if (value)
                        (key->read ? key->read : lang_value_read)(reading, key, value,
                                                                  (char *)base + key->at);
        }
}

bool lang_map_read(struct lang_reading *reading, const struct yaml_node *node,
                   const struct lang_map *map, void *ret) {
        const struct lang_key *const tables[] = {map->keys, NULL};
        bool fine = lang_keys_check(reading, node, map->what, "R012", tables, false);

        lang_keys_read(reading, node, map->keys, false, ret);
        return fine;
}
