/* SPDX-License-Identifier: MIT */
#include "alerting/act/decision.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/act/show.h"
#include "alerting/act/tell.h"
#include "alerting/base/stats.h"
#include "alerting/feed/feed_state.h"
#include "alerting/journal/ack_record.h"
#include "alerting/journal/owing.h"
#include "alerting/journal/response_record.h"
#include "alerting/response/owed.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/base/require.h"

enum {
        STORED_LATE_MS = 2000, /* Kafka took so long: the answer time of the step starts again */
        COMPLAIN_AGAIN_MS = 10 * 1000, /* between two log lines, for any number of alerts */
};

/* What to do once a batch is in Kafka. */
struct deed {
        char alert_id[ALERT_ID_BYTES]; /* "" when there is only a position to move */
        int64_t offset;                /* -1: none */
        int64_t seq;                   /* of the decision */
        int64_t written_mono_ms;
        uint32_t feed_changes; /* bit per enum outcome_type */
        char *feed_state;
        size_t feed_state_bytes;
        char reply_to[REGISTRY_ID_BYTES]; /* "": none */
        char *reply;
        size_t reply_bytes;
        size_t send_count;
        struct outcome_send sends[];
};

/* --- counting ---------------------------------------------------------------------------------- */

static void count_entry(const struct alerting *alerting, const struct outcome_entry *entry) {
        enum { NOT_COUNTED, ITEM, PAGE };
        static const struct {
                int what;
                enum stats_item item;
                enum stats_page page;
        } counted[OUTCOME_TYPES] = {
                [OUTCOME_RAISED] = {ITEM, .item = STAT_ALERTS_NEW},
                [OUTCOME_REPEATED] = {ITEM, .item = STAT_ALERTS_REPEATED},
                [OUTCOME_SUPPRESSED] = {ITEM, .item = STAT_ALERTS_SUPPRESSED},
                [OUTCOME_ESCALATED] = {ITEM, .item = STAT_ESCALATIONS},
                [OUTCOME_PLANNED] = {PAGE, .page = STATS_PAGE_PLANNED},
                [OUTCOME_SENT] = {PAGE, .page = STATS_PAGE_SENT},
                [OUTCOME_RECEIVED] = {PAGE, .page = STATS_PAGE_RECEIVED},
                [OUTCOME_ACCEPTED] = {PAGE, .page = STATS_PAGE_ACCEPTED},
                [OUTCOME_DECLINED] = {PAGE, .page = STATS_PAGE_DECLINED},
                [OUTCOME_NO_ANSWER] = {PAGE, .page = STATS_PAGE_NO_ANSWER},
        };

        require(entry->type < OUTCOME_TYPES, "entry %u of type %d", entry->n, (int)entry->type);
        if (counted[entry->type].what == ITEM)
                stats_add(counted[entry->type].item, 1);
        else if (counted[entry->type].what == PAGE)
                stats_page(channels_name(alerting->channels, entry->recipient),
                           counted[entry->type].page);
}

