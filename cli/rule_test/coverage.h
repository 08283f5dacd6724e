/* SPDX-License-Identifier: MIT
 *
 * Coverage of rule tests: what there is in the rule files and in the ladders they name, and what the
 * tests went through. What there is, is read from the files themselves, so that everything a test
 * never reached can be named with its line:
 *
 *      each rule           raised at least once
 *      its branches        cleared (unless only a person closes it), cancelled within hold, each
 *                          severity, each override, each time slot; held back by each word of unless,
 *                          each rule of inhibited_by, its confirm, its cooldown and flapping
 *      each ladder named   every step reached, every kind of target paged
 *
 * Held back: a rule that a test expects not to raise, and that did not. Counted, no part of the share;
 * but what is meant to hold it back, and a slot of longer_than: never, are gone through by it.
 *
 * Thread: one. Blocks: coverage_read() reads files.
 */
#ifndef VIGIL_CLI_RULE_TEST_COVERAGE_H
#define VIGIL_CLI_RULE_TEST_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/rule_test/read/test_file.h"
#include "cli/rule_test/timeline/timeline.h"
#include "common/wire/alert.h"
#include "common/files/diag.h"
#include "rules/eval/rule/day_slot.h"

struct language;

enum coverage_kind {
        COVERAGE_RAISED,
        COVERAGE_CLEARED,
        COVERAGE_CANCELLED,
        COVERAGE_SEVERITY,
        COVERAGE_UNLESS,
        COVERAGE_INHIBITED,
        COVERAGE_DISMISSED, /* a sign of life while it waited to be confirmed */
        COVERAGE_RESTED,    /* within its cooldown, or flapping */
        COVERAGE_SLOT,
        COVERAGE_OVERRIDE,
        COVERAGE_STEP,
        COVERAGE_TARGET,
};

struct coverage_item {
        enum coverage_kind kind;
        const char *file; /* the coverage's */
        struct diag_mark mark;
        char owner[ALERT_RULE_ID_BYTES]; /* the rule, or the ladder */
        char word
                [ALERT_RULE_ID_BYTES]; /* of the list, the severity, the target; whom an override is for;
                                    * the event that is waited for */
        struct day_slot slot;
        enum rule_override_scope scope;
        bool never; /* a slot in which nothing may be raised */
        int step;   /* step, target: from 1 */
        size_t hits;
        size_t held; /* COVERAGE_RAISED: held back */
};

struct coverage {
        struct coverage_item *items;
        size_t count, room;
        char **files;
        size_t file_count;
        int32_t *holidays; /* of all files, ascending; as in struct rule_calendar */
        uint32_t holiday_count;
};

int coverage_new(struct coverage **ret);
struct coverage *coverage_free(struct coverage *coverage);

void coverage_found(struct coverage *coverage, const struct rule_test_case *test,
                    const struct alert *alert);
void coverage_paged(struct coverage *coverage, const struct rule_test_case *test,
                    const struct timeline_entry *entry);
/* An expectation of none that holds. */
void coverage_held(struct coverage *coverage, const struct rule_test_case *test,
                   const struct rule_test_expect *expect);

/* What was not gone through, in words: "never raised". */
void coverage_item_text(const struct coverage_item *item, const struct language *language,
                        char *ret, size_t ret_bytes);

/* What the tests that were run went through, in per cent of all there is in the rule files and the ladders
 * they name; 100 when there is nothing. */
double coverage_pct(const struct coverage *coverage);

/* A line for each thing no test went through: file:line:col: what. */
void coverage_print_uncovered(const struct coverage *coverage, const struct language *language,
                              FILE *stream);

#endif
