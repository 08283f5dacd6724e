/* SPDX-License-Identifier: MIT
 *
 * Card: one alert as one recipient knows it, with the answers of the person and what is still to be sent.
 *
 * Thread: that of its book. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_CARD_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/registry/registry.h"

enum {
        PAGE_CARD_ID_BYTES = 112, /* alert / recipient / step / attempt */
        PAGE_CARD_NONCE_BYTES = 40,
        PAGE_CARD_OTHERS_MAX = 12,
        PAGE_CARD_REASON_BYTES = 128,
        PAGE_CARD_CONFIRM_MS = 1000, /* alerting has read a receipt of this age */
        PAGE_CARD_KEPT_MS = 900000,  /* finished cards are kept this long */
        PAGE_CARD_LINKS_MAX = 8,     /* alerting processes */
        /* While an alert moves between processes, all may reply that they do not know it; at most this long. */
        PAGE_CARD_UNKNOWN_MS = 15000,
        PAGE_CARD_BEAT_MAX = 24, /* per beat; the next beat has the others */
};

enum page_card_answer {
        PAGE_CARD_ANSWER_ACCEPT,
        PAGE_CARD_ANSWER_DECLINE,
        PAGE_CARD_ANSWER_ARRIVE,
        PAGE_CARD_ANSWER_CLOSE,
        PAGE_CARD_ANSWERS,
};

enum page_card_state {
        PAGE_CARD_OPEN,
        PAGE_CARD_ACCEPTED,
        PAGE_CARD_DECLINED,
        PAGE_CARD_ARRIVED,
        PAGE_CARD_CLOSED,     /* this person closed it */
        PAGE_CARD_STOOD_DOWN, /* somebody else handles it, or the alert is over */
};

/* Time of each hand-over: wall clock in microseconds; 0 when the page does not contain it. */
struct page_card_trace {
        int64_t received_us, judged_us, intake_us, stored_us, sent_us;
};

struct page_card {
        char alert_id[ALERT_ID_BYTES];
        char page_id[PAGE_CARD_ID_BYTES];
        char nonce[PAGE_CARD_NONCE_BYTES];
        char role[REGISTRY_ID_BYTES];
        int step, attempt;
        enum severity severity;
        char class[24];
        bool drill;
        int64_t late_ms;
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        char advice_zh[ALERT_TEXT_BYTES], advice_en[ALERT_TEXT_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        char elder_name[REGISTRY_NAME_BYTES];
        int elder_age; /* 0: unknown */
        char address[160];
        char phone[32];
        char district[REGISTRY_ID_BYTES];
        char rule[ALERT_RULE_ID_BYTES];
        char device[EVENT_DEVICE_ID_BYTES];
        char room[REGISTRY_ID_BYTES];
        int64_t event_time_ms, raised_time_ms, answer_by_time_ms;
        char others[PAGE_CARD_OTHERS_MAX][REGISTRY_ID_BYTES];
        int others_count;
        int repeats;
        struct page_card_trace trace;

        enum page_card_state state;
        bool cleared;   /* the condition is over, but an answer is still needed */
        bool cancelled; /* by the elder */
        char ended_by[REGISTRY_ID_BYTES];
        char reason[PAGE_CARD_REASON_BYTES]; /* of the stand-down, the refusal, or the close */
        bool elsewhere;                      /* answered by another device of the same key */

        /* Internal to the book. */
        int link;          /* owner of the alert; -1: the owner does not know it */
        int asked_attempt; /* attempt of the last question */
        struct {
                bool owed; /* given, neither stored nor refused yet */
                bool stored;
                uint8_t unsent;  /* bit per link: this try is still to be sent */
                uint8_t unknown; /* bit per link that replied unknown_page */
                int tries;
                int64_t given_mono_ms;
                int64_t due_mono_ms;
                int eta_s;
                char reason[PAGE_CARD_REASON_BYTES];
        } answers[PAGE_CARD_ANSWERS];
        bool received_owed, delivered_owed;
        int64_t confirmed_time_us; /* wall clock of the first receipt of this step, 0: none yet */
        uint32_t confirmed_connection;
        int64_t ended_mono_ms;
        bool is_done; /* in the list of finished cards */
        struct page_card *next, *bucket_next;
};

enum { PAGE_CARD_NO_LINK = -1 };

const char *page_card_answer_name(enum page_card_answer answer); /* "accept" */

/* Closed or stood down. */
bool page_card_is_over(const struct page_card *card);
/* Closed by anybody. A stand-down because somebody accepted is not final: that person may never arrive. */
bool page_card_is_closed(const struct page_card *card);
/* An accept or decline of this person is stored in Kafka. */
bool page_card_is_answered(const struct page_card *card);
/* A receipt or an answer is still to be sent. */
bool page_card_owes(const struct page_card *card);

/* Set a final @state and the time it was reached. */
void page_card_end(struct page_card *card, enum page_card_state state, int64_t now_mono_ms);

/* Make a stood-down card accepted again: the accept crossed the stand-down and counts. A person who is expected
 * must not read that somebody else goes. */
void page_card_stand_up(struct page_card *card);

/* Make @link the owner of the alert. Answers that the previous owner did not store are due at once. */
void page_card_moved(struct page_card *card, int link);

#endif
