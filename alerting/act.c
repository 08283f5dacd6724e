/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/alerting.h"
#include "alerting/base/stats.h"
#include "alerting/channel/frame.h"
#include "alerting/channel/message.h"
#include "alerting/feed/feed_state.h"
#include "alerting/journal/ack_record.h"
#include "alerting/journal/ledger.h"
#include "alerting/journal/ledger_record.h"
#include "alerting/journal/state.h"
#include "alerting/notice.h"
#include "alerting/response/owed.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/log.h"

enum {
        WAIT_FOR_JOURNAL_MS = 20, /* look again whether the last plan is written */
        WAIT_FOR_PARTITION_MS = 200,
        EXPIRE_MOST = 1000,     /* ids at a time */
        REMEMBERED_MOST = 1000, /* in a batch */
        STORED_LATE_MS = 2000,  /* from here on Kafka was away, and people get their time back */
        COMPLAIN_AGAIN_MS = 10 * 1000, /* of a thousand alerts of an absent desk one line says it */
};

/* What is to be done once a batch is in Kafka. */
struct deed {
        char alert_id[ALERT_ID_BYTES]; /* "" when there is only a position to move */
        int64_t offset;                /* -1: none */
        int64_t seq;                   /* of the decision */
        int64_t written_mono_ms;
        uint32_t feed_changes; /* bit per enum ledger_type */
        char *feed_state;
        size_t feed_state_bytes;
        char reply_to[REGISTRY_ID_BYTES]; /* "": none */
        const char *reply_type;
        char *reply;
        size_t reply_bytes;
        size_t send_count;
        struct send sends[];
};

/* The feed's word for a ledger entry; NULL: not shown by itself. */
static const char *const feed_words[LEDGER_TYPES] = {
        [LEDGER_RAISED] = "raised",
        [LEDGER_REPEATED] = "repeated",
        [LEDGER_SEVERITY_CHANGED] = "severity_changed",
        [LEDGER_CLEARED] = "cleared",
        [LEDGER_CANCELLED] = "cancelled",
        [LEDGER_SENT] = "paged",
        [LEDGER_RECEIVED] = "received",
        [LEDGER_DELIVERED] = "delivered",
        [LEDGER_ACCEPTED] = "accepted",
        [LEDGER_DECLINED] = "declined",
        [LEDGER_NO_ANSWER] = "no_answer",
        [LEDGER_ESCALATED] = "escalated",
        [LEDGER_ARRIVED] = "arrived",
        [LEDGER_MISSED_ARRIVAL] = "escalated",
        [LEDGER_STAND_DOWN] = "stand_down",
        [LEDGER_CLOSED] = "closed",
};

static void fail(struct alerting *alerting, int r) {
        if (r < 0 && alerting->failed == 0)
                alerting->failed = r;
}

/* --- writing down ------------------------------------------------------------------------------ */

void act_discard(void *context) {
        struct deed *deed = context;

        if (deed) {
                free(deed->feed_state);
                free(deed->reply);
                free(deed);
        }
}

static int deed_new(struct deed **ret, const struct response *response,
                    const struct outcome *outcome, int64_t offset) {
        size_t sends = outcome ? outcome->send_count : 0;
        struct deed *deed = calloc(1, sizeof(*deed) + sends * sizeof(struct send));

        if (!deed)
                return err_raise(-ENOMEM);
        deed->offset = offset;
        deed->written_mono_ms = clock_mono_ms();
        if (response)
                memcpy(deed->alert_id, response->alert.alert_id, sizeof(deed->alert_id));
        deed->send_count = sends;
        if (sends)
                memcpy(deed->sends, outcome->sends, sends * sizeof(struct send));
        *ret = deed;
        return 0;
}

