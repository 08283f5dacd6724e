/* SPDX-License-Identifier: MIT */
#include "cli/sim/score.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "common/language/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
        BUCKETS = 4096,
        PARTS = 5,
        WRONGS_MAX = 64, /* sentences for the report; the counts are complete */
};

const char *const score_part_names[PARTS] = {"mqtt", "ingest_kafka_rules", "alerts_kafka", "ledger",
                                             "zmq"};

struct expected {
        char elder_id[EVENT_ELDER_ID_BYTES];
        char rule[ALERT_RULE_ID_BYTES];
        char alert_id[ALERT_ID_BYTES];
        char story[STORY_ID_BYTES];
        int needs[SCORE_NEEDS_MAX];
        bool came[SCORE_NEEDS_MAX];
        bool timed, accepted;
        bool answering; /* a robot has answered */
        int accepted_by;
        int64_t from_mono_us, by_mono_us;
        int64_t published_mono_us, published_time_us; /* 0: not yet published */
        struct expected *next;                        /* in order of score_expect() */
        struct expected *bucket_next;                 /* in its bucket, or in loose */
};

/* An alert that caused a page. */
struct alert_seen {
        char alert_id[ALERT_ID_BYTES];
        struct alert_seen *bucket_next;
};

struct samples {
        int64_t *us;
        size_t count, capacity;
};

struct score {
        const struct language *language;
        int64_t start_mono_us, start_time_ms, warm_mono_us;
        int64_t allow_late_us;
        struct expected *first, *last;
        struct expected *by_alert[BUCKETS];
        struct expected *loose; /* without an alert id */
        struct alert_seen *seen[BUCKETS];
        struct samples latency, parts[PARTS];
        uint64_t alerts, doubled, resends, unexpected, older, answered;
        int64_t first_page_mono_us;
        char *wrongs[WRONGS_MAX];
        size_t wrong_count;
};

static size_t bucket_of(const char *alert_id) {
        return murmur2(alert_id, strlen(alert_id)) % BUCKETS;
}

void score_speak(struct score *score, const struct language *language) {
        score->language = language;
}

int score_new(struct score **ret, int64_t start_time_ms) {
        struct score *score = calloc(1, sizeof(*score));

        if (!score)
                return err_raise(-ENOMEM);
        score->start_time_ms = start_time_ms;
        *ret = score;
        return 0;
}

void score_allow_late(struct score *score, int64_t allow_late_ms) {
        score->allow_late_us = allow_late_ms * 1000;
}

void score_begin(struct score *score, int64_t start_mono_us) {
        score->start_mono_us = start_mono_us;
}

struct score *score_free(struct score *score) {
        if (!score)
                return NULL;
        for (struct expected *row = score->first, *next; row; row = next) {
                next = row->next;
                free(row);
        }
        for (size_t i = 0; i < BUCKETS; i++)
                for (struct alert_seen *seen = score->seen[i], *next; seen; seen = next) {
                        next = seen->bucket_next;
                        free(seen);
                }
        for (size_t i = 0; i < score->wrong_count; i++)
                free(score->wrongs[i]);
        for (int i = 0; i < PARTS; i++)
                free(score->parts[i].us);
        free(score->latency.us);
        free(score);
        return NULL;
}

static int sample_add(struct samples *samples, int64_t us) {
        if (samples->count == samples->capacity) {
                size_t capacity = samples->capacity ? samples->capacity * 2 : 1024;
                int64_t *grown = realloc(samples->us, capacity * sizeof(int64_t));

                if (!grown)
                        return err_raise(-ENOMEM);
                samples->us = grown;
                samples->capacity = capacity;
        }
        samples->us[samples->count++] = us;
        return 0;
}

/* --- what must come ------------------------------------------------------------------------------------ */

int score_expect(struct score *score, const struct score_expectation *expectation) {
        struct expected *row = calloc(1, sizeof(*row));
        struct expected **bucket;

        if (!row)
                return err_raise(-ENOMEM);
        snprintf(row->elder_id, sizeof(row->elder_id), "%s", expectation->elder_id);
        snprintf(row->rule, sizeof(row->rule), "%s", expectation->rule);
        snprintf(row->alert_id, sizeof(row->alert_id), "%s", expectation->alert_id);
        snprintf(row->story, sizeof(row->story), "%s", expectation->story);
        memcpy(row->needs, expectation->needs, sizeof(row->needs));
        row->accepted_by = expectation->accepted_by;
        row->timed = expectation->timed;
        row->from_mono_us = expectation->from_mono_us;
        row->by_mono_us = expectation->by_mono_us;
        if (row->by_mono_us && row->needs[0])
                row->by_mono_us += score->allow_late_us;
        if (score->last)
                score->last->next = row;
        else
                score->first = row;
        score->last = row;
        bucket = row->alert_id[0] ? &score->by_alert[bucket_of(row->alert_id)] : &score->loose;
        row->bucket_next = *bucket;
        *bucket = row;
        return 0;
}

