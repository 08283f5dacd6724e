/* SPDX-License-Identifier: MIT */
#include "alerting/act/due.h"

#include "alerting/act/decision.h"
#include "alerting/journal/response_record.h"
#include "common/base/clock.h"
#include "common/base/err.h"

enum {
        WAIT_FOR_JOURNAL_MS = 20, /* until the next check that the last decision is stored */
        WAIT_FOR_PARTITION_MS = 200,
        EXPIRE_MOST = 1000,     /* ids in one call */
        REMEMBERED_MOST = 1000, /* ids in a batch */
};

/* --- ids --------------------------------------------------------------------------------------- */

/* Stores told ids, many in a batch. */
struct remembering {
        struct alerting *alerting;
        int32_t partition;
        int64_t time_ms; /* 0: tombstones */
        struct journal_batch *batch;
        size_t count;
        int failed;
};

static void remember(void *context, const char *alert_id) {
        struct remembering *remembering = context;
        char *json = NULL;
        size_t bytes = 0;
        int r = remembering->failed;

        if (r == 0 && !remembering->batch)
                r = journal_batch_new(&remembering->batch);
        if (r == 0 && remembering->time_ms != 0)
                r = response_record_encode_told(remembering->time_ms, &json, &bytes);
        if (r == 0)
                r = journal_batch_add(remembering->batch, JOURNAL_PAGES, alert_id, json, bytes);
        remembering->failed = r;
        remembering->count++;
}

/* Submit what was collected. Return: 0 or -errno. */
static int remembered(struct remembering *remembering) {
        int r = remembering->failed;

        if (r < 0)
                journal_batch_free(remembering->batch);
        else if (remembering->batch)
                r = decision_write(remembering->alerting, remembering->partition,
                                   remembering->batch);
        remembering->batch = NULL;
        remembering->count = 0;
        return err_trace(r);
}

/* The alert was closed a day ago: only its id and those of its repeats are kept, as told. */
static int retire(struct alerting *alerting, struct response *response) {
        struct remembering remembering = {.alerting = alerting,
                                          .partition = book_partition(alerting->book, response),
                                          .time_ms = response->closed_ms};
        int r;

        book_each_id(alerting->book, response, remember, &remembering);
        r = remembered(&remembering);
        return r < 0 ? err_trace(r) : book_retire(alerting->book, response);
}

int due_remember(struct alerting *alerting, int32_t partition, const char *alert_id,
                 int64_t time_ms) {
        struct remembering remembering = {
                .alerting = alerting, .partition = partition, .time_ms = time_ms};

        remember(&remembering, alert_id);
        return err_trace(remembered(&remembering));
}

static void expired(void *context, int32_t partition, const char *alert_id) {
        struct alerting *alerting = context;

        if (intake_holds(alerting->intake, partition))
                alerting_fail(alerting, due_remember(alerting, partition, alert_id, 0));
}

int due_expire(struct alerting *alerting, int64_t now_ms) {
        return told_expire(book_told(alerting->book), now_ms, EXPIRE_MOST, expired, alerting);
}

struct rewriting {
        struct alerting *alerting;
        int32_t partition;
};

static void rewrite(void *context, struct response *response) {
        const struct rewriting *rewriting = context;
        struct alerting *alerting = rewriting->alerting;

        if (book_partition(alerting->book, response) != rewriting->partition)
                return;
        outcome_begin(alerting->sent);
        alerting->sent->changed = true;
        alerting_fail(alerting, decision_submit(alerting, response, alerting->sent, -1));
        outcome_end(alerting->sent);
}

static void rewrite_told(void *context, const char *alert_id, int64_t time_ms) {
        struct remembering *remembering = context;

        remembering->time_ms = time_ms;
        remember(remembering, alert_id);
        if (remembering->count == REMEMBERED_MOST)
                remembering->failed = remembered(remembering);
}

int due_rewrite(struct alerting *alerting, int32_t partition) {
        struct rewriting rewriting = {.alerting = alerting, .partition = partition};
        struct remembering remembering = {.alerting = alerting, .partition = partition};

        book_each(alerting->book, rewrite, &rewriting);
        told_each(book_told(alerting->book), partition, rewrite_told, &remembering);
        alerting_fail(alerting, remembered(&remembering));
        return alerting->failed;
}

/* --- deadlines --------------------------------------------------------------------------------- */

static int run_one(struct alerting *alerting, struct response *response, int64_t now_ms) {
        int32_t partition = book_partition(alerting->book, response);
        int r;

        if (!intake_is_ready(alerting->intake, partition)) {
                book_defer(alerting->book, response, now_ms + WAIT_FOR_PARTITION_MS);
                return 0;
        }
        /* The last decision is not stored, so nobody has been told of it: the ladder waits for it. */
        if (response->in_flight > 0) {
                book_defer(alerting->book, response, now_ms + WAIT_FOR_JOURNAL_MS);
                return 0;
        }
        if (response->state == RESPONSE_CLOSED)
                return err_trace(retire(alerting, response));
        outcome_begin(alerting->outcome);
        response_tick(response, &alerting->view, now_ms, alerting->outcome);
        book_settle(alerting->book, response);
        r = decision_submit(alerting, response, alerting->outcome, -1);
        outcome_end(alerting->outcome);
        return err_trace(r);
}

int due_run(struct alerting *alerting, int64_t now_ms, int most) {
        int failed = ledger_poll(alerting->ledger, clock_mono_ms());

        if (failed < 0)
                return failed;
        while (most-- > 0) {
                struct response *response = book_due(alerting->book, now_ms);
                int r;

                if (!response)
                        return 0;
                r = run_one(alerting, response, now_ms);
                if (r < 0)
                        return err_trace(r);
        }
        return 0;
}