static void count_entry(const struct ledger_entry *entry) {
        static const enum stats_item stats[LEDGER_TYPES] = {
                [LEDGER_RAISED] = STAT_ALERTS_NEW,
                [LEDGER_REPEATED] = STAT_ALERTS_REPEATED,
                [LEDGER_SUPPRESSED] = STAT_ALERTS_SUPPRESSED,
                [LEDGER_PLANNED] = STAT_PAGES_PLANNED,
                [LEDGER_SENT] = STAT_PAGES_SENT,
                [LEDGER_RECEIVED] = STAT_PAGES_RECEIVED,
                [LEDGER_ACCEPTED] = STAT_PAGES_ACCEPTED,
                [LEDGER_DECLINED] = STAT_PAGES_DECLINED,
                [LEDGER_NO_ANSWER] = STAT_PAGES_NO_ANSWER,
                [LEDGER_ESCALATED] = STAT_ESCALATIONS,
        };
        static const bool counted[LEDGER_TYPES] = {
                [LEDGER_RAISED] = true,   [LEDGER_REPEATED] = true, [LEDGER_SUPPRESSED] = true,
                [LEDGER_PLANNED] = true,  [LEDGER_SENT] = true,     [LEDGER_RECEIVED] = true,
                [LEDGER_ACCEPTED] = true, [LEDGER_DECLINED] = true, [LEDGER_NO_ANSWER] = true,
                [LEDGER_ESCALATED] = true};

        if (counted[entry->type])
                stats_add(stats[entry->type], 1);
}

/* A desk that does not receive is a hole in the duty rota: said, and counted by the metrics. */
static void complain(struct alerting *alerting, const struct response *response,
                     const struct ledger_entry *entry) {
        bool deaf = entry->type == LEDGER_NO_ANSWER && entry->role == ROLE_DESK &&
                    entry->attempt > 0 && strcmp(entry->reason, "not_received") == 0;
        bool no_desk = entry->type == LEDGER_ESCALATED && strcmp(entry->reason, "no_desk") == 0;
        int64_t now_ms = clock_mono_ms();

        if (deaf)
                stats_add(STAT_DESKS_DEAF, 1);
        if (no_desk)
                stats_add(STAT_NO_DESK, 1);
        if (deaf && now_ms >= alerting->desk_again_mono_ms) {
                alerting->desk_again_mono_ms = now_ms + COMPLAIN_AGAIN_MS;
                log_event(LOG_ERROR, "V0461", "a desk does not receive; the next one is asked",
                          "desk", entry->recipient, "district", response->district, "alert_id",
                          response->alert.alert_id, NULL);
        }
        if (no_desk && now_ms >= alerting->no_desk_again_mono_ms) {
                alerting->no_desk_again_mono_ms = now_ms + COMPLAIN_AGAIN_MS;
                log_event(LOG_ERROR, "V0462", "no desk receives; everybody is called who can be",
                          "district", response->district, "alert_id", response->alert.alert_id,
                          NULL);
        }
}

/* What the ledger will be owed once the decision is in vigil.pages. Return: bit per enum ledger_type for the feed. */
static uint32_t count_entries(struct alerting *alerting, const struct response *response,
                              const struct outcome *outcome) {
        uint32_t changes = 0;

        for (size_t i = 0; i < outcome->entry_count; i++) {
                const struct ledger_entry *entry = &outcome->entries[i];

                count_entry(entry);
                complain(alerting, response, entry);
                if (feed_words[entry->type])
                        changes |= 1u << entry->type;
        }
        return changes;
}

static int add_state(struct batch *batch, const struct response *response) {
        char *json = NULL;
        size_t bytes = 0;
        int r = state_encode(response, &json, &bytes);

        return r < 0 ? r : batch_add(batch, JOURNAL_PAGES, response->alert.alert_id, json, bytes);
}

/* All records of one decision. Takes @deed over. */
static int submit(struct alerting *alerting, struct response *response,
                  const struct outcome *outcome, struct deed *deed, char *ack, size_t ack_bytes) {
        struct batch *batch = NULL;
        int r = batch_new(&batch);

        if (r == 0 && ack)
                r = batch_add(batch, JOURNAL_ACKS, response->alert.elder_id, ack, ack_bytes);
        else
                free(ack);
        deed->feed_changes = count_entries(alerting, response, outcome);
        deed->seq = ledger_next(alerting->ledger, book_partition(alerting->book, response));
        if (r == 0)
                r = owed_add(response, outcome, deed->seq);
        if (r == 0 && outcome->changed)
                r = add_state(batch, response);
        if (r == 0 && deed->feed_changes && !response->alert.shadow)
                r = feed_state_encode(response, &deed->feed_state, &deed->feed_state_bytes);
        if (r < 0) {
                batch_free(batch);
                act_discard(deed);
                return r;
        }
        response->in_flight++;
        journal_submit(alerting->journal, book_partition(alerting->book, response), batch, deed);
        return 0;
}

