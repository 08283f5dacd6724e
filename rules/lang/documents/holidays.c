/* SPDX-License-Identifier: MIT
 *
 * holidays: the days to which slots may refer. Each is a plain date, or a map with date and name.
 */
#include "rules/lang/documents/holidays.h"

#include <stdlib.h>
#include <string.h>

#include "common/language/say.h"
#include "rules/lang/reading/dates.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

static const struct lang_key keys[] = {
        {.name = "date", .type = LANG_KEY_DATE, .required = true, .what = "year-month-day"},
        {.name = "name", .type = LANG_KEY_TEXT, .what = "for people, read by nobody else"},
        {.name = NULL},
};
const struct lang_map lang_holiday_map = {N_("a holiday"), keys};

static void name_check(struct lang_reading *reading, const struct yaml_node *name) {
        if (name && (name->type != YAML_TEXT || !*name->text))
                LANG_ERROR_AT_KEY(reading, "R016", name, NULL, "\"%s\" has no text", name->key);
}

void lang_holiday_read(struct lang_reading *reading, const struct yaml_node *node) {
        const struct lang_key *const tables[] = {keys, NULL};
        const struct yaml_node *date = node;
        int32_t day;

        if (node->type == YAML_MAP) {
                if (!lang_keys_check(reading, node, lang_holiday_map.what, "R012", tables, false))
                        return;
                date = yaml_get(node, "date");
                name_check(reading, yaml_get(node, "name"));
        }
        if (!lang_day_read(reading, date, &day))
                return;
        if (reading->holiday_count == RULE_HOLIDAYS_MAX) {
                LANG_ERROR(reading, "R039", node, "remove past years", "more than %d holidays",
                           RULE_HOLIDAYS_MAX);
                return;
        }
        for (size_t i = 0; i < reading->holiday_count; i++) {
                if (reading->holidays[i] == day) {
                        LANG_WARN(reading, "W012", node, "remove one of the two",
                                  "this holiday is given twice");
                        return;
                }
        }
        reading->holidays[reading->holiday_count++] = day;
}
