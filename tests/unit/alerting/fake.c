/* SPDX-License-Identifier: MIT */
#include "alerting/act/decision.h"
#include "alerting/act/due.h"
#include "alerting/act/hear.h"
#include "alerting/act/rejoin.h"
#include "alerting/intake/take.h"
#include "alerting/journal/ledger_record.h"
#include "alerting/journal/owing.h"
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/journal/response_record.h"

struct fake fake;

/* --- the stand-ins ----------------------------------------------------------------------------- */

int journal_batch_new(struct journal_batch **ret) {
        *ret = calloc(1, sizeof(**ret));
        return 0;
}

struct journal_batch *journal_batch_free(struct journal_batch *batch) {
        if (batch)
                free(batch->page.json);
        free(batch);
        return NULL;
}

int journal_batch_add(struct journal_batch *batch, enum journal_topic topic, const char *key,
                      char *value, size_t value_bytes) {
        batch->records++;
        if (topic != JOURNAL_PAGES || !value || !strstr(value, "\"alert\":")) {
                free(value);
                return 0;
        }
        snprintf(batch->page.alert_id, sizeof(batch->page.alert_id), "%s", key);
        batch->page.json = value;
        return 0;
}

void journal_submit(struct journal *journal, int32_t partition, struct journal_batch *batch,
                    void *deed) {
        assert_true(fake.waiting_count < FAKE_BATCHES);
        batch->deed = deed;
        fake.waiting[fake.waiting_count++] = batch;
}

bool journal_is_busy(const struct journal *journal, int32_t partition) {
        return fake.waiting_count > 0;
}

int feed_publish(struct feed *feed, const char *district, int severity, const char *change,
                 const char *state, size_t state_bytes, int64_t time_ms) {
        return 0;
}

int64_t alerting_now_ms(struct alerting *alerting) {
        return fake.now_ms;
}

void intake_done(struct intake *intake, int32_t partition, int64_t offset) {
        fake.done = offset + 1;
}

bool intake_is_ready(const struct intake *intake, int32_t partition) {
        fake.looks++;
        return true;
}

bool intake_holds(const struct intake *intake, int32_t partition) {
        return !fake.is_others;
}

bool intake_is_settled(const struct intake *intake) {
        return true;
}

int64_t ledger_next(struct ledger *ledger, int32_t partition) {
        return ++fake.seq;
}

void ledger_seen(struct ledger *ledger, int32_t partition, int64_t seq) {
        if (seq > fake.seq)
                fake.seq = seq;
}

void ledger_resume(struct ledger *ledger, int32_t partition, bool is_owed) {
        fake.ledger_is_open = !is_owed;
}

bool ledger_write(struct ledger *ledger, int32_t partition, const char *key, const char *alert_id,
                  int64_t seq, int64_t n, const char *json, size_t bytes) {
        struct fake_row *row = &fake.writing[fake.writing_count];

        if (!fake.ledger_is_open)
                return false;
        assert_true(fake.writing_count++ < FAKE_ROWS);
        snprintf(row->alert_id, sizeof(row->alert_id), "%s", alert_id);
        /* Read the entry back as the next process would. */
        assert_true(ledger_record_read(json, bytes, &row->seq, &row->n));
        assert_int_equal(row->seq, seq);
        assert_int_equal(row->n, n);
        return true;
}

int ledger_poll(struct ledger *ledger, int64_t now_mono_ms) {
        return 0;
}

/* --- a channel that reaches every recipient ------------------------------------------------------- */

static int channel_read(struct channel **ret, const struct conf *conf, const char *file,
                        struct diag *diag) {
        static struct channel channel;

        *ret = &channel;
        return 0;
}

static void channel_close(struct channel *channel) {
}

static bool channel_can_reach(const struct channel *channel, const char *id) {
        return true;
}

static int channel_send(struct channel *channel, const struct message *message) {
        struct fake_frame *frame;

        assert_true(fake.frame_count < FAKE_FRAMES);
        frame = &fake.frames[fake.frame_count++];
        snprintf(frame->to, sizeof(frame->to), "%s", message->to);
        snprintf(frame->type, sizeof(frame->type), "%s", message_type_name(message->type));
        return 1;
}

static const struct channel_type fake_channel = {.name = "fake",
                                                 .receipt = &receipt_usual,
                                                 .read = channel_read,
                                                 .close = channel_close,
                                                 .can_reach = channel_can_reach,
                                                 .send = channel_send};

/* --- what a test calls ------------------------------------------------------------------------- */

static void alerting_open_again(void) {
        fake.alerting.book = fake.world.book;
        fake.alerting.registry = fake.world.registry;
        fake.alerting.view = fake.world.view;
}

int fake_setup(void **state) {
        memset(&fake, 0, sizeof(fake));
        world_init(&fake.world);
        fake.now_ms = WORLD_NOW_MS;
        fake.ledger_is_open = true;
        alerting_open_again();
        fake.alerting.channels = world_channels(&fake_channel);
        fake.alerting.outcome = calloc(1, sizeof(struct outcome));
        fake.alerting.sent = calloc(1, sizeof(struct outcome));
        return 0;
}

