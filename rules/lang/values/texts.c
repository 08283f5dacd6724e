/* SPDX-License-Identifier: MIT
 *
 * Title and advice in both languages, and the {placeholders} in them.
 */
#include "rules/lang/values/texts.h"

#include <stdio.h>
#include <string.h>

#include "rules/eval/conditions/conditions.h"
#include "rules/eval/rule/placeholder.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

static const struct lang_key text_keys[] = {
        {.name = "zh",
         .type = LANG_KEY_TEXT,
         .required = true,
         .most = ALERT_TEXT_BYTES - 1,
         .what = "Chinese"},
        {.name = "en",
         .type = LANG_KEY_TEXT,
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

/* Inside { } a comma ends an unquoted text, and the rest of the text becomes a key without a value: report that. */
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

/* Read { zh: …, en: … }. Both must be there. */
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

/* --- placeholders ------------------------------------------------------------------------------------------- */

/* Return: the position in the file of the @bytes at @at, a part of @node's text; the position of the whole text if
 * the part cannot be located. */
static struct diag_mark mark_within(const struct yaml_node *node, const char *at, size_t bytes) {
        struct diag_mark mark = node->mark;
        int before = 0, within = 0, all = 0;

        for (const char *byte = node->text; *byte; byte++) {
                bool begins = ((unsigned char)*byte & 0xc0) != 0x80;

                before += begins && byte < at;
                within += begins && byte >= at && byte < at + bytes;
                all += begins;
        }
        /* If the text has escapes or several lines, columns in the file do not match characters of the text. */
        if (mark.columns != all + 2 * node->quoted)
                return mark;
        mark.column += before + node->quoted;
        mark.columns = within;
        return mark;
}

static void wrong_complain(struct lang_reading *reading, const struct yaml_node *node,
                           const char *at, size_t bytes, const struct lang_condition *condition) {
        struct diag_mark mark = mark_within(node, at, bytes);
        const char *fitting[PLACEHOLDERS + 1], *nearest;
        char name[32], list[160] = "";
        size_t count = 0, used = 0;

        for (unsigned int i = 0; i < PLACEHOLDERS; i++)
                if (conditions_say(condition->type, (enum placeholder)i))
                        fitting[count++] = placeholder_name(i);
        fitting[count] = NULL;
        for (size_t i = 0; i < count && used < sizeof(list); i++)
                used += (size_t)snprintf(list + used, sizeof(list) - used, "%s{%s}", i ? " " : "",
                                         fitting[i]);

        snprintf(name, sizeof(name), "%.*s", (int)(bytes > 2 ? bytes - 2 : 0), at + 1);
        nearest = diag_nearest(name, fitting);
        if (at[bytes - 1] != '}')
                diag_hint(reading->diag, "write {{ for a brace");
        else if (nearest)
                diag_hint(reading->diag, "did you mean {%s}?", nearest);
        else
                diag_hint(reading->diag, "one of: %s", list);
        diag_add(reading->diag, DIAG_ERROR, "R051", node->file, mark, NULL,
                 "%.*s cannot be said in a rule about %s", (int)bytes, at,
                 diag_word(reading->diag, condition->about));
}

static void text_check(struct lang_reading *reading, const struct yaml_node *node,
                       const struct lang_condition *condition) {
        size_t bytes;

        if (!node || node->type != YAML_TEXT)
                return;
        for (const char *at = node->text; *at; at += bytes) {
                enum placeholder placeholder = PLACEHOLDERS;
                enum placeholder_found found = placeholder_read(at, &placeholder, &bytes);

                if (found == PLACEHOLDER_WRONG ||
                    (found == PLACEHOLDER_NAMED && !conditions_say(condition->type, placeholder)))
                        wrong_complain(reading, node, at, bytes, condition);
        }
}

void lang_texts_check(struct lang_reading *reading, const struct yaml_node *texts,
                      const struct lang_condition *condition) {
        text_check(reading, yaml_get(texts, "zh"), condition);
        text_check(reading, yaml_get(texts, "en"), condition);
}
