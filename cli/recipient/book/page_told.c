/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/json_field.h"
#include "common/wire/json_number.h"

void page_told_update(struct page_card *card, yyjson_val *root, char change[PAGE_TOLD_CHANGE_BYTES],
                      struct page_news *ret) {
        json_field(root, "change", change, PAGE_TOLD_CHANGE_BYTES);
        if (yyjson_is_int(yyjson_obj_get(root, "repeats")))
                card->repeats = json_count(root, "repeats");
        else if (strcmp(change, "repeated") == 0)
                card->repeats++;
        if (yyjson_is_int(yyjson_obj_get(root, "severity")))
                card->severity = json_field_severity(root);
        if (yyjson_is_int(yyjson_obj_get(root, "late_ms")))
                card->late_ms = json_time_ms(root, "late_ms");
        card->cleared |= strcmp(change, "cleared") == 0;
        card->cancelled |= strcmp(change, "cancelled") == 0;
        ret->kind = PAGE_NEWS_UPDATED;
        ret->change = change;
        ret->card = card;
}

void page_told_stand_down(struct page_card *card, yyjson_val *root, int64_t now_mono_ms,
                          struct page_news *ret) {
        const char *reason = yyjson_get_str(yyjson_obj_get(root, "reason"));
        bool closes = reason && strcmp(reason, "closed") == 0;

        /* A repeated stand_down, as for a device that was disconnected, has no effect. */
        if (page_card_is_closed(card) || (page_card_is_over(card) && !closes))
                return;
        page_card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
        json_field(root, "by", card->ended_by, sizeof(card->ended_by));
        json_field(root, "reason", card->reason, sizeof(card->reason));
        ret->kind = PAGE_NEWS_STOOD_DOWN;
        ret->card = card;
}

/* Our accept crossed a stand-down and was stored: a team's accept has precedence over one of the family that came
 * first. It does not count any more if the alert is closed or has cleared. */
static bool accept_crossed(const struct page_card *card, enum page_card_answer answer) {
        return answer == PAGE_CARD_ANSWER_ACCEPT && card->state == PAGE_CARD_STOOD_DOWN &&
               !page_card_is_closed(card) && strcmp(card->reason, "cleared") != 0;
}

/* Apply "stored" to the card. */
static void card_answered(struct page_card *card, enum page_card_answer answer, yyjson_val *root,
                          int64_t now_mono_ms) {
        static const enum page_card_state states[PAGE_CARD_ANSWERS] = {
                PAGE_CARD_ACCEPTED, PAGE_CARD_DECLINED, PAGE_CARD_ARRIVED, PAGE_CARD_CLOSED};

        card->answers[answer].owed = false;
        card->answers[answer].stored = true;
        if (accept_crossed(card, answer))
                page_card_stand_up(card);
        else if (answer == PAGE_CARD_ANSWER_CLOSE && !page_card_is_closed(card))
                page_card_end(card, PAGE_CARD_CLOSED, now_mono_ms);
        else if (!page_card_is_over(card))
                card->state = states[answer];
        if (answer == PAGE_CARD_ANSWER_CLOSE) {
                json_field(root, "by", card->ended_by, sizeof(card->ended_by));
                json_field(root, "reason", card->reason, sizeof(card->reason));
        }
}

/* The answer was given on another device of this key: does it answer the question that this card shows, or an
 * earlier one? */
static bool is_of_this_question(const struct page_card *card, enum page_card_answer answer,
                                yyjson_val *root) {
        const char *page_id = yyjson_get_str(yyjson_obj_get(root, "page_id"));
        const char *holder = yyjson_get_str(yyjson_obj_get(root, "holder"));
        const char *by = yyjson_get_str(yyjson_obj_get(root, "by"));
        const char *attempt = page_id ? strrchr(page_id, '/') : NULL;
        const char *step = attempt ? memrchr(page_id, '/', (size_t)(attempt - page_id)) : NULL;
        bool same_step = step && strtol(step + 1, NULL, 10) == card->step;

        if (answer == PAGE_CARD_ANSWER_CLOSE)
                return true;
        if (answer == PAGE_CARD_ANSWER_DECLINE)
                return same_step && strtol(attempt + 1, NULL, 10) >= card->asked_attempt;
        return same_step || (holder && by && strcmp(holder, by) == 0);
}

/* If the frame states that the alert is closed, end the card, whatever the result of the answer. */
static void closed_note(struct page_card *card, yyjson_val *root, int64_t now_mono_ms,
                        struct page_news *ret) {
        const char *response = yyjson_get_str(yyjson_obj_get(root, "response"));

        if (!response || strcmp(response, "closed") != 0 || page_card_is_closed(card))
                return;
        page_card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
        json_field(root, "holder", card->ended_by, sizeof(card->ended_by));
        snprintf(card->reason, sizeof(card->reason), "closed");
        if (ret->kind == PAGE_NEWS_NONE)
                ret->kind = PAGE_NEWS_STOOD_DOWN;
        ret->card = card;
}

void page_told_stored(struct page_card *card, enum page_card_answer answer, yyjson_val *root,
                      int64_t now_mono_ms, struct page_news *ret) {
        ret->answer = answer;
        if (card->answers[answer].owed) {
                card->elsewhere = false;
                card_answered(card, answer, root, now_mono_ms);
                ret->kind = PAGE_NEWS_STORED;
                ret->card = card;
        } else if (!card->answers[answer].stored && is_of_this_question(card, answer, root)) {
                card->elsewhere = true;
                card_answered(card, answer, root, now_mono_ms);
                ret->kind = PAGE_NEWS_ANSWERED;
                ret->card = card;
        }
        closed_note(card, root, now_mono_ms, ret);
}

/* "unknown_page" from one process is no refusal if another process may own the alert, or it is moving between two
 * of them: it counts only when all processes have replied so for PAGE_CARD_UNKNOWN_MS. Return: true while it does
 * not count. */
static bool is_known_elsewhere(const struct page_links *links, int link, struct page_card *card,
                               enum page_card_answer answer, const char *why, int64_t now_mono_ms) {
        if (links->count == 1 || !why || strcmp(why, "unknown_page") != 0)
                return false;
        card->answers[answer].unknown |= (uint8_t)(1u << link);
        if (card->link == link) {
                card->link = PAGE_CARD_NO_LINK;
                card->answers[answer].due_mono_ms = now_mono_ms;
        }
        return card->answers[answer].unknown != (1u << links->count) - 1 ||
               now_mono_ms - card->answers[answer].given_mono_ms < PAGE_CARD_UNKNOWN_MS;
}

void page_told_refused(struct page_card *card, enum page_card_answer answer,
                       const struct page_links *links, int link, yyjson_val *root,
                       int64_t now_mono_ms, struct page_news *ret) {
        const char *why = yyjson_get_str(yyjson_obj_get(root, "why"));

        /* A reply to a repeated answer: no news. */
        if (!card->answers[answer].owed ||
            is_known_elsewhere(links, link, card, answer, why, now_mono_ms))
                return;
        card->answers[answer].owed = false;
        ret->kind = PAGE_NEWS_REFUSED;
        ret->answer = answer;
        ret->card = card;
        /* The answer was too late: the card shows who has the alert, or that it is closed, and the person is not
         * asked further. */
        if (why && !page_card_is_over(card) &&
            (strcmp(why, "closed") == 0 || strcmp(why, "held") == 0)) {
                page_card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
                json_field(root, "holder", card->ended_by, sizeof(card->ended_by));
        }
        json_field(root, "why", card->reason, sizeof(card->reason));
}
