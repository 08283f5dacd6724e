/* SPDX-License-Identifier: MIT
 *
 * Step 9 of 12: the response to an alert, until a person answers.
 *
 * In: an alert, the answers of people, the passing of time.
 * Out: what to record and whom to tell, as lists; nothing is written or sent here.
 * When things go wrong: no receipt, no answer, a decline or a missed arrival each lead to the next person; the last
 * step pages the desk and is repeated until somebody answers.
 *
 * A response 处置 is one alert and everything done about it. Its calls are pure: all input comes as arguments (the view
 * of route.h for the state of the world, now_ms for the time). So unit tests run whole ladders on a virtual clock, and
 * a response that is read back from vigil.pages continues exactly where it was.
 *
 *      unacked ──accept──▶ acked (family, desk) / dispatched (team) ──arrive──▶ on scene ──close──▶ closed
 *         ▲ │                      │
 *         └─┼──missed arrival──────┘          every step without an answer: next step
 *
 * In reading order: raise.h (alerts), climb.h (the ladder), answer.h (answers), tick.h (time). Each of them fills an
 * outcome (outcome.h). book.h holds all responses, owed.h what the ledger does not have yet.
 *
 * Invariant, checked by audit.h: an open response has a next action with a time, or a human owner.
 *
 * Thread: one at a time. Blocks: never, but the view reads the file of a time zone at its first use.
 * Proof: tests/unit/alerting/climb.c, tests/unit/alerting/answer.c, tests/unit/alerting/raise.c,
 *        tests/unit/alerting/rebuild.c, tests/models/page.pml
 */
#ifndef VIGIL_ALERTING_RESPONSE_RESPONSE_H
#define VIGIL_ALERTING_RESPONSE_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/base/receipt.h"
#include "alerting/base/role.h"
#include "common/wire/alert.h"
#include "common/registry/registry.h"

enum {
        RESPONSE_PAGES_MAX =
                96, /* per alert; then the oldest that is neither open nor accepted goes */
        RESPONSE_FOLDED_MAX = 32, /* ids of repeats remembered per alert */
        RESPONSE_REASON_BYTES = 64,
        RESPONSE_NONCE_BYTES = 17, /* 16 hex digits and NUL */
        PAGE_ID_BYTES = 80,        /* alert/recipient/step/attempt */

        PAGE_AGAIN_AFTER_MS =
                5 * 60 *
                1000, /* a repeat so long after the accept (none: the round's start) pages again */
        RESPONSE_LATE_FROM_MS = 60 * 1000, /* an alert this old at intake is marked late */
        RESPONSE_FEED_ONLY_FOR_MS =
                24 * 3600 * 1000,                   /* an alert that pages nobody is closed then */
        RESPONSE_CLOSED_KEPT_MS = 24 * 3600 * 1000, /* so that a replayed record is recognised */
        RESPONSE_CLOCKS_APART_MS = 1000, /* the normal clock skew of two machines is below this */
};

enum response_state {
        RESPONSE_UNACKED,
        RESPONSE_ACKED,
        RESPONSE_DISPATCHED,
        RESPONSE_ON_SCENE,
        RESPONSE_CLOSED,
};

/* How far a page has got on its way to a person. */
enum page_reach {
        PAGE_REACH_PLANNED,
        PAGE_REACH_SENT,
        PAGE_REACH_RECEIVED,
        PAGE_REACH_DELIVERED,
};

/* What the person did with it. One with PAGE_NO_ANSWER may still be answered. */
enum page_result {
        PAGE_OPEN,
        PAGE_NO_ANSWER,
        PAGE_ACCEPTED,
        PAGE_DECLINED,
        PAGE_STOOD_DOWN,
};

struct page {
        char recipient[REGISTRY_ID_BYTES];
        char nonce[RESPONSE_NONCE_BYTES];
        enum role role;
        enum page_reach reach;
        enum page_result answer;
        uint32_t step;          /* of the alert, from 0 */
        uint32_t attempt;       /* from 1; grows with every resend */
        uint32_t asked_attempt; /* the attempt that asked last; an older decline does not count */
        uint32_t answers;       /* bit per enum answer_type already taken */
        bool was_sent;          /* at least once: the recipient may have the card */
        bool owed_stand_down;   /* decided but not yet handed to a connection */
        int64_t asked_ms;       /* when it was planned, or asked again */
        int64_t retry_ms;       /* when it is sent again; 0: not before the recipient connects */
        int64_t answer_by_ms;

