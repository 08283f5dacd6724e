/* SPDX-License-Identifier: MIT
 *
 * Timeline: everything that a test led to, in the order it happened: what the rules found, what was
 * done about it, and what the test itself did.
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

/* A desk that is asked again all night is written down so often; further repeats are folded. */
enum { TIMELINE_TIMES = 3 };

enum timeline_type {
        TIMELINE_FOUND,  /* a verdict of the rules */
        TIMELINE_LEDGER, /* what alerting recorded about an alert */
        TIMELINE_NOTE,   /* what the test did: restart, reload */
};

struct timeline_entry {
        enum timeline_type type;
        int64_t time_ms;
        int64_t last_ms; /* of the repeats folded into it; otherwise time_ms */
        int times;       /* which repeat it is, from 1; beyond TIMELINE_TIMES: with those folded */
        const struct alert *alert;   /* of FOUND and LEDGER; as it stood then */
        struct rehearsal_entry word; /* LEDGER */
        int rung;                    /* LEDGER: the ladder's step as its file lists them, from 1 */
        const char *note;            /* NOTE: in English, for say(); constant */
};

struct timeline {
        struct timeline_entry *entries;
        size_t count, room;
        struct alert **alerts; /* one a verdict */
        size_t alert_count, alert_room;
};

int timeline_new(struct timeline **ret);
struct timeline *timeline_free(struct timeline *timeline);

/* Return: 0 or -ENOMEM. */
int timeline_found(struct timeline *timeline, const struct alert *alert);
int timeline_note(struct timeline *timeline, int64_t time_ms, const char *note);
/* What alerting recorded of an alert. */
int timeline_ledger(struct timeline *timeline, const char *alert_id,
                    const struct rehearsal_entry *word);

/* Print it, at most @most lines, repeats folded. */
void timeline_print(const struct timeline *timeline, const struct zone *zone,
                    const struct language *language, size_t most, const char *indent, FILE *stream);

/* One entry in words, without its time. */
void timeline_entry_text(const struct timeline_entry *entry, const struct language *language,
                         char *ret, size_t ret_bytes);

#endif