void score_published(struct score *score, const char *alert_id, int64_t mono_us, int64_t time_us) {
        for (struct expected *row = score->by_alert[bucket_of(alert_id)]; row;
             row = row->bucket_next)
                if (strcmp(row->alert_id, alert_id) == 0 && row->published_mono_us == 0) {
                        row->published_mono_us = mono_us;
                        row->published_time_us = time_us;
                }
}

void score_warm(struct score *score, int64_t mono_us) {
        score->warm_mono_us = mono_us;
}

static bool row_is_met(const struct expected *row) {
        for (int i = 0; i < SCORE_NEEDS_MAX && row->needs[i]; i++)
                if (!row->came[i])
                        return false;
        return !row->accepted_by || row->accepted;
}

size_t score_open(const struct score *score) {
        size_t open = 0;

        for (const struct expected *row = score->first; row; row = row->next)
                open += !row_is_met(row);
        return open;
}

/* --- what came -------------------------------------------------------------------------------------------- */

static void wrong_add(struct score *score, const char *format, const struct score_page *page) {
        char *sentence;

        if (score->wrong_count == WRONGS_MAX ||
            asprintf(&sentence, say(score->language, format), page->card->rule,
                     page->card->elder_id, page->recipient, page->step, page->card->alert_id,
                     page->card->page_id) < 0)
                return;
        score->wrongs[score->wrong_count++] = sentence;
}

/* Note an alert. Return: 1 when it is new, 0 when it was noted before, -ENOMEM. */
static int alert_note(struct score *score, const char *alert_id) {
        struct alert_seen **bucket = &score->seen[bucket_of(alert_id)];
        struct alert_seen *seen;

        for (seen = *bucket; seen; seen = seen->bucket_next)
                if (strcmp(seen->alert_id, alert_id) == 0)
                        return 0;
        seen = calloc(1, sizeof(*seen));
        if (!seen)
                return err_raise(-ENOMEM);
        snprintf(seen->alert_id, sizeof(seen->alert_id), "%s", alert_id);
        seen->bucket_next = *bucket;
        *bucket = seen;
        score->alerts++;
        return 1;
}

static bool row_is_about(const struct expected *row, const struct page_card *card) {
        if (row->alert_id[0])
                return strcmp(row->alert_id, card->alert_id) == 0;
        return strcmp(row->elder_id, card->elder_id) == 0 && strcmp(row->rule, card->rule) == 0;
}

static int latency_note(struct score *score, const struct expected *row,
                        const struct score_page *page) {
        const struct page_card_trace *trace = page->trace;
        const int64_t stamps[PARTS + 1] = {row->published_time_us, trace->received_us,
                                           trace->judged_us,       trace->intake_us,
                                           trace->stored_us,       page->now_time_us};
        int r;

        if (!row->timed || row->answering || row->published_mono_us == 0 ||
            row->published_mono_us < score->warm_mono_us || page->step != 0 ||
            page->kind != PAGE_NEWS_NEW)
                return 0;
        r = sample_add(&score->latency, page->now_mono_us - row->published_mono_us);
        for (int i = 0; i < PARTS && r == 0; i++)
                if (stamps[i] && stamps[i + 1])
                        r = sample_add(&score->parts[i], stamps[i + 1] - stamps[i]);
        return r;
}

struct noting {
        const struct score_page *page;
        bool about, forbidden;
};

static int row_note(struct score *score, struct expected *row, struct noting *noting) {
        const struct score_page *page = noting->page;
        bool in_time = page->now_mono_us >= row->from_mono_us &&
                       (row->by_mono_us == 0 || page->now_mono_us <= row->by_mono_us);

        if (!row_is_about(row, page->card))
                return 0;
        if (!row->needs[0]) {
                /* Pages are forbidden in this time; a later page has another cause. */
                noting->forbidden |= in_time;
                return 0;
        }
        noting->about = true;
        for (int i = 0; i < SCORE_NEEDS_MAX && row->needs[i]; i++)
                if ((row->needs[i] & page->role) && in_time)
                        row->came[i] = true;
        return latency_note(score, row, page);
}

/* Note the page in every expectation that it matches. Return: 1 when one of them allows it, else 0; -ENOMEM. */
static int rows_note(struct score *score, const struct score_page *page) {
        struct noting noting = {.page = page};
        int r = 0;

        for (struct expected *row = score->by_alert[bucket_of(page->card->alert_id)]; row && r == 0;
             row = row->bucket_next)
                r = row_note(score, row, &noting);
        for (struct expected *row = score->loose; row && r == 0; row = row->bucket_next)
                r = row_note(score, row, &noting);
        return r < 0 ? r : noting.about && !noting.forbidden;
}

int score_page(struct score *score, const struct score_page *page, enum score_verdict *ret) {
        int r;

        if (page->kind == PAGE_NEWS_RESENT) {
                score->resends++;
                *ret = SCORE_RESENT;
                return 0;
        }
        if (page->card->raised_time_ms < score->start_time_ms) {
                score->older++;
                *ret = SCORE_OLDER;
                return 0;
        }
        if (page->kind == PAGE_NEWS_DOUBLED) {
                score->doubled++;
                wrong_add(score, N_("doubled: %s of %s to %s, step %d, alert %s (%s)"), page);
                *ret = SCORE_DOUBLED;
                return 0;
        }
        r = alert_note(score, page->card->alert_id);
        if (r < 0)
                return r;
        if (score->first_page_mono_us == 0)
                score->first_page_mono_us = page->now_mono_us;
        r = rows_note(score, page);
        if (r < 0)
                return r;
        *ret = r ? SCORE_EXPECTED : SCORE_UNEXPECTED;
        if (r == 0) {
                score->unexpected++;
                wrong_add(score, N_("unexpected: %s of %s to %s, step %d, alert %s (%s)"), page);
        }
        return 0;
}

