/* SPDX-License-Identifier: MIT
 *
 * applies_to: which elders a rule watches; unless: the states in which it does not.
 */
#include "rules/lang/values/who.h"

#include <string.h>

#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"

#define AT(member) offsetof(struct rule_selector, member)

static const struct lang_key keys[] = {
        {.name = "care_levels",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .words = lang_care_level_words,
         .at = AT(care_levels),
         .what = "how much help they need"},
        {.name = "conditions",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .at = AT(conditions),
         .what = "who has one of these conditions"},
        {.name = "tags",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .at = AT(tags),
         .what = "who has one of these tags"},
        {.name = "districts",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .at = AT(districts),
         .what = "who lives in one of these districts, or in one within them"},
        {.name = "age_at_least",
         .type = LANG_KEY_AGE,
         .least = 1,
         .most = 120,
         .at = AT(age_at_least),
         .what = "by the year of birth"},
        {.name = "lives_alone",
         .type = LANG_KEY_FLAG,
         .at = AT(lives_alone),
         .what = "only who lives alone"},
        {.name = NULL},
};
const struct lang_map lang_applies_to_map = {"applies_to", keys};

const struct lang_word lang_unless_words[] = {
        {"away", 0, 0},
        {"hospital", 1, 0},
        {"maintenance", 2, 0},
        {NULL, 0, 0},
};

/* The engine knows from events whether an elder is away. The other states are tags that care staff set. */
void lang_unless_read(struct lang_reading *reading, const struct lang_key *key,
                      const struct yaml_node *list, void *ret) {
        struct rule *rule = ret;
        struct rule_words *tags = &rule->applies_to.not_tags;
        const char *names[LANG_WORDS_MAX + 1];
        int index;

        if (list->type != YAML_LIST || !list->child) {
                LANG_ERROR(reading, "R017", list, "write  unless: [ away, hospital ]",
                           "\"unless\" must be a list of at least one state");
                return;
        }
        lang_key_word_names(key->words, names);
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                if (!yaml_read_word(item, names, &index, "R024", reading->diag))
                        continue;
                if (index == 0)
                        rule->condition.unless_away = true;
                else if (tags->count < RULE_WORDS_MAX)
                        memcpy(tags->word[tags->count++], names[index], strlen(names[index]) + 1);
        }
}
