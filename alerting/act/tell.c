/* SPDX-License-Identifier: MIT */
#include "alerting/act/tell.h"

#include <stdlib.h>
#include <string.h>

#include "alerting/base/stats.h"
#include "alerting/base/text.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"

int tell_json(struct alerting *alerting, enum message_type type, const char *to, const char *json,
              size_t json_bytes) {
        const struct message message = {
                .type = type, .to = to, .json = json, .json_bytes = json_bytes};

        return channels_send(alerting->channels, &message);
}

/* --- pages ------------------------------------------------------------------------------------- */

/* Return: how many endpoints took it, or -ENOMEM. */
static int send_page(struct alerting *alerting, const struct response *response,
                     const struct page *page, int64_t now_us) {
        struct message message = {
                .type = MESSAGE_PAGE, .to = page->recipient, .response = response, .page = page};
        char *json = NULL;
        int r;

        /* The attempt must be in Kafka first: otherwise a crash leaves a person paged without a record of it. */
        require(page->stored_attempt == page->attempt,
                "alert %s: page of %s, step %u, attempt %u is sent, %u is written",
                response->alert.alert_id, page->recipient, page->step, page->attempt,
                page->stored_attempt);
        r = message_encode_page(response, page, alerting->registry, now_us, &json,
                                &message.json_bytes);

        message.json = json;
        if (r == 0)
                r = channels_send(alerting->channels, &message);
        free(json);
        return err_trace(r);
}

int tell_page_again(struct alerting *alerting, const struct response *response,
                    const struct page *page) {
        int r = send_page(alerting, response, page, clock_wall_us());

        return r < 0 ? err_trace(r) : 0;
}

/* Of the first step alone: a later one has the ladder's waiting time in it. */
static void count_times(const struct response *response, const struct page *page, int64_t now_us) {
        if (page->was_sent || page->step != 0)
                return;
        stats_time(STATS_TIME_STORED_SENT, response->stored_us, now_us);
        stats_time(STATS_TIME_RECEIVED_SENT, response->alert.received_us, now_us);
}

void tell_page(struct alerting *alerting, struct response *response, struct page *page,
               struct outcome *sent) {
        int64_t now_us = clock_wall_us();
        int r = send_page(alerting, response, page, now_us);

        alerting_fail(alerting, r);
        if (r == 0)
                stats_page(channels_name(alerting->channels, page->recipient), STATS_PAGE_LATER);
        if (r <= 0)
                return;
        count_times(response, page, now_us);
        page->sent_us = now_us;
        response_sent(response, page->recipient, page->step, alerting_now_ms(alerting), sent);
}

/* --- words ------------------------------------------------------------------------------------- */

struct outcome_send tell_stand_down(const struct response *response, const struct page *page,
                                    const char *reason) {
        struct outcome_send send = {.type = OUTCOME_SEND_STAND_DOWN,
                                    .step = page->step,
                                    .attempt = page->attempt,
                                    .by_role = response->holder_role};

        memcpy(send.recipient, page->recipient, sizeof(send.recipient));
        memcpy(send.by, response->holder, sizeof(send.by));
        text_set(send.reason, sizeof(send.reason), reason);
        return send;
}

bool tell_word(struct alerting *alerting, const struct response *response,
               const struct outcome_send *send) {
        struct message message = {.type = send->type == OUTCOME_SEND_UPDATE ? MESSAGE_UPDATE
                                                                            : MESSAGE_STAND_DOWN,
                                  .to = send->recipient,
                                  .response = response};
        char *json = NULL;
        int r = message_encode_send(response, send, &json, &message.json_bytes);

        message.json = json;
        if (r == 0)
                r = channels_send(alerting->channels, &message);
        free(json);
        alerting_fail(alerting, r);
        return r > 0;
}

int tell_reply(struct alerting *alerting, const struct answer *answer,
               const struct response *response, const char *why) {
        char *json = NULL;
        size_t bytes = 0;
        int r = message_encode_reply(answer, response, why, &json, &bytes);

        if (r == 0)
                (void)tell_json(alerting, why ? MESSAGE_REFUSED : MESSAGE_STORED, answer->recipient,
                                json, bytes);
        free(json);
        return err_trace(r);
}

/* --- a decision ---------------------------------------------------------------------------------- */

void tell_planned(struct alerting *alerting, struct response *response,
                  const struct outcome_send *send, struct outcome *sent) {
        struct page *page = response_page(response, send->recipient, send->step);

        if (send->type == OUTCOME_SEND_UPDATE) {
                (void)tell_word(alerting, response, send);
        } else if (send->type == OUTCOME_SEND_STAND_DOWN) {
                /* No longer owed if it was sent at a hello meanwhile, or the recipient was paged again. */
                if (page && page->owed_stand_down && tell_word(alerting, response, send))
                        response_stood_down(response, send->recipient, send->step, sent);
        } else if (page && page->attempt == send->attempt) {
                page->stored_attempt = page->attempt;
                if (page_is_shown(response, page))
                        tell_page(alerting, response, page, sent);
        }
}
