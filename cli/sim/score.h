/* SPDX-License-Identifier: MIT
 *
 * Score: compares expected pages with those received. It knows which pages each published event must cause, takes
 * every page as the robot of its recipient received it, and reports at the end what is missing, doubled or
 * unexpected, and the time of each hand-over.
 *
 *      expected    one for each entry of needs of an expectation (family; team or desk; …)
 *      received    of those, the ones that came in time
 *      missing     expected - received
 *      doubled     the same step was paged again although alerting must know better
 *                  (page_book.h defines this)
 *      resends     the same page again while its receipt was not confirmed: no second card
 *      unexpected  a page for an alert that nothing caused, or that a story forbids
 *
 * Latency is measured from the gateway's publish call to the page frame at the robot, with the monotonic clock of
 * this process. Only first pages count that belong to the first step of an event without a hold, published after
 * the warm-up, and that came before anybody answered (a page caused by an answer includes the time of that answer).
 *
 * Thread: one owner. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_SIM_SCORE_H
#define VIGIL_CLI_SIM_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/recipient/book/page_book.h"
#include "cli/sim/world/story.h"

enum { SCORE_NEEDS_MAX = 3 };

struct language;
struct score;

struct score_expectation {
        const char *elder_id;
        const char *rule;
        const char *alert_id; /* "": unknown in advance, match by elder and rule */
        /* Each is a set of roles, one of which must be paged; 0 ends the list. First 0: nobody may be paged. */
        int needs[SCORE_NEEDS_MAX];
        int accepted_by;      /* one of these roles must accept; 0: not asked */
        bool timed;           /* its pages count for latency */
        int64_t from_mono_us; /* earliest time of a page */
        int64_t by_mono_us;   /* latest time of a page; 0: no limit */
        const char *story;    /* for the report, copied; "": none */
};

enum score_verdict {
        SCORE_EXPECTED, /* its alert is expected */
        SCORE_OLDER,    /* its alert was raised before this run */
        SCORE_UNEXPECTED,
        SCORE_DOUBLED,
        SCORE_RESENT,
};

struct score_page {
        const struct page_card *card;
        const char *recipient;
        int role;                 /* one bit */
        enum page_news_kind kind; /* NEW, NEXT_STEP, RESENT, DOUBLED */
        int step;
        const struct page_card_trace *trace;
        int64_t now_mono_us;
        int64_t now_time_us;
};

struct score_result {
        uint64_t expected, received, missing, doubled, resends, unexpected, older, answered;
        uint64_t answers_missing; /* accepted_by without an accept */
        uint64_t alerts;          /* alerts that caused a page */
        uint64_t timed;           /* samples of the quantiles */
        double p50_ms, p99_ms, p999_ms;
        double first_page_s; /* after score_begin(); < 0: none */
        double parts_ms[5];  /* p50 of mqtt, ingest_kafka_rules, alerts_kafka, ledger, zmq */
};

extern const char *const score_part_names[5];

/* @start_time_ms: alerts raised before it belong to an earlier run. Return: 0 or -ENOMEM. */
int score_new(struct score **ret, int64_t start_time_ms);

/* Set the language of score_complaints(). Default: English. */
void score_speak(struct score *score, const struct language *language);
struct score *score_free(struct score *score);

/* For runs in which programs are killed: the time limits of later score_expect() calls are extended by this. Times
 * in which pages are forbidden are not extended. */
void score_allow_late(struct score *score, int64_t allow_late_ms);

/* The run begins: first_page_s counts from here. */
void score_begin(struct score *score, int64_t start_mono_us);

/* Add an expectation; strings are copied. Return: 0 or -ENOMEM. */
int score_expect(struct score *score, const struct score_expectation *expectation);

/* An expected event was sent, perhaps after waiting for a connection. @time_us: wall clock, for the first part of
 * the latency. */
void score_published(struct score *score, const char *alert_id, int64_t mono_us, int64_t time_us);

/* A robot received a page. Return: 0 and *ret, or -ENOMEM. */
int score_page(struct score *score, const struct score_page *page, enum score_verdict *ret);

/* A robot is about to answer: later pages of this alert do not count for latency. */
void score_answering(struct score *score, const char *alert_id);

/* An answer was stored. */
void score_answered(struct score *score, const char *alert_id, const char *elder_id,
                    const char *rule, int role, enum page_card_answer answer);

/* Only pages of events published after @mono_us count for latency. */
void score_warm(struct score *score, int64_t mono_us);

/* Number of expectations not fulfilled yet; those that forbid pages do not count. */
size_t score_open(const struct score *score);

/* Compute the result. It sorts the samples, so call it at the end. */
void score_result(struct score *score, struct score_result *ret);

/* Call @tell with one sentence per failure, at most about @lines_max times. */
void score_complaints(const struct score *score, void (*tell)(void *context, const char *sentence),
                      void *context, int lines_max);

#endif
