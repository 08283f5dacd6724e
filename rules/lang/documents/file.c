/* SPDX-License-Identifier: MIT */
#include "rules/lang/documents/file.h"

#include <string.h>

#include "common/language/say.h"
#include "rules/lang/documents/holidays.h"
#include "rules/lang/documents/override.h"
#include "rules/lang/documents/rule.h"

static const struct lang_key file_keys[] = {
        {.name = "version",
         .type = LANG_KEY_COUNT,
         .least = 1,
         .most = 1,
         .required = true,
         .what = "of this language: 1"},
        {.name = "holidays",
         .type = LANG_KEY_LIST,
         .or_date = true,
         .map = &lang_holiday_map,
         .what = "days that  holidays: only  and  holidays: except  mean"},
        {.name = "rules",
         .type = LANG_KEY_LIST,
         .map = &lang_rule_map,
         .what = "what is looked for"},
        {.name = "overrides",
         .type = LANG_KEY_LIST,
         .map = &lang_override_map,
         .what = "other values for the city, a district or an elder"},
        {.name = NULL},
};
const struct lang_map lang_file_map = {N_("a rule file"), file_keys};

void lang_file_check(struct lang_reading *reading, const struct yaml_node *root) {
        const struct lang_key *const tables[] = {file_keys, NULL};
        const struct yaml_node *version = yaml_get(root, "version");

        lang_keys_check(reading, root, lang_file_map.what, "R012", tables, false);
        if (version && (version->type != YAML_TEXT || strcmp(version->text, "1") != 0))
                LANG_ERROR(reading, "R013", version, "write  version: 1",
                           "only version 1 of rule files is known here");
        for (const struct lang_key *key = file_keys; key->name; key++) {
                const struct yaml_node *list = yaml_get(root, key->name);

                if (key->type == LANG_KEY_LIST && list && list->type != YAML_LIST)
                        LANG_ERROR(reading, "R017", list, "write  - …  lines below it",
                                   "\"%s\" must be a list", key->name);
        }
}
