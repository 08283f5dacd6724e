/* SPDX-License-Identifier: MIT
 *
 * News: what one received frame means to the person. A struct without calls of its own; page_book_take() fills it.
 *
 * Thread: that of its book.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_NEWS_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_NEWS_H

#include "cli/recipient/book/page_card.h"

enum page_news_kind {
        PAGE_NEWS_NONE,     /* a beat, or nothing to show */
        PAGE_NEWS_WELCOMED, /* alerting has replied to hello */
        PAGE_NEWS_NEW,      /* a card appears */
        PAGE_NEWS_RESENT,   /* this and the next two: see page_book.h */
        PAGE_NEWS_NEXT_STEP,
        PAGE_NEWS_DOUBLED,
        PAGE_NEWS_UPDATED, /* repeats, severity, cleared, cancelled, late */
        PAGE_NEWS_STOOD_DOWN,
        PAGE_NEWS_STORED,     /* @answer is in Kafka */
        PAGE_NEWS_REFUSED,    /* @answer was refused; the reason is in the card */
        PAGE_NEWS_ANSWERED,   /* another device of this key gave @answer, and it is in Kafka */
        PAGE_NEWS_UNREADABLE, /* not a frame of docs/wire/pages.md */
};

struct page_news {
        enum page_news_kind kind;
        /* NULL for WELCOMED, NONE, UNREADABLE; valid until the next call. */
        const struct page_card *card;
        enum page_card_answer answer; /* STORED, REFUSED, ANSWERED */
        const char *change; /* UPDATED: the word of the frame; valid until the next call */
        struct page_card_trace trace; /* of this page frame */
        int step;
};

#endif