void score_answering(struct score *score, const char *alert_id) {
        for (struct expected *row = score->by_alert[bucket_of(alert_id)]; row;
             row = row->bucket_next)
                row->answering |= strcmp(row->alert_id, alert_id) == 0;
}

void score_answered(struct score *score, const char *alert_id, const char *elder_id,
                    const char *rule, int role, enum page_card_answer answer) {
        if (answer != PAGE_CARD_ANSWER_ACCEPT)
                return;
        score->answered++;
        for (struct expected *row = score->first; row; row = row->next)
                if ((row->accepted_by & role) &&
                    (row->alert_id[0] ? strcmp(row->alert_id, alert_id) == 0
                                      : strcmp(row->elder_id, elder_id) == 0 &&
                                                strcmp(row->rule, rule) == 0))
                        row->accepted = true;
}

/* --- the result ---------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b) {
        int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

        return (left > right) - (left < right);
}

/* The sample at @quantile of the sorted samples, in milliseconds; 0 when there is none. */
static double quantile_ms(struct samples *samples, double quantile) {
        size_t index;

        if (samples->count == 0)
                return 0;
        index = (size_t)((double)samples->count * quantile);
        if (index >= samples->count)
                index = samples->count - 1;
        return (double)samples->us[index] / 1000.0;
}

void score_result(struct score *score, struct score_result *ret) {
        *ret = (struct score_result){
                .doubled = score->doubled,
                .resends = score->resends,
                .unexpected = score->unexpected,
                .older = score->older,
                .answered = score->answered,
                .alerts = score->alerts,
                .timed = score->latency.count,
                .first_page_s = -1,
        };
        for (const struct expected *row = score->first; row; row = row->next) {
                for (int i = 0; i < SCORE_NEEDS_MAX && row->needs[i]; i++) {
                        ret->expected++;
                        ret->received += row->came[i];
                }
                ret->answers_missing += row->accepted_by && !row->accepted;
        }
        ret->missing = ret->expected - ret->received;
        if (score->first_page_mono_us)
                ret->first_page_s =
                        (double)(score->first_page_mono_us - score->start_mono_us) / 1e6;

        if (score->latency.count)
                qsort(score->latency.us, score->latency.count, sizeof(int64_t), by_size);
        ret->p50_ms = quantile_ms(&score->latency, 0.5);
        ret->p99_ms = quantile_ms(&score->latency, 0.99);
        ret->p999_ms = quantile_ms(&score->latency, 0.999);
        for (int i = 0; i < PARTS; i++) {
                if (score->parts[i].count)
                        qsort(score->parts[i].us, score->parts[i].count, sizeof(int64_t), by_size);
                ret->parts_ms[i] = quantile_ms(&score->parts[i], 0.5);
        }
}

static const char *roles_text(const struct score *score, int roles) {
        static const char *const texts[] = {
                NC_("roles", "nobody"),       NC_("roles", "family"),
                NC_("roles", "team"),         NC_("roles", "family or team"),
                NC_("roles", "desk"),         NC_("roles", "family or desk"),
                NC_("roles", "team or desk"), NC_("roles", "anybody at all")};

        return say_as(score->language, "roles", texts[roles & 7]);
}

void score_complaints(const struct score *score, void (*tell)(void *context, const char *sentence),
                      void *context, int lines_max) {
        char sentence[512];
        int lines = 0;

        for (const struct expected *row = score->first; row && lines < lines_max; row = row->next) {
                for (int i = 0; i < SCORE_NEEDS_MAX && row->needs[i]; i++) {
                        if (row->came[i])
                                continue;
                        snprintf(sentence, sizeof(sentence),
                                 say(score->language,
                                     "missing: %s of %s, nobody paged of %s%s%s%s%s"),
                                 row->rule, row->elder_id, roles_text(score, row->needs[i]),
                                 row->story[0] ? say(score->language, ", story ") : "", row->story,
                                 row->alert_id[0] ? say(score->language, ", alert ") : "",
                                 row->alert_id);
                        tell(context, sentence);
                        lines++;
                }
                if (row->accepted_by && !row->accepted) {
                        snprintf(sentence, sizeof(sentence),
                                 say(score->language,
                                     "missing: %s of %s was not accepted by %s%s%s"),
                                 row->rule, row->elder_id, roles_text(score, row->accepted_by),
                                 row->story[0] ? say(score->language, ", story ") : "", row->story);
                        tell(context, sentence);
                        lines++;
                }
        }
        for (size_t i = 0; i < score->wrong_count && lines < lines_max; i++, lines++)
                tell(context, score->wrongs[i]);
}
