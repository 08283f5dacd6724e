/* SPDX-License-Identifier: MIT
 *
 * A page comes: a card is made, or the one that is there is asked again, shown again or doubled (page_book.h).
 *
 * Thread: that of its book. Blocks: never.
 */
#ifndef VIGIL_CLI_RECIPIENT_BOOK_PAGE_ASKED_H
#define VIGIL_CLI_RECIPIENT_BOOK_PAGE_ASKED_H

#include <yyjson.h>

#include "cli/recipient/book/page_links.h"
#include "cli/recipient/book/page_news.h"
#include "cli/recipient/book/page_shelf.h"

/* @page: the frame, which came over @link. Return: 0 or -ENOMEM. */
int page_asked(struct page_shelf *shelf, const struct page_links *links, int link, yyjson_val *page,
               struct page_news *ret);

#endif
