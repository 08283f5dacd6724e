/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/read/read_expect.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "common/language/say.h"

enum { COUNT_MAX = 1000000 };
static const int64_t AGE_MAX_MS = INT64_C(400) * 86400000;
static const double NUMBER_MAX = 1e9;

/* What an expectation is about, by its key. */
static const struct subject {
        const char *key;
        enum rule_test_expect_type type;
        enum alert_transition transition;
        bool late;
} subjects[] = {
        {"open", RULE_TEST_EXPECT_OPEN, ALERT_RAISED, false},
        {"raised", RULE_TEST_EXPECT_FOUND, ALERT_RAISED, false},
        {"late", RULE_TEST_EXPECT_FOUND, ALERT_RAISED, true},
        {"cleared", RULE_TEST_EXPECT_FOUND, ALERT_CLEARED, false},
        {"cancelled", RULE_TEST_EXPECT_FOUND, ALERT_CANCELLED, false},
        {"severity_changed", RULE_TEST_EXPECT_FOUND, ALERT_SEVERITY_CHANGED, false},
        {"none", RULE_TEST_EXPECT_NONE, ALERT_RAISED, false},
        {"page", RULE_TEST_EXPECT_PAGED, ALERT_RAISED, false},
        {"pages", RULE_TEST_EXPECT_PAGES, ALERT_RAISED, false},
        {"response", RULE_TEST_EXPECT_RESPONSE, ALERT_RAISED, false},
        {"ledger", RULE_TEST_EXPECT_LEDGER, ALERT_RAISED, false},
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

static const struct yaml_read_key keys[] = {
        {"at", false},
        {"from", false},
        {"to", false},
        {"elder", false},
        {"rule", false},
        {"value", false},
        {"limit", false},
        {"late_at_least", false},
        {"severity", false},
        {"overridden", false},
        {"drill", false},
        {"device", false},
        {"count", false},
        {"step", false},
        {"holder", false},
        {"who", false},
        {"reason", false},
        {"open", false},
        {"raised", false},
        {"late", false},
        {"cleared", false},
        {"cancelled", false},
        {"severity_changed", false},
        {"none", false},
        {"page", false},
        {"pages", false},
        {"response", false},
        {"ledger", false},
};

/* --- when --------------------------------------------------------------------------------------- */

static void window_read(struct rule_test_reading *reading, const struct yaml_node *node,
                        struct rule_test_expect *expect) {
        const struct yaml_node *at = yaml_get(node, "at"), *from = yaml_get(node, "from");
        const struct yaml_node *to = yaml_get(node, "to");
        bool needs_moment =
                expect->type == RULE_TEST_EXPECT_OPEN || expect->type == RULE_TEST_EXPECT_RESPONSE;

        if (at && (from || to))
                RULE_TEST_ERROR(reading, "T007", at, NULL, "either at, or from and to");
        if (needs_moment && !at)
                RULE_TEST_ERROR(reading, "T007", node, "as in  { at: 60s, open: [] }",
                                "this is about one moment: say at");
        expect->is_moment = at != NULL;
        if (at && rule_test_reading_moment(reading, at, &expect->from_ms))
                expect->to_ms = expect->from_ms + RULE_TEST_SECOND_MS - 1;
        if (from)
                rule_test_reading_moment(reading, from, &expect->from_ms);
        if (to && rule_test_reading_moment(reading, to, &expect->to_ms) &&
            expect->to_ms < expect->from_ms)
                RULE_TEST_ERROR(reading, "T007", to, NULL, "to lies before from");
}

/* --- about what --------------------------------------------------------------------------------- */

/* Read a list of ids, or a single id. @rules: they are rule ids and must exist. */
static int names_read(struct rule_test_reading *reading, const struct yaml_node *node, bool rules,
                      struct rule_test_expect *expect) {
        const struct yaml_node *item = node->type == YAML_LIST ? node->child : node;
        size_t count = node->type == YAML_LIST ? node->count : 1;

        if (node->type == YAML_MAP) {
                RULE_TEST_ERROR(reading, "T011", node, "as in  [ sos, fall ]",
                                "a list is expected here");
                return 0;
        }
        expect->names = calloc(count + 1, sizeof(*expect->names));
        if (!expect->names)
                return err_raise(-ENOMEM);
        for (size_t i = 0; i < count; i++, item = item->next) {
                char *name = expect->names[expect->name_count];

                if (rules ? rule_test_reading_rule(reading, item, name)
                          : rule_test_reading_text(reading, item, name, REGISTRY_ID_BYTES))
                        expect->name_count++;
        }
        return 0;
}

/* Read one of @words. */
static void word_read(struct rule_test_reading *reading, const struct yaml_node *node,
                      const char *const *words, const char **ret) {
        int index = 0;

        if (yaml_read_word(node, words, &index, "T008", reading->diag))
                *ret = words[index];
}

static void number_read(struct rule_test_reading *reading, const struct yaml_node *node, int *ret) {
        int64_t number;

        if (node && yaml_read_integer(node, 0, COUNT_MAX, &number, "T008", reading->diag))
                *ret = (int)number;
}

static int subject_read(struct rule_test_reading *reading, const struct yaml_node *value,
                        struct rule_test_expect *expect) {
        switch (expect->type) {
        case RULE_TEST_EXPECT_FOUND:
                rule_test_reading_rule(reading, value, expect->rule);
                return 0;
        case RULE_TEST_EXPECT_NONE:
                expect->any = value->type == YAML_TEXT && strcmp(value->text, "any") == 0;
                return expect->any ? 0 : names_read(reading, value, true, expect);
        case RULE_TEST_EXPECT_OPEN:
                return names_read(reading, value, true, expect);
        case RULE_TEST_EXPECT_PAGED:
                return names_read(reading, value, false, expect);
        case RULE_TEST_EXPECT_PAGES:
                number_read(reading, value, &expect->count);
                return 0;
        case RULE_TEST_EXPECT_RESPONSE:
                word_read(reading, value, rehearsal_states(), &expect->state);
                return 0;
        case RULE_TEST_EXPECT_LEDGER:
                word_read(reading, value, rehearsal_ledger_words(), &expect->ledger);
                return 0;
        }
        return 0;
}

/* --- how it must be ----------------------------------------------------------------------------- */

static void flag_read(struct rule_test_reading *reading, const struct yaml_node *node, int *ret) {
        bool is_so;

        if (node && yaml_read_bool(node, &is_so, "T008", reading->diag))
                *ret = is_so;
}

static void text_read(struct rule_test_reading *reading, const struct yaml_node *node, char *ret,
                      size_t ret_bytes) {
        if (node)
                rule_test_reading_text(reading, node, ret, ret_bytes);
}

static void details_read(struct rule_test_reading *reading, const struct yaml_node *node,
                         struct rule_test_expect *expect) {
        static const char *const severities[] = {"critical", "major", "minor", "info", NULL};
        const struct yaml_node *rule = yaml_get(node, "rule"), *elder = yaml_get(node, "elder");
        const struct yaml_node *value = yaml_get(node, "value"), *limit = yaml_get(node, "limit");
        const struct yaml_node *severity = yaml_get(node, "severity");
        const struct yaml_node *age = yaml_get(node, "late_at_least");
        int index;

        if (rule)
                rule_test_reading_rule(reading, rule, expect->rule);
        if (elder)
                rule_test_reading_elder(reading, elder, expect->elder);
        if (value)
                yaml_read_number(value, -NUMBER_MAX, NUMBER_MAX, &expect->value, "T008",
                                 reading->diag);
        if (limit)
                yaml_read_number(limit, -NUMBER_MAX, NUMBER_MAX, &expect->limit, "T008",
                                 reading->diag);
        if (severity && yaml_read_word(severity, severities, &index, "T008", reading->diag))
                expect->severity = (enum severity)(index + SEVERITY_CRITICAL);
        if (age)
                yaml_read_duration_ms(age, 1, AGE_MAX_MS, &expect->late_at_least_ms, "T008",
                                      reading->diag);
        flag_read(reading, yaml_get(node, "overridden"), &expect->overridden);
        flag_read(reading, yaml_get(node, "drill"), &expect->drill);
        text_read(reading, yaml_get(node, "device"), expect->device, sizeof(expect->device));
        text_read(reading, yaml_get(node, "holder"), expect->who, sizeof(expect->who));
        text_read(reading, yaml_get(node, "who"), expect->who, sizeof(expect->who));
        text_read(reading, yaml_get(node, "reason"), expect->reason, sizeof(expect->reason));
        number_read(reading, yaml_get(node, "count"), &expect->count);
        number_read(reading, yaml_get(node, "step"), &expect->step);
}

static int expect_read(struct rule_test_reading *reading, const struct yaml_node *node,
                       struct rule_test_expect *expect) {
        const struct yaml_node *value = NULL;
        const struct subject *subject = NULL;
        int found = 0, r;

        *expect = (struct rule_test_expect){.node = node,
                                            .from_ms = INT64_MIN,
                                            .to_ms = INT64_MAX,
                                            .value = NAN,
                                            .limit = NAN,
                                            .overridden = -1,
                                            .drill = -1,
                                            .count = -1};
        memcpy(expect->elder, reading->test->elder, sizeof(expect->elder));
        if (!yaml_read_check_keys(node, "an expectation", keys, sizeof(keys) / sizeof(keys[0]),
                                  "T001", reading->diag))
                return 0;
        for (size_t i = 0; i < SUBJECTS; i++) {
                if (!yaml_get(node, subjects[i].key))
                        continue;
                found++;
                subject = &subjects[i];
                value = yaml_get(node, subject->key);
        }
        if (found != 1) {
                RULE_TEST_ERROR(
                        reading, "T007", node,
                        "one of open, raised, late, cleared, cancelled, severity_changed, none, "
                        "page, pages, response, ledger",
                        found ? "an expectation asks one thing only"
                              : N_("nothing is expected here"));
                return 0;
        }
        expect->type = subject->type;
        expect->transition = subject->transition;
        expect->late = subject->late;
        r = subject_read(reading, value, expect);
        details_read(reading, node, expect);
        window_read(reading, node, expect);
        return r;
}

int rule_test_expects_read(struct rule_test_reading *reading, const struct yaml_node *list) {
        struct rule_test_case *test = reading->test;
        int r = 0;

        if (!list || !list->child) {
                RULE_TEST_ERROR(reading, "T007", reading->test->node,
                                "as in  - { at: 60s, open: [] }",
                                "a test that expects nothing can never fail");
                return 0;
        }
        test->expects = calloc(list->count, sizeof(*test->expects));
        if (!test->expects)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *item = list->child; r == 0 && item; item = item->next)
                r = expect_read(reading, item, &test->expects[test->expect_count++]);
        return r;
}
