/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: rule files. Any bytes are either refused with at least one error, or become a rule set, and every
 * diagnostic can be printed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/language/language.h"
#include "rules/lang/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds, const char *what) {
        if (holds)
                return;
        fprintf(stderr, "rules: %s\n", what);
        abort();
}

static void set_walk(const struct rule_set *rules) {
        for (uint32_t i = 0; i < rule_set_count(rules); i++)
                check(rule_set_find(rules, rule_set_rule(rules, i)->id) == (int)i,
                      "a rule is not found by its id");
        for (uint32_t i = 0; rule_set_override_at(rules, i); i++) {
                const struct rule_override *override = rule_set_override_at(rules, i);

                check(override->rule_index < rule_set_count(rules), "an override of no rule");
        }
}

/* R046 means that the builder refuses a rule that the checks of rule files have accepted: the two disagree. */
static void builder_agrees(const struct diag *diag) {
        struct diag_item item;

        for (size_t i = 0; diag_at(diag, i, &item); i++) {
                if (strcmp(item.code, "R046") == 0)
                        fprintf(stderr, "%s\n", item.message);
                check(strcmp(item.code, "R046") != 0, "the builder refused what was found fine");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
        static const char *const ladders[] = {"fall-now", "vital-now", "check-in", "technical",
                                              NULL};
        const struct lang_options options = {.ladders = ladders, .now_ms = INT64_C(1795496400000)};
        static struct language *chinese;
        static bool tried;
        static FILE *nowhere;
        struct rule_set *rules = NULL;
        struct diag *diag = NULL;
        int r;

        if (!nowhere)
                nowhere = fopen("/dev/null", "w");
        if (diag_new(&diag) < 0)
                return 0;
        /* Use both languages, because each has its own formats; without a catalogue (VIGIL_LOCALE_DIR), only
         * English. */
        if (!tried)
                (void)language_load(&chinese, "zh");
        tried = true;
        diag_speak(diag, bytes % 2 ? chinese : NULL);
        r = lang_parse(&rules, "fuzz.yaml", (const char *)data, bytes, &options, diag);
        if (r == 0)
                set_walk(rules);
        check(r == 0 || r == LANG_REFUSED, "neither taken nor refused");
        check((r == 0) == (rules != NULL), "the answer and the rule set disagree");
        check((r == 0) == (diag_errors(diag) == 0), "the answer and the complaints disagree");
        builder_agrees(diag);
        diag_print(diag, nowhere, true);
        rule_set_free(rules);
        diag_free(diag);
        return 0;
}
