/* SPDX-License-Identifier: MIT
 *
 * Coverage of rule tests: the parts of the rule files and of the ladders they name, and which of them the tests
 * reached. The parts are read from the files themselves, so that each uncovered one can be reported with its line:
 *
 *      each rule           raised at least once
 *      its branches        cleared (unless only a person closes it), cancelled within hold, each
 *                          severity, each override, each time slot; held back by each word of unless,
 *                          each rule of inhibited_by, its confirm, its cooldown and flapping
 *      each ladder named   every step reached, every kind of target paged
 *
 * Held: a rule that a test expects not to raise, and that did not. This is counted but not part of the percentage.
 * It does cover what holds the rule back, and a slot with longer_than: never.
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
        COVERAGE_DISMISSED, /* by a sign of life during its confirmation */
        COVERAGE_RESTED,    /* within its cooldown, or while flapping */
        COVERAGE_SLOT,
        COVERAGE_OVERRIDE,
        COVERAGE_STEP,
        COVERAGE_TARGET,
};

struct coverage_item {
        enum coverage_kind kind;
        const char *file; /* owned by the coverage */
        struct diag_mark mark;
        char owner[ALERT_RULE_ID_BYTES]; /* rule or ladder */
        /* The word of the list, the severity, the target, whom an override is for, or the kind of event awaited. */
        char word[ALERT_RULE_ID_BYTES];
        struct day_slot slot;
        enum rule_override_scope scope;
        bool never; /* a slot with longer_than: never */
        int step;   /* of a step or target, from 1 */
        size_t hits;
        size_t held; /* of COVERAGE_RAISED: times held */
};

struct coverage {
        struct coverage_item *items;
        size_t count, room;
        char **files;
        size_t file_count;
        int32_t *holidays; /* of all files, ascending, as in struct rule_calendar */
        uint32_t holiday_count;
};

/* Return: 0 or -ENOMEM. coverage_read() adds the parts. */
int coverage_new(struct coverage **ret);
struct coverage *coverage_free(struct coverage *coverage);

/* Count the parts that a verdict covers; then the same for an entry of the ledger. */
void coverage_found(struct coverage *coverage, const struct rule_test_case *test,
                    const struct alert *alert);
void coverage_paged(struct coverage *coverage, const struct rule_test_case *test,
                    const struct timeline_entry *entry);
/* Count the parts covered by an expectation of none that is fulfilled. */
void coverage_held(struct coverage *coverage, const struct rule_test_case *test,
                   const struct rule_test_expect *expect);

/* Write an uncovered part to @ret: "fall: never raised". */
void coverage_item_text(const struct coverage_item *item, const struct language *language,
                        char *ret, size_t ret_bytes);

/* Percentage of parts that the tests covered, in the rule files and the ladders they name; 100 when there are none. */
double coverage_pct(const struct coverage *coverage);

/* Print a line for each uncovered part: file:line:col: text. */
void coverage_print_uncovered(const struct coverage *coverage, const struct language *language,
                              FILE *stream);

#endif
