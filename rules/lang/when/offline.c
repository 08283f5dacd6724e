/* SPDX-License-Identifier: MIT
 *
 * offline: a device has not reported for longer than its limit.
 */
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/when/rows.h"

#include <string.h>

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/values/slots.h"

#define AT(member) offsetof(struct rule_condition, offline.member)

/* heartbeats and longer_than replace each other: an override may use the other form than the rule. */
static void heartbeats_read(struct lang_reading *reading, const struct lang_key *key,
                            const struct yaml_node *node, void *ret) {
        if (yaml_read_number(node, key->least, key->most, ret, "R020", reading->diag))
                reading->place->condition->offline.limit_ms = 0;
}

static void longer_than_read(struct lang_reading *reading, const struct lang_key *key,
                             const struct yaml_node *node, void *ret) {
        struct lang_key plain = *key;

        plain.read = NULL;
        lang_value_read(reading, &plain, node, ret);
        if (*(int64_t *)ret)
                reading->place->condition->offline.factor = 0;
}

static void classes_read(struct lang_reading *reading, const struct lang_key *key,
                         const struct yaml_node *node, void *ret) {
        if (node->type == YAML_LIST ||
            (node->type == YAML_TEXT && strcmp(node->text, key->or_word) == 0))
                lang_value_read(reading, key, node, ret);
        else
                LANG_ERROR(reading, "R017", node,
                           "write  offline: any  or  offline: [ sos_button, smoke ]",
                           "offline needs a list of device classes");
}

static const struct lang_key when_keys[] = {
        {.name = "offline",
         .type = LANG_KEY_NAMES,
         .least = 1,
         .most = RULE_WORDS_MAX,
         .or_word = "any",
         .required = true,
         .at = AT(device_classes),
         .read = classes_read,
         .what = "device classes of the registry, or any"},
        {.name = "heartbeats",
         .type = LANG_KEY_NUMBER,
         .least = 1,
         .most = 100,
         .at = AT(factor),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = heartbeats_read,
         .what = "silent for so many of its own heartbeats"},
        {.name = "longer_than",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(1),
         .most = LANG_DAYS(31),
         .least_set_ms = LANG_OWN_MIN_MS,
         .at = AT(limit_ms),
         .setting = LANG_SET(RULE_SETTING_LIMIT),
         .read = longer_than_read,
         .what = "silent for so long, whatever its heartbeat"},
        LANG_DURING_KEY,
        {.name = NULL},
};

static void begin(struct rule *rule) {
        rule->condition.offline.factor = 1;
        rule->class = ALERT_TECHNICAL;
}

static bool check(struct lang_reading *reading, const struct lang_place *place) {
        const struct yaml_node *longer_than = yaml_get(place->when, "longer_than");

        if (longer_than && yaml_get(place->when, "heartbeats"))
                LANG_ERROR_AT_KEY(reading, "R028", longer_than, NULL,
                                  "longer_than and heartbeats exclude each other");
        return true;
}

const struct lang_condition lang_offline = {
        .word = "offline",
        .about = N_("an offline device"),
        .type = CONDITION_OFFLINE,
        .when_keys = when_keys,
        .begin = begin,
        .check = check,
};
