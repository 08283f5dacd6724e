/* SPDX-License-Identifier: MIT
 *
 * when: finds out which kind of condition it has, and reads it. Each kind is a file in this folder.
 */
#include "rules/lang/when/when.h"

#include <stdio.h>
#include <string.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/when/rows.h"

/* The number of words, and room for all of them, each followed by ", ". */
enum {
#define LANG_CONDITION_ROW(word) +1
        WHEN_WORDS = 0 LANG_CONDITIONS(LANG_CONDITION_ROW),
#undef LANG_CONDITION_ROW
#define LANG_CONDITION_ROW(word) +sizeof(#word ", ")
        WORDS_BYTES = 0 LANG_CONDITIONS(LANG_CONDITION_ROW),
#undef LANG_CONDITION_ROW
};

const struct lang_condition *const lang_conditions[] = {
#define LANG_CONDITION_ROW(word) &lang_##word,
        LANG_CONDITIONS(LANG_CONDITION_ROW)
#undef LANG_CONDITION_ROW
                NULL,
};

/* "event, vital, …" */
static const char *words_text(char *ret, size_t ret_bytes) {
        size_t used = 0;

        for (size_t i = 0; lang_conditions[i] && used < ret_bytes; i++)
                used += (size_t)snprintf(ret + used, ret_bytes - used, "%s%s", i ? ", " : "",
                                         lang_conditions[i]->word);
        return ret;
}

static void none_complain(struct lang_reading *reading, const struct yaml_node *when) {
        const char *words[WHEN_WORDS + 1] = {NULL}, *nearest = NULL;
        char list[WORDS_BYTES];

        for (size_t i = 0; lang_conditions[i]; i++)
                words[i] = lang_conditions[i]->word;
        if (when->child)
                nearest = diag_nearest(when->child->key, words);
        if (nearest)
                diag_hint(reading->diag, "did you mean \"%s\"?", nearest);
        diag_add(reading->diag, DIAG_ERROR, "R028", when->file,
                 when->child ? when->child->key_mark : when->mark, NULL, "when needs one of: %s",
                 words_text(list, sizeof(list)));
}

const struct lang_condition *lang_condition_find(struct lang_reading *reading,
                                                 const struct yaml_node *when) {
        static const struct lang_key *const no_keys[] = {NULL};
        const struct lang_condition *found = NULL;

        if (when->type != YAML_MAP) {
                lang_keys_check(reading, when, "when", "R012", no_keys, false);
                return NULL;
        }
        for (size_t i = 0; lang_conditions[i]; i++) {
                const struct yaml_node *pair = yaml_get(when, lang_conditions[i]->word);

                if (!pair)
                        continue;
                if (found) {
                        LANG_ERROR_AT_KEY(reading, "R028", pair, "make two rules of it",
                                          "when has both \"%s\" and \"%s\"", found->word,
                                          pair->key);
                        return NULL;
                }
                found = lang_conditions[i];
        }
        if (!found)
                none_complain(reading, when);
        return found;
}

bool lang_condition_read(struct lang_reading *reading, const struct lang_condition *condition,
                         struct lang_place *place) {
        bool set = place->is_override;

        reading->place = place;
        lang_keys_read(reading, place->when, condition->when_keys, set, place->condition);
        lang_keys_read(reading, place->beside, condition->beside_keys, set, place->condition);

        bool fine = condition->check(reading, place);

        reading->place = NULL;
        return fine;
}