int act_submit(struct alerting *alerting, struct response *response, struct outcome *outcome,
               int64_t offset) {
        struct deed *deed = NULL;
        int r;

        if (outcome->failed < 0)
                return outcome->failed;
        if (!outcome->changed && outcome->send_count == 0 && offset < 0)
                return 0;
        r = deed_new(&deed, response, outcome, offset);
        return r < 0 ? r : submit(alerting, response, outcome, deed, NULL, 0);
}

int act_skip(struct alerting *alerting, int32_t partition, int64_t offset) {
        struct batch *batch = NULL;
        struct deed *deed = NULL;
        int r;

        /* Nothing is on its way: the position moves at once. */
        if (!journal_is_busy(alerting->journal, partition)) {
                intake_done(alerting->intake, partition, offset);
                return 0;
        }
        r = batch_new(&batch);
        if (r == 0)
                r = deed_new(&deed, NULL, NULL, offset);
        if (r < 0) {
                batch_free(batch);
                return r;
        }
        journal_submit(alerting->journal, partition, batch, deed);
        return 0;
}

/* --- the ledger -------------------------------------------------------------------------------- */

/* Return: whether it is on its way. */
static bool write_owed(struct alerting *alerting, const struct response *response,
                       const struct owed *owed) {
        const struct alert *alert = &response->alert;
        char *json = NULL;
        size_t bytes = 0;
        bool written = false;
        int r = ledger_record_encode(response, owed, &json, &bytes);

        if (r == 0)
                written = ledger_write(alerting->ledger, book_partition(alerting->book, response),
                                       alert->elder_id[0] ? alert->elder_id : alert->device_id,
                                       alert->alert_id, owed->seq, owed->entry.n, json, bytes);
        fail(alerting, r);
        free(json);
        return written;
}

/* Decision @seq is in vigil.pages: its entries follow. */
static void write_decision(struct alerting *alerting, struct response *response, int64_t seq) {
        if (seq > response->written_seq)
                response->written_seq = seq;
        for (size_t i = 0; i < response->owed_count; i++) {
                if (response->owed[i].seq == seq &&
                    !write_owed(alerting, response, &response->owed[i]))
                        return; /* all of it is written when the ledger's end is known */
        }
}