        /* Not stored, known to this process only: */
        const struct receipt *receipt; /* of the recipient's channel; never NULL */
        uint32_t
                stored_attempt; /* the latest attempt whose plan is in Kafka: only that may be sent */
        int64_t sent_us;        /* when this process handed it to a connection; 0: not yet */
};

struct owed;

struct response {
        struct alert alert; /* as raised, with the latest severity, texts and evidence */
        char district[REGISTRY_ID_BYTES];
        enum response_state state;
        bool active;                        /* the condition */
        bool cancelled;                     /* the wearer pressed cancel: verify by call */
        bool feed_only;                     /* pages nobody */
        char reason[RESPONSE_REASON_BYTES]; /* why closed */
        char holder[REGISTRY_ID_BYTES];
        enum role holder_role;
        int64_t intake_ms;
        int64_t held_ms;  /* last accept or arrival */
        int64_t acked_ms; /* first accept, 0: none yet */
        int64_t closed_ms;
        int64_t arrive_by_ms; /* 0: nobody is on the way */
        int64_t step_by_ms;   /* end of the current step, 0: the ladder is stopped */
        int64_t round_ms;     /* start of this round */
        int32_t rung;         /* index in the ladder */
        uint32_t step;        /* number of the current step */
        uint32_t round_step;  /* the first step of this round */
        uint32_t repeats;
        uint32_t ledger_count;
        int64_t offset; /* of the last vigil.alerts record taken, -1: none */
        int64_t intake_us, stored_us;
        char folded[RESPONSE_FOLDED_MAX][ALERT_ID_BYTES]; /* ring of ids of repeats */
        uint32_t folded_count;                            /* all ever, also those overwritten */
        struct page *pages;
        size_t page_count;
        size_t page_capacity;
        struct owed *owed; /* entries that the ledger may lack, in order: owed.h */
        size_t owed_count;
        size_t owed_capacity;
        int64_t seq; /* of the latest decision */

        /* Not stored: */
        int64_t written_seq; /* of the latest decision that is in vigil.pages */
        uint32_t in_flight;  /* batches of this alert that Kafka has not acknowledged */
};

int response_new(struct response **ret);
struct response *response_free(struct response *response);

/* The wall clock was set by @by_ms: shift all times and deadlines of the response and its pages; not those of its
 * alert. */
void response_shift(struct response *response, int64_t by_ms);

/* For a response just read back. If its latest time is ahead of @now_ms by RESPONSE_CLOCKS_APART_MS or more, the clock
 * has been set back since: shift all its times back by the difference, so that its deadlines do not wait for the
 * clock. */
void response_not_from_the_future(struct response *response, int64_t now_ms);

/* --- questions --------------------------------------------------------------------------------- */

/* When response_tick() has something to do next; 0: never, a person holds the alert. Closed: when to forget it. */
int64_t response_next_ms(const struct response *response);

bool response_is_held(const struct response *response); /* acked, dispatched or on scene */

/* The invariant above. True of a closed one. */
bool response_is_owned(const struct response *response);

/* The page of that recipient in that step, or NULL. */
struct page *response_page(const struct response *response, const char *recipient, uint32_t step);

/* Does this alert wait for an answer of @recipient now? */
bool response_asks(const struct response *response, const char *recipient);

/* May it still be answered with an accept? */
bool page_is_live(const struct page *page);
/* Is it received? On a channel without receipts: is it sent? */
bool page_is_received(const struct page *page);
/* Is it not received yet, and will somebody else be paged if it is not in time? Also so for the desk's page of an alert
 * that family holds. */
bool page_asks(const struct response *response, const struct page *page);
/* Is it on a card that the recipient's pager should show: the alert is open, the page unanswered or accepted? */
bool page_is_shown(const struct response *response, const struct page *page);

/* Is @alert_id among the latest RESPONSE_FOLDED_MAX repeats? */
bool response_has_folded(const struct response *response, const char *alert_id);

const char *response_state_name(enum response_state state);
const char *
page_state_name(const struct page *page); /* planned … delivered, accepted, declined, … */

void page_id_make(const struct response *response, const char *recipient, uint32_t step,
                  uint32_t attempt, char *ret /* PAGE_ID_BYTES */);

#endif
