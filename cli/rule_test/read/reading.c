/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/read/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rule_test/timeline/local_time.h"
#include "common/language/say.h"
#include "rules/eval/rule/rule_set.h"

bool rule_test_reading_moment(struct rule_test_reading *reading, const struct yaml_node *node,
                              int64_t *ret_ms) {
        static const char *const whys[] = {
                [LOCAL_TIME_UNREADABLE] = N_("is not a moment"),
                [LOCAL_TIME_SKIPPED] = N_("does not exist: the clocks go forward over it"),
                [LOCAL_TIME_TWICE] = N_("comes twice: the clocks go back over it"),
                [LOCAL_TIME_WRONG_OFFSET] = N_("has another offset from UTC"),
        };
        static const char *const helps[] = {
                [LOCAL_TIME_UNREADABLE] =
                        N_("write 90s after the start, \"22:10\", or \"2026-11-25 03:00\""),
                [LOCAL_TIME_SKIPPED] = N_("take a time before or after the change"),
                [LOCAL_TIME_TWICE] =
                        N_("say which with the offset, as in \"2026-10-25 01:30+00:00\""),
                [LOCAL_TIME_WRONG_OFFSET] = N_("leave the offset out where a time comes only once"),
        };
        int r = LOCAL_TIME_UNREADABLE;

        if (node->type == YAML_TEXT)
                r = local_time_read(node->text, reading->file->zone, reading->test->start_ms,
                                    ret_ms);
        if (r == 0)
                return true;
        RULE_TEST_ERROR(reading, "T002", node, helps[r], "\"%s\" %s",
                        node->type == YAML_TEXT ? node->text : "…",
                        diag_word(reading->diag, whys[r]));
        return false;
}

bool rule_test_reading_text(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret, size_t ret_bytes) {
        if (node->type != YAML_TEXT || !node->text[0]) {
                RULE_TEST_ERROR(reading, "T008", node, NULL, "a word is expected here");
                return false;
        }
        if (strlen(node->text) >= ret_bytes) {
                RULE_TEST_ERROR(reading, "T008", node, NULL, "\"%s\" is longer than %zu bytes",
                                node->text, ret_bytes - 1);
                return false;
        }
        memcpy(ret, node->text, strlen(node->text) + 1);
        return true;
}

static bool rule_known(const struct rule_set *rules, const char *id, const char **ret_nearest) {
        uint32_t count = rule_set_count(rules);
        const char **ids;

        *ret_nearest = NULL;
        if (rule_set_find(rules, id) >= 0)
                return true;
        ids = calloc(count + 1, sizeof(*ids));
        for (uint32_t i = 0; ids && i < count; i++)
                ids[i] = rule_set_rule(rules, i)->id;
        if (ids)
                *ret_nearest = diag_nearest(id, ids);
        free(ids);
        return false;
}

bool rule_test_reading_rule(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret) {
        const char *nearest;

        if (!rule_test_reading_text(reading, node, ret, ALERT_RULE_ID_BYTES))
                return false;
        if (rule_known(reading->file->rules, ret, &nearest))
                return true;
        if (nearest)
                diag_hint(reading->diag, "did you mean \"%s\"?", nearest);
        RULE_TEST_ERROR(reading, "T005", node, NULL, "no rule has the id \"%s\"", ret);
        return false;
}

bool rule_test_reading_elder(struct rule_test_reading *reading, const struct yaml_node *node,
                             char *ret) {
        if (!rule_test_reading_text(reading, node, ret, EVENT_ELDER_ID_BYTES))
                return false;
        if (registry_elder(reading->test->registry, ret))
                return true;
        RULE_TEST_ERROR(reading, "T006", node, "elders of a test stand under elder: or registry:",
                        "no elder has the id \"%s\"", ret);
        return false;
}

bool rule_test_reading_recipient(struct rule_test_reading *reading, const struct yaml_node *node,
                                 char *ret) {
        const struct registry *registry = reading->test->registry;
        const struct registry_elder *elder = registry_elder(registry, reading->test->elder);
        const char *desk = ladders_desk(reading->file->ladders, elder ? elder->district : "");

        if (!rule_test_reading_text(reading, node, ret, REGISTRY_ID_BYTES))
                return false;
        if (strcmp(ret, "desk") == 0)
                snprintf(ret, REGISTRY_ID_BYTES, "%s", desk);
        if (registry_contact(registry, ret) || registry_team(registry, ret) ||
            strcmp(ret, desk) == 0)
                return true;
        RULE_TEST_ERROR(reading, "T006", node, "a contact, a team, or desk",
                        "nobody who could be paged has the id \"%s\"", ret);
        return false;
}

const struct yaml_node *rule_test_reading_list(struct rule_test_reading *reading,
                                               const struct yaml_node *map, const char *key) {
        const struct yaml_node *list = yaml_get(map, key);

        if (!list || list->type == YAML_LIST)
                return list;
        RULE_TEST_ERROR(reading, "T011", list, "write  - …  lines below it, or [ … ]",
                        "\"%s\" must be a list", key);
        return NULL;
}

char *rule_test_reading_path_beside(const struct test_file *file, const char *path) {
        const char *slash = strrchr(file->path, '/');
        char *ret;

        if (path[0] == '/' || !slash)
                return strdup(path);
        return asprintf(&ret, "%.*s/%s", (int)(slash - file->path), file->path, path) < 0 ? NULL
                                                                                          : ret;
}