/* A desk that does not receive is a gap in the duty rota: log it, and count it in the metrics. */
static void complain(struct alerting *alerting, const struct response *response,
                     const struct outcome_entry *entry) {
        bool deaf = entry->type == OUTCOME_NO_ANSWER && entry->role == ROLE_DESK &&
                    entry->attempt > 0 && strcmp(entry->reason, "not_received") == 0;
        bool no_desk = entry->type == OUTCOME_ESCALATED && strcmp(entry->reason, "no_desk") == 0;
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

static void count_entries(struct alerting *alerting, const struct response *response,
                          const struct outcome *outcome) {
        for (size_t i = 0; i < outcome->entry_count; i++) {
                count_entry(alerting, &outcome->entries[i]);
                complain(alerting, response, &outcome->entries[i]);
        }
}

/* --- store ------------------------------------------------------------------------------------- */

void decision_discard(void *context) {
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
        struct deed *deed = calloc(1, sizeof(*deed) + sends * sizeof(struct outcome_send));

        if (!deed)
                return err_raise(-ENOMEM);
        deed->offset = offset;
        deed->written_mono_ms = clock_mono_ms();
        if (response)
                memcpy(deed->alert_id, response->alert.alert_id, sizeof(deed->alert_id));
        deed->send_count = sends;
        if (sends)
                memcpy(deed->sends, outcome->sends, sends * sizeof(struct outcome_send));
        *ret = deed;
        return 0;
}

static int add_state(struct journal_batch *batch, const struct response *response) {
        char *json = NULL;
        size_t bytes = 0;
        int r = response_record_encode(response, &json, &bytes);

        return r < 0 ? r
                     : journal_batch_add(batch, JOURNAL_PAGES, response->alert.alert_id, json,
                                         bytes);
}

/* Submit @batch. Two processes that write one partition of vigil.pages would overwrite each other's responses. */
static void hand_over(struct alerting *alerting, int32_t partition, struct journal_batch *batch,
                      struct deed *deed) {
        require(intake_holds(alerting->intake, partition), "partition %d is another's: alert %s",
                (int)partition, deed->alert_id);
        journal_submit(alerting->journal, partition, batch, deed);
}

/* Submit all records of one decision. Takes @deed and @ack over. */
static int submit(struct alerting *alerting, struct response *response,
                  const struct outcome *outcome, struct deed *deed, char *ack, size_t ack_bytes) {
        struct journal_batch *batch = NULL;
        int r = journal_batch_new(&batch);

        if (r == 0 && ack)
                r = journal_batch_add(batch, JOURNAL_ACKS, response->alert.elder_id, ack,
                                      ack_bytes);
        else
                free(ack);
        count_entries(alerting, response, outcome);
        deed->feed_changes = show_changes(outcome);
        deed->seq = ledger_next(alerting->ledger, book_partition(alerting->book, response));
        if (r == 0)
                r = owed_add(response, outcome, deed->seq);
        if (r == 0 && outcome->changed)
                r = add_state(batch, response);
        if (r == 0 && deed->feed_changes && !response->alert.shadow)
                r = feed_state_encode(response, &deed->feed_state, &deed->feed_state_bytes);
        if (r < 0) {
                journal_batch_free(batch);
                decision_discard(deed);
                return err_trace(r);
        }
        response->in_flight++;
        hand_over(alerting, book_partition(alerting->book, response), batch, deed);
        return 0;
}

int decision_submit(struct alerting *alerting, struct response *response, struct outcome *outcome,
                    int64_t offset) {
        struct deed *deed = NULL;
        int r;

        if (outcome->failed < 0)
                return outcome->failed;
        if (!outcome->changed && outcome->send_count == 0 && offset < 0)
                return 0;
        r = deed_new(&deed, response, outcome, offset);
        return r < 0 ? err_trace(r) : err_trace(submit(alerting, response, outcome, deed, NULL, 0));
}

int decision_submit_answer(struct alerting *alerting, struct response *response,
                           const struct answer *answer, struct outcome *outcome) {
        struct deed *deed = NULL;
        char *ack = NULL;
        size_t ack_bytes = 0;
        int r = deed_new(&deed, response, outcome, -1);

        if (r < 0)
                return err_trace(r);
        memcpy(deed->reply_to, answer->recipient, sizeof(deed->reply_to));
        r = message_encode_reply(answer, response, NULL, &deed->reply, &deed->reply_bytes);
        /* Not for a repeated answer: its record is in Kafka, or in flight in an earlier batch. */
        if (r == 0 && outcome->changed)
                r = ack_record_encode(answer, response->alert.elder_id, clock_wall_ms(), &ack,
                                      &ack_bytes);
        if (r < 0) {
                decision_discard(deed);
                return err_trace(r);
        }
        if (outcome->changed)
                stats_add(STAT_ANSWERS_STORED, 1);
        return err_trace(submit(alerting, response, outcome, deed, ack, ack_bytes));
}

int decision_write(struct alerting *alerting, int32_t partition, struct journal_batch *batch) {
        struct deed *deed = NULL;
        int r = deed_new(&deed, NULL, NULL, -1);

        if (r < 0)
                journal_batch_free(batch);
        else
                hand_over(alerting, partition, batch, deed);
        return err_trace(r);
}

int decision_skip(struct alerting *alerting, int32_t partition, int64_t offset) {
        struct journal_batch *batch = NULL;
        struct deed *deed = NULL;
        int r;

        /* No batch is waiting: the position moves at once. */
        if (!journal_is_busy(alerting->journal, partition)) {
                intake_done(alerting->intake, partition, offset);
                return 0;
        }
        r = journal_batch_new(&batch);
        if (r == 0)
                r = deed_new(&deed, NULL, NULL, offset);
        if (r < 0) {
                journal_batch_free(batch);
                return err_trace(r);
        }
        hand_over(alerting, partition, batch, deed);
        return 0;
}

/* --- then act ---------------------------------------------------------------------------------- */

static bool plans_current_step(const struct response *response, const struct deed *deed) {
        for (size_t i = 0; i < deed->send_count; i++) {
                if (deed->sends[i].type == OUTCOME_SEND_PAGE &&
                    deed->sends[i].step == response->step)
                        return true;
        }
        return false;
}

static void release(struct alerting *alerting, struct response *response, const struct deed *deed) {
        struct outcome *sent = alerting->sent;
        int64_t now_us = clock_wall_us();

        outcome_begin(sent);
        /* 0 if the partition was lost and came back meanwhile: the response was read back then, without this batch. */
        if (response->in_flight > 0)
                response->in_flight--;
        if (response->stored_us == 0) {
                response->stored_us = now_us;
                stats_time(STATS_TIME_INTAKE_STORED, response->intake_us, now_us);
        }
        if (clock_mono_ms() - deed->written_mono_ms >= STORED_LATE_MS &&
            plans_current_step(response, deed))
                response_stored(response, &alerting->view, alerting_now_ms(alerting));
        /* Messages to people first: nothing else is as urgent. */
        for (size_t i = 0; i < deed->send_count; i++)
                tell_planned(alerting, response, &deed->sends[i], sent);
        alerting_fail(alerting, owing_write(alerting->ledger, alerting->book, response, deed->seq));
        if (deed->feed_state)
                alerting_fail(alerting, show_publish(alerting, response, deed->feed_changes,
                                                     deed->feed_state, deed->feed_state_bytes));
        alerting_fail(alerting, decision_submit(alerting, response, sent, -1));
        outcome_end(sent);
        book_settle(alerting->book, response);
}

void decision_released(void *context, int32_t partition, void *opaque) {
        struct alerting *alerting = context;
        struct deed *deed = opaque;
        struct response *response =
                deed->alert_id[0] ? book_find(alerting->book, deed->alert_id) : NULL;

        if (response)
                release(alerting, response, deed);
        if (deed->reply_to[0])
                (void)tell_json(alerting, MESSAGE_STORED, deed->reply_to, deed->reply,
                                deed->reply_bytes);
        if (deed->offset >= 0)
                intake_done(alerting->intake, partition, deed->offset);
        decision_discard(deed);
}