void act_ledger_kept(void *context, const char *alert_id, int64_t seq, int64_t n) {
        struct alerting *alerting = context;
        struct response *response = book_find(alerting->book, alert_id);

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

static void find_missing(void *context, struct response *response) {
        struct missing *missing = context;

        if (book_partition(missing->book, response) != missing->partition)
                return;
        owed_kept(response, missing->seq, missing->n);
        for (size_t i = 0; i < response->owed_count; i++) {
                if (response->owed[i].seq > response->written_seq)
                        return;
                if (missing->count == missing->capacity) {
                        size_t capacity = missing->capacity ? missing->capacity * 2 : 64;
                        struct owed_of *grown = realloc(missing->list, capacity * sizeof(*grown));

                        if (!grown) {
                                missing->failed = err_raise(-ENOMEM);
                                return;
                        }
                        missing->list = grown;
                        missing->capacity = capacity;
                }
                missing->list[missing->count++] =
                        (struct owed_of){.response = response, .owed = &response->owed[i]};
        }
}

void act_ledger_ended(void *context, int32_t partition, int64_t seq, int64_t n) {
        struct alerting *alerting = context;
        struct missing missing = {
                .book = alerting->book, .partition = partition, .seq = seq, .n = n};

        book_each(alerting->book, find_missing, &missing);
        fail(alerting, missing.failed);
        if (missing.count > 0)
                qsort(missing.list, missing.count, sizeof(missing.list[0]), owed_compare);
        for (size_t i = 0; i < missing.count; i++) {
                if (!write_owed(alerting, missing.list[i].response, missing.list[i].owed))
                        break;
        }
        free(missing.list);
}

static void see_seq(void *context, struct response *response) {
        struct missing *missing = context;

        if (book_partition(missing->book, response) == missing->partition &&
            response->seq > missing->seq)
                missing->seq = response->seq;
        if (book_partition(missing->book, response) == missing->partition)
                missing->count += response->owed_count;
}

/* --- acting ------------------------------------------------------------------------------------ */

static void hand_over_page(struct alerting *alerting, struct response *response, struct page *page,
                           struct outcome *sent) {
        int64_t now_us = clock_wall_us();
        char *json = NULL;
        size_t bytes = 0;
        int r = message_encode_page(response, page, alerting->registry, now_us, &json, &bytes);

        if (r < 0) {
                fail(alerting, r);
                return;
        }
        if (fanout_send(alerting->fanout, page->recipient, "page", json, bytes) > 0) {
                if (!page->was_sent) {
                        stats_time(TIME_STORED_SENT, response->stored_us, now_us);
                        if (page->step == 0)
                                stats_time(TIME_RECEIVED_SENT, response->alert.received_us, now_us);
                }
                page->sent_us = now_us;
                response_sent(response, page->recipient, page->step, alerting_now_ms(alerting),
                              sent);
        } else {
                stats_add(STAT_PAGES_LATER, 1);
        }
        free(json);
}

static void hand_over_word(struct alerting *alerting, struct response *response,
                           const struct send *send, struct outcome *sent) {
        const char *type = send->type == SEND_UPDATE ? "update" : "stand_down";
        char *json = NULL;
        size_t bytes = 0;
        int r = message_encode_send(response, send, &json, &bytes);

        if (r < 0) {
                fail(alerting, r);
                return;
        }
        if (fanout_send(alerting->fanout, send->recipient, type, json, bytes) > 0 &&
            send->type == SEND_STAND_DOWN)
                response_stood_down(response, send->recipient, send->step, sent);
        free(json);
}

/* Things may have moved on while the plan was written: what no longer holds is not said. */
static void hand_over(struct alerting *alerting, struct response *response, const struct send *send,
                      struct outcome *sent) {
        struct page *page = response_page(response, send->recipient, send->step);

        if (send->type != SEND_PAGE) {
                if (send->type == SEND_STAND_DOWN && (!page || !page->owed_stand_down))
                        return; /* told already, by a hello in between; or asked again since */
                hand_over_word(alerting, response, send, sent);
                return;
        }
        if (!page || page->attempt != send->attempt)
                return;
        page->stored_attempt = page->attempt;
        if (page_is_shown(response, page))
                hand_over_page(alerting, response, page, sent);
}

static void show(struct alerting *alerting, const struct response *response,
                 const struct deed *deed) {
        for (int type = 0; deed->feed_state && type < LEDGER_TYPES; type++) {
                if ((deed->feed_changes & 1u << type) == 0)
                        continue;
                fail(alerting,
                     feed_publish(alerting->feed, response->district, (int)response->alert.severity,
                                  feed_words[type], deed->feed_state, deed->feed_state_bytes,
                                  clock_wall_ms()));
        }
}

static bool plans_current_step(const struct response *response, const struct deed *deed) {
        for (size_t i = 0; i < deed->send_count; i++) {
                if (deed->sends[i].type == SEND_PAGE && deed->sends[i].step == response->step)
                        return true;
        }
        return false;
}

static void release(struct alerting *alerting, struct response *response, const struct deed *deed) {
        struct outcome *sent = alerting->sent;
        int64_t now_us = clock_wall_us();

        outcome_clear(sent);
        /* After a partition was lost and came back, the response is another than the one submitted. */
        if (response->in_flight > 0)
                response->in_flight--;
        if (response->stored_us == 0) {
                response->stored_us = now_us;
                stats_time(TIME_INTAKE_STORED, response->intake_us, now_us);
        }
        if (clock_mono_ms() - deed->written_mono_ms >= STORED_LATE_MS &&
            plans_current_step(response, deed))
                response_stored(response, &alerting->view, alerting_now_ms(alerting));
        /* Pages first: nothing else is as urgent. */
        for (size_t i = 0; i < deed->send_count; i++)
                hand_over(alerting, response, &deed->sends[i], sent);
        write_decision(alerting, response, deed->seq);
        show(alerting, response, deed);
        fail(alerting, act_submit(alerting, response, sent, -1));
        book_settle(alerting->book, response);
}

void act_release(void *context, int32_t partition, void *opaque) {
        struct alerting *alerting = context;
        struct deed *deed = opaque;
        struct response *response =
                deed->alert_id[0] ? book_find(alerting->book, deed->alert_id) : NULL;

        if (response)
                release(alerting, response, deed);
        if (deed->reply_to[0])
                (void)fanout_send(alerting->fanout, deed->reply_to, deed->reply_type, deed->reply,
                                  deed->reply_bytes);
        if (deed->offset >= 0)
                intake_done(alerting->intake, partition, deed->offset);
        act_discard(deed);
}

/* --- recipients -------------------------------------------------------------------------------- */

struct joining {
        struct alerting *alerting;
        const char *id;    /* NULL: everybody */
        int32_t partition; /* -1: every one */
        struct response **touched;
        size_t count, capacity;
};

static void touch(struct joining *joining, struct response *response) {
        if (joining->count == joining->capacity) {
                size_t capacity = joining->capacity ? joining->capacity * 2 : 16;
                struct response **grown =
                        realloc(joining->touched, capacity * sizeof(struct response *));

                if (!grown) {
                        fail(joining->alerting, err_raise(-ENOMEM));
                        return;
                }
                joining->touched = grown;
                joining->capacity = capacity;
        }
        joining->touched[joining->count++] = response;
}

static void rejoin(void *context, struct response *response) {
        struct joining *joining = context;
        struct alerting *alerting = joining->alerting;
        struct outcome *sent = alerting->sent;
        int32_t partition = book_partition(alerting->book, response);

        if ((joining->partition >= 0 && partition != joining->partition) ||
            !intake_is_ready(alerting->intake, partition))
                return;
        outcome_clear(sent);
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (joining->id && strcmp(page->recipient, joining->id) != 0)
                        continue;
                if (page->owed_stand_down) {
                        struct send send = {.type = SEND_STAND_DOWN,
                                            .step = page->step,
                                            .attempt = page->attempt,
                                            .by_role = response->holder_role};

                        memcpy(send.recipient, page->recipient, sizeof(send.recipient));
                        memcpy(send.by, response->holder, sizeof(send.by));
                        snprintf(send.reason, sizeof(send.reason), "%s",
                                 response->state == RESPONSE_CLOSED ? "closed" : "accepted");
                        hand_over_word(alerting, response, &send, sent);
                } else if (page_is_shown(response, page) && page->stored_attempt == page->attempt) {
                        hand_over_page(alerting, response, page, sent);
                }
        }
        if (sent->changed)
                touch(joining, response);
        fail(alerting, act_submit(alerting, response, sent, -1));
}

