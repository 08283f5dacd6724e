/* SPDX-License-Identifier: MIT
 *
 * Pager screen: the cards of one recipient drawn for a terminal, 80x24 and up, over ssh as well. Pure:
 * it writes text, so that tests can read what a person would see.
 *
 * Thread: any. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_PAGER_PAGER_SCREEN_H
#define VIGIL_CLI_PAGER_PAGER_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/recipient/page_client.h"
#include "cli/recipient/page_notice.h"

struct language;

enum { PAGER_CARDS_MAX = 64, PAGER_NOTICES_MAX = 32 };

struct pager_view {
        const char *id;
        enum page_client_link link;
        int missing, instances; /* alerting processes that are not connected, of how many */
        int64_t silent_ms;      /* nothing heard for so long */
        const struct page_card
                *cards[PAGER_CARDS_MAX]; /* in the order shown: worst and oldest first */
        int card_count;
        int chosen;                                               /* index */
        const struct page_notice *unprocessed[PAGER_NOTICES_MAX]; /* the most pressing first */
        size_t unprocessed_count; /* may be more than the array holds */
        const char *ask;          /* what is being typed (a reason), or NULL */
        const char *typed;
        const char *notice; /* one line about what happened last, or "" */
        const struct language *language;
        bool colour;
        int columns, rows;
        int64_t now_time_ms;
};

/* Choose and order the cards of a book: the unfinished first, worst and oldest first; finished ones after
 * them for five minutes. */
void pager_view_cards(struct pager_view *view, const struct page_book *book, int64_t now_mono_ms);

/* The whole screen, lines ended by "\r\n" but for the last. @ret grows by as much as fits. */
void pager_screen_draw(const struct pager_view *view, char *ret, size_t ret_bytes);

/* One line of a card, for terminals that are none: "◆ 1 紧急 疑似跌倒 李国强 82 岁 …". */
void pager_card_line(const struct page_card *card, const struct language *language, char *ret,
                     size_t ret_bytes);

const char *pager_state_word(const struct page_card *card, const struct language *language);

#endif
