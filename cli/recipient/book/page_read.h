/* SPDX-License-Identifier: MIT
 *
 * A card read from the frame of a page (docs/wire/pages.md).
 *
 * Thread: that of its book. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_READ_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_READ_H

#include <yyjson.h>

#include "cli/recipient/book/page_card.h"

/* All that a page says of the alert; what the person said, and what is owed, stays as it is. */
void page_read_card(struct page_card *card, yyjson_val *page);
void page_read_trace(yyjson_val *page, struct page_card_trace *ret);

#endif