/* Sending moves deadlines, and settling moves the book that is being walked: so it is done after. */
static void rejoin_all(struct joining *joining) {
        if (joining->id)
                book_each_of(joining->alerting->book, joining->id, rejoin, joining);
        else
                book_each(joining->alerting->book, rejoin, joining);
        for (size_t i = 0; i < joining->count; i++)
                book_settle(joining->alerting->book, joining->touched[i]);
        free(joining->touched);
}

void act_joined(void *context, const char *id, enum role role) {
        struct joining joining = {.alerting = context, .id = id, .partition = -1};

        log_event(LOG_DEBUG, "V0421", "an endpoint joined", "recipient", id, "role",
                  role_name(role), NULL);
        rejoin_all(&joining);
}

void act_resume(struct alerting *alerting, int32_t partition) {
        struct joining joining = {.alerting = alerting, .partition = partition};
        struct missing last = {.book = alerting->book, .partition = partition};

        book_each(alerting->book, see_seq, &last);
        ledger_seen(alerting->ledger, partition, last.seq);
        ledger_resume(alerting->ledger, partition, last.count > 0);
        rejoin_all(&joining);
}

static void refuse(struct alerting *alerting, const struct response *response,
                   const struct answer *answer, const char *why) {
        char *json = NULL;
        size_t bytes = 0;
        int r;

        stats_add(STAT_ANSWERS_REFUSED, 1);
        if (log_limit_take(&alerting->answers_refused, answer->recipient, clock_mono_ms()))
                log_event(LOG_WARN, "V0422", "an answer is refused", "alert_id", answer->alert_id,
                          "by", answer->recipient, "type", answer_type_name(answer->type), "why",
                          why, NULL);
        if (answer->type < ANSWER_ACCEPT)
                return;
        r = message_encode_reply(answer, response, why, &json, &bytes);
        if (r == 0)
                (void)fanout_send(alerting->fanout, answer->recipient, "refused", json, bytes);
        fail(alerting, r);
        free(json);
}