static void forget_waiting(void) {
        for (size_t i = 0; i < fake.waiting_count; i++) {
                decision_discard(fake.waiting[i]->deed);
                journal_batch_free(fake.waiting[i]);
        }
        fake.waiting_count = 0;
}

int fake_teardown(void **state) {
        forget_waiting();
        for (size_t i = 0; i < fake.page_count; i++)
                free(fake.pages[i].json);
        free(fake.alerting.outcome);
        free(fake.alerting.sent);
        channels_close(fake.alerting.channels);
        world_fini(&fake.world);
        return 0;
}

struct response *press(unsigned n) {
        struct alert alert = world_alert(n, fake.now_ms);
        struct response *response = NULL;

        snprintf(alert.rule_id, sizeof(alert.rule_id), "sos-%u", n);
        outcome_clear(fake.alerting.outcome);
        assert_int_equal(take_once(fake.world.book, &fake.alerting.view, &alert, 0, fake.offset,
                                   fake.now_ms, fake.alerting.outcome, &response),
                         0);
        assert_int_equal(
                decision_submit(&fake.alerting, response, fake.alerting.outcome, fake.offset++), 0);
        return response;
}

static void keep_page(struct fake_page *page) {
        for (size_t i = 0; i < fake.page_count; i++) {
                if (strcmp(fake.pages[i].alert_id, page->alert_id) != 0)
                        continue;
                free(fake.pages[i].json);
                fake.pages[i] = *page;
                page->json = NULL;
                return;
        }
        assert_true(fake.page_count < FAKE_ALERTS);
        fake.pages[fake.page_count++] = *page;
        page->json = NULL;
}

void taken(bool reported) {
        struct journal_batch *batch = fake.waiting[0];

        assert_true(fake.waiting_count > 0);
        fake.waiting_count--;
        memmove(fake.waiting, fake.waiting + 1, fake.waiting_count * sizeof(fake.waiting[0]));
        if (batch->page.json)
                keep_page(&batch->page);
        if (reported)
                decision_released(&fake.alerting, 0, batch->deed);
        else
                decision_discard(batch->deed);
        journal_batch_free(batch);
        assert_int_equal(fake.alerting.failed, 0);
}

void written(void) {
        taken(true);
}

void all_written(void) {
        while (fake.waiting_count > 0)
                written();
}

void ledger_taken(bool reported) {
        struct fake_row row = fake.writing[0];

        assert_true(fake.writing_count > 0 && fake.row_count < FAKE_ROWS);
        fake.writing_count--;
        memmove(fake.writing, fake.writing + 1, fake.writing_count * sizeof(fake.writing[0]));
        fake.rows[fake.row_count++] = row;
        if (reported)
                owing_kept(fake.alerting.book, row.alert_id, row.seq, row.n);
}

void ledger_found(void) {
        const struct fake_row *last = fake.row_count ? &fake.rows[fake.row_count - 1] : NULL;

        fake.ledger_is_open = true;
        if (last)
                ledger_seen(NULL, 0, last->seq);
        assert_int_equal(owing_ended(fake.alerting.ledger, fake.alerting.book, 0,
                                     last ? last->seq : -1, last ? last->n : -1),
                         0);
}

void kill_and_restart(void) {
        forget_waiting();
        fake.writing_count = 0;
        fake.seq = 0;
        book_free(fake.world.book);
        assert_int_equal(book_new(&fake.world.book), 0);
        alerting_open_again();
        for (size_t i = 0; i < fake.page_count; i++) {
                struct response *response = NULL;

                assert_int_equal(response_record_decode(&response, fake.pages[i].json,
                                                        strlen(fake.pages[i].json)),
                                 0);
                assert_int_equal(book_restore(fake.world.book, 0, response), 0);
        }
        owing_resume(fake.alerting.ledger, fake.alerting.book, 0);
        rejoin_partition(&fake.alerting, 0);
        assert_int_equal(fake.alerting.failed, 0);
}

void pass(int64_t ms) {
        fake.now_ms += ms;
        assert_int_equal(due_run(&fake.alerting, fake.now_ms, 100), 0);
}

size_t told(const char *to, const char *type) {
        size_t count = 0;

        for (size_t i = 0; i < fake.frame_count; i++)
                count += strcmp(fake.frames[i].to, to) == 0 &&
                         strcmp(fake.frames[i].type, type) == 0;
        return count;
}

void say(const struct response *response, const char *who, enum answer_type type) {
        struct answer said = world_answer(response, who, type);
        char body[512];
        int bytes = snprintf(body, sizeof(body),
                             type < ANSWER_ACCEPT
                                     ? "{\"page_id\":\"%s\"}"
                                     : "{\"page_id\":\"%s\",\"ack_id\":\"%s\",\"reason\":\"real\"}",
                             said.page_id, said.ack_id);

        hear_said(&fake.alerting, who, said.role, answer_type_name(type),
                  strlen(answer_type_name(type)), body, (size_t)bytes);
}
