/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_card.h"

#include <string.h>

static const char *const answer_names[PAGE_CARD_ANSWERS] = {"accept", "decline", "arrive", "close"};

const char *page_card_answer_name(enum page_card_answer answer) {
        return answer_names[answer];
}

bool page_card_is_over(const struct page_card *card) {
        return card->state == PAGE_CARD_CLOSED || card->state == PAGE_CARD_STOOD_DOWN;
}

bool page_card_is_closed(const struct page_card *card) {
        return card->state == PAGE_CARD_CLOSED ||
               (card->state == PAGE_CARD_STOOD_DOWN && strcmp(card->reason, "closed") == 0);
}

bool page_card_is_answered(const struct page_card *card) {
        return card->answers[PAGE_CARD_ANSWER_ACCEPT].stored ||
               card->answers[PAGE_CARD_ANSWER_DECLINE].stored;
}

bool page_card_owes(const struct page_card *card) {
        bool owed = card->received_owed || card->delivered_owed;

        for (int i = 0; i < PAGE_CARD_ANSWERS; i++)
                owed |= card->answers[i].owed;
        return owed;
}

void page_card_end(struct page_card *card, enum page_card_state state, int64_t now_mono_ms) {
        card->state = state;
        card->ended_mono_ms = now_mono_ms;
}

void page_card_stand_up(struct page_card *card) {
        card->state = PAGE_CARD_ACCEPTED;
        card->ended_by[0] = card->reason[0] = '\0';
}

void page_card_moved(struct page_card *card, int link) {
        if (card->link == link)
                return;
        card->link = link;
        for (int i = 0; i < PAGE_CARD_ANSWERS; i++)
                card->answers[i].due_mono_ms = 0;
}