/* The answer, what follows from it and the state are written together; `stored` is said after. */
static int store_answer(struct alerting *alerting, struct response *response,
                        const struct answer *answer, struct outcome *outcome) {
        struct deed *deed = NULL;
        char *ack = NULL;
        size_t ack_bytes = 0;
        int r = deed_new(&deed, response, outcome, -1);

        if (r < 0)
                return r;
        memcpy(deed->reply_to, answer->recipient, sizeof(deed->reply_to));
        deed->reply_type = "stored";
        r = message_encode_reply(answer, response, NULL, &deed->reply, &deed->reply_bytes);
        /* Said again: it is in Kafka, or on its way there before this batch. */
        if (r == 0 && outcome->changed)
                r = ack_record_encode(answer, response->alert.elder_id, clock_wall_ms(), &ack,
                                      &ack_bytes);
        if (r < 0) {
                act_discard(deed);
                return r;
        }
        if (outcome->changed)
                stats_add(STAT_ANSWERS_STORED, 1);
        return submit(alerting, response, outcome, deed, ack, ack_bytes);
}

/* Who accepts one alert will not come to the others: whoever is free is asked for those now, not when the step is over. */
static void occupy(void *context, struct response *response) {
        struct joining *joining = context;

        touch(joining, response);
}

static void team_is_occupied(struct alerting *alerting, const char *team) {
        struct joining joining = {.alerting = alerting, .id = team, .partition = -1};

        book_each_of(alerting->book, team, occupy, &joining);
        for (size_t i = 0; i < joining.count; i++) {
                struct response *response = joining.touched[i];

                if (!intake_is_ready(alerting->intake, book_partition(alerting->book, response)))
                        continue;
                outcome_clear(alerting->outcome);
                response_occupied(response, &alerting->view, team, alerting_now_ms(alerting),
                                  alerting->outcome);
                book_settle(alerting->book, response);
                fail(alerting, act_submit(alerting, response, alerting->outcome, -1));
        }
        free(joining.touched);
}

static void take_answer(struct alerting *alerting, struct response *response,
                        const struct answer *answer) {
        struct outcome *outcome = alerting->outcome;
        bool was_acked = response->acked_ms != 0;
        const char *why;

        outcome_clear(outcome);
        if (answer->type == ANSWER_RECEIVED) {
                const struct page *page = response_page(response, answer->recipient, answer->step);

                if (page && page->reach < REACH_RECEIVED)
                        stats_time(TIME_SENT_RECEIVED, page->sent_us, clock_wall_us());
        }
        why = response_answer(response, &alerting->view, answer, alerting_now_ms(alerting),
                              outcome);
        if (why) {
                /* Receipts that cross the close are nobody's mistake. */
                if (answer->type >= ANSWER_ACCEPT || response->state != RESPONSE_CLOSED)
                        refuse(alerting, response, answer, why);
                return;
        }
        if (!was_acked && response->acked_ms != 0)
                stats_time(TIME_TO_ACK, response->intake_ms * 1000, response->acked_ms * 1000);
        if (answer->type >= ANSWER_ACCEPT)
                fail(alerting, outcome->failed < 0
                                       ? outcome->failed
                                       : store_answer(alerting, response, answer, outcome));
        else
                fail(alerting, act_submit(alerting, response, outcome, -1));
        book_settle(alerting->book, response);
        if (answer->type == ANSWER_ACCEPT && answer->role == ROLE_TEAM)
                team_is_occupied(alerting, answer->recipient);
}

