/* SPDX-License-Identifier: MIT
 *
 * What a card owes alerting: receipts, and answers until they are stored or refused; and the JSON of those frames.
 *
 * Thread: that of its book. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_OWED_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_OWED_H

#include <stdint.h>

#include "cli/recipient/book/page_card.h"
#include "cli/recipient/book/page_links.h"

/* The answer to send on @link now; PAGE_CARD_ANSWERS: none. Starts a new try when the last one is due again; a try
 * is sent once on each of its links. */
int page_owed_answer(const struct page_links *links, struct page_card *card, int link,
                     int64_t now_mono_ms);

/* Milliseconds until this card has something to send; -1: nothing, or no link is up. */
int64_t page_owed_due_ms(const struct page_links *links, const struct page_card *card,
                         int64_t now_mono_ms);

/* JSON of frames: malloc'd, the caller frees it; NULL when out of memory. @instances: number of processes this
 * client connects to. */
char *page_owed_hello_json(const char *language, int instances);
char *page_owed_receipt_json(const struct page_card *card);
char *page_owed_answer_json(const struct page_card *card, enum page_card_answer answer);

#endif
