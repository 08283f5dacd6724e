/* SPDX-License-Identifier: MIT
 *
 * Rehearsal 演练: what alerting would do. The shipped intake, book, ladders and routes, without Kafka, without pagers and
 * without a clock: whoever drives it says what the rules found, what people answer, who can be reached, and what time it
 * is. What alerting would write into the ledger comes back, in the ledger's own words (docs/wire/ledger.md).
 *
 * Beside first.h and the ladders this is all that the command knows of alerting: `vigil test` is made of it.
 *
 * Thread: one. Blocks: a zone's file is read the first time it is met.
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
        REHEARSAL_RECIPIENTS_MAX = 64, /* who cannot be reached as usual */
        REHEARSAL_REASON_BYTES = 64,
};

/* How a recipient can be reached. */
enum rehearsal_reach {
        REHEARSAL_CONNECTED, /* and says at once that a page came */
        REHEARSAL_SILENT,    /* connected, and nothing comes back */
        REHEARSAL_AWAY,      /* not connected */
        REHEARSAL_NO_KEY,    /* has no pager at all */
        REHEARSAL_BUSY,      /* a team on another call, connected */
};

/* One entry of the ledger, and how its alert stands afterwards. The words are constant. */
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
        int rung; /* which step of its ladder's file that is, from 1; 0: of a step before the current one */
};

/* NULL-terminated, in the order in which they are declared. */
const char *const *rehearsal_ledger_words(void); /* "raised", "planned" … */
const char *const *rehearsal_states(void);       /* "unacked", "acked" … "closed" */
const char *const *rehearsal_answers(void);      /* "accept", "decline", "arrive", "close" */

/* Called for each entry. Return: 0, or -errno, which the call that led to it gives back. */
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

/* Return: 0, -ENOMEM, or what zone_open() says of the time zone. */
int rehearsal_new(struct rehearsal **ret, const struct rehearsal_options *options);
struct rehearsal *rehearsal_free(struct rehearsal *rehearsal);

/* A transition the rules found, as alerting reads it from vigil.alerts. Return: 0 or -errno. */
int rehearsal_take(struct rehearsal *rehearsal, const struct alert *alert, int64_t now_ms);

/* Do what is due by now. Return: 0 or -errno. */
int rehearsal_tick(struct rehearsal *rehearsal, int64_t now_ms);
/* When something is due; INT64_MAX: nothing is. */
int64_t rehearsal_next_ms(const struct rehearsal *rehearsal);

/* @who answers the newest page about @rule. @answer: of rehearsal_answers().
 * Return: 0; REHEARSAL_NO_ALERT, no alert of that rule was told; REHEARSAL_NOT_PAGED, not to them; REHEARSAL_REFUSED and
 * why in *ret_why; -errno. */
enum { REHEARSAL_NO_ALERT = 1, REHEARSAL_NOT_PAGED, REHEARSAL_REFUSED };
int rehearsal_answer(struct rehearsal *rehearsal, const char *who, const char *rule,
                     const char *answer, const char *reason, int64_t now_ms, const char **ret_why);

/* From now on @who is reached like that; what waited for a pager goes out when it connects.
 * Return: 0; REHEARSAL_TOO_MANY: of more than REHEARSAL_RECIPIENTS_MAX; -errno. */
enum { REHEARSAL_TOO_MANY = 1 };
int rehearsal_reach(struct rehearsal *rehearsal, const char *who, enum rehearsal_reach reach,
                    int64_t now_ms);

#endif
