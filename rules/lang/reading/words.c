/* SPDX-License-Identifier: MIT
 *
 * Words: the words of rule files and their values.
 */
#include "rules/lang/reading/words.h"

#include <stdio.h>
#include <string.h>

#include "common/language/say.h"
#include "rules/lang/reading/reading.h"

/* --- kinds ---------------------------------------------------------------------------------------- */

/* Words for a pair of kinds, in addition to the word of each kind. */
static const struct lang_word pairs[] = {
        {"door", KIND_DOOR_OPEN, KIND_DOOR_CLOSED},
        {"bed", KIND_BED_IN, KIND_BED_OUT},
        {"chair", KIND_CHAIR_IN, KIND_CHAIR_OUT},
};

static bool has_uses(const struct event_kind_info *info, uint8_t uses) {
        return (info->uses & uses) == uses;
}

void lang_kind_words(uint8_t uses, bool with_pairs, struct lang_word ret[LANG_WORDS_MAX + 1]) {
        const struct event_kind_info *info;
        size_t count = 0;

        /* Error messages show the first word as the example. Among signs of life, put kinds that are nothing else
         * first. */
        for (int turn = 0; turn < 2; turn++)
                for (size_t i = 0; (info = event_kind_at(i)) && count < LANG_WORDS_MAX; i++) {
                        bool first = uses == KIND_USE_SIGN && info->shape == KIND_SHAPE_ACTIVITY;

                        if (has_uses(info, uses) && first == (turn == 0))
                                ret[count++] =
                                        (struct lang_word){info->name, (uint16_t)info->kind, 0};
                }
        for (size_t i = 0; with_pairs && i < sizeof(pairs) / sizeof(pairs[0]); i++)
                if (has_uses(event_kind_info(pairs[i].value), uses) &&
                    has_uses(event_kind_info(pairs[i].value2), uses) && count < LANG_WORDS_MAX)
                        ret[count++] = pairs[i];
        ret[count] = (struct lang_word){NULL, 0, 0};
}

enum alert_class lang_kind_class(unsigned int kind) {
        const struct event_kind_info *info = event_kind_info(kind);

        if (info && info->uses & KIND_USE_LIFE)
                return ALERT_LIFE_SAFETY;
        switch (info ? info->shape : KIND_SHAPE_ACTIVITY) {
        case KIND_SHAPE_VITAL:
                return ALERT_VITAL;
        case KIND_SHAPE_TECHNICAL:
                return ALERT_TECHNICAL;
        default:
                return ALERT_ACTIVITY;
        }
}

enum alert_class lang_kinds_class(const struct rule_kinds *kinds) {
        enum alert_class class = ALERT_TECHNICAL;

        for (unsigned int kind = 0; kind < KIND_LIMIT; kind++)
                if (rule_kinds_has(kinds, kind) && lang_kind_class(kind) < class)
                        class = lang_kind_class(kind);
        return class;
}

enum event_kind lang_kind_clears(unsigned int kind) {
        const struct event_kind_info *info = event_kind_info(kind);

        return info ? info->cleared_by : KIND_NONE;
}

/* --- other words -------------------------------------------------------------------------------------- */

const struct lang_word lang_severity_words[] = {
        {"critical", SEVERITY_CRITICAL, 0},
        {"major", SEVERITY_MAJOR, 0},
        {"minor", SEVERITY_MINOR, 0},
        {"info", SEVERITY_INFO, 0},
        {NULL, 0, 0},
};

const struct lang_word lang_care_level_words[] = {
        {"self_reliant", 0, 0},
        {"partial", 0, 0},
        {"full", 0, 0},
        {NULL, 0, 0},
};

const struct lang_word lang_day_words[] = {
        {N_("mon"), 0, 0}, {N_("tue"), 1, 0}, {N_("wed"), 2, 0}, {N_("thu"), 3, 0},
        {N_("fri"), 4, 0}, {N_("sat"), 5, 0}, {N_("sun"), 6, 0}, {NULL, 0, 0},
};

bool lang_id_is_fine(const char *id, size_t bytes) {
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

        return *id && strlen(id) < bytes && id[strspn(id, letters)] == '\0';
}

bool lang_list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                        const char *example) {
        if (list->type == YAML_LIST && list->child)
                return true;
        diag_hint(reading->diag, "write  %s: [ %s ]", list->key, example);
        LANG_ERROR(reading, "R017", list, NULL, "\"%s\" must be a list of at least one word",
                   list->key);
        return false;
}
