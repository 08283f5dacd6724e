/* SPDX-License-Identifier: MIT
 *
 * Score: what was promised to the neighbourhood and what came. It knows which pages each published
 * happening must lead to, takes every page as a robot of a recipient saw it, and says at
 * the end what is missing, doubled or unexpected, and how long each hand-over took.
 *
 *      expected    one count for each role an expectation names (family; team or desk; …)
 *      received    of those, how many came in time
 *      missing     expected - received
 *      doubled     a person was told the same step again although alerting must have known
 *                  better (page_book.h says exactly when)
 *      resends     the same page once more while its receipt was not confirmed: no second card
 *      unexpected  a page for an alert that nothing led to, or that a story forbids
 *
 * The latency of a page runs from the gateway's publish call to the page frame at the robot, both
 * on this process's monotonic clock; only first pages of a first step count, of happenings that are
 * paged at once (a rule's own hold is no latency), published after the warm-up, and that came before
 * anybody answered (a page that an answer led to has the answer's time in it).
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
        const char *alert_id; /* "" when it cannot be known beforehand: matched by elder and rule */
        int needs[SCORE_NEEDS_MAX]; /* each a set of roles of which one must come; 0 ends. First 0:
                                       nobody may be paged */
        int accepted_by;            /* roles of which one must have accepted; 0: not asked */
        bool timed;                 /* its pages count for the latency */
        int64_t from_mono_us;       /* published, or when it may come at the earliest */
        int64_t by_mono_us;         /* a page after it is none; 0: no limit */
        const char *story;          /* for the report; "" for none; copied */
};

enum score_verdict {
        SCORE_EXPECTED, /* it fulfils an expectation, or belongs to an alert that is expected */
        SCORE_OLDER,    /* of an alert raised before this run */
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
        uint64_t answers_missing; /* accepted_by that nobody of them did */
        uint64_t alerts;          /* different ones that paged */
        uint64_t timed;           /* pages the quantiles stand on */
        double p50_ms, p99_ms, p999_ms;
        double first_page_s; /* after the start; < 0: none came */
        double parts_ms[5];  /* p50 of mqtt, ingest_kafka_rules, alerts_kafka, ledger, zmq */
};

extern const char *const score_part_names[5];

/* @start_time_ms: alerts raised before it are of an earlier run. */
int score_new(struct score **ret, int64_t start_time_ms);

/* The language of score_complaints(). */
void score_speak(struct score *score, const struct language *language);
struct score *score_free(struct score *score);

/* Programs are killed meanwhile: every time limit of what is expected from here on is this much later. What
 * is forbidden stays forbidden just as long. */
void score_allow_late(struct score *score, int64_t allow_late_ms);

/* Everybody is there: first_page_s counts from here. */
void score_begin(struct score *score, int64_t start_mono_us);

int score_expect(struct score *score, const struct score_expectation *expectation);

/* The moment an expected happening really left (it may have waited for a connection).
 * @time_us: wall clock, for the first part. */
void score_published(struct score *score, const char *alert_id, int64_t mono_us, int64_t time_us);

/* A page at a robot. Return: 0 and *ret, or -ENOMEM. */
int score_page(struct score *score, const struct score_page *page, enum score_verdict *ret);

/* Somebody answers now. */
void score_answering(struct score *score, const char *alert_id);

/* A stored answer. */
void score_answered(struct score *score, const char *alert_id, const char *elder_id,
                    const char *rule, int role, enum page_card_answer answer);

/* Only pages of events published from here on count for the latency. */
void score_warm(struct score *score, int64_t mono_us);

/* How many expectations are not fulfilled yet (the forbidding ones do not count). */
size_t score_open(const struct score *score);

/* Sorts the samples: for the end. */
void score_result(struct score *score, struct score_result *ret);

/* One sentence for each thing that went wrong, at most @lines_max. */
void score_complaints(const struct score *score, void (*tell)(void *context, const char *sentence),
                      void *context, int lines_max);

#endif
