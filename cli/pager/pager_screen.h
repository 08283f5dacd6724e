/* SPDX-License-Identifier: MIT
 *
 * Pager screen: draws the cards of one recipient for a terminal of 80x24 or more, also over ssh. Pure: it writes
 * text to a buffer, so that tests can check what a person sees.
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
        int missing, instances; /* alerting processes: not connected, all */
        int64_t silent_ms;      /* time since the last frame */
        /* In display order: highest severity first, then oldest first. */
        const struct page_card *cards[PAGER_CARDS_MAX];
        int card_count;
        int chosen;                                               /* index */
        const struct page_notice *unprocessed[PAGER_NOTICES_MAX]; /* most important first */
        size_t unprocessed_count;                                 /* may exceed the array */
        const char *ask; /* prompt while a reason is typed, or NULL */
        const char *typed;
        const char *notice; /* a line about the last change, or "" */
        const struct language *language;
        bool colour;
        int columns, rows;
        int64_t now_time_ms;
};

/* Select and sort the cards of a book: open ones by severity, then oldest first; after them finished ones, for five
 * minutes. */
void pager_view_cards(struct pager_view *view, const struct page_book *book, int64_t now_mono_ms);

/* Draw the whole screen to @ret as far as it fits; "\r\n" separates the lines. */
void pager_screen_draw(const struct pager_view *view, char *ret, size_t ret_bytes);

/* One card as a line, for output that is no terminal: "◆ 1 紧急 疑似跌倒 李国强 82 岁 …". */
void pager_card_line(const struct page_card *card, const struct language *language, char *ret,
                     size_t ret_bytes);

/* The state of a card, or "sending…" while an answer is not stored yet. */
const char *pager_state_word(const struct page_card *card, const struct language *language);

#endif