void act_said(void *context, const char *id, enum role role, const void *type, size_t type_bytes,
              const void *body, size_t body_bytes) {
        struct alerting *alerting = context;
        struct answer answer;
        struct response *response;

        if (notice_take(alerting, id, role, type, type_bytes, body, body_bytes))
                return;
        if (frame_parse(&answer, type, type_bytes, body, body_bytes) != FRAME_ANSWER) {
                stats_add(STAT_FRAMES_REFUSED, 1);
                if (log_limit_take(&alerting->frames_refused, id, clock_mono_ms()))
                        log_event(LOG_WARN, "V0423", "a frame is refused", "by", id, "why",
                                  err_why(), NULL);
                return;
        }
        snprintf(answer.recipient, sizeof(answer.recipient), "%s", id);
        answer.role = role;
        response = book_find(alerting->book, answer.alert_id);
        /* Not read back yet, or between two owners: the pager says it again until it is stored. */
        if (response ? !intake_is_ready(alerting->intake, book_partition(alerting->book, response))
                     : !intake_is_settled(alerting->intake))
                return;
        if (!response || strcmp(response->alert.alert_id, answer.alert_id) != 0)
                refuse(alerting, NULL, &answer, "unknown_page");
        else
                take_answer(alerting, response, &answer);
}

void act_shows(void *context, const char *id, const void *body, size_t body_bytes) {
        struct alerting *alerting = context;

        fail(alerting, cards_shown(alerting, id, body, body_bytes));
}

void act_partly(void *context, const char *id, int instances) {
        struct alerting *alerting = context;

        if (log_limit_take(&alerting->partly, id, clock_mono_ms()))
                log_event(LOG_WARN, "V0426", "a pager connects to some of the instances only", "by",
                          id, "instances", log_number(instances), "of",
                          log_number((long long)alerting->conf->alerting.instance_count), NULL);
}

