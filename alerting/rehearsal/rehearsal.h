/* SPDX-License-Identifier: MIT
 *
 * Rehearsal: run alerting as a simulation. It uses the same intake, book, ladders and routes as vigil-alerting, but no
 * Kafka, no pagers and no clock: the caller gives alerts, answers, who can be reached, and the time. It reports the
 * entries that alerting would write to the ledger, with the words of docs/wire/ledger.md.
 *
 * With first.h and the ladders, this is all of alerting that the `vigil` command uses; `vigil test` is built on it.
 *
 * Thread: one at a time. Blocks: the file of a time zone is read at its first use.
 * Proof: tests/unit/alerting/rehearsal.c, the tests in configs/rules
 */
#ifndef VIGIL_ALERTING_REHEARSAL_REHEARSAL_H
#define VIGIL_ALERTING_REHEARSAL_REHEARSAL_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/route/ladder.h"
#include "common/wire/alert.h"
#include "common/registry/registry.h"

enum {
        REHEARSAL_RECIPIENTS_MAX = 64, /* recipients given to rehearsal_reach() */
        REHEARSAL_REASON_BYTES = 64,
};

/* How a recipient can be reached. */
enum rehearsal_reach {
        REHEARSAL_CONNECTED, /* connected; confirms every page at once */
        REHEARSAL_SILENT,    /* connected, but sends no receipts */
        REHEARSAL_AWAY,      /* not connected */
        REHEARSAL_NO_KEY,    /* has no pager at all */
        REHEARSAL_BUSY,      /* connected, as a team that holds another alert */
};

/* One entry of the ledger, and the state of its alert after the call that made it. The words are constant. */
struct rehearsal_entry {
        const char *type;                  /* of rehearsal_ledger_words() */
        const char *role;                  /* "family"; "" when the entry is about no page */
        const char *state;                 /* of rehearsal_states() */
        char recipient[REGISTRY_ID_BYTES]; /* "" when the entry is about no page */
        char holder[REGISTRY_ID_BYTES];    /* of the alert; "": nobody */
        char by[REGISTRY_ID_BYTES];        /* "rules", "alerting", or a recipient */
        char reason[REHEARSAL_REASON_BYTES];
        int64_t time_ms;
        uint32_t step; /* of the alert, from 0 */
        int rung;      /* the same step in the ladder's file, from 1; 0: not the current step */
};

/* NULL-terminated, in the order in which they are declared. */
const char *const *rehearsal_ledger_words(void); /* "raised", "planned" … */
const char *const *rehearsal_states(void);       /* "unacked", "acked" … "closed" */
const char *const *rehearsal_answers(void);      /* "accept", "decline", "arrive", "close" */

/* Called for each entry. Return: 0; -errno, which the rehearsal call in progress returns. */
typedef int (*rehearsal_note)(void *context, const char *alert_id,
                              const struct rehearsal_entry *entry);

/* All of it must outlive the rehearsal; the registry may change. */
struct rehearsal_options {
        const struct registry *registry;
        const struct ladders *ladders;
        const char *time_zone; /* of the site */
        rehearsal_note note;
        void *context;
};

struct rehearsal;

/* Return: 0, -ENOMEM, or what zone_open() returns for the time zone. */
int rehearsal_new(struct rehearsal **ret, const struct rehearsal_options *options);
struct rehearsal *rehearsal_free(struct rehearsal *rehearsal);

/* Take one record, as alerting reads it from vigil.alerts. Return: 0 or -errno. */
int rehearsal_take(struct rehearsal *rehearsal, const struct alert *alert, int64_t now_ms);

/* Act on every deadline that is not after @now_ms. Return: 0 or -errno. */
int rehearsal_tick(struct rehearsal *rehearsal, int64_t now_ms);
/* The earliest deadline; INT64_MAX: none. */
int64_t rehearsal_next_ms(const struct rehearsal *rehearsal);

/* @who answers their newest page of the latest alert of @rule, an open one if there is any. @answer: of
 * rehearsal_answers(). Return: 0; REHEARSAL_NO_ALERT: no alert of that rule is in the book; REHEARSAL_NOT_PAGED: @who
 * has no page of it; REHEARSAL_REFUSED, and why in *ret_why; -errno. */
enum { REHEARSAL_NO_ALERT = 1, REHEARSAL_NOT_PAGED, REHEARSAL_REFUSED };
int rehearsal_answer(struct rehearsal *rehearsal, const char *who, const char *rule,
                     const char *answer, const char *reason, int64_t now_ms, const char **ret_why);

/* From now on @who can be reached as @reach says. With REHEARSAL_CONNECTED, pages that wait for @who are sent.
 * Return: 0; REHEARSAL_TOO_MANY: @who would be one more than REHEARSAL_RECIPIENTS_MAX; -errno. */
enum { REHEARSAL_TOO_MANY = 1 };
int rehearsal_reach(struct rehearsal *rehearsal, const char *who, enum rehearsal_reach reach,
                    int64_t now_ms);

#endif
