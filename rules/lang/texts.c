/* SPDX-License-Identifier: MIT
 *
 * Title and advice in both languages, and the {placeholders} in them.
 */
#include <stdio.h>
#include <string.h>

#include "rules/lang/parts.h"

static const struct lang_key text_keys[] = {
        {.name = "zh",
         .type = LANG_TEXT,
         .required = true,
         .most = ALERT_TEXT_BYTES - 1,
         .what = "Chinese"},
        {.name = "en",
         .type = LANG_TEXT,
         .required = true,
         .most = ALERT_TEXT_BYTES - 1,
         .what = "English"},
        {.name = NULL},
};
const struct lang_map lang_texts_map = {"a text", text_keys};

static void one_text(struct lang_reading *reading, const struct yaml_node *node, char *ret) {
        if (node->type != YAML_TEXT || !*node->text)
                LANG_ERROR_AT_KEY(reading, "R016", node, NULL, "\"%s\" has no text", node->key);
        else if (strlen(node->text) >= ALERT_TEXT_BYTES)
                LANG_ERROR(reading, "R016", node,
                           "a pager shows about 60 Chinese or 190 Latin letters",
                           "this text is %zu bytes long, %d are possible", strlen(node->text),
                           ALERT_TEXT_BYTES - 1);
        else
                memcpy(ret, node->text, strlen(node->text) + 1);
}

/* A comma ends a text inside { }; the rest of it then reads as a key without a value. */
static bool texts_are_whole(struct lang_reading *reading, const struct yaml_node *map) {
        for (const struct yaml_node *pair = map->child; pair; pair = pair->next) {
                if (lang_key_find(text_keys, pair->key) || pair->type != YAML_TEXT || *pair->text)
                        continue;
                LANG_ERROR_AT_KEY(reading, "R016", pair, "put the whole text in \"quotes\"",
                                  "a comma ends the text of \"%s\" here", map->key);
                return false;
        }
        return true;
}

/* { zh: …, en: … }; both are there or it is an error. */
static void both_texts(struct lang_reading *reading, const struct yaml_node *map, char *ret_zh,
                       char *ret_en) {
        const struct lang_key *const tables[] = {text_keys, NULL};
        const struct yaml_node *zh = yaml_get(map, "zh"), *en = yaml_get(map, "en");

        if (map->type == YAML_MAP && !texts_are_whole(reading, map))
                return;
        lang_keys_check(reading, map, map->key, "R012", tables, false);
        if (zh)
                one_text(reading, zh, ret_zh);
        if (en)
                one_text(reading, en, ret_en);
}

void lang_title_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *map, void *ret) {
        struct rule *rule = ret;

        (void)key;
        both_texts(reading, map, rule->title_zh, rule->title_en);
}

void lang_advice_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *map, void *ret) {
        struct rule *rule = ret;

        (void)key;
        both_texts(reading, map, rule->advice_zh, rule->advice_en);
}