void act_tell_counted(struct alerting *alerting, int64_t now_mono_ms) {
        const char *id;
        int64_t count;

        while (log_limit_counted(&alerting->answers_refused, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0424", "more answers were refused", "by", id, "count",
                          log_number(count), NULL);
        while (log_limit_counted(&alerting->frames_refused, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0425", "more frames were refused", "by", id, "count",
                          log_number(count), NULL);
        while (log_limit_counted(&alerting->notices, now_mono_ms, &id, &count))
                log_event(LOG_WARN, "V0451", "more notices of alarms that Kafka has not taken",
                          "by", id, "count", log_number(count), NULL);
        while (log_limit_counted(&alerting->partly, now_mono_ms, &id, &count))
                continue; /* once is enough while it goes on: a metric has it */
}

/* --- deadlines --------------------------------------------------------------------------------- */

/* Many ids at once, in batches. */
struct remembering {
        struct alerting *alerting;
        int32_t partition;
        int64_t time_ms; /* 0: forget them */
        struct batch *batch;
        size_t count;
        int failed;
};

static void remember(void *context, const char *alert_id) {
        struct remembering *remembering = context;
        char *json = NULL;
        size_t bytes = 0;
        int r = remembering->failed;

        if (r == 0 && !remembering->batch)
                r = batch_new(&remembering->batch);
        if (r == 0 && remembering->time_ms != 0)
                r = state_encode_told(remembering->time_ms, &json, &bytes);
        if (r == 0)
                r = batch_add(remembering->batch, JOURNAL_PAGES, alert_id, json, bytes);
        remembering->failed = r;
        remembering->count++;
}

/* Return: 0 or -errno. */
static int remembered(struct remembering *remembering) {
        struct deed *deed = NULL;
        int r = remembering->failed;

        if (r == 0 && remembering->batch)
                r = deed_new(&deed, NULL, NULL, -1);
        if (r < 0)
                batch_free(remembering->batch);
        else if (remembering->batch)
                journal_submit(remembering->alerting->journal, remembering->partition,
                               remembering->batch, deed);
        remembering->batch = NULL;
        remembering->count = 0;
        return r;
}

/* Closed a day ago: of its record and those of its repeats only the ids stay. */
static int retire(struct alerting *alerting, struct response *response) {
        struct remembering remembering = {.alerting = alerting,
                                          .partition = book_partition(alerting->book, response),
                                          .time_ms = response->closed_ms};
        int r;

        book_each_id(alerting->book, response, remember, &remembering);
        r = remembered(&remembering);
        return r < 0 ? r : book_retire(alerting->book, response);
}

int act_remember(struct alerting *alerting, int32_t partition, const char *alert_id,
                 int64_t time_ms) {
        struct remembering remembering = {
                .alerting = alerting, .partition = partition, .time_ms = time_ms};

        remember(&remembering, alert_id);
        return remembered(&remembering);
}

static void expired(void *context, int32_t partition, const char *alert_id) {
        struct alerting *alerting = context;

        fail(alerting, act_remember(alerting, partition, alert_id, 0));
}

int act_expire(struct alerting *alerting, int64_t now_ms) {
        return told_expire(book_told(alerting->book), now_ms, EXPIRE_MOST, expired, alerting);
}

static void rewrite(void *context, struct response *response) {
        struct joining *joining = context;
        struct alerting *alerting = joining->alerting;

        if (book_partition(alerting->book, response) != joining->partition)
                return;
        outcome_clear(alerting->sent);
        alerting->sent->changed = true;
        fail(alerting, act_submit(alerting, response, alerting->sent, -1));
}

static void rewrite_told(void *context, const char *alert_id, int64_t time_ms) {
        struct remembering *remembering = context;

        remembering->time_ms = time_ms;
        remember(remembering, alert_id);
        if (remembering->count == REMEMBERED_MOST)
                remembering->failed = remembered(remembering);
}

int act_rewrite(struct alerting *alerting, int32_t partition) {
        struct joining joining = {.alerting = alerting, .partition = partition};
        struct remembering remembering = {.alerting = alerting, .partition = partition};

        book_each(alerting->book, rewrite, &joining);
        told_each(book_told(alerting->book), partition, rewrite_told, &remembering);
        fail(alerting, remembered(&remembering));
        return alerting->failed;
}

static int act_on(struct alerting *alerting, struct response *response, int64_t now_ms) {
        int32_t partition = book_partition(alerting->book, response);

        if (!intake_is_ready(alerting->intake, partition)) {
                book_defer(alerting->book, response, now_ms + WAIT_FOR_PARTITION_MS);
                return 0;
        }
        /* A ladder must not run ahead of what is written: nobody was told yet. */
        if (response->in_flight > 0) {
                book_defer(alerting->book, response, now_ms + WAIT_FOR_JOURNAL_MS);
                return 0;
        }
        if (response->state == RESPONSE_CLOSED)
                return retire(alerting, response);
        outcome_clear(alerting->outcome);
        response_tick(response, &alerting->view, now_ms, alerting->outcome);
        book_settle(alerting->book, response);
        return act_submit(alerting, response, alerting->outcome, -1);
}

int act_due(struct alerting *alerting, int64_t now_ms, int most) {
        int failed = ledger_poll(alerting->ledger, clock_mono_ms());

        if (failed < 0)
                return failed;
        while (most-- > 0) {
                struct response *response = book_due(alerting->book, now_ms);
                int r;

                if (!response)
                        return 0;
                r = act_on(alerting, response, now_ms);
                if (r < 0)
                        return r;
        }
        return 0;
}
