/* SPDX-License-Identifier: MIT
 *
 * Processes a received page: creates a card, or classifies the page as a next step, a resend or a double
 * (page_book.h).
 *
 * Thread: that of its book. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_ASKED_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_ASKED_H

#include <yyjson.h>

#include "cli/recipient/book/page_links.h"
#include "cli/recipient/book/page_news.h"
#include "cli/recipient/book/page_shelf.h"

/* @page: the JSON of a page frame received on @link. Return: 0 or -ENOMEM; *ret tells what the page means. */
int page_asked(struct page_shelf *shelf, const struct page_links *links, int link, yyjson_val *page,
               struct page_news *ret);

#endif
