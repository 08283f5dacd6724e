/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/json_field.h"
#include "cli/recipient/book/page_read.h"
#include "common/base/err.h"
#include "common/wire/json_number.h"

/* Another step, or the same one started again after its time ran out (later deadline), asks the person again. */
static bool is_asked_again(const struct page_card *card, yyjson_val *page) {
        return json_count(page, "step") != card->step ||
               json_time_ms(page, "answer_by_ms") > card->answer_by_time_ms;
}

static bool page_says_answered(yyjson_val *page) {
        const char *state = yyjson_get_str(yyjson_obj_get(page, "state"));

        return state && (strcmp(state, "accepted") == 0 || strcmp(state, "declined") == 0);
}

static enum page_news_kind again_judge(uint32_t connection, const struct page_card *card,
                                       yyjson_val *page, int64_t sent_us) {
        const char *page_id = yyjson_get_str(yyjson_obj_get(page, "page_id"));

        if (page_card_is_closed(card))
                return PAGE_NEWS_DOUBLED;
        if (is_asked_again(card, page))
                return PAGE_NEWS_NEXT_STEP;
        /* The page contains our answer, as after a hello. What we received earlier may have crossed it. */
        if (page_says_answered(page))
                return PAGE_NEWS_RESENT;
        if (page_card_is_over(card) || page_card_is_answered(card))
                return PAGE_NEWS_DOUBLED;
        if (strcmp(page_id, card->page_id) != 0 && card->confirmed_time_us != 0 &&
            card->confirmed_connection == connection &&
            sent_us - card->confirmed_time_us > (int64_t)PAGE_CARD_CONFIRM_MS * 1000)
                return PAGE_NEWS_DOUBLED;
        return PAGE_NEWS_RESENT;
}

/* Take over the answer that alerting has stored for this person, so that a restarted pager does not ask again. */
static void card_read_state(struct page_card *card, yyjson_val *page) {
        const char *state = yyjson_get_str(yyjson_obj_get(page, "state"));

        if (state && strcmp(state, "accepted") == 0) {
                if (card->state == PAGE_CARD_STOOD_DOWN)
                        page_card_stand_up(card);
                else if (card->state != PAGE_CARD_ARRIVED)
                        card->state = PAGE_CARD_ACCEPTED;
                card->answers[PAGE_CARD_ANSWER_ACCEPT].stored = true;
        } else if (state && strcmp(state, "declined") == 0) {
                card->state = PAGE_CARD_DECLINED;
                card->answers[PAGE_CARD_ANSWER_DECLINE].stored = true;
        }
}

static const struct page_card *same_incident(const struct page_shelf *shelf,
                                             const struct page_card *than) {
        for (const struct page_card *card = shelf->live.first; card; card = card->next)
                if (card != than && !page_card_is_over(card) &&
                    strcmp(card->rule, than->rule) == 0 &&
                    strcmp(card->elder_id, than->elder_id) == 0)
                        return card;
        return NULL;
}

static int page_first(struct page_shelf *shelf, int link, yyjson_val *page, const char *alert_id,
                      struct page_news *ret) {
        struct page_card *card = calloc(1, sizeof(*card));

        if (!card)
                return err_raise(-ENOMEM);
        snprintf(card->alert_id, sizeof(card->alert_id), "%s", alert_id);
        page_read_card(card, page);
        card_read_state(card, page);
        card->link = link;
        card->asked_attempt = card->attempt;
        card->received_owed = card->delivered_owed = true;

        ret->kind = same_incident(shelf, card) ? PAGE_NEWS_DOUBLED : PAGE_NEWS_NEW;
        ret->card = card;
        ret->trace = card->trace;
        ret->step = card->step;

        page_shelf_add(shelf, card);
        return 0;
}

/* The person is asked again: forget the answers to the earlier question. An answer not stored yet is kept and sent
 * for the new question, except a decline. */
static void answers_forget(struct page_card *card) {
        for (int i = 0; i < PAGE_CARD_ANSWERS; i++) {
                bool keeps = card->answers[i].owed && i != PAGE_CARD_ANSWER_DECLINE;

                if (!keeps)
                        memset(&card->answers[i], 0, sizeof(card->answers[i]));
                card->answers[i].due_mono_ms = 0;
        }
}

static void page_again(struct page_shelf *shelf, int link, uint32_t connection,
                       struct page_card *card, yyjson_val *page, struct page_news *ret) {
        page_read_trace(page, &ret->trace);
        ret->step = json_count(page, "step");
        ret->kind = again_judge(connection, card, page, ret->trace.sent_us);
        ret->card = card;

        if (ret->kind == PAGE_NEWS_NEXT_STEP) {
                /* The person is asked again, whatever the earlier answer. */
                card->confirmed_time_us = 0;
                card->state = PAGE_CARD_OPEN;
                card->ended_by[0] = card->reason[0] = '\0';
                card->elsewhere = false;
                card->asked_attempt = json_count(page, "attempt");
                answers_forget(card);
        } else if (ret->kind == PAGE_NEWS_RESENT) {
                card_read_state(card, page);
        }
        page_read_card(card, page);
        page_card_moved(card, link);
        card->received_owed = card->delivered_owed = true;
        page_shelf_revive(shelf, card);
}

int page_asked(struct page_shelf *shelf, const struct page_links *links, int link, yyjson_val *page,
               struct page_news *ret) {
        char alert_id[ALERT_ID_BYTES];
        struct page_card *card;

        json_field(page, "alert_id", alert_id, sizeof(alert_id));
        if (!alert_id[0] || !yyjson_is_str(yyjson_obj_get(page, "page_id"))) {
                ret->kind = PAGE_NEWS_UNREADABLE;
                return 0;
        }
        card = page_shelf_find(shelf, alert_id);
        if (!card)
                return page_first(shelf, link, page, alert_id, ret);
        page_again(shelf, link, links->links[link].connection, card, page, ret);
        return 0;
}
