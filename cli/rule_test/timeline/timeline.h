/* SPDX-License-Identifier: MIT
 *
 * Timeline: everything that happened in a test, in order: what the rules found, what alerting did about it, and
 * what the test itself did.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_TIMELINE_TIMELINE_H
#define VIGIL_CLI_RULE_TEST_TIMELINE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "alerting/rehearsal/rehearsal.h"
#include "common/wire/alert.h"
#include "common/base/zone.h"

struct language;

/* Equal ledger entries, as of a desk paged all night, that are listed singly; further ones are folded into the
 * last. */
enum { TIMELINE_TIMES = 3 };

enum timeline_type {
        TIMELINE_FOUND,  /* a verdict of the rules */
        TIMELINE_LEDGER, /* what alerting recorded about an alert */
        TIMELINE_NOTE,   /* a change by the test: restart, reload */
};

struct timeline_entry {
        enum timeline_type type;
        int64_t time_ms;
        int64_t last_ms;             /* of the last folded repeat; otherwise time_ms */
        int times;                   /* number of the repeat, from 1; plus the folded ones */
        const struct alert *alert;   /* FOUND, LEDGER: as it was at that time */
        struct rehearsal_entry word; /* LEDGER */
        int rung;                    /* LEDGER: step in the ladder's file, from 1 */
        const char *note;            /* NOTE: a constant in English, for say() */
};

struct timeline {
        struct timeline_entry *entries;
        size_t count, room;
        struct alert **alerts; /* one per verdict, owned */
        size_t alert_count, alert_room;
};

int timeline_new(struct timeline **ret);
struct timeline *timeline_free(struct timeline *timeline);

/* Add an entry: a verdict of the rules, a change by the test. @alert is copied, @note is not. Return: 0 or -ENOMEM. */
int timeline_found(struct timeline *timeline, const struct alert *alert);
int timeline_note(struct timeline *timeline, int64_t time_ms, const char *note);
/* Add a ledger entry; an alert that is not in the timeline is ignored. Return: 0 or -ENOMEM. */
int timeline_ledger(struct timeline *timeline, const char *alert_id,
                    const struct rehearsal_entry *word);

/* Print at most @most lines, with repeats folded. */
void timeline_print(const struct timeline *timeline, const struct zone *zone,
                    const struct language *language, size_t most, const char *indent, FILE *stream);

/* Write one entry as text, without its time. */
void timeline_entry_text(const struct timeline_entry *entry, const struct language *language,
                         char *ret, size_t ret_bytes);

#endif
