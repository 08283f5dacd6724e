/* SPDX-License-Identifier: MIT
 *
 * Reads a card from the JSON of a page frame (docs/wire/pages.md).
 *
 * Thread: that of its book. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_READ_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_READ_H

#include <yyjson.h>

#include "cli/recipient/book/page_card.h"

/* Copy what the page states about the alert. The person's answers and what is owed do not change. */
void page_read_card(struct page_card *card, yyjson_val *page);
void page_read_trace(yyjson_val *page, struct page_card_trace *ret);

#endif
