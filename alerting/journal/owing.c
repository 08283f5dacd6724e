/* SPDX-License-Identifier: MIT */
#include "alerting/journal/owing.h"

#include <errno.h>
#include <stdlib.h>

#include "alerting/journal/ledger_record.h"
#include "alerting/response/owed.h"
#include "common/base/err.h"

/* @ret_written: whether it is in flight now. Return: 0 or -errno. */
static int write_one(struct ledger *ledger, const struct book *book,
                     const struct response *response, const struct owed *owed, bool *ret_written) {
        const struct alert *alert = &response->alert;
        char *json = NULL;
        size_t bytes = 0;
        int r = ledger_record_encode(response, owed, &json, &bytes);

        *ret_written =
                r == 0 && ledger_write(ledger, book_partition(book, response),
                                       alert->elder_id[0] ? alert->elder_id : alert->device_id,
                                       alert->alert_id, owed->seq, owed->entry.n, json, bytes);
        free(json);
        return err_trace(r);
}

int owing_write(struct ledger *ledger, const struct book *book, struct response *response,
                int64_t seq) {
        bool written = true;
        int r = 0;

        if (seq > response->written_seq)
                response->written_seq = seq;
        /* After a refusal stop: owing_ended() writes the rest once the end of the ledger is known. */
        for (size_t i = 0; i < response->owed_count && written; i++) {
                if (response->owed[i].seq == seq)
                        r = write_one(ledger, book, response, &response->owed[i], &written);
        }
        return err_trace(r);
}

void owing_kept(const struct book *book, const char *alert_id, int64_t seq, int64_t n) {
        struct response *response = book_find(book, alert_id);

        if (response)
                owed_kept(response, seq, n);
}

struct missing {
        const struct book *book;
        int32_t partition;
        int64_t seq, n;
        struct owed_of *list;
        size_t count, capacity;
        int failed;
};

static int missing_add(struct missing *missing, struct response *response,
                       const struct owed *owed) {
        if (missing->count == missing->capacity) {
                size_t capacity = missing->capacity ? missing->capacity * 2 : 64;
                struct owed_of *grown = realloc(missing->list, capacity * sizeof(*grown));

                if (!grown)
                        return err_raise(-ENOMEM);
                missing->list = grown;
                missing->capacity = capacity;
        }
        missing->list[missing->count++] = (struct owed_of){.response = response, .owed = owed};
        return 0;
}

static void find_missing(void *context, struct response *response) {
        struct missing *missing = context;

        if (book_partition(missing->book, response) != missing->partition)
                return;
        owed_kept(response, missing->seq, missing->n);
        for (size_t i = 0; i < response->owed_count && missing->failed == 0; i++) {
                if (response->owed[i].seq > response->written_seq)
                        return;
                missing->failed = missing_add(missing, response, &response->owed[i]);
        }
}

int owing_ended(struct ledger *ledger, const struct book *book, int32_t partition, int64_t seq,
                int64_t n) {
        struct missing missing = {.book = book, .partition = partition, .seq = seq, .n = n};
        bool written = true;
        int r;

        book_each(book, find_missing, &missing);
        r = missing.failed;
        if (missing.count > 0)
                qsort(missing.list, missing.count, sizeof(missing.list[0]), owed_compare);
        for (size_t i = 0; i < missing.count && r == 0 && written; i++)
                r = write_one(ledger, book, missing.list[i].response, missing.list[i].owed,
                              &written);
        free(missing.list);
        return err_trace(r);
}

struct last {
        const struct book *book;
        int32_t partition;
        int64_t seq;
        size_t owed;
};

static void see_last(void *context, struct response *response) {
        struct last *last = context;

        if (book_partition(last->book, response) != last->partition)
                return;
        if (response->seq > last->seq)
                last->seq = response->seq;
        last->owed += response->owed_count;
}

void owing_resume(struct ledger *ledger, const struct book *book, int32_t partition) {
        struct last last = {.book = book, .partition = partition};

        book_each(book, see_last, &last);
        ledger_seen(ledger, partition, last.seq);
        ledger_resume(ledger, partition, last.owed > 0);
}
